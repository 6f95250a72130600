"""Attacks on the money: each of these once took too little, too much, or told an untruth."""

import importlib
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from app import commands, payments, providers
from app.errors import AmountInvalid, AmountTooLarge, PaymentProcessing, ProviderNotConfigured
from app.payments.bounds import check_amount
from models import Case, clock, db
from models.money import Money
from tasks import sweep
from tests.app.providers.world import KEYS

confirming = importlib.import_module("app.payments.confirm")
choosing = importlib.import_module("app.payments.choose")


@pytest.fixture
def between(monkeypatch):
    """`between(act)`: act once in the moment after the next look at a challenge, before the lock is taken."""

    def between(act):
        abandon = confirming.abandon_challenge

        def another_tab(payment_id):
            abandon(payment_id)
            for verb in (confirming, choosing):
                monkeypatch.setattr(verb, "abandon_challenge", abandon)
            act()

        for verb in (confirming, choosing):
            monkeypatch.setattr(verb, "abandon_challenge", another_tab)

    return between


def open_amount_link(till):
    command = commands.CreateLink(
        title="Donation", currency="EUR", min_amount=500, max_amount=20000
    )
    payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
    return payments.visit(till.told[-1].id, config=till.config)


def pass_challenge(till, payment_id):
    reference = till.attempts(payment_id)[-1].provider_ref
    till.answer_challenge(till.stripe("GET", f"payment_intents/{reference}")["next_action"], "pass")
    payments.sync(payment_id)
    return till.payment(payment_id)


def test_the_total_stays_while_another_tab_pays(till, between):
    """5.00 was being paid in one tab while the other made the total 200.00: the order was paid with 5.00."""
    session = open_amount_link(till)
    between(lambda: till.confirm(session, "3ds"))
    with pytest.raises(PaymentProcessing):
        payments.choose(session.id, amount=20000)
    payment = pass_challenge(till, session.payment_id)
    assert (payment.status, payment.captured_minor, payment.total_minor) == ("captured", 500, 500)
    db.release()


def soon_over(till):
    return till.session(expires_at=clock.now() + timedelta(minutes=6))


def end_review(till, capture_id):
    requests.post(
        f"{till.world.url}/paypal/sandbox/captures/{capture_id}/review",
        json={"accepted": True},
        timeout=10,
    ).raise_for_status()


def test_a_payment_that_paypal_looks_at_outlives_its_session(till):
    """An eCheck takes days, a session one: the order expired, and the buyer's money was sent back when it came."""
    session = soon_over(till)
    action = till.paypal(session)
    till.approve_at_paypal(action, funding="review")
    payments.approve(session.id, action["order"])
    till.later(days=2)
    till.settle()
    assert till.payment(session.payment_id).status == "processing"
    capture = till.world.sandbox.store.list("paypal_capture")[0]
    end_review(till, capture["id"])
    payments.sync(session.payment_id)
    payment = till.payment(session.payment_id)
    assert (payment.status, payment.captured_minor, payment.expires_at) == ("captured", 1999, None)


def test_an_approval_is_not_taken_when_the_session_is_long_over(till):
    """PayPal said nothing when it was asked for the money: hours later is too late to ask again."""
    session = soon_over(till)
    action = till.paypal(session)
    till.approve_at_paypal(action)
    with till.world.gate.spoil(r"POST /paypal/v2/checkout/orders/\w+/capture", "500"):
        payments.approve(session.id, action["order"])
    assert till.payment(session.payment_id).status == "processing"
    till.later(hours=2)
    till.settle()
    assert till.payment(session.payment_id).status == "expired"
    assert till.world.sandbox.store.list("paypal_capture") == []


def test_sessions_that_cannot_be_closed_do_not_stop_the_others(till, monkeypatch):
    """While PayPal was silent, the first twenty of its sessions kept every other one open."""
    monkeypatch.setattr(sweep, "BATCH", 2)
    stuck = [soon_over(till) for _ in range(3)]
    for session in stuck:
        till.paypal(session)
    till.later(seconds=5)
    other = soon_over(till)
    till.later(hours=1)
    with till.world.gate.spoil("GET /paypal/v2/checkout/orders/.*", "500"):
        for _ in range(2):
            till.settle()
        assert till.payment(other.payment_id).status == "expired"
        assert till.payment(stuck[0].payment_id).status == "requires_action"
    for _ in range(2):
        till.settle()
    assert {till.payment(session.payment_id).status for session in stuck} == {"expired"}


def test_a_part_with_decimals_that_the_provider_has_not(till):
    """Stripe takes dinars in steps of 0.010: the refund was accepted, and failed there."""
    payment = till.pay(amount=10000, currency="KWD")
    held = till.pay(amount=10000, currency="KWD", capture="manual")
    for act in (lambda: till.refund(payment, 1234), lambda: till.capture(held, 1234)):
        with pytest.raises(AmountInvalid) as refused:
            act()
        assert refused.value.details == {"step": 10}
    assert till.refund(payment, 1230).status == "succeeded"
    assert till.capture(held, 1230).captured_minor == 1230


@pytest.mark.parametrize(
    ("currency", "most"),
    [("ISK", 999_999), ("UGX", 999_999), ("JPY", 10**8 - 1), ("IDR", 10**12 - 1)],
)
def test_the_most_that_stripe_takes_in_its_own_decimals(till, currency, most):
    """Stripe writes 5 ISK as 500: a session over more than it can write could be opened and never paid."""
    check_amount(Money(most, currency), "stripe")
    with pytest.raises(AmountTooLarge) as refused:
        check_amount(Money(most + 1, currency), "stripe")
    assert refused.value.details == {"maximum": most}
    assert str(Money(most, currency)) in str(refused.value)


def test_a_house_in_jakarta_is_paid(till):
    assert till.pay(amount=9_999_999_999_99, currency="IDR").status == "captured"


def surplus(till, card="ok"):
    """A charge that was answered only after its session had expired."""
    session = soon_over(till)
    with till.world.gate.spoil("(POST|GET) /stripe/v1/payment_intents", "500 after"):
        till.confirm(session, card)
        till.later(hours=1)
        till.settle()
    assert till.payment(session.payment_id).status == "expired"
    payments.sync(session.payment_id)
    assert till.attempts(session.payment_id)[0].status == "surplus"
    return till.payment(session.payment_id)


def test_a_dispute_about_a_surplus_charge_is_not_the_payments(till):
    """The expired order of a shopper who got the money back became charged back."""
    payment = surplus(till, "disputed")
    till.world.sandbox.timers.run_due(within_s=10)
    payments.sync(payment.id)
    assert "dispute.opened" in till.events(payment.id)
    payment = till.payment(payment.id)
    assert (payment.status, payment.disputed_minor) == ("expired", 0)


def refund_at_stripe(till, payment, amount, **metadata):
    reference = till.attempts(payment.id)[0].provider_ref
    till.stripe("POST", "refunds", payment_intent=reference, amount=amount, **metadata)


def test_a_refund_at_the_provider_meets_one_of_ours_that_is_unanswered(till):
    """Together they were more than was captured: every look at the payment failed."""
    payment = till.pay()
    with till.world.gate.spoil("POST /stripe/v1/refunds", "500"):
        till.refund(payment, 1500)
    refund_at_stripe(till, payment, 1000)
    payments.sync(payment.id)  # the provider refuses ours now
    till.later(seconds=31)
    till.settle()
    payment = till.payment(payment.id)
    assert (payment.refunded_minor, payment.refunding_minor) == (1000, 0)
    kinds = [(op.status, op.is_external) for op in payments.operations_of(payment.id)]
    assert sorted(kinds) == [("failed", False), ("succeeded", True)]


def test_a_refund_that_was_given_up_and_then_succeeds_is_booked(till):
    """It was ignored for ever: the books had the money, the customer too, and the same sum could be refunded again."""
    payment = till.pay()
    with till.world.gate.spoil("POST /stripe/v1/refunds", "500"):
        refund = till.refund(payment, 1500)
        till.later(hours=24)
        till.settle()
    assert payments.operations_of(payment.id)[0].failure_code == "never_arrived"
    told = {"metadata[operation_id]": refund.id}
    refund_at_stripe(till, payment, 1500, **told)
    for _ in range(2):
        payments.sync(payment.id)
    payment = till.payment(payment.id)
    assert (payment.status, payment.refunded_minor) == ("partially_refunded", 1500)
    assert till.events(payment.id).count("payment.case_opened") == 1
    assert till.ledger(payment.id)[-1] == ("refund", 1500)


def test_a_second_capture_at_paypals_own_site_is_told(till):
    """The books kept the first part, and nobody ever heard of the rest."""
    session = till.session(capture="manual", amount=5000)
    action = till.paypal(session)
    till.approve_at_paypal(action)
    payments.approve(session.id, action["order"])
    held = till.world.sandbox.store.list("paypal_authorization")[0]
    token = requests.post(
        f"{till.world.url}/paypal/v1/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(KEYS["paypal_client_id"], KEYS["paypal_client_secret"]),
        timeout=10,
    ).json()["access_token"]
    for value in ("20.00", "30.00"):
        requests.post(
            f"{till.world.url}/paypal/v2/payments/authorizations/{held['id']}/capture",
            headers={"Authorization": f"Bearer {token}"},
            json={
                "amount": {"currency_code": "EUR", "value": value},
                "final_capture": value == "30.00",
            },
            timeout=10,
        ).raise_for_status()
        payments.sync(session.payment_id)
    assert till.payment(session.payment_id).captured_minor == 2000
    assert till.events(session.payment_id)[-1] == "payment.case_opened"
    told = db.session().scalars(select(Case)).one()
    assert (told.kind, told.theirs["captured"]) == ("captured_differs", "50.00 EUR")


def test_a_provider_whose_keys_are_gone_is_a_silent_one(till, monkeypatch):
    """The page of a session that waited for PayPal was an error, and the clock logged one each second."""
    waiting, held = till.session(), till.pay(capture="manual").id
    till.paypal(waiting)
    with till.world.gate.spoil("POST /stripe/v1/refunds", "500"):
        refunded = till.pay().id
        till.refund(till.payment(refunded), 500)
    only_stripe = {"stripe": providers.get("stripe")}
    monkeypatch.setattr(providers, "_configured", only_stripe)
    with pytest.raises(PaymentProcessing):
        till.confirm(waiting)
    only_stripe.clear()
    for payment_id in (waiting.payment_id, held, refunded):
        payments.sync(payment_id)
    for act in (till.cancel, till.capture):
        with pytest.raises(ProviderNotConfigured):
            act(till.payment(held))
    till.later(days=2)
    till.settle()
    monkeypatch.undo()
    assert till.payment(waiting.payment_id).status == "requires_action"
    assert till.cancel(till.payment(held)).status == "canceled"
    till.later(days=1)
    till.settle()
    assert till.payment(waiting.payment_id).status == "expired"
    assert till.payment(refunded).refunding_minor == 0


@pytest.mark.parametrize("answer", ["under review", "lost"])
def test_money_that_is_on_its_way_when_the_buyer_gives_up_goes_back(till, monkeypatch, answer):
    """Its attempt was over and nobody asked about it again: without PayPal's webhook the money stayed taken."""
    session = till.session()
    action = till.paypal(session)
    till.approve_at_paypal(action, funding="review" if answer == "under review" else "balance")
    paypal = providers.get("paypal")

    def complete(charge, reference):
        payments.cancel_approval(session.id)  # in another tab, while PayPal is being asked
        return type(paypal).complete(paypal, charge, reference)

    monkeypatch.setattr(paypal, "complete", complete)
    lost = r"POST /paypal/v2/checkout/orders/\w+/capture" if answer == "lost" else "nothing"
    with till.world.gate.spoil(lost, "500 after"):
        payments.approve(session.id, action["order"])
    monkeypatch.undo()
    assert till.attempts(session.payment_id)[0].status == "voided"
    if answer == "under review":
        capture = till.world.sandbox.store.list("paypal_capture")[0]
        end_review(till, capture["id"])
    for _ in range(2):
        till.later(minutes=5)
        till.settle()
    assert till.attempts(session.payment_id)[0].status == "surplus"
    assert [op.status for op in payments.operations_of(session.payment_id)] == ["succeeded"]
    assert till.payment(session.payment_id).status == "pending"


@pytest.mark.parametrize("funding", ["balance", "review"])
def test_a_buyer_who_gives_up_just_after_the_money_was_asked_for(till, monkeypatch, funding):
    """Our own word that the order is off met PayPal's that it is paid: a case, or a second payment."""
    session = till.session()
    action = till.paypal(session)
    till.approve_at_paypal(action, funding=funding)
    paypal = providers.get("paypal")

    def abandon(charge, reference):
        outcome = type(paypal).abandon(paypal, charge, reference)
        payments.approve(
            session.id, action["order"]
        )  # in another tab, before the first is recorded
        return outcome

    monkeypatch.setattr(paypal, "abandon", abandon)
    if funding == "review":
        with pytest.raises(PaymentProcessing):
            payments.cancel_approval(session.id)
    else:
        payments.cancel_approval(session.id)
    status = "processing" if funding == "review" else "captured"
    assert till.payment(session.payment_id).status == status
    assert "payment.case_opened" not in till.events(session.payment_id)
