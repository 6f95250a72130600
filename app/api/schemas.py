"""What answers look like: the API's document is made from these, and the tests hold every answer against them."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.commands import ProviderName
from models.lifecycle import ORDER_STATUSES, PAYMENT_STATUSES

Minor = Annotated[
    int, Field(description="Minor units of the currency: 1999 is 19.99 EUR.", examples=[1999])
]
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
Time = Annotated[
    str, Field(pattern=_TIME, description="ISO 8601, UTC.", examples=["2026-11-21T10:06:04Z"])
]
Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])]
Metadata = dict[str, str]
PaymentStatus = Literal[PAYMENT_STATUSES]  # type: ignore[valid-type]
OrderStatus = Literal[ORDER_STATUSES]  # type: ignore[valid-type]
Capture = Literal["automatic", "manual"]


def id_of(prefix: str) -> Any:
    return Annotated[str, Field(pattern=f"^{prefix}_[0-9a-z]+$", examples=[f"{prefix}_01kb4…"])]


class Answer(BaseModel):
    """Every field is always there; what is not known is null."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Method(Answer):
    """How the shopper paid. Nothing here identifies a card beyond its last four digits."""

    type: str = Field(examples=["card"])
    brand: str | None = Field(examples=["visa"])
    last4: str | None = Field(examples=["4242"])
    exp_month: int | None
    exp_year: int | None
    funding: str | None = Field(examples=["credit"])
    country: str | None = Field(examples=["DE"])
    wallet: str | None = Field(examples=["apple_pay"])
    email: str | None
    bank: str | None = Field(examples=["ing"])


class Decline(Answer):
    """Why the last try failed. `message` may be shown to the shopper; `retryable`: the same details may work later."""

    code: str = Field(examples=["insufficient_funds"])
    message: str
    retryable: bool


class NextAction(Answer):
    """What the shopper must do: visit `url`, or finish in the browser with the provider's script."""

    type: Literal["stripe_sdk", "redirect", "paypal_approve", "razorpay", "display_qr"]
    client_secret: str | None
    url: str | None
    order: str | None
    data: dict[str, object] | None = Field(description="What the provider's script is opened with.")
    expires_at: str | None


class Payment(Answer):
    """A payment. A decline is an answer too: `status` is `failed` and `decline` says why."""

    id: id_of("pay")  # type: ignore[valid-type]
    status: PaymentStatus
    amount: Minor
    amount_captured: Minor
    amount_refunded: Minor
    amount_refunding: Annotated[
        int, Field(description="Asked for, and not yet answered by the provider.")
    ]
    currency: Code
    capture: Capture
    provider: ProviderName | None
    method: Method | None
    decline: Decline | None
    next_action: NextAction | None
    customer: id_of("cus") | None  # type: ignore[valid-type]
    saved_method: id_of("sm") | None  # type: ignore[valid-type]
    off_session: bool
    recovery_url: str | None = Field(
        description="Where the customer can pay it, after the bank wanted to see them."
    )
    attempts: int = Field(description="How often it was tried.")
    checkout_session_id: id_of("cs") | None  # type: ignore[valid-type]
    payment_link_id: id_of("lnk") | None  # type: ignore[valid-type]
    description: str | None
    return_url: str | None
    metadata: Metadata
    expires_at: Time | None
    created_at: Time
    updated_at: Time


class Refund(Answer):
    """Money given back. A `succeeded` refund can still become `failed`: a bank may return it days later."""

    id: id_of("re")  # type: ignore[valid-type]
    payment_id: id_of("pay")  # type: ignore[valid-type]
    status: Literal["pending", "succeeded", "failed"]
    amount: Minor
    currency: Code
    reason: str | None = Field(
        description="As asked for; `surplus` for money that came twice and went back by itself."
    )
    failure_code: str | None
    created_at: Time
    updated_at: Time


class Event(Answer):
    """Something that happened to a payment. Told once per change; `data` is the payment as it was at that moment."""

    id: id_of("evt")  # type: ignore[valid-type]
    type: str = Field(examples=["payment.captured"])
    payment_id: id_of("pay")  # type: ignore[valid-type]
    actor: str = Field(description="Who did it: an API key, `shopper`, `provider` or `clock`.")
    data: dict[str, Any]
    request_id: str | None
    created_at: Time


class Line(Answer):
    """One line of the order."""

    name: str
    quantity: int
    unit_amount: Minor
    amount: Minor
    image: str | None


class AppliedDiscount(Answer):
    """What a discount came to."""

    name: str
    amount: Minor


class ChosenShipping(Answer):
    """The shipping option that counts now."""

    id: str
    label: str
    amount: Minor


class Tax(Answer):
    """What a tax came to; an inclusive one is part of the prices."""

    name: str
    rate_bps: int
    inclusive: bool
    amount: Minor


class Order(Answer):
    """What is bought. total = subtotal - discount + shipping + exclusive taxes; `tax` counts both kinds."""

    id: id_of("ord")  # type: ignore[valid-type]
    number: str = Field(description="The confirmation number.", examples=["K7QF-2M9RX"])
    status: OrderStatus
    subtotal: Minor
    discount: Minor
    shipping: Minor
    tax: Minor
    total: Minor
    lines: list[Line]
    discounts: list[AppliedDiscount]
    shipping_option: ChosenShipping | None
    taxes: list[Tax]


class CheckoutSession(Answer):
    """A hosted page for one order. Ask for it again when the shopper is back: the browser's word proves nothing."""

    id: id_of("cs")  # type: ignore[valid-type]
    url: str = Field(description="Send the shopper here.")
    status: Literal["open", "complete", "canceled", "expired"]
    payment_id: id_of("pay")  # type: ignore[valid-type]
    payment_status: PaymentStatus
    amount: Minor
    currency: Code
    order: Order
    capture: Capture
    description: str | None
    reference: str | None
    customer: id_of("cus") | None  # type: ignore[valid-type]
    customer_email: str | None
    payment_methods: list[str]
    language: str | None
    embed_origins: list[str]
    success_url: str | None
    cancel_url: str | None
    payment_link_id: id_of("lnk") | None  # type: ignore[valid-type]
    metadata: Metadata
    expires_at: Time
    created_at: Time


class LinkTax(Answer):
    """A tax rate of a link."""

    name: str
    rate_bps: int
    inclusive: bool


class PaymentLink(Answer):
    """A URL that anyone may open; every visit makes a checkout session of its own."""

    id: id_of("lnk")  # type: ignore[valid-type]
    url: str
    qr_url: str = Field(description="`url` as a picture to scan (SVG); `?size=` 64 to 2048 pixels.")
    active: bool
    title: str
    currency: Code
    amount: Minor | None
    min_amount: Minor | None
    max_amount: Minor | None
    max_quantity: int
    max_uses: int | None
    tax_rates: list[LinkTax]
    capture: Capture
    success_url: str | None
    inactive_message: str | None
    payment_methods: list[str]
    language: str | None
    embed_origins: list[str]
    metadata: Metadata
    starts_at: Time | None
    expires_at: Time | None
    created_at: Time


class Token(Answer):
    """A payment token: good for one payment of this amount, for an hour."""

    id: id_of("tok")  # type: ignore[valid-type]
    provider: ProviderName
    amount: Minor
    currency: Code
    method: Method | None
    expires_at: Time
    created_at: Time


Item = TypeVar("Item")


class Page(Answer, Generic[Item]):
    """One page of a list, newest first. Give `next_cursor` as `cursor` for the next."""

    data: list[Item]
    has_more: bool
    next_cursor: str | None


class PaymentList(Page[Payment]):
    """Payments, newest first."""


class RefundList(Page[Refund]):
    """A payment's refunds, newest first."""


class EventList(Page[Event]):
    """Events, newest first."""


class PaymentLinkList(Page[PaymentLink]):
    """Payment links, newest first."""


class ErrorDetail(BaseModel):
    """What went wrong. Decide by `code`; `message` is for people. Some codes bring further fields."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str
    field: str | None = Field(
        default=None, description="The field it is about, such as `line_items.0.name`."
    )


class Error(Answer):
    """Every error of every path."""

    error: ErrorDetail
    request_id: id_of("req")  # type: ignore[valid-type]
