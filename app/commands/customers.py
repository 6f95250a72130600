"""What a merchant may ask for of those who pay again: customers, and methods to be kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, EmailStr, Field, model_validator
from pydantic_core import PydanticCustomError

from app.commands.base import Command, ProviderName
from app.values import Credential, IpAddress, Language, Metadata, Name, Url

# In small letters, as a code proves it: who types it on a page does not know how the merchant wrote it.
Email = Annotated[EmailStr, AfterValidator(str.lower)]


class CreateCustomer(Command):
    """Somebody who pays you again. `reference` is your own name for them, unique among yours."""

    email: Email | None = None
    name: Name | None = None
    reference: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    language: Language | None = None
    metadata: Metadata = {}


class UpdateCustomer(Command):
    """Change what is told; null takes a value away."""

    email: Email | None = None
    name: Name | None = None
    reference: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    language: Language | None = None
    metadata: Metadata | None = None


class Consent(Command):
    """What the customer agreed to: the words they saw, and how. `off_session`: charges while they are not there."""

    text: Annotated[str, Field(min_length=10, max_length=4000)]
    off_session: bool = False
    language: Language | None = None
    ip_address: IpAddress | None = None
    user_agent: Annotated[str, Field(max_length=300)] | None = None


class SaveMethod(Command):
    """Keep a method without a payment: a token of Stripe's script, or (PayPal) none: the customer approves it there."""

    provider: ProviderName
    payment_method: Credential | None = None
    confirmation_token: Credential | None = None
    return_url: Url
    consent: Consent | None = None

    @model_validator(mode="after")
    def _one(self) -> SaveMethod:
        given = [self.payment_method, self.confirmation_token]
        if sum(value is not None for value in given) != (1 if self.provider == "stripe" else 0):
            raise PydanticCustomError(
                "credential_missing",
                "Give exactly one of payment_method and confirmation_token for Stripe, and none for PayPal.",
            )
        return self

    @property
    def credential(self) -> tuple[str, str]:
        """`(kind, value)`, both empty where the customer approves it at the provider."""
        if self.confirmation_token is not None:
            return "confirmation_token", self.confirmation_token
        return ("payment_method", self.payment_method) if self.payment_method else ("", "")
