"""3-D Secure: when a card is challenged, and what the intent then tells its caller to do."""

from sandbox import clock
from sandbox.cards import Card
from sandbox.store import Document
from sandbox.stripe_world import World, new_id

CHALLENGED_ALWAYS = ("required", "required_on_session")


def needs_challenge(card: Card, wish: str) -> bool:
    """Say whether the shopper must answer a challenge for this card."""
    if card.auth in CHALLENGED_ALWAYS:
        return True
    if card.auth == "supported":
        return wish in ("any", "challenge")
    return card.auth == "frictionless" and wish == "challenge"


def start_challenge(
    world: World, intent: Document, method: Document, *, return_url: str | None
) -> None:
    """Open an attempt and point to its page: by redirect, or through the browser script."""
    attempt = world.put(
        {
            "id": new_id("payatt"),
            "object": "payment_attempt",
            "created": clock.timestamp(),
            "intent": intent["id"],
            "method": method["id"],
            "return_url": return_url,
            "state": "open",
        }
    )
    url = f"{world.sandbox.config.url}/stripe/3ds/{attempt['id']}"
    if return_url:
        action: Document = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": url},
        }
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "type": "three_d_secure_redirect",
                "source": attempt["id"],
                "stripe_js": url + "?in=modal",
            },
        }
    intent |= {
        "status": "requires_action",
        "next_action": action,
        "last_payment_error": None,
        "_attempt": attempt["id"],
    }
    world.put(intent)
    world.emit("payment_intent.requires_action", intent)


def is_open(attempt: Document, intent: Document) -> bool:
    """Say whether a challenge can still be answered: the intent waits for exactly this one."""
    waiting = intent["status"] == "requires_action" and intent.get("_attempt") == attempt["id"]
    return waiting and bool(attempt["state"] == "open")
