"""The operator's commands for risk: `flask --app wsgi risk train | import | models | promote | rollback | …`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from app import cli_progress, events
from app.config import Config
from app.errors import AppError
from app.screening import (
    compare,
    demo,
    force,
    imports,
    nightly,
    registry,
    status,
    training,
    training_rows,
)
from models import Merchant, clock, db
from risk.importing import BadFile, Imported, Summary, run

_BY = "operator"
_DAYS_FIRST = click.Choice(["day-first", "month-first"])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("risk")
def risk() -> None:
    """Train, compare, promote and look after risk models; import a history."""


def register(cli: click.Group, config: Config) -> None:
    """Add the commands to `flask`."""
    cli.add_command(risk)
    risk.commands.pop("demo", None)
    if config.is_sandbox:  # elsewhere, what is no payment would be learnt from
        risk.add_command(fill_demo)


@contextmanager
def _refusing() -> Iterator[None]:
    """What is refused ends the command with its sentence."""
    try:
        with events.acting(_BY):
            yield
    except (AppError, BadFile, training.NotTrained) as refusal:
        sys.exit(str(refusal))


@risk.command("train")
@click.argument("files", nargs=-1, type=_FILE)
@click.option(
    "--from",
    "origin",
    type=click.Choice(training.ORIGINS),
    default="journal",
    help="What to learn from; `import` reads FILES and the journal.",
)
@click.option("--merchant", "merchant_id", help="Whose history FILES are.")
@click.option("--dates", "order", type=_DAYS_FIRST, help="As with `import`.")
@click.option("--zone", help="As with `import`.")
@click.option("--days", type=click.IntRange(1, 3650), help="How far back, or how many to simulate.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--name", help="What to call the model.")
def train(
    files: tuple[Path, ...],
    *,
    origin: str,
    merchant_id: str | None,
    order: str | None,
    zone: str | None,
    days: int | None,
    seed: int,
    name: str | None,
) -> None:
    """Train a model, register it into shadow, and compare it with the champion. The same rows give the same files."""
    if (origin == "import") != bool(files):
        raise click.UsageError("Files go with --from import, and --from import needs some.")
    dated: dict[str, Any] = {"order": order, "zone": cli_progress.zone(zone)}
    summary = Summary()
    with _refusing():
        found = _read(files, merchant_id, summary, **dated) if files else iter(())
        wanted = training.Wanted(
            origin=origin,
            name=name or f"{origin} {clock.now().date()}",
            days=days,
            seed=seed,
            imported=imports.training_rows(found),
        )
        with cli_progress.bars() as report:
            model_id, made = training.train_and_register(wanted, report, author=_BY)
        assert model_id is not None
        click.echo(f"model_id: {model_id}\nsha256: {made.sha256}\n")
        _tell_training(made.metrics)
        for line in summary.told() if files else ():
            click.echo(line)
        again = _read(files, merchant_id, Summary(), **dated) if files else iter(())
        also = imports.training_rows(again, quiet_after=training_rows.PROVISIONAL)
        try:
            _tell_comparison(compare.compare_with_champion(model_id, also=also))
        except registry.ModelRefused as refusal:
            click.echo(f"Not compared. {refusal}")


def _read(
    files: tuple[Path, ...], merchant_id: str | None, summary: Summary, **more: Any
) -> Iterator[Imported]:
    if merchant_id is None or db.session().get(Merchant, merchant_id) is None:
        raise click.UsageError("Say which merchant the history is of: there is none of that id.")
    return run(files, merchant_id=merchant_id, world=imports.WORLD, summary=summary, **more)


@risk.command("import")
@click.argument("merchant_id")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option(
    "--dates", "order", type=_DAYS_FIRST, help="Whether 3/4/2026 is in April or in March."
)
@click.option("--zone", help="Time zone of dates that name none, such as Europe/Berlin.")
def bring_in(
    merchant_id: str, files: tuple[Path, ...], *, order: str | None, zone: str | None
) -> None:
    """Take in a merchant's own past from the providers' exports (docs/risk-import.md). Twice is once."""
    summary = Summary()
    dated = {"order": order, "zone": cli_progress.zone(zone)}
    with _refusing():
        found = _read(files, merchant_id, summary, say=click.echo, **dated)
        kept = imports.keep(found)
        for line in summary.told():
            click.echo(line)
        click.echo(f"New: {kept.sightings:,} lines of history, {kept.labels:,} labels.")
        told = (f"--dates {order}" if order else "", f"--zone {zone}" if zone else "")
        names = " ".join([*filter(None, told), *map(str, files)])
        click.echo(
            f"To learn from it: flask --app wsgi risk train --from import --merchant {merchant_id} {names}"
        )


@risk.command("models")
def models() -> None:
    """List the models, newest first."""
    rows = [("id", "state", "made", "by", "name", "proposal")]
    for model in registry.models():
        words = model.metrics.get("proposal", {}).get("words", "")
        made = model.created_at.date().isoformat()
        rows.append((model.id, model.state, made, model.author, model.name, words))
    click.echo(cli_progress.table(rows))
    if registry.champion_id() == force.SHIPPED:
        click.echo("The model that comes with Till decides.")


@risk.command("card")
@click.argument("model_id")
def card(model_id: str) -> None:
    """Print a model's card (Markdown)."""
    with _refusing():
        click.echo(registry.one(model_id).card)


@risk.command("compare")
@click.argument("model_id")
def compare_models(model_id: str) -> None:
    """Compare a model with the champion over attempts that neither was trained on."""
    with _refusing():
        _tell_comparison(compare.compare_with_champion(model_id))


def _acting(name: str, help_text: str, act: Callable[[str], str]) -> None:
    @risk.command(name, help=help_text)
    @click.argument("model_id")
    def command(model_id: str) -> None:
        with _refusing():
            click.echo(act(model_id))


def _promote(model_id: str) -> str:
    before = registry.promote(model_id, by=_BY)
    return f"{model_id} decides from now on, instead of {before}. To go back: flask --app wsgi risk rollback"


def _retire(model_id: str) -> str:
    registry.retire(model_id, by=_BY)
    return f"{model_id} runs along no more."


_acting("promote", "Let a model decide, once its two forms are proved to be equal.", _promote)
_acting("retire", "Let a shadow run along no more.", _retire)


@risk.command("rollback")
def rollback() -> None:
    """Let the champion before this one decide again, or the model that comes with Till."""
    with _refusing():
        click.echo(f"{registry.rollback(by=_BY)} decides from now on.")


@risk.command("nightly")
def night() -> None:
    """Gather labels, train, compare and propose. The clock runs it at night; it may be run at any time."""
    os.nice(10)  # payments come first
    with _refusing():
        told = nightly.run(click.echo)
        click.echo(
            "A model is proposed: flask --app wsgi risk models"
            if told.proposed
            else "Nothing to propose."
        )


@risk.command("status")
def show_status() -> None:
    """How screening fares: which model decides, what the last minutes brought, what is broken."""
    champion_id, model, failure = force.champion()
    click.echo(f"Champion: {champion_id} ({model.name if model else failure})")
    rows = [("outcome", "spoke", "failure", "payments"), *(
        (one.outcome, one.spoke, one.failure or "", str(one.count)) for one in status.recent()
    )]  # fmt: skip
    click.echo(cli_progress.table(rows) if len(rows) > 1 else "No payments in the last minutes.")
    click.echo(f"Cases that wait for a person: {status.open_reviews()}")
    broken = status.failing() or ([status.MEANS[failure]] if failure else [])
    click.echo("\n".join(broken or ["All is well."]))
    sys.exit(bool(broken))


@risk.command("benchmark")
@click.option(
    "--data", required=True, type=click.Path(exists=True, path_type=Path), help="A file or folder."
)
@click.option("--train-until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of training.")
@click.option(
    "--test-from", type=click.DateTime(["%Y-%m-%d"]), help="Score only the days from here on."
)
@click.option("--test-days", type=click.IntRange(1, 365), default=7, show_default=True)
def benchmark(
    *, data: Path, train_until: datetime | None, test_from: datetime | None, test_days: int
) -> None:
    """Reproduce the handbook's published table, and print ours beside it (docs/risk-benchmark.md)."""
    from risk.benchmark.report import run as measure
    from risk.benchmark.table import BadData

    try:
        measure(
            data,
            train_until=_day(train_until),
            test_from=_day(test_from),
            test_days=test_days,
            say=click.echo,
        )
    except BadData as error:
        sys.exit(str(error))


def _day(moment: datetime | None) -> date | None:
    return moment.replace(tzinfo=UTC).date() if moment else None


def _tell_training(metrics: dict[str, Any]) -> None:
    rows, backtest = metrics["rows"], metrics["backtest"]
    click.echo(f"Learnt from {rows['used']:,} looks at attempts, {rows['frauds']:,} of them fraud.")
    if "why_not" in backtest:
        click.echo(f"No backtest: {backtest['why_not']}")
    else:
        click.echo(cli_progress.table(compare.figures({"backtest": backtest})))
    click.echo("")


def _tell_comparison(found: dict[str, Any]) -> None:
    sides = {"champion": found["champion"], "challenger": found["challenger"]}
    click.echo(cli_progress.table(compare.figures(sides)))
    click.echo(compare.proposal(found)["words"])


@click.command("demo")
@click.argument("merchant_id")
@click.option("--days", type=click.IntRange(1, 400), default=60, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def fill_demo(merchant_id: str, *, days: int, seed: int) -> None:
    """Fill the journal with simulated decisions, so that the console has something to show. In the sandbox only."""
    if db.session().get(Merchant, merchant_id) is None:
        sys.exit("There is no merchant of that id.")
    db.release()
    length = days * demo.PER_DAY
    with _refusing(), click.progressbar(length=length, label="Simulating", file=sys.stderr) as bar:
        written = demo.fill(merchant_id, days=days, seed=seed, say=bar.update)
    click.echo(f"{written:,} simulated decisions are in the journal.")
