"""What others do to a payment behind Till's back: the merchant at the provider, the bank, the buyer."""

import json
from collections.abc import Callable
from typing import Literal

from pydantic import Field

from sandbox import (
    Sandbox,
    paypal_disputes,
    paypal_journal,
    paypal_orders,
    paypal_payments,
    razorpay_desk,
    razorpay_refunds,
    stripe_disputes,
    stripe_money,
)
from sandbox.bodies import Body, Refused
from sandbox.paypal_errors import ENVELOPES, PayPalError
from sandbox.paypal_world import CAPTURE, ORDER
from sandbox.providers import TITLES
from sandbox.razorpay_errors import RazorpayError
from sandbox.razorpay_world import World as Razorpay
from sandbox.store import Document
from sandbox.stripe_errors import StripeError
from sandbox.stripe_world import World as Stripe

WRONG_BY = 100
PAYMENTS = {"stripe": "stripe.payment_intent", "paypal": ORDER, "razorpay": "razorpay.order"}


class Act(Body):
    """What to do to which payment, named by the provider's id or by one that Till gave it (its attempt)."""

    act: Literal[
        "refund",
        "dispute",
        "dispute_goods",
        "fraud_warning",
        "abandon_challenge",
        "wrong_settlement",
    ]
    provider: Literal["stripe", "paypal", "razorpay"]
    payment: str = Field(min_length=1, max_length=100)
    amount: int | None = Field(default=None, ge=1)


Done = Callable[[Sandbox, Document, Act], None]


def act(sandbox: Sandbox, wanted: Act) -> Document:
    """Do it, in one transaction; give the payment's document. Raises Refused, and then nothing has changed."""
    doing = ACTS[wanted.act].get(wanted.provider)
    if doing is None:
        raise Refused("not_there", f"{wanted.provider} has no {wanted.act}.", field="act")
    try:
        with sandbox.store.transaction():
            found = find(sandbox, wanted.provider, wanted.payment)
            doing(sandbox, found, wanted)
    except (StripeError, PayPalError, RazorpayError) as error:
        # The provider's own objection, for example that all of it was refunded already.
        raise Refused("provider_says_no", words_of(error), status=409, field="payment") from None
    sandbox.hooks.wake()
    return found


def find(sandbox: Sandbox, provider: str, name: str) -> Document:
    """Find a payment by its own id, or by any that it carries. Raises Refused."""
    own = sandbox.store.get(PAYMENTS[provider], name)
    if own is not None:
        return own
    for candidate in sandbox.store.list(PAYMENTS[provider]):
        if f'"{name}"' in json.dumps(candidate):
            return candidate
    raise Refused("no_such_payment", f"{TITLES[provider]} has no payment of that name: GET /sandbox/books"
                  " lists what there is.", field="payment")  # fmt: skip


def _charge(sandbox: Sandbox, intent: Document) -> Document:
    charge = Stripe(sandbox).find("charge", intent["latest_charge"])
    if charge is None or charge["status"] != "succeeded":
        raise _nothing_taken()
    return charge


def _capture(sandbox: Sandbox, order: Document) -> Document:
    for capture in sandbox.store.list(CAPTURE):
        if capture["_sandbox"]["order_id"] == order["id"] and capture["status"] != "DECLINED":
            return capture
    raise _nothing_taken()


def _captured(sandbox: Sandbox, order: Document) -> Document:
    for payment in Razorpay(sandbox).list("payment", order_id=order["id"]):
        if payment["captured"]:
            return payment
    raise _nothing_taken()


def _nothing_taken() -> Refused:
    return Refused("nothing_taken", "No money was taken for it.", status=409, field="payment")


def _disputed_already() -> Refused:
    return Refused("disputed_already", "It has a dispute.", status=409, field="payment")


def _refund_stripe(sandbox: Sandbox, intent: Document, wanted: Act) -> None:
    params: Document = {"payment_intent": intent["id"], "reason": "requested_by_customer"}
    more = {} if wanted.amount is None else {"amount": str(wanted.amount)}
    stripe_money.create_refund(Stripe(sandbox), params | more)


def _refund_paypal(sandbox: Sandbox, order: Document, wanted: Act) -> None:
    capture, body = _capture(sandbox, order), {}
    if wanted.amount is not None:
        whole = capture["amount"]["value"]
        decimals = len(whole.partition(".")[2])
        digits = str(wanted.amount).rjust(decimals + 1, "0")
        value = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
        body = {"amount": {**capture["amount"], "value": value}}
    paypal_payments.refund(capture["id"], body)


def _refund_razorpay(sandbox: Sandbox, order: Document, wanted: Act) -> None:
    payment = _captured(sandbox, order)
    more = {} if wanted.amount is None else {"amount": wanted.amount}
    razorpay_refunds.refund(Razorpay(sandbox), payment, more, "")


def _dispute_stripe(kind: str) -> Done:
    def doing(sandbox: Sandbox, intent: Document, _wanted: Act) -> None:
        charge = _charge(sandbox, intent)
        if not charge["captured"]:
            raise _nothing_taken()
        if charge["disputed"]:
            raise _disputed_already()
        stripe_disputes.open_dispute(Stripe(sandbox), charge["id"], kind)

    return doing


def _dispute_paypal(reason: str) -> Done:
    def doing(sandbox: Sandbox, order: Document, wanted: Act) -> None:
        capture = _capture(sandbox, order)
        if paypal_disputes.is_open(capture):
            raise _disputed_already()
        paypal_disputes.open_dispute(capture["id"], reason, wanted.amount)

    return doing


def _dispute_razorpay(sandbox: Sandbox, order: Document, wanted: Act) -> None:
    payment = _captured(sandbox, order)
    razorpay_desk.dispute(Razorpay(sandbox), payment["id"], amount=wanted.amount)


def _warn(sandbox: Sandbox, intent: Document, _wanted: Act) -> None:
    stripe_disputes.warn_of_fraud(Stripe(sandbox), _charge(sandbox, intent)["id"])


def _abandon(sandbox: Sandbox, intent: Document, _wanted: Act) -> None:
    """The shopper closes the bank's page for good: nothing is answered, ever."""
    attempt = sandbox.store.get("stripe.payment_attempt", intent.get("_attempt") or "")
    if intent["status"] != "requires_action" or attempt is None:
        raise Refused("nothing_asked", "No bank waits for an answer.", status=409, field="payment")
    sandbox.store.put("stripe.payment_attempt", attempt["id"], attempt | {"state": "abandoned"})


def _abandon_paypal(_sandbox: Sandbox, order: Document, _wanted: Act) -> None:
    if not paypal_orders.abandon(order):
        raise Refused("nothing_asked", "Nobody waits for an answer.", status=409, field="payment")


def _abandon_razorpay(sandbox: Sandbox, order: Document, _wanted: Act) -> None:
    for payment in Razorpay(sandbox).list("payment", order_id=order["id"]):
        if payment["status"] == "created":
            razorpay_desk.expire(Razorpay(sandbox), payment["id"])
            return
    raise Refused("nothing_asked", "Nobody waits for an answer.", status=409, field="payment")


def _settle_stripe_wrongly(sandbox: Sandbox, intent: Document, wanted: Act) -> None:
    world, charge = Stripe(sandbox), _charge(sandbox, intent)
    line = world.find("balance_transaction", charge["balance_transaction"])
    if line is None:
        raise _nothing_taken()
    by = wanted.amount or WRONG_BY
    world.put(line | {"amount": line["amount"] - by, "net": line["net"] - by})


def _settle_paypal_wrongly(sandbox: Sandbox, order: Document, wanted: Act) -> None:
    capture = _capture(sandbox, order)
    for line in sandbox.store.list(paypal_journal.LINE, transaction_id=capture["id"]):
        less = line["amount"] - (wanted.amount or WRONG_BY)
        sandbox.store.put(paypal_journal.LINE, line["id"], line | {"amount": less})
        return
    raise _nothing_taken()


def _settle_razorpay_wrongly(sandbox: Sandbox, order: Document, wanted: Act) -> None:
    payment = _captured(sandbox, order)
    fee = payment["fee"] + (wanted.amount or WRONG_BY)
    Razorpay(sandbox).put(payment | {"fee": fee})


def words_of(error: Exception) -> str:
    """Say why a provider refused, in its own sentence."""
    if isinstance(error, PayPalError):
        told = error.details[0] if error.details else {"description": ENVELOPES[error.status][1]}
        return str(told["description"])
    return str(error.args[0] if error.args else getattr(error, "message", ""))


ACTS: dict[str, dict[str, Done]] = {
    "refund": {"stripe": _refund_stripe, "paypal": _refund_paypal, "razorpay": _refund_razorpay},
    "dispute": {
        "stripe": _dispute_stripe("fraudulent"),
        "paypal": _dispute_paypal("UNAUTHORISED"),
        "razorpay": _dispute_razorpay,
    },
    "dispute_goods": {
        "stripe": _dispute_stripe("product_not_received"),
        "paypal": _dispute_paypal("MERCHANDISE_OR_SERVICE_NOT_RECEIVED"),
    },
    "fraud_warning": {"stripe": _warn},
    "abandon_challenge": {
        "stripe": _abandon,
        "paypal": _abandon_paypal,
        "razorpay": _abandon_razorpay,
    },
    "wrong_settlement": {
        "stripe": _settle_stripe_wrongly,
        "paypal": _settle_paypal_wrongly,
        "razorpay": _settle_razorpay_wrongly,
    },
}
