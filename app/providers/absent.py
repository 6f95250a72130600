"""What a provider does not offer: a base class for adapters, in which nothing is kept and nothing is told."""

# ruff: noqa: ARG002 -- the signatures are those of `app.providers.base.Provider`

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.providers.base import (
    Charge,
    Kept,
    OperationNews,
    Outcome,
    ProviderNews,
    Refused,
    Setup,
    SetupNews,
    WarningNews,
)
from app.schedule import REPEATABLE


class Absent:
    """Each method of `Provider` that a provider may lack, as one that has nothing to tell."""

    def repeatable(self, charge: Charge) -> timedelta:
        """As long as every request is remembered."""
        return REPEATABLE

    def look_for(self, charge: Charge, since: datetime) -> Outcome:
        """`fetch` has found every charge that there is."""
        return Outcome(None, "", charge.amount, found=False)

    def fetch_warning(self, reference: str) -> WarningNews:
        """There are no early fraud warnings."""
        raise Refused("there are no warnings here", code="not_found", status=404)

    def warnings_since(self, moment: datetime) -> tuple[WarningNews, ...]:
        """There are no early fraud warnings."""
        return ()

    def disputes_of(self, charge: Charge, outcome: Outcome) -> tuple[OperationNews, ...]:
        """There are no disputes, or `fetch` tells of them."""
        return ()

    def disputed_since(self, moment: datetime) -> tuple[ProviderNews, ...]:
        """There are no disputes, or `fetch` tells of them."""
        return ()

    def told_since(self, moment: datetime) -> tuple[ProviderNews, ...]:
        """Nothing can be asked for afterwards."""
        return ()

    def keep_customer(self, customer_id: str, email: str, name: str, lost: str = "") -> str:
        """No customers are kept."""
        return ""

    def set_up(self, setup: Setup) -> SetupNews:
        """No method can be kept."""
        raise Refused("this provider keeps no methods", code="not_supported")

    def fetch_setup(self, setup: Setup, reference: str | None) -> SetupNews:
        """No method can be kept."""
        raise Refused("this provider keeps no methods", code="not_supported")

    def fetch_kept(self, credential: str) -> Kept | None:
        """No method is kept."""
        return None

    def in_force(self, mandate_ref: str) -> bool:
        """No mandate is kept that could end."""
        return True

    def let_go(self, credential: str) -> None:
        """No method is kept."""

    def read_return(self, fields: Mapping[str, str]) -> str:
        """Nothing in a return address is proven or needed: the provider is asked."""
        return ""
