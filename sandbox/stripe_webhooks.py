"""Webhook endpoints: the one from the configuration and those made through the API."""

from typing import Any

from sandbox import SandboxConfig, clock
from sandbox.store import Document
from sandbox.stripe_errors import InvalidRequest
from sandbox.stripe_world import World, new_id

CONFIGURED = "we_configured"


def configure_endpoint(world: World, config: SandboxConfig) -> None:
    """Make the configured endpoint the store's, or remove it where none is configured."""
    if not config.stripe_webhook_url:
        world.sandbox.store.delete("stripe.webhook_endpoint", CONFIGURED)
        return
    params = {"url": config.stripe_webhook_url, "enabled_events": ["*"]}
    endpoint = _new(params, config.stripe_webhook_secret)
    world.put(endpoint | {"id": CONFIGURED})


def create(world: World, params: dict[str, Any]) -> Document:
    """Make an endpoint; its secret is told in this answer and never again."""
    if not params["url"].startswith(("http://", "https://")):
        raise InvalidRequest("Invalid URL: An explicit scheme (such as https) must be provided.",
                             code="url_invalid", param="url")  # fmt: skip
    endpoint = world.put(_new(params, "whsec_" + new_id("x", 32)[2:]))
    return endpoint | {"secret": endpoint["_secret"]}


def update(world: World, endpoint: Document, params: dict[str, Any]) -> Document:
    """Change an endpoint."""
    if "disabled" in params:
        endpoint["status"] = "disabled" if params.pop("disabled") else "enabled"
    return world.put(endpoint | params)


def _new(params: dict[str, Any], secret: str) -> Document:
    return {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": clock.timestamp(),
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "status": "enabled",
        "url": params["url"],
        "_secret": secret,
    }
