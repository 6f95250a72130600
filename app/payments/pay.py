"""A merchant's server pays with a payment token, in one call."""

from __future__ import annotations

from app import events
from app.commands import CreatePayment
from app.crashpoints import crashpoint
from app.idempotency import Once
from app.payments import change, start, tokens
from app.providers.base import Charge
from models import Attempt, Payment, PaymentToken, clock, db
from models.ids import new_id
from models.money import Money


def pay(command: CreatePayment, *, merchant_id: str, merchant_name: str, once: Once) -> None:
    """Make a payment and try it once. The answer, kept by `once`, is a payment in whatever status it reached.

    Raises NotFound, TokenUsed, TokenExpired, TokenMismatch, IdempotencyInProgress.
    """
    amount = Money(command.amount, command.currency)
    payment_id, attempt_id = new_id("pay"), new_id("att")
    with db.transaction():
        once.claim(payment_id)
        crashpoint("pay.claimed")
        token = tokens.spend(
            command.token, merchant_id=merchant_id, amount=amount, payment_id=payment_id
        )
        charge = _charge(command, token, payment_id, attempt_id, merchant_name)
        payment, attempt = _rows(command, token, charge, merchant_id)
        db.insert(payment, attempt)
        events.emit("payment.created", payment, attempt=attempt_id)
        crashpoint("pay.deciding")
    start.ask(charge, token.provider, once)


def _charge(
    command: CreatePayment,
    token: PaymentToken,
    payment_id: str,
    attempt_id: str,
    merchant_name: str,
) -> Charge:
    return Charge(
        attempt_id=attempt_id,
        payment_id=payment_id,
        amount=Money(token.amount_minor, token.currency),
        capture=command.capture,
        credential=token.credential,
        credential_kind=token.kind,
        return_url=command.return_url or "",
        description=command.description or "",
        merchant_name=merchant_name,
    )


def _rows(
    command: CreatePayment, token: PaymentToken, charge: Charge, merchant_id: str
) -> tuple[Payment, Attempt]:
    """A payment that is born with its attempt: two rows, no update."""
    now = clock.now()
    payment = Payment(
        id=charge.payment_id,
        merchant_id=merchant_id,
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
        method=token.method,
        facts=token.facts,
        check_at=change.next_check(0),
        created_at=now,
        updated_at=now,
    )
    return payment, attempt
