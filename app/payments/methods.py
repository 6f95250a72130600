"""Which ways to pay may be offered: what the configured providers take, in this currency, country and amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import providers
from app.errors import AppError, MethodNotAvailable
from app.payments.bounds import check_amount
from app.providers.base import MethodRule, Provider
from models.money import Money

# What these hand over is a card to the provider; to us they are ways to pay of their own.
WALLETS = frozenset({"apple_pay", "google_pay"})


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay, by the provider that offers it. `flow` and `saves` as in `MethodRule`."""

    provider: str
    method: str
    flow: str
    saves: bool


def offered(
    amount: Money, country: str, wanted: Sequence[str] = (), *, capture: str = "automatic"
) -> tuple[Offer, ...]:
    """Every way to pay this amount to a merchant of this country, each by the first provider that offers it.

    `wanted`: only these; empty: all. `capture` manual: only those whose money can be held.
    """
    found: dict[str, Offer] = {}
    for name, provider in providers.configured().items():
        if not _takes(name, amount):
            continue
        for rule in provider.can.methods:
            if (not wanted or rule.name in wanted) and _why_not(
                rule, amount, country, capture
            ) is None:
                found.setdefault(rule.name, Offer(name, rule.name, rule.flow, rule.saves))
    return tuple(found.values())


def at(offers: Iterable[Offer], provider: str) -> tuple[str, ...]:
    """The methods of one provider among the offers."""
    return tuple(offer.method for offer in offers if offer.provider == provider)


def saves(method: str, provider: str) -> bool:
    """Whether a method can be kept at this provider, and charged again later."""
    return any(rule.saves for _name, rule in _rules({provider: providers.get(provider)}, method))


def check(
    method: str, amount: Money, country: str, *, provider: str = "", capture: str = "automatic"
) -> None:
    """Refuse a method that cannot be used for this amount (at this provider). Raises MethodNotAvailable."""
    asked = {provider: providers.get(provider)} if provider else providers.configured()
    reasons = [
        _why_not(rule, amount, country, capture)
        if _takes(name, amount)
        else f"{name} does not take {amount}."
        for name, rule in _rules(asked, method)
    ]
    if None in reasons:
        return
    told = [reason for reason in reasons if reason]
    message = told[0] if told else f"No configured provider offers {method}."
    possible = sorted(offer.method for offer in offered(amount, country, capture=capture))
    raise MethodNotAvailable(message, field="payment_methods", method=method, available=possible)


def check_wanted(wanted: Sequence[str], amount: Money, country: str, capture: str) -> None:
    """Refuse a list of methods of which one cannot be used. Raises MethodNotAvailable."""
    for method in wanted:
        check(method, amount, country, capture=capture)


def check_any(amount: Money, country: str, wanted: Sequence[str], capture: str) -> None:
    """Refuse what could be paid in no way at all: its page would be empty. Raises MethodNotAvailable."""
    if offered(amount, country, wanted, capture=capture):
        return
    possible = sorted(offer.method for offer in offered(amount, country, capture=capture))
    raise MethodNotAvailable(
        f"Nothing that is configured here takes {amount} for a merchant in {country}.",
        field="payment_methods",
        available=possible,
    )


def _rules(asked: dict[str, Provider], method: str) -> list[tuple[str, MethodRule]]:
    return [
        (name, rule)
        for name, provider in asked.items()
        for rule in provider.can.methods
        if rule.name == method
    ]


def _takes(provider: str, amount: Money) -> bool:
    try:
        check_amount(amount, provider)
    except AppError:
        return False
    return True


def _why_not(rule: MethodRule, amount: Money, country: str, capture: str) -> str | None:
    """Why the method cannot be used, as a sentence; None when it can."""
    currency = amount.currency
    if rule.currencies is not None and currency not in rule.currencies:
        return (
            f"{rule.name} is paid in {', '.join(sorted(rule.currencies))} only, not in {currency}."
        )
    if rule.countries is not None and country not in rule.countries:
        return f"{rule.name} is not for merchants in {country}."
    if capture == "manual" and not rule.holds:
        return f"{rule.name} takes the money at once: it cannot be captured later."
    least, most = rule.minimum.get(currency, 0), rule.maximum.get(currency)
    if amount.minor < least:
        return f"{rule.name} takes at least {Money(least, currency)}."
    if most is not None and amount.minor > most:
        return f"{rule.name} takes at most {Money(most, currency)}."
    return None
