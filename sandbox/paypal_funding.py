"""What the buyer may pay with on the approve page, and what becomes of each."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Funding:
    """One way to pay: how it reads, and what capture or authorize makes of it.

    `later` is what a charge to the saved wallet meets: '' is paid, else the issue of the refusal.
    `disputed` is the reason for which the buyer disputes the payment a second later, '' for never.
    `refunds_end` is how a refund ends that is pending for three seconds, '' for done at once.
    `response_code` is the processor's, for cards and for a capture that is declined.
    """

    label: str
    hint: str
    declined: bool = False
    capture_status: str = "COMPLETED"
    authorization_status: str = "CREATED"
    later: str = ""
    disputed: str = ""
    refunds_end: str = ""
    response_code: str = ""


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
        response_code="0500",
    ),
    "fades": Funding(
        label="Visa ending 0004",
        hint="Paid now; a later charge to the saved account is declined",
        later="INSTRUMENT_DECLINED",
    ),
    "stolen": Funding(
        label="Visa ending 0026",
        hint="Paid, and disputed a second later: UNAUTHORISED",
        disputed="UNAUTHORISED",
    ),
    "missing": Funding(
        label="Mastercard ending 0011",
        hint="Paid; a second later the buyer says that nothing came",
        disputed="MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    ),
    "slow_refund": Funding(
        label="Bank account ending 7726",
        hint="Paid; a refund is pending for three seconds, then completed",
        refunds_end="COMPLETED",
    ),
    "failed_refund": Funding(
        label="Bank account ending 5126",
        hint="Paid; a refund is pending for three seconds, then failed",
        refunds_end="FAILED",
    ),
}
