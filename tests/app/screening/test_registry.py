"""models are registered, proved, promoted and rolled back; what was tampered with is never opened."""

import os
import pickle
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.errors import NotFound
from app.screening import compare, force, registry, signing
from app.screening.registry import ModelRefused
from models import Assessment, AuditRow, RiskModel, db
from risk.training.artefact import digest
from risk.trees import BadModel, Flat


@pytest.fixture(autouse=True)
def _fresh(till):
    force._flat.cache_clear()


def state(model_id):
    return registry.one(model_id).state


def tamper(model_id, **changes):
    row = db.session().get_one(RiskModel, model_id)
    with db.transaction():
        db.update(row, **changes)
    db.session().expire_all()
    db.release()


def test_a_new_model_runs_in_shadow_and_is_asked_with_every_decision(till, make):
    model_id = registry.register(make(), author="usr_1", origin="journal")
    assert state(model_id) == "shadow"
    payment = till.pay()
    decision = (
        db.session().scalars(select(Assessment).where(Assessment.payment_id == payment.id)).first()
    )
    told = decision.shadow[model_id]
    flat = Flat.read(make().flat_text)
    assert 0 <= told["probability"] <= 1
    assert force.model(model_id).name == flat.name
    assert decision.model_id == force.SHIPPED


def test_promotion_proves_the_two_forms_equal_and_is_written_down(till, make):
    model_id = registry.register(make(), author="usr_1", origin="journal")
    assert registry.promote(model_id, by="usr_2") == force.SHIPPED
    assert registry.champion_id() == model_id
    payment = till.pay()
    decision = (
        db.session().scalars(select(Assessment).where(Assessment.payment_id == payment.id)).first()
    )
    assert (decision.model_id, decision.failure) == (model_id, None)
    audit = (
        db.session().scalars(select(AuditRow).where(AuditRow.action == "risk_model.promoted")).one()
    )
    assert (audit.actor, audit.target_id, audit.details["instead_of"]) == (
        "usr_2", model_id, force.SHIPPED,
    )  # fmt: skip
    assert audit.details["compared_rows"] > 100


def test_two_forms_that_differ_in_the_last_bit_are_not_promoted(till, make):
    artefact = make()
    other = replace(artefact, flat_text=make(intercept=1e-12).flat_text)
    model_id = registry.register(other, author="usr_1", origin="journal")
    with pytest.raises(ModelRefused, match="is not"):
        registry.promote(model_id, by="usr_1")
    assert (state(model_id), registry.champion_id()) == ("shadow", force.SHIPPED)


class Bomb:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_bomb_goes_off_when_opened(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "boom")))  # noqa: S301
    assert (tmp_path / "boom").exists()


@pytest.mark.parametrize("also", ["nothing", "sha256", "signature"])
def test_a_model_file_that_was_tampered_with_is_refused_unopened(till, make, tmp_path, also):
    model_id = registry.register(make(), author="usr_1", origin="journal")
    bomb = pickle.dumps(Bomb(tmp_path / "boom"))
    changes = {"artefact": bomb}
    if also != "nothing":
        changes["sha256"] = digest(bomb)
    if also == "signature":
        row = db.session().get_one(RiskModel, model_id)
        signing.configure("another installation's secret key")
        changes["signature"] = signing.sign(digest(bomb), row.flat_sha256)
        signing.configure(till.config.secret_key)
    tamper(model_id, **changes)
    with pytest.raises(ModelRefused):
        registry.promote(model_id, by="usr_1")
    assert not (tmp_path / "boom").exists()
    assert registry.champion_id() == force.SHIPPED


def test_flat_trees_that_were_tampered_with_are_neither_promoted_nor_asked(till, make):
    model_id = registry.register(make(), author="usr_1", origin="journal")
    tamper(model_id, flat=make(intercept=-9.0).flat_text)
    with pytest.raises(ModelRefused, match="SHA-256"):
        registry.promote(model_id, by="usr_1")
    with pytest.raises(BadModel):
        force.model(model_id)
    assert model_id not in force.shadows()


def test_going_back_is_one_step_at_a_time_and_ends_at_the_shipped_model(till, make):
    first, second = (
        registry.register(make(name, intercept=shift), author="usr_1", origin="journal")
        for name, shift in (("first", 0.0), ("second", 0.5))
    )
    registry.promote(first, by="usr_1")
    assert registry.promote(second, by="usr_1") == first
    assert state(first) == "retired"
    assert registry.rollback(by="usr_1") == first
    assert (state(first), state(second)) == ("champion", "retired")
    assert registry.rollback(by="usr_1") == force.SHIPPED
    assert registry.champion_id() == force.SHIPPED
    with pytest.raises(ModelRefused, match="shipped"):
        registry.rollback(by="usr_1")
    assert registry.promote(second, by="usr_1") == force.SHIPPED, "a retired model may come back"


def test_a_champion_of_old_that_cannot_be_read_is_passed_by(till, make):
    first, second = (
        registry.register(make(name), author="usr_1", origin="journal") for name in ("a", "b")
    )
    registry.promote(first, by="usr_1")
    registry.promote(second, by="usr_1")
    tamper(first, flat="{}")
    force._flat.cache_clear()
    assert registry.rollback(by="usr_1") == force.SHIPPED


def test_three_shadows_run_along_and_a_machine_has_one(till, make):
    made = [registry.register(make(f"m{n}"), author="usr_1", origin="journal") for n in range(4)]
    assert [state(one) for one in made] == ["retired", "shadow", "shadow", "shadow"]
    nights = [
        registry.register(make(f"n{n}"), author="nightly", origin="journal", once=f"night {n}")
        for n in range(2)
    ]
    assert [state(one) for one in nights] == ["retired", "shadow"]
    assert sum(one.state == "shadow" for one in registry.models()) == registry.MOST_SHADOWS


def test_the_files_of_what_never_decided_are_dropped_in_time(till, make):
    decided, spent, shadow = (
        registry.register(make(name), author="usr_1", origin="journal") for name in ("a", "b", "c")
    )
    registry.promote(decided, by="usr_1")
    registry.rollback(by="usr_1")
    registry.retire(spent, by="usr_1")
    assert registry.thin_out() == 0
    till.later(days=31)
    assert (registry.thin_out(), registry.thin_out()) == (1, 0)
    with pytest.raises(ModelRefused, match="gone"):
        registry.promote(spent, by="usr_1")
    assert registry.one(spent).card == "# b"
    assert force.model(decided).name == "a"
    assert force.model(shadow).name == "c"


def test_a_night_registers_once(till, make):
    assert registry.register(make(), author="nightly", origin="journal", once="2026-11-21")
    assert registry.register(make(), author="nightly", origin="journal", once="2026-11-21") is None
    assert len(registry.models()) == 1


def test_only_shadows_are_retired_and_only_models_that_are_there(till, make):
    model_id = registry.register(make(), author="usr_1", origin="journal")
    registry.promote(model_id, by="usr_1")
    with pytest.raises(ModelRefused):
        registry.retire(model_id, by="usr_1")
    with pytest.raises(ModelRefused, match="already"):
        registry.promote(model_id, by="usr_1")
    for act in (registry.promote, registry.retire):
        with pytest.raises(NotFound):
            act("mdl_nobody", by="usr_1")
    other = registry.register(make("other"), author="usr_1", origin="journal")
    registry.retire(other, by="usr_1")
    assert state(other) == "retired"


def test_a_comparison_that_says_less_does_not_replace_one_that_says_more(till, make):
    model_id = registry.register(make(), author="usr_1", origin="journal")
    first = compare.compare_with_champion(model_id)
    assert registry.one(model_id).metrics["comparison"]["at"] == first["at"]
    more = {**first, "challenger": {**first["challenger"], "frauds": 40}}
    registry.note(model_id, comparison=more)
    compare.compare_with_champion(model_id)
    assert registry.one(model_id).metrics["comparison"]["challenger"]["frauds"] == 40
    other = {**more, "champion_id": "mdl_before"}
    registry.note(model_id, comparison=other)
    compare.compare_with_champion(model_id)
    assert registry.one(model_id).metrics["comparison"]["champion_id"] == force.SHIPPED


@pytest.mark.parametrize(
    ("frauds", "against", "promote", "word"),
    [
        (19, [], False, "Too little"),
        (20, [], True, "Better"),
        (20, ["It catches less money in EUR."], False, "less money in EUR"),
    ],
)
def test_what_is_proposed(frauds, against, promote, word):
    side = {"frauds": frauds, "average_precision": 0.2}
    told = compare.proposal(
        {"champion": side, "challenger": side, "against": against, "at": "2026-11-21T03:00:00Z"}
    )
    assert (told["promote"], word in told["words"]) == (promote, True)
