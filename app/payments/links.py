"""Payment links: what a visit to one makes, and why one may not be open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app import events
from app.commands import CreateLink, UpdateLink
from app.config import Config
from app.errors import LinkNotOpen, NotFound
from app.idempotency import Once, unrepeated
from app.payments.create import check_payable, write
from app.payments.find import own
from app.payments.methods import check_wanted
from models import CheckoutSession, Merchant, Payment, PaymentLink, audit, clock, db
from models.ids import new_id
from models.money import Money

# Payment statuses that use a link up: money was taken, is held, or may be on its way.
USING = (
    "processing",
    "requires_action",
    "in_review",
    "authorized",
    "captured",
    "partially_refunded",
    "chargeback",
)


def create_link(command: CreateLink, *, merchant_id: str, once: Once) -> None:
    """Make a link. `once` is told the PaymentLink. Raises an amount's errors, MethodNotAvailable."""
    merchant = db.session().get_one(Merchant, merchant_id)
    for amount in filter(None, (command.amount, command.min_amount, command.max_amount)):
        check_payable(
            Money(amount, command.currency),
            merchant.country,
            wanted=command.payment_methods,
            capture=command.capture,
        )
        check_wanted(
            command.payment_methods,
            Money(amount, command.currency),
            merchant.country,
            command.capture,
        )
    link = PaymentLink(
        id=new_id("lnk"),
        merchant_id=merchant_id,
        title=command.title,
        currency=command.currency,
        amount_minor=command.amount,
        min_minor=command.min_amount,
        max_minor=command.max_amount,
        max_quantity=command.max_quantity,
        max_uses=command.max_uses,
        tax_rates=[rate.model_dump() for rate in command.tax_rates],
        capture=command.capture,
        success_url=command.success_url,
        inactive_message=command.inactive_message,
        payment_methods=list(dict.fromkeys(command.payment_methods)),
        language=command.language,
        embed_origins=command.embed_origins,
        details=dict(command.metadata),
        starts_at=command.starts_at,
        expires_at=command.expires_at,
    )
    with db.transaction():
        once.claim(link.id)
        db.insert(link)
        audit.write(events.actor(), "link.created", link.id)
        once.store(link)


def update_link(link_id: str, command: UpdateLink, *, merchant_id: str) -> PaymentLink:
    """Deactivate or reactivate a link. Sessions that are open already stay payable. Raises NotFound."""
    own(PaymentLink, link_id, merchant_id)
    told = command.model_dump(exclude_unset=True)
    changes: dict[str, Any] = {}
    if told.get("active") is not None:
        changes["is_active"] = told["active"]
    if "inactive_message" in told:
        changes["inactive_message"] = told["inactive_message"]
    with db.transaction():
        link = db.lock(PaymentLink, link_id)
        if link is None:
            raise NotFound
        if changes:
            db.update(link, **changes)
            audit.write(events.actor(), "link.updated", link.id, **told)
    return link


def why_closed(link: PaymentLink) -> str | None:
    """Why the link cannot be used now: `deactivated`, `expired`, `not_started`, `used_up`; None when it can."""
    now = clock.now()
    if not link.is_active:
        return "deactivated"
    if link.expires_at is not None and link.expires_at <= now:
        return "expired"
    if link.starts_at is not None and link.starts_at > now:
        return "not_started"
    if link.max_uses is not None and uses(link.id) >= link.max_uses:
        return "used_up"
    return None


def uses(link_id: str, *, besides: str = "") -> int:
    """How many payments of the link have, or may yet get, the money."""
    count = select(func.count()).where(
        Payment.link_id == link_id, Payment.status.in_(USING), Payment.id != besides
    )
    return db.session().scalar(count) or 0


def visit(link_id: str, *, config: Config) -> CheckoutSession:
    """Make the visitor a session of their own. Raises NotFound, LinkNotOpen with `reason`."""
    link = db.session().get(PaymentLink, link_id)
    if link is None:
        raise NotFound
    if reason := why_closed(link):
        raise LinkNotOpen(reason=reason)
    merchant = db.session().get_one(Merchant, link.merchant_id)
    amount = link.amount_minor if link.amount_minor is not None else link.min_minor
    basket = {
        "line_items": [{"name": link.title, "quantity": 1, "unit_amount": amount}],
        "tax_rates": link.tax_rates,
    }
    lifetime = clock.now() + timedelta(minutes=config.session_lifetime_min)
    with db.transaction():
        return write(
            merchant,
            basket,
            link.currency,
            expires_at=min(lifetime, link.expires_at or lifetime),
            payment={
                "capture": link.capture,
                "description": link.title,
                "details": dict(link.details),
                "link_id": link.id,
            },
            session={
                "success_url": link.success_url,
                "embed_origins": link.embed_origins,
                "payment_methods": link.payment_methods,
                "language": link.language,
                "min_minor": link.min_minor,
                "max_minor": link.max_minor,
                "max_quantity": link.max_quantity,
            },
            once=unrepeated(),
        )


def take_use(payment: Payment) -> None:
    """Make sure, under the link's lock, that this payment may use the link. Raises LinkNotOpen."""
    if payment.link_id is None:
        return
    link = db.lock(PaymentLink, payment.link_id)
    if (
        link is not None
        and link.max_uses is not None
        and uses(link.id, besides=payment.id) >= link.max_uses
    ):
        raise LinkNotOpen(reason="used_up")
