"""Single facts turned into single numbers: agreements, shares, flags. NaN says "not known" and is never zero."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from risk.facts import Facts

NAN = math.nan

# Programs that say what they are. Said plainly, it is no browser of a shopper.
_SCRIPT = re.compile(
    r"curl|wget|python|headless|phantomjs|selenium|scrapy|libwww|go-http|okhttp|axios|node-fetch"
)
_MOBILE = re.compile(r"mobile|android|iphone|ipad")
_HOUR_MS, _MINUTE_MS, _DAY_MS = 3_600_000, 60_000, 86_400_000

# Where a browser's language is at home. A language that is not here is not judged without a region.
_HOMES = """
ar AE BH DZ EG IQ JO KW LB MA OM QA SA TN  bg BG  cs CZ  da DK  de AT BE CH DE LI LU  el CY GR
en AU CA GB HK IE IN KE MT NG NZ PH SG US ZA  es AR BO CL CO CR EC ES GT MX PE UY VE  et EE  fi FI
fr BE CA CH FR LU MC  he IL  hi IN  hr HR  hu HU  id ID  it CH IT SM  ja JP  ko KR  lt LT  lv LV
nb NO  nl BE NL  nn NO  no NO  pl PL  pt AO BR PT  ro MD RO  ru BY KZ RU  sk SK  sl SI
sv FI SE  th TH  tr CY TR  uk UA  vi VN  zh CN HK SG TW
"""


def _homes() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    language = ""
    for word in _HOMES.split():
        if word.islower():
            language = word
        else:
            found.setdefault(language, set()).add(word)
    return {one: frozenset(countries) for one, countries in found.items()}


HOMES = _homes()


def same(one: str | None, other: str | None) -> float:
    """1 equal, 0 different, NaN when one of the two is not known."""
    if one is None or other is None:
        return NAN
    return 1.0 if one == other else 0.0


def flag(value: bool | None) -> float:  # noqa: FBT001
    return NAN if value is None else 1.0 if value else 0.0


def number(value: float | None) -> float:
    return NAN if value is None else float(value)


def log_of(value: float | None) -> float:
    """The natural logarithm, of what has one."""
    return math.log(value) if value is not None and 0 < value < math.inf else NAN


def is_one(value: str | None, wanted: str) -> float:
    return NAN if value is None else 1.0 if value == wanted else 0.0


def at_home(language: str | None, country: str | None) -> float:
    """Whether the browser's language is spoken in a country; a named region counts as its own country too."""
    if not language or country is None:
        return NAN
    base, _, region = language.replace("_", "-").partition("-")
    homes = HOMES.get(base.lower())
    region = region.rpartition("-")[2].upper()
    if region == country or (homes is not None and country in homes):
        return 1.0
    return NAN if homes is None and len(region) != 2 else 0.0


def local_minutes(facts: Facts) -> float:
    """Minutes since midnight where the payer's clock hangs."""
    if facts.utc_offset_min is None:
        return NAN
    return (facts.at_ms // _MINUTE_MS + facts.utc_offset_min) % 1440


def hour_sine(facts: Facts) -> float:
    return math.sin(local_minutes(facts) * math.tau / 1440)


def hour_cosine(facts: Facts) -> float:
    return math.cos(local_minutes(facts) * math.tau / 1440)


def weekend(facts: Facts) -> float:
    """Saturday or Sunday in the payer's zone. 1970 began on a Thursday."""
    if facts.utc_offset_min is None:
        return NAN
    day = (facts.at_ms + facts.utc_offset_min * _MINUTE_MS) // _DAY_MS
    return 1.0 if (day + 3) % 7 >= 5 else 0.0


def local_part(email: str | None) -> str:
    """What stands before the @, without a +tag."""
    return "" if email is None else email.partition("@")[0].partition("+")[0]


def digits_in(email: str | None) -> float:
    """The share of digits in the local part."""
    part = local_part(email)
    return sum(c.isdigit() for c in part) / len(part) if part else NAN


def vowels_in(email: str | None) -> float:
    """The share of vowels among the letters of the local part: names have them, keys struck at random do not."""
    letters = [c for c in fold(local_part(email)) if c.isalpha()]
    return sum(c in "aeiouy" for c in letters) / len(letters) if letters else NAN


def length_of(email: str | None) -> float:
    part = local_part(email)
    return float(len(part)) if part else NAN


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Small letters without accents, as mail addresses spell names."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss").replace("ø", "o"))
    return "".join(c for c in plain if c.isascii())


def name_in(email: str | None, name: str | None) -> float:
    """The share of the local part's letters that the payer's name explains; initials count beside a found part."""
    rest = "".join(c for c in fold(local_part(email)) if c.isalpha())
    parts = [p for p in re.split(r"[^a-z]+", fold(name or "")) if len(p) > 1]
    if not rest or not parts:
        return NAN
    whole = len(rest)
    unused = []
    for part in sorted(parts, key=len, reverse=True):
        shortest = min(3, len(part))
        found = next((part[:n] for n in range(len(part), shortest - 1, -1) if part[:n] in rest), "")
        if found:
            rest = rest.replace(found, " ", 1)
        else:
            unused.append(part[0])
    explained = whole - len(rest.replace(" ", ""))
    if explained:
        explained += sum(initial in rest for initial in unused)
    return explained / whole


def is_script(agent: str | None) -> float:
    return NAN if not agent else 1.0 if _SCRIPT.search(agent.lower()) else 0.0


def is_mobile(agent: str | None) -> float:
    return NAN if not agent else 1.0 if _MOBILE.search(agent.lower()) else 0.0


def passed(check: str | None) -> float:
    """A check of the issuer: 1 passed, 0 failed; what was not checked says nothing."""
    return 1.0 if check == "pass" else 0.0 if check == "fail" else NAN


def authenticated(three_ds: str | None) -> float:
    """How sure the issuer is that its customer was there."""
    certain = {"authenticated": 1.0, "attempt_acknowledged": 0.5, "failed": 0.0}
    return NAN if three_ds is None else certain.get(three_ds, NAN)
