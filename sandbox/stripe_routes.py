"""Every Stripe operation of this world: its address, its parameters, its keys, its work."""

from sandbox import (
    stripe_disputes,
    stripe_intents,
    stripe_money,
    stripe_payouts,
    stripe_webhooks,
)
from sandbox.store import Document
from sandbox.stripe_balance import balance
from sandbox.stripe_call import (
    BOTH,
    Call,
    Route,
    confirmed,
    crud,
    describe,
    intent_of,
    listed,
    made,
    on,
    retrieve,
    to,
)
from sandbox.stripe_confirm import confirm
from sandbox.stripe_lists import page
from sandbox.stripe_params import Params
from sandbox.stripe_routes_saved import SAVED
from sandbox.stripe_states import cancel
from sandbox.stripe_world import World


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


def lines_of(call: Call) -> Document:
    """List balance transactions; those of an automatic payout are what it settles."""
    wish = {**call.params, "_hidden": False}
    if "payout" in wish:
        wish["_payout"] = wish.pop("payout")
    return page(call.world, "balance_transaction", wish, url=call.url)


LINES = "/v1/balance_transactions"
PI = "/v1/payment_intents"
ROUTES: tuple[Route, ...] = (
    Route("GET", PI, "payment_intents.list", listed("payment_intent")),
    Route("POST", PI, "payment_intents.create", made(stripe_intents.create)),
    Route(
        "GET", f"{PI}/<object_id>", "payment_intents.retrieve", intent_of("payment_intent"), BOTH
    ),
    Route(
        "POST",
        f"{PI}/<object_id>",
        "payment_intents.update",
        on("payment_intent", stripe_intents.update),
    ),
    Route(
        "POST",
        f"{PI}/<object_id>/confirm",
        "payment_intents.confirm",
        confirmed("payment_intent", confirm),
        BOTH,
    ),
    Route(
        "POST",
        f"{PI}/<object_id>/capture",
        "payment_intents.capture",
        on("payment_intent", stripe_intents.capture),
    ),
    Route(
        "POST", f"{PI}/<object_id>/cancel", "payment_intents.cancel", on("payment_intent", cancel)
    ),
    *SAVED,
    *crud("/v1/charges", "charges", "charge", update=describe),
    Route("GET", "/v1/charges/<object_id>/refunds", "refunds.list", refund_of_charge),
    Route("POST", "/v1/refunds", "refunds.create", made(stripe_money.create_refund)),
    *crud("/v1/refunds", "refunds", "refund", update=update_refund),
    Route("GET", LINES, "balance_transactions.list", lines_of),
    Route("GET", f"{LINES}/<object_id>", "retrieve", retrieve("balance_transaction")),
    *crud("/v1/payouts", "payouts", "payout", update=describe),
    Route("POST", "/v1/payouts", "payouts.create", made(stripe_payouts.create)),
    Route(
        "POST", "/v1/payouts/<object_id>/cancel", "retrieve", to("payout", stripe_payouts.cancel)
    ),
    *crud("/v1/events", "events", "event"),
    Route(
        "POST",
        "/v1/webhook_endpoints",
        "webhook_endpoints.create",
        made(stripe_webhooks.create),
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
        to("review", stripe_disputes.approve_review),
    ),
    *crud("/v1/radar/early_fraud_warnings", "early_fraud_warnings", "radar.early_fraud_warning"),
    *crud("/v1/disputes", "disputes", "dispute", update=stripe_disputes.update_dispute),
    Route(
        "POST",
        "/v1/disputes/<object_id>/close",
        "disputes.close",
        to("dispute", stripe_disputes.close_dispute),
    ),
    Route("GET", "/v1/account", "retrieve", account),
    Route("GET", "/v1/balance", "retrieve", lambda call: balance(call.world)),
)
