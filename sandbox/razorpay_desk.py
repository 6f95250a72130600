"""What the control desk and tests do at Razorpay: be the shopper, the bank, the app, the clock.

Every function takes a `World`, is to be called in a transaction of the store, and returns what it
changed. `ACTS` names those that work on one payment, with what they need besides it.
"""

from collections.abc import Callable
from typing import Any

from sandbox import Sandbox, razorpay_disputes, razorpay_payments, razorpay_refunds
from sandbox.razorpay_errors import RazorpayError
from sandbox.razorpay_fields import text_of
from sandbox.razorpay_world import World
from sandbox.store import Document

Act = Callable[..., Document]

LONGEST_ID = 100


def pay(world: World, order_id: str = "", **given: Any) -> Document:
    """Begin a payment, as the checkout does: `method`, and `vpa` and `flow`, `bank` or `wallet`."""
    text_of({"order_id": order_id}, "order_id", LONGEST_ID)
    return razorpay_payments.start(world, world.get("order", order_id), given)


def approve(world: World, payment_id: str) -> Document:
    """Let the bank or the app say yes; a payment that had failed is then authorized late."""
    return razorpay_payments.approve(world, world.get("payment", payment_id))


def decline(world: World, payment_id: str) -> Document:
    """Let the shopper say no in the app."""
    return fail(world, payment_id, reason="payment_declined")


def fail(world: World, payment_id: str, *, reason: str = "payment_failed") -> Document:
    """Let the payment fail for a reason of `razorpay_methods.FAILURES`."""
    return razorpay_payments.fail(world, world.get("payment", payment_id), reason)


def expire(world: World, payment_id: str) -> Document:
    """Let the time to answer run out now."""
    return razorpay_payments.expire(world, world.get("payment", payment_id))


def dispute(
    world: World, payment_id: str, *, amount: int | None = None, reason: str = "chargeback"
) -> Document:
    """Let a bank open a dispute."""
    payment = world.get("payment", payment_id)
    return razorpay_disputes.open_dispute(world, payment, amount=amount, reason=reason)


def decide_dispute(world: World, dispute_id: str, *, won: bool) -> Document:
    """End a dispute."""
    return razorpay_disputes.close_dispute(world, world.get("dispute", dispute_id), won=won)


def end_refund(world: World, refund_id: str, *, status: str) -> Document:
    """End a pending refund: `processed` or `failed`."""
    if status not in ("processed", "failed"):
        raise RazorpayError("The status is processed or failed.", field="status")
    return razorpay_refunds.finish(world, refund_id, status)


ACTS: dict[str, tuple[Act, tuple[str, ...]]] = {
    "approve": (approve, ()),
    "decline": (decline, ()),
    "fail": (fail, ("reason",)),
    "expire": (expire, ()),
    "dispute": (dispute, ("amount", "reason")),
}

TIMERS: dict[str, Callable[..., None]] = {
    "time_out": razorpay_payments.time_out,
    "give_back": razorpay_payments.give_back,
    "refund_news": razorpay_refunds.refund_news,
    "dispute_due": razorpay_disputes.dispute_due,
}


def install_timers(sandbox: Sandbox) -> None:
    """Register what happens by itself; each runs outside of any request."""
    for name, action in TIMERS.items():
        sandbox.timers.actions["razorpay." + name] = _bound(sandbox, action)


def _bound(sandbox: Sandbox, action: Callable[..., None]) -> Callable[..., None]:
    def run(**arguments: Any) -> None:
        action(World(sandbox), **arguments)

    return run
