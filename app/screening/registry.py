"""The registry of risk models: registered into shadow, promoted by a person after a proof, rolled back at once.

At most one model is the champion; without one, the shipped model decides. A joblib file is opened only here, only
after its SHA-256 and signature have matched, and only in a process that may import scikit-learn: never in a web worker.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from app.errors import Conflict, NotFound
from app.screening import force, signing
from models import Period, RiskModel, audit, clock, db
from models.ids import new_id
from risk.training.artefact import Artefact
from risk.trees import BadModel, Flat

MOST_SHADOWS = 3
# For how long the files of a model that never decided are kept.
KEPT = timedelta(days=30)
# The fixed sample of the proof: two simulated days, always the same.
_SAMPLE_SEED, _SAMPLE_DAYS, _SAMPLE_PER_DAY = 7, 2, 150
_COLUMNS = (
    RiskModel.id,
    RiskModel.name,
    RiskModel.state,
    RiskModel.author,
    RiskModel.metrics,
    RiskModel.promoted_at,
    RiskModel.created_at,
)

_log = logging.getLogger("till.screening")


class ModelRefused(Conflict):
    """The model is not what was registered, or its two forms disagree, or it is not in a state for this."""

    code = "risk_model_refused"
    says = "This model cannot be used."


def register(
    artefact: Artefact, *, author: str, origin: str, once: str | None = None
) -> str | None:
    """Sign what a training made, and let it run in shadow; its id.

    `origin`: what it was trained on (`journal`, `import`, `simulator`). `once` names a run (a night): what the run has
    registered already is not registered again, and the answer is None. Of the shadows the newest MOST_SHADOWS stay,
    of an author that is a machine only its newest. Raises BadModel.
    """
    flat = Flat.read(artefact.flat_text)
    row = RiskModel(
        id=new_id("mdl"),
        name=flat.name[:80],
        state="shadow",
        artefact=artefact.joblib_bytes,
        flat=artefact.flat_text,
        sha256=artefact.sha256,
        flat_sha256=artefact.flat_sha256,
        signature=signing.sign(artefact.sha256, artefact.flat_sha256),
        card=artefact.card,
        metrics={**artefact.metrics, "origin": origin},
        author=author,
    )
    with db.transaction():
        if once is not None and not db.insert_unless_there(
            Period(id=new_id("per"), job="risk_model", period=once)
        ):
            return None
        _make_room(author if once is not None else None)
        db.insert(row)
        audit.write(author, "risk_model.registered", row.id, name=row.name, origin=origin)
    force.forget()
    return row.id


def _make_room(machine: str | None) -> None:
    shadows = db.session().execute(
        select(RiskModel.id, RiskModel.author)
        .where(RiskModel.state == "shadow")
        .order_by(RiskModel.id.desc())
    )
    others = []
    for one in shadows.all():
        if one.author == machine:
            db.update_by_id(RiskModel, one.id, state="retired")
        else:
            others.append(one.id)
    for model_id in others[MOST_SHADOWS - 1 :]:
        db.update_by_id(RiskModel, model_id, state="retired")


def models() -> Sequence[Row[Any]]:
    """Every model without its files, newest first: id, name, state, author, metrics, promoted_at, created_at."""
    return db.session().execute(select(*_COLUMNS).order_by(RiskModel.id.desc())).all()


def one(model_id: str) -> Row[Any]:
    """One of them with its card. Raises NotFound."""
    found = db.session().execute(select(*_COLUMNS, RiskModel.card).where(RiskModel.id == model_id))
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


def champion_id() -> str:
    """The model that decides; `force.SHIPPED` while nobody has promoted another."""
    found = db.session().scalar(select(RiskModel.id).where(RiskModel.state == "champion"))
    return found or force.SHIPPED


def prove(model_id: str) -> int:
    """Hold the trained model and the one that scores against each other, bit for bit, on a fixed sample.

    How many rows were compared. Needs scikit-learn. Raises NotFound, ModelRefused; nothing is opened unless SHA-256
    and signature match.
    """
    from risk.training.artefact import OtherVersion, Tampered
    from risk.training.export import Disagreement

    row = db.session().get(RiskModel, model_id, populate_existing=True)
    if row is None:
        raise NotFound
    db.release()
    if not row.flat:
        raise ModelRefused(f"The files of {model_id} are gone: it was retired and never decided.")
    try:
        return _agreed(row)
    except (Tampered, OtherVersion, Disagreement, BadModel) as error:
        _log.error("alert=risk.model_refused model=%s reason=%s", model_id, error)
        raise ModelRefused(f"{model_id}: {error}") from None


def _agreed(row: RiskModel) -> int:
    from risk.training import artefact, export

    if artefact.digest(row.flat.encode()) != row.flat_sha256:
        raise artefact.Tampered("The flat model does not have the registered SHA-256.")
    bundle = artefact.load_joblib(
        row.artefact,
        sha256=row.sha256,
        flat_sha256=row.flat_sha256,
        signature=row.signature,
        key=signing.key(),
    )
    return export.agree(bundle, Flat.read(row.flat), _sample())


def _sample() -> list[list[float]]:
    from risk import features
    from risk.training import simulator

    days = simulator.simulate(_SAMPLE_SEED, _SAMPLE_DAYS, per_day=_SAMPLE_PER_DAY)
    return [features.vector(event.answered or event.facts) for event in days]


def promote(model_id: str, *, by: str) -> str:
    """Let a model decide, once it is proved; the id of the one it takes over from. Needs scikit-learn.

    Raises NotFound, ModelRefused.
    """
    rows = prove(model_id)
    with db.transaction():
        model = db.lock(RiskModel, model_id)
        if model is None:
            raise NotFound
        if model.state == "champion":
            raise ModelRefused(f"{model_id} is the champion already.")
        before = _step_down()
        db.update(model, state="champion", promoted_at=clock.now())
        audit.write(by, "risk_model.promoted", model_id, instead_of=before, compared_rows=rows)
    force.forget()
    return before


def rollback(*, by: str) -> str:
    """Let the champion before this one decide again, or the shipped model; its id.

    The champions of old that cannot be read any more are passed by. Raises ModelRefused.
    """
    with db.transaction():
        current = db.session().scalar(
            select(RiskModel).where(RiskModel.state == "champion").with_for_update()
        )
        if current is None:
            raise ModelRefused("The shipped model decides: there is nothing to go back to.")
        before = _before(current)
        _step_down()
        if before != force.SHIPPED:
            db.update_by_id(RiskModel, before, state="champion")
        audit.write(by, "risk_model.rolled_back", current.id, to=before)
    force.forget()
    return before


def _before(current: RiskModel) -> str:
    """The newest readable champion that was promoted before the current one. Its own moment stays as it was."""
    earlier = db.session().scalars(
        select(RiskModel.id)
        .where(RiskModel.promoted_at < current.promoted_at, RiskModel.id != current.id)
        .order_by(RiskModel.promoted_at.desc())
    )
    for model_id in earlier.all():
        try:
            force.model(model_id)
        except BadModel as error:
            _log.error("model %s cannot be gone back to: %s", model_id, error)
        else:
            return model_id
    return force.SHIPPED


def _step_down() -> str:
    """The champion is one no more; its id. Read in between, because of two champions the database allows one."""
    before = champion_id()
    if before != force.SHIPPED:
        db.update_by_id(RiskModel, before, state="retired")
        assert champion_id() == force.SHIPPED
    return before


def retire(model_id: str, *, by: str) -> None:
    """A shadow runs along no more. Raises NotFound, ModelRefused."""
    with db.transaction():
        model = db.lock(RiskModel, model_id)
        if model is None:
            raise NotFound
        if model.state != "shadow":
            raise ModelRefused(
                f"{model_id} is no shadow. To replace the champion, promote or roll back."
            )
        db.update(model, state="retired")
        audit.write(by, "risk_model.retired", model_id)
    force.forget()


def thin_out() -> int:
    """Drop the files of models that never decided and were retired KEPT ago: a night adds a megabyte.

    What is told of them stays. Whatever ever decided is kept, so that its scores can be reproduced.
    """
    spent = select(RiskModel.id).where(
        RiskModel.state == "retired",
        RiskModel.promoted_at.is_(None),
        RiskModel.flat != "",
        RiskModel.created_at < clock.now() - KEPT,
    )
    with db.transaction() as session:
        found = session.scalars(spent).all()
        for model_id in found:
            db.update_by_id(RiskModel, model_id, artefact=b"", flat="")
    return len(found)


def note(model_id: str, **found: Mapping[str, Any]) -> None:
    """Keep what was found out about a registered model (a comparison, a proposal) beside its metrics."""
    with db.transaction():
        model = db.lock(RiskModel, model_id)
        if model is None:
            raise NotFound
        db.update(model, metrics={**model.metrics, **found})
