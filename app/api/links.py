"""Payment links: a URL that anybody may open and pay."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app import payments
from app.api import lists, present
from app.api.caller import Caller
from app.api.endpoint import config
from app.commands import CreateLink, UpdateLink
from app.idempotency import Once
from models import PaymentLink


def create(*, caller: Caller, command: CreateLink, once: Once) -> None:
    """Make a link."""
    payments.create_link(command, merchant_id=caller.merchant_id, once=once)


def retrieve(*, caller: Caller, link_id: str) -> dict[str, Any]:
    """One link."""
    link = payments.own(PaymentLink, link_id, caller.merchant_id)
    return present.link(link, base_url=config().base_url)


def index(*, caller: Caller, query: lists.ListQuery) -> dict[str, Any]:
    """The merchant's links, newest first."""
    statement = select(PaymentLink).where(PaymentLink.merchant_id == caller.merchant_id)
    found = lists.rows(statement, PaymentLink.id, query)
    return present.page(
        [present.link(row, base_url=config().base_url) for row in found], limit=query.limit
    )


def update(*, caller: Caller, command: UpdateLink, link_id: str) -> dict[str, Any]:
    """Deactivate a link, or activate it again."""
    link = payments.update_link(link_id, command, merchant_id=caller.merchant_id)
    return present.link(link, base_url=config().base_url)
