"""A code sent by e-mail: who can read it is the customer, on this page, in this browser, for half an hour.

Without it nobody sees or uses what a customer has saved, however they came by a page's address. What is proven is an
e-mail address; the session then belongs to the merchant's customer with that address, who is made if there is none.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import mail
from app.errors import CodesSpent, CodeWrong, NotFound, PaymentNotOpen
from app.screening import gate
from models import CheckoutSession, Customer, EmailCode, Merchant, Payment, audit, clock, db
from models.ids import new_id

DIGITS = 6
LASTS = timedelta(minutes=10)
# How many codes a page may ask for, and how many wrong answers one code survives: 15 guesses of a million.
MOST_CODES, MOST_TRIES = 3, 5


def send_code(
    session_id: str,
    email: str,
    *,
    key: str,
    language: str,
    words: tuple[str, str],
    ip: str | None = None,
) -> None:
    """Send a code to the address; whether it is anybody's customer, the answer does not tell.

    `words`: subject and text of the mail, each with `{code}` and `{merchant}`. `key` is the installation's secret.
    Raises NotFound, PaymentNotOpen, CodesSpent, TooManyRequests.
    """
    gate.mail_to(email, ip=ip)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    with db.transaction():
        session = _lock(session_id)
        merchant = db.session().get_one(Merchant, session.merchant_id)
        row = _row(session_id)
        sent = row.sent + 1 if row is not None else 1
        if sent > MOST_CODES:
            raise CodesSpent
        told: dict[str, Any] = {
            "email": email,
            "code_hash": _hash(key, session_id, email, code),
            "expires_at": clock.now() + LASTS,
            "tries": 0,
            "sent": sent,
            "proven_at": None,
        }
        if row is None:
            db.insert(EmailCode(id=new_id("code"), session_id=session_id, **told))
        else:
            db.update(row, **told)
        # A space that does not break: between two numbers from right to left, a plain one lets them change places.
        spaced = f"{code[:3]}\xa0{code[3:]}"
        subject, body = (text.format(code=spaced, merchant=merchant.name) for text in words)
        mail.write(
            merchant.id,
            to=email,
            purpose=_purpose(session_id, sent),
            subject=subject,
            body=body,
            language=language,
            is_secret=True,
        )


def _purpose(session_id: str, number: int) -> str:
    return f"code:{session_id}:{number}"


def purposes(session_id: str) -> list[str]:
    """The purposes of all mails that a page can have sent."""
    return [_purpose(session_id, number) for number in range(1, MOST_CODES + 1)]


def good_until(session_id: str) -> datetime | None:
    """When the code that was sent last for this page expires; None where none was sent, or it was used."""
    row = _row(session_id)
    return None if row is None or row.proven_at else row.expires_at


def check_code(session_id: str, code: str, *, key: str) -> str:
    """Prove the address with the code; the customer's id. A code can be used once.

    Raises NotFound, PaymentNotOpen, CodeWrong.
    """
    digits = "".join(char for char in code if char.isascii() and char.isdigit())
    is_right = False
    with db.transaction():
        session = _lock(session_id)
        row = _row(session_id)
        if row is not None and row.tries < MOST_TRIES and row.expires_at > clock.now():
            expected = _hash(key, session_id, row.email, digits)
            is_right = row.proven_at is None and hmac.compare_digest(expected, row.code_hash)
            now = clock.now()
            proven = {"proven_at": now} if is_right else {}
            db.update(row, tries=row.tries + 1, **proven)
            if is_right:
                customer_id = _customer(session, row.email)
    if not is_right:  # counted: the transaction above was committed
        raise CodeWrong(field="code")
    return customer_id


def _lock(session_id: str) -> CheckoutSession:
    """A session that can yet be paid: whose a finished one was is not changed by whoever still has its address."""
    session = db.lock(CheckoutSession, session_id)
    if session is None:
        raise NotFound
    payment = db.session().get_one(Payment, session.payment_id, populate_existing=True)
    if payment.session_status != "open":
        raise PaymentNotOpen(status=payment.status)
    return session


def _row(session_id: str) -> EmailCode | None:
    asked = select(EmailCode).where(EmailCode.session_id == session_id)
    return db.session().scalar(asked.execution_options(populate_existing=True))


def _customer(session: CheckoutSession, email: str) -> str:
    """Whose page it is now: the merchant's customer with the address, the session's own first."""
    theirs = select(Customer).where(
        Customer.merchant_id == session.merchant_id,
        Customer.email == email,
        Customer.deleted_at.is_(None),
    )
    if session.customer_id is not None:
        own = db.session().get(Customer, session.customer_id)
        if own is not None and own.email == email and own.deleted_at is None:
            return own.id
    found = db.session().scalar(theirs.order_by(Customer.id).limit(1))
    if found is None:
        found = Customer(
            id=new_id("cus"),
            merchant_id=session.merchant_id,
            email=email,
            language=session.language,
        )
        db.insert(found)
        audit.write("shopper", "customer.created", found.id)
    db.update(session, customer_id=found.id)
    return found.id


def _hash(key: str, session_id: str, email: str, code: str) -> str:
    """A keyed hash: six digits alone would be found by trying a million."""
    told = f"code|{session_id}|{email}|{code}".encode()
    return hmac.new(key.encode(), told, hashlib.sha256).hexdigest()
