"""What every provider can do, said in our words.

Adapters are stateless towards our database: they take plain values and return plain values. Each starts with its
dictionaries. A provider's word that is in no dictionary means "undecided": never success, never failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol, Self

from models.money import Money


class Verb(StrEnum):
    """What the provider tells an attempt to do; the verbs of `models.lifecycle.ATTEMPT`."""

    CHALLENGE = "challenge"
    WAIT = "wait"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    DECLINE = "decline"
    VOID = "void"


class Step(StrEnum):
    """What the provider tells an operation to do; the verbs of the operations' machines."""

    SUCCEED = "succeed"
    WAIT = "wait"
    FAIL = "fail"
    OPEN = "open"
    WIN = "win"
    LOSE = "lose"


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge to ask for. Stored with the attempt, so that the very same request can be repeated.

    `credential` is the provider's client-side token; `credential_kind` is `confirmation_token`, `payment_method`
    or `order`; empty for a PayPal order that is still to be made. `three_ds` is `automatic`, `any` or `challenge`.
    """

    attempt_id: str
    payment_id: str
    amount: Money
    capture: Literal["automatic", "manual"]
    credential: str = ""
    credential_kind: str = ""
    return_url: str = ""
    cancel_url: str = ""
    description: str = ""
    merchant_name: str = ""
    order_number: str = ""
    three_ds: Literal["automatic", "any", "challenge"] = "automatic"
    in_browser: bool = False
    """Whether the shopper is at our page, where the provider's script can show a challenge."""

    def to_json(self) -> dict[str, Any]:
        """The charge as a JSON value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The charge that `to_json` wrote."""
        return cls(**{**value, "amount": Money(**value["amount"])})


@dataclass(frozen=True, slots=True)
class Method:
    """How the shopper paid, fit to be shown: nothing here identifies a card beyond its last four digits."""

    type: str
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    funding: str | None = None
    country: str | None = None
    wallet: str | None = None
    email: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON value, without what is not known."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Decline:
    """Why not: our code (a key of `app.declines.TEXTS`) and the provider's own, kept for the merchant."""

    code: str
    provider_code: str = ""


@dataclass(frozen=True, slots=True)
class NextAction:
    """What the shopper must do. `stripe_sdk`: `client_secret`; `redirect`: `url`; `paypal_approve`: `order`, `url`."""

    type: Literal["stripe_sdk", "redirect", "paypal_approve"]
    client_secret: str = ""
    url: str = ""
    order: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a JSON value, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class OperationNews:
    """How a capture, void, refund or dispute stands. `step` None: not decided, or a word we do not know.

    `operation_id` is ours when the provider remembers it (metadata, custom id), else None: made at the provider.
    `reason`: why a dispute was opened or a refund made; `fraudulent` is fraud at every provider, other words are the
    provider's own. None: nobody told.
    """

    kind: Literal["capture", "void", "refund", "dispute"]
    reference: str
    amount: Money
    step: Step | None
    operation_id: str | None = None
    failure_code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WarningNews:
    """An early fraud warning: the issuer reports a charge as fraud before any dispute.

    `charge_ref` is the provider's id of the charge (`attempts.provider_ref`); None: it was not made by us.
    `is_actionable`: by the provider's word a refund can still prevent a dispute.
    """

    reference: str
    charge_ref: str | None
    fraud_type: str
    is_actionable: bool
    warned_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a charge stands at the provider. A decline is an answer, not an error.

    `verb` None: not decided, or a word we do not know. `amount` is what was authorized or asked; `captured` what was
    taken. `ready`: the shopper has done their part, and `complete` must be asked for the money (PayPal).
    `held`: the provider wants a human to look at it. `found` False: the provider has no trace of this charge.
    """

    verb: Verb | None
    reference: str
    amount: Money
    captured: Money | None = None
    capture_ref: str | None = None
    fee: Money | None = None
    decline: Decline | None = None
    action: NextAction | None = None
    method: Method | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    capture_before: datetime | None = None
    held: bool = False
    ready: bool = False
    found: bool = True
    operations: tuple[OperationNews, ...] = ()


@dataclass(frozen=True, slots=True)
class Credential:
    """A client-side token as the provider knows it, before any money is asked for.

    `usable` False: it was used, has expired or is not approved. `amount` where the token itself carries one.
    `facts`: brand, funding, country, wallet, fingerprint, checks: kept for risk scoring.
    """

    kind: str
    reference: str
    usable: bool
    method: Method | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A capture, void or refund to ask for. `attempt_ref` and `capture_ref` are the provider's ids of the charge."""

    operation_id: str
    kind: Literal["capture", "void", "refund"]
    attempt_id: str
    attempt_ref: str
    capture_ref: str
    amount: Money
    reason: str = ""
    final: bool = True
    capture: Literal["automatic", "manual"] = "automatic"
    authorized_at: datetime | None = None
    reference: str = ""
    """The provider's id of the operation itself, once known."""


@dataclass(frozen=True, slots=True)
class ProviderNews:
    """A verified webhook: which charge it is about. `charge_refs` are candidates for `attempts.provider_ref`.

    `warning_ref`: the provider's id of the early fraud warning that it tells of.
    """

    event_id: str
    type: str
    charge_refs: tuple[str, ...] = ()
    attempt_id: str | None = None
    warning_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider takes, as data. `minimum` in minor units per currency; `maximum_digits` of the minor amount."""

    currencies: frozenset[str]
    exponents: Mapping[str, int]
    """How many decimals it really takes, where these are not ISO 4217's."""
    minimum: Mapping[str, int]
    maximum_digits: int
    methods: tuple[str, ...]


class Provider(Protocol):
    """One payment provider. Every method that reaches the network raises Unanswered or Refused."""

    name: str
    can: Capabilities

    def charge(self, charge: Charge) -> Outcome:
        """Ask for the money. Asking again with the same charge is the same request, never a second charge."""

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

    def inspect(self, kind: str, credential: str) -> Credential:
        """What the provider knows of a client-side token. Raises Refused when it is unknown."""

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderNews:
        """Verify a webhook and say what it is about. Raises BadSignature."""


class ProviderError(Exception):
    """We did not get what we asked for."""


class Unanswered(ProviderError):
    """Timeout, lost connection, 5xx, 409, 429, or an answer that makes no sense: money may have moved. Ask again."""


class Refused(ProviderError):
    """A 4xx that is not a decline: nothing moved. `code` is the provider's."""

    def __init__(self, message: str, *, code: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class BadSignature(ProviderError):
    """Not from the provider, too old, or no secret is configured."""
