"""Send what mail waits, over SMTP. A mail may arrive twice after a crash; its Message-ID is the same."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from app import mail as mails
from app.crashpoints import crashpoint
from models import Mail, Merchant, clock, db

BATCH = 20
TIMEOUT_S = 10
BACK_OFF = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 6 * 3600, 24 * 3600))
SUBMISSION, SUBMISSION_TLS = 587, 465

# What is wrong with one mail, and not with the server: the next may well go. (Not supported: an address of its kind.)
_ITS_OWN = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPResponseException,
    smtplib.SMTPNotSupportedError,
)
_log = logging.getLogger("till.mail")
_settings: dict[str, str] = {"url": "", "sender": ""}


def configure(url: str, sender: str) -> None:
    """Where mail is handed over (`smtp://user:password@host:587`, `smtps://…`; empty: nowhere), and who it is from."""
    _settings.update(url=url, sender=sender)


def work() -> int:
    """Send one batch. Returns how many were sent or given up."""
    if not _settings["url"]:
        return 0
    waiting = _claim()
    if not waiting:
        return 0
    try:
        with _server() as server:
            return sum(_send(server, mail_id) for mail_id in waiting)
    except (OSError, smtplib.SMTPException) as error:
        _log.warning("mail waits: %s: %s", type(error).__name__, error)
        return 0


def _claim() -> list[str]:
    """Take what is due; when it is tried next is written down before anybody is asked."""
    with db.transaction():
        rows = db.take_due(Mail.check_at, BATCH)
        for row in rows:
            pause = BACK_OFF[min(row.checks, len(BACK_OFF) - 1)]
            db.update(row, checks=row.checks + 1, check_at=clock.now() + pause)
    crashpoint("mail.claimed")
    return [row.id for row in rows]


@contextmanager
def _server() -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, encrypted wherever the server can. Raises OSError, SMTPException."""
    parts = urlsplit(_settings["url"])
    host, tls = parts.hostname or "", ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(
            host, parts.port or SUBMISSION_TLS, timeout=TIMEOUT_S, context=tls
        )
    else:
        server = smtplib.SMTP(host, parts.port or SUBMISSION, timeout=TIMEOUT_S)
    with server:
        server.ehlo()
        if parts.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


def _send(server: smtplib.SMTP, mail_id: str) -> int:
    mail = db.session().get_one(Mail, mail_id, populate_existing=True)
    if not mail.to:  # whom it was for has been erased since it was claimed
        return 0
    name = db.session().get_one(Merchant, mail.merchant_id).name
    db.release()
    error, is_final = None, False
    try:
        made = mails.message(mail, sender=_settings["sender"], sender_name=name)
        server.send_message(made)
    except (*_ITS_OWN, ValueError) as refused:
        error, is_final = f"{type(refused).__name__}: {refused}"[:200], _is_final(refused)
    crashpoint("mail.sent")
    is_final = is_final or (error is not None and mail.checks > len(BACK_OFF))
    with db.transaction():
        mail = db.lock(Mail, mail_id) or mail
        error = error if mail.to else None  # a refusal names whom it refuses
        if error is None:
            gone = {"body": ""} if mail.is_secret else {}
            db.update(mail, status="sent", sent_at=clock.now(), check_at=None, error=None, **gone)
        elif is_final:
            db.update(mail, status="failed", check_at=None, error=error, body="")
        else:
            db.update(mail, error=error)
    return int(error is None or is_final)


def _is_final(refused: Exception) -> bool:
    """Whether another try is of no use: the address cannot be, or the server says so for good (5xx)."""
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _said in refused.recipients.values())
    if isinstance(refused, smtplib.SMTPResponseException):
        return refused.smtp_code >= 500
    return True
