"""Customers as their merchant keeps them: made, changed, deleted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import events
from app.commands import CreateCustomer, UpdateCustomer
from app.crashpoints import crashpoint
from app.customers import erase, kept
from app.errors import CustomerExists, NotFound
from app.idempotency import Once
from models import Customer, SavedMethod, audit, clock, db
from models.ids import new_id

# The address goes last: it finds what was written down by it (`erase`).
PERSONAL = ("name", "reference", "language")


def own(customer_id: str, merchant_id: str) -> Customer:
    """The merchant's own customer, one that was not deleted. Raises NotFound with the field `customer`."""
    row = db.session().get(Customer, customer_id, populate_existing=True)
    if row is None or row.merchant_id != merchant_id or row.deleted_at is not None:
        raise NotFound("There is no such customer.", field="customer")
    return row


def create(command: CreateCustomer, *, merchant_id: str, once: Once) -> None:
    """Make a customer. `once` is told the Customer. Raises CustomerExists when the reference is taken."""
    told = command.model_dump(exclude={"metadata"}, exclude_none=True)
    customer = Customer(
        id=new_id("cus"), merchant_id=merchant_id, details=dict(command.metadata), **told
    )
    with db.transaction():
        once.claim(customer.id)
        if not db.insert_unless_there(customer):
            raise CustomerExists(field="reference")
        audit.write(events.actor(), "customer.created", customer.id)
        once.store(customer)


def update(customer_id: str, command: UpdateCustomer, *, merchant_id: str) -> Customer:
    """Change what is told; null takes a value away. Raises NotFound, CustomerExists."""
    own(customer_id, merchant_id)
    told: dict[str, Any] = command.model_dump(exclude_unset=True)
    if "metadata" in told:
        told["details"] = told.pop("metadata") or {}
    try:
        with db.transaction():
            customer = db.lock(Customer, customer_id)
            if customer is None or customer.deleted_at is not None:
                raise NotFound("There is no such customer.", field="customer")
            if _is_taken(customer, told.get("reference")):
                raise CustomerExists(field="reference")
            db.update(customer, updated_at=clock.now(), **told)
            audit.write(events.actor(), "customer.updated", customer.id, fields=sorted(told))
    except IntegrityError:  # another one took the name at the same moment
        raise CustomerExists(field="reference") from None
    return customer


def _is_taken(customer: Customer, reference: str | None) -> bool:
    if reference is None:
        return False
    other = select(Customer.id).where(
        Customer.merchant_id == customer.merchant_id,
        Customer.reference == reference,
        Customer.id != customer.id,
    )
    return db.session().scalar(other) is not None


def delete(customer_id: str, *, merchant_id: str) -> None:
    """Let go of every method, and forget who it was; payments keep the id. Deleting again is NotFound.

    One transaction takes the customer away; who it was is erased wherever it was written down (`erase`), and the
    providers are asked to forget (`kept.forget`), both again and again until it is done.
    """
    own(customer_id, merchant_id)
    with db.transaction():
        customer = db.lock(Customer, customer_id)
        if customer is None or customer.deleted_at is not None:
            raise NotFound("There is no such customer.", field="customer")
        methods = db.session().scalars(
            select(SavedMethod).where(
                SavedMethod.customer_id == customer_id, SavedMethod.status == "active"
            )
        )
        detached = [kept.take_away(method) for method in list(methods)]
        now = clock.now()
        gone = dict.fromkeys(PERSONAL)
        db.update(
            customer, deleted_at=now, erase_at=now + erase.AGAIN, updated_at=now, details={}, **gone
        )
        audit.write(events.actor(), "customer.deleted", customer.id)
        crashpoint("erase.deciding")
    crashpoint("erase.decided")
    erase.erase(customer_id)
    for method_id in detached:
        if not kept.forget(method_id):
            return  # a provider that is silent would be waited for once per method: the clock asks again
