"""Which amounts a provider takes: refused here, before it would refuse them."""

from __future__ import annotations

from app import providers
from app.errors import AmountInvalid, AmountTooLarge, AmountTooSmall, CurrencyNotSupported
from models.money import Money, exponent


def check_amount(amount: Money, provider: str) -> None:
    """Refuse what the provider would refuse.

    Raises CurrencyNotSupported, AmountInvalid, AmountTooSmall, AmountTooLarge.
    """
    can = providers.get(provider).can
    if amount.currency not in can.currencies:
        raise CurrencyNotSupported(f"{provider} does not take {amount.currency}.", field="currency")
    least = can.minimum.get(amount.currency, 1)
    if amount.minor < least:
        raise AmountTooSmall(
            f"At least {Money(least, amount.currency)}.", field="amount", minimum=least
        )
    check_step(amount, provider)
    ours = exponent(amount.currency)
    more = 10 ** max(
        0, can.exponents.get(amount.currency, ours) - ours
    )  # 500 ISK are 50000 at Stripe
    most = (10 ** can.digits(amount.currency) - 1) // more
    if amount.minor > most:
        raise AmountTooLarge(
            f"At most {Money(most, amount.currency)}.", field="amount", maximum=most
        )


def check_step(amount: Money, provider: str) -> None:
    """Refuse decimals that the provider does not know; it would refuse a capture or refund. Raises AmountInvalid."""
    can = providers.get(provider).can
    step = 10 ** max(0, exponent(amount.currency) - can.exponents.get(amount.currency, 9))
    if amount.minor % step:
        raise AmountInvalid(
            f"{provider} takes {amount.currency} only in steps of {Money(step, amount.currency)}.",
            field="amount",
            step=step,
        )
