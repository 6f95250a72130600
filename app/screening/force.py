"""What is in force for a merchant now: the model, the policy, the rules and the lists, remembered for a few seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select

from app.screening import signing
from models import ListItem, RiskModel, RiskPolicy, RiskRule, clock, db
from risk.assess import InForce, Setting
from risk.lists import Item, Lists
from risk.policy import BadPolicy, Policy
from risk.rules import RuleError, parse
from risk.trees import BadModel, Flat

# A change reaches every process within this time. A lookup per payment would cost more than the scoring.
REMEMBERED_S = 5.0
_MOST = 5_000

# The model that comes with Till decides until the registry has a champion of its own.
SHIPPED = "first"
_ARTIFACTS = Path(__file__).parents[2] / "risk" / "artifacts"

_log = logging.getLogger("till.screening")
_settings: dict[str, tuple[float, Setting]] = {}


def setting(merchant_id: str) -> Setting:
    """Everything that decides about this merchant's payments, as it was at most REMEMBERED_S ago."""
    found = _settings.get(merchant_id)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    made = _read(merchant_id)
    if len(_settings) >= _MOST:
        _settings.clear()
    _settings[merchant_id] = (time.monotonic() + REMEMBERED_S, made)
    return made


def forget() -> None:
    """Read everything again at the next payment: something was changed in this process."""
    _settings.clear()


def _read(merchant_id: str) -> Setting:
    policy_id, policy = policy_of(merchant_id)
    model_id, model, failure = champion()
    return Setting(
        model=model,
        model_id=model_id,
        policy=policy,
        policy_id=policy_id,
        rules=rules_of(merchant_id),
        lists=lists_of(merchant_id),
        shadows=shadows(),
        failure=failure,
    )


def policy_of(merchant_id: str | None) -> tuple[str | None, Policy]:
    """The newest policy of the merchant, else of the installation, else the defaults; with its id."""
    own = RiskPolicy.merchant_id == merchant_id
    found = db.session().scalars(
        select(RiskPolicy)
        .where(or_(own, RiskPolicy.merchant_id.is_(None)))
        .order_by(RiskPolicy.merchant_id.is_(None), RiskPolicy.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None:
        return None, Policy()
    try:
        return row.id, Policy.from_json(row.settings)
    except BadPolicy as error:  # of another version; nobody's payment fails for it
        _log.error(
            "policy %s cannot be read, the defaults hold: %s: %s", row.id, error.field, error
        )
        return None, Policy()


def rules_of(merchant_id: str) -> tuple[InForce, ...]:
    """The live and shadow rules of the merchant and of the installation that have not expired."""
    rows = db.session().scalars(
        select(RiskRule)
        .where(
            or_(RiskRule.merchant_id == merchant_id, RiskRule.merchant_id.is_(None)),
            RiskRule.state.in_(("live", "shadow")),
            or_(RiskRule.expires_at.is_(None), RiskRule.expires_at > clock.now()),
        )
        .order_by(RiskRule.id)
    )
    found = []
    for row in rows:
        try:
            found.append(InForce(row.id, parse(row.text), shadow=row.state == "shadow"))
        except RuleError as error:  # an attribute that this version does not know any more
            _log.error("rule %s cannot be read and has no say: %s", row.id, error)
    return tuple(found)


def lists_of(merchant_id: str) -> Lists:
    """What is on the merchant's lists. Expiry is looked at when they are asked, too: this is kept for a while."""
    rows = db.session().execute(
        select(ListItem.list, ListItem.type, ListItem.value, ListItem.expires_at).where(
            ListItem.merchant_id == merchant_id,
            ListItem.removed_at.is_(None),
            or_(ListItem.expires_at.is_(None), ListItem.expires_at > clock.now()),
        )
    )
    return Lists(
        Item(
            list=name,
            type=kind,
            value=value,
            expires_ms=None if ends is None else int(ends.timestamp() * 1000),
        )
        for name, kind, value, ends in rows
    )


def champion() -> tuple[str | None, Flat | None, str | None]:
    """The model that decides: its id, the model, and why there is none (then the policy says what to do)."""
    row = db.session().execute(
        select(RiskModel.id, RiskModel.sha256, RiskModel.flat_sha256, RiskModel.signature).where(
            RiskModel.state == "champion"
        )
    ).one_or_none()  # fmt: skip
    try:
        if row is None:
            return SHIPPED, shipped(), None
        return row.id, _flat(*row), None
    except BadModel as error:
        _log.error("the risk model cannot be used: %s", error)
        return (row.id if row else SHIPPED), None, "model_broken"


def shadows() -> Mapping[str, Flat]:
    """The models that run along without a say."""
    found: dict[str, Flat] = {}
    rows = db.session().execute(
        select(RiskModel.id, RiskModel.sha256, RiskModel.flat_sha256, RiskModel.signature)
        .where(RiskModel.state == "shadow")
        .order_by(RiskModel.id.desc())
        .limit(3)
    )
    for row in rows.all():
        try:
            found[row.id] = _flat(*row)
        except BadModel as error:
            _log.error("shadow model %s cannot be used: %s", row.id, error)
    return found


def model(model_id: str) -> Flat:
    """Any model that ever decided, by its id, to reproduce its scores. Raises BadModel."""
    if model_id == SHIPPED:
        return shipped()
    row = db.session().get(RiskModel, model_id)
    if row is None:
        raise BadModel(f"there is no model {model_id}")
    return _flat(row.id, row.sha256, row.flat_sha256, row.signature)


@cache
def shipped() -> Flat:
    """The model in `risk/artifacts`, whose SHA-256 stands in the manifest beside it. Raises BadModel."""
    manifest = _artifact("manifest.json")
    text = _artifact("model.json")
    if sha256(text.encode()).hexdigest() not in manifest:
        raise BadModel("the shipped model is not the one that its manifest names")
    return Flat.read(text)


def _artifact(name: str) -> str:
    try:
        return (_ARTIFACTS / name).read_text(encoding="utf-8")
    except OSError as error:
        raise BadModel(f"{name}: {error.strerror}") from None


@lru_cache(maxsize=8)
def _flat(model_id: str, digest: str, flat_digest: str, signature: str) -> Flat:
    """A registered model, read once a process. Raises BadModel unless text, digest and signature agree."""
    text: Any = db.session().scalar(select(RiskModel.flat).where(RiskModel.id == model_id))
    if text is None or sha256(text.encode()).hexdigest() != flat_digest:
        raise BadModel(f"{model_id} is not what was registered")
    if not signing.verify(digest, flat_digest, signature):
        raise BadModel(f"{model_id} is not signed with this installation's key")
    return Flat.read(text)
