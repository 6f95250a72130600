"""Whose risk somebody looks at: one merchant's, or that of the whole installation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.errors import Invalid, NotFound
from models import Merchant, db
from models.ids import is_id


@dataclass(frozen=True, slots=True)
class Scope:
    """`merchant_id` None: all merchants at once, and what holds for those that have chosen nothing themselves."""

    merchant_id: str | None
    name: str
    merchants: tuple[tuple[str, str], ...] = ()
    """(id, name) of those that may be chosen; empty for somebody who is bound to one."""

    def need_merchant(self) -> str:
        """The merchant, where only one will do. Raises Invalid."""
        if self.merchant_id is None:
            raise Invalid("Choose a merchant first.", field="merchant")
        return self.merchant_id


def of(bound: str | None, wanted: str | None) -> Scope:
    """The scope of somebody bound to a merchant (None: to none) who asks for one. Raises NotFound.

    Where there is one merchant only, it is the one that is meant until somebody says otherwise.
    """
    if bound is not None:
        if wanted not in {None, "", bound}:
            raise NotFound
        return Scope(bound, _name(bound))
    rows = db.session().execute(
        select(Merchant.id, Merchant.name).order_by(Merchant.name, Merchant.id)
    )
    merchants = tuple((row.id, row.name) for row in rows)
    if wanted is None and len(merchants) == 1:
        return Scope(*merchants[0], merchants)
    if not wanted:
        return Scope(None, "All merchants", merchants)
    name = dict(merchants).get(wanted) if is_id(wanted, "mer") else None
    if name is None:
        raise NotFound
    return Scope(wanted, name, merchants)


def _name(merchant_id: str) -> str:
    found = db.session().get(Merchant, merchant_id)
    if found is None:
        raise NotFound
    return found.name
