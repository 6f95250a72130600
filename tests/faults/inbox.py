"""Webhooks on their way in: payments that nobody here knows of, the sandbox's messages about them, and our rows."""

from typing import Any

from sqlalchemy import select

from models import CheckoutSession, ProviderEvent, db
from tests.api.conftest import Api
from tests.till import Till


def rows() -> list[ProviderEvent]:
    db.release()  # a read that began earlier would go on seeing what it saw then
    found = db.session().scalars(select(ProviderEvent).execution_options(populate_existing=True))
    listed = list(found)
    db.release()
    return listed


def lost(till: Till) -> CheckoutSession:
    """A session that was paid, and nobody here knows."""
    session = till.session()
    with till.world.gate.spoil("POST /stripe/v1/payment_intents", "500 after"):
        assert till.confirm(session).status == "processing"
    return session


def post(api: Api, delivery: dict[str, Any]) -> int:
    body, headers = api.till.world.sign(delivery)
    return (
        api.client()
        .post(f"/webhooks/{delivery['provider']}", data=body, headers=headers)
        .status_code
    )
