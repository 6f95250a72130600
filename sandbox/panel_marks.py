"""What became of a payment since, in a few words: why it was declined, what went back, whether it is disputed."""

from collections.abc import Callable, Iterator

from sandbox import Sandbox, paypal_disputes, paypal_money
from sandbox.paypal_world import CAPTURE, HIDDEN
from sandbox.store import Document
from sandbox.stripe_pages import shown_amount


def _stripe(sandbox: Sandbox, intent: Document) -> Iterator[str]:
    error = intent.get("last_payment_error") or {}
    if error and intent["status"] == "requires_payment_method":
        yield _worded(error.get("decline_code") or error.get("code") or "declined")
    charge = sandbox.store.get("stripe.charge", intent.get("latest_charge") or "") or {}
    if charge:  # what was held and let go counts as refunded at Stripe
        taken = charge["amount_captured"]
        back = charge["amount_refunded"] - (charge["amount"] - taken)
        yield from _back(max(back, 0), taken, intent["currency"])
    if charge.get("disputed"):
        yield "disputed"


def _paypal(sandbox: Sandbox, order: Document) -> Iterator[str]:
    for capture in sandbox.store.list(CAPTURE):
        if capture[HIDDEN]["order_id"] != order["id"]:
            continue
        if capture["status"] in ("DECLINED", "PENDING"):
            yield "capture " + _worded(capture["status"])
        whole, currency = (
            paypal_money.minor_of(capture["amount"]),
            capture["amount"]["currency_code"],
        )
        yield from _back(capture[HIDDEN]["refunded"], whole, currency)
        if paypal_disputes.is_open(capture):
            yield "disputed"


def _razorpay(sandbox: Sandbox, order: Document) -> Iterator[str]:
    for payment in sandbox.store.list("razorpay.payment", order_id=order["id"]):
        if payment["status"] == "failed" and order["status"] != "paid":
            yield "payment failed"
        yield from _back(payment["amount_refunded"], payment["amount"], payment["currency"])
        if sandbox.store.list("razorpay.dispute", payment_id=payment["id"]):
            yield "disputed"


def _back(refunded: int, whole: int, currency: str) -> Iterator[str]:
    if refunded:
        much = "" if refunded == whole else " " + shown_amount(refunded, currency.lower())
        yield "refunded" + much


def _worded(code: str) -> str:
    return code.lower().replace("_", " ")


MARKS: dict[str, Callable[[Sandbox, Document], Iterator[str]]] = {
    "stripe": _stripe,
    "paypal": _paypal,
    "razorpay": _razorpay,
}
