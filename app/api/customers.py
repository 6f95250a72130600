"""Customers, and the methods that are kept for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app import customers, payments
from app.api import lists, present
from app.api.caller import Caller
from app.commands import CreateCustomer, SaveMethod, UpdateCustomer
from app.customers import kept
from app.idempotency import Once
from models import Customer, SavedMethod, Setup


def create(*, caller: Caller, command: CreateCustomer, once: Once) -> None:
    """Make a customer."""
    customers.create(command, merchant_id=caller.merchant_id, once=once)


def retrieve(*, caller: Caller, customer_id: str) -> dict[str, Any]:
    """One customer."""
    return present.customer(customers.own(customer_id, caller.merchant_id))


def index(*, caller: Caller, query: lists.CustomersQuery) -> dict[str, Any]:
    """The merchant's customers, newest first."""
    statement = select(Customer).where(
        Customer.merchant_id == caller.merchant_id, Customer.deleted_at.is_(None)
    )
    if query.email is not None:
        statement = statement.where(Customer.email == query.email)
    if query.reference is not None:
        statement = statement.where(Customer.reference == query.reference)
    found = lists.rows(statement, Customer.id, query)
    return present.page([present.customer(row) for row in found], limit=query.limit)


def update(*, caller: Caller, command: UpdateCustomer, customer_id: str) -> dict[str, Any]:
    """Change a customer."""
    found = customers.update(customer_id, command, merchant_id=caller.merchant_id)
    return present.customer(found)


def delete(*, caller: Caller, customer_id: str) -> dict[str, Any]:
    """Let go of a customer's methods, and forget who it was."""
    customers.delete(customer_id, merchant_id=caller.merchant_id)
    return {"id": customer_id, "deleted": True}


def save(*, caller: Caller, command: SaveMethod, once: Once, customer_id: str) -> None:
    """Keep a method without a payment."""
    customers.set_up(command, customer_id=customer_id, merchant_id=caller.merchant_id, once=once)


def methods(*, caller: Caller, query: lists.ListQuery, customer_id: str) -> dict[str, Any]:
    """A customer's kept methods, newest first; those that were let go are not among them."""
    customers.own(customer_id, caller.merchant_id)
    statement = select(SavedMethod).where(
        SavedMethod.customer_id == customer_id, SavedMethod.status == "active"
    )
    found = lists.rows(statement, SavedMethod.id, query)
    return present.page([present.saved_method(row) for row in found], limit=query.limit)


def method(*, caller: Caller, customer_id: str, method_id: str) -> dict[str, Any]:
    """One kept method, also one that was let go."""
    customers.own(customer_id, caller.merchant_id)
    return present.saved_method(kept.own(method_id, customer_id, caller.merchant_id))


def detach(*, caller: Caller, customer_id: str, method_id: str) -> dict[str, Any]:
    """Let a method go."""
    customers.own(customer_id, caller.merchant_id)
    row = customers.detach(method_id, customer_id=customer_id, merchant_id=caller.merchant_id)
    return present.saved_method(row)


def setup(*, caller: Caller, setup_id: str) -> dict[str, Any]:
    """How the keeping of a method stands; the provider is asked where it is undecided."""
    row = payments.own(Setup, setup_id, caller.merchant_id)
    customers.check_setup(row.id)
    return present.setup(payments.own(Setup, setup_id, caller.merchant_id))
