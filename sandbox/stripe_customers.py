"""Customers, and the payment methods that are kept for them."""

from typing import Any

from sandbox import clock
from sandbox.cards import card_of
from sandbox.store import Document
from sandbox.stripe_errors import CardError, InvalidRequest, InvalidState, decline_fields
from sandbox.stripe_methods import KINDS
from sandbox.stripe_objects import NO_ADDRESS, shipping
from sandbox.stripe_states import merge_metadata
from sandbox.stripe_tokens import method_by_id
from sandbox.stripe_world import World, new_id

Params = dict[str, Any]

PLAIN = ("description", "email", "name", "phone")


def create(world: World, params: Params) -> Document:
    """Make a customer, with a payment method attached if one is named."""
    customer: Document = {
        "id": new_id("cus", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": clock.timestamp(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        **dict.fromkeys(PLAIN),
        "discount": None,
        "invoice_prefix": new_id("x", 8)[2:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    named = params.pop("payment_method", None)
    world.put(customer)
    if named:
        attach(world, method_by_id(world, named), customer["id"])
    _apply(world, customer, params)
    world.emit("customer.created", customer)
    return customer


def update(world: World, customer: Document, params: Params) -> Document:
    """Change a customer."""
    refuse_deleted(customer)
    before = {name: customer[name] for name in params if name in customer}
    _apply(world, customer, params)
    changed = {name: value for name, value in before.items() if customer[name] != value}
    world.emit("customer.updated", customer, **changed)
    return customer


def _apply(world: World, customer: Document, params: Params) -> None:
    if "metadata" in params:
        merge_metadata(customer, params.pop("metadata"))
    wish = params.pop("invoice_settings", None) or {}
    if "default_payment_method" in wish:
        method_id = wish["default_payment_method"]
        method = world.find("payment_method", method_id)
        if method_id and (method is None or method["customer"] != customer["id"]):
            raise not_attached(method_id, "invoice_settings[default_payment_method]")
        customer["invoice_settings"]["default_payment_method"] = method_id
    if "address" in params:
        given = params.pop("address")
        customer["address"] = NO_ADDRESS | given if given else None
    if "shipping" in params:
        customer["shipping"] = shipping(params.pop("shipping"))
    world.put(customer | params)
    customer |= params


def delete(world: World, customer: Document) -> Document:
    """Delete a customer: their methods are detached, and only the id stays."""
    refuse_deleted(customer)
    for method in world.list("payment_method", customer=customer["id"]):
        detach(world, method)
    gone = {"id": customer["id"], "object": "customer", "deleted": True}
    world.emit("customer.deleted", customer)
    return world.put(gone)


def refuse_deleted(customer: Document) -> None:
    """Refuse to work with a customer that is no more."""
    if customer.get("deleted"):
        raise InvalidRequest(
            f"No such customer: '{customer['id']}'", code="resource_missing", param="customer"
        )


def check_customer(world: World, customer_id: str) -> None:
    """Refuse a customer that does not exist, named by another object's parameter."""
    refuse_deleted(world.get("customer", customer_id, param="customer"))


def not_attached(method_id: str, param: str) -> InvalidRequest:
    """Say that the customer has no such method."""
    return InvalidRequest(
        f"The customer does not have a payment method with the ID {method_id}. The payment method"
        " must be attached to the customer.",
        code="resource_missing",
        param=param,
    )


def attach_asked(world: World, method: Document, params: Params) -> Document:
    """Attach on request: a method that was used up, or that declines, cannot be."""
    check_customer(world, params["customer"])
    if method["customer"] == params["customer"]:
        return method
    if method["customer"]:
        raise InvalidState(
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_unexpected_state",
        )
    if method["_used_by"] or method.get("_spent"):
        raise InvalidState(
            "This PaymentMethod was previously used without being attached to a Customer or was"
            " detached from a Customer, and may not be used again."
        )
    if not KINDS[method["type"]].attaches:
        raise InvalidRequest(
            f"Payment methods of type {method['type']} cannot be attached to a customer by"
            " themselves.",
            code="payment_method_unsupported_type",
            param="payment_method",
        )
    card = card_of(method)
    if card.code and not card.saves:
        error = CardError("")
        error.fields, error.keep = decline_fields(card.code, card.decline_code), False
        raise error
    return attach(world, method, params["customer"])


def attach(world: World, method: Document, customer_id: str) -> Document:
    """Keep a method for a customer."""
    if method["customer"] != customer_id:
        method["customer"] = customer_id
        world.put(method)
        world.emit("payment_method.attached", method)
    return method


def detach(world: World, method: Document) -> Document:
    """Take a method from its customer; it is used up by that."""
    customer_id = method["customer"]
    if not customer_id:
        raise InvalidState(
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible.",
            code="payment_method_unexpected_state",
        )
    method |= {"customer": None, "_spent": True}
    world.put(method)
    customer = world.get("customer", customer_id)
    settings = customer.get("invoice_settings", {})
    if settings.get("default_payment_method") == method["id"]:
        settings["default_payment_method"] = None
        world.put(customer)
    world.emit("payment_method.detached", method, customer=customer_id)
    return method


def method_of(world: World, customer_id: str, method_id: str) -> Document:
    """Find one of a customer's methods."""
    check_customer(world, customer_id)
    method = world.find("payment_method", method_id)
    if method is None or method["customer"] != customer_id:
        raise not_attached(method_id, "payment_method")
    return method
