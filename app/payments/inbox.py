"""What providers tell us, written down before it is believed or acted on: each of their events once.

Most of it they bring themselves (`app.api.hooks`). What they could not bring, because nobody listened for too long, is
fetched at night.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app import providers
from app.providers.base import ProviderNews
from models import ProviderEvent, clock, db
from models.ids import new_id

# How far back the nightly look goes. Providers repeat a webhook for up to three days, and nights may fail too.
LOOK_BACK = timedelta(days=7)


def row_of(provider: str, news: ProviderNews) -> ProviderEvent:
    """An event as it is stored."""
    return ProviderEvent(
        id=new_id("pev"),
        provider=provider,
        provider_event_id=news.event_id[:120],
        type=news.type[:80],
        refs=_refs(news),
    )


def _refs(news: ProviderNews) -> dict[str, Any]:
    names = ("warning_ref", "setup_ref", "method_ref", "disputed")
    named = {name: getattr(news, name) for name in names}
    told = {name: value for name, value in named.items() if value}
    return {"charge_refs": list(news.charge_refs), "attempt_id": news.attempt_id, **told}


def fetch_missed() -> int:
    """Store what should have come as a webhook and did not; workers do the rest. Returns how many there were."""
    missed = 0
    for name, news in providers.each(lambda provider: provider.told_since, clock.now() - LOOK_BACK):
        with db.transaction():
            missed += db.insert_unless_there(row_of(name, news))
    return missed
