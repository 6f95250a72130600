"""Lists: what is on them, adding by hand or by the page, taking off."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import flash, request
from flask.typing import ResponseReturnValue

from app import access
from app.access import requires
from app.console import lists
from app.errors import AppError, Invalid, NotFound
from app.web.console_base import (
    blueprint,
    go,
    me,
    moment,
    page,
    people,
    scope,
    shown,
    typed,
    words_of,
)
from app.web.failures import wants_json
from models.ids import is_id
from risk.lists import NAME

OPTIONS = [(kind, f"{label}: {example}") for kind, (label, example) in lists.TYPE_WORDS.items()]


@dataclass
class Adding:
    """The form as it is shown."""

    name: str = ""
    kind: str = "email"
    lines: str = ""
    expires: str = ""
    note: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    wrong: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def values(self) -> dict[str, str]:
        """As the fields of a form are shown."""
        return {
            "name": self.name, "type": self.kind, "values": self.lines, "expires": self.expires,
            "note": self.note,
        }  # fmt: skip


@blueprint.get("/risk/lists", endpoint="lists")
@requires("risk.read")
def every_list() -> ResponseReturnValue:
    """All lists of the merchant."""
    return overview(Adding())


@blueprint.post("/risk/lists")
@requires("risk.write")
def list_add() -> ResponseReturnValue:
    """Put values on a list; lines that are wrong come back with what is wrong."""
    form = Adding(
        name=shown("name", most=80), kind=shown("type", most=20), lines=shown("values"),
        expires=shown("expires", most=40), note=shown("note", most=400),
    )  # fmt: skip
    try:
        told = lists.put(
            scope().need_merchant(),
            typed("name", most=80).strip().lower().removeprefix("@"),
            typed("type", most=20),
            typed("values"),
            by=me(),
            expires_at=moment("expires"),
            note=typed("note", most=400).strip() or None,
        )
    except AppError as refusal:
        if wants_json():
            raise
        form.errors[refusal.field or ""] = refusal.message
        return overview(form), refusal.status
    if told.added or told.there:
        flash(
            f"{told.added:,} added to @{form.name}."
            + (f" {told.there:,} were on it already." if told.there else "")
        )
    if not told.wrong:
        return go("risk.list_show", name=form.name.strip().lower().removeprefix("@"))
    form.lines = "\n".join(line for _number, line, _message in told.wrong)
    form.wrong = told.wrong
    form.errors["values"] = f"{len(told.wrong)} of the lines could not be read. They are left here."
    return overview(form), 422


@blueprint.get("/risk/lists/<name>")
@requires("risk.read")
def list_show(name: str) -> ResponseReturnValue:
    """What is on one list."""
    return one_list(name)


@blueprint.post("/risk/lists/items/<item_id>/remove")
@requires("risk.write")
def list_remove(item_id: str) -> ResponseReturnValue:
    """Take a value off."""
    is_sure = typed("sure", most=10) == "yes"
    try:
        item = lists.take_off(item_id, by=me(), scope=access.merchant_scope(), is_sure=is_sure)
    except Invalid as refusal:
        if wants_json():
            raise
        name = words_of(request.form.get("list"))
        return one_list(name, unsure=("item", item_id, refusal.message)), refusal.status
    flash(f"{item.value} is not on @{item.list} any more.")
    return go("risk.list_show", name=item.list)


@blueprint.post("/risk/lists/<name>/empty")
@requires("risk.write")
def list_empty(name: str) -> ResponseReturnValue:
    """Take everything off."""
    check(name)
    is_sure = typed("sure", most=10) == "yes"
    try:
        count = lists.empty(scope().need_merchant(), name, by=me(), is_sure=is_sure)
    except Invalid as refusal:
        if wants_json() or refusal.field != "sure":
            raise
        return one_list(name, unsure=("all", name, refusal.message)), refusal.status
    flash(f"{count:,} taken off @{name}.")
    return go("risk.lists")


def overview(form: Adding) -> str:
    """The page with all lists."""
    merchant_id = scope().merchant_id
    found = [] if merchant_id is None else lists.named(merchant_id)
    return page("lists", lists=found, form=form, options=OPTIONS)


def one_list(name: str, unsure: tuple[str, str, str] | None = None) -> str:
    """The page of one list. `unsure`: (what was to be taken off, which, why to think again)."""
    check(name)
    merchant_id = scope().merchant_id
    if merchant_id is None:
        return overview(Adding())
    query, after = words_of(request.args.get("q")), request.args.get("after", "")
    items, following = lists.search(
        merchant_id, name, words=query, after=after if is_id(after, "itm") else None
    )
    named = next((one for one in lists.named(merchant_id) if one.name == name), lists.Named(name))
    return page(
        "list",
        named=named,
        items=items,
        following=following,
        query=query,
        unsure=unsure,
        form=Adding(name=name),
        types=lists.TYPE_WORDS,
        options=OPTIONS,
        people=people(item.added_by for item in items),
    )


def check(name: str) -> None:
    """Whether there can be such a list. Raises NotFound."""
    if not NAME.fullmatch(name):
        raise NotFound
