"""Signing in and out: a session is a row of ours, whose random token the browser has; to delete the row ends it."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
import threading
from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

from sqlalchemy import delete, func, select

from app import passwords
from app.access import Person
from app.errors import Invalid, TooManyRequests
from app.screening import keys
from models import AuditRow, SignIn, User, audit, clock, db

LASTS_H = 12  # a working day with its overtime: nobody is still signed in the next morning (ASVS 5.0, 7.3.2)
IDLE_MIN = 60  # a lunch; whoever stays away longer has left the screen to others (7.3.1)
LONGEST_EMAIL = 254
NOTED_EVERY_S = 60  # that somebody is still there is written once a minute, not with every click

# Sign-in is slowed down here and nowhere else, so the limits are for people: a few typing errors, an office behind
# one address. They are counted from the audit rows, which all processes share and a restart does not forget.
WINDOW_MIN = 15
FAILURES_PER_PERSON, FAILURES_PER_ADDRESS = 5, 20
FAILED, FAILED_FROM, DONE = "sign_in.failed", "sign_in.failed_from", "sign_in"
FORGIVES = (DONE, "user.password_reset")  # what makes earlier failures count no more

# One check of a password takes 64 MiB; and whoever guesses in parallel gets no further than this past the limits.
_at_once = threading.BoundedSemaphore(2)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class SignInRefused(Invalid):
    """No such person, another password, or somebody who may not sign in any more: the answer is the same."""

    code = "sign_in_refused"
    says = "The e-mail address or the password is not right."


def sign_in(email: str, password: str, *, ip: str, user_agent: str) -> str:
    """Begin a session and return its token. Raises SignInRefused, TooManyRequests."""
    wanted = email.strip().lower()
    # What cannot be an address is not looked up: PostgreSQL would choke on a NUL in it.
    can_be = len(wanted) <= LONGEST_EMAIL and wanted.isprintable()
    user = db.session().scalar(select(User).where(User.email == wanted)) if can_be else None
    # Keyed: rows of the audit trail stay for good, and a plain hash of an address can be guessed.
    key = user.id if user else f"email:{keys.of('email', wanted) if can_be else None}"
    kept = user.password_hash if user and user.is_active else None
    _check(kept, password, key=key, ip=ip)
    assert user is not None
    assert kept is not None
    renewed = passwords.hashed(password) if passwords.is_outdated(kept) else kept
    with db.transaction():
        found = db.lock(User, user.id)
        if found is None or not found.is_active or found.password_hash != kept:
            raise SignInRefused  # changed while we computed
        if renewed != kept:
            db.update(found, password_hash=renewed)
        audit.write(found.id, DONE, found.id, ip=ip)
        return begin(found, ip=ip, user_agent=user_agent)


def check_again(person: Person, password: str, *, ip: str) -> None:
    """That it is really them at the keyboard. Raises SignInRefused, TooManyRequests."""
    user = db.session().get_one(User, person.id)
    _check(user.password_hash, password, key=user.id, ip=ip)


def _check(kept: str | None, password: str, *, key: str, ip: str) -> None:
    db.release()  # whoever waits here must hold no connection: the one who is waited for needs one
    with _at_once:
        _refuse_too_many(key, ip)
        db.release()  # computing takes a tenth of a second, and others need the connection
        if passwords.is_right(password, kept):
            return
        with db.transaction():
            audit.write("visitor", FAILED, key, ip=ip)
            audit.write("visitor", FAILED_FROM, _network(ip))
        raise SignInRefused


def begin(user: User, *, ip: str, user_agent: str) -> str:
    """A new session of a user who is locked in the open transaction: never an old one taken over."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    _delete(SignIn.user_id == user.id, SignIn.expires_at < now)
    db.insert(
        SignIn(
            id=digest(token),
            user_id=user.id,
            epoch=user.epoch,
            expires_at=now + timedelta(hours=LASTS_H),
            ip=ip[:45] or None,
            user_agent="".join(filter(str.isprintable, user_agent))[:300] or None,
        )
    )
    return token


def find(token: str) -> Person | None:
    """Whose session this is, if it is one that still counts."""
    if not _TOKEN.fullmatch(token):
        return None
    row = (
        db.session()
        .execute(
            select(SignIn, User)
            .join(User, User.id == SignIn.user_id)
            .where(SignIn.id == digest(token))
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if row is None or not _counts(*row) or not _note(row[0]):
        return None
    session, user = row
    return Person(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        sign_in_id=session.id,
        merchant_id=user.merchant_id,
        settings=user.settings,
    )


def _counts(session: SignIn, user: User) -> bool:
    now = clock.now()
    in_time = session.expires_at > now and session.seen_at + timedelta(minutes=IDLE_MIN) > now
    return in_time and user.is_active and session.epoch == user.epoch


def _note(session: SignIn) -> bool:
    """That somebody is still there; False when the session was ended meanwhile."""
    now = clock.now()
    if session.seen_at + timedelta(seconds=NOTED_EVERY_S) > now:
        return True
    with db.transaction():
        found = db.lock(SignIn, session.id)
        if found is not None:
            db.update(found, seen_at=now)
    return found is not None


def sign_out(person: Person) -> None:
    """End the session: its cookie, kept by whomever, opens nothing any more."""
    with db.transaction():
        _delete(SignIn.id == person.sign_in_id)
        audit.write(person.id, "sign_out", person.id)


def of(person: Person) -> Sequence[SignIn]:
    """The person's sessions that still count, the newest first."""
    now = clock.now()
    return (
        db.session()
        .scalars(
            select(SignIn)
            .join(User, User.id == SignIn.user_id)
            .where(
                SignIn.user_id == person.id,
                SignIn.epoch == User.epoch,
                SignIn.expires_at > now,
                SignIn.seen_at > now - timedelta(minutes=IDLE_MIN),
            )
            .order_by(SignIn.created_at.desc(), SignIn.id)
        )
        .all()
    )


def end(person: Person, sign_in_id: str) -> bool:
    """End one of the person's own sessions; False when it is not one, or is over already."""
    with db.transaction():
        ended = _delete(SignIn.id == sign_in_id, SignIn.user_id == person.id)
        if ended:
            audit.write(person.id, "session.ended", person.id)
    return bool(ended)


def end_all(user: User) -> None:
    """End every session of a user who is locked in the open transaction."""
    db.update(user, epoch=user.epoch + 1)
    _delete(SignIn.user_id == user.id)


def digest(token: str) -> str:
    """What is kept of a token. A plain hash will do: there are 256 random bits to guess, not a password."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _delete(*where: object) -> int:
    statement = delete(SignIn.__table__).where(*where)  # type: ignore[arg-type]
    return db.session().connection().execute(statement).rowcount


def _refuse_too_many(key: str, ip: str) -> None:
    since = clock.now() - timedelta(minutes=WINDOW_MIN)
    session = db.session()
    last = session.scalars(
        select(AuditRow.action)
        .where(
            AuditRow.target_id == key,
            AuditRow.action.in_((FAILED, *FORGIVES)),
            AuditRow.created_at > since,
        )
        .order_by(AuditRow.id.desc())
        .limit(FAILURES_PER_PERSON)
    )
    of_person = sum(1 for _ in takewhile(lambda action: action == FAILED, last))
    of_address = session.scalar(
        select(func.count()).where(
            AuditRow.target_id == _network(ip),
            AuditRow.action == FAILED_FROM,
            AuditRow.created_at > since,
        )
    )
    if of_person >= FAILURES_PER_PERSON or (of_address or 0) >= FAILURES_PER_ADDRESS:
        raise TooManyRequests(
            f"There were too many tries. Wait {WINDOW_MIN} minutes, or ask for a new password."
        )


def _network(ip: str) -> str:
    """Whom an address belongs to: of IPv6 the first 64 bits, because everybody has the other 64 to choose from."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "ip:unknown"
    if address.version == 6 and address.ipv4_mapped is None:
        return f"ip:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"ip:{address.ipv4_mapped or address}" if address.version == 6 else f"ip:{address}"
