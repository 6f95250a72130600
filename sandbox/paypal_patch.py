"""PATCH of an order: the few paths that may change, and only before the money moves."""

import copy
import re
from typing import Any

from sandbox import paypal_money, paypal_rules
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_orders import check_units
from sandbox.paypal_rules import Rule, Text, Thing
from sandbox.paypal_schema import PATCH_OPERATIONS, PURCHASE_UNIT
from sandbox.paypal_world import ORDER, keep
from sandbox.store import Document

UNIT_PATH = re.compile(r"/purchase_units/@reference_id=='([^']+)'/([a-z_]+(?:/[a-z]+)?)")
_shipping = PURCHASE_UNIT.fields["shipping"]
assert isinstance(_shipping, Thing)
PATCHABLE: dict[str, Rule] = {
    name: PURCHASE_UNIT.fields[name]
    for name in ("description", "custom_id", "invoice_id", "soft_descriptor", "amount", "items")
} | {f"shipping/{name}": _shipping.fields[name] for name in ("name", "address")}


def patch(order: Document, operations: Any) -> None:
    """Apply every operation or none."""
    paypal_rules.check(PATCH_OPERATIONS, operations)
    if order["status"] in ("COMPLETED", "VOIDED"):
        raise PayPalError("ORDER_ALREADY_COMPLETED")
    if order["status"] == "PAYER_ACTION_REQUIRED":
        raise PayPalError("NOT_PATCHABLE")
    changed = copy.deepcopy(order)
    for number, operation in enumerate(operations):
        _apply(changed, operation, at=f"/{number}")
    check_units(changed)
    if order["status"] == "APPROVED" and _totals(changed) > _totals(order):
        raise PayPalError("AMOUNT_CHANGE_NOT_ALLOWED")
    keep(ORDER, changed)


def _totals(order: Document) -> int:
    return sum(paypal_money.parse(u["amount"], field="") for u in order["purchase_units"])


def _apply(order: Document, operation: dict[str, Any], *, at: str) -> None:
    path = operation.get("path")
    if not path:
        raise PayPalError("PATCH_PATH_REQUIRED", field=f"{at}/path")
    if operation["op"] not in ("add", "replace", "remove"):
        raise PayPalError("INVALID_PATCH_OPERATION", field=f"{at}/op", value=operation["op"])
    if not path.startswith("/"):
        raise PayPalError("INVALID_JSON_POINTER_FORMAT", field=f"{at}/path", value=path[:80])
    if operation["op"] != "remove" and "value" not in operation:
        raise PayPalError("PATCH_VALUE_REQUIRED", field=f"{at}/value")
    if path == "/intent":
        _put(order, "intent", operation, Text(words=("CAPTURE", "AUTHORIZE")), at=at)
        return
    found = UNIT_PATH.fullmatch(path)
    if found is None or found[2] not in PATCHABLE:
        raise PayPalError("NOT_PATCHABLE", field=f"{at}/path", value=path[:80])
    units = [u for u in order["purchase_units"] if u["reference_id"] == found[1]]
    if not units:
        raise PayPalError("REFERENCE_ID_NOT_FOUND", field=f"{at}/path", value=path[:80])
    owner, name = units[0], found[2]
    if "/" in name:
        owner, name = owner.setdefault("shipping", {}), name.rsplit("/", 1)[1]
    _put(owner, name, operation, PATCHABLE[found[2]], at=at)


def _put(
    owner: dict[str, Any], name: str, operation: dict[str, Any], rule: Rule, *, at: str
) -> None:
    # As JSON Patch has it, "add" replaces what is there; PayPal refuses it, and we with it.
    if (operation["op"] == "add") == (name in owner):
        raise PayPalError("INVALID_PATCH_OPERATION", field=f"{at}/op", value=operation["op"])
    if operation["op"] == "remove":
        if name in ("intent", "amount"):
            raise PayPalError("NOT_PATCHABLE", field=f"{at}/path")
        del owner[name]
        return
    paypal_rules.check(rule, operation["value"])
    owner[name] = operation["value"]
