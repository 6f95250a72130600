"""A shopper at Razorpay's checkout: what the merchant asked for, and each step up to its end.

The fields of the hosted form, and where its three ends send the browser, are those of Razorpay's page
"Hosted Integration, Integration Steps". Names that begin with `_` are the sandbox's own: with them
`checkout.js` passes on what its options say. That an amount other than the order's is refused, and
the form of `error[metadata]`, are in no page.
"""

import json
import secrets
from typing import Any

from sandbox import razorpay_payments
from sandbox.razorpay_errors import RazorpayError, refused
from sandbox.razorpay_methods import BANKS, METHODS, WALLETS
from sandbox.razorpay_world import World
from sandbox.store import Document

TEXTS = ("name", "description", "callback_url", "cancel_url", "prefill[name]", "prefill[email]",
         "prefill[contact]", "_origin", "_method", "_color")  # fmt: skip
SWITCHES = ("_confirm_close", "_redirect", "_once", "_no_escape")
UPI_FLOWS = ("collect", "intent", "qr")
LONGEST_TEXT = 2000
# The rule that Razorpay's test cards have for one-time passwords; wallets here follow it.
OTP_DIGITS = range(4, 11)


def begin(world: World, form: dict[str, str]) -> Document:
    """Take a merchant's form; refuse what could not be paid, in words."""
    if form.get("key_id") != world.sandbox.config.razorpay_key_id:
        raise RazorpayError("The api key provided is invalid", field="key_id", status=401)
    order = world.get("order", form.get("order_id", ""))
    if order["status"] == "paid":
        raise refused("order_paid")
    given = form.get("amount", "")
    if given and given != str(order["amount"]):
        words = (
            "Your payment amount is different from your order amount."
            " To pay successfully, please try using right amount."
        )
        raise RazorpayError(words, field="amount")
    for name in ("callback_url", "cancel_url"):
        if form.get(name) and not form[name].startswith(("http://", "https://")):
            raise RazorpayError(f"The {name} format is invalid.", field=name)
    if not form.get("_origin") and not form.get("callback_url"):
        raise RazorpayError("The callback_url field is required.", field="callback_url")
    checkout = {
        "id": "chk_" + secrets.token_hex(12),
        "entity": "checkout",
        "order_id": order["id"],
        "amount": order["amount"],
        "payment_id": None,
        "told": None,
        "notes": {k[6:-1]: v for k, v in form.items() if k.startswith("notes[")} or [],
        **{name: form.get(name, "")[:LONGEST_TEXT] for name in TEXTS},
        **{name: form.get(name) == "true" for name in SWITCHES},
        "methods": _some(form, "_methods", METHODS),
        "flows": _some(form, "_flows", UPI_FLOWS),
        "banks": _some(form, "_banks", tuple(BANKS)),
        "wallets": _some(form, "_wallets", tuple(WALLETS)),
    }
    return world.put(checkout)


def _some(form: dict[str, str], name: str, known: tuple[str, ...]) -> list[str]:
    """Read a list of known words; one that names nothing means all of them."""
    chosen = [word for word in form.get(name, "").split(",") if word in known]
    return list(dict.fromkeys(chosen)) or list(known)


def payment_of(world: World, checkout: Document) -> Document | None:
    """Give the payment that is under way here, or was last."""
    return world.find("payment", checkout["payment_id"])


def pay(world: World, checkout: Document, form: dict[str, str]) -> Document:
    """Begin a payment with what the shopper chose."""
    payment = razorpay_payments.start(
        world,
        world.get("order", checkout["order_id"]),
        {name: form[name] for name in ("method", "vpa", "flow", "bank", "wallet") if name in form}
        | {
            "email": checkout["prefill[email]"],
            "contact": checkout["prefill[contact]"],
            "description": checkout["description"] or None,
            "notes": checkout["notes"],
        },
    )
    checkout["payment_id"] = payment["id"]
    checkout.pop("phone", None)
    return world.put(checkout)


def answer(world: World, checkout: Document, word: str, *, otp: str = "") -> None:
    """Let the bank's page, the app or the shopper end the payment that waits; late words do nothing."""
    payment = payment_of(world, checkout)
    if payment is None or payment["status"] != "created":
        return
    if word == "otp":
        right = otp.isascii() and otp.isdigit() and len(otp) in OTP_DIGITS
        word = "approve" if right else "incorrect_otp"
    if word == "approve":
        razorpay_payments.approve(world, payment)
    elif word == "expire":
        razorpay_payments.expire(world, payment)
    else:
        razorpay_payments.fail(world, payment, word)


def is_over(checkout: Document, payment: Document | None) -> bool:
    """Say whether the shopper is done here: paid, or failed where a failure ends it."""
    if payment is None or payment["status"] == "created":
        return False
    ends = not checkout["_origin"] or checkout["_redirect"] or checkout["_once"]
    return payment["status"] != "failed" or bool(ends)


def outcome(world: World, payment: Document) -> dict[str, Any]:
    """Say how a payment ended, as the page that opened the checkout is told."""
    if payment["status"] != "failed":
        return {"kind": "paid", "response": world.receipt_of(payment)}
    parts = ("code", "description", "source", "step", "reason")
    about = {"order_id": payment["order_id"], "payment_id": payment["id"]}
    error = {part: payment[f"error_{part}"] for part in parts}
    return {"kind": "failed", "response": {"error": {**error, "metadata": about}}}


def callback_fields(told: dict[str, Any]) -> dict[str, str]:
    """Write an outcome as the fields that are posted to `callback_url`."""
    if told["kind"] == "paid":
        return dict(told["response"])
    error = told["response"]["error"]
    written = {name: v if isinstance(v, str) else json.dumps(v) for name, v in error.items()}
    return {f"error[{name}]": value for name, value in written.items()}
