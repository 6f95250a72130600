"""A merchant's server pays with a payment token or a saved method, in one call."""

from __future__ import annotations

from dataclasses import replace

from app import events
from app.commands import CreatePayment
from app.crashpoints import crashpoint
from app.errors import AppError, IdempotencyInProgress
from app.idempotency import Once
from app.payments import bounds, change, methods, screen, source, start
from app.payments.record import record
from app.payments.screen import Look
from app.payments.source import Source
from app.providers.base import Charge
from app.screening import gate
from app.screening.gather import Asked
from models import Attempt, Merchant, Payment, clock, db
from models.ids import new_id
from models.money import Money


def pay(
    command: CreatePayment,
    *,
    merchant_id: str,
    merchant_name: str,
    once: Once,
    country: str | None = None,
) -> None:
    """Make a payment and try it once. The answer, kept by `once`, is a payment in whatever status it reached.

    Raises NotFound, TokenUsed, TokenExpired, TokenMismatch, MandateMissing, MethodNotAvailable, an amount's errors,
    TooManyRequests, IdempotencyInProgress, ProviderUnavailable. `country` is the merchant's, where the caller knows it.
    """
    amount = Money(command.amount, command.currency)
    known = source.find(command, merchant_id)
    country = country or db.session().get_one(Merchant, merchant_id).country
    usable = _methods(known, amount, country, command.capture)
    found = screen.look(_asked(command, known, amount, merchant_id))
    payment_id = found.asked.payment_id
    try:
        if found.blocks:
            if once.find() is not None:
                raise IdempotencyInProgress  # a repetition gets the answer that it had
            gate.refuse(found.asked, by_limit=found.by_limit)
        with db.transaction():
            once.claim(payment_id)
            crashpoint("pay.claimed")
            source.spend(command, known, amount, payment_id=payment_id, merchant_id=merchant_id)
            charge = _charge(command, known, found.asked, merchant_name)
            charge = found.asks(replace(charge, methods=usable))
            payment, attempt = _rows(command, known, charge, found)
            db.insert(payment, attempt)
            screen.write(found, payment)
            events.emit("payment.created", payment, attempt=attempt.id)
            if found.blocks:
                record(payment, attempt, screen.refusal(charge))
                once.store(payment)
            crashpoint("pay.deciding")
    except AppError:
        screen.forget(found)
        raise
    if found.by_limit:
        screen.forget(found)
    if not found.blocks:
        start.ask(charge, known.provider, once)


def _methods(known: Source, amount: Money, country: str, capture: str) -> tuple[str, ...]:
    """The methods that Stripe may use; what a token was made for was checked then. Raises MethodNotAvailable."""
    if known.kind == "saved":
        bounds.check_amount(amount, known.provider)
    if known.type and (known.kind == "saved" or capture == "manual"):
        methods.check(known.type, amount, country, provider=known.provider, capture=capture)
    return methods.at(methods.offered(amount, country, capture=capture), known.provider)


def _asked(command: CreatePayment, known: Source, amount: Money, merchant_id: str) -> Asked:
    """What is known before anything is claimed. The token is only looked at: it may be spent, or be another's turn."""
    told = command.shopper.model_dump(exclude_none=True) if command.shopper else {}
    if known.customer_id is not None:
        told.setdefault("customer", known.customer_id)
    return Asked(
        attempt_id=new_id("att"),
        payment_id=new_id("pay"),
        merchant_id=merchant_id,
        amount=amount,
        provider=known.provider,
        channel="api",
        metadata=command.metadata,
        told=told,
        credential=known.facts,
        method=known.method,
        fixed_capture=known.facts.get("intent") == "CAPTURE",
    )


def _charge(command: CreatePayment, known: Source, asked: Asked, merchant_name: str) -> Charge:
    return Charge(
        attempt_id=asked.attempt_id,
        payment_id=asked.payment_id,
        amount=asked.amount,
        capture=command.capture,
        credential=known.credential,
        credential_kind=known.kind,
        return_url=command.return_url or "",
        description=command.description or "",
        merchant_name=merchant_name,
        method=known.type,
        customer_ref=known.customer_ref,
        mandate_ref=known.mandate_ref,
        off_session=command.off_session,
        account=known.account,
    )


def _rows(
    command: CreatePayment, known: Source, charge: Charge, found: Look
) -> tuple[Payment, Attempt]:
    """A payment that is born with its attempt: two rows, no update."""
    now = clock.now()
    payment = Payment(
        id=charge.payment_id,
        merchant_id=found.asked.merchant_id,
        currency=charge.amount.currency,
        total_minor=charge.amount.minor,
        capture=command.capture,
        status="processing",
        attempt_id=charge.attempt_id,
        attempts_count=1,
        customer_id=known.customer_id,
        saved_method_id=known.saved_method_id,
        off_session=command.off_session,
        description=command.description,
        details=dict(command.metadata),
        return_url=command.return_url,
        provider=known.provider,
        method=dict(known.method) if known.method else None,
        created_at=now,
        updated_at=now,
    )
    attempt = Attempt(
        id=charge.attempt_id,
        payment_id=payment.id,
        provider=known.provider,
        amount_minor=charge.amount.minor,
        currency=charge.amount.currency,
        request=charge.to_json(),
        check_at=change.next_check(0),
        created_at=now,
        updated_at=now,
        **found.known({"method": payment.method, "facts": known.facts}),
    )
    return payment, attempt
