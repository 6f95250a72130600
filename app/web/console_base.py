"""What the pages of the risk console share: whose risk they show, their addresses, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import access
from app.console import rule_book
from app.console import scope as scopes
from app.console.scope import Scope
from app.errors import Invalid
from app.web import staff, words
from models import clock
from models.money import Money

blueprint = staff.blueprint("risk")

# (label, endpoint, how the endpoints below it begin): the parts of the console.
PARTS = (
    ("Overview", "risk.home", "-"),
    ("Rules", "risk.rules", "risk.rule_"),
    ("Lists", "risk.lists", "risk.list_"),
    ("Warnings", "risk.warnings", "risk.warning_"),
    ("Policy", "risk.policy", "risk.policy_"),
    ("Simulator", "risk.simulator", "-"),
    ("Models", "risk.models", "risk.model_"),
    ("Analytics", "risk.analytics", "-"),
)
# Fields longer than this are no mistake of typing.
LONGEST = 100_000


def scope() -> Scope:
    """Whose risk this page is about. Raises NotFound."""
    if "console_scope" not in g:
        g.console_scope = scopes.of(access.merchant_scope(), request.args.get("merchant"))
    found: Scope = g.console_scope
    return found


def me() -> str:
    """Who asks."""
    return access.current_user().id


def link(endpoint: str, **values: Any) -> str:
    """The address of a page of the console, about the same merchant unless another is given."""
    here = scope()
    if here.merchants:
        values.setdefault("merchant", here.merchant_id)
    else:
        values.pop("merchant", None)
    return url_for(endpoint, **values)


def go(endpoint: str, **values: Any) -> ResponseReturnValue:
    """On to another page of the console, after something was done."""
    return redirect(link(endpoint, **values), 303)


def page(template: str, **values: Any) -> str:
    """A page of the console."""
    endpoint = request.endpoint or ""
    parts = [
        (label, link(target), endpoint == target or endpoint.startswith(below))
        for label, target, below in PARTS
        if target in current_app.view_functions
    ]
    return render_template(
        f"risk/{template}.html",
        scope=scope(),
        merchant_names=dict(scope().merchants),
        as_of=clock.now(),
        parts=parts,
        link=link,
        money=money,
        case_link=case_link,
        **values,
    )


def money(minor: int, currency: str) -> str:
    """An amount for reading."""
    return words.money(Money(minor, currency))


def people(ids: Iterable[str | None]) -> Mapping[str, str]:
    """Who is behind these ids; in a template: people.get(id, id)."""
    return rule_book.names_of({one for one in ids if one})


def case_link(review_id: str | None) -> str | None:
    """The address of a case in the review queue, for those who may see it."""
    if review_id is None or not access.can("review.read"):
        return None
    is_there = "review.show" in current_app.view_functions
    return url_for("review.show", review_id=review_id) if is_there else None


def typed(name: str, *, most: int = LONGEST) -> str:
    """A field of the form in hand, with one kind of line end. Raises Invalid for what is no text."""
    value = request.form.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
    if len(value) > most:
        raise Invalid(f"At most {most:,} characters.", field=name)
    if "\0" in value or not _is_text(value):
        raise Invalid("There are characters in this that cannot be kept.", field=name)
    return value


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair that a broken client sent
        return False
    return True


def shown(name: str, *, most: int = LONGEST) -> str:
    """What was typed, to be shown again beside what is wrong with it."""
    return request.form.get(name, "")[:most].replace("\0", "")


def moment(name: str) -> datetime | None:
    """A moment of the form in hand, in UTC; None: nothing was typed. Raises Invalid."""
    text = typed(name, most=40).strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("Enter a day and a time like 2027-01-31T12:00.", field=name) from None
    if not 2000 <= found.year < 3000:
        raise Invalid("Enter a day and a time like 2027-01-31T12:00.", field=name)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def whole(text: str | None, least: int, most: int) -> int | None:
    """A whole number of an address, kept between two others; None for anything else."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 6):
        return None
    return min(max(int(text), least), most)


def words_of(text: str | None, most: int = 100) -> str:
    """What somebody searches for: printable, and not endless."""
    return "".join(char for char in (text or "")[:most] if char.isprintable()).strip()
