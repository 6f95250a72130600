"""Every status a payment can have × every verb: what it answers, and that a refusal changes nothing."""

import pytest

from app import commands, payments
from app.errors import AppError
from models import db
from models.lifecycle import PAYMENT_STATUSES


def pending(till):
    return till.session()


def requires_action(till):
    session = till.session()
    till.confirm(session, "3ds")
    return session


def processing(till):
    session = till.session()
    with till.world.gate.spoil("POST /stripe/v1/payment_intents", "500 after"):
        till.confirm(session)
    return session


def authorized(till):
    session = till.session(capture="manual")
    till.confirm(session)
    return session


def in_review(till):
    session = till.session(capture="manual")
    till.confirm(session, "review")
    return session


def captured(till):
    session = till.session()
    till.confirm(session)
    return session


def partially_refunded(till):
    session = captured(till)
    till.refund(till.payment(session.payment_id), 999)
    return session


def refunded(till):
    session = captured(till)
    till.refund(till.payment(session.payment_id), 1999)
    return session


def failed(till):
    session = till.session()
    till.confirm(session, "declined")
    return session


def canceled(till):
    session = till.session()
    till.cancel(till.payment(session.payment_id))
    return session


def expired(till):
    session = till.session()
    payments.expire(session.id, merchant_id=till.merchant.id, once=till.once())
    return session


def chargeback(till):
    session = till.session()
    till.confirm(session, "disputed")
    till.world.sandbox.timers.run_due(within_s=10)
    payments.sync(session.payment_id)
    return session


MAKE = {f.__name__: f for f in (
    pending, requires_action, processing, in_review, authorized, captured, partially_refunded, refunded,
    failed, canceled, expired, chargeback,
)}  # fmt: skip

VERBS = {
    "confirm": lambda till, s: till.confirm(s),
    "paypal": lambda till, s: till.paypal(s),
    "choose": lambda _till, s: payments.choose(s.id),
    "capture": lambda till, s: till.capture(till.payment(s.payment_id)),
    "cancel": lambda till, s: till.cancel(till.payment(s.payment_id)),
    "refund": lambda till, s: till.refund(till.payment(s.payment_id), 1000),
    "expire": lambda till, s: payments.expire(s.id, merchant_id=till.merchant.id, once=till.once()),
    "sync": lambda _till, s: payments.sync(s.payment_id),
    "expire_due": lambda _till, s: payments.expire_due(s.payment_id),
}

# status → what each verb makes of it, or the code of its refusal; `=` leaves it as it is
EXPECTED = """
    status              confirm             paypal              choose              capture                 cancel                  refund                  expire              sync                expire_due
    pending             captured            requires_action     =                   payment_not_capturable  canceled                payment_not_refundable  expired             =                   =
    requires_action     captured            requires_action     pending             payment_not_capturable  canceled                payment_not_refundable  expired             =                   pending
    processing          payment_processing  payment_processing  payment_processing  payment_processing      payment_processing      payment_not_refundable  payment_processing  captured            =
    in_review           payment_not_open    payment_not_open    payment_not_open    payment_in_review       canceled                payment_not_refundable  session_not_open    =                   =
    authorized          payment_not_open    payment_not_open    payment_not_open    captured                canceled                payment_not_refundable  session_not_open    =                   =
    captured            payment_not_open    payment_not_open    payment_not_open    payment_not_capturable  payment_not_cancelable  partially_refunded      session_not_open    =                   =
    partially_refunded  payment_not_open    payment_not_open    payment_not_open    payment_not_capturable  payment_not_cancelable  refunded                session_not_open    =                   =
    refunded            payment_not_open    payment_not_open    payment_not_open    payment_not_capturable  payment_not_cancelable  refund_exceeds_captured session_not_open    =                   =
    failed              captured            requires_action     =                   payment_not_capturable  canceled                payment_not_refundable  expired             =                   =
    canceled            payment_not_open    payment_not_open    payment_not_open    payment_not_capturable  payment_not_cancelable  payment_not_refundable  session_not_open    =                   =
    expired             payment_not_open    payment_not_open    payment_not_open    payment_not_capturable  payment_not_cancelable  payment_not_refundable  session_not_open    =                   =
    chargeback          payment_not_open    payment_not_open    payment_not_open    payment_not_capturable  payment_not_cancelable  payment_disputed        session_not_open    =                   =
"""
HEAD, *ROWS = [line.split() for line in EXPECTED.strip().splitlines()]
CASES = [
    (row[0], verb, result) for row in ROWS for verb, result in zip(HEAD[1:], row[1:], strict=True)
]


def test_the_table_is_whole():
    assert {row[0] for row in ROWS} == set(PAYMENT_STATUSES) == set(MAKE)
    assert set(HEAD[1:]) == set(VERBS)


@pytest.mark.parametrize(("status", "verb", "result"), CASES)
def test_every_status_and_verb(till, status, verb, result):
    session = MAKE[status](till)
    payment = till.payment(session.payment_id)
    assert payment.status == status
    before = facts(payment), till.events(payment.id), till.ledger(payment.id)
    db.release()
    refused = attempt(VERBS[verb], till, session)
    if refused:
        assert refused == result
        if status != "requires_action":
            after = (
                facts(till.payment(payment.id)),
                till.events(payment.id),
                till.ledger(payment.id),
            )
            assert after == before
        return
    assert till.payment(payment.id).status == (status if result == "=" else result)


def attempt(verb, till, session):
    """The code of the refusal, if it was refused."""
    try:
        verb(till, session)
    except AppError as refusal:
        return refusal.code
    return None


def facts(payment):
    left_out = {"_sa_instance_state", "updated_at"}
    return {name: value for name, value in vars(payment).items() if name not in left_out}


@pytest.mark.parametrize("amount", [1, 700, 1999])
def test_capture_takes_a_part_once_and_the_rest_is_released(till, amount):
    payment = till.pay(capture="manual")
    captured = till.capture(payment, amount)
    assert (captured.status, captured.captured_minor) == ("captured", amount)
    payments.sync(payment.id)
    assert till.payment(payment.id).refunded_minor == 0, "a released hold is no refund"
    assert till.ledger(payment.id)[0] == ("capture", amount)


def test_capture_above_the_authorization_is_refused(till):
    payment = till.pay(capture="manual")
    with pytest.raises(AppError) as refused:
        till.capture(payment, 2000)
    assert (refused.value.code, refused.value.field) == ("capture_exceeds_authorized", "amount")
    assert till.payment(payment.id).status == "authorized"


def test_several_refunds_and_then_no_more(till):
    payment = till.pay()
    for amount in (1000, 500, 499):
        assert till.refund(payment, amount).status == "succeeded"
    with pytest.raises(AppError) as refused:
        till.refund(payment, 1)
    assert refused.value.details == {"refundable": 0}
    assert till.payment(payment.id).status == "refunded"


def test_a_refund_that_takes_days(till):
    payment = till.pay("slow_refund")
    refund = till.refund(payment, 1999)
    assert (refund.status, till.payment(payment.id).status) == ("pending", "captured")
    assert till.payment(payment.id).refundable.minor == 0
    till.world.sandbox.timers.run_due(within_s=60)
    payments.sync(payment.id)
    assert till.payment(payment.id).status == "refunded"


def test_a_refund_that_the_bank_sends_back(till):
    payment = till.pay("failing_refund")
    till.refund(payment, 1999)
    assert till.payment(payment.id).status == "refunded"
    till.world.sandbox.timers.run_due(within_s=60)
    payments.sync(payment.id)
    after = till.payment(payment.id)
    assert (after.status, after.refundable.minor) == ("captured", 1999)
    assert [kind for kind, _ in till.ledger(payment.id)][-2:] == ["refund", "refund_returned"]


def test_a_refund_made_at_the_provider_is_ours_too(till):
    payment = till.pay()
    reference = till.attempts(payment.id)[0].provider_ref
    till.stripe("POST", "refunds", payment_intent=reference, amount="600")
    payments.sync(payment.id)
    payments.sync(payment.id)
    after = till.payment(payment.id)
    assert (after.status, after.refunded_minor) == ("partially_refunded", 600)
    assert [op.is_external for op in payments.operations_of(payment.id)] == [True]


@pytest.mark.parametrize(
    ("evidence", "status", "entries"),
    [
        ("winning_evidence", "captured", ["dispute", "dispute_won"]),
        ("losing_evidence", "chargeback", ["dispute"]),
    ],
)
def test_a_dispute_takes_the_money_and_may_give_it_back(till, evidence, status, entries):
    session = chargeback(till)
    dispute = till.world.sandbox.store.list("stripe.dispute")[0]
    till.stripe(
        "POST",
        f"disputes/{dispute['id']}",
        **{"evidence[uncategorized_text]": evidence, "submit": "true"},
    )
    till.world.sandbox.timers.run_due(within_s=60)
    payments.sync(session.payment_id)
    assert till.payment(session.payment_id).status == status
    assert [
        kind for kind, _ in till.ledger(session.payment_id) if kind.startswith("dispute")
    ] == entries


def test_a_review_at_the_provider_holds_the_capture_until_it_is_closed(till):
    session = in_review(till)
    payment = till.payment(session.payment_id)
    review = till.world.sandbox.store.list("stripe.review")[0]
    till.stripe("POST", f"reviews/{review['id']}/approve")
    payments.sync(payment.id)
    assert till.payment(payment.id).status == "authorized"
    assert till.capture(payment).status == "captured"
    assert "payment.released" in till.events(payment.id)


def test_a_capture_the_provider_refuses_leaves_the_truth(till):
    """The hold was let go at the provider behind our back: the capture fails, and we learn why."""
    payment = till.pay(capture="manual")
    reference = till.attempts(payment.id)[0].provider_ref
    till.stripe("POST", f"payment_intents/{reference}/cancel")
    assert till.capture(payment).status in {"authorized", "expired", "canceled"}
    till.settle()
    after = till.payment(payment.id)
    assert (after.status, after.captured_minor) == ("expired", 0)
    assert [op.status for op in payments.operations_of(payment.id)] == ["failed"]


def test_the_command_says_how_much(till):
    with pytest.raises(ValueError, match="amount"):
        commands.CreateRefund()
