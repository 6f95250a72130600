"""A merchant's server pays with a payment token, in one call."""

from __future__ import annotations

from app import events
from app.commands import CreatePayment
from app.crashpoints import crashpoint
from app.errors import AppError, IdempotencyInProgress
from app.idempotency import Once
from app.payments import change, screen, start, tokens
from app.payments.record import record
from app.payments.screen import Look
from app.providers.base import Charge
from app.screening import gate
from app.screening.gather import Asked
from models import Attempt, Payment, PaymentToken, clock, db
from models.ids import new_id
from models.money import Money


def pay(command: CreatePayment, *, merchant_id: str, merchant_name: str, once: Once) -> None:
    """Make a payment and try it once. The answer, kept by `once`, is a payment in whatever status it reached.

    Raises NotFound, TokenUsed, TokenExpired, TokenMismatch, TooManyRequests, IdempotencyInProgress.
    """
    amount = Money(command.amount, command.currency)
    known = tokens.peek(command.token, merchant_id=merchant_id)
    found = screen.look(_asked(command, known, amount))
    payment_id = found.asked.payment_id
    try:
        if found.blocks:
            if once.find() is not None:
                raise IdempotencyInProgress  # a repetition gets the answer that it had
            gate.refuse(found.asked, by_limit=found.by_limit)
        with db.transaction():
            once.claim(payment_id)
            crashpoint("pay.claimed")
            token = tokens.spend(
                command.token, merchant_id=merchant_id, amount=amount, payment_id=payment_id
            )
            charge = found.asks(_charge(command, token, found.asked, merchant_name))
            payment, attempt = _rows(command, token, charge, found)
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
        start.ask(charge, token.provider, once)


def _asked(command: CreatePayment, token: PaymentToken, amount: Money) -> Asked:
    """What is known before anything is claimed. The token is only looked at: it may be spent, or be another's turn."""
    told = command.shopper.model_dump(exclude_none=True) if command.shopper else {}
    return Asked(
        attempt_id=new_id("att"),
        payment_id=new_id("pay"),
        merchant_id=token.merchant_id,
        amount=amount,
        provider=token.provider,
        channel="api",
        metadata=command.metadata,
        told=told,
        credential=token.facts,
        method=token.method,
        fixed_capture=token.facts.get("intent") == "CAPTURE",
    )


def _charge(
    command: CreatePayment, token: PaymentToken, asked: Asked, merchant_name: str
) -> Charge:
    return Charge(
        attempt_id=asked.attempt_id,
        payment_id=asked.payment_id,
        amount=Money(token.amount_minor, token.currency),
        capture=command.capture,
        credential=token.credential,
        credential_kind=token.kind,
        return_url=command.return_url or "",
        description=command.description or "",
        merchant_name=merchant_name,
    )


def _rows(
    command: CreatePayment, token: PaymentToken, charge: Charge, found: Look
) -> tuple[Payment, Attempt]:
    """A payment that is born with its attempt: two rows, no update."""
    now = clock.now()
    payment = Payment(
        id=charge.payment_id,
        merchant_id=token.merchant_id,
        currency=token.currency,
        total_minor=token.amount_minor,
        capture=command.capture,
        status="processing",
        attempt_id=charge.attempt_id,
        attempts_count=1,
        description=command.description,
        details=dict(command.metadata),
        return_url=command.return_url,
        provider=token.provider,
        method=token.method,
        created_at=now,
        updated_at=now,
    )
    attempt = Attempt(
        id=charge.attempt_id,
        payment_id=payment.id,
        provider=token.provider,
        amount_minor=token.amount_minor,
        currency=token.currency,
        request=charge.to_json(),
        check_at=change.next_check(0),
        created_at=now,
        updated_at=now,
        **found.known({"method": token.method, "facts": token.facts}),
    )
    return payment, attempt
