"""The operator's commands for risk, run as a person at a terminal would run them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import click
import pytest
from flask.testing import FlaskCliRunner

from app import cli_risk, create_app
from app.screening import force, registry
from models import Assessment, Label, clock, db
from tests.app.screening.conftest import Make, make, trees
from tests.risk.importing.world import SAMPLES

__all__ = ["make", "trees"]  # fixtures


@pytest.fixture
def run(till) -> Iterator[FlaskCliRunner]:
    """The commands on the test's own engine, which `till` disposes of."""
    root = logging.getLogger()
    before, level, engine = root.handlers[:], root.level, db.engine()
    app = create_app(till.config)
    db.engine().dispose()
    db._maker.configure(bind=engine)
    force._flat.cache_clear()
    yield app.test_cli_runner()
    root.handlers[:] = before
    root.setLevel(level)


def said(run: FlaskCliRunner, *args: str, ok: bool = True) -> str:
    answer = run.invoke(args=["risk", *args])
    assert (answer.exit_code == 0) is ok, answer.output
    return answer.output


@pytest.fixture
def model_id(run, make: Make) -> str:
    return str(registry.register(make(), author="usr_1", origin="journal"))


def test_a_model_is_looked_at_promoted_and_rolled_back(run, model_id):
    assert "The model that comes with Till decides." in said(run, "models")
    assert "# small" in said(run, "card", model_id)
    assert "instead of first" in said(run, "promote", model_id)
    listed = said(run, "models")
    assert "champion" in listed
    assert "comes with Till" not in listed
    assert "first decides" in said(run, "rollback")
    assert "shipped model decides" in said(run, "rollback", ok=False)


def test_what_is_refused_ends_in_a_sentence(run, model_id):
    for command in ("promote", "retire", "compare", "card"):
        answer = said(run, command, "mdl_nobody", ok=False)
        assert "Traceback" not in answer
    assert "runs along no more" in said(run, "retire", model_id)
    assert "is no shadow" in said(run, "retire", model_id, ok=False)


def test_a_comparison_over_nothing_says_so(run, model_id):
    told = said(run, "compare", model_id)
    assert "average precision" in told
    assert "Too little is known to compare: 0 frauds" in told


def test_training_on_too_little_says_what_is_missing(run):
    assert "no labelled attempt" in said(run, "train", ok=False)
    assert "some" in said(run, "train", "--from", "import", ok=False)
    assert "go with" in said(run, "train", str(SAMPLES / "own.csv"), ok=False)
    assert registry.models() == []


def test_an_import_tells_what_it_took_and_how_to_go_on(run, till):
    files = [str(SAMPLES / name) for name in ("stripe-payments.csv", "stripe-disputes.csv")]
    told = said(run, "import", till.merchant.id, *files)
    assert "Stripe" in told
    assert "labels." in told
    assert f"--merchant {till.merchant.id}" in told
    found = db.session().query(Label).count()
    assert found > 0
    db.release()
    assert "New: 0 lines of history, 0 labels." in said(run, "import", till.merchant.id, *files)


def test_an_import_needs_a_merchant_a_zone_and_a_file_that_it_knows(run, till, tmp_path):
    file = str(SAMPLES / "own.csv")
    assert "merchant" in said(run, "import", "mer_nobody", file, ok=False)
    assert "time zone" in said(run, "import", till.merchant.id, file, "--zone", "Mars", ok=False)
    (tmp_path / "no.csv").write_text("a,b\n1,2\n")
    told = said(run, "import", till.merchant.id, str(tmp_path / "no.csv"), ok=False)
    assert "no.csv" in told
    assert "Traceback" not in told


def test_status_tells_who_decides_and_what_is_broken(run, till, monkeypatch):
    till.pay()
    told = said(run, "status")
    assert "All is well." in told
    assert "allow" in told
    monkeypatch.setattr(force, "champion", lambda: ("mdl_1", None, "model_broken"))
    force.forget()
    till.pay()
    assert "1 of 2 payments" in said(run, "status", ok=False)


def test_a_benchmark_without_data_says_so(run, tmp_path):
    assert "Traceback" not in said(run, "benchmark", "--data", str(tmp_path), ok=False)


def test_the_demo_fills_the_journal_once_beside_the_sandbox_only(run, till):
    told = said(run, "demo", till.merchant.id, "--days", "3")
    rows = db.session().query(Assessment).all()
    assert f"{len(rows)} simulated decisions" in told
    assert len(rows) > 100
    assert all(row.created_at <= clock.now() and row.model_id == force.SHIPPED for row in rows)
    assert {row.facts["merchant_id"] for row in rows} == {till.merchant.id}
    db.release()
    assert "0 simulated decisions" in said(run, "demo", till.merchant.id, "--days", "3")
    assert "no merchant" in said(run, "demo", "mer_nobody", ok=False)
    cli_risk.register(click.Group(), replace(till.config, sandbox_url=""))
    assert "No such command" in said(run, "demo", till.merchant.id, ok=False)
    cli_risk.register(click.Group(), till.config)
