"""Payments with a token, and what is done with the money afterwards."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app import payments
from app.api import keyed, lists, present
from app.api.caller import Caller
from app.api.endpoint import config
from app.commands import CapturePayment, CreatePayment, CreateRefund
from app.idempotency import Once
from models import Operation, Payment


def create(*, caller: Caller, command: CreatePayment, once: Once) -> None:
    """Pay with a payment token or a saved method."""
    payments.pay(
        command,
        merchant_id=caller.merchant_id,
        merchant_name=caller.merchant_name,
        country=caller.merchant_country,
        once=once,
    )


def retrieve(*, caller: Caller, payment_id: str) -> dict[str, Any]:
    """One payment."""
    row = payments.own(Payment, payment_id, caller.merchant_id)
    return keyed.show(row, config().base_url)


def index(*, caller: Caller, query: lists.PaymentsQuery) -> dict[str, Any]:
    """The merchant's payments, newest first."""
    statement = select(Payment).where(Payment.merchant_id == caller.merchant_id)
    if query.status is not None:
        statement = statement.where(Payment.status == query.status)
    if query.provider is not None:
        statement = statement.where(Payment.provider == query.provider)
    if query.created_after is not None:
        statement = statement.where(Payment.created_at > query.created_after)
    if query.created_before is not None:
        statement = statement.where(Payment.created_at < query.created_before)
    found = lists.rows(statement, Payment.id, query)
    sessions = keyed.session_ids(found)
    return present.page(
        [
            present.payment(row, session_id=sessions.get(row.id), base_url=config().base_url)
            for row in found
        ],
        limit=query.limit,
    )


def capture(*, caller: Caller, command: CapturePayment, once: Once, payment_id: str) -> None:
    """Take authorized money."""
    payments.capture(payment_id, command, merchant_id=caller.merchant_id, once=once)


def cancel(*, caller: Caller, once: Once, payment_id: str) -> None:
    """Release an authorization, or close a payment that was not paid."""
    payments.cancel(payment_id, merchant_id=caller.merchant_id, once=once)


def refund(*, caller: Caller, command: CreateRefund, once: Once, payment_id: str) -> None:
    """Give captured money back."""
    payments.refund(payment_id, command, merchant_id=caller.merchant_id, once=once)


def refunds(*, caller: Caller, query: lists.ListQuery, payment_id: str) -> dict[str, Any]:
    """What was given back of one payment, newest first."""
    payments.own(Payment, payment_id, caller.merchant_id)
    statement = select(Operation).where(
        Operation.payment_id == payment_id, Operation.kind == "refund"
    )
    found = lists.rows(statement, Operation.id, query)
    return present.page([present.refund(row) for row in found], limit=query.limit)
