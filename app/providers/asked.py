"""What a provider is asked for: plain values, stored so that the very same request can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from models.money import Money


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge to ask for. Stored with the attempt, so that the very same request can be repeated.

    `credential` is the provider's client-side token; `credential_kind` is `confirmation_token`, `payment_method`,
    `order` or `saved` (a method that the provider keeps for `customer_ref`); empty for an order that is still to be
    made. `three_ds` is `automatic`, `any` or `challenge`.
    `method` is the way to pay that was chosen (a `MethodRule.name`; empty: the credential says), `methods` those that
    may be used. `save`: keep it for later, with the shopper's consent. `off_session`: the shopper is not there;
    `mandate_ref` is then the provider's id of what they agreed to, where it has one. `language`: the shopper's.
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
    method: str = ""
    methods: tuple[str, ...] = ()
    customer_ref: str = ""
    save: bool = False
    off_session: bool = False
    mandate_ref: str = ""
    mandate: Mapping[str, Any] = field(default_factory=dict)
    """What the shopper agreed to, and how: `text`, `language`, `off_session`, `ip_address`, `user_agent`."""
    account: str = ""
    """Whose account keeps the method (`Provider.account`)."""
    language: str = ""

    def to_json(self) -> dict[str, Any]:
        """The charge as a JSON value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The charge that `to_json` wrote."""
        read = {"amount": Money(**value["amount"]), "methods": tuple(value.get("methods", ()))}
        return cls(**{**value, **read})


@dataclass(frozen=True, slots=True)
class Setup:
    """A method to be kept without a payment. Stored, so that the very same request can be repeated."""

    setup_id: str
    customer_ref: str
    credential: str = ""
    credential_kind: str = ""
    return_url: str = ""
    cancel_url: str = ""
    mandate: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The setup as a JSON value."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The setup that `to_json` wrote; one of an older version may say more."""
        return cls(**{name: value[name] for name in cls.__slots__ if name in value})


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
    reference: str = ""
    """The provider's id of the operation itself, once known."""
