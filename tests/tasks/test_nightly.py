"""The night's work: begun once an hour until it is done, cut short anywhere, and a model is proposed, never promoted."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.screening import force, nightly, registry
from models import Assessment, Label, Period, RiskModel, clock, db
from models.ids import new_id
from risk.training.simulator import simulate
from tasks import nightly as task
from tests.app.providers.world import KEYS
from tests.till import Till

DAY_MS = 86_400_000
# Everything costs the same, so that who catches more frauds catches more money.
PRICE = {"amount_minor": 2000, "currency": "EUR"}


@pytest.fixture(autouse=True)
def _forgotten(till: Till):
    task._child, task._looked_at = None, ""
    yield
    task.stop()
    task._child, task._looked_at = None, ""


def at(hour: int, days: int = 1) -> None:
    """Let it be so late (UTC), some days from now."""
    now = datetime.now(UTC)
    then = (now + timedelta(days=days)).replace(hour=hour, minute=10, second=0)
    clock.set_offset(then - now)


@pytest.fixture
def command(monkeypatch, tmp_path):
    """What is run instead of hours of training, and how often it was."""
    file = tmp_path / "runs"
    script = f"open({str(file)!r}, 'a').write('x')"
    monkeypatch.setattr(task, "COMMAND", (sys.executable, "-c", script))

    def runs() -> int:
        if task._child is not None:
            task._child.wait(120)
        return len(file.read_text()) if file.exists() else 0

    return runs


def test_it_begins_at_night_once_an_hour_until_it_is_done(till, command):
    at(2)
    assert not task.begin()
    at(3)
    assert task.begin()
    assert command() == 1
    assert not task.begin()
    task._looked_at = ""
    assert not task.begin(), "another clock has this hour"
    at(4)
    assert task.begin(), "nobody has said that the night is done"
    assert command() == 2
    with db.transaction():
        db.insert(Period(id=new_id("per"), job=nightly.JOB, period=clock.now().date().isoformat()))
    at(5)
    assert not task.begin()
    at(6)
    assert not task.begin()
    at(3, days=2)
    assert task.begin()
    assert command() == 3


def test_while_it_runs_it_is_not_begun_again_and_it_ends_with_the_clock(till, monkeypatch):
    script = "import time; time.sleep(600)"
    monkeypatch.setattr(task, "COMMAND", (sys.executable, "-c", script))
    at(3)
    assert task.begin()
    assert task.is_running()
    at(4)
    assert not task.begin()
    task.stop()
    assert not task.is_running()


def test_the_command_that_the_clock_starts_does_the_night_in_a_process_of_its_own(
    till, monkeypatch
):
    named = {
        **KEYS,
        "secret_key": "x" * 32,
        "stripe_api_url": f"{till.world.url}/stripe",
        "paypal_api_url": f"{till.world.url}/paypal",
        "sandbox_url": till.world.url,
        "db_uri": till.config.db_uri,
        "redis_url": "",
    }
    for name, value in named.items():
        monkeypatch.setenv(name.upper(), value)
    at(3)
    assert task.begin()
    assert task._child is not None
    assert task._child.wait(240) == 0
    db.release()
    assert _done()


def remember(till: Till) -> None:
    """Half a year of decisions with what became of them, a third of it fraud."""
    now_ms = int(clock.now().timestamp() * 1000)
    events = list(simulate(5, 12, per_day=150))
    fraud = [event for event in events if event.is_fraud]
    good = [event for event in events if not event.is_fraud]
    picked = [*(fraud * (240 // len(fraud) + 1))[:240], *good[:480]]
    picked.sort(key=lambda event: event.facts.amount_minor)  # fraud and good, mixed
    start, step = now_ms - 200 * DAY_MS, 165 * DAY_MS // len(picked)
    with db.transaction():
        for number, event in enumerate(picked):
            at_ms = start + (number * 7919 % len(picked)) * step
            happened = datetime.fromtimestamp(at_ms / 1000, UTC)
            told = {"at_ms": at_ms, "merchant_id": till.merchant.id, **PRICE}
            facts = {**event.facts.to_json(), **told}
            attempt_id = f"att_{number:05d}"
            whose = {
                "attempt_id": attempt_id,
                "payment_id": f"pay_{number:05d}",
                "merchant_id": till.merchant.id,
            }
            db.insert(
                Assessment(
                    id=new_id("asm"), **whose, moment="before", **PRICE, outcome="allow", spoke="model",
                    facts=facts, created_at=happened,
                ),
                Label(
                    id=new_id("lab"), **whose, source="dispute" if event.is_fraud else "analyst",
                    is_fraud=event.is_fraud, weight=1.0, happened_at=happened,
                    known_at=happened + timedelta(days=10),
                ),
            )  # fmt: skip


def test_a_night_trains_compares_and_proposes_and_again_it_is_the_same_night(
    till, caplog, monkeypatch
):
    remember(till)
    said: list[str] = []
    compare = nightly._compare

    def dies(_say):
        raise ConnectionError

    monkeypatch.setattr(nightly, "_compare", dies)
    with pytest.raises(ConnectionError):
        nightly.run(said.append)
    assert not _done(), "the night was cut short"
    monkeypatch.setattr(nightly, "_compare", compare)
    with caplog.at_level(logging.WARNING, logger="till.alert"):
        told = nightly.run(said.append)
    assert told.model_id is None, "this night's model was registered before the night was cut short"
    [model] = registry.models()
    assert (model.state, model.author) == ("shadow", "nightly")
    assert told.proposed, said[-1]
    assert model.metrics["proposal"]["promote"] is True
    assert model.metrics["comparison"]["champion_id"] == force.SHIPPED
    assert model.metrics["comparison"]["challenger"]["frauds"] >= 20
    assert "alert=risk.model_proposed" in caplog.text
    assert registry.champion_id() == force.SHIPPED, "a person promotes"
    assert _done()
    assert registry.promote(model.id, by="usr_1") == force.SHIPPED


def _done() -> bool:
    found = select(func.count()).select_from(Period).where(Period.job == nightly.JOB)
    return bool(db.session().scalar(found))


def test_a_night_without_anything_to_learn_from_is_done_too(till):
    said: list[str] = []
    told = nightly.run(said.append)
    assert (told.model_id, told.proposed) == (None, False)
    assert any("No model was trained" in line for line in said)
    assert _done()
    assert db.session().scalars(select(RiskModel.id)).all() == []
