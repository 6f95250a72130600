"""Orders, sessions and links: priced by us, stored before anything is paid, open for as long as they may be."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import commands, payments
from app.errors import (
    AmountChanged,
    AmountInvalid,
    AmountTooLarge,
    AmountTooSmall,
    CurrencyNotSupported,
    Invalid,
    LinkNotOpen,
    NotFound,
    PaymentNotOpen,
    PaymentProcessing,
    SessionNotOpen,
)
from app.payments.bounds import check_amount
from models import Order, Payment, PaymentLink, clock, db
from models.money import Money

LINES = [{"name": "Beans", "quantity": 2, "unit_amount": 1200}]
SHIPPING = [
    {"id": "post", "label": "Post", "amount": 490},
    {"id": "bike", "label": "Bike", "amount": 900},
]


def order_of(session):
    return db.session().get_one(Order, session.order_id, populate_existing=True)


def link(till, **fields):
    command = commands.CreateLink(
        **{"title": "Tasting", "currency": "EUR", "amount": 4900, **fields}
    )
    payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
    return till.told[-1]


def expire(till, session):
    payments.expire(session.id, merchant_id=till.merchant.id, once=till.once())


def test_an_order_is_stored_as_pending_with_its_totals_before_anything_is_paid(till):
    session = till.session(line_items=LINES, shipping_options=SHIPPING, reference="A-1")
    order = order_of(session)
    assert (order.status, order.total_minor, order.shipping_minor) == ("pending", 2890, 490)
    assert order.reference == "A-1"
    assert len(order.number) == 10
    assert till.payment(session.payment_id).status == "pending"
    assert till.provider_books()["stripe"]["payments"] == []


def test_paying_a_session_makes_its_order_paid(till):
    session = till.session(line_items=LINES)
    payment = till.confirm(session)
    assert (payment.status, payment.session_status, order_of(session).status) == (
        "captured",
        "complete",
        "paid",
    )
    assert till.events(payment.id) == ["payment.created", "payment.processing", "payment.captured"]
    assert till.ledger(payment.id) == [("capture", 2400), ("fee", 100)]


def test_a_decline_leaves_the_session_open_for_another_card(till):
    session = till.session()
    failed = till.confirm(session, "poor")
    assert (failed.status, failed.session_status, order_of(session).status) == (
        "failed",
        "open",
        "failed",
    )
    assert failed.decline["code"] == "insufficient_funds"
    assert "No money was taken" in failed.decline["message"]
    paid = till.confirm(session)
    assert (paid.status, paid.decline, paid.attempts_count) == ("captured", None, 2)
    assert order_of(session).status == "paid"


def test_a_stolen_card_reads_like_any_other_decline(till):
    generic = till.confirm(till.session(), "declined").decline
    stolen = till.confirm(till.session(), "stolen").decline
    assert stolen["message"] == generic["message"]


def test_the_amount_the_shopper_saw_is_compared_and_never_charged(till):
    session = till.session()
    token = till.confirmation_token("ok")
    for seen in (1998, 1, 199900):
        with pytest.raises(AmountChanged) as changed:
            payments.confirm(session.id, payments.Confirm("stripe", seen, token))
        assert changed.value.details == {"amount": 1999, "currency": "EUR"}
    assert till.provider_books()["stripe"]["payments"] == []


def test_a_paid_session_takes_no_second_payment(till):
    session = till.session()
    till.confirm(session)
    with pytest.raises(PaymentNotOpen):
        till.confirm(session)
    with pytest.raises(PaymentNotOpen):
        till.paypal(session)
    with pytest.raises(PaymentNotOpen):
        payments.choose(session.id, quantity=1)
    with pytest.raises(SessionNotOpen):
        expire(till, session)


def test_a_challenge_is_finished_or_left_for_another_card(till):
    session = till.session()
    challenged = till.confirm(session, "3ds")
    assert challenged.status == "requires_action"
    assert challenged.next_action["type"] == "stripe_sdk"
    paid = till.confirm(session)
    assert paid.status == "captured"
    assert [attempt.status for attempt in till.attempts(paid.id)] == ["voided", "captured"]


def test_a_passed_and_a_failed_challenge(till):
    for answer, status in (("pass", "captured"), ("fail", "failed")):
        session = till.session()
        payment = till.confirm(session, "3ds")
        reference = till.attempts(payment.id)[0].provider_ref
        action = till.stripe("GET", f"payment_intents/{reference}")["next_action"]
        till.answer_challenge(action, answer)
        payments.sync(payment.id)
        assert till.payment(payment.id).status == status


def test_shipping_quantity_and_amount_are_the_shoppers_within_bounds(till):
    session = till.session(line_items=LINES, shipping_options=SHIPPING)
    assert payments.choose(session.id, shipping="bike").total_minor == 3300
    for bad in ({"shipping": "drone"}, {"quantity": 3}, {"amount": 100}):
        with pytest.raises(Invalid):
            payments.choose(session.id, **bad)
    assert till.confirm(session).captured_minor == 3300


def test_a_session_expires_when_asked_and_when_its_time_is_over(till):
    asked, late = till.session(), till.session()
    expire(till, asked)
    assert till.payment(asked.payment_id).status == "expired"
    assert order_of(asked).status == "expired"
    with pytest.raises(PaymentNotOpen):
        till.confirm(asked)
    till.later(days=1, minutes=1)
    with pytest.raises(PaymentNotOpen):
        till.confirm(late)
    till.settle()
    assert till.payment(late.payment_id).status == "expired"
    assert till.events(late.payment_id)[-1] == "payment.expired"


def test_a_challenge_left_alone_expires_with_its_session(till):
    session = till.session()
    till.confirm(session, "3ds")
    till.later(days=1, minutes=1)
    till.settle()
    assert till.payment(session.payment_id).status == "expired"
    assert till.attempts(session.payment_id)[0].status == "voided"


@pytest.mark.parametrize("when", ["too soon", "too late"])
def test_an_expiry_that_cannot_be(till, when):
    moment = {
        "too soon": clock.now() + timedelta(minutes=1),
        "too late": clock.now() + timedelta(days=31),
    }[when]
    with pytest.raises(Invalid) as refused:
        till.session(expires_at=moment)
    assert refused.value.field == "expires_at"


@pytest.mark.parametrize(
    ("amount", "currency", "refusal"),
    [
        (1, "AED", AmountTooSmall),
        (10**11, "EUR", AmountTooLarge),
        (100000, "XAG", None),
        (5, "MRU", None),
    ],
)
def test_amounts_and_currencies_that_no_provider_takes(till, amount, currency, refusal):
    if currency == "XAG":  # silver is no currency to pay in, and the command refuses it
        with pytest.raises(ValueError, match="currency"):
            till.session(amount, currency)
        return
    with pytest.raises(refusal or (CurrencyNotSupported, AmountTooSmall)):
        till.session(amount, currency)


def test_every_visit_of_a_link_has_a_session_of_its_own(till):
    made = link(till)
    first, second = (payments.visit(made.id, config=till.config) for _ in range(2))
    assert first.id != second.id
    assert till.confirm(first).captured_minor == 4900
    assert till.payment(second.payment_id).status == "pending"


def test_a_link_whose_amount_the_payer_chooses(till):
    made = link(till, amount=None, min_amount=500, max_amount=20000, max_quantity=3)
    session = payments.visit(made.id, config=till.config)
    assert order_of(session).total_minor == 500
    for bad in ({"amount": 499}, {"amount": 20001}, {"quantity": 4}, {"quantity": 0}):
        with pytest.raises(Invalid):
            payments.choose(session.id, **bad)
    assert payments.choose(session.id, amount=1500, quantity=2).total_minor == 3000
    assert till.confirm(session).captured_minor == 3000


def test_a_link_is_used_up_by_money_and_not_by_visits(till):
    made = link(till, max_uses=1)
    first, second = (payments.visit(made.id, config=till.config) for _ in range(2))
    assert till.confirm(first, "poor").status == "failed"
    assert till.confirm(second).status == "captured"
    with pytest.raises(LinkNotOpen):
        till.confirm(first)
    with pytest.raises(LinkNotOpen) as refused:
        payments.visit(made.id, config=till.config)
    assert refused.value.details == {"reason": "used_up"}


@pytest.mark.parametrize("reason", ["deactivated", "expired", "not_started"])
def test_a_link_that_is_not_open_says_why(till, reason):
    now = clock.now()
    fields = {
        "deactivated": {},
        "expired": {"expires_at": now + timedelta(hours=1)},
        "not_started": {"starts_at": now + timedelta(hours=5)},
    }[reason]
    made = link(till, **fields)
    if reason == "deactivated":
        told = commands.UpdateLink(active=False, inactive_message="Sold out, sorry.")
        changed = payments.update_link(made.id, told, merchant_id=till.merchant.id)
        assert changed.inactive_message == "Sold out, sorry."
    if reason == "expired":
        till.later(hours=2)
    assert (
        payments.why_closed(db.session().get_one(PaymentLink, made.id, populate_existing=True))
        == reason
    )
    with pytest.raises(LinkNotOpen):
        payments.visit(made.id, config=till.config)


def test_another_merchants_records_are_not_there(till):
    payment = till.pay()
    for act in (
        lambda: payments.refund(
            payment.id, commands.CreateRefund(amount=1), merchant_id="mer_other", once=till.once()
        ),
        lambda: payments.cancel(payment.id, merchant_id="mer_other", once=till.once()),
        lambda: payments.update_link("lnk_x", commands.UpdateLink(), merchant_id="mer_other"),
    ):
        with pytest.raises(NotFound):
            act()


def test_paypal_is_approved_then_taken(till):
    session = till.session()
    action = till.paypal(session)
    assert action["type"] == "paypal_approve"
    assert till.payment(session.payment_id).status == "requires_action"
    payments.approve(session.id, action["order"])
    assert (
        till.payment(session.payment_id).status == "requires_action"
    )  # nobody has approved it yet
    till.approve_at_paypal(action)
    payments.approve(session.id, action["order"])
    payment = till.payment(session.payment_id)
    assert (payment.status, payment.method["type"]) == ("captured", "paypal")
    payments.approve(session.id, action["order"])
    assert till.events(payment.id).count("payment.captured") == 1


def test_an_approval_whose_page_was_closed_is_taken_by_the_sweeper(till):
    session = till.session()
    till.approve_at_paypal(till.paypal(session))
    till.later(seconds=31)
    till.settle()
    assert till.payment(session.payment_id).status == "captured"


def test_an_instrument_declined_lets_the_buyer_choose_again(till):
    session = till.session()
    action = till.paypal(session)
    till.approve_at_paypal(action, funding="declined")
    payments.approve(session.id, action["order"])
    payment = till.payment(session.payment_id)
    assert (payment.status, payment.decline["code"]) == ("requires_action", "instrument_declined")
    till.approve_at_paypal(action)
    payments.approve(session.id, action["order"])
    payment = till.payment(session.payment_id)
    assert (payment.status, payment.decline) == ("captured", None)
    assert till.attempts(payment.id)[0].decline_code is None
    undeclined = db.session().scalars(select(Payment.id).where(Payment.decline.is_(None)))
    assert payment.id in list(undeclined)  # NULL, and not the JSON value null


def test_a_paypal_order_of_another_session_is_not_taken_here(till):
    mine, other = till.session(), till.session()
    action = till.paypal(other)
    with pytest.raises(NotFound):
        payments.approve(mine.id, action["order"])


def test_paypal_given_up_for_a_card(till):
    session = till.session()
    till.paypal(session)
    payments.cancel_approval(session.id)
    assert till.payment(session.payment_id).status == "pending"
    assert till.confirm(session).status == "captured"


def test_no_second_charge_while_one_is_unanswered(till):
    session = till.session()
    with till.world.gate.spoil("POST /stripe/v1/payment_intents", "500 after"):
        assert till.confirm(session).status == "processing"
    for act in (
        lambda: till.confirm(session),
        lambda: till.paypal(session),
        lambda: payments.choose(session.id, quantity=1),
        lambda: expire(till, session),
        lambda: till.cancel(till.payment(session.payment_id)),
    ):
        with pytest.raises(PaymentProcessing):
            act()
    till.later(seconds=31)
    till.settle()
    assert till.payment(session.payment_id).status == "captured"


@pytest.mark.parametrize(
    ("provider", "amount", "currency", "step"),
    [("stripe", 1999, "KWD", 10), ("stripe", 12345, "MGA", 100), ("paypal", 199950, "HUF", 100)],
)
def test_decimals_that_the_provider_has_not(till, provider, amount, currency, step):
    with pytest.raises(AmountInvalid) as refused:
        check_amount(Money(amount, currency), provider)
    assert refused.value.details == {"step": step}
    check_amount(Money(amount * step * 10, currency), provider)
