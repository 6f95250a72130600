"""Orders v2: what the merchant asks for, what the buyer approves, what is shown of it."""

from datetime import timedelta
from typing import Any

from sandbox import clock, paypal_means, paypal_money, paypal_rules, paypal_schema
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_hooks import emit
from sandbox.paypal_vault import FULL_NAME
from sandbox.paypal_world import (
    AUTHORIZATION,
    BUYER_ADDRESS,
    CAPTURE,
    HIDDEN,
    ORDER,
    PAYEE,
    REFUND,
    find,
    keep,
    link,
    moment_of,
    new_id,
    sandbox,
    shown,
    wire_now,
)
from sandbox.store import Document

# An order no buyer has approved is forgotten; the provider extends this only on request.
UNAPPROVED_ORDER_LIVES = timedelta(hours=6)
WAITING = ("CREATED", "PAYER_ACTION_REQUIRED")
ADDED = ("item_total", "shipping", "handling", "tax_total", "insurance")
TAKEN_OFF = ("shipping_discount", "discount")


def create(body: dict[str, Any]) -> Document:
    """Write an order; with a payment source it waits for the buyer's action, or for nothing more."""
    paypal_rules.check(paypal_schema.ORDER, body)
    check_units(body)
    units = [{"reference_id": "default", **unit, "payee": PAYEE} for unit in body["purchase_units"]]
    order: Document = {
        "id": new_id(),
        "intent": body["intent"],
        "status": "CREATED",
        "purchase_units": units,
        "create_time": wire_now(),
        HIDDEN: {
            "context": body.get("application_context", {}),
            "page": paypal_means.APPROVE_PAGE,
            "funding": "",
            "card": None,
            "method": "SCA_WHEN_REQUIRED",
            "save": None,
            "saved": "",
            "authorizations": [],
            "captures": [],
            "refunds": [],
        },
    }
    paypal_means.attach(order, body.get("payment_source", {}))
    keep(ORDER, order)
    return order


def confirm(order: Document, body: dict[str, Any]) -> Document:
    """Take what the buyer pays with for an order that is there already."""
    paypal_rules.check(paypal_schema.CONFIRM, body)
    if order["status"] in ("COMPLETED", "VOIDED"):
        raise PayPalError("ORDER_CANNOT_BE_CONFIRMED")
    if not body["payment_source"]:
        raise PayPalError("NO_PAYMENT_SOURCE_PROVIDED", field="/payment_source")
    paypal_means.attach(order, body["payment_source"])
    keep(ORDER, order)
    return order


def load(order_id: str) -> Document:
    """Read an order; one that waited too long for its buyer does not exist any more."""
    order = find(ORDER, order_id)
    if is_forgotten(order):
        raise PayPalError("INVALID_RESOURCE_ID", field="order_id", value=order_id, location="path")
    return order


def is_forgotten(order: Document) -> bool:
    """Say whether the buyer never came in time."""
    age = clock.now() - moment_of(order["create_time"])
    return order["status"] in WAITING and age > UNAPPROVED_ORDER_LIVES


def abandon(order: Document) -> bool:
    """The buyer closes PayPal's page, or their bank's, for good; say whether one was open."""
    if order["status"] not in WAITING:
        return False
    order[HIDDEN]["abandoned"] = True
    keep(ORDER, order)
    return True


def is_closed(order: Document) -> bool:
    """Say whether nobody will answer on a page any more; the order itself waits on."""
    return is_forgotten(order) or bool(order[HIDDEN].get("abandoned"))


def approve(order: Document, *, funding: str) -> None:
    """The buyer agrees and chooses what to pay with; may be done again after a decline."""
    first_time = order["status"] in WAITING
    paypal_means.approved_with_wallet(order, funding=funding)
    preference = order[HIDDEN]["context"].get("shipping_preference", "GET_FROM_FILE")
    if preference == "GET_FROM_FILE":
        for unit in order["purchase_units"]:
            unit.setdefault(
                "shipping", {"name": {"full_name": FULL_NAME}, "address": BUYER_ADDRESS}
            )
    keep(ORDER, order)
    if first_time:
        emit("CHECKOUT.ORDER.APPROVED", view(order))


def check_units(body: dict[str, Any]) -> None:
    """Refuse purchase units whose sums, currencies or names do not agree."""
    units = body["purchase_units"]
    if len(units) > 1:
        if body["intent"] == "AUTHORIZE":
            raise PayPalError("UNSUPPORTED_INTENT", field="/intent", value="AUTHORIZE")
        names = [unit.get("reference_id") for unit in units]
        if None in names:
            raise PayPalError("REFERENCE_ID_REQUIRED", field="/purchase_units")
        if len(set(names)) < len(names):
            raise PayPalError("DUPLICATE_REFERENCE_ID", field="/purchase_units")
    currency = units[0]["amount"]["currency_code"]
    for unit in units:
        at = f"/purchase_units/@reference_id=='{unit.get('reference_id', 'default')}'"
        _check_unit(unit, at=at, currency=currency)


def _check_unit(unit: dict[str, Any], *, at: str, currency: str) -> None:
    amount = unit["amount"]
    total = paypal_money.parse(amount, field=f"{at}/amount")
    _same_currency(amount, currency, f"{at}/amount")
    parts = {}
    for name, part in amount.get("breakdown", {}).items():
        field = f"{at}/amount/breakdown/{name}"
        parts[name] = paypal_money.parse(part, field=field, zero_ok=True)
        _same_currency(part, currency, field)
    if parts:
        expected = sum(parts.get(n, 0) for n in ADDED) - sum(parts.get(n, 0) for n in TAKEN_OFF)
        if expected != total:
            field = f"{at}/amount/value"
            raise PayPalError("AMOUNT_MISMATCH", field=field, value=amount["value"])
    items = unit.get("items", [])
    _check_items(items, "unit_amount", parts.get("item_total"), at=at, currency=currency)
    _check_items(items, "tax", parts.get("tax_total"), at=at, currency=currency)


def _check_items(
    items: list[dict[str, Any]], name: str, stated: int | None, *, at: str, currency: str
) -> None:
    issue = "ITEM_TOTAL" if name == "unit_amount" else "TAX_TOTAL"
    total, seen = 0, False
    for number, item in enumerate(items):
        if name in item:
            field = f"{at}/items/{number}/{name}"
            _same_currency(item[name], currency, field)
            each = paypal_money.parse(item[name], field=field, zero_ok=True)
            total, seen = total + each * int(item["quantity"]), True
    if not seen:
        return
    field = f"{at}/amount/breakdown/{issue.lower()}"
    if stated is None:
        raise PayPalError(f"{issue}_REQUIRED", field=field)
    if stated != total:
        raise PayPalError(f"{issue}_MISMATCH", field=field)


def _same_currency(amount: dict[str, Any], currency: str, field: str) -> None:
    if amount["currency_code"] != currency:
        value = amount["currency_code"]
        raise PayPalError("MULTI_CURRENCY_ORDER", field=f"{field}/currency_code", value=value)


def view(order: Document) -> dict[str, Any]:
    """Show the whole order as it is now, with its payments."""
    body = shown(order)
    body["purchase_units"] = [_unit_view(order, unit) for unit in order["purchase_units"]]
    return body | {"links": links(order)}


def minimal_view(order: Document) -> dict[str, Any]:
    """Show what `return=minimal` shows."""
    body = {"id": order["id"], "status": order["status"]}
    if order["status"] == "PAYER_ACTION_REQUIRED":
        body["payment_source"] = order["payment_source"]
    return body | {"links": links(order)}


def _unit_view(order: Document, unit: dict[str, Any]) -> dict[str, Any]:
    store, mine = sandbox().store, unit["reference_id"]
    payments: dict[str, list[dict[str, Any]]] = {}
    kinds = {"authorizations": AUTHORIZATION, "captures": CAPTURE, "refunds": REFUND}
    for name, kind in kinds.items():
        ids = order[HIDDEN][name]
        found = [payment for payment in (store.get(kind, each) for each in ids) if payment]
        rows = [p for p in found if p[HIDDEN]["reference_id"] == mine]
        if rows:
            payments[name] = [shown(p, without=("supplementary_data", "payee")) for p in rows]
    return unit | ({"payments": payments} if payments else {})


def links(order: Document) -> list[dict[str, str]]:
    """Say what may be done with the order now."""
    path = f"/v2/checkout/orders/{order['id']}"
    page = order[HIDDEN]["page"] + order["id"]
    action = order["intent"].lower()
    rows = [link(path, "self")]
    if order["status"] == "PAYER_ACTION_REQUIRED":
        rows.append(link(page, "payer-action"))
    elif order["status"] == "CREATED":
        rows.append(link(page, "approve"))
    if order["status"] in ("CREATED", "APPROVED"):
        rows.append(link(path, "update", "PATCH"))
        rows.append(link(f"{path}/{action}", action, "POST"))
    return rows
