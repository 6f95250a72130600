"""The policy as a history: what is in force, who chose it and changed what, and the switch for attacked shops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.errors import Conflict, Invalid, NotFound
from app.screening import force
from models import Merchant, RiskPolicy, audit, clock, db
from models.ids import new_id
from risk.policy import BadPolicy, Policy

LONGEST_ATTACK_H = 72
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy that holds, and the row it comes from (None: nobody has chosen yet).

    `is_own`: the scope's own choice, not the one for everybody.
    """

    policy: Policy
    row: RiskPolicy | None
    is_own: bool

    @property
    def id(self) -> str | None:
        """Of the row."""
        return self.row.id if self.row else None


@dataclass(frozen=True, slots=True)
class Change:
    """One setting before and after."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Version:
    """One version, and what it changed against the one before."""

    row: RiskPolicy
    changes: Sequence[Change]


def in_force(merchant_id: str | None) -> InForce:
    """What holds for a merchant, or (None) for those that have chosen nothing."""
    policy_id, policy = force.policy_of(merchant_id)
    row = db.session().get(RiskPolicy, policy_id) if policy_id else None
    return InForce(policy, row, row is not None and row.merchant_id == merchant_id)


def save(policy: Policy, *, merchant_id: str | None, by: str, seen_id: str | None) -> RiskPolicy:
    """Put a policy in force. `seen_id`: the one that was changed into it. Raises Conflict when another came between."""
    settings = policy.to_json()
    with db.transaction():
        _one_at_a_time(merchant_id)
        before_id, before = force.policy_of(merchant_id)
        if before_id != seen_id:
            raise Conflict(
                "Somebody has changed the policy meanwhile. Look at it and change it again."
            )
        row = _append(policy, merchant_id, by)
        changed = {one.name: [one.before, one.after] for one in changes(before.to_json(), settings)}
        audit.write(by, "policy.changed", row.id, changed=changed)
    force.forget()
    return row


def go_back(policy_id: str, *, merchant_id: str | None, by: str) -> RiskPolicy:
    """Put an earlier version in force again, as a new one. What the switch says stays. Raises NotFound, Invalid."""
    with db.transaction():
        _one_at_a_time(merchant_id)
        old = db.session().get(RiskPolicy, policy_id)
        if old is None or old.merchant_id != merchant_id:
            raise NotFound
        _id, now = force.policy_of(merchant_id)
        try:
            policy = Policy.from_json(old.settings)
        except BadPolicy as bad:
            raise Invalid(f"This version cannot be used any more: {bad.message}") from None
        row = _append(
            replace(policy, under_attack_until_ms=now.under_attack_until_ms), merchant_id, by
        )
        audit.write(by, "policy.went_back", row.id, to=policy_id)
    force.forget()
    return row


def under_attack(hours: int, *, merchant_id: str | None, by: str) -> None:
    """Challenge every payment for so many hours; 0 ends it. For all merchants: in every policy. Raises Invalid."""
    if not 0 <= hours <= LONGEST_ATTACK_H:
        raise Invalid(f"From 1 to {LONGEST_ATTACK_H} hours.", field="hours")
    until = clock.now() + timedelta(hours=hours)
    until_ms = int(until.timestamp() * 1000) if hours else None
    with db.transaction():
        whose = _attacked(merchant_id)
        _one_at_a_time(*whose)
        for one in whose:
            _id, policy = force.policy_of(one)
            row = _append(replace(policy, under_attack_until_ms=until_ms), one, by)
            audit.write(by, f"attack.{'on' if hours else 'off'}", row.id, hours=hours, merchant=one)
    force.forget()


def _attacked(merchant_id: str | None) -> list[str | None]:
    """Whose policies the switch is in: the merchant's, or everybody's."""
    if merchant_id is not None:
        return [merchant_id]
    own = select(RiskPolicy.merchant_id).where(RiskPolicy.merchant_id.is_not(None)).distinct()
    return [None, *db.session().scalars(own)]


def versions(merchant_id: str | None) -> list[Version]:
    """The scope's own versions, newest first. The first ever is compared with the defaults."""
    rows = db.session().scalars(
        select(RiskPolicy).where(_of(merchant_id)).order_by(RiskPolicy.id.desc()).limit(_SHOWN + 1)
    ).all()  # fmt: skip
    usual = Policy().to_json()  # what a version leaves out
    whole = [{**usual, **row.settings} for row in rows]
    return [
        Version(row, changes(before, after))
        for row, after, before in zip(rows[:_SHOWN], whole, [*whole[1:], usual], strict=False)
    ]


def count(merchant_id: str | None) -> int:
    """How many versions there are."""
    asked = select(func.count()).select_from(RiskPolicy).where(_of(merchant_id))
    return int(db.session().scalar(asked) or 0)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Which settings differ, by their full names: `costs.EUR.review`."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        Change(name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _flat(value: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for name, one in value.items():
        if isinstance(one, Mapping):
            yield from _flat(one, f"{at}{name}.")
        else:
            yield f"{at}{name}", one


def _of(merchant_id: str | None) -> ColumnElement[bool]:
    if merchant_id is None:
        return RiskPolicy.merchant_id.is_(None)
    return RiskPolicy.merchant_id == merchant_id


def _one_at_a_time(*merchant_ids: str | None) -> None:
    """Two people changing a policy come one after the other: rows that are only appended cannot be locked.

    Whoever changes everybody's policy locks the first merchant for it.
    """
    first = db.session().scalar(select(func.min(Merchant.id)))
    for whose in sorted({one or first for one in merchant_ids} - {None}, key=str):
        db.lock(Merchant, str(whose))


def _append(policy: Policy, merchant_id: str | None, by: str) -> RiskPolicy:
    """Raises Invalid for what nobody could read again, however it was put together."""
    try:
        settings = Policy.from_json(policy.to_json()).to_json()
    except BadPolicy as bad:
        raise Invalid(bad.message, field=bad.field) from None
    row = RiskPolicy(id=new_id("pol"), merchant_id=merchant_id, settings=settings, author=by)
    db.insert(row)
    return row
