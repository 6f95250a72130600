"""The operations on customers, on what is kept for them, and on making methods ready."""

from sandbox import stripe_customers, stripe_setup
from sandbox.store import Document
from sandbox.stripe_call import (
    BOTH,
    PUBLISHABLE,
    Call,
    Route,
    confirmed,
    describe,
    intent_of,
    listed,
    made,
    on,
    retrieve,
    to,
)
from sandbox.stripe_credentials import method_of_fields
from sandbox.stripe_lists import page
from sandbox.stripe_params import Params
from sandbox.stripe_tokens import create_test_token, create_token, method_by_id, refuse_card_fields
from sandbox.stripe_world import World


def create_method(call: Call) -> Document:
    """Make a payment method; a server that sends a number is turned away."""
    if not call.publishable:
        refuse_card_fields(call.params)
    return call.world.put(method_of_fields(call.params))


def methods_of(call: Call) -> Document:
    """List what is kept for one customer."""
    customer_id = call.ids.get("object_id") or call.params.get("customer", "")
    if not customer_id:
        return {"object": "list", "url": call.url, "has_more": False, "data": []}
    stripe_customers.check_customer(call.world, customer_id)
    return page(
        call.world, "payment_method", {**call.params, "customer": customer_id}, url=call.url
    )


def customers(call: Call) -> Document:
    """List the customers that are not deleted."""
    return page(call.world, "customer", {**call.params, "deleted": None}, url=call.url)


def update_method(world: World, method: Document, params: Params) -> Document:
    """Change what may be changed of a kept method."""
    billing = params.pop("billing_details", None) or {}
    address = method["billing_details"]["address"] | (billing.pop("address", None) or {})
    method["billing_details"] |= {**billing, "address": address}
    changed = describe(world, method, params)
    world.emit("payment_method.updated", changed)
    return changed


METHODS = "/v1/payment_methods"
CUSTOMERS = "/v1/customers"
SETUPS = "/v1/setup_intents"
TOKENS = "/v1/confirmation_tokens"
ONE = "<object_id>"
SAVED: tuple[Route, ...] = (
    Route(
        "POST",
        TOKENS,
        "confirmation_tokens.create",
        lambda call: create_token(call.world, call.params, call.client),
        PUBLISHABLE,
    ),
    Route("GET", f"{TOKENS}/{ONE}", "retrieve", retrieve("confirmation_token")),
    Route(
        "POST",
        "/v1/test_helpers/confirmation_tokens",
        "confirmation_tokens.create_test",
        made(create_test_token),
    ),
    Route("GET", METHODS, "payment_methods.list", methods_of),
    Route("POST", METHODS, "payment_methods.create", create_method, BOTH),
    Route(
        "GET",
        f"{METHODS}/{ONE}",
        "retrieve",
        lambda call: method_by_id(call.world, call.id),
    ),
    Route(
        "POST", f"{METHODS}/{ONE}", "payment_methods.update", on("payment_method", update_method)
    ),
    Route(
        "POST",
        f"{METHODS}/{ONE}/attach",
        "payment_methods.attach",
        lambda call: stripe_customers.attach_asked(
            call.world, method_by_id(call.world, call.id), call.params
        ),
    ),
    Route(
        "POST",
        f"{METHODS}/{ONE}/detach",
        "retrieve",
        to("payment_method", stripe_customers.detach),
    ),
    Route("GET", CUSTOMERS, "customers.list", customers),
    Route("POST", CUSTOMERS, "customers.create", made(stripe_customers.create)),
    Route("GET", f"{CUSTOMERS}/{ONE}", "retrieve", retrieve("customer")),
    Route(
        "POST", f"{CUSTOMERS}/{ONE}", "customers.update", on("customer", stripe_customers.update)
    ),
    Route("DELETE", f"{CUSTOMERS}/{ONE}", "retrieve", to("customer", stripe_customers.delete)),
    Route("GET", f"{CUSTOMERS}/{ONE}/payment_methods", "customers.methods", methods_of),
    Route(
        "GET",
        f"{CUSTOMERS}/{ONE}/payment_methods/<method_id>",
        "retrieve",
        lambda call: stripe_customers.method_of(call.world, call.id, call.ids["method_id"]),
    ),
    Route("GET", "/v1/mandates/<object_id>", "retrieve", retrieve("mandate")),
    Route("GET", SETUPS, "setup_intents.list", listed("setup_intent")),
    Route("POST", SETUPS, "setup_intents.create", made(stripe_setup.create)),
    Route("GET", f"{SETUPS}/{ONE}", "setup_intents.retrieve", intent_of("setup_intent"), BOTH),
    Route(
        "POST", f"{SETUPS}/{ONE}", "setup_intents.update", on("setup_intent", stripe_setup.update)
    ),
    Route(
        "POST",
        f"{SETUPS}/{ONE}/confirm",
        "setup_intents.confirm",
        confirmed("setup_intent", stripe_setup.confirm),
        BOTH,
    ),
    Route(
        "POST",
        f"{SETUPS}/{ONE}/cancel",
        "setup_intents.cancel",
        on("setup_intent", stripe_setup.cancel),
    ),
    Route("GET", "/v1/setup_attempts", "setup_attempts.list", listed("setup_attempt")),
)
