"""T30: whatever order a payment's news comes in (its own answer, the return, webhooks, the clock), the books end the same."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from app.payments import change
from app.payments.find import lock_attempt
from app.payments.record import record
from app.providers.base import NextAction, OperationNews, Outcome, Step, Verb
from models import CheckoutSession, db
from models.money import Money
from tests.faults.fault import fault
from tests.till import Till

EURO = Money(1999, "EUR")
FEE = Money(59, "EUR")
CHALLENGE = Outcome(
    Verb.CHALLENGE, "pi_1", EURO, action=NextAction("stripe_sdk", client_secret="pi_1_secret_2")
)
UNDECIDED = Outcome(None, "pi_1", EURO)
WAIT = Outcome(Verb.WAIT, "pi_1", EURO)
AUTHORIZE = Outcome(Verb.AUTHORIZE, "pi_1", EURO)
CAPTURE = Outcome(Verb.CAPTURE, "pi_1", EURO, captured=EURO, capture_ref="ch_1")
REFUND = OperationNews("refund", "re_1", Money(500, "EUR"), Step.WAIT)
REFUNDING = replace(CAPTURE, operations=(REFUND,))
REFUNDED = replace(CAPTURE, fee=FEE, operations=(replace(REFUND, step=Step.SUCCEED),))
VOID = Outcome(Verb.VOID, "pi_1", EURO)

End = tuple[str, str, int, int, frozenset[tuple[str, int]], frozenset[str]]


class Undo(Exception):
    """Nothing of this has happened."""


@pytest.fixture
def session(till: Till) -> CheckoutSession:
    """A session whose charge was asked for, and nobody has answered."""
    session = till.session()
    with till.world.gate.spoil("POST /stripe/v1/payment_intents", "503"):
        till.confirm(session)
    return session


def end_of(
    till: Till, session: CheckoutSession, news: Iterable[Outcome], closed: str | None
) -> End:
    """Where the news leads in this order, in a transaction that is then undone."""
    [begun] = till.attempts(session.payment_id)
    found: list[End] = []
    with contextlib.suppress(Undo), db.transaction():
        payment, attempt = lock_attempt(begun.id)
        if closed:
            change.set_status(payment, attempt, f"payment.{closed}", closed=closed)
        for outcome in news:
            payment, attempt = lock_attempt(begun.id)
            record(payment, attempt, outcome)
        told = till.events(payment.id)
        for kind in (
            "payment.captured",
            "payment.surplus",
            "refund.succeeded",
            "payment.authorized",
        ):
            assert told.count(kind) <= 1, told
        ledger = till.ledger(payment.id)
        assert len(ledger) == len(set(ledger))
        decisive = {
            "payment.captured",
            "payment.surplus",
            "refund.succeeded",
            "payment.case_opened",
        }
        found.append((
            payment.status, attempt.status, payment.captured_minor, payment.refunded_minor,
            frozenset(ledger), frozenset(decisive.intersection(told)),
        ))  # fmt: skip
        raise Undo
    return found[0]


def orders(news: Sequence[Outcome]) -> list[tuple[Outcome, ...]]:
    """Every order, each once: outcomes are told apart by what they say."""
    return list({tuple(map(repr, order)): order for order in permutations(news)}.values())


PAID = frozenset({("capture", 1999)})
STORIES: dict[str, tuple[Sequence[Outcome], str | None, End]] = {
    "captured": (
        (CHALLENGE, AUTHORIZE, CAPTURE, UNDECIDED, CAPTURE),
        None,
        ("captured", "captured", 1999, 0, PAID, frozenset({"payment.captured"})),
    ),
    "refunded at the provider": (
        (CHALLENGE, CAPTURE, REFUNDING, REFUNDED, UNDECIDED),
        None,
        (
            "partially_refunded",
            "captured",
            1999,
            500,
            PAID | {("refund", 500), ("fee", 59)},
            frozenset({"payment.captured", "refund.succeeded"}),
        ),
    ),
    "held and released": (
        (CHALLENGE, AUTHORIZE, WAIT, UNDECIDED, AUTHORIZE),
        None,
        ("authorized", "authorized", 0, 0, frozenset(), frozenset()),
    ),
    "too late": (
        (CHALLENGE, WAIT, CAPTURE, UNDECIDED, CAPTURE),
        "expired",
        ("expired", "surplus", 0, 0, PAID, frozenset({"payment.surplus"})),
    ),
}


@fault("T30", "Answer, return, webhooks and clock bring the news in every possible order",
       saw="The same end in every order (up to 120 each).")  # fmt: skip
@pytest.mark.parametrize("story", STORIES)
def test_every_order_ends_the_same(till: Till, session: CheckoutSession, story: str) -> None:
    news, closed, end = STORIES[story]
    every = orders(news)
    assert len(every) <= 720
    for order in every:
        assert end_of(till, session, order, closed) == end, [o.verb for o in order]


@fault("T30", "The provider tells of a capture and of a void",
       saw="Taken stays taken, and a person is asked; or it goes back.")  # fmt: skip
def test_a_void_before_and_after_a_capture(till: Till, session: CheckoutSession) -> None:
    """What contradicts itself is not settled by whoever comes last: a success stands, and a human is asked."""
    after = end_of(till, session, (CAPTURE, VOID), None)
    assert after[:3] == ("captured", "captured", 1999)
    assert "payment.case_opened" in after[5]
    before = end_of(till, session, (VOID, CAPTURE), None)
    assert before[1:4] == ("surplus", 0, 0)  # nobody waits for it any more: it goes back


SPOILS: dict[str, Callable[[Outcome], Outcome]] = {
    "amount": lambda o: replace(o, amount=Money(1, "EUR")),
    "currency": lambda o: replace(o, amount=Money(1999, "USD")),
    "reference": lambda o: replace(o, reference="pi_2"),
}


@fault("T28", "The provider answers with another amount, currency or charge",
       saw="Unpaid, nothing booked; a case for a person.")  # fmt: skip
@pytest.mark.parametrize("spoil", SPOILS)
def test_news_of_something_else_changes_nothing(
    till: Till, session: CheckoutSession, spoil: str
) -> None:
    wrong = SPOILS[spoil](CAPTURE)
    end = end_of(till, session, (CHALLENGE, wrong, wrong), None)
    assert end[:4] == ("requires_action", "challenged", 0, 0)
    assert end[5] == {"payment.case_opened"}
