"""What happens by itself on Stripe's side, by the names under which timers are kept."""

from collections.abc import Callable
from typing import Any

from sandbox import Sandbox
from sandbox.stripe_balance import settle_later
from sandbox.stripe_debits import debit_news
from sandbox.stripe_disputes import dispute_due, open_dispute, warn_of_fraud
from sandbox.stripe_money import refund_news
from sandbox.stripe_payouts import arrive, nightly
from sandbox.stripe_redirects import expire_upi
from sandbox.stripe_states import expire_hold
from sandbox.stripe_world import World

ACTIONS: dict[str, Callable[..., None]] = {
    "settle": settle_later,
    "expire_hold": expire_hold,
    "debit_news": debit_news,
    "expire_upi": expire_upi,
    "dispute_due": dispute_due,
    "open_dispute": open_dispute,
    "warn_of_fraud": warn_of_fraud,
    "refund_news": refund_news,
    "nightly_payouts": nightly,
    "payout_arrives": arrive,
}


def install_timers(sandbox: Sandbox) -> None:
    """Register every action; each runs outside of any request."""
    for name, action in ACTIONS.items():
        sandbox.timers.actions["stripe." + name] = _bound(sandbox, action)


def _bound(sandbox: Sandbox, action: Callable[..., None]) -> Callable[..., None]:
    def run(**arguments: Any) -> None:
        action(World(sandbox), **arguments)

    return run
