"""PayPal's activity download, its settlement and transaction detail reports, and its case report."""

from __future__ import annotations

from risk.importing import amounts, moments
from risk.importing.line import Line, Refused
from risk.importing.records import Attempt, BadValue, Later
from risk.past import APPROVED, FRAUD, REFUND, SOFT_DECLINE

# PayPal writes no decimals for these, whatever ISO 4217 says.
_WRITTEN = {"HUF": 0, "JPY": 0, "TWD": 0}

# The status of a transaction → whether it was paid; None: a third person decided, or it has not ended.
_STATUS = {
    "completed": True, "cleared": True, "refunded": True, "partially refunded": True, "reversed": True,
    "failed": False,
    "pending": None, "denied": None, "canceled": None, "cancelled": None, "expired": None, "voided": None,
    "held": None, "on hold": None, "removed": None, "returned": None, "unclaimed": None, "processing": None,
    "created": None, "active": None, "placed": None, "uncleared": None,
}  # fmt: skip
# One-letter status of the transaction detail report.
_LETTERS = {"s": "completed", "p": "pending", "d": "denied", "v": "reversed", "f": "refunded"}
_REFUNDS = frozenset({"payment refund", "refund", "partial refund"})
# Types that end in "payment" and are none of a shopper's.
_NOT_PAYMENTS = frozenset({"mass payment", "mass pay payment", "bill payment"})
_REFUND_EVENT, _MASS_PAYMENT_EVENT, _PAYMENT_EVENTS = "T1107", "T0001", "T00"

# What a case is called when the holder of the account or card says that it was not them.
_UNAUTHORIZED = frozenset(
    {
        "unauthorized",
        "unauthorised",
        "unauthorized claim",
        "unauthorized transaction",
        "fraud",
        "fraudulent",
    }
)
# Reason codes of chargebacks that mean fraud and nothing else: Visa, Mastercard, American Express, Discover.
_FRAUD_CODES = frozenset(
    {"10.1", "10.2", "10.3", "10.4", "10.5", "57", "62", "81", "83", "93"}
    | {"4837", "37", "4840", "4863", "63", "4870", "4871"}
    | {"f10", "f14", "f24", "f29", "f30", "f31"}
    | {"ua01", "ua02", "ua05", "ua06"}
)


def activity(line: Line) -> Attempt | Later | None:
    """A line of the activity download; None: it is no payment of a shopper's."""
    kind = line.word("type")
    if kind in _REFUNDS:
        return _refund(line, _activity_moment(line))
    if not kind.endswith("payment") or kind in _NOT_PAYMENTS or line.word("impact") == "debit":
        return None
    approved = _approved(line, line.word("status"))
    if approved is None:
        return None
    amount_minor, currency = line.money(written=_WRITTEN)
    if amount_minor < 0:  # the merchant paid somebody
        return None
    return _attempt(
        line,
        at_ms=_activity_moment(line),
        amount_minor=amount_minor,
        currency=currency,
        approved=approved,
    )


def settlement(line: Line) -> Attempt | Later | None:
    """A line of the settlement or transaction detail report; None: it is no payment of a shopper's."""
    event = line.need("event").upper()
    if event == _REFUND_EVENT:
        return _refund(line, line.moment("at"))
    if not event.startswith(_PAYMENT_EVENTS) or event == _MASS_PAYMENT_EVENT:
        return None
    if line.word("impact") not in {"cr", "credit"}:
        return None
    letter = line.word("status")
    approved = _approved(line, _LETTERS.get(letter, letter)) if letter else True
    if approved is None:
        return None
    currency = line.need("currency").upper()
    return _attempt(
        line,
        at_ms=line.moment("at"),
        amount_minor=_minor(line, currency),
        currency=currency,
        approved=approved,
    )


def case(line: Line) -> Later | None:
    """A line of the case report; None: it is not about fraud."""
    unauthorized = {line.word("type"), line.word("reason")} & _UNAUTHORIZED
    if not unauthorized and line.word("chargeback") not in _FRAUD_CODES:
        return None
    return Later(
        provider="paypal",
        ref=line.ref(),
        kind=FRAUD,
        at_ms=line.moment("at"),
        reference=line.get("case"),
    )


def _attempt(
    line: Line, *, at_ms: int, amount_minor: int, currency: str, approved: bool
) -> Attempt:
    return line.attempt(
        provider="paypal",
        at_ms=at_ms,
        amount_minor=amount_minor,
        currency=currency,
        outcome=APPROVED if approved else SOFT_DECLINE,
        facts={"method": "paypal"},
    )


def _refund(line: Line, at_ms: int) -> Later | None:
    original = line.get("original")
    return Later(provider="paypal", ref=original, kind=REFUND, at_ms=at_ms) if original else None


def _approved(line: Line, status: str) -> bool | None:
    if status not in _STATUS:
        line.tell(
            line.table.header("status"),
            "is a word of PayPal's that is not known, so the line was left out",
        )
        return None
    return _STATUS[status]


def _activity_moment(line: Line) -> int:
    """Date, time and zone are three columns."""
    text = f"{line.need('date')} {line.need('time')}"
    try:
        zone = moments.named(line.get("zone")) if line.has("zone") else line.zone
        return moments.milliseconds(text, zone=zone, order=line.order)
    except BadValue as error:
        raise Refused(line.table.header("date"), str(error)) from None


def _minor(line: Line, currency: str) -> int:
    """Whole numbers with the point left out. For other than two decimals, PayPal's documents contradict each other."""
    header = line.table.header("minor")
    try:
        exponent = line.world.exponent(currency)
    except ValueError:
        raise Refused(line.table.header("currency"), "is not a currency of ISO 4217") from None
    if exponent != 2 or currency in _WRITTEN:
        raise Refused(
            header,
            f"could be two amounts in {currency}; import these payments from the activity download",
        )
    try:
        return amounts.whole(line.need("minor"))
    except BadValue as error:
        raise Refused(header, str(error)) from None
