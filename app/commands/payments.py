"""What a merchant may ask for of money: tokens, payments, captures, refunds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.commands.base import Capture, Command, Shopper
from app.values import Amount, Country, Credential, Currency, Metadata, Name, PostalCode, Url


class Address(Command):
    """A billing address, as far as it is known."""

    name: Name | None = None
    line1: Name | None = None
    line2: Name | None = None
    city: Name | None = None
    state: Name | None = None
    postal_code: PostalCode | None = None
    country: Country | None = None


class CreateToken(Command):
    """Turn a provider's client-side token into a payment token, bound to you, the amount and the currency."""

    provider: Literal["stripe", "paypal"]
    payment_method: Credential | None = None
    confirmation_token: Credential | None = None
    order: Credential | None = None
    amount: Amount
    currency: Currency
    billing_address: Address | None = None
    shopper: Shopper | None = None

    @model_validator(mode="after")
    def _one(self) -> CreateToken:
        given = [
            k
            for k in ("payment_method", "confirmation_token", "order")
            if getattr(self, k) is not None
        ]
        allowed = (
            ["order"] if self.provider == "paypal" else ["payment_method", "confirmation_token"]
        )
        if len(given) != 1 or given[0] not in allowed:
            raise PydanticCustomError(
                "credential_missing", "Give exactly one of: {names}.", {"names": ", ".join(allowed)}
            )
        return self

    @property
    def credential(self) -> tuple[str, str]:
        """`(kind, value)` of the one that was given."""
        for kind in ("payment_method", "confirmation_token", "order"):
            if (value := getattr(self, kind)) is not None:
                return kind, value
        raise AssertionError("one is given")


class CreatePayment(Command):
    """Pay with a payment token, or with a saved method: with `off_session` while the customer is not there."""

    token: Annotated[str, Field(min_length=5, max_length=80)] | None = None
    saved_method: Annotated[str, Field(min_length=5, max_length=80)] | None = None
    off_session: bool = False
    amount: Amount
    currency: Currency
    capture: Capture = "automatic"
    return_url: Url | None = None
    description: Name | None = None
    shopper: Shopper | None = None
    metadata: Metadata = {}

    @model_validator(mode="after")
    def _one(self) -> CreatePayment:
        if (self.token is None) == (self.saved_method is None):
            raise PydanticCustomError(
                "source_missing", "Give exactly one of token and saved_method."
            )
        if self.off_session and self.saved_method is None:
            raise PydanticCustomError(
                "off_session_invalid", "Only a saved_method can be charged off_session."
            )
        return self


class CapturePayment(Command):
    """Take authorized money: all of it, or `amount`; the rest is released."""

    amount: Amount | None = None


class CancelPayment(Command):
    """Release an authorization, or close a payment that was not paid."""


class CreateRefund(Command):
    """Give back `amount`, which is always said: a forgotten amount must not mean everything."""

    amount: Amount
    reason: Literal["requested_by_customer", "duplicate", "fraudulent"] | None = None
