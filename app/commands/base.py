"""What every command is: strict, frozen, with unknown fields refused; and what several of them say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, EmailStr, Field

from app.values import Country, IpAddress, Name

Capture = Literal["automatic", "manual"]
ProviderName = Literal["stripe", "paypal", "razorpay"]
CustomerId = Annotated[str, Field(pattern=r"^cus_[0-9a-z]{26}$", examples=["cus_01kahz3q8v…"])]


class Command(BaseModel):
    """Strict: no type is bent, no unknown field passes, nothing can be changed afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


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
