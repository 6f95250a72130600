"""The rules as a list: how often each has matched, what is odd about it, and how it came to read as it does."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, bindparam, or_, select, text, true
from sqlalchemy.sql.selectable import TextualSelect

from app.console import backtests, journal, texts
from app.errors import NotFound
from models import RiskRule, User, clock, db
from models.columns import UtcDateTime
from risk.backtest import is_quiet
from risk.rules.checks import warnings

STATES = ("live", "shadow", "proposed", "retired")
_RETIRED_SHOWN = 50
# Of how many of the newest decisions the matches are counted.
COUNTED = 20_000

# How the JSON list of the rules that matched is taken apart, by database.
_HITS = {
    "sqlite": "json_each(j.details, '$.rules') AS hit",
    "postgresql": "jsonb_array_elements(j.details -> 'rules') AS hit(value)",
}
_ID = {"sqlite": "json_extract(hit.value, '$.id')", "postgresql": "hit.value ->> 'id'"}


@dataclass(frozen=True, slots=True)
class Matches:
    """How often a rule has matched in the last 30 days, and when for the last time."""

    count: int = 0
    spoke: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, with what should be known of it."""

    rule: RiskRule
    matches: Matches = Matches()
    odd: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """All rules by state. `counted`: of how many decisions; `is_cut`: there were more, which are not counted."""

    lines: Mapping[str, Sequence[Line]]
    counted: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule, and what it changed: (sign, words) with `+`, `-` or a blank."""

    rule: RiskRule
    changed: Sequence[tuple[str, str]] = field(default=())


def book(merchant_id: str | None) -> Book:
    """The rules of a merchant and of the installation; without a merchant, everybody's."""
    rows = (
        db.session()
        .scalars(select(RiskRule).where(_whose(merchant_id)).order_by(RiskRule.id))
        .all()
    )
    window = journal.last_days(merchant_id)
    total = journal.count(window, most=COUNTED + 1)
    matches = _matches(merchant_id, window)
    lists = backtests.filled(merchant_id) if merchant_id else None
    found: dict[str, list[Line]] = {state: [] for state in STATES}
    for row in rows:
        seen = matches.get(row.id, Matches())
        found[row.state].append(Line(row, seen, _odd(row, seen, lists)))
    found["retired"] = found["retired"][: -_RETIRED_SHOWN - 1 : -1]
    return Book(found, min(total, COUNTED), total > COUNTED)


def _whose(merchant_id: str | None) -> ColumnElement[bool]:
    if merchant_id is None:
        return true()
    return or_(RiskRule.merchant_id.is_(None), RiskRule.merchant_id == merchant_id)


def _odd(row: RiskRule, seen: Matches, lists: set[str] | None) -> list[str]:
    rule = texts.read(row.text)
    if rule is None:
        return ["This version of Till cannot read the rule: it has no say."]
    found = warnings(rule, lists=lists)
    if row.state not in {"live", "shadow"}:
        return found
    if row.expires_at is not None and row.expires_at <= clock.now():
        return [*found, "It has expired: it has no say any more."]
    at_ms, live_ms, last_ms = (
        None if moment is None else int(moment.timestamp() * 1000)
        for moment in (clock.now(), backtests.since(row), seen.last)
    )
    assert at_ms is not None
    assert live_ms is not None
    if is_quiet(live_since_ms=live_ms, last_match_ms=last_ms, at_ms=at_ms):
        found.append("It has not matched for 30 days.")
    return found


def _matches(merchant_id: str | None, window: journal.Window) -> dict[str, Matches]:
    """Rule → how often it matched, of the newest decisions; attempts are counted once, whichever look it was."""
    asked = _counting(db.engine().dialect.name, of_one=merchant_id is not None)
    given: dict[str, Any] = {"since": window.since, "most": COUNTED}
    if merchant_id is not None:
        given["merchant_id"] = merchant_id
    found = {}
    for row in db.session().execute(asked, given):
        found[row.rule_id] = Matches(row.matched, row.spoke, row.last)
    return found


def _counting(dialect: str, *, of_one: bool) -> TextualSelect:
    of = "merchant_id = :merchant_id AND" if of_one else ""
    # Only columns of ours and the words above stand in it; what a person typed is bound.
    statement = f"""
        SELECT {_ID[dialect]} AS rule_id, count(DISTINCT j.attempt_id) AS matched,
               count(DISTINCT CASE WHEN j.rule_id = {_ID[dialect]} THEN j.attempt_id END) AS spoke,
               max(j.created_at) AS last
        FROM (SELECT attempt_id, rule_id, details, created_at FROM assessments
              WHERE {of} created_at >= :since ORDER BY id DESC LIMIT :most) AS j, {_HITS[dialect]}
        GROUP BY 1"""  # noqa: S608
    return (
        text(statement)
        .bindparams(bindparam("since", type_=UtcDateTime()))
        .columns(rule_id=String(), matched=Integer(), spoke=Integer(), last=UtcDateTime())
    )


def one(rule_id: str, merchant_id: str | None) -> RiskRule:
    """A rule that the scope may see: its own, or the installation's. Raises NotFound."""
    found = db.session().get(RiskRule, rule_id, populate_existing=True)
    if found is None or (merchant_id is not None and found.merchant_id not in {None, merchant_id}):
        raise NotFound
    return found


def history(rule: RiskRule) -> list[Version]:
    """The rule and the versions before it, newest first, each with what it changed."""
    chain = [rule]
    while chain[-1].replaces_id and len(chain) < 50:
        before = db.session().get(RiskRule, chain[-1].replaces_id)
        if before is None:
            break
        chain.append(before)
    return [
        Version(this, diff(before.text if before else "", this.text))
        for this, before in zip(chain, [*chain[1:], None], strict=True)
    ]


def successors(rule: RiskRule) -> Sequence[RiskRule]:
    """Versions that were made of this one."""
    return db.session().scalars(select(RiskRule).where(RiskRule.replaces_id == rule.id)).all()


def diff(before: str, after: str) -> list[tuple[str, str]]:
    """What was taken away and what came, word by word."""
    if not before:
        return [(" ", after)]
    old, new = before.split(), after.split()
    found = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append((" ", " ".join(old[i:j])))
        else:
            found += [("-", " ".join(old[i:j]))] * (j > i) + [("+", " ".join(new[k:m]))] * (m > k)
    return found


def names_of(ids: set[str]) -> dict[str, str]:
    """Who is behind the ids of users; others speak for themselves."""
    rows = db.session().execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}
