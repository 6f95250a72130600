"""One long walk through the product, as the README tells it."""

import pytest
from sqlalchemy import select, text

from app import commands, oracle, payments
from app.errors import RefundExceedsCaptured
from app.reviews.decide import decide
from app.screening import force
from models import Event, Order, Review, RiskRule, db
from models.ids import new_id


def test_story(till):
    # A merchant wants to see large orders before their money is taken, and shares a payment link.
    with db.transaction():
        db.insert(
            RiskRule(
                id=new_id("rul"), merchant_id=till.merchant.id, state="live", author="usr_mia",
                text="review if :amount: > 90 EUR",
            )
        )  # fmt: skip
    force.forget()
    wish = commands.CreateLink(
        title="Tasting for two", currency="EUR", amount=4900, max_quantity=4, max_uses=1, capture="manual",
        tax_rates=[commands.TaxRate(name="VAT", rate_bps=1900)],
    )  # fmt: skip
    payments.create_link(wish, merchant_id=till.merchant.id, once=till.once())
    link = till.told[-1]

    # A shopper visits it and takes two. The order is priced by us and stored before any card is asked for.
    session = payments.visit(link.id, config=till.config)
    order = payments.choose(session.id, quantity=2)
    assert (order.total_minor, order.tax_minor, order.status) == (9800, 1565, "pending")

    # The first card is declined. No money was taken, and the page stays open.
    payment = till.confirm(session, "poor")
    assert payment.status == "failed"
    assert payment.decline["retryable"] is True

    # The second wants 3-D Secure, and the shopper's bank is satisfied.
    payment = till.confirm(session, "3ds")
    assert payment.status == "requires_action"
    reference = till.attempts(payment.id)[-1].provider_ref
    till.answer_challenge(till.stripe("GET", f"payment_intents/{reference}")["next_action"], "pass")

    # The browser comes back and Stripe's webhook arrives: both only make us ask.
    payments.sync(payment.id)
    payments.sync_reference("stripe", (reference,), None)
    payment = till.payment(payment.id)
    assert payment.status == "in_review"
    assert till.events(payment.id).count("payment.authorized") == 1

    # The money is held. An analyst looks at the case and lets it go; ten seconds later nobody can take that back.
    case = db.session().scalars(select(Review)).one()
    assert (case.reason, case.amount) == ("rule", payment.total)
    decide(case.id, "approve", "suspicious_ok", by="usr_ada", scope=None, undo_s=10)
    till.settle()
    assert till.payment(payment.id).status == "in_review"
    till.later(seconds=11)
    till.settle()
    assert till.payment(payment.id).status == "authorized"

    # The merchant ships one of the two and captures for it; the answer is lost on the way.
    with till.world.gate.spoil("POST /stripe/v1/payment_intents/[^/]+/capture", "500 after"):
        assert till.capture(payment, 4900).status == "processing"
    till.later(seconds=31)
    till.settle()
    payment = till.payment(payment.id)
    assert (payment.status, payment.captured_minor) == ("captured", 4900)
    assert db.session().get_one(Order, session.order_id, populate_existing=True).status == "paid"

    # A cup was broken: a part is given back, and never more than there is.
    till.refund(payment, 1200)
    with pytest.raises(RefundExceedsCaptured):
        till.refund(payment, 3701)
    assert till.payment(payment.id).status == "partially_refunded"

    # The link was for one: the next visitor is told so.
    assert payments.why_closed(link) == "used_up"

    # The books balance, to the cent, and whoever listens has heard everything once.
    accounts = dict(
        db.session()
        .execute(
            text(
                "SELECT account, SUM(amount_minor) FROM ledger_lines WHERE payment_id = :id GROUP BY account"
            ),
            {"id": payment.id},
        )
        .all()
    )
    fee = accounts["fees"]
    assert {name: int(amount) for name, amount in accounts.items()} == {
        "receivable": 4900 - 1200 - fee,
        "payable": -(4900 - 1200),
        "fees": fee,
    }
    assert fee > 0
    assert oracle.check() == []
    till.settle()
    assert db.session().scalars(select(Event.id).where(Event.done_at.is_(None))).all() == []
