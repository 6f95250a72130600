"""What every provider can do, said in our words.

Adapters are stateless towards our database: they take plain values and return plain values. Each starts with its
dictionaries. A provider's word that is in no dictionary means "undecided": never success, never failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from app.providers.asked import Charge, Setup, Task
from app.providers.offered import Capabilities, MethodRule
from app.providers.told import (
    Credential,
    Decline,
    Kept,
    Method,
    NextAction,
    OperationNews,
    Outcome,
    ProviderNews,
    SetupNews,
    Step,
    Verb,
    WarningNews,
)

__all__ = [
    "BadSignature",
    "Capabilities",
    "Charge",
    "Credential",
    "Decline",
    "Kept",
    "Method",
    "MethodRule",
    "NextAction",
    "OperationNews",
    "Outcome",
    "Provider",
    "ProviderError",
    "ProviderNews",
    "Refused",
    "Setup",
    "SetupNews",
    "Step",
    "Task",
    "Throttled",
    "Unanswered",
    "Verb",
    "WarningNews",
]


class ProviderError(Exception):
    """We did not get what we asked for."""


class Unanswered(ProviderError):
    """Timeout, lost connection, 5xx, 409, 429, or an answer that makes no sense: money may have moved. Ask again."""


class Throttled(Unanswered):
    """We have not asked, because the provider takes no more requests now: nothing of it was sent that moves money."""


class Refused(ProviderError):
    """A 4xx that is not a decline: nothing moved. `code` is the provider's."""

    def __init__(self, message: str, *, code: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


# `Refused.code` where the provider has deleted the customer that it was asked about.
CUSTOMER_GONE = "customer_gone"


class BadSignature(ProviderError):
    """Not from the provider, too old, or no secret is configured."""


class Provider(Protocol):
    """One payment provider. Every method that reaches the network raises Unanswered or Refused."""

    name: str
    can: Capabilities

    def charge(self, charge: Charge) -> Outcome:
        """Ask for the money. Asking again with the same charge is the same request, never a second charge."""

    def repeatable(self, charge: Charge) -> timedelta:
        """For how long after it was decided on a charge may be asked for again as the same request."""

    def look_for(self, charge: Charge, since: datetime) -> Outcome:
        """The last word on a charge, decided on at `since`, that `fetch` did not find and that cannot be repeated.

        `found` False: it never arrived, for certain. Raises Unanswered where that cannot be said yet.
        """

    def complete(self, charge: Charge, reference: str) -> Outcome:
        """Take the money that the shopper has approved (PayPal). May be repeated."""

    def fetch(self, charge: Charge, reference: str | None) -> Outcome:
        """How the charge stands, with everything done to it. Without a reference it is looked for by our id."""

    def abandon(self, charge: Charge, reference: str) -> Outcome:
        """Make sure that a charge which waits for the shopper can never take money; tells how it stands then."""

    def capture(self, task: Task) -> OperationNews:
        """Take authorized money, all or part; the rest is released."""

    def void(self, task: Task) -> OperationNews:
        """Release authorized money."""

    def refund(self, task: Task) -> OperationNews:
        """Give captured money back, all or part."""

    def fetch_operation(self, task: Task) -> OperationNews:
        """How an operation stands; `step` None when the provider has no trace of it."""

    def fetch_warning(self, reference: str) -> WarningNews:
        """An early fraud warning as it stands. Raises Refused where the provider has none."""

    def warnings_since(self, moment: datetime) -> tuple[WarningNews, ...]:
        """Every early fraud warning from a moment on: a webhook may have been lost. Empty where there are none."""

    def disputes_of(self, charge: Charge, outcome: Outcome) -> tuple[OperationNews, ...]:
        """The disputes of a charge that `fetch` has just told of, where `fetch` itself does not tell of them."""

    def disputed_since(self, moment: datetime) -> tuple[ProviderNews, ...]:
        """Which charges have disputes that changed since a moment, for `disputes_of`: a webhook may have been lost."""

    def told_since(self, moment: datetime) -> tuple[ProviderNews, ...]:
        """What webhooks told of from a moment on, as far as nobody would ask about it else: they may have been lost.

        That is what happens without our asking, or long after it: refunds, disputes, the end of a hold.
        """

    def inspect(self, kind: str, credential: str) -> Credential:
        """What the provider knows of a client-side token. Raises Refused when it is unknown."""

    def account(self) -> str:
        """Whose account the configured keys open: kept ids of two accounts do not mix."""

    def keep_customer(self, customer_id: str, email: str, name: str, lost: str = "") -> str:
        """The provider's id for a customer of ours, made if need be; empty where it makes one with the first method.

        Asking again for the same is the same request. `lost`: the id that it had, and has deleted since.
        """

    def set_up(self, setup: Setup) -> SetupNews:
        """Keep a method without a payment. Asking again with the same setup is the same request."""

    def fetch_setup(self, setup: Setup, reference: str | None) -> SetupNews:
        """How a setup stands; what the shopper approved is finished now."""

    def fetch_kept(self, credential: str) -> Kept | None:
        """A kept method as it is now (networks change numbers and dates); None: it can be used no more."""

    def in_force(self, mandate_ref: str) -> bool:
        """Whether a mandate still holds: a bank or its customer may have ended it."""

    def let_go(self, credential: str) -> None:
        """Forget a kept method. Forgetting it again is no error."""

    def read_return(self, fields: Mapping[str, str]) -> str:
        """The provider's id of the charge that a browser came back with; empty where it only says that it is back.

        Raises BadSignature where a charge is named and not proven.
        """

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderNews:
        """Verify a webhook and say what it is about. Raises BadSignature."""
