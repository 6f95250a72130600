"""What nobody has answered, while the provider takes no more questions either."""

import pytest

from app import payments
from tests.app.payments.test_waiting import INTENTS
from tests.limits import no_more
from tests.till import Till


@pytest.mark.parametrize("kind", ["charge", "refund"])
def test_what_may_not_be_asked_now_is_asked_soon(till: Till, kind: str) -> None:
    """Else one whose worker was killed would be asked about after an hour, then after a day."""
    if kind == "charge":
        with till.world.gate.spoil(INTENTS, "500"):
            payment = till.pay()
    else:
        payment = till.pay()
        with till.world.gate.spoil("POST /stripe/v1/refunds", "500"):
            till.refund(payment, 500)
    till.later(seconds=31)
    for _ in range(3):
        with no_more():
            till.settle()
        till.later(seconds=11)
    till.settle()
    assert till.payment(payment.id).captured_minor == 1999
    assert till.payment(payment.id).refunded_minor == (500 if kind == "refund" else 0)


def test_who_may_not_ask_moves_no_date_but_their_own(till: Till) -> None:
    """The end of a hold is looked at when it comes, whoever was curious before."""
    payment = till.pay(capture="manual")
    [before] = [attempt.check_at for attempt in till.attempts(payment.id)]
    with no_more():
        payments.sync(payment.id)
    assert [attempt.check_at for attempt in till.attempts(payment.id)] == [before]
