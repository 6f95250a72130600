"""The values that commands are made of: each refuses what it cannot be, and says what it should be."""

from __future__ import annotations

import re
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from models.money import EXPONENTS, MAX_MINOR


def _currency(code: str) -> str:
    upper = code.upper()
    if upper not in EXPONENTS or not code.isascii():
        raise PydanticCustomError(
            "currency_unknown", "Use a three-letter ISO 4217 currency code such as EUR."
        )
    return upper


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
    except ValueError:  # a port above 65535, a broken IPv6 address
        is_one = False
    # Nobody sees a password, a line break or a turned direction of writing in an address, and browsers drop them.
    odd = not text.isprintable() or " " in text or "\\" in text
    if not is_one or odd or "@" in parts.netloc:
        raise PydanticCustomError(
            "url_invalid", "Use an absolute URL such as https://shop.example/thanks."
        )
    return text


def _moment(value: datetime) -> datetime:
    # Within these years it can be said in every time zone; beyond, neither Python nor PostgreSQL can.
    if value.tzinfo is None or not 2000 <= value.year < 3000:
        raise PydanticCustomError(
            "time_invalid", "Give the time with its zone, as in 2027-01-31T12:00:00Z."
        )
    return value


def _origin(text: str) -> str:
    url = urlsplit(_url(text))
    if (
        url.path
        or url.query
        or url.fragment
        or not re.fullmatch(r"[\w.:\[\]-]+", url.netloc, re.ASCII)
    ):
        raise PydanticCustomError(
            "url_invalid", "Use scheme and host only, such as https://shop.example."
        )
    return text.lower()


def _ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise PydanticCustomError(
            "ip_invalid", "Use an IPv4 or IPv6 address such as 81.2.69.142."
        ) from None


def _metadata(value: dict[str, str]) -> dict[str, str]:
    if len(value) > 50 or any(len(k) > 40 or len(v) > 500 for k, v in value.items()):
        raise PydanticCustomError(
            "metadata_invalid", "At most 50 entries, keys of 40 and values of 500 characters."
        )
    return value


def _text(value: str) -> str:
    if any(ord(char) < 32 and char not in "\n\t" for char in value):
        raise PydanticCustomError("text_invalid", "Control characters are not accepted.")
    if not value.strip():
        raise PydanticCustomError("text_invalid", "This must not be blank.")
    return value


Amount = Annotated[
    int, Field(gt=0, le=MAX_MINOR, description="Minor units: 1999 is 19.99 EUR.", examples=[1999])
]
AmountOrZero = Annotated[
    int, Field(ge=0, le=MAX_MINOR, description="Minor units; 0 is free.", examples=[490])
]
Currency = Annotated[str, Field(min_length=3, max_length=3, description="ISO 4217, either case.", examples=["EUR"]),
                     AfterValidator(_currency)]  # fmt: skip
Url = Annotated[str, Field(max_length=2000), AfterValidator(_url)]
Moment = Annotated[datetime, AfterValidator(_moment)]
Origins = Annotated[
    list[Annotated[str, Field(max_length=200), AfterValidator(_origin)]],
    Field(max_length=5, description="Sites that may show the page in a frame; none by default."),
]
Metadata = Annotated[dict[str, str], AfterValidator(_metadata)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_text)]
Sentence = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_text)]
PostalCode = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(_text)]
Credential = Annotated[str, Field(min_length=3, max_length=120, pattern=r"^[A-Za-z0-9_-]+$")]
Language = Annotated[
    str, Field(max_length=35, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", examples=["de"])
]
Method = Literal[
    "card",
    "apple_pay",
    "google_pay",
    "paypal",
    "sepa_debit",
    "ideal",
    "upi",
    "netbanking",
    "wallet",
]
Methods = Annotated[
    list[Method],
    Field(max_length=9, description="The only ways to pay to be offered; empty: all that can be."),
]
Country = Annotated[
    str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.", examples=["DE"])
]
IpAddress = Annotated[str, Field(max_length=45), AfterValidator(_ip)]
