"""What the pages of the review queue share: who asks, with which filter, and what is said when an act is refused."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from flask import current_app, request, url_for

from app import access
from app.config import Config
from app.errors import AppError
from app.reviews import filters
from app.web import staff

blueprint = staff.blueprint("review")


def config() -> Config:
    """The settings of this installation."""
    found: Config = current_app.extensions["till"]
    return found


def me() -> str:
    """Who asks."""
    return access.current_user().id


def scope() -> str | None:
    """Whose cases they may see; None: everybody's."""
    return access.merchant_scope()


def asked() -> filters.Filter:
    """The filter that the analyst came with: it goes along from page to page, so that "next" means the next of it.

    It is in the page's address, or in a hidden field; one that cannot be read is none.
    """
    text = request.form.get("view") or request.args.get("view") or ""
    try:
        return filters.read(dict(parse_qsl(text)), me=me(), scope=scope())
    except AppError:
        return filters.read({}, me=me(), scope=scope())


def carried(found: filters.Filter) -> str:
    """The filter as text, to be carried along."""
    return urlencode(found.values)


def queue_url(found: filters.Filter, **more: str) -> str:
    """The address of the list with this filter."""
    return with_query(url_for("review.queue"), {**found.values, **more})


def case_url(review_id: str, found: filters.Filter, **more: str) -> str:
    """The address of a case, seen through this filter."""
    view = {"view": carried(found)} if found.values else {}
    return with_query(url_for("review.show", review_id=review_id), {**view, **more})


def with_query(path: str, values: Mapping[str, str]) -> str:
    """An address with its values."""
    return f"{path}?{urlencode(values)}" if values else path
