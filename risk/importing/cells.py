"""One cell at a time: countries, checks, brands and words in the form that facts have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

from risk.importing.files import Row, Table
from risk.importing.records import BadValue, Problems

_LONGEST = 300

_BRANDS = {
    "american express": "amex", "amex": "amex", "diners club": "diners", "diners": "diners",
    "mastercard": "mastercard", "visa": "visa", "discover": "discover", "jcb": "jcb",
    "unionpay": "unionpay", "china unionpay": "unionpay", "maestro": "maestro", "cartes bancaires": "cartes_bancaires",
    "unknown": None,
}  # fmt: skip
_WALLETS = {
    "apple pay": "apple_pay", "google pay": "google_pay", "android pay": "google_pay", "samsung pay": "samsung_pay",
    "link": "link", "masterpass": None, "visa checkout": None,
}  # fmt: skip
_CHECKS = {
    "pass": "pass", "fail": "fail", "unavailable": "unavailable", "unchecked": "unchecked",
    "not provided": None, "not_provided": None, "none": None,
}  # fmt: skip
_FUNDING = {"credit": "credit", "debit": "debit", "prepaid": "prepaid", "unknown": "unknown"}
_GOODS = {"digital": "digital", "shipping": "shipping", "shipped": "shipping"}
_THREE_DS = {
    word: word
    for word in (
        "authenticated",
        "attempt_acknowledged",
        "exempted",
        "failed",
        "not_supported",
        "processing_error",
    )
}
# Names of countries that exports write out; the rest have codes.
_COUNTRIES = {
    "united states": "US", "united kingdom": "GB", "germany": "DE", "france": "FR", "canada": "CA",
    "australia": "AU", "austria": "AT", "switzerland": "CH", "netherlands": "NL", "spain": "ES", "italy": "IT",
}  # fmt: skip


def _country(text: str) -> str:
    code = _COUNTRIES.get(text.lower(), text.upper())
    if not re.fullmatch("[A-Z]{2}", code):
        raise BadValue("is not a country; write its two letters, like AT (ISO 3166-1)")
    return code


def _email(text: str) -> str:
    found = text.lower()
    if len(found) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", found):
        raise BadValue("is not an e-mail address")
    return found


def _ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise BadValue("is not an IP address") from None


def _bin(text: str) -> str:
    if not re.fullmatch("[0-9]{6,8}", text):
        raise BadValue("is not the first 6 to 8 digits of a card")
    return text


def _age(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(?:\.[0-9]{1,6})?", text):
        raise BadValue("is not a number of days, such as 12 or 0.5")
    return float(text)


def _text(text: str) -> str:
    return text[:_LONGEST]


def _word(words: Mapping[str, str | None]) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        plain = re.sub(r"[\s_]+", " ", text.lower())
        for form in (plain, plain.replace(" ", "_")):
            if form in words:
                return words[form]
        raise BadValue(
            "is not one of " + ", ".join(sorted(word for word, ours in words.items() if ours))
        )

    return read


def _brand(text: str) -> str | None:
    """A brand that is not in the table is kept by its own word: there are many local ones."""
    plain = re.sub(r"[\s_]+", " ", text.lower())
    return _BRANDS.get(plain, plain.replace(" ", "_")[:20])


def _method(text: str) -> str:
    return re.sub(r"[\s_]+", "_", text.lower())[:40]


# our name of a column → (field of Facts, how its cell is read)
BEFORE: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "method": ("method", _method),
    "card": ("card", _text),
    "card_bin": ("card_bin", _bin),
    "brand": ("card_brand", _brand),
    "funding": ("card_funding", _word(_FUNDING)),
    "card_country": ("card_country", _country),
    "wallet": ("wallet", _word(_WALLETS)),
    "customer": ("customer", _text),
    "email": ("email", _email),
    "name": ("name", _text),
    "account_age_days": ("account_age_days", _age),
    "ip": ("ip", _ip),
    "device": ("device", _text),
    "user_agent": ("user_agent", _text),
    "language": ("language", _text),
    "goods": ("goods", _word(_GOODS)),
    "billing_country": ("billing_country", _country),
    "billing_postal_code": ("billing_postal_code", _text),
    "shipping_country": ("shipping_country", _country),
}
AFTER: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "cvc": ("cvc", _word(_CHECKS)),
    "avs_postal": ("avs_postal", _word(_CHECKS)),
    "avs_line1": ("avs_line1", _word(_CHECKS)),
    "three_ds": ("three_ds", _word(_THREE_DS)),
}


def read(
    table: Table,
    row: Row,
    problems: Problems,
    readers: Mapping[str, tuple[str, Callable[[str], Any]]],
) -> dict[str, Any]:
    """The facts of a line. A cell that cannot be read is told, and that fact is missing; the line still counts."""
    found: dict[str, Any] = {}
    for name, (fact, reader) in readers.items():
        if name not in row.cells:
            continue
        try:
            value = reader(row.cells[name])
        except BadValue as error:
            problems.add(table.path.name, row.line, table.header(name), str(error))
        else:
            if value is not None:
                found[fact] = value
    return found
