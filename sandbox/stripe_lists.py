"""Reading Stripe's objects: pages with cursors, filters, and expanded fields."""

from typing import Any

from sandbox.store import Document
from sandbox.stripe_balance import available
from sandbox.stripe_errors import InvalidRequest
from sandbox.stripe_world import World, public

PREFIXES = {
    "pi_": "payment_intent",
    "seti_": "setup_intent",
    "setatt_": "setup_attempt",
    "mandate_": "mandate",
    "cus_": "customer",
    "po_": "payout",
    "ch_": "charge",
    "py_": "charge",
    "pm_": "payment_method",
    "re_": "refund",
    "txn_": "balance_transaction",
    "prv_": "review",
    "dp_": "dispute",
    "du_": "dispute",
}
COMPARE = {
    "is": lambda a, b: a == b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}
DEEPEST = 4


def page(world: World, kind: str, params: dict[str, Any], *, url: str) -> Document:
    """Give one page of the objects of a kind, newest first, filtered as asked."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise InvalidRequest(
            "Invalid limit: must be between 1 and 100",
            code="parameter_invalid_integer",
            param="limit",
        )
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise InvalidRequest(
            "You may only specify one of these parameters: starting_after, ending_before.",
            code="parameters_exclusive",
        )
    paging = {
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "created",
        "arrival_date",
        "types",
    }
    equals = {name: value for name, value in params.items() if name not in paging}
    found = [doc for doc in world.list(kind, **equals) if _wanted(doc, params)]
    for name in ("starting_after", "ending_before"):
        if params.get(name):
            world.get(kind, params[name], param=name)
    places = {doc["id"]: place for place, doc in enumerate(found)}
    if before:
        newer = found[: places.get(before, 0)]
        chosen, more = newer[-limit:], len(newer) > limit
    else:
        older = found[places[after] + 1 :] if after in places else found
        chosen, more = older[:limit], len(older) > limit
    return {"object": "list", "url": url, "has_more": more, "data": chosen}


def _wanted(doc: Document, params: dict[str, Any]) -> bool:
    in_time = all(
        COMPARE[edge](doc[name], moment)
        for name in ("created", "arrival_date")
        for edge, moment in (params.get(name) or {}).items()
    )
    return in_time and ("types" not in params or doc["type"] in params["types"])


def render(world: World, doc: Document, expand: list[str]) -> Document:
    """Show an object as Stripe does: without private notes, and with what was asked for whole."""
    shown: Document = public(_present(doc))
    for path in expand:
        pieces = path.split(".")
        if len(pieces) > DEEPEST:
            raise InvalidRequest(
                "You cannot expand more than 4 levels of a property.", param="expand"
            )
        _expand(world, shown, pieces, path)
    return shown


def _present(doc: Document) -> Document:
    if doc.get("object") == "list":
        return {**doc, "data": [_present(item) for item in doc["data"]]}
    if doc.get("object") == "balance_transaction" and available(doc):
        return {**doc, "status": "available"}
    return doc


def _expand(world: World, node: Any, pieces: list[str], path: str) -> None:
    if isinstance(node, list):
        for item in node:
            _expand(world, item, pieces, path)
        return
    if not pieces or node is None:
        return
    head, rest = pieces[0], pieces[1:]
    if head == "refunds" and node.get("object") == "charge":
        node["refunds"] = _refunds_of(world, node)
    if head not in node:
        raise _not_expandable(path)
    value = node[head]
    if isinstance(value, str):
        kind = next((k for prefix, k in PREFIXES.items() if value.startswith(prefix)), None)
        if kind is None:
            raise _not_expandable(path)
        node[head] = public(_present(world.get(kind, value)))
    elif isinstance(value, int) or (isinstance(value, dict) and "object" not in value):
        raise _not_expandable(path)
    _expand(world, node[head], rest, path)


def _not_expandable(path: str) -> InvalidRequest:
    return InvalidRequest(f"This property cannot be expanded ({path}).", param="expand[0]")


def _refunds_of(world: World, charge: Document) -> Document:
    refunds = [public(refund) for refund in world.list("refund", charge=charge["id"])]
    url = f"/v1/charges/{charge['id']}/refunds"
    return {"object": "list", "url": url, "has_more": False, "data": refunds}
