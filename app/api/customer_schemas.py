"""What answers about customers and their kept methods look like."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.api.schemas import Answer, Decline, Metadata, Method, NextAction, Page, Time, id_of
from app.commands import ProviderName


class Customer(Answer):
    """Somebody who pays again."""

    id: id_of("cus")  # type: ignore[valid-type]
    email: str | None
    name: str | None
    reference: str | None = Field(description="Your own name for them.")
    language: str | None
    metadata: Metadata
    created_at: Time
    updated_at: Time


class Deleted(Answer):
    """It is gone."""

    id: str
    deleted: Literal[True]


class SavedMethod(Answer):
    """A method that a provider keeps for a customer."""

    id: id_of("sm")  # type: ignore[valid-type]
    customer: id_of("cus")  # type: ignore[valid-type]
    status: Literal["active", "detached"]
    provider: ProviderName
    method: Method
    expired: bool = Field(description="Whether the card's last month is over.")
    mandate: id_of("man") | None = Field(description="What the customer agreed to.")  # type: ignore[valid-type]
    created_at: Time
    updated_at: Time


class Setup(Answer):
    """The keeping of a method: `succeeded` comes with `saved_method`, `requires_action` with `next_action`."""

    id: id_of("set")  # type: ignore[valid-type]
    customer: id_of("cus")  # type: ignore[valid-type]
    provider: ProviderName
    status: Literal["pending", "requires_action", "succeeded", "failed"]
    saved_method: id_of("sm") | None  # type: ignore[valid-type]
    next_action: NextAction | None
    decline: Decline | None
    created_at: Time
    updated_at: Time


class CustomerList(Page[Customer]):
    """Customers, newest first."""


class SavedMethodList(Page[SavedMethod]):
    """A customer's kept methods, newest first."""
