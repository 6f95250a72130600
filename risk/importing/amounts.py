"""Amounts as exports write them, read into whole minor units; what has two meanings is refused, never guessed."""

from __future__ import annotations

import re

from risk.importing.records import BadValue

MAX_MINOR = 2**53 - 1  # what the books can hold
_LONGEST = 40
# Signs that part groups of digits in some country's writing, and never decimals.
_GAPS = re.compile("(?<=[0-9])[ '’\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")


def minor(text: str, *, exponent: int, written: int | None = None) -> int:
    """Minor units of an amount such as `1,234.50`, `1.234,50`, `-12.3`, `(12.30)` or `1 234,50`.

    `exponent`: the currency's decimals. `written`: how many of them this export writes, where that is known to differ.
    Raises BadValue for what is not an amount, has more decimals than the currency, or could be two amounts.
    """
    digits, negative = _unsigned(text)
    shown = exponent if written is None else written
    whole, part = _parts(digits, shown)
    if part[exponent:].strip("0"):
        raise BadValue(f"has more than the {exponent} decimals of its currency")
    scale: int = 10**exponent
    found = int(whole) * scale + int(part[:exponent].ljust(exponent, "0") or "0")
    if found > MAX_MINOR:
        raise BadValue("is larger than any amount can be")
    return -found if negative else found


def whole(text: str) -> int:
    """Minor units that are written as such: digits and nothing else."""
    if not re.fullmatch("[0-9]{1,16}", text) or int(text) > MAX_MINOR:
        raise BadValue("must be a whole number of minor units, such as 1999")
    return int(text)


def _unsigned(text: str) -> tuple[str, bool]:
    given = text.strip().replace("\u2212", "-")
    if len(given) > _LONGEST:
        raise BadValue("is not an amount")
    if given.startswith("(") and given.endswith(")"):
        return _GAPS.sub("", given[1:-1].strip()), True
    if given[:1] in {"-", "+"}:
        return _GAPS.sub("", given[1:].strip()), given[0] == "-"
    if given.endswith("-"):
        return _GAPS.sub("", given[:-1].strip()), True
    return _GAPS.sub("", given), False


def _parts(digits: str, shown: int) -> tuple[str, str]:
    """The digits before and after the decimal sign."""
    marks = re.findall("[^0-9]", digits)
    if not re.fullmatch(r"[0-9]+(?:[.,][0-9]+)*", digits) or len(digits) > _LONGEST:
        raise BadValue("is not an amount; write it like 1234.50")
    if not marks:
        return digits, ""
    last = marks[-1]
    if len(set(marks)) == 2 and marks.count(last) == 1:  # 1,234.50
        whole, part = digits.rsplit(last, 1)
        return _grouped(whole), part
    if len(marks) > 1:  # 1,234,567
        return _grouped(digits), ""
    whole, part = digits.split(last)
    if len(part) == 3 and len(whole) <= 3 and not whole.startswith("0"):
        return _either(whole, part, last, shown)
    return whole, part


def _either(whole: str, part: str, mark: str, shown: int) -> tuple[str, str]:
    """`1.234`, `1,234`: a thousand and more, or one and a bit? Exports write all decimals that a currency has."""
    if shown == 0:
        return whole + part, ""
    if shown == 3 and mark == ".":
        return whole, part
    raise BadValue("could be two amounts; write it with a point and all decimals, like 1234.00")


def _grouped(whole: str) -> str:
    if not re.fullmatch(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*", whole):
        raise BadValue("is not an amount; write it like 1234.50")
    return re.sub("[.,]", "", whole)
