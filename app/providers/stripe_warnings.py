"""Stripe's early fraud warnings: what an issuer reports of a charge before anybody disputes it."""

from __future__ import annotations

from datetime import UTC, datetime

from app.providers.absent import Absent
from app.providers.base import WarningNews
from app.providers.stripe_http import Api, plain
from app.providers.stripe_json import Json, contradicts, id_of, reading

PATH = "/v1/radar/early_fraud_warnings"


class Warnings(Absent):
    """The part of the adapter that reads warnings."""

    _api: Api
    _live: bool

    def fetch_warning(self, reference: str) -> WarningNews:
        """A warning as it stands. Raises Refused for an id that Stripe does not know."""
        return _news(self._api.get(f"{PATH}/{plain(reference)}"), live=self._live)

    def warnings_since(self, moment: datetime) -> tuple[WarningNews, ...]:
        """Every warning from a moment on."""
        since = {"gte": int(moment.timestamp())}
        return tuple(_news(one, live=self._live) for one in self._api.every(PATH, created=since))


def _news(warning: Json, *, live: bool) -> WarningNews:
    with reading("an early fraud warning"):
        if warning["object"] != "radar.early_fraud_warning" or warning["livemode"] is not live:
            raise contradicts("an early fraud warning")
        return WarningNews(
            reference=str(warning["id"]),
            charge_ref=id_of(warning.get("payment_intent")),
            fraud_type=str(warning["fraud_type"])[:60],
            is_actionable=warning["actionable"] is True,
            warned_at=datetime.fromtimestamp(warning["created"], UTC),
        )
