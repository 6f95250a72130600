"""Every Stripe operation of this world: its address, its parameters, its keys, its work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import stripe_disputes, stripe_intents, stripe_money, stripe_tokens, stripe_webhooks
from sandbox.store import Document
from sandbox.stripe_confirm import confirm
from sandbox.stripe_errors import InvalidRequest
from sandbox.stripe_lists import page
from sandbox.stripe_params import Params
from sandbox.stripe_states import cancel, merge_metadata
from sandbox.stripe_world import World

SECRET = ("sk",)
PUBLISHABLE = ("pk",)
BOTH = ("sk", "pk")


@dataclass
class Call:
    """One request on its way to a handler."""

    world: World
    params: Params
    ids: dict[str, str]
    publishable: bool
    url: str

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
    table: str
    handler: Handler
    keys: tuple[str, ...] = SECRET


def retrieve(kind: str) -> Handler:
    """Make the handler that shows one object."""
    return lambda call: call.world.get(kind, call.id)


def listed(kind: str) -> Handler:
    """Make the handler that lists a kind."""
    return lambda call: page(call.world, kind, call.params, url=call.url)


def on(kind: str, work: Callable[[World, Document, Params], Document]) -> Handler:
    """Make the handler that does something with one object."""
    return lambda call: work(call.world, call.world.get(kind, call.id), call.params)


def intent_of(call: Call) -> Document:
    """Find the intent, and hold a publishable key to the intent's client secret."""
    intent = call.world.get("payment_intent", call.id, param="intent")
    secret = call.params.pop("client_secret", None)
    if call.publishable and not secret:
        raise InvalidRequest(
            "Missing required param: client_secret.",
            code="parameter_missing",
            param="client_secret",
        )
    if secret is not None and secret != intent["client_secret"]:
        raise InvalidRequest(
            "The client_secret provided does not match any associated PaymentIntent on this"
            " account. Ensure the publishable key used belongs to the same account that created"
            " the PaymentIntent.",
            code="payment_intent_invalid_parameter",
            param="client_secret",
        )
    return intent


def confirm_intent(call: Call) -> Document:
    """Confirm with either key; a browser always goes on through its own script."""
    intent = intent_of(call)
    if call.publishable and not call.params.get("return_url"):
        call.params.setdefault("use_stripe_sdk", True)
    return confirm(call.world, intent, call.params)


def create_method(call: Call) -> Document:
    """Make a payment method; a server that sends a number is turned away."""
    if not call.publishable:
        raise InvalidRequest(
            "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest"
            " you use test tokens that map to the test card you are using, see"
            " https://stripe.com/docs/testing."
        )
    return stripe_tokens.create_method(call.world, call.params)


def describe(world: World, doc: Document, params: Params) -> Document:
    """Change an object's plain fields; metadata is merged."""
    if "metadata" in params:
        merge_metadata(doc, params.pop("metadata"))
    return world.put(doc | params)


def update_refund(world: World, doc: Document, params: Params) -> Document:
    """Change a refund's metadata and say so."""
    world.emit("refund.updated", describe(world, doc, params))
    return doc


def delete_endpoint(call: Call) -> Document:
    """Remove a webhook endpoint."""
    endpoint = call.world.get("webhook_endpoint", call.id)
    call.world.sandbox.store.delete("stripe.webhook_endpoint", endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def account(_: Call) -> Document:
    """Show the one account of this world."""
    return {
        "id": "acct_1SandboxTill0001",
        "object": "account",
        "business_profile": {"name": "Till sandbox", "mcc": "5734", "url": None},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "created": 1_700_000_000,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "sandbox@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Till sandbox", "timezone": "Etc/UTC"}},
        "type": "standard",
    }


def refund_of_charge(call: Call) -> Document:
    """List a charge's refunds."""
    call.world.get("charge", call.id)
    return page(call.world, "refund", {**call.params, "charge": call.id}, url=call.url)


def crud(path: str, name: str, kind: str, **update: Any) -> tuple[Route, ...]:
    """Give the list and retrieve routes of a kind, and update where there is a way."""
    one = f"{path}/<object_id>"
    routes = [
        Route("GET", path, f"{name}.list", listed(kind)),
        Route("GET", one, "retrieve", retrieve(kind)),
    ]
    if update:
        routes.append(Route("POST", one, f"{name}.update", on(kind, update["update"])))
    return tuple(routes)


PI = "/v1/payment_intents"
ROUTES: tuple[Route, ...] = (
    Route("GET", PI, "payment_intents.list", listed("payment_intent")),
    Route(
        "POST",
        PI,
        "payment_intents.create",
        lambda call: stripe_intents.create(call.world, call.params),
    ),
    Route("GET", f"{PI}/<object_id>", "payment_intents.retrieve", intent_of, BOTH),
    Route(
        "POST",
        f"{PI}/<object_id>",
        "payment_intents.update",
        on("payment_intent", stripe_intents.update),
    ),
    Route("POST", f"{PI}/<object_id>/confirm", "payment_intents.confirm", confirm_intent, BOTH),
    Route(
        "POST",
        f"{PI}/<object_id>/capture",
        "payment_intents.capture",
        on("payment_intent", stripe_intents.capture),
    ),
    Route(
        "POST", f"{PI}/<object_id>/cancel", "payment_intents.cancel", on("payment_intent", cancel)
    ),
    Route(
        "POST",
        "/v1/confirmation_tokens",
        "confirmation_tokens.create",
        lambda call: stripe_tokens.create_token(call.world, call.params),
        PUBLISHABLE,
    ),
    Route("GET", "/v1/confirmation_tokens/<object_id>", "retrieve", retrieve("confirmation_token")),
    Route(
        "POST",
        "/v1/test_helpers/confirmation_tokens",
        "confirmation_tokens.create_test",
        lambda call: stripe_tokens.create_test_token(call.world, call.params),
    ),
    Route("POST", "/v1/payment_methods", "payment_methods.create", create_method, BOTH),
    Route(
        "GET",
        "/v1/payment_methods/<object_id>",
        "retrieve",
        lambda call: stripe_tokens.method_by_id(call.world, call.id, param="payment_method"),
    ),
    Route(
        "POST",
        "/v1/payment_methods/<object_id>",
        "payment_methods.update",
        on("payment_method", describe),
    ),
    *crud("/v1/charges", "charges", "charge", update=describe),
    Route("GET", "/v1/charges/<object_id>/refunds", "refunds.list", refund_of_charge),
    Route(
        "POST",
        "/v1/refunds",
        "refunds.create",
        lambda call: stripe_money.create_refund(call.world, call.params),
    ),
    *crud("/v1/refunds", "refunds", "refund", update=update_refund),
    *crud("/v1/balance_transactions", "balance_transactions", "balance_transaction"),
    *crud("/v1/events", "events", "event"),
    Route(
        "POST",
        "/v1/webhook_endpoints",
        "webhook_endpoints.create",
        lambda call: stripe_webhooks.create(call.world, call.params),
    ),
    Route("DELETE", "/v1/webhook_endpoints/<object_id>", "retrieve", delete_endpoint),
    *crud(
        "/v1/webhook_endpoints",
        "webhook_endpoints",
        "webhook_endpoint",
        update=stripe_webhooks.update,
    ),
    *crud("/v1/reviews", "reviews", "review"),
    Route(
        "POST",
        "/v1/reviews/<object_id>/approve",
        "reviews.approve",
        lambda call: stripe_disputes.approve_review(call.world, call.world.get("review", call.id)),
    ),
    *crud("/v1/radar/early_fraud_warnings", "early_fraud_warnings", "radar.early_fraud_warning"),
    *crud("/v1/disputes", "disputes", "dispute", update=stripe_disputes.update_dispute),
    Route(
        "POST",
        "/v1/disputes/<object_id>/close",
        "disputes.close",
        lambda call: stripe_disputes.close_dispute(call.world, call.world.get("dispute", call.id)),
    ),
    Route("GET", "/v1/account", "retrieve", account),
    Route("GET", "/v1/balance", "retrieve", lambda call: stripe_money.balance(call.world)),
)
