"""The operator's commands for the audit trail: `flask --app wsgi audit head | verify [--head NUMBER:DIGEST]`."""

from __future__ import annotations

import sys
from itertools import chain

import click

from app import seals


@click.group("audit")
def group() -> None:
    """Who did what: verify that nobody has changed what was written down."""


@group.command("head")
def head() -> None:
    """Print the last seal as NUMBER:DIGEST. Kept elsewhere, it shows if the trail is cut off after it."""
    click.echo(seals.head())


@group.command("verify")
@click.option("--head", "told", multiple=True, help="A head that was kept; may be given often.")
def verify(*, told: tuple[str, ...]) -> None:
    """Check every seal and every row under it. The status is 1 when something does not fit."""
    try:
        heads = [seals.Head.parse(one) for one in told]
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--head") from None
    found = False
    for sentence in chain(seals.verify(), *map(seals.written_down, heads), seals.late()):
        found = True
        click.echo(sentence)
    if not found:
        click.echo(f"The audit trail is whole. Head: {seals.head()}")
    sys.exit(found)
