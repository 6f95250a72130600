"""Saved views: filters with a name, one's own or the team's."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from sqlalchemy import delete, or_, select

from app.errors import Conflict, Invalid, NotFound
from app.reviews import filters
from app.reviews.typed import check_text
from models import SavedView, User, db
from models.ids import new_id

MOST = 20
LONGEST_NAME, LONGEST_QUERY = 60, 500


class ViewExists(Conflict):
    """A person's views have different names."""

    code = "view_exists"
    says = "You have a view of that name already. Choose another name, or remove the old one."


def visible(by: str, scope: str | None) -> list[SavedView]:
    """One's own views, then the team's: those of the same merchant, or of everybody who works for all of them."""
    query = (
        select(SavedView)
        .join(User, User.id == SavedView.user_id)
        .where(
            or_(
                SavedView.user_id == by,
                SavedView.is_shared.is_(True) & User.merchant_id.is_not_distinct_from(scope),
            )
        )
        .order_by(SavedView.is_shared, SavedView.name)
        .limit(2 * MOST)
    )
    return list(db.session().scalars(query))


def save(name: str, query: str, *, is_shared: bool, by: str, scope: str | None) -> SavedView:
    """Keep a filter under a name. Raises Invalid, RawCardData, ViewExists."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(f"A name has from 1 to {LONGEST_NAME} characters.", field="name")
    asked = filters.read(dict(parse_qsl(query)), me=by, scope=scope)
    for typed in (name, *asked.values.values()):
        check_text(typed, field="name")
    text = urlencode(asked.values)
    if len(text) > LONGEST_QUERY:
        raise Invalid("That is too much for one view.", field="name")
    with db.transaction():
        mine = list(db.session().scalars(select(SavedView.id).where(SavedView.user_id == by)))
        if len(mine) >= MOST:
            raise Invalid(f"At most {MOST} views. Remove one first.", field="name")
        view = SavedView(id=new_id("view"), user_id=by, name=name, query=text, is_shared=is_shared)
        if not db.insert_unless_there(view):
            raise ViewExists(field="name")
    return view


def remove(view_id: str, *, by: str) -> None:
    """Forget one's own view. Raises NotFound."""
    with db.transaction():
        view = db.lock(SavedView, view_id)
        if view is None or view.user_id != by:
            raise NotFound
        table = SavedView.__table__
        db.session().connection().execute(delete(table).where(table.c.id == view_id))  # type: ignore[arg-type]
