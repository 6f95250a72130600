"""The policy as a form, in the words and units of people, and back into a policy, or what is wrong where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from models.money import EXPONENTS, MAX_MINOR, Money
from risk import costs as costing
from risk.policy import LIMITABLE, BadPolicy, Policy, above
from risk.policy import Costs as CostsIn

# Cost → (label, what it is). Money first, then shares.
COST_WORDS: Mapping[str, tuple[str, str]] = {
    "dispute_fee": ("Dispute fee", "The provider's fee, on top of the amount that is lost"),
    "review": ("One review", "A person's time for one case"),
    "block_extra": ("False block, extra", "Support and not coming back, beyond the margin"),
    "margin_bps": ("Margin, %", "Of the amount: what a sale that does not happen loses"),
    "friction_bps": ("Give up at 3-D Secure, %", "Of good shoppers who are asked"),
    "challenge_missed_bps": ("Fraud past 3-D Secure, %", "Of fraud that is challenged"),
    "review_missed_bps": ("Fraud past review, %", "Of fraud that a person sees"),
    "review_refused_bps": ("Good orders lost in review, %", "Of good orders that a person sees"),
}
MONEYS = tuple(name for name in COST_WORDS if not name.endswith("_bps"))
# Amounts of the policy itself, per currency → (label, what it is, what empty means).
AMOUNT_WORDS: Mapping[str, tuple[str, str, str]] = {
    "four_eyes": ("Two people from", "From this amount on a second person must approve", "one is enough"),
    "auto_refund_warning_below": ("Refund warnings below", "An early fraud warning is refunded by itself", "never"),
    "explore_below": ("Try out blocks below", "What is small enough to be tried out", "about 30 €"),
}  # fmt: skip
# Field → (label, least, most) of the plain whole numbers.
WHOLE_WORDS: Mapping[str, str] = {
    "challenge_at": "3-D Secure from score",
    "hold_at": "Review from score",
    "block_at": "Block from score",
    "timeout_ms": "Time limit for scoring, ms",
    "expire_before_h": "Act so many hours before an authorization ends",
}
# Field → (value, label) of the choices.
CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "mode": (
        ("cost", "The lowest expected cost"),
        ("thresholds", "What thresholds say"),
    ),
    "failure": (
        ("review", "Hold it for review"),
        ("allow_3ds", "Allow it with 3-D Secure"),
        ("block", "Block it"),
    ),
    "expiry_action": (("void", "Void it: the money is let go"), ("capture", "Capture it: the money is taken")),
}  # fmt: skip
_LONGEST_INPUT = 40


@dataclass(slots=True)
class PolicyForm:
    """What the page shows: the text in every field, and what is wrong with it."""

    values: dict[str, str]
    currencies: list[str]
    limits: list[str]
    errors: dict[str, str] = field(default_factory=dict)

    def wrong(self, name: str, message: str) -> None:
        """Say it at the field, or above the form."""
        self.errors.setdefault(name if name in self.values else "", message)


def shown(policy: Policy, currencies: Iterable[str]) -> PolicyForm:
    """A policy in a form. `currencies`: those that payments come in."""
    known = {
        *currencies,
        *policy.costs,
        *policy.four_eyes,
        *policy.auto_refund_warning_below,
        *policy.explore_below,
    }
    form = PolicyForm({}, sorted(known), sorted(policy.limits, key=_limit_order))
    values = form.values
    for name in (*CHOICES, *WHOLE_WORDS):
        values[name] = str(getattr(policy, name))
    values["release_when_shifted"] = "yes" if policy.release_when_shifted else ""
    values["explore_share"] = _percent(round(policy.explore_share * 10_000))
    for currency in form.currencies:
        values |= _of_currency(policy, currency)
    for name in form.limits:
        values[f"limits.{name}"] = "" if policy.limits[name] is None else str(policy.limits[name])
    return form


def usual(currency: str) -> dict[str, str]:
    """What holds where nothing is typed, for the fields of a currency."""
    return _of_costs(costing.usual(currency), currency)


def limit_words(name: str) -> tuple[str, str]:
    """A limit in words, and what happens above it."""
    whose, what, window = name.split("_")
    words = {
        "cards": "different cards", "failing": "different cards that failed", "hard": "declines for good",
        "tries": "attempts",
    }  # fmt: skip
    spans = {
        "10m": "10 minutes",
        "1h": "1 hour",
        "24h": "24 hours",
        "7d": "7 days",
        "30d": "30 days",
    }
    who = {"ip": "IP address", "email": "e-mail address", "device": "browser"}.get(whose, whose)
    return f"{words[what].capitalize()} per {who} in {spans[window]}", above(name)


def more_limits(form: PolicyForm) -> list[tuple[str, str]]:
    """Limits that could be added."""
    rest = sorted(LIMITABLE - set(form.limits), key=_limit_order)
    return [(name, limit_words(name)[0]) for name in rest]


def typed(sent: Mapping[str, str], base: Policy) -> tuple[PolicyForm, Policy | None]:
    """What was typed, and the policy it makes; None with errors. What the form does not have stays as in `base`."""
    form = _carried(sent)
    settings: dict[str, Any] = {"under_attack_until_ms": base.under_attack_until_ms}
    for name in CHOICES:
        settings[name] = form.values[name]
    for name in WHOLE_WORDS:
        _put(settings, form, name, _whole, name)
    settings["release_when_shifted"] = form.values["release_when_shifted"] == "yes"
    _put(settings, form, "explore_share", _bps, "explore_share")
    if isinstance(settings.get("explore_share"), int):
        settings["explore_share"] = settings["explore_share"] / 10_000
    _read_currencies(form, settings)
    limits: dict[str, Any] = {}
    for name in form.limits:
        text = form.values[f"limits.{name}"]
        if text:
            _put(limits, form, f"limits.{name}", _whole, name)
        else:
            limits[name] = None
    settings["limits"] = limits
    if form.errors:
        return form, None
    try:
        return form, Policy.from_json(settings)
    except BadPolicy as bad:
        form.wrong(bad.field, bad.message)
        return form, None


def _carried(sent: Mapping[str, str]) -> PolicyForm:
    """The fields as they came; nothing else that came is looked at."""
    currencies = [
        one for one in dict.fromkeys(sent.get("currencies", "")[:800].split()) if one in EXPONENTS
    ]
    new = sent.get("new_currency", "").strip().upper()
    if new in EXPONENTS and new not in currencies:
        currencies.append(new)
    limits = [
        name
        for name in dict.fromkeys(sent.get("limit_names", "")[:4_000].split())
        if name in LIMITABLE
    ]
    if sent.get("new_limit") in LIMITABLE - set(limits):
        limits.append(sent["new_limit"])
    names = [*CHOICES, *WHOLE_WORDS, "release_when_shifted", "explore_share"]
    names += [f"limits.{name}" for name in limits]
    for currency in currencies:
        names += [f"costs.{currency}.{name}" for name in COST_WORDS]
        names += [f"{name}.{currency}" for name in AMOUNT_WORDS]
    form = PolicyForm(
        {name: sent.get(name, "").strip()[:_LONGEST_INPUT] for name in names}, currencies, limits
    )
    if new and new not in EXPONENTS:
        form.errors[""] = "A currency has three letters (ISO 4217): EUR."
    return form


def _read_currencies(form: PolicyForm, settings: dict[str, Any]) -> None:
    costs: dict[str, dict[str, int]] = {}
    for currency in form.currencies:
        for name in COST_WORDS:
            at = f"costs.{currency}.{name}"
            if form.values[at]:
                read = _minor(currency) if name in MONEYS else _bps
                _put(costs.setdefault(currency, {}), form, at, read, name)
        for name in AMOUNT_WORDS:
            if form.values[f"{name}.{currency}"]:
                of = settings.setdefault(name, {})
                _put(of, form, f"{name}.{currency}", _minor(currency), currency)
    settings["costs"] = costs


def _put(
    into: dict[str, Any], form: PolicyForm, at: str, read: Callable[[str], int], name: str
) -> None:
    try:
        into[name] = read(form.values[at])
    except ValueError as bad:
        form.wrong(at, str(bad))


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError("Enter a whole number.")
    return int(text)


def _minor(currency: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = EXPONENTS[currency]
        example = Money(1250, currency).decimal()
        wrong = ValueError(
            f"Enter an amount in {currency}, with {digits or 'no'} decimals at most: {example}."
        )
        try:
            _decimal(text)
            found = Money.parse(text, currency).minor
        except (ValueError, InvalidOperation):
            raise wrong from None
        if not 0 <= found <= MAX_MINOR:
            raise wrong
        return found

    return read


def _bps(text: str) -> int:
    """Hundredths of a percent, typed as a percentage."""
    wrong = ValueError("Enter a percentage from 0 to 100, with two decimals at most: 12.5.")
    try:
        scaled = _decimal(text) * 100
    except ValueError:
        raise wrong from None
    if scaled != scaled.to_integral_value() or not 0 <= scaled <= 10_000:
        raise wrong
    return int(scaled)


def _decimal(text: str) -> Decimal:
    """Digits and a point, as people type them; no exponents, no words."""
    if not (text.isascii() and len(text) <= 20 and text.replace(".", "", 1).isdigit()):
        raise ValueError(text)
    return Decimal(text)


def _of_currency(policy: Policy, currency: str) -> dict[str, str]:
    own = policy.costs.get(currency)
    blank = {f"costs.{currency}.{name}": "" for name in COST_WORDS}
    found = _of_costs(own, currency) if own else blank
    for name in AMOUNT_WORDS:
        minor = getattr(policy, name).get(currency)
        found[f"{name}.{currency}"] = "" if minor is None else Money(minor, currency).decimal()
    return found


def _of_costs(costs: CostsIn, currency: str) -> dict[str, str]:
    return {
        f"costs.{currency}.{name}": Money(getattr(costs, name), currency).decimal()
        if name in MONEYS
        else _percent(getattr(costs, name))
        for name in COST_WORDS
    }


def _percent(bps: int) -> str:
    return f"{(Decimal(bps) / 100).normalize():f}"


def _limit_order(name: str) -> tuple[int, str]:
    order = ("session", "card", "email", "device", "ip", "link", "merchant")
    return order.index(name.partition("_")[0]), name
