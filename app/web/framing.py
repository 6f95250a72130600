"""Who may show our pages in a frame: the merchant's sites, and those that a session or a link names."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import g, request

from app.errors import EmbeddingNotAllowed, NotFound
from models import Merchant, PaymentLink, db

FRAMES = frozenset({"iframe", "frame", "embed", "object"})


def frame(merchant: Merchant, origins: list[str]) -> None:
    """Let these sites show this page in a frame, and no other one."""
    g.framed_by = named(merchant, origins)


def named(merchant: Merchant, origins: list[str]) -> list[str]:
    """Every site once, the merchant's first."""
    return list(dict.fromkeys([*merchant.embed_origins, *origins]))


def refuse_strangers(link_id: str) -> None:
    """Begin nothing for a site that was not named. Raises NotFound, EmbeddingNotAllowed.

    The browser shows such a site nothing in any case (frame-ancestors), but only once it has our answer. Where it does
    not say who asks, that is enough.
    """
    if request.headers.get("Sec-Fetch-Dest") not in FRAMES:
        return
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return
    link = db.session().get(PaymentLink, link_id)
    if link is None:
        raise NotFound
    merchant = db.session().get_one(Merchant, link.merchant_id)
    hosts = {urlsplit(site).hostname for site in named(merchant, link.embed_origins)}
    around = urlsplit(request.referrer or "").hostname
    if not hosts or (around and around not in hosts):
        raise EmbeddingNotAllowed
