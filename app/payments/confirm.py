"""The shopper presses Pay on the hosted page: decide, ask, record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from app import providers
from app.crashpoints import crashpoint
from app.errors import AmountChanged, Invalid, NotFound, PaymentNotOpen, PaymentProcessing
from app.idempotency import unrepeated
from app.payments import basket as baskets
from app.payments import links, start, tokens
from app.payments.create import check_payable, priced
from app.payments.find import current_attempt, lock_attempt, lock_payment, session_of
from app.payments.record import record
from app.providers.base import Charge, Refused, Unanswered, Verb
from models import Attempt, CheckoutSession, Merchant, Order, Payment, clock, db
from models.ids import new_id


@dataclass(frozen=True, slots=True)
class Confirm:
    """What the page sends. `amount_minor` is what the shopper saw: compared, never charged.

    `credential` is a confirmation token for Stripe and empty for PayPal, where the order is yet to be made.
    """

    provider: str
    amount_minor: int
    credential: str = ""
    email: str | None = None
    return_url: str = ""
    cancel_url: str = ""


def confirm(session_id: str, command: Confirm) -> None:
    """Try to pay a session. The payment's status tells what came of it.

    Raises NotFound, PaymentNotOpen, PaymentProcessing, AmountChanged, LinkNotOpen, CredentialInvalid,
    ProviderUnavailable, an amount's errors.
    """
    session, payment, order = session_of(session_id)
    open_for_payment(payment)
    start.check_amount(order.total, command.provider)
    known: dict[str, Any] = {}
    if command.credential:
        credential = tokens.inspect(command.provider, "confirmation_token", command.credential)
        known = {
            "method": credential.method.to_json() if credential.method else None,
            "facts": dict(credential.facts),
        }
    if command.email:
        known["facts"] = {**known.get("facts", {}), "email": command.email}
    abandon_challenge(payment.id)
    charge = _decide(session, command, known)
    start.ask(charge, command.provider, unrepeated())


def open_for_payment(payment: Payment) -> None:
    """Raises PaymentNotOpen, PaymentProcessing, unless the payment may be tried now."""
    if payment.status == "processing":
        raise PaymentProcessing
    if payment.session_status != "open" or (
        payment.expires_at is not None and payment.expires_at <= clock.now()
    ):
        raise PaymentNotOpen(status=payment.status)


def _nobody_pays(payment: Payment) -> None:
    """The same under the lock, after `abandon_challenge`: another tab may have begun a challenge in between."""
    open_for_payment(payment)
    if payment.status == "requires_action":
        raise PaymentProcessing


def _decide(session: CheckoutSession, command: Confirm, known: Mapping[str, Any]) -> Charge:
    with db.transaction():
        payment = lock_payment(session.payment_id)
        _nobody_pays(payment)
        order = db.session().get_one(Order, session.order_id, populate_existing=True)
        if order.total_minor != command.amount_minor:
            raise AmountChanged(amount=order.total_minor, currency=order.currency)
        links.take_use(payment)
        merchant = db.session().get_one(Merchant, session.merchant_id)
        charge = Charge(
            attempt_id=new_id("att"),
            payment_id=payment.id,
            amount=order.total,
            capture=cast("Literal['automatic', 'manual']", payment.capture),
            credential=command.credential,
            credential_kind="confirmation_token" if command.credential else "",
            return_url=command.return_url,
            cancel_url=command.cancel_url,
            description=payment.description or "",
            merchant_name=merchant.name,
            order_number=order.number,
            in_browser=True,
        )
        start.begin(payment, charge, command.provider, **known)
    return charge


def abandon_challenge(payment_id: str) -> None:
    """Before another try: make sure that a challenge which the shopper walked away from can take no money.

    Raises PaymentProcessing when the provider does not say so.
    """
    payment = db.session().get(Payment, payment_id, populate_existing=True)
    attempt = current_attempt(payment) if payment is not None else None
    if attempt is None or attempt.status != "challenged":
        return
    charge = Charge.from_json(attempt.request)
    crashpoint("abandon.decided")
    try:
        outcome = providers.ask(
            providers.of(attempt.provider).abandon, charge, attempt.provider_ref or ""
        )
    except (Unanswered, Refused):
        raise PaymentProcessing from None
    crashpoint("abandon.answered")
    with db.transaction():
        payment, attempt = lock_attempt(attempt.id)
        # At PayPal it is off because we ask for nothing more: not when we have asked, or heard more, in the meantime.
        if attempt.status == "challenged" or outcome.verb is not Verb.VOID:
            record(payment, attempt, outcome)
        crashpoint("abandon.recording")
    crashpoint("abandon.recorded")
    if attempt.status in {"challenged", "pending"}:
        raise PaymentProcessing


def approve(session_id: str, order_reference: str) -> None:
    """The buyer approved the order at PayPal: take the money. May be called twice, and after the sweeper did it.

    Raises NotFound when the order is not the one that this session made.
    """
    _session, payment, _order = session_of(session_id)
    attempt = current_attempt(payment)
    if attempt is None or attempt.provider_ref != order_reference:
        raise NotFound
    take_approved(attempt)


def take_approved(attempt: Attempt) -> None:
    """Ask for the money of an approved order. Silence makes the attempt `pending`: from now on it may be taken."""
    if attempt.status not in {"challenged", "pending"}:
        return
    charge = Charge.from_json(attempt.request)
    reference = attempt.provider_ref or ""
    crashpoint("approve.decided")
    outcome = start.answer(charge, attempt.provider, complete=reference)
    crashpoint("approve.answered")
    outcome = outcome or start.silence(charge, reference)
    if outcome.verb is None:
        outcome = replace(outcome, verb=Verb.WAIT)  # a word we do not know is no more than silence
    with db.transaction():
        payment, attempt = lock_attempt(attempt.id)
        record(payment, attempt, outcome)
        crashpoint("approve.recording")
    crashpoint("approve.recorded")


def cancel_approval(session_id: str) -> None:
    """The buyer closed PayPal's window: they may choose another way, and the order can take no money any more."""
    _session, payment, _order = session_of(session_id)
    abandon_challenge(payment.id)


def choose(
    session_id: str,
    *,
    quantity: int | None = None,
    amount: int | None = None,
    shipping: str | None = None,
) -> Order:
    """The shopper's choices: quantity and amount where a link allows them, the way of shipping. Totals are made anew.

    Raises Invalid (with the field), PaymentNotOpen, PaymentProcessing, an amount's errors.
    """
    session, payment, _order = session_of(session_id)
    open_for_payment(payment)
    abandon_challenge(payment.id)
    with db.transaction():
        payment = lock_payment(session.payment_id)
        _nobody_pays(payment)  # what is being paid keeps its total, or less would pay for more
        session = db.session().get_one(CheckoutSession, session_id, populate_existing=True)
        order = db.session().get_one(Order, session.order_id, populate_existing=True)
        basket = _chosen(session, quantity, amount, shipping)
        totals: baskets.Totals = priced(basket, order.currency)
        check_payable(totals.total)
        db.update(session, basket=basket)
        db.update(order, **totals.columns())
        db.update(payment, total_minor=totals.total.minor, updated_at=clock.now())
    return order


def _chosen(
    session: CheckoutSession, quantity: int | None, amount: int | None, shipping: str | None
) -> dict[str, Any]:
    basket = dict(session.basket)
    item = dict(basket["line_items"][0])
    if quantity is not None:
        if session.link_id is None or not 1 <= quantity <= session.max_quantity:
            raise Invalid(f"Choose from 1 to {session.max_quantity}.", field="quantity")
        item["quantity"] = quantity
    if amount is not None:
        if session.min_minor is None or session.max_minor is None:
            raise Invalid("The amount is fixed.", field="amount")
        if not session.min_minor <= amount <= session.max_minor:
            raise Invalid(
                "The amount is out of bounds.",
                field="amount",
                minimum=session.min_minor,
                maximum=session.max_minor,
            )
        item["unit_amount"] = amount
    if shipping is not None:
        if shipping not in {option["id"] for option in basket.get("shipping_options", [])}:
            raise Invalid("There is no such way of shipping.", field="shipping_option")
        basket["shipping"] = shipping
    basket["line_items"] = [item, *basket["line_items"][1:]]
    return basket
