"""The gate before every try: who knocks too often, or was refused too often, costs nobody anything more.

The limits of the policy need the history, and the card, which only the provider can tell. The gate needs neither. It
bounds how often the provider is asked about a card at all, and it tells when to look before asking. Where attempts go
on being refused, it ends the making of rows: from then on the answer is `too_many_requests`, whatever is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.errors import CredentialInvalid, TooManyRequests
from app.screening import gather, keys, pace, places
from app.screening.gather import Asked
from app.screening.pace import Counted, Pace

MINUTE_S, HOUR_S = 60, 3600

# Tries on one page, whatever became of them. A good customer makes three in a bad case.
TRIES = Pace("tries", 10, 10 * MINUTE_S)
# Tries under way at once. Each is through the gate in a second or two.
UNDER_WAY = {
    "ip": Pace("under-way-ip", 8, 30),
    "device": Pace("under-way-device", 4, 30),
}
# After so many tries the history is asked before the provider is asked about the card, and once more after.
OFTEN = {"ip": Pace("often-ip", 1, HOUR_S), "device": Pace("often-device", 1, HOUR_S)}
OFTEN_IN_SESSION = 2
# Whether anybody was turned away by a limit of late: then the history is asked first for everybody.
ALERT = Pace("alert", 1, HOUR_S)
# Attempts that were refused, by whomever. Above, they leave no rows.
STRIKES = {
    "session": Pace("strikes-session", 10, HOUR_S),
    "device": Pace("strikes-device", 10, HOUR_S),
    "email": Pace("strikes-email", 10, HOUR_S),
    "card": Pace("strikes-card", 20, HOUR_S),
    "ip": Pace("strikes-ip", 30, HOUR_S),
    "link": Pace("strikes-link", 100, HOUR_S),
    "merchant": Pace("strikes-merchant", 300, HOUR_S),
}
# At whom it is looked before anything else is known. Everybody shares the others.
FIRST_LOOKED_AT = ("session", "device", "ip")
# What a token that the provider does not know counts: it cost a call, and no page of ours makes one.
BAD_TOKEN = 3
# Visits to links: each makes a session with its order and its payment. Behind an address that is nobody's on the
# internet there is a proxy that we were not told of, with everybody behind it.
VISITS = {True: Pace("visits", 60, MINUTE_S), False: Pace("visits-inside", 600, MINUTE_S)}
# What is asked on one page besides paying: other choices, and the way back, which asks the provider.
PAGE = Pace("page", 60, MINUTE_S)
# Codes mailed to one address, whoever asks for them.
MAILS = Pace("mails", 5, HOUR_S)
# Codes that one place has mailed, to whomever: our mail server is nobody's to write to the world with.
MAILERS = {True: Pace("mailers", 20, HOUR_S), False: Pace("mailers-inside", 200, HOUR_S)}
# How often a page that waits asks the provider how its payment stands. Above, it says what is known.
LOOKS = Pace("looks", 60, MINUTE_S)


def identities(asked: Asked) -> dict[str, str]:
    """Who tries, as opaque keys: identity → key. A merchant's own server is nobody: only what it tells counts."""
    found = {
        **gather.identities(gather.facts(asked)),
        "session": None if asked.channel == "api" else asked.payment_id,
        "link": asked.link_id,
        "merchant": asked.merchant_id,
    }
    return {identity: key for identity, key in found.items() if key is not None}


@contextmanager
def passing(asked: Asked) -> Iterator[bool]:
    """While the provider is asked about a card. Gives whether to look at the history first. Raises TooManyRequests."""
    who, ticket = identities(asked), pace.ticket()
    leases, often = _of(UNDER_WAY, who), _of(OFTEN, who)
    tries = _of({"session": TRIES}, who)
    strikes = _of({name: STRIKES[name] for name in FIRST_LOOKED_AT}, who)
    try:
        counts = pace.note(
            (*tries, *leases, *often), read=(*strikes, (ALERT, asked.merchant_id)), by=ticket
        )
        counted = dict(zip((*tries, *leases, *often, *strikes), counts[:-1], strict=True))
        _hold_to((*tries, *leases), counted, over=1)
        _hold_to(strikes, counted, over=0)
        is_often = any(counted[one] > one[0].most for one in often)
        is_watched = (
            counts[-1] > 0 and len(who) > 1
        )  # of a shopper of whom nothing is told, the card must speak
        yield is_often or is_watched or asked.tries >= OFTEN_IN_SESSION
    except CredentialInvalid:
        _strike(who, times=BAD_TOKEN)
        raise
    finally:
        pace.take_back(leases, ticket)


def refuse(asked: Asked, *, by_limit: bool) -> None:
    """An attempt is about to be refused: note it. Raises TooManyRequests when there were too many to keep them all."""
    who = identities(asked)
    counted = _strike(who)
    if by_limit:
        pace.note([(ALERT, asked.merchant_id)])
    _hold_to(tuple(counted), counted, over=1)


def visit(ip: str | None) -> None:
    """Somebody opens a payment link. Raises TooManyRequests."""
    _keep_place(VISITS, ip)


def act(session_id: str) -> None:
    """Something is asked on a session's page that costs us or the provider work. Raises TooManyRequests."""
    _keep(PAGE, session_id)


def mail_to(address: str, *, ip: str | None) -> None:
    """Somebody there wants a mail sent to an address that they typed. Raises TooManyRequests."""
    _keep_place(MAILERS, ip)
    _keep(MAILS, address.lower())


def may_look(session_id: str) -> bool:
    """Whether the provider may be asked once more how the payment of this page stands."""
    return _is_within(LOOKS, session_id)


def _keep_place(paces: Mapping[bool, Pace], ip: str | None) -> None:
    if ip is not None:
        is_public = places.is_public(ip)
        _keep(paces[is_public], keys.network(ip) if is_public else ip)


def _keep(one: Pace, who: str) -> None:
    if not _is_within(one, who):
        raise TooManyRequests(retry_after=one.window_s)


def _is_within(one: Pace, who: str) -> bool:
    """Note it, as an opaque key: neither an address nor a page's secret name is kept."""
    return pace.note([(one, keys.of(one.name, who) or "")])[0] <= one.most


def _of(paces: Mapping[str, Pace], who: Mapping[str, str]) -> tuple[Counted, ...]:
    return tuple((one, who[identity]) for identity, one in paces.items() if identity in who)


def _strike(who: Mapping[str, str], *, times: int = 1) -> dict[Counted, int]:
    strikes = _of(STRIKES, who)
    return dict(zip(strikes, pace.note(strikes, times=times), strict=True))


def _hold_to(paces: tuple[Counted, ...], counted: Mapping[Counted, int], *, over: int) -> None:
    """`over`: 1 where this try is in the count itself."""
    late = [one for one, key in paces if counted[one, key] >= one.most + over]
    if late:
        raise TooManyRequests(retry_after=max(one.window_s for one in late))
