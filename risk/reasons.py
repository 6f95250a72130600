"""Why an attempt looks risky, in plain words: what it shows against what is usual, strongest first.

The model says which families of facts moved its score; the tables here say which facts of a family are unusual and put
them into a sentence. What is not known gives no reason, and when little is known, that is said.
"""

# ruff: noqa: E501 - a reason is one row of a table, and its sentence stands in it

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from risk import features, past, scale, signals
from risk.facts import Facts

MOST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that is unusual. `weight`: what its family adds to the log-odds, its share of it."""

    text: str
    family: str
    weight: float
    value: float | str | None
    usual: float | str | None

    def to_json(self) -> dict[str, Any]:
        """As the journal keeps it. Written out: `asdict` would take longer than finding the reasons."""
        return {
            "text": self.text,
            "family": self.family,
            "weight": self.weight,
            "value": self.value,
            "usual": self.usual,
        }


@dataclass(frozen=True, slots=True)
class _Found:
    """Something unusual. Of one `group`, which tell the same in different ways, the most unusual is shown."""

    family: str
    group: str
    excess: float
    """How far from usual: 1 is the edge of it."""
    text: str
    value: float | str | None
    usual: float | str | None


_Finder: TypeAlias = Callable[[Facts, Mapping[str, float | None]], Iterable[_Found]]

# How many are usual at most, by window.
_USUAL = """
who     what       10m  1h  24h   7d  30d
card    tries        3   4    5    8    -
card    declines     2   3    3    4    -
card    hard         0   0    0    1    2
card    emails       1   1    1    2    2
card    ips          2   2    3    5    -
card    devices      1   2    2    3    3
email   tries        4   5    6   12    -
email   declines     3   3    4    6    -
email   hard         1   1    1    2    3
email   cards        2   2    2    3    3
email   ips          2   3    3    6    -
email   devices      1   2    2    3    4
ip      tries        4   6   12   30    -
ip      declines     3   3    5   10    -
ip      hard         1   1    2    4    8
ip      cards        1   1    3    6    -
ip      emails       1   2    3    6    -
device  tries        4   5    8   15    -
device  declines     3   3    4    6    -
device  hard         1   1    1    2    3
device  cards        2   2    2    3    3
device  emails       1   1    2    2    2
"""
_WHO = {
    "card": "with this card", "email": "with this e-mail address", "ip": "from this IP",
    "device": "from this browser",
}  # fmt: skip
_WHAT = {
    "tries": "attempts", "declines": "declines", "hard": "final declines",
    "cards": "cards", "emails": "e-mail addresses", "ips": "IP addresses", "devices": "browsers",
}  # fmt: skip
_WINDOW = {"10m": "10 min", "1h": "1 h", "24h": "24 h", "7d": "7 days", "30d": "30 days"}


def _counts() -> tuple[tuple[str, str, int], ...]:
    head, *rows = (line.split() for line in _USUAL.strip().splitlines())
    found = []
    for who, what, *most in rows:
        for window, usual in zip(head[2:], most, strict=True):
            if usual != "-":
                assert f"{who}_{what}_{window}" in past.NAMES
                found.append((f"{who}_{what}_{window}", f"{who}_{what}", int(usual)))
    return tuple(found)


_COUNTS = _counts()


def _many(_: Facts, numbers: Mapping[str, float | None]) -> Iterator[_Found]:
    for name, group, usual in _COUNTS:
        value = numbers.get(name)
        if value is not None and value > usual:
            who, what, window = name.split("_")
            noun = _WHAT[what] if value > 1 else _WHAT[what].removesuffix("s")
            text = f"{_short(value)} {noun} {_WHO[who]} in {_WINDOW[window]}"
            family = "device" if who == "device" else "velocity"
            yield _Found(
                family, group, value / (usual or 0.5), f"{text}; {_at_most(usual)}", value, usual
            )


def _known_fraud(_: Facts, numbers: Mapping[str, float | None]) -> Iterator[_Found]:
    for who, words in _WHO.items():
        value = numbers.get(f"{who}_fraud_30d")
        if value:
            noun = "payment" if value == 1 else "payments"
            text = f"{_short(value)} fraudulent {noun} {words} in 30 days; usually none"
            yield _Found("history", f"{who}_fraud", 10 * value, text, value, 0)


def _amount(_: Facts, numbers: Mapping[str, float | None]) -> Iterator[_Found]:
    whose = {"card": "this card pays", "email": "this customer pays", "merchant": "is paid here"}
    for who, words in whose.items():
        ratio = numbers.get(f"{who}_amount_ratio")
        if ratio is not None and ratio >= 3:
            text = f"{_short(ratio)} times what {words} on average; usually at most 3 times"
            yield _Found("amount", "amount", ratio / 3, text, round(ratio, 2), 3)


_PAIRS = (
    ("card", "Card from", "ip", "IP in"),
    ("ip", "IP in", "billing", "billing address in"),
    ("card", "Card from", "billing", "billing address in"),
    ("billing", "Billing address in", "shipping", "delivery to"),
    ("card", "Card from", "shipping", "delivery to"),
    ("ip", "IP in", "shipping", "delivery to"),
)


def _countries(facts: Facts, _: Mapping[str, float | None]) -> Iterator[_Found]:
    for order, (one, first, other, second) in enumerate(_PAIRS):
        here = getattr(facts, f"{one}_country")
        there = getattr(facts, f"{other}_country")
        if here and there and here != there:
            text = f"{first} {here}, {second} {there}; usually the same country"
            excess = 3 - order / 10
            yield _Found("place", "country", excess, text, f"{here} / {there}", "the same country")
    if signals.at_home(facts.language, facts.card_country) == 0:
        text = f"The browser speaks {facts.language}, the card is from {facts.card_country}"
        usual = "a language of the card's country"
        yield _Found("place", "language", 1.5, f"{text}; usually {usual}", facts.language, usual)


def _age(facts: Facts) -> str:
    minutes = int((facts.account_age_days or 0) * 1440)
    if minutes == 0:  # told in whole days
        return "less than a day"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _clock(facts: Facts) -> str:
    minutes = int(signals.local_minutes(facts))
    return f"{minutes // 60}:{minutes % 60:02d}"


# What is unusual as it stands.
# family, group, how unusual, whether, the sentence, what is shown, what is usual
_Row: TypeAlias = tuple[
    str,
    str,
    float,
    Callable[[Facts], bool],
    str,
    Callable[[Facts], float | str | None],
    float | str,
]
# fmt: off
_PLAIN: tuple[_Row, ...] = (
    ("identity", "disposable", 3, lambda f: f.email_is_disposable is True, "An e-mail address of a throw-away service; usually a lasting one", lambda f: (f.email or "").rpartition("@")[2], "a lasting address"),
    ("identity", "logins", 2, lambda f: (f.failed_logins_24h or 0) > 2, "{value} failed sign-ins to the account in 24 h; usually at most 2", lambda f: f.failed_logins_24h, 2),
    ("identity", "account", 1.5, lambda f: f.account_age_days is not None and f.account_age_days < 1, "The customer's account is {value} old; usually more than a day", _age, "more than a day"),
    ("identity", "name", 1.2, lambda f: signals.name_in(f.email, f.name) == 0, "The e-mail address has nothing of the name; usually it has", lambda f: f.email, "a part of the name"),
    ("identity", "digits", 1.1, lambda f: signals.digits_in(f.email) >= 0.4, "An e-mail address with many digits; usually few", lambda f: f.email, "few digits"),
    ("device", "script", 5, lambda f: signals.is_script(f.user_agent) == 1, "The browser says it is a program; usually a person's browser", lambda f: (f.user_agent or "")[:80], "a browser"),
    ("card", "prepaid", 1.5, lambda f: f.card_funding == "prepaid", "A prepaid card; usually credit or debit", lambda f: f.card_funding, "credit or debit"),
    ("card", "payer", 2, lambda f: f.payer_status == "UNVERIFIED", "PayPal has not verified the account; usually it has", lambda f: f.payer_status, "VERIFIED"),
    ("provider", "cvc", 4, lambda f: f.cvc == "fail", "The security code is wrong; usually it is right", lambda f: f.cvc, "pass"),
    ("provider", "secure", 4, lambda f: f.three_ds == "failed", "The bank could not confirm the cardholder; usually it does", lambda f: f.three_ds, "authenticated"),
    ("provider", "street", 2, lambda f: f.avs_line1 == "fail", "The bank does not know the street; usually it does", lambda f: f.avs_line1, "pass"),
    ("provider", "postal", 2.5, lambda f: f.avs_postal == "fail", "The bank does not know the postal code; usually it does", lambda f: f.avs_postal, "pass"),
    ("provider", "score", 3, lambda f: (f.provider_score or 0) >= scale.ELEVATED, "The provider's own score is {value} of 100; usually below 65", lambda f: f.provider_score, scale.ELEVATED),
    ("time", "night", 1.2, lambda f: signals.local_minutes(f) < 300, "Paid at {value} on the payer's clock; usually between 5:00 and midnight", _clock, "between 5:00 and midnight"),
    ("velocity", "same", 2, lambda f: f.tries > 2, "{value} attempts on this payment before; usually at most 2", lambda f: f.tries, 2),
)
# fmt: on


def _plain(facts: Facts, families: Mapping[str, float]) -> Iterator[_Found]:
    for family, group, excess, applies, text, value, usual in _PLAIN:
        if _counts_against(family, families) and applies(facts):
            shown = value(facts)
            yield _Found(family, group, excess, text.replace("{value}", str(shown)), shown, usual)


_FINDERS: tuple[_Finder, ...] = (_many, _known_fraud, _amount, _countries)


def reasons(facts: Facts, families: Mapping[str, float]) -> list[Reason]:
    """The strongest reasons. `families`: what moved the score; empty: nothing was scored, and the facts speak alone."""
    found = _strongest_of_group(facts, families)
    weighed: list[tuple[float, float, _Found]] = []
    places: dict[str, int] = {}
    for one in sorted(found, key=lambda one: (-one.excess, one.group)):
        if _counts_against(one.family, families):
            weight = families.get(one.family, 0.0)
            # The second fact of a family explains less than the first.
            places[one.family] = places.get(one.family, 0) + 1
            weighed.append((weight / places[one.family], one.excess, one))
    weighed.sort(key=lambda one: (-one[0], -one[1], one[2].group))
    told = [
        Reason(text=one.text, family=one.family, weight=weight, value=one.value, usual=one.usual)
        for weight, _, one in weighed
    ]
    little = _little_known(facts)
    return [*told[: MOST - 1], little] if little else told[:MOST]


def _counts_against(family: str, families: Mapping[str, float]) -> bool:
    """Whether the family raised the score; without a score every family may speak."""
    return not families or families.get(family, 0.0) > 0


def _strongest_of_group(facts: Facts, families: Mapping[str, float]) -> list[_Found]:
    numbers = facts.past if facts.past is not None else {}
    found = [one for find in _FINDERS for one in find(facts, numbers)]
    strongest: dict[str, _Found] = {}
    for one in (*found, *_plain(facts, families)):
        if one.group not in strongest or one.excess > strongest[one.group].excess:
            strongest[one.group] = one
    return list(strongest.values())


_NEEDED = {"email": "e-mail address", "ip": "IP address", "device": "browser", "card": "card"}


def _little_known(facts: Facts) -> Reason | None:
    """What weakens every judgement: a history that could not be read, or half of the identities missing."""
    if facts.past is None:
        text, value = (
            "The history could not be read, so nothing is known of earlier attempts",
            "history",
        )
    else:
        missing = [words for name, words in _NEEDED.items() if getattr(facts, name) is None]
        if len(missing) < 2:
            return None
        value = ", ".join(missing)
        text = f"Little is known: no {' and no '.join(missing)}"
    return Reason(text=text, family="missing", weight=0.0, value=value, usual="known")


def _at_most(usual: int) -> str:
    return f"usually at most {usual}" if usual else "usually none"


def _short(value: float) -> str:
    """A count as it is, anything else with one decimal."""
    return str(int(value)) if value == math.floor(value) else f"{value:.1f}"


# The families a reason can have: those of the features, and `missing` for what weakens them.
FAMILIES: Mapping[str, str] = {**features.MEANING_OF_FAMILIES, "missing": "What is not known"}
