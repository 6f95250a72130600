"""What a merchant may ask for of a hosted page: checkout sessions and payment links."""

from __future__ import annotations

from typing import Annotated

from pydantic import EmailStr, Field, model_validator
from pydantic_core import PydanticCustomError

from app.commands.base import Capture, Command, CustomerId, Shopper
from app.values import (
    Amount,
    AmountOrZero,
    Currency,
    Language,
    Metadata,
    Methods,
    Moment,
    Name,
    Origins,
    Sentence,
    Url,
)


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
    customer: CustomerId | None = None
    payment_methods: Methods = []
    language: Language | None = None
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


class ExpireSession(Command):
    """Close a checkout session before its time."""


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
    payment_methods: Methods = []
    language: Language | None = None
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
