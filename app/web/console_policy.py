"""The policy as a form with its history, what it would have done, and the simulator of thresholds and models."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from app.access import requires
from app.console import policies, policy_form, simulate
from app.console.policy_form import PolicyForm
from app.errors import Conflict, Invalid
from app.web.charts import percent
from app.web.console_base import blueprint, go, me, money, page, people, scope, typed, whole
from app.web.failures import wants_json
from models.ids import is_id
from models.money import EXPONENTS
from risk.backtest import Effect
from risk.policy import LIMITS, NEVER

THRESHOLDS = ("challenge_at", "hold_at", "block_at")


@dataclass(frozen=True, slots=True)
class Line:
    """What would have been different in one currency, in words."""

    currency: str
    seen: int
    changed: int
    fraud_caught: int
    fraud_missed: int
    good_hit: int
    good_freed: int
    reviews: tuple[int, int]
    """Then, and now."""
    saved: str
    lost: str
    expected: str
    """Whether what is certain is a gain."""


@blueprint.get("/risk/policy", endpoint="policy")
@requires("risk.read")
def policy_page() -> ResponseReturnValue:
    """What is in force, to be looked at and changed."""
    now = policies.in_force(scope().merchant_id)
    form = policy_form.shown(now.policy, simulate.currencies(scope().merchant_id) or ["EUR"])
    return shown(form, now)


@blueprint.post("/risk/policy/try")
@requires("risk.read")
def policy_try() -> ResponseReturnValue:
    """What the policy that was typed would have done; nothing is kept. Or one more currency or limit in the form."""
    now = policies.in_force(scope().merchant_id)
    form, candidate = policy_form.typed(request.form, now.policy)
    if typed("do", most=20) == "more":
        form.errors = {name: said for name, said in form.errors.items() if not name}
        return shown(form, now), 422 if form.errors else 200
    if candidate is None:
        return refused(form, now)
    return shown(form, now, lines=lines(simulate.policy(candidate, scope().merchant_id)))


@blueprint.post("/risk/policy")
@requires("risk.approve")
def policy_save() -> ResponseReturnValue:
    """Put it in force."""
    merchant_id = scope().merchant_id
    now = policies.in_force(merchant_id)
    form, candidate = policy_form.typed(request.form, now.policy)
    if candidate is None:
        return refused(form, now)
    seen = typed("seen", most=40)
    try:
        policies.save(
            candidate,
            merchant_id=merchant_id,
            by=me(),
            seen_id=seen if is_id(seen, "pol") else None,
        )
    except Conflict as refusal:
        if wants_json():
            raise
        form.errors[""] = refusal.message
        return shown(form, now), refusal.status
    flash("The policy is in force.")
    return go("risk.policy")


@blueprint.post("/risk/policy/<policy_id>/back")
@requires("risk.approve")
def policy_back(policy_id: str) -> ResponseReturnValue:
    """Put an earlier version in force again."""
    policies.go_back(policy_id, merchant_id=scope().merchant_id, by=me())
    flash("The earlier version is in force again.")
    return go("risk.policy")


@blueprint.get("/risk/simulator")
@requires("risk.read")
def simulator() -> ResponseReturnValue:
    """What other thresholds, the other way to decide, or another model would have done."""
    now = policies.in_force(scope().merchant_id)
    models = simulate.models_to_try()
    model = request.args.get("model", "")
    chosen = model if model in {one for one, _name in models} else None
    mode = request.args.get("mode", "")
    mode = mode if mode in {"cost", "thresholds"} else now.policy.mode
    asked = {name: whole(request.args.get(name), 0, NEVER) for name in THRESHOLDS}
    points = {name: getattr(now.policy, name) if at is None else at for name, at in asked.items()}
    # A slider that is pushed past the next takes it along.
    points["hold_at"] = max(points["challenge_at"], points["hold_at"])
    points["block_at"] = max(points["hold_at"], points["block_at"])
    candidate = replace(
        now.policy,
        mode=mode,
        challenge_at=points["challenge_at"],
        hold_at=points["hold_at"],
        block_at=points["block_at"],
    )
    found = simulate.policy(candidate, scope().merchant_id, shadow=chosen)
    return page(
        "simulator",
        policy=now.policy,
        candidate=candidate,
        points=points,
        model=chosen,
        models=models,
        found=found,
        lines=lines(found),
        labels=policy_form.WHOLE_WORDS,
    )


def refused(form: PolicyForm, now: policies.InForce) -> ResponseReturnValue:
    """The form with what is wrong. Raises Invalid to programs."""
    if wants_json():
        field, message = next(iter(form.errors.items()))
        raise Invalid(message, field=field or None)
    return shown(form, now), 422


def shown(form: PolicyForm, now: policies.InForce, *, lines: list[Line] | None = None) -> str:
    """The page."""
    versions = policies.versions(scope().merchant_id)
    return page(
        "policy",
        form=form,
        now=now,
        lines=lines,
        words=policy_form,
        usual={one: policy_form.usual(one) for one in form.currencies},
        defaults=LIMITS,
        more=policy_form.more_limits(form),
        versions=versions,
        said=said,
        people=people(version.row.author for version in versions),
    )


def lines(found: simulate.Simulated) -> list[Line]:
    """The differences in words, currency by currency."""
    return [_line(currency, effect) for currency, effect in found.by_currency.items()]


def _line(currency: str, effect: Effect) -> Line:
    purse = effect.money.get(currency)
    saved, lost, expected = (purse.saved, purse.lost, purse.expected) if purse else (0, 0, 0)
    held = [sum(of.get("hold", {}).values()) for of in (effect.before, effect.after)]
    return Line(
        currency=currency,
        seen=effect.seen,
        changed=effect.changed,
        fraud_caught=effect.fraud_caught,
        fraud_missed=effect.fraud_missed,
        good_hit=effect.good_hit,
        good_freed=effect.good_freed,
        reviews=(held[0], held[1]),
        saved=money(saved, currency),
        lost=money(lost, currency),
        expected=money(expected, currency),
    )


def said(name: str, value: Any) -> str:
    """A setting in words: money as money, shares as percentages, moments as moments."""
    if value is None:
        return "–"
    if name == "explore_share":
        return percent(value, 2)
    if isinstance(value, int) and name.endswith("_bps"):
        return percent(value / 10_000, 2)
    if isinstance(value, int) and name == "under_attack_until_ms":
        return until(value)
    currency = next((part for part in name.split(".") if part in EXPONENTS), None)
    if isinstance(value, int) and currency is not None:
        return money(value, currency)
    return value if isinstance(value, str) else json.dumps(value)


def until(ms: int) -> str:
    """A moment in words; one that no calendar has stays a number."""
    try:
        return f"{datetime.fromtimestamp(ms / 1000, UTC):%-d %b %Y, %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return str(ms)
