"""What a shopper's answer on a bank's page leads to: one door for every method and intent."""

from sandbox import stripe_confirm, stripe_setup
from sandbox.store import Document
from sandbox.stripe_redirects import pay, refuse
from sandbox.stripe_world import World

# The word of each button, and how it ends the attempt.
WORDS = {"pass": "", "fail": "failed", "decline": "declined", "expire": "expired"}


def answer(
    world: World, attempt: Document, intent: Document, word: str, *, bank: str = ""
) -> Document:
    """Let the intent go on after the answer; an unknown word is a failure."""
    why = WORDS.get(word, "failed")
    method = world.get("payment_method", attempt["method"])
    setup = intent["object"] == "setup_intent"
    if method["type"] == "card":
        finish = stripe_setup.finish_challenge if setup else stripe_confirm.finish_challenge
        return finish(world, attempt, intent, passed=not why)
    if why:
        return refuse(world, attempt, intent, why)
    approve = stripe_setup.approve if setup else pay
    return approve(world, attempt, intent, bank)
