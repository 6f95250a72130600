"""A provider's client-side token becomes a payment token: single use, bound to merchant, amount and currency."""

from __future__ import annotations

from datetime import timedelta

from app import providers
from app.commands import CreateToken
from app.errors import (
    CredentialInvalid,
    NotFound,
    ProviderUnavailable,
    TokenExpired,
    TokenMismatch,
    TokenUsed,
    TooManyRequests,
)
from app.idempotency import Once
from app.payments import methods, screen
from app.payments.bounds import check_amount
from app.providers.base import Credential, Refused, Unanswered
from app.screening import gate
from app.screening.gather import Asked
from models import Merchant, PaymentToken, clock, db
from models.ids import new_id
from models.money import Money

# Long enough for a page to be submitted, short enough that a leaked token is soon worth nothing. (Stripe's
# confirmation tokens live for 12 hours, PayPal's approvals for 3.)
LIFETIME = timedelta(hours=1)


def create_token(command: CreateToken, *, merchant_id: str, once: Once) -> None:
    """Take in a client-side token, after asking the provider about it.

    Raises CredentialInvalid, MethodNotAvailable, TokenMismatch, TokenUsed, TooManyRequests, ProviderNotConfigured,
    ProviderUnavailable, an amount's errors.
    """
    amount = Money(command.amount, command.currency)
    check_amount(amount, command.provider)
    kind, _value = command.credential
    credential = _inspect_for(command, merchant_id, amount)
    if credential.amount is not None and credential.amount != amount:
        raise TokenMismatch(f"The order is over {credential.amount}.", field="amount")
    if credential.method is not None:
        country = db.session().get_one(Merchant, merchant_id).country
        methods.check(credential.method.type, amount, country, provider=command.provider)
    facts = {**credential.facts}
    if command.billing_address:
        facts["billing_address"] = command.billing_address.model_dump(exclude_none=True)
    token = PaymentToken(
        id=new_id("tok"),
        merchant_id=merchant_id,
        provider=command.provider,
        kind=kind,
        credential=credential.reference,
        amount_minor=amount.minor,
        currency=amount.currency,
        method=credential.method.to_json() if credential.method else None,
        facts=facts,
        expires_at=clock.now() + LIFETIME,
    )
    with db.transaction():
        once.claim(token.id)
        if not db.insert_unless_there(token):
            raise TokenUsed(field=kind)
        once.store(token)


def _inspect_for(command: CreateToken, merchant_id: str, amount: Money) -> Credential:
    """Ask the provider on behalf of a shopper, unless the limits turn this shopper away. Raises TooManyRequests."""
    asked = Asked(
        attempt_id=new_id("att"),
        payment_id=new_id("pay"),
        merchant_id=merchant_id,
        amount=amount,
        provider=command.provider,
        channel="api",
        told=command.shopper.model_dump(exclude_none=True) if command.shopper else {},
    )
    with gate.passing(asked) as look_first:
        if look_first:
            found = screen.look(asked)
            screen.forget(found)  # a token is no attempt yet
            if found.by_limit:
                gate.refuse(asked, by_limit=True)
                raise TooManyRequests(retry_after=gate.MINUTE_S)
        return inspect(command.provider, *command.credential)


def inspect(provider: str, kind: str, value: str) -> Credential:
    """What the provider knows of a client-side token. Raises CredentialInvalid, ProviderUnavailable."""
    try:
        credential = providers.ask(providers.get(provider).inspect, kind, value)
    except Refused:
        raise CredentialInvalid(field=kind) from None
    except Unanswered:
        raise ProviderUnavailable from None
    if not credential.usable:
        raise CredentialInvalid(field=kind)
    return credential


def peek(token_id: str, *, merchant_id: str) -> PaymentToken:
    """Look at a payment token without using it up. Raises NotFound."""
    token = db.session().get(PaymentToken, token_id, populate_existing=True)
    if token is None or token.merchant_id != merchant_id:
        raise NotFound("There is no such token.", field="token")
    return token


def spend(token_id: str, *, merchant_id: str, amount: Money, payment_id: str) -> PaymentToken:
    """Use a payment token up, in the deciding transaction.

    Raises NotFound, TokenUsed, TokenExpired, TokenMismatch.
    """
    token = db.lock(PaymentToken, token_id)
    if token is None or token.merchant_id != merchant_id:
        raise NotFound("There is no such token.", field="token")
    if token.payment_id is not None:
        raise TokenUsed(field="token")
    if token.expires_at <= clock.now():
        raise TokenExpired(field="token")
    if (token.amount_minor, token.currency) != (amount.minor, amount.currency):
        raise TokenMismatch(field="amount")
    db.update(token, payment_id=payment_id)
    return token
