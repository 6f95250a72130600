"""What a provider tells us, in our words: plain values that adapters return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

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
    bank: str | None = None

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
    """What the shopper must do.

    `stripe_sdk`: `client_secret`; `redirect`: `url`; `paypal_approve`: `order`, `url`; `razorpay`: `order`, and in
    `data` what its script is opened with; `display_qr`: `url` (the provider's page), in `data` the picture's address.
    `expires_at` (ISO 8601): until when, where the provider says so.
    """

    type: Literal["stripe_sdk", "redirect", "paypal_approve", "razorpay", "display_qr"]
    client_secret: str = ""
    url: str = ""
    order: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    expires_at: str = ""

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
class Kept:
    """A method that the provider now keeps for later payments: its id, whose, and the mandate, where there is one."""

    credential: str
    customer_ref: str
    mandate_ref: str = ""
    method: Method | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetupNews:
    """How a setup stands. `status` None: not decided. `kept` comes with `succeeded`, `decline` with `declined`."""

    status: Literal["challenged", "pending", "succeeded", "declined"] | None
    reference: str
    kept: Kept | None = None
    action: NextAction | None = None
    decline: Decline | None = None
    found: bool = True


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
    kept: Kept | None = None
    """The method, where it was to be saved and the provider has done so."""
    keeping: bool = False
    """Whether the provider is still about to save it."""
    promised: bool = False
    """A void by our word alone, not to ask for the money any more: what was asked for before may yet be taken."""


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
class ProviderNews:
    """A verified webhook: which charge it is about. `charge_refs` are candidates for `attempts.provider_ref`.

    `warning_ref`: the provider's id of the early fraud warning that it tells of; `setup_ref`, of a setup;
    `method_ref`, of a kept method that has changed. `disputed`: `disputes_of` must be asked too.
    """

    event_id: str
    type: str
    charge_refs: tuple[str, ...] = ()
    attempt_id: str | None = None
    warning_ref: str | None = None
    setup_ref: str | None = None
    method_ref: str | None = None
    disputed: bool = False
