"""T35: any story of verbs, faults, news and time, and after each step the oracle. What is found is made small by Hypothesis."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, select

from app import oracle, payments
from app.errors import AppError
from app.idempotency import unrepeated
from app.reviews.act import act_due
from app.reviews.decide import decide, undo
from app.screening import force
from models import Attempt, CheckoutSession, Event, Payment, Review, RiskRule, clock, db
from models.ids import new_id
from tests.faults import books, journal
from tests.faults.conftest import Buyer, Deliver
from tests.faults.fault import fault
from tests.faults.faulty import Held, held
from tests.till import Till

MONEY = "POST /(stripe/v1/(payment_intents|refunds)|paypal/v2/).*"
FAULTS = st.sampled_from((None, None, None, "500 after", "drop", "503", "held"))
TIMES = st.sampled_from((31, 125, 601, 3700, 25 * 3600))


LOST: list[Held] = []
Start = Callable[[Till, Buyer], CheckoutSession]


def by_card(card: str, **more: Any) -> Start:
    def start(till: Till, buyer: Buyer) -> CheckoutSession:
        session = till.session(**more)
        till.confirm(session, card)
        return session

    return start


def by_paypal(*, taken: bool, **more: Any) -> Start:
    def start(till: Till, buyer: Buyer) -> CheckoutSession:
        session, order = buyer.chooses(**more)
        buyer.approves(order)
        if taken:
            payments.approve(session.id, order)
        return session

    return start


def on_its_way(till: Till, buyer: Buyer) -> CheckoutSession:
    """Charged for, and lost in between: it arrives when `arrives` says so, perhaps after the session's end."""
    session = till.session(expires_at=clock.now() + timedelta(minutes=10))
    with held(till.world, MONEY) as lost:
        till.confirm(session)
    LOST.append(lost)
    return session


def not_begun(till: Till, buyer: Buyer) -> CheckoutSession:
    return till.session()


# What the merchant's rules look at.
HOLD, CHALLENGE = {"risk": "hold"}, {"risk": "challenge"}
RULES = ('review if ::risk:: = "hold"', 'challenge if ::risk:: = "challenge"')
VERDICTS = {
    "approve": "suspicious_ok",
    "decline": "suspected_fraud",
    "fraud": "confirmed_fraud",
    "undo": "",
}


# A story that began with an empty page every time would seldom come far.
STARTS: st.SearchStrategy[Start] = st.sampled_from((
    not_begun,
    on_its_way,
    by_card("ok"),
    by_card("ok", capture="manual"),
    by_card("3ds"),
    by_card("declined"),
    by_paypal(taken=False),
    by_paypal(taken=True),
    by_paypal(taken=True, capture="manual"),
    by_card("ok", metadata=HOLD),
    by_card("3ds", metadata=CHALLENGE),
    by_card("review", capture="manual"),
    by_paypal(taken=True, metadata=HOLD),
    by_paypal(taken=False, metadata=HOLD),
))  # fmt: skip


class Story(RuleBasedStateMachine):
    """A shopper, a merchant, a provider with moods, and a clock, each doing what they like."""

    till: Till
    buyer: Buyer
    deliver: Deliver

    sessions = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        clock.set_offset(timedelta())
        LOST.clear()
        for old in self.till.world.deliveries("stripe") + self.till.world.deliveries("paypal"):
            self.till.world.sandbox.store.delete("sandbox.delivery", old["id"])

    @contextlib.contextmanager
    def trouble(self, fault: str | None) -> Iterator[None]:
        """The next requests for money meet a fault; a refusal of ours is an answer too."""
        with contextlib.suppress(AppError), contextlib.ExitStack() as stack:
            if fault == "held":
                LOST.append(stack.enter_context(held(self.till.world, MONEY)))
            elif fault:
                stack.enter_context(self.till.world.gate.spoil(MONEY, fault))
            yield
        db.release()

    def attempt(self, session: CheckoutSession) -> Attempt | None:
        attempts = self.till.attempts(session.payment_id)
        db.release()
        return attempts[-1] if attempts else None

    @initialize(target=sessions, start=STARTS)
    def begins(self, start: Start) -> CheckoutSession:
        return start(self.till, self.buyer)

    @initialize(target=sessions, start=STARTS)
    def begins_another(self, start: Start) -> CheckoutSession:
        return start(self.till, self.buyer)

    @rule(
        session=sessions,
        card=st.sampled_from(("ok", "ok", "declined", "3ds", "review")),
        fault=FAULTS,
    )
    def pays_by_card(self, session: CheckoutSession, card: str, fault: str | None) -> None:
        if self.till.payment(session.payment_id).session_status != "open":
            return
        token = self.till.confirmation_token(card)
        command = payments.Confirm("stripe", 1999, token, return_url="http://x/r")
        with self.trouble(fault):
            payments.confirm(session.id, command)

    @rule(session=sessions, answer=st.sampled_from(("pass", "fail")))
    def answers_the_bank(self, session: CheckoutSession, answer: str) -> None:
        action = self.till.payment(session.payment_id).next_action
        attempt = self.attempt(session)
        if action is not None and attempt is not None and attempt.provider == "stripe":
            asked = self.till.stripe("GET", f"payment_intents/{attempt.provider_ref}")[
                "next_action"
            ]
            if asked:
                self.till.answer_challenge(asked, answer)

    @rule(session=sessions, fault=FAULTS)
    def chooses_paypal(self, session: CheckoutSession, fault: str | None) -> None:
        where = {"return_url": "http://127.0.0.1:9/r", "cancel_url": "http://127.0.0.1:9/c"}
        with self.trouble(fault):
            payments.confirm(session.id, payments.Confirm("paypal", 1999, **where))

    @rule(
        session=sessions,
        funding=st.sampled_from(("balance", "balance", "refused", "declined", "")),
        fault=FAULTS,
    )
    def approves(self, session: CheckoutSession, funding: str, fault: str | None) -> None:
        action = self.till.payment(session.payment_id).next_action
        if action is None or action["type"] != "paypal_approve":
            return
        with contextlib.suppress(
            AssertionError
        ):  # an order that is settled or voided has no such page any more
            self.buyer.approves(action["order"], funding)
        with self.trouble(fault):
            payments.approve(session.id, action["order"])

    @rule(session=sessions, part=st.sampled_from((None, 1, 1000, 1999)), fault=FAULTS)
    def captures(self, session: CheckoutSession, part: int | None, fault: str | None) -> None:
        with self.trouble(fault):
            self.till.capture(self.till.payment(session.payment_id), part)

    @rule(session=sessions, fault=FAULTS)
    def cancels(self, session: CheckoutSession, fault: str | None) -> None:
        with self.trouble(fault):
            self.till.cancel(self.till.payment(session.payment_id))

    @rule(session=sessions, part=st.sampled_from((1, 900, 1999)), fault=FAULTS)
    def refunds(self, session: CheckoutSession, part: int, fault: str | None) -> None:
        with self.trouble(fault):
            self.till.refund(self.till.payment(session.payment_id), part)

    @rule(session=sessions, verdict=st.sampled_from(sorted(VERDICTS)), fault=FAULTS)
    def decides(self, session: CheckoutSession, verdict: str, fault: str | None) -> None:
        """An analyst decides about the newest case, and time goes on or not."""
        found = select(Review.id).where(Review.payment_id == session.payment_id)
        case = db.session().scalars(found.order_by(Review.id.desc()).limit(1)).one_or_none()
        if case is None:
            return
        with self.trouble(fault):
            if verdict == "undo":
                undo(case, by="usr_ada", scope=None)
            else:
                waits = {"by": "usr_ada", "scope": None, "undo_s": 10}
                decide(case, verdict, VERDICTS[verdict], **waits)
            act_due(10)

    @rule(session=sessions)
    def expires(self, session: CheckoutSession) -> None:
        with self.trouble(None):
            payments.expire(session.id, merchant_id=session.merchant_id, once=unrepeated())

    @rule(session=sessions, path=st.sampled_from(("refunds", "cancel")))
    def does_it_at_stripe(self, session: CheckoutSession, path: str) -> None:
        """Somebody at the provider's own site refunds a part, or cancels."""
        attempt = self.attempt(session)
        if attempt is None or attempt.provider != "stripe" or not attempt.provider_ref:
            return
        with contextlib.suppress(requests.HTTPError):
            if path == "cancel":
                self.till.stripe("POST", f"payment_intents/{attempt.provider_ref}/cancel")
            else:
                self.till.stripe("POST", "refunds", payment_intent=attempt.provider_ref, amount=300)

    @rule(session=sessions, fault=st.sampled_from((None, None, "503")))
    def comes_back(self, session: CheckoutSession, fault: str | None) -> None:
        with self.till.world.gate.spoil("GET .*", fault) if fault else contextlib.nullcontext():
            payments.sync(session.payment_id)

    @rule(newest_first=st.booleans(), provider=st.sampled_from(("stripe", "paypal")))
    def tells(self, provider: str, *, newest_first: bool) -> None:
        self.deliver(provider, order=lambda told: told[::-1][:8] if newest_first else told[-8:])

    @rule(seconds=TIMES)
    def time_passes(self, seconds: int) -> None:
        self.till.later(seconds=seconds)
        self.till.settle()

    @rule()
    def arrives(self) -> None:
        """What was lost on its way is carried out after all."""
        for lost in LOST:
            lost.arrive()
        LOST.clear()

    @invariant()
    def holds(self) -> None:
        db.session().expire_all()
        assert oracle.check() == []
        self.cases_follow_payments()

    def cases_follow_payments(self) -> None:
        """Whatever is held has an open case, and no case is open without held money but one that is being ended."""
        for payment in db.session().scalars(select(Payment)):
            found = select(Review).where(Review.attempt_id == payment.attempt_id)
            case = db.session().scalars(found).one_or_none()
            is_open = case is not None and case.closed_at is None
            if payment.status == "in_review":
                assert is_open or self.is_told_of_failure(payment), payment.id
            elif is_open and payment.status != "processing":
                assert case is not None
                assert case.acts_at is not None, payment.id

    @staticmethod
    def is_told_of_failure(payment: Payment) -> bool:
        """A refused void or capture opens the case again as soon as the event is delivered."""
        lately = select(Event.type).where(Event.payment_id == payment.id).order_by(Event.id.desc())
        return bool({"void.failed", "capture.failed"} & set(db.session().scalars(lately.limit(3))))

    def teardown(self) -> None:
        """Everybody becomes quiet: now our books are the provider's, to the cent."""
        self.arrives()
        self.deliver("stripe")
        self.deliver("paypal")
        for hours in (0.1, 1, 25, 25, 25):
            self.till.later(hours=hours)
            self.till.settle()
        assert oracle.check() == []
        self.till.check()
        books.agree(self.till)
        engine = create_engine(self.till.config.db_uri)
        with engine.connect() as connection:
            told = journal.lines(connection)
        engine.dispose()
        assert list(journal.broken(told)) == []


# Chosen because these few stories come to most kinds of ends.
SEED = 4
FEW = {"sqlite": 25, "postgresql": 8}


@fault("T35", "Any story of verbs, lost answers, late effects, news and time",
       saw="Whatever it is, O1 to O5 hold after every step.")  # fmt: skip
def test_any_story(till: Till, buyer: Buyer, deliver: Deliver, pytestconfig: pytest.Config) -> None:
    with db.transaction():
        for text in RULES:
            db.insert(
                RiskRule(
                    id=new_id("rul"),
                    merchant_id=till.merchant.id,
                    text=text,
                    state="live",
                    author="test",
                )
            )
    force.forget()
    known: dict[str, Any] = {"till": till, "buyer": buyer, "deliver": staticmethod(deliver)}
    machine: Callable[[], Story] = type("AStory", (Story,), known)
    many = pytestconfig.getoption("--stories", default=0)
    if not many:
        machine = seed(SEED)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=many or FEW[db.engine().dialect.name],
            stateful_step_count=25 if many else 15,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
