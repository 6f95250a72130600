"""Pages of the documentation that are made from the tables in the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from app import config
from app.api import error_list
from app.providers import paypal_cards, paypal_words, razorpay_words, stripe_money
from app.providers.base import Capabilities, MethodRule
from models.lifecycle import ATTEMPT, CAPTURE, DERIVED, DISPUTE, REFUND, VOID, Machine
from models.money import Money

Text = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Page:
    """A generated page: where it stands, and what makes it."""

    path: str
    text: Text


def states() -> str:
    """docs/states.md: the state machines, as pictures and as tables."""
    parts = [
        "# States\n",
        "Made by `flask --app wsgi states` from `models/lifecycle.py`.\n",
        "## An attempt\n\nOne try at a provider. It only moves forward; another try is another attempt.\n",
        _machine(ATTEMPT),
    ]
    for machine, sentence in (
        (CAPTURE, "Taking authorized money."),
        (VOID, "Releasing authorized money."),
        (REFUND, "Giving money back. A bank can return a refund that had succeeded."),
        (DISPUTE, "The shopper's bank takes the money back; `open` has already cost it."),
    ):
        parts += [f"## A {machine.name}\n\n{sentence}\n", _machine(machine)]
    rows = [
        f"| `{payment}` | `{order}` | `{session}` |"
        for payment, (order, session) in DERIVED.items()
    ]
    parts += [
        "## A payment, its order and its checkout session\n\n"
        "A payment's status is derived from its last attempt, its sums and how it was closed "
        "(`payment_status`); the others follow from it.\n",
        "\n".join(["| payment | order | session |", "|---|---|---|", *rows]) + "\n",
    ]
    return "\n".join(parts)


def _machine(machine: Machine) -> str:
    steps = machine.steps.items()
    rows = [f"| `{a}` | {verb} | `{b}` | `{event}` |" for (a, verb), (b, event) in steps]
    table = "\n".join(
        ["| when | told to | it becomes | and the world hears |", "|---|---|---|---|", *rows]
    )
    return f"```mermaid\n{machine.mermaid()}\n```\n\n{table}\n"


def settings() -> str:
    """docs/settings.md: every setting."""
    return (
        "# Settings\n\nMade by `flask --app wsgi settings` from `app/settings.py`. Read from the environment\n"
        "once, at the start. A secret can also be given as a file: the setting's name with `_FILE` added\n"
        "holds its path.\n\n"
        f"{config.markdown()}\n"
    )


def methods() -> str:
    """docs/methods.md: what each provider offers."""
    card_fields = replace(paypal_words.CAN, methods=(*paypal_words.CAN.methods, paypal_cards.RULE))
    providers = {
        "Stripe": stripe_money.CAPABILITIES,
        "PayPal": card_fields,
        "Razorpay": razorpay_words.CAN,
    }
    parts = [
        "# Ways to pay\n",
        "Made by `flask --app wsgi methods` from the tables of the providers. A way that no configured provider offers "
        "for\nan order's currency, amount and merchant is not on the page, and the API refuses it with "
        "`method_not_available`. Of two that\noffer the same, Razorpay comes before Stripe, and Stripe before PayPal. "
        "PayPal's `card` needs `PAYPAL_CARD_FIELDS`.\n",
    ]
    for name, can in providers.items():
        rows = [_method(rule, can) for rule in can.methods]
        parts += [
            f"## {name}\n",
            "\n".join([
                "| way | currencies | merchants in | at least | at most | answers | held | kept |",
                "|---|---|---|---|---|---|---|---|", *rows,
            ]) + "\n",
            f"{len(can.currencies)} in all: {', '.join(sorted(can.currencies))}.\n",
            _decimals(can),
        ]  # fmt: skip
    return "\n".join(filter(None, parts))


def _method(rule: MethodRule, can: Capabilities) -> str:
    cells = [
        f"`{rule.name}`",
        _names(rule.currencies, can.currencies),
        _names(rule.countries, None),
        "<br>".join(str(Money(n, c)) for c, n in sorted(rule.minimum.items())),
        "<br>".join(str(Money(n, c)) for c, n in sorted(rule.maximum.items())),
        {"instant": "at once", "redirect": "on another page", "delayed": "later"}[rule.flow],
        "yes" if rule.holds else "no",
        "yes" if rule.saves else "no",
    ]
    return f"| {' | '.join(cells)} |"


def _names(codes: frozenset[str] | None, every: frozenset[str] | None) -> str:
    return "all" if codes is None or codes == every else " ".join(sorted(codes))


def _decimals(can: Capabilities) -> str:
    """What is special of a provider's amounts."""
    told = [f"{code} with {digits}" for code, digits in sorted(can.exponents.items())]
    least = [str(Money(n, code)) for code, n in sorted(can.minimum.items()) if n > 1]
    decimals = f"Decimals other than ISO 4217's: {', '.join(told)}.\n" if told else ""
    longer = "".join(f", {code} {digits}" for code, digits in sorted(can.longer.items()))
    most = f"At most {can.maximum_digits} digits{longer}, in the provider's own smallest unit.\n"
    return f"{decimals}{most}At least, whatever the way: {', '.join(least)}.\n"


GENERATED = {
    "methods": Page("docs/methods.md", methods),
    "states": Page("docs/states.md", states),
    "errors": Page("docs/errors.md", error_list.markdown),
    "settings": Page("docs/settings.md", settings),
}
