"""The life of a rule: proposed with its backtest, approved by somebody else, put in shadow or live, and retired.

A change is a new version that names the one it replaces; when it goes live, that one is retired. Text never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.console import texts
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.screening import force
from models import RiskRule, audit, clock, db
from models.ids import new_id
from risk.rules import RuleError, parse

# state → the states it may be brought into by somebody who approves
MOVES: Mapping[str, tuple[str, ...]] = {
    "proposed": ("live", "shadow"),
    "shadow": ("live",),
    "live": ("shadow",),
    "retired": (),
}
IN_FORCE = ("live", "shadow")


def propose(
    text: str,
    *,
    merchant_id: str | None,
    backtest: Mapping[str, Any],
    by: str,
    expires_at: datetime | None = None,
    replaces_id: str | None = None,
) -> RiskRule:
    """Write a rule down as a proposal, with what its author saw. Raises Invalid, RawCardData, NotFound, Conflict."""
    text = texts.check_plain(text.strip(), field="text", most=2_000)
    try:
        parse(text)
    except RuleError as wrong:
        raise Invalid(str(wrong), field="text", column=wrong.column) from None
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid("This moment is over.", field="expires")
    with db.transaction():
        version = 1
        if replaces_id is not None:
            old = _locked(replaces_id, merchant_id, is_exact=True)
            if old.state == "retired":
                raise Conflict("The rule that this one was to replace is retired: write a new one.")
            version = old.version + 1
        rule = RiskRule(
            id=new_id("rul"),
            merchant_id=merchant_id,
            text=text,
            state="proposed",
            author=by,
            version=version,
            replaces_id=replaces_id,
            expires_at=expires_at,
            backtest=dict(backtest),
        )
        db.insert(rule)
        audit.write(by, "rule.proposed", rule.id, text=text, replaces=replaces_id)
    return rule


def approve(rule_id: str, state: str, *, by: str, scope: str | None) -> RiskRule:
    """Bring a rule into force, or a live one back into shadow. Never by its author.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with db.transaction():
        replaces = _look(rule_id, scope).replaces_id
        old = db.lock(RiskRule, replaces) if replaces else None  # the older row first, always
        rule = _locked(rule_id, scope)
        if state not in MOVES[rule.state]:
            raise Conflict(f"This rule is {rule.state}: it cannot become {state}.")
        if rule.author == by and rule.state != "live":  # who wrote it may only take its say away
            raise Forbidden("Somebody else must approve a rule: you wrote this one.")
        _check_usable(rule)
        if old is not None and old.state == "retired" and rule.state == "proposed":
            raise Conflict("The rule that this one was to replace is retired: write a new one.")
        was, now = rule.state, clock.now()
        db.update(rule, state=state, approver=by, approved_at=now)
        if old is not None and state == "live" and old.state != "retired":
            db.update(old, state="retired", retired_at=now)
            audit.write(by, "rule.retired", old.id, replaced_by=rule.id)
        audit.write(by, f"rule.{state}", rule.id, was=was, text=rule.text)
    force.forget()
    return rule


def retire(rule_id: str, *, by: str, scope: str | None) -> RiskRule:
    """Take a rule out of force at once; one person is enough for that. Raises NotFound, Conflict."""
    return _end(rule_id, IN_FORCE, "rule.retired", by=by, scope=scope)


def withdraw(rule_id: str, *, by: str, scope: str | None) -> RiskRule:
    """Refuse a proposal, or take one's own back. Raises NotFound, Conflict."""
    return _end(rule_id, ("proposed",), "rule.withdrawn", by=by, scope=scope)


def _end(
    rule_id: str, states: tuple[str, ...], act: str, *, by: str, scope: str | None
) -> RiskRule:
    with db.transaction():
        rule = _locked(rule_id, scope)
        if rule.state not in states:
            raise Conflict(f"This rule is {rule.state}.")
        was = rule.state
        db.update(rule, state="retired", retired_at=clock.now())
        audit.write(by, act, rule.id, was=was)
    force.forget()
    return rule


def _check_usable(rule: RiskRule) -> None:
    if rule.expires_at is not None and rule.expires_at <= clock.now():
        raise Invalid("This rule has expired: propose it again with another end.", field="expires")
    if texts.read(rule.text) is None:
        raise Invalid("This version of Till cannot read the rule: propose it again.", field="text")
    if rule.state == "proposed" and not rule.backtest:
        raise Invalid("This rule has no backtest: propose it again.", field="backtest")


def _look(rule_id: str, scope: str | None) -> RiskRule:
    rule = db.session().get(RiskRule, rule_id)
    if rule is None or scope not in {None, rule.merchant_id}:
        raise NotFound
    return rule


def _locked(rule_id: str, scope: str | None, *, is_exact: bool = False) -> RiskRule:
    """The rule, if it is the scope's own to change. `is_exact`: of the installation only within its scope."""
    rule = db.lock(RiskRule, rule_id)
    if rule is None or ((scope is not None or is_exact) and rule.merchant_id != scope):
        raise NotFound
    return rule
