"""Which language somebody is spoken to in: what the link says, then the browser, then the merchant's own."""

from __future__ import annotations

from collections.abc import Iterator

from babel import negotiate_locale

from app.languages.table import LANGUAGES, PSEUDO, SOURCE

# Browsers still send names that were replaced: Hebrew was `iw` until 1989, and Chrome on Android says so today.
OLD = {"iw": "he"}
MOST_WISHES = 20  # a header is a stranger's text: nobody speaks more languages


def choose(*asked: str | None, accepts: str = "", merchant: str | None = None) -> str:
    """The first language that we have: of those asked for, of an Accept-Language header's, the merchant's, English."""
    for tag in asked:
        if found := known(tag):
            return found
    for tag in preferred(accepts):
        if found := spoken(tag):
            return found
    return spoken(merchant or "") or SOURCE


def known(tag: str | None) -> str | None:
    """Our code for what an address or a row names, the pseudo-locale among them; None for what we do not speak."""
    return PSEUDO if tag == PSEUDO else spoken(tag or "")


def spoken(tag: str) -> str | None:
    """Our code for a language tag: `de` for `de-AT`, `DE` and `de_DE`; None for what we do not speak."""
    plain = tag.replace("_", "-").lower()
    language, dash, rest = plain.partition("-")
    plain = OLD.get(language, language) + dash + rest
    return negotiate_locale([plain], list(LANGUAGES), sep="-", aliases={})


def preferred(header: str) -> Iterator[str]:
    """The tags of an Accept-Language header, the dearest first (RFC 9110, 12.5.4)."""
    wishes = []
    for part in header.split(",")[:MOST_WISHES]:
        tag, _semicolon, weight = part.strip().partition(";")
        weight = weight.replace(" ", "").removeprefix("q=") or "1"
        is_weight = weight.replace(".", "", 1).isdecimal() and weight.isascii()
        if tag.strip() and is_weight and weight.strip("0."):  # q=0 is "not this one"
            wishes.append((weight.ljust(5, "0") if "." in weight else f"{weight}.000", tag.strip()))
    for _weight, tag in sorted(wishes, key=lambda wish: wish[0], reverse=True):
        yield tag
