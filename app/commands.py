"""What callers may ask for: strict, frozen, with unknown fields refused. The API's documents are made from these."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, EmailStr, Field, model_validator
from pydantic_core import PydanticCustomError

from app.values import (
    Amount,
    AmountOrZero,
    Country,
    Credential,
    Currency,
    IpAddress,
    Metadata,
    Moment,
    Name,
    Origins,
    PostalCode,
    Sentence,
    Url,
)

Capture = Literal["automatic", "manual"]


class Command(BaseModel):
    """Strict: no type is bent, no unknown field passes, nothing can be changed afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LineItem(Command):
    """One line of the order."""

    name: Name
    quantity: Annotated[int, Field(ge=1, le=9999)] = 1
    unit_amount: AmountOrZero
    image: Url | None = None


class Discount(Command):
    """An amount or a share off the lines. Exactly one of `amount` and `percent_bps` (1000 is 10 %)."""

    name: Name
    amount: Amount | None = None
    percent_bps: Annotated[int, Field(gt=0, le=10_000)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Discount:
        if (self.amount is None) == (self.percent_bps is None):
            raise PydanticCustomError("discount_invalid", "Give either amount or percent_bps.")
        return self


class ShippingOption(Command):
    """One way to send it; the first is chosen until the shopper chooses."""

    id: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
    label: Name
    amount: AmountOrZero


class TaxRate(Command):
    """A tax on lines less discounts plus shipping: `inclusive` is contained in the prices, exclusive comes on top."""

    name: Name
    rate_bps: Annotated[
        int, Field(ge=0, le=10_000, description="Hundredths of a percent: 1900 is 19 %.")
    ]
    inclusive: bool = True


class Shopper(Command):
    """What you know of the person who pays, for screening. All of it is optional; what is missing does not count."""

    customer: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    email: EmailStr | None = None
    name: Name | None = None
    ip_address: IpAddress | None = None
    user_agent: Annotated[str, Field(max_length=300)] | None = None
    language: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z0-9-]+$")] | None = None
    device: Annotated[str, Field(min_length=8, max_length=120)] | None = None
    utc_offset_min: Annotated[int, Field(ge=-14 * 60, le=14 * 60)] | None = None
    account_age_days: Annotated[int, Field(ge=0, le=36_500)] | None = None
    failed_logins_24h: Annotated[int, Field(ge=0, le=100_000)] | None = None
    goods: Literal["digital", "shipping"] | None = None
    shipping_country: Country | None = None


class CreateSession(Command):
    """Open a hosted checkout page. Either `line_items` or a plain `amount`."""

    currency: Currency
    amount: Amount | None = None
    line_items: Annotated[list[LineItem], Field(min_length=1, max_length=100)] | None = None
    discounts: Annotated[list[Discount], Field(max_length=10)] = []
    shipping_options: Annotated[list[ShippingOption], Field(max_length=10)] = []
    tax_rates: Annotated[list[TaxRate], Field(max_length=10)] = []
    capture: Capture = "automatic"
    description: Name | None = None
    reference: Name | None = None
    success_url: Url | None = None
    cancel_url: Url | None = None
    customer_email: EmailStr | None = None
    shopper: Shopper | None = None
    embed_origins: Origins = []
    expires_at: Moment | None = None
    metadata: Metadata = {}

    @model_validator(mode="after")
    def _one(self) -> CreateSession:
        if (self.amount is None) == (self.line_items is None):
            raise PydanticCustomError("basket_invalid", "Give either line_items or amount.")
        if len({option.id for option in self.shipping_options}) != len(self.shipping_options):
            raise PydanticCustomError(
                "shipping_invalid", "Every shipping option needs an id of its own."
            )
        return self


class CreateLink(Command):
    """Make a payment link: a fixed `amount`, or one that the payer chooses from `min_amount` to `max_amount`."""

    title: Name
    currency: Currency
    amount: Amount | None = None
    min_amount: Amount | None = None
    max_amount: Amount | None = None
    max_quantity: Annotated[int, Field(ge=1, le=999)] = 1
    max_uses: Annotated[int, Field(ge=1, le=10**9)] | None = None
    tax_rates: Annotated[list[TaxRate], Field(max_length=10)] = []
    capture: Capture = "automatic"
    success_url: Url | None = None
    inactive_message: Sentence | None = None
    embed_origins: Origins = []
    starts_at: Moment | None = None
    expires_at: Moment | None = None
    metadata: Metadata = {}

    @model_validator(mode="after")
    def _one(self) -> CreateLink:
        if (self.amount is None) == (self.min_amount is None) or (self.min_amount is None) != (
            self.max_amount is None
        ):
            raise PydanticCustomError(
                "price_invalid", "Give either amount, or both min_amount and max_amount."
            )
        if (
            self.min_amount is not None
            and self.max_amount is not None
            and self.min_amount > self.max_amount
        ):
            raise PydanticCustomError("price_invalid", "min_amount is above max_amount.")
        if self.starts_at and self.expires_at and self.starts_at >= self.expires_at:
            raise PydanticCustomError("period_invalid", "starts_at must be before expires_at.")
        return self


class UpdateLink(Command):
    """Deactivate a link, or activate it again, with a text for those who come too late."""

    active: bool | None = None
    inactive_message: Sentence | None = None


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
    """Pay with a payment token."""

    token: Annotated[str, Field(min_length=5, max_length=80)]
    amount: Amount
    currency: Currency
    capture: Capture = "automatic"
    return_url: Url | None = None
    description: Name | None = None
    shopper: Shopper | None = None
    metadata: Metadata = {}


class CapturePayment(Command):
    """Take authorized money: all of it, or `amount`; the rest is released."""

    amount: Amount | None = None


class CancelPayment(Command):
    """Release an authorization, or close a payment that was not paid."""


class CreateRefund(Command):
    """Give back `amount`, which is always said: a forgotten amount must not mean everything."""

    amount: Amount
    reason: Literal["requested_by_customer", "duplicate", "fraudulent"] | None = None


class ExpireSession(Command):
    """Close a checkout session before its time."""
