"""Reading an order and the payments on it: how the charge stands, checked against what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.providers import razorpay_words as words
from app.providers.base import Charge, NextAction, Outcome, Unanswered, Verb
from app.providers.razorpay_http import Node
from models.money import Money

# How long a payment may stay uncaptured before Razorpay gives it back by itself, in minutes; said with each order.
# Held for the merchant: its pages name three days and five (7200 at most), so three. To be taken at once: a day, within
# which an outage on either side can pass; what comes for an abandoned try is back with the shopper after that.
HOLD_MIN = {"manual": 3 * 24 * 60, "automatic": 24 * 60}
# "Late Payment Authorisation", "UPI Error Codes": what is not answered within ten minutes has failed.
ANSWER_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Standing:
    """An order with its payments, checked to be the one that was asked for."""

    order: Node
    payments: tuple[Node, ...]

    @property
    def id(self) -> str:
        return str(self.order["id"])

    @property
    def best(self) -> Node | None:
        """The payment that decides: the one that went furthest, of several the newest; of what is taken, the first."""
        return min(self.payments, key=_rank, default=None)

    @property
    def taken(self) -> int:
        """What all payments together have taken. More than one can be where an account captures by itself."""
        return sum(row["amount"] for row in self.payments if is_taken(row))


def standing(order: Node, payments: Sequence[Node], reference: str = "") -> Standing:
    """Check that these belong together. Raises Unanswered."""
    if order.get("entity") != "order" or not _is_text(order.get("id")):
        raise Unanswered("Razorpay's order makes no sense")
    if reference not in {"", order["id"]}:
        raise Unanswered(f"Razorpay told of another order when asked about {reference[:40]}")
    for payment in payments:
        check_payment(payment, order)
    found = Standing(order, tuple(payments))
    if order.get("status") == "paid" and not any(is_taken(row) for row in payments):
        raise Unanswered("Razorpay's order is paid, but by no payment that it tells of")
    return found


def check_payment(payment: Node, order: Node) -> None:
    """A payment is on its order and over its whole amount. Raises Unanswered."""
    same = all(payment.get(name) == order.get(name) for name in ("amount", "currency"))
    named = _is_text(payment.get("id")) and _is_text(payment.get("status"))
    if not (same and named and payment.get("order_id") == order.get("id")):
        raise Unanswered("Razorpay's payment is not one of the order's")
    if type(payment.get("created_at")) is not int or type(payment["amount"]) is not int:
        raise Unanswered("Razorpay's payment makes no sense")


def check_fits(order: Node, charge: Charge) -> None:
    """The order is the one that was made for the charge. Raises Unanswered."""
    fits = {
        "amount": order.get("amount") == charge.amount.minor,
        "currency": order.get("currency") == charge.amount.currency,
        "receipt": order.get("receipt") == charge.attempt_id,
        "notes": note(order, "attempt_id") == charge.attempt_id,
    }
    wrong = [name for name, does in fits.items() if not does]
    if wrong:
        raise Unanswered(f"Razorpay's order contradicts what was asked: {', '.join(wrong)}")


def outcome(
    found: Standing,
    charge: Charge,
    action: NextAction,
) -> Outcome:
    """How the charge stands. A payment that failed does not end its order: the shopper can pay it again."""
    check_fits(found.order, charge)
    payment = found.best
    if payment is None:
        return Outcome(Verb.CHALLENGE, found.id, charge.amount, action=action)
    verb, taken = _verb(payment, charge), is_taken(payment)
    held = verb is Verb.AUTHORIZE
    return Outcome(
        verb=verb,
        reference=found.id,
        amount=charge.amount,
        captured=Money(found.taken, charge.amount.currency) if taken else None,
        capture_ref=str(payment["id"]) if taken else None,
        fee=_fee(payment) if taken else None,
        decline=words.decline(payment) if payment["status"] == "failed" else None,
        action=action if verb is Verb.CHALLENGE else None,
        method=words.method(payment),
        facts=words.facts(payment),
        capture_before=made_at(payment) + timedelta(minutes=HOLD_MIN["manual"]) if held else None,
        ready=payment["status"] == "authorized" and not held,
    )


def is_taken(payment: Node) -> bool:
    """Whether the payment's money is the merchant's, or was. One given back uncaptured is `refunded` too."""
    status = payment["status"]
    return bool(status == "captured" or (status == "refunded" and payment.get("captured") is True))


def waiting(payment: Node | None) -> NextAction | None:
    """What waits for the shopper's bank or app: which method, and until when."""
    if payment is None or payment["status"] != "created":
        return None
    until = made_at(payment) + ANSWER_WITHIN
    data = {"waiting": str(payment.get("method") or "")}
    return NextAction("razorpay", data=data, expires_at=until.isoformat())


def made_at(payment: Node) -> datetime:
    """When the payment was begun."""
    return datetime.fromtimestamp(payment["created_at"], UTC)


def note(thing: Node, name: str) -> str:
    """One of an object's notes; none is written as an empty list."""
    notes = thing.get("notes")
    said = notes.get(name) if isinstance(notes, dict) else None
    return said if isinstance(said, str) else ""


def _verb(payment: Node, charge: Charge) -> Verb | None:
    if is_taken(payment):
        return Verb.CAPTURE
    verbs = {
        "authorized": Verb.AUTHORIZE if charge.capture == "manual" else Verb.CHALLENGE,
        "created": Verb.CHALLENGE,
        "failed": Verb.CHALLENGE,
        "refunded": Verb.VOID,
    }
    return verbs.get(payment["status"])


def _rank(payment: Node) -> tuple[int, int, str]:
    """What is taken comes first, and stays the first; then a word that we do not know, for it may mean that it is."""
    if is_taken(payment):
        return (-1, payment["created_at"], payment["id"])
    status = payment["status"]
    known = words.PAYMENT.index(status) if status in words.PAYMENT else 0
    return (known, -payment["created_at"], payment["id"])


def _fee(payment: Node) -> Money | None:
    """Razorpay's fee with its GST; told with the capture."""
    fee = payment.get("fee")
    if fee is None:
        return None
    if type(fee) is not int or fee < 0:
        raise Unanswered("Razorpay's fee makes no sense")
    return Money(fee, payment["currency"])


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 60
