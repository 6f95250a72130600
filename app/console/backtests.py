"""What a rule would have done in the last 30 days, and the seal that proves to us that its author has seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import ColumnElement, or_, select

from app.console import journal, texts
from app.errors import Invalid
from app.screening import force
from models import Assessment, ListItem, Review, RiskRule, clock, db
from risk.backtest import Effect, of_rule
from risk.lists import Lists
from risk.rules import Rule, RuleError, parse
from risk.rules.checks import warnings

# How long what was seen counts: the journal grows, and what is older should be looked at again.
COUNTS_FOR_S = 3600
_SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Checked:
    """What can be said of a text at once: it is a rule with these oddities, or what is wrong and at which column."""

    rule: Rule | None
    warnings: Sequence[str] = ()
    error: str = ""
    column: int = 1

    def to_json(self) -> dict[str, Any]:
        """For the page's script."""
        if self.rule is None:
            return {"ok": False, "message": self.error, "column": self.column}
        return {
            "ok": True,
            "action": self.rule.action,
            "reads": self.rule.text,
            "warnings": [*self.warnings],
        }


@dataclass(frozen=True, slots=True)
class Sample:
    """One attempt of the past that the rule speaks about."""

    attempt_id: str
    payment_id: str
    review_id: str | None
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A backtest of exactly one text, as its author saw it."""

    text: str
    merchant_id: str | None
    told: Mapping[str, Any]
    """JSON: kept with the rule."""


def check(text: str, merchant_id: str | None) -> Checked:
    """Whether a text is a rule, without looking at the past."""
    try:
        rule = parse(text)
    except RuleError as wrong:
        return Checked(None, error=wrong.message, column=wrong.column)
    return Checked(rule, warnings(rule, lists=None if merchant_id is None else filled(merchant_id)))


def run(text: str, merchant_id: str | None) -> Seen:
    """What the rule would have done. Raises Invalid with the column, RawCardData."""
    texts.check_plain(text, field="text", most=2_000)
    found = check(text, merchant_id)
    if found.rule is None:
        raise Invalid(f"{found.error} (column {found.column})", field="text", column=found.column)
    # Only what was challenged or held has a second look, and only there an answer is among the facts.
    moment = "after" if texts.asks_for_answer(found.rule) else "before"
    sample = journal.sample(journal.last_days(merchant_id), moment=moment)
    _policy_id, policy = force.policy_of(merchant_id)
    others = _in_force(merchant_id)
    effect = of_rule(
        found.rule,
        journal.rows(sample),
        policy=policy,
        lists=force.lists_of(merchant_id) if merchant_id else Lists(),
        others={key: other for key, other in others.items() if other.text != found.rule.text},
    )
    odd = [*found.warnings]
    if merchant_id is None and texts.lists_in(found.rule.text):
        odd.append("Lists are each merchant's own: here they were taken as empty.")
    return Seen(text.strip(), merchant_id, told(effect, sample, moment=moment, odd=odd))


def told(
    effect: Effect, sample: journal.Sample, *, moment: str, odd: Sequence[str]
) -> dict[str, Any]:
    """An effect as it is kept: small, and readable without what it was made of."""
    whole = effect.to_json()
    return {
        **whole,
        "sample": whole["sample"][:_SAMPLE],
        "warnings": list(dict.fromkeys([*odd, *whole["warnings"]])),
        "moment": moment,
        "days": journal.DAYS,
        "of": sample.of,
        "at": clock.iso(clock.now()),
    }


def samples(seen: Mapping[str, Any]) -> list[Sample]:
    """The sample of a backtest with the payments and cases that its attempts belong to."""
    shown = seen.get("sample") or []
    ids = [one["attempt"] for one in shown]
    payments = db.session().execute(
        select(Assessment.attempt_id, Assessment.payment_id).where(Assessment.attempt_id.in_(ids))
    )
    payment_of = {row.attempt_id: row.payment_id for row in payments}
    cases = db.session().execute(
        select(Review.attempt_id, Review.id).where(Review.attempt_id.in_(ids))
    )
    case_of = {row.attempt_id: row.id for row in cases}
    return [
        Sample(one["attempt"], payment_of.get(one["attempt"], ""), case_of.get(one["attempt"]), one)
        for one in shown
    ]


def seal(seen: Seen, secret_key: str) -> str:
    """What the page carries from the backtest to the saving."""
    return _sealer(secret_key).dumps(
        {"text": _digest(seen.text), "merchant": seen.merchant_id, "told": seen.told}
    )


def opened(token: str, text: str, merchant_id: str | None, secret_key: str) -> Mapping[str, Any]:
    """The backtest of exactly this text for this merchant. Raises Invalid when there is none."""
    try:
        found = _sealer(secret_key).loads(token, max_age=COUNTS_FOR_S)
    except BadData:
        raise Invalid(
            "Look at what this rule would have done before you save it.", field="backtest"
        ) from None
    if found["text"] != _digest(text.strip()) or found["merchant"] != merchant_id:
        raise Invalid(
            "The text has changed since it was tried. Look at what it would have done now.",
            field="backtest",
        )
    kept: Mapping[str, Any] = found["told"]
    return kept


def _sealer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="till risk rule backtest")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def filled(merchant_id: str) -> set[str]:
    """The lists that have something on them now."""
    now = clock.now()
    return set(
        db.session().scalars(
            select(ListItem.list)
            .where(
                ListItem.merchant_id == merchant_id,
                ListItem.removed_at.is_(None),
                or_(ListItem.expires_at.is_(None), ListItem.expires_at > now),
            )
            .distinct()
        )
    )


def _in_force(merchant_id: str | None) -> dict[str, Rule]:
    """The rules to find the overlap with, by their ids."""
    whose: ColumnElement[bool] = RiskRule.merchant_id.is_(None)
    if merchant_id is not None:
        whose = or_(whose, RiskRule.merchant_id == merchant_id)
    rows = db.session().scalars(
        select(RiskRule).where(whose, RiskRule.state.in_(("live", "shadow")))
    )
    return {row.id: rule for row in rows if (rule := texts.read(row.text)) is not None}


def since(rule: RiskRule) -> datetime:
    """Since when a rule is in force."""
    return rule.approved_at or rule.created_at
