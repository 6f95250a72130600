"""Mail to people: written down in the transaction that is its reason, sent by a worker afterwards (`tasks.mail`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy import and_, select

from models import clock, db
from models.ids import new_id
from models.mail import Mail

_ring: list[Callable[[], None]] = []


def on_mail(ring: Callable[[], None]) -> None:
    """Have `ring` called after each commit that wrote mail. A hint: the clock looks for it too."""
    _ring[:] = [ring]


def write(
    merchant_id: str,
    *,
    to: str,
    purpose: str,
    subject: str,
    body: str,
    language: str,
    is_secret: bool = False,
) -> bool:
    """Write one mail down, in the open transaction. False: it was written for this purpose before."""
    mail = Mail(
        id=new_id("mail"),
        merchant_id=merchant_id,
        purpose=purpose,
        to=to,
        language=language,
        subject=" ".join(subject.splitlines())[:200],  # a line break would be the next header
        body=body,
        is_secret=is_secret,
        check_at=clock.now(),
    )
    is_new = db.insert_unless_there(mail)
    if is_new:
        for ring in _ring:
            db.after_commit(ring)
    return is_new


def erase(*, purposes: Sequence[str] = (), to: str = "", merchant_id: str = "") -> None:
    """Forget who the mails for these purposes, or of a merchant to an address, went to; one that waits is not sent.

    In the open transaction. The purposes are named in full: by their beginning no index finds them.
    """
    theirs = and_(Mail.to == to, Mail.merchant_id == merchant_id)
    which = Mail.purpose.in_(purposes) if purposes else theirs
    for mail in db.session().scalars(select(Mail).where(which).with_for_update()).all():
        status = "failed" if mail.status == "waiting" else mail.status
        db.update(mail, to="", body="", error=None, status=status, check_at=None)


def message(mail: Mail, *, sender: str, sender_name: str) -> EmailMessage:
    """The mail as it is sent: plain text in UTF-8, its id the same at every try, so that readers see it once.

    Raises ValueError for an address that no mail can have.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(sender_name, addr_spec=sender)
    made["To"] = Address(addr_spec=mail.to)
    made["Subject"] = mail.subject
    made["Date"] = mail.created_at
    made["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.body)
    made["Content-Language"] = mail.language  # after the content, which begins these headers anew
    return made
