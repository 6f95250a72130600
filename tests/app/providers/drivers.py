"""How the contract suite plays the shopper and reads the books, for each provider.

To add a provider: write its driver beside this file and add one line to `DRIVERS`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

from app.providers.base import Charge, Outcome, Provider, Verb
from tests.app.providers.paypal_driver import PayPalDriver
from tests.app.providers.razorpay_driver import RazorpayDriver
from tests.app.providers.stripe_driver import StripeDriver
from tests.app.providers.world import World

Spoil = Literal["unknown status", "amount", "currency", "id"]
Webhook = tuple[bytes, dict[str, str]]


@dataclass(frozen=True)
class Books:
    """What the sandbox itself has written about one attempt, in the provider's minor units."""

    charges: int
    captured: int
    refunded: int


class Driver(Protocol):
    """One provider, its shopper and its books. A fresh one for every test."""

    world: World
    provider: Provider
    impatient: Provider
    """The same provider with a time limit of half a second."""

    charging: str
    """`METHOD /path-pattern` of the request that takes the money of a charge."""
    capturing: str
    refunding: str

    finds_without_reference: bool
    """Whether the provider can look a charge up by our id alone."""
    after_decline: Verb
    after_failed_challenge: Verb
    after_abandoning: frozenset[Verb | None]
    currency: str
    released_after: timedelta
    """How long held money takes to go back after a void; nothing: it is released at once."""

    def charge(self, how: Literal["pays", "declines", "challenges"], **fields: Any) -> Charge:
        """A charge whose shopper has done so much that it pays, declines, or has to be challenged.

        `fields` are those of Charge; the driver makes the credential.
        """

    def onward(self, charge: Charge, outcome: Outcome) -> Outcome:
        """What the shopper does only after the charge was asked for (pays the order), and how it stands then."""

    def shopper(self, outcome: Outcome, does: Literal["approve", "fail"]) -> None:
        """The shopper does what `outcome.action` asks for, or fails to."""

    def books(self, charge: Charge) -> Books:
        """What the sandbox took and gave back for this attempt."""

    def spoil_charge(self, what: Spoil) -> Callable[[dict[str, Any]], object]:
        """A function that spoils the answer to `charging` in place."""

    def credential(self, how: Literal["good", "unknown", "used"]) -> tuple[str, str] | None:
        """The kind and the id of a client-side token; None where a provider has none."""

    def webhook(self, charge: Charge) -> Webhook:
        """A genuine webhook about this charge, as the sandbox sends it."""

    def forgeries(self, charge: Charge) -> Iterator[tuple[str, Webhook]]:
        """Webhooks that must be refused, each with the name of what is wrong with it."""

    def without_secret(self) -> Provider:
        """The provider as it is when nobody has configured its webhook secret."""


DRIVERS: dict[str, Callable[[World], Driver]] = {
    "paypal": PayPalDriver,
    "razorpay": RazorpayDriver,
    "stripe": StripeDriver,
}


@contextmanager
def spoiled(driver: Driver, call: str, how: str, **more: Any) -> Iterator[None]:
    """Inside, the driver's requests of this kind meet the fault (see `world.Gate`)."""
    with driver.world.gate.spoil(call, how, **more):
        yield
