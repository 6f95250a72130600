"""What a shopper's own browser tells of itself when it asks for a payment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the page, as far as the request tells. Every part may be missing, and every part may be a lie."""

    ip: str | None = None
    user_agent: str | None = None
    language: str | None = None
    """The first of Accept-Language, `de-AT`."""
    device: str | None = None
    """The random id in our own first-party cookie."""
    utc_offset_min: int | None = None
    email: str | None = None
    name: str | None = None


NOBODY = Visitor()
