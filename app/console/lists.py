"""A merchant's named lists: what is on them, putting values on, taking them off, and which rules ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Integer, Select, and_, case, func, or_, select

from app.console import texts
from app.errors import Invalid, NotFound
from app.screening import force
from models import ListItem, RiskRule, clock, db
from models import audit as books
from models.ids import new_id
from risk import lists as risk_lists
from risk.lists import NAME, TYPES, VERDICTS, BadItem

SIZE = 50
MOST_LINES = 1_000
# On all lists of a merchant: every process reads them again every few seconds, while payments wait.
MOST_VALUES = 20_000
# Type → what it is called, and what a value of it looks like.
TYPE_WORDS: Mapping[str, tuple[str, str]] = {
    "card": ("Card", "the provider's fingerprint"),
    "customer": ("Customer", "your own id of the customer"),
    "email": ("E-mail address", "name@example.com"),
    "device": ("Browser", "its id on our page"),
    "ip": ("IP address or range", "192.0.2.7 or 192.0.2.0/24"),
    "domain": ("E-mail domain", "example.com, and all below it"),
    "bin": ("BIN", "the first 6 to 8 digits"),
    "country": ("Country", "DE"),
}
VERDICT_WORDS: Mapping[str, str] = {
    "block": "blocks by itself",
    "hold": "holds for review by itself",
    "allow": "allows by itself",
}


@dataclass(frozen=True, slots=True)
class Named:
    """One list: how much is on it, and which rules in force ask for it."""

    name: str
    items: int = 0
    expired: int = 0
    rules: tuple[RiskRule, ...] = ()

    @property
    def does(self) -> str:
        """What being on it means."""
        verdict = VERDICTS.get(self.name)
        return VERDICT_WORDS[verdict] if verdict else "serves rules"


@dataclass(slots=True)
class Pasted:
    """What became of the lines: how many are new, how many were there, and what is wrong with the rest."""

    added: int = 0
    there: int = 0
    wrong: list[tuple[int, str, str]] = field(default_factory=list)
    """(line number, the line, what is wrong)"""


def check_name(name: str) -> str:
    """A list's name. Raises Invalid."""
    if not NAME.fullmatch(name):
        raise Invalid(
            "A name has small letters, digits and _, begins with a letter, and is at most 40 long.",
            field="name",
        )
    return name


def named(merchant_id: str) -> list[Named]:
    """Every list that has values, acts by itself, or is asked for by a rule in force."""
    is_over = case((ListItem.expires_at <= clock.now(), 1), else_=0)
    counted = db.session().execute(
        select(ListItem.list, func.count(), func.sum(is_over, type_=Integer))
        .where(ListItem.merchant_id == merchant_id, ListItem.removed_at.is_(None))
        .group_by(ListItem.list)
    )
    items = {name: (total, int(over or 0)) for name, total, over in counted.all()}
    uses = users(merchant_id)
    known = dict.fromkeys([*VERDICTS, *sorted({*items, *uses})])
    return [
        Named(name, *items.get(name, (0, 0)), rules=tuple(uses.get(name, ()))) for name in known
    ]


def users(merchant_id: str) -> dict[str, list[RiskRule]]:
    """List → the live and shadow rules that ask for it."""
    found: dict[str, list[RiskRule]] = {}
    rows = db.session().scalars(
        select(RiskRule)
        .where(
            or_(RiskRule.merchant_id == merchant_id, RiskRule.merchant_id.is_(None)),
            RiskRule.state.in_(("live", "shadow")),
        )
        .order_by(RiskRule.id)
    )
    for row in rows:
        for name in texts.lists_in(row.text):
            found.setdefault(name, []).append(row)
    return found


def search(
    merchant_id: str, name: str, *, words: str = "", after: str | None = None
) -> tuple[Sequence[ListItem], str | None]:
    """A page of a list, newest first, and the id to go on after. `words`: a part of the value or of the note."""
    asked: Select[ListItem] = _on(merchant_id, name).order_by(ListItem.id.desc())
    if words:
        asked = asked.where(
            or_(
                ListItem.value.icontains(words, autoescape=True),
                ListItem.note.icontains(words, autoescape=True),
            )
        )
    if after:
        asked = asked.where(ListItem.id < after)
    found = db.session().scalars(asked.limit(SIZE + 1)).all()
    return found[:SIZE], found[SIZE - 1].id if len(found) > SIZE else None


def put(
    merchant_id: str,
    name: str,
    kind: str,
    lines: str,
    *,
    by: str,
    expires_at: datetime | None = None,
    note: str | None = None,
) -> Pasted:
    """Put values on a list, one per line: good lines are added; of the others it is told why not. Raises Invalid."""
    check_name(name)
    if kind not in TYPES:
        raise Invalid("Choose a type.", field="type")
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid("This moment is over.", field="expires")
    texts.check_plain(note or "", field="note", most=200)
    given = [(number, line.strip()) for number, line in enumerate(lines.split("\n"), 1)]
    given = [(number, line) for number, line in given if line]
    if not given:
        raise Invalid("Enter a value.", field="values")
    if len(given) > MOST_LINES:
        raise Invalid(f"At most {MOST_LINES:,} lines at a time.", field="values")
    told = Pasted()
    values = _normalized(kind, given, told)
    if values:
        _check_room(merchant_id, len(values))
        _insert(merchant_id, name, kind, values, told, by=by, expires_at=expires_at, note=note)
        force.forget()
    return told


def _normalized(kind: str, given: Iterable[tuple[int, str]], told: Pasted) -> list[str]:
    found: dict[str, None] = {}
    for number, line in given:
        try:
            texts.check_plain(line, field="values", most=254)
            found[risk_lists.normalized(kind, line)] = None
        except BadItem as bad:
            told.wrong.append((number, line, bad.message))
        except Invalid as bad:
            told.wrong.append((number, line[:60], bad.message))
    return list(found)


def _check_room(merchant_id: str, more: int) -> None:
    counted = select(func.count()).where(
        ListItem.merchant_id == merchant_id,
        ListItem.removed_at.is_(None),
        or_(ListItem.expires_at.is_(None), ListItem.expires_at > clock.now()),
    )
    if (db.session().scalar(counted) or 0) + more > MOST_VALUES:
        raise Invalid(
            f"All lists together hold at most {MOST_VALUES:,} values. Take some off first.",
            field="values",
        )


def _insert(
    merchant_id: str,
    name: str,
    kind: str,
    values: Sequence[str],
    told: Pasted,
    *,
    by: str,
    expires_at: datetime | None,
    note: str | None,
) -> None:
    now = clock.now()
    with db.transaction():
        there = _on(merchant_id, name).where(ListItem.type == kind, ListItem.value.in_(values))
        for old in db.session().scalars(there).all():
            if old.expires_at is not None and old.expires_at <= now:
                db.update(old, removed_at=now)  # it is over, and makes room
        for value in values:
            item = ListItem(
                id=new_id("itm"), merchant_id=merchant_id, list=name, type=kind, value=value,
                added_by=by, note=note or None, expires_at=expires_at,
            )  # fmt: skip
            is_new = db.insert_unless_there(item)
            told.added += is_new
            told.there += not is_new
        if told.added:
            books.write(by, "list.added", merchant_id, list=name, type=kind, count=told.added)


def take_off(item_id: str, *, by: str, scope: str | None, is_sure: bool = False) -> ListItem:
    """Take a value off. The last one of a list that a rule in force asks for: only when sure.

    Raises NotFound, Invalid (field `sure`).
    """
    with db.transaction():
        item = db.lock(ListItem, item_id)
        if item is None or item.removed_at is not None or scope not in {None, item.merchant_id}:
            raise NotFound
        left = _on(item.merchant_id, item.list).with_only_columns(func.count())
        if not is_sure and db.session().scalar(left) == 1:
            _check_unused(item.merchant_id, item.list)
        db.update(item, removed_at=clock.now())
        books.write(by, "list.removed", item.id, list=item.list, type=item.type)
    force.forget()
    return item


def empty(merchant_id: str, name: str, *, by: str, is_sure: bool = False) -> int:
    """Take everything off a list; how many values that were. Raises Invalid (field `sure`) while a rule asks for it."""
    with db.transaction():
        if not is_sure:
            _check_unused(merchant_id, name)
        items = db.session().scalars(_on(merchant_id, name).with_for_update()).all()
        now = clock.now()
        for item in items:
            db.update(item, removed_at=now)
        if items:
            books.write(by, "list.emptied", merchant_id, list=name, count=len(items))
    force.forget()
    return len(items)


def _check_unused(merchant_id: str, name: str) -> None:
    rules = users(merchant_id).get(name, [])
    if rules:
        raise Invalid(
            f"{len(rules)} rule{'s' if len(rules) > 1 else ''} in force ask for @{name}, and would find nothing on it. "
            f"The first is: {rules[0].text[:200]}",
            field="sure",
        )


def _on(merchant_id: str, name: str) -> Select[ListItem]:
    return select(ListItem).where(
        and_(
            ListItem.merchant_id == merchant_id,
            ListItem.list == name,
            ListItem.removed_at.is_(None),
        )
    )
