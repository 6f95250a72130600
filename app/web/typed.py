"""What shoppers type as an amount, and what they are told where it cannot be."""

from __future__ import annotations

import re
import unicodedata

from app.errors import AppError, Invalid
from app.languages import _
from app.web import failures, words
from models.money import Money, exponent

TYPED = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")  # and not 1e3


def typed_amount(text: str, currency: str) -> int:
    """What a person typed, 12.50, 12,50 or १२.५०, in minor units. Raises Invalid."""
    digits = "".join(f"{unicodedata.decimal(sign, sign)}" for sign in text)
    plain = "".join(digits.split()).replace(",", ".").replace("٫", ".")
    decimals = len(plain.partition(".")[2])  # "1,000" may be a thousand: too many decimals for EUR
    if TYPED.fullmatch(plain) and decimals <= exponent(currency):
        return Money.parse(plain, currency).minor
    example = words.typed(Money(25 * 10 ** exponent(currency), currency))
    raise Invalid(_("Enter an amount like {example}.", example=example), field="amount")


def readable(refusal: AppError, currency: str) -> str:
    """What to tell of a refused choice: its bounds, where it has some."""
    least, most = (
        words.money(Money(bound, currency)) if isinstance(bound, int) else ""
        for bound in map(refusal.details.get, ("minimum", "maximum"))
    )
    if least and most:
        return _("Enter at least {least} and at most {most}.", least=least, most=most)
    if least:
        return _("Enter at least {least}.", least=least)
    if most:
        return _("Enter at most {most}.", most=most)
    return failures.said(refusal)
