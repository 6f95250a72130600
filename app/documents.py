"""Pages of the documentation that are made from the tables in the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app import config
from app.api import error_list
from models.lifecycle import ATTEMPT, CAPTURE, DERIVED, DISPUTE, REFUND, VOID, Machine

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


GENERATED = {
    "states": Page("docs/states.md", states),
    "errors": Page("docs/errors.md", error_list.markdown),
    "settings": Page("docs/settings.md", settings),
}
