"""What the buyer may pay with on the approve page, and what becomes of each."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Funding:
    """One way to pay: how it reads, and what capture or authorize makes of it."""

    label: str
    hint: str
    declined: bool = False
    capture_status: str = "COMPLETED"
    authorization_status: str = "CREATED"


FUNDING = {
    "balance": Funding(label="PayPal balance", hint="Paid at once"),
    "declined": Funding(
        label="Visa ending 1881",
        hint="Will be declined: INSTRUMENT_DECLINED, choose again",
        declined=True,
    ),
    "review": Funding(
        label="Bank account, needs review",
        hint="Stays pending: PENDING_REVIEW",
        capture_status="PENDING",
        authorization_status="PENDING",
    ),
    "refused": Funding(
        label="Mastercard ending 0500",
        hint="Order completes, the capture in it is DECLINED",
        capture_status="DECLINED",
        authorization_status="DENIED",
    ),
}
