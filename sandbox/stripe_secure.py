"""What an intent waits for: the bank's question, a bank's own page, an approval in an app."""

from sandbox import clock
from sandbox.cards import Card
from sandbox.store import Document
from sandbox.stripe_states import ERROR_OF
from sandbox.stripe_world import World, new_id

CHALLENGED_ALWAYS = ("required", "required_until_set_up", "required_on_session")


def needs_challenge(card: Card, wish: str) -> bool:
    """Say whether the shopper must answer a challenge for this card."""
    if card.auth in CHALLENGED_ALWAYS:
        return True
    if card.auth == "supported":
        return wish in ("any", "challenge")
    return card.auth == "frictionless" and wish == "challenge"


def must_be_asked(card: Card, method: Document) -> bool:
    """Say whether a card cannot be charged while its holder is away."""
    until_set_up = card.auth == "required_until_set_up" and not method.get("_set_up")
    return card.auth == "required" or until_set_up


def open_attempt(
    world: World, intent: Document, method: Document, *, return_url: str | None
) -> Document:
    """Open an attempt: what the shopper's answer on another page will be about."""
    return world.put(
        {
            "id": new_id("payatt"),
            "object": "payment_attempt",
            "created": clock.timestamp(),
            "intent": intent["id"],
            "intent_kind": intent["object"],
            "method": method["id"],
            "return_url": return_url,
            "state": "open",
        }
    )


def await_answer(world: World, intent: Document, attempt: Document, action: Document) -> None:
    """Let the intent wait for the attempt, and say what its caller must do meanwhile."""
    intent |= {
        "status": "requires_action",
        "next_action": action,
        ERROR_OF[intent["object"]]: None,
        "_attempt": attempt["id"],
    }
    world.put(intent)
    world.emit(f"{intent['object']}.requires_action", intent)


def start_challenge(
    world: World, intent: Document, method: Document, *, return_url: str | None
) -> None:
    """Open the bank's question: by redirect, or through the browser script."""
    attempt = open_attempt(world, intent, method, return_url=return_url)
    url = page_of(world, "3ds", attempt)
    if return_url:
        action = redirect_to(url, return_url)
    else:
        action = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "type": "three_d_secure_redirect",
                "source": attempt["id"],
                "stripe_js": url + "?in=modal",
            },
        }
    await_answer(world, intent, attempt, action)


def page_of(world: World, kind: str, attempt: Document) -> str:
    """Give the address of the page where an attempt is answered."""
    return f"{world.sandbox.config.url}/stripe/{kind}/{attempt['id']}"


def redirect_to(url: str, return_url: str) -> Document:
    """Give the action that sends the shopper to a page and back."""
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": return_url, "url": url},
    }


def is_open(attempt: Document, intent: Document) -> bool:
    """Say whether an attempt can still be answered: the intent waits for exactly this one."""
    waiting = intent["status"] == "requires_action" and intent.get("_attempt") == attempt["id"]
    return waiting and bool(attempt["state"] == "open")
