"""Every Razorpay operation of this world: its address, what its body may say, its work.

Addresses are those that the official client calls (`razorpay.resources`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import razorpay_disputes, razorpay_orders, razorpay_recon, razorpay_refunds
from sandbox.razorpay_errors import RazorpayError, refused
from sandbox.razorpay_fields import amount_of, currency_of, only, page_of
from sandbox.razorpay_payments import capture
from sandbox.razorpay_world import World
from sandbox.store import Document

EXPANDABLE = {"order": ("payments", "payments.card"), "payment": ("card", "emi", "offers", "upi")}


@dataclass
class Call:
    """One request on its way to a handler."""

    world: World
    body: dict[str, Any]
    query: dict[str, str]
    expand: tuple[str, ...]
    ids: dict[str, str]
    key: str

    @property
    def id(self) -> str:
        """Give the id in the address."""
        return self.ids["object_id"]


Handler = Callable[[Call], Document]


@dataclass(frozen=True, eq=False)
class Route:
    """One operation."""

    method: str
    path: str
    handler: Handler
    fields: tuple[str, ...] = ()


def listed(kind: str, **allowed: str) -> Handler:
    """Make the handler that lists a kind; `allowed` are filters by a field, as query → field."""

    def handler(call: Call) -> Document:
        only(dict(call.query), ("count", "skip", "from", "to", *allowed))
        docs = call.world.list(kind)
        for name, field in allowed.items():
            if name in call.query:
                docs = [doc for doc in docs if doc[field] == call.query[name]]
        return _page(call, docs)

    return handler


def under(kind: str, parent: str, field: str) -> Handler:
    """Make the handler that lists what belongs to one object."""

    def handler(call: Call) -> Document:
        only(dict(call.query), ("count", "skip", "from", "to"))
        owner = call.world.get(parent, call.id)
        return _page(call, [doc for doc in call.world.list(kind) if doc[field] == owner["id"]])

    return handler


def shown(kind: str) -> Handler:
    """Make the handler that shows one object."""
    return lambda call: _expanded(call, call.world.get(kind, call.id))


def edited(kind: str) -> Handler:
    """Make the handler that changes an object's notes."""
    return lambda call: razorpay_orders.edit_notes(
        call.world, call.world.get(kind, call.id), call.body
    )


def capture_payment(call: Call) -> Document:
    """Take authorized money."""
    payment = call.world.get("payment", call.id)
    amount = amount_of(call.body)
    currency_of({"currency": "INR"} | call.body)
    return capture(call.world, payment, amount)


def refund_payment(call: Call) -> Document:
    """Give captured money back."""
    payment = call.world.get("payment", call.id)
    return razorpay_refunds.refund(call.world, payment, call.body, call.key)


def create_refund(call: Call) -> Document:
    """Do the same, with the payment's id in the body."""
    if not isinstance(call.body.get("payment_id"), str):
        raise RazorpayError("The payment_id field is required.", field="payment_id")
    call.ids["object_id"] = call.body.pop("payment_id")
    return refund_payment(call)


def refund_of_payment(call: Call) -> Document:
    """Show one refund of a payment."""
    refund = call.world.get("refund", call.ids["refund_id"])
    if refund["payment_id"] != call.id:
        raise refused("no_such_id")
    return refund


def _page(call: Call, docs: list[Document]) -> Document:
    page = page_of(call.query)
    found = [doc for doc in docs if page["from"] <= doc["created_at"] <= page["to"]]
    items = [_expanded(call, doc) for doc in found[page["skip"] :][: page["count"]]]
    return {"entity": "collection", "count": len(items), "items": items}


def _expanded(call: Call, doc: Document) -> Document:
    allowed = EXPANDABLE.get(doc["entity"], ())
    if set(call.expand) - set(allowed):
        raise RazorpayError("The expand field is invalid.", field="expand")
    if doc["entity"] == "order" and call.expand:
        made = call.world.list("payment", order_id=doc["id"])
        return doc | {"payments": {"entity": "collection", "count": len(made), "items": made}}
    if "card" in call.expand:
        return doc | {"card": None}  # nothing here is paid by card
    return doc


ORDERS, PAYMENTS, REFUNDS = "/v1/orders", "/v1/payments", "/v1/refunds"
DISPUTES, SETTLEMENTS = "/v1/disputes", "/v1/settlements"
ONE = "/<object_id>"

ROUTES = (
    Route(
        "POST", ORDERS, lambda c: razorpay_orders.create(c.world, c.body), razorpay_orders.FIELDS
    ),
    Route("GET", ORDERS, listed("order", receipt="receipt")),
    Route("GET", ORDERS + ONE, shown("order")),
    Route("PATCH", ORDERS + ONE, edited("order"), ("notes",)),
    Route("GET", ORDERS + ONE + "/payments", under("payment", "order", "order_id")),
    Route("GET", PAYMENTS, listed("payment")),
    Route("GET", PAYMENTS + ONE, shown("payment")),
    Route("PATCH", PAYMENTS + ONE, edited("payment"), ("notes",)),
    Route("POST", PAYMENTS + ONE + "/capture", capture_payment, ("amount", "currency")),
    Route("POST", PAYMENTS + ONE + "/refund", refund_payment, razorpay_refunds.FIELDS),
    Route("GET", PAYMENTS + ONE + "/refunds", under("refund", "payment", "payment_id")),
    Route("GET", PAYMENTS + ONE + "/refunds/<refund_id>", refund_of_payment),
    Route("POST", REFUNDS, create_refund, ("payment_id", *razorpay_refunds.FIELDS)),
    Route("GET", REFUNDS, listed("refund", payment_id="payment_id")),
    Route("GET", REFUNDS + ONE, shown("refund")),
    Route("PATCH", REFUNDS + ONE, edited("refund"), ("notes",)),
    Route("GET", DISPUTES, listed("dispute")),
    Route("GET", DISPUTES + ONE, shown("dispute")),
    Route(
        "POST",
        DISPUTES + ONE + "/accept",
        lambda c: razorpay_disputes.accept(c.world, c.world.get("dispute", c.id)),
    ),
    Route(
        "PATCH",
        DISPUTES + ONE + "/contest",
        lambda c: razorpay_disputes.contest(c.world, c.world.get("dispute", c.id), c.body),
        razorpay_disputes.FIELDS,
    ),
    Route("GET", SETTLEMENTS, lambda c: razorpay_recon.settlements(c.world, c.query)),
    Route("GET", SETTLEMENTS + "/recon/combined", lambda c: razorpay_recon.recon(c.world, c.query)),
    Route("GET", SETTLEMENTS + ONE, lambda c: razorpay_recon.settlement(c.world, c.id)),
)
