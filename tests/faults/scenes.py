"""What can be under way when the power goes: each scene is set up, acted out in a process that dies, and resolved."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app import payments
from app.reviews import expiry
from app.reviews.act import act_due
from app.reviews.challenge import request_challenge
from app.reviews.decide import decide
from app.screening import force
from models import Payment, Review, RiskRule, db
from models.ids import new_id
from tests.api.conftest import Api
from tests.app.providers.razorpay_driver import RazorpayDriver
from tests.faults.conftest import Buyer
from tests.limits import no_more
from tests.till import Till

KEY = "till-17"


@dataclass
class Stage:
    """Everything a scene may use. `post` is the API call of the scene, made once more by a client that got no answer."""

    api: Api
    buyer: Buyer
    session: Any = None
    payment_id: str = ""
    post: tuple[str, Any] = ("", None)
    order: str = ""
    answered: dict[str, Any] = field(default_factory=dict)

    @property
    def till(self) -> Till:
        return self.api.till

    def call(self) -> Any:
        return self.api.post(*self.post, once=KEY)

    def payment(self) -> Payment:
        return self.till.payment(self.payment_id)


@dataclass(frozen=True)
class Scene:
    """`set_up`, then `act` (which dies at each of `points` in turn), and the status that all of them end in."""

    set_up: Callable[[Stage], None]
    act: Callable[[Stage], object]
    points: tuple[str, ...]
    ends: str
    provider: str = "stripe"


def _points(verb: str, *steps: str) -> tuple[str, ...]:
    return tuple(
        f"{verb}.{step}" for step in steps or ("decided", "answered", "recording", "recorded")
    )


def _token(stage: Stage) -> None:
    stage.post = ("/v1/payments", stage.api.payment_body())


def _page(stage: Stage) -> None:
    stage.session = stage.till.session()
    stage.payment_id = stage.session.payment_id


def _challenged(stage: Stage) -> None:
    _page(stage)
    assert stage.till.confirm(stage.session, "3ds").status == "requires_action"


def _unpaid(stage: Stage) -> None:
    _page(stage)
    stage.post = (f"/v1/payments/{stage.payment_id}/cancel", None)


def _by_card(verb: str, body: Any = None, **more: Any) -> Callable[[Stage], None]:
    def set_up(stage: Stage) -> None:
        stage.payment_id = stage.api.pay(**more)["id"]
        stage.post = (f"/v1/payments/{stage.payment_id}/{verb}", body)

    return set_up


def _by_paypal(verb: str, body: Any = None, **more: Any) -> Callable[[Stage], None]:
    def set_up(stage: Stage) -> None:
        _approved(stage, **more)
        payments.approve(stage.session.id, stage.order)
        stage.post = (f"/v1/payments/{stage.payment_id}/{verb}", body)

    return set_up


def _approved(stage: Stage, **more: Any) -> None:
    stage.session, stage.order = stage.buyer.chooses(**more)
    stage.payment_id = stage.session.payment_id
    stage.buyer.approves(stage.order)


def _in_india(stage: Stage) -> None:
    with db.transaction():
        db.update(stage.till.merchant, country="IN")
    stage.session = stage.till.session(currency="INR")
    stage.payment_id = stage.session.payment_id


def _choose_bank(stage: Stage) -> None:
    where = {"return_url": "http://127.0.0.1:9/r", "cancel_url": "http://127.0.0.1:9/c"}
    command = payments.Confirm("razorpay", 1999, method="netbanking", **where)
    payments.confirm(stage.session.id, command)


def _paid_at_razorpay(stage: Stage) -> None:
    _in_india(stage)
    _choose_bank(stage)
    action = stage.payment().next_action
    assert action is not None
    RazorpayDriver(stage.till.world).pay(action["order"], "pays")


def _lost_answer(stage: Stage) -> None:
    """The money was taken, and nobody here knows yet."""
    _page(stage)
    with stage.till.world.gate.spoil("POST /stripe/v1/payment_intents", "500 after"):
        assert stage.till.confirm(stage.session).status == "processing"


def _due(stage: Stage) -> None:
    _lost_answer(stage)
    stage.till.later(seconds=31)


def _no_more(stage: Stage) -> object:
    """The call of the scene, while the provider takes no more requests."""
    with no_more():
        return stage.call()


def _queued(set_up: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """The call was made, and waits for the provider's limits."""

    def wait(stage: Stage) -> None:
        set_up(stage)
        answer = _no_more(stage)
        stage.payment_id = stage.payment_id or answer.json["id"]  # type: ignore[attr-defined]

    return wait


def _never_arrived(stage: Stage) -> None:
    """Stripe has no trace of the charge, and it is time to ask."""
    _page(stage)
    with stage.till.world.gate.spoil("POST /stripe/v1/payment_intents", "500"):
        assert stage.till.confirm(stage.session).status == "processing"
    stage.till.later(seconds=31)


def _ruled(text: str) -> Callable[[Stage], None]:
    """A page of a merchant with one rule."""

    def set_up(stage: Stage) -> None:
        till = stage.till
        rule = RiskRule(
            id=new_id("rul"), merchant_id=till.merchant.id, text=text, state="live", author="test"
        )
        with db.transaction():
            db.insert(rule)
        force.forget()
        _page(stage)

    return set_up


def _decided(verdict: str, label: str) -> Callable[[Stage], None]:
    """Money was held, a person has decided, and nobody has done anything about it yet."""

    def set_up(stage: Stage) -> None:
        _ruled("review if :amount: > 1 EUR")(stage)
        assert stage.till.confirm(stage.session).status == "in_review"
        case = db.session().scalars(select(Review.id)).one()
        decide(case, verdict, label, by="usr_ada", scope=None, undo_s=0)

    return set_up


def _ruled_api(stage: Stage) -> None:
    _ruled("challenge if :amount: > 1 EUR")(stage)
    stage.payment_id = ""
    _token(stage)


def _held_by_rule(stage: Stage) -> None:
    _ruled("review if :amount: > 1 EUR")(stage)
    assert stage.till.confirm(stage.session).status == "in_review"


def _ending(stage: Stage) -> None:
    """Nobody has decided, and the authorization is about to end."""
    _held_by_rule(stage)
    stage.till.later(days=6, hours=23)


def _expire(stage: Stage) -> None:
    expiry.expire_all(found for _moment, found in expiry.due(10))


def _ask_again(stage: Stage) -> None:
    request_challenge(db.session().scalars(select(Review.id)).one(), by="usr_ada", scope=None)


def _act(_stage: Stage) -> None:
    act_due(10)


HELD = {"capture": "manual"}
CONFIRM = _points("confirm")
# fmt: off
SCENES = {
    "pay":            Scene(_token, Stage.call, ("pay.claimed", "pay.deciding", *CONFIRM), "captured"),
    "confirm":        Scene(_page, lambda s: s.till.confirm(s.session), ("confirm.deciding", *CONFIRM), "captured"),
    "confirm 3ds":    Scene(_page, lambda s: s.till.confirm(s.session, "3ds"), CONFIRM, "requires_action"),
    "choose paypal":  Scene(_page, lambda s: s.till.paypal(s.session), CONFIRM, "requires_action", "paypal"),
    "approve":        Scene(_approved, lambda s: payments.approve(s.session.id, s.order), _points("approve"),
                            "captured", "paypal"),
    "try again":      Scene(_challenged, lambda s: s.till.confirm(s.session), _points("abandon"), "captured"),
    "capture":        Scene(_by_card("capture", {"amount": 1500}, **HELD), Stage.call,
                            ("capture.deciding", *_points("capture")), "captured"),
    "void":           Scene(_by_card("cancel", **HELD), Stage.call,
                            ("void.deciding", "cancel.decided", *_points("void")), "canceled"),
    # The second look lets the money go: it is captured in the same breath.
    "screened":       Scene(_ruled("challenge if :amount: > 1 EUR"), lambda s: s.till.confirm(s.session),
                            ("confirm.deciding", *CONFIRM, "capture.deciding", *_points("capture")), "captured"),
    "screened api":   Scene(_ruled_api, Stage.call,
                            ("pay.claimed", "pay.deciding", *CONFIRM, "capture.deciding", *_points("capture")), "captured"),
    "hold ends":      Scene(_ending, _expire, ("void.deciding", *_points("void")), "canceled"),
    "asked again":    Scene(_held_by_rule, _ask_again, ("void.deciding", *_points("void")), "canceled"),
    "held":           Scene(_ruled("review if :amount: > 1 EUR"), lambda s: s.till.confirm(s.session),
                            ("confirm.deciding", *CONFIRM), "in_review"),
    "blocked":        Scene(_ruled("block if :amount: > 1 EUR"), lambda s: s.till.confirm(s.session),
                            ("confirm.deciding",), "failed"),
    "approved":       Scene(_decided("approve", "suspicious_ok"), _act,
                            ("capture.deciding", *_points("capture")), "captured"),
    "rejected":       Scene(_decided("decline", "suspected_fraud"), _act,
                            ("void.deciding", *_points("void")), "canceled"),
    "cancel":         Scene(_unpaid, Stage.call, ("close.deciding", "cancel.decided"), "canceled"),
    "refund":         Scene(_by_card("refunds", {"amount": 500}), Stage.call,
                            ("refund.deciding", *_points("refund")), "partially_refunded"),
    "paypal capture": Scene(_by_paypal("capture", {"amount": 1500}, **HELD), Stage.call, _points("capture"),
                            "captured", "paypal"),
    "paypal void":    Scene(_by_paypal("cancel", **HELD), Stage.call, _points("void"), "canceled", "paypal"),
    "paypal refund":  Scene(_by_paypal("refunds", {"amount": 500}), Stage.call, _points("refund"),
                            "partially_refunded", "paypal"),
    "choose bank":    Scene(_in_india, _choose_bank, CONFIRM, "requires_action", "razorpay"),
    "paid at bank":   Scene(_paid_at_razorpay, lambda s: payments.sync(s.payment_id), _points("approve"),
                            "captured", "razorpay"),
    "return":         Scene(_lost_answer, lambda s: payments.sync(s.payment_id),
                            _points("sync", "answered", "recording", "recorded"), "captured"),
    "sweep":          Scene(_due, lambda s: s.till.settle(), ("sweep.claimed", "bell.heard"), "captured"),
    "no more":        Scene(_token, _no_more, ("queue.joined",), "captured"),
    "in turn":        Scene(_queued(_token), lambda s: s.till.settle(), ("queue.called", *CONFIRM), "captured"),
    "refund in turn": Scene(_queued(_by_card("refunds", {"amount": 500})), lambda s: s.till.settle(),
                            ("queue.called", *_points("refund")), "partially_refunded"),
    "repeated":       Scene(_never_arrived, lambda s: s.till.settle(), ("queue.repeating",), "captured"),
}
# fmt: on
