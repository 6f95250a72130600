"""Forget who a deleted customer was, wherever their address was written down.

`customers.erase_at` says that there is something left to do, and its `details` how far it is (`to`: the last payment
that was done): a process that dies in between is followed by the clock. The address itself is kept until the end,
because it finds what was written down before the customer was one, or by their address alone. Each payment is
changed under its own lock, never with the customer's held: whoever records an answer locks the payment first.
docs/customers.md says what is erased and what is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, union

from app import mail
from app.crashpoints import crashpoint
from app.customers import person, proof
from app.screening import keys
from models import (
    Assessment,
    Attempt,
    CheckoutSession,
    Customer,
    EmailCode,
    IdempotencyKey,
    Order,
    Payment,
    PaymentToken,
    Review,
    ReviewNote,
    SavedMethod,
    Setup,
    Sighting,
    clock,
    db,
)
from models.db import Base
from models.lifecycle import UNDECIDED

# How many payments are done in one go, and after how long another worker takes up what one has left.
BATCH = 50
AGAIN = timedelta(minutes=10)


def due(limit: int) -> list[str]:
    """Take up to `limit` deleted customers of whom something is left."""
    with db.transaction():
        rows = db.take_due(Customer.erase_at, limit)
        for row in rows:
            db.update(row, erase_at=clock.now() + AGAIN)
    return [row.id for row in rows]


def erase(customer_id: str) -> None:
    """Do the next BATCH of payments, and the rest after the last of them. Doing it again changes nothing."""
    customer = db.session().get_one(Customer, customer_id, populate_existing=True)
    if customer.erase_at is None:
        return
    address = customer.email or ""
    found = list(db.session().scalars(_payments(customer, address)))
    for payment_id in found:
        _payment(payment_id, address)
    _answers(customer, found, address)
    crashpoint("erase.payments")
    if len(found) < BATCH:
        _rest(customer_id, address)
        return
    with db.transaction():
        db.update(customer, details={"to": found[-1]}, erase_at=clock.now())


def _payments(customer: Customer, address: str) -> Any:
    """The next payments of theirs, or made with their address, by id."""
    merchant = customer.merchant_id
    page = CheckoutSession
    theirs = [
        select(Payment.id).where(Payment.customer_id == customer.id),
        select(page.payment_id).where(page.customer_id == customer.id),
    ]
    if address and not _is_shared(customer, address):
        key = keys.of("email", address)
        theirs += [
            select(page.payment_id).where(
                page.merchant_id == merchant, func.lower(page.customer_email) == address
            ),
            select(Sighting.payment_id).where(
                Sighting.merchant_id == merchant, Sighting.email_key == key
            ),
        ]
    found = union(*theirs).subquery().c[0]
    return select(found).where(found > customer.details.get("to", "")).order_by(found).limit(BATCH)


def _is_shared(customer: Customer, address: str) -> bool:
    """Whether another customer of the merchant has the same address: what is found by it is that one's as well."""
    other = select(Customer.id).where(
        Customer.merchant_id == customer.merchant_id,
        Customer.email == address,
        Customer.deleted_at.is_(None),
    )
    return db.session().scalar(other.limit(1)) is not None


def _payment(payment_id: str, address: str) -> None:
    """Everything that belongs to one payment, in one transaction."""
    with db.transaction():
        payment = db.lock(Payment, payment_id)
        if payment is None:  # a simulated past has sightings of payments that never were
            return
        _change(
            payment,
            method=payment.method and person.nameless(payment.method, address),
            details=person.without(payment.details, address),
            description=person.without(payment.description, address),
        )
        if payment.order_id is not None:
            order = db.session().get_one(Order, payment.order_id)
            _change(order, reference=person.without(order.reference, address))
        for page in _all(select(CheckoutSession).where(CheckoutSession.payment_id == payment_id)):
            _change(page, customer_email=None, shopper=None)
            _codes(select(EmailCode).where(EmailCode.session_id == page.id))
            mail.erase(purposes=proof.purposes(page.id))
        for attempt in _all(select(Attempt).where(Attempt.payment_id == payment_id)):
            _attempt(attempt, address)
        for case in _all(select(Review).where(Review.payment_id == payment_id)):
            _change(case, details=person.nameless(case.details, address))
            for note in _all(select(ReviewNote).where(ReviewNote.review_id == case.id)):
                _change(note, text=person.without(note.text, address))


def _attempt(attempt: Attempt, address: str) -> None:
    """A try: how it was paid, what was known of the payer, and what screening was decided on."""
    facts = {**person.nameless(attempt.facts, address), person.ERASED: True}
    method = attempt.method and person.nameless(attempt.method, address)
    # What may yet be repeated stays as it was asked: the provider would refuse another text under the same key.
    is_open = attempt.status in UNDECIDED
    request = attempt.request if is_open else person.without(attempt.request, address)
    _change(attempt, facts=facts, method=method, request=request)
    for look in _all(select(Assessment).where(Assessment.attempt_id == attempt.id)):
        _change(
            look,
            facts=person.nameless(look.facts, address),
            details=person.without(look.details, address),
        )
    spent = select(PaymentToken).where(
        PaymentToken.provider == attempt.provider,
        PaymentToken.credential == attempt.request.get("credential"),
        PaymentToken.payment_id == attempt.payment_id,
    )
    for token in _all(spent):
        _change(
            token,
            method=token.method and person.nameless(token.method, address),
            facts=person.nameless(token.facts, address),
        )


def _answers(customer: Customer, payment_ids: list[str], address: str) -> None:
    """The answers that are kept for repeated requests."""
    pages = select(CheckoutSession.id).where(CheckoutSession.payment_id.in_(payment_ids))
    about = [customer.id, *payment_ids, *db.session().scalars(pages)]
    about += db.session().scalars(select(Setup.id).where(Setup.customer_id == customer.id))
    kept = select(IdempotencyKey).where(
        IdempotencyKey.merchant_id == customer.merchant_id,
        IdempotencyKey.resource_id.in_(about),
        IdempotencyKey.body.is_not(None),
    )
    with db.transaction():
        for answer in _all(kept):
            told = person.unsigned(json.loads(answer.body), address)
            if answer.resource_id == customer.id and "id" in told:
                told |= {"name": None, "reference": None, "language": None, "metadata": {}}
            _change(
                answer, body=json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
            )


def _rest(customer_id: str, address: str) -> None:
    """What is kept of them by no payment; then nothing is left to do, and the address goes as well."""
    with db.transaction():
        customer = db.lock(Customer, customer_id)
        assert customer is not None, customer_id
        for method in _all(select(SavedMethod).where(SavedMethod.customer_id == customer_id)):
            _change(
                method,
                method=person.nameless(method.method, address),
                facts=person.nameless(method.facts, address),
            )
        if address and not _is_shared(customer, address):
            theirs = select(CheckoutSession.id).where(
                CheckoutSession.merchant_id == customer.merchant_id
            )
            told = EmailCode.email == address
            _codes(select(EmailCode).where(told, EmailCode.session_id.in_(theirs)))
            mail.erase(to=address, merchant_id=customer.merchant_id)
        db.update(customer, email=None, details={}, erase_at=None)


def _codes(asked: Any) -> None:
    """A code that was sent to them is good for nothing any more."""
    for code in _all(asked):
        _change(code, email="", code_hash="", expires_at=clock.now())


def _all(asked: Any) -> Iterable[Any]:
    return db.session().scalars(asked.execution_options(populate_existing=True)).all()


def _change(row: Base, **wanted: Any) -> None:
    """Write what is different."""
    changes = {name: value for name, value in wanted.items() if value != getattr(row, name)}
    if changes:
        db.update(row, **changes)
