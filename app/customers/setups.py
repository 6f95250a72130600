"""A method kept without a payment: decide, ask, record, as every verb that a provider has a part in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app import declines, events, providers
from app.commands import SaveMethod
from app.crashpoints import crashpoint
from app.customers import keep, kept
from app.customers.records import own
from app.errors import ConsentMissing, MethodNotAvailable, TooManyRequests
from app.idempotency import Once
from app.providers.base import Decline, Refused, SetupNews, Unanswered
from app.providers.base import Setup as Asked
from app.schedule import REPEATABLE, next_check
from models import Setup, audit, clock, db
from models.ids import new_id
from models.lifecycle import SETUP

# Whoever tries stolen numbers would try them here too: they are told no more than so often, per customer.
MOST_PER_HOUR = 10
_VERBS = {
    "challenged": "challenge",
    "pending": "wait",
    "succeeded": "succeed",
    "declined": "decline",
}


def set_up(command: SaveMethod, *, customer_id: str, merchant_id: str, once: Once) -> None:
    """Keep a method for a customer. `once` is told the Setup, in whatever status it reached.

    Raises NotFound, ConsentMissing, MethodNotAvailable, TooManyRequests, ProviderNotConfigured, ProviderUnavailable.
    """
    customer = own(customer_id, merchant_id)
    if command.consent is None:
        raise ConsentMissing(field="consent")
    _check_keeps(command.provider)
    _check_pace(customer_id)
    setup_id = new_id("set")
    kind, value = command.credential
    consent = command.consent.model_dump(exclude_none=True)
    asked = Asked(
        setup_id=setup_id,
        customer_ref=keep.gateway_ref(customer, command.provider),
        credential=value,
        credential_kind=kind,
        return_url=command.return_url,
        cancel_url=command.return_url,
        mandate={name: consent[name] for name in ("ip_address", "user_agent") if name in consent},
    )
    whose = keep.account(command.provider)
    with db.transaction():
        once.claim(setup_id)
        row = Setup(
            id=setup_id,
            customer_id=customer.id,
            merchant_id=merchant_id,
            provider=command.provider,
            request={"asked": asked.to_json(), "consent": consent, "account": whose},
            check_at=next_check(0),
        )
        db.insert(row)
        crashpoint("setup.deciding")
    crashpoint("setup.decided")
    news = _ask(row, asked)
    crashpoint("setup.answered")
    _settle(row.id, news, once)


def check_setup(setup_id: str) -> bool:
    """Ask how a setup stands, and record it. False: the provider did not say.

    Where it has no trace of it, the very same request is repeated; once the provider has forgotten the key
    (REPEATABLE), "no trace" is the answer.
    """
    row = db.session().get_one(Setup, setup_id, populate_existing=True)
    if SETUP.final(row.status):
        return True
    asked = Asked.from_json(row.request["asked"])
    try:
        provider = providers.of(row.provider)
        news = providers.ask(provider.fetch_setup, asked, row.provider_ref)
    except (Unanswered, Refused):
        return False
    if not news.found:
        if clock.now() - row.created_at >= REPEATABLE:
            news = SetupNews("declined", "", decline=Decline("abandoned", "never_arrived"))
        elif (again := _ask(row, asked, is_again=True)) is not None:
            news = again
        else:
            return False
    _settle(setup_id, news, None)
    return True


def find(provider: str, reference: str) -> str | None:
    """Our id of the setup that a provider speaks of."""
    asked = select(Setup.id).where(Setup.provider == provider, Setup.provider_ref == reference)
    return db.session().scalar(asked)


def due(limit: int) -> list[str]:
    """Take up to `limit` setups whose time to ask has come, moving each along its schedule."""
    with db.transaction():
        rows = db.take_due(Setup.check_at, limit)
        for row in rows:
            db.update(row, checks=row.checks + 1, check_at=next_check(row.checks + 1))
    return [row.id for row in rows]


def _ask(row: Setup, asked: Asked, *, is_again: bool = False) -> SetupNews | None:
    """The provider's answer; None for silence. A refusal of the repeated request tells nothing of the first one."""
    try:
        return providers.ask(providers.of(row.provider).set_up, asked)
    except Unanswered:
        return None
    except Refused as refusal:
        kept.heed(refusal, row.provider, row.request["account"], asked.customer_ref)
        if is_again:
            return None
        decline = Decline("provider_refused", refusal.code[:80])
        return SetupNews("declined", "", decline=decline)


def _settle(setup_id: str, news: SetupNews | None, once: Once | None) -> None:
    """Record the answer, in a transaction of its own."""
    with db.transaction():
        locked = db.lock(Setup, setup_id)
        assert locked is not None, setup_id
        if news is not None:
            _record(locked, news)
        crashpoint("setup.recording")
        if once is not None:
            once.store(locked)
    crashpoint("setup.recorded")


def _record(row: Setup, news: SetupNews) -> None:
    """One step, if the news is one; what is old or settled changes nothing."""
    changes: dict[str, Any] = {"provider_ref": news.reference or row.provider_ref}
    verb = _VERBS.get(news.status or "")
    if verb is not None and (row.status, verb) in SETUP.steps:
        status, event = SETUP.step(row.status, verb)
        changes |= {"status": status, "next_action": None, "decline": None}
        changes["check_at"] = None if SETUP.final(status) else next_check(0)
        if news.action is not None:
            changes["next_action"] = news.action.to_json()
        if news.decline is not None:
            changes["decline"] = declines.present(news.decline)
        if news.kept is not None:
            method = keep.keep(
                news.kept,
                customer_id=row.customer_id,
                merchant_id=row.merchant_id,
                provider=row.provider,
                whose=row.request["account"],
                consent=row.request["consent"],
                source=row.id,
            )
            changes |= {"saved_method_id": method.id, "mandate_id": method.mandate_id}
        audit.write(events.actor(), event, row.id)
    db.update(row, updated_at=clock.now(), **changes)


def _check_keeps(provider: str) -> None:
    if not any(rule.saves for rule in providers.get(provider).can.methods):
        raise MethodNotAvailable("This provider keeps no methods.", field="provider")


def _check_pace(customer_id: str) -> None:
    since = clock.now() - timedelta(hours=1)
    asked = select(func.count()).where(Setup.customer_id == customer_id, Setup.created_at > since)
    if (db.session().scalar(asked) or 0) >= MOST_PER_HOUR:
        raise TooManyRequests(retry_after=3600)
