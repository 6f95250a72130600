"""Mandates: a shopper's word that an account may be debited, once or again."""

from typing import Any

from sandbox import clock
from sandbox.store import Document
from sandbox.stripe_errors import InvalidRequest, InvalidState
from sandbox.stripe_world import World, new_id


def mandate_for(
    world: World, intent: Document, method: Document, params: dict[str, Any], *, again: bool
) -> Document:
    """Find or write the mandate for a payment; `again` says that later ones may follow.

    The one that is named wins, then a new acceptance (in the request or in the spent token), then
    the method's own earlier mandate.

    Raises:
        InvalidState: the named mandate is not the method's, or no longer active.
        InvalidRequest: nobody has accepted anything.
    """
    if params.get("mandate"):
        return _named(world, intent, method, params["mandate"])
    given = (params.get("mandate_data") or {}).get("customer_acceptance")
    accepted = given or method.get("_acceptance")
    if accepted:
        return new_mandate(world, intent, method, accepted, again=again)
    earlier = world.find("mandate", method.get("_mandate"))
    if earlier and earlier["status"] == "active" and earlier["type"] == "multi_use":
        return earlier
    raise InvalidRequest(
        f"Missing required param: mandate_data. A payment by {method['type']} needs the customer's"
        " acceptance of a mandate.",
        code="parameter_missing",
        param="mandate_data",
    )


def _named(world: World, intent: Document, method: Document, mandate_id: str) -> Document:
    mandate = world.get("mandate", mandate_id, param="mandate")
    if mandate["payment_method"] != method["id"] or mandate["status"] != "active":
        raise InvalidState(
            f"The provided mandate {mandate_id} is invalid for this payment method, or is not"
            " active.",
            code=f"{intent['object']}_mandate_invalid",
            param="mandate",
        )
    return mandate


def new_mandate(
    world: World, intent: Document, method: Document, accepted: Document, *, again: bool
) -> Document:
    """Write a mandate down, and in the method that it is the method's."""
    once = {} if again else {"amount": intent["amount"], "currency": intent["currency"]}
    mandate_id = new_id("mandate")
    accepted = {name: part for name, part in accepted.items() if part is not None}
    mandate = world.put(
        {
            "id": mandate_id,
            "object": "mandate",
            "customer_acceptance": {"accepted_at": clock.timestamp(), **accepted},
            "livemode": False,
            "multi_use": {} if again else None,
            "on_behalf_of": None,
            "payment_method": method["id"],
            "payment_method_details": _details(world, method, mandate_id),
            "single_use": once or None,
            "status": "active",
            "type": "multi_use" if again else "single_use",
        }
    )
    method["_mandate"] = mandate_id
    world.put(method)
    return mandate


def _details(world: World, method: Document, mandate_id: str) -> Document:
    kind = method["type"]
    if kind == "sepa_debit":
        url = f"{world.sandbox.config.url}/stripe/mandates/{mandate_id}"
        part: Document = {"reference": mandate_id[8:].upper(), "url": url}
    else:
        part = dict(method.get("_mandate_options") or {}) if kind == "upi" else {}
    return {"type": kind, kind: part}


def revoke(world: World, mandate: Document) -> Document:
    """End a mandate: nothing more may be taken by it."""
    if mandate["status"] == "active":
        mandate["status"] = "inactive"
        world.put(mandate)
        world.emit("mandate.updated", mandate, status="active")
    return mandate
