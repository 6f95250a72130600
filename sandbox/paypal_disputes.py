"""Disputes v1: a buyer wants their money back, the merchant answers, PayPal decides."""

import secrets
from datetime import timedelta
from typing import Any

from sandbox import clock, paypal_journal, paypal_money
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_hooks import emit
from sandbox.paypal_world import (
    BUYER,
    CAPTURE,
    HIDDEN,
    PAYEE,
    find,
    keep,
    link,
    moment_of,
    new_id,
    sandbox,
    shown,
    wire_now,
    wire_time,
)
from sandbox.store import Document

DISPUTE = "paypal_dispute"
REASONS = (
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
    "UNAUTHORISED",
    "CREDIT_NOT_PROCESSED",
    "DUPLICATE_TRANSACTION",
    "INCORRECT_AMOUNT",
    "PAYMENT_BY_OTHER_MEANS",
    "CANCELED_RECURRING_BILLING",
    "PROBLEM_WITH_REMITTANCE",
    "OTHER",
)
# These begin as a talk between buyer and merchant, which holds no money; the others as a claim.
TALKED_ABOUT = REASONS[:2]
OPENED_WITHIN = timedelta(days=180)
ANSWER_WITHIN = timedelta(days=10)
APPEAL_WITHIN = timedelta(days=10)
INQUIRY, CLAIM = "INQUIRY", "CHARGEBACK"
# The stage after an appeal: "the first appeal stage for merchants", then the second and last.
APPEALED = {CLAIM: "PRE_ARBITRATION", "PRE_ARBITRATION": "ARBITRATION"}
ASKED, BUYER_ASKED = "WAITING_FOR_SELLER_RESPONSE", "WAITING_FOR_BUYER_RESPONSE"
REVIEWED, RESOLVED = "UNDER_REVIEW", "RESOLVED"
STATES = {
    "OPEN": "OPEN_INQUIRIES",
    ASKED: "REQUIRED_ACTION",
    BUYER_ASKED: "REQUIRED_OTHER_PARTY_ACTION",
    REVIEWED: "UNDER_PAYPAL_REVIEW",
}


def open_dispute(capture_id: str, reason: str, amount: int | None = None) -> Document:
    """Let the buyer dispute a capture, all that is left of it or `amount` in minor units.

    For the control desk, a timer, or a buyer's choice; raises PayPalError for what cannot be.
    """
    capture = find(CAPTURE, capture_id, parameter="capture_id")
    if reason not in REASONS:
        raise PayPalError("INVALID_PARAMETER_VALUE", field="/reason", value=str(reason)[:80])
    left = paypal_money.minor_of(capture["amount"]) - capture[HIDDEN]["refunded"]
    left -= capture[HIDDEN].get("reversed", 0)
    wanted = left if amount is None else amount
    too_late = clock.now() - moment_of(capture["create_time"]) > OPENED_WITHIN
    taken = capture["status"] in ("COMPLETED", "PARTIALLY_REFUNDED")
    if not taken or too_late or is_open(capture) or not 0 < wanted <= left:
        raise PayPalError.bare(422)
    dispute = _new_dispute(capture, reason, wanted)
    capture[HIDDEN]["dispute"] = dispute["id"]
    keep(CAPTURE, capture)
    if dispute["dispute_life_cycle_stage"] == CLAIM:
        _hold(dispute)
    _write(dispute, "CREATED")
    return dispute


def is_open(capture: Document) -> bool:
    """Say whether a capture has a dispute that is not decided."""
    dispute = sandbox().store.get(DISPUTE, capture[HIDDEN].get("dispute", ""))
    return dispute is not None and dispute["status"] != RESOLVED


def _new_dispute(capture: Document, reason: str, minor: int) -> Document:
    dispute_id = f"PP-R-SBX-{secrets.randbelow(10**8):08d}"
    talked = reason in TALKED_ABOUT
    custom = {"custom": capture["custom_id"]} if "custom_id" in capture else {}
    transaction = {
        "buyer_transaction_id": new_id(),
        "seller_transaction_id": capture["id"],
        "create_time": capture["create_time"],
        "transaction_status": capture["status"],
        "gross_amount": capture["amount"],
        **custom,
        "buyer": {"name": f"{BUYER['given_name']} {BUYER['surname']}"},
        "seller": {"email": PAYEE["email_address"], "merchant_id": PAYEE["merchant_id"]},
    }
    return {
        "id": dispute_id,
        "dispute_id": dispute_id,
        "create_time": wire_now(),
        "disputed_transactions": [transaction],
        "reason": reason,
        "status": "OPEN" if talked else ASKED,
        "dispute_amount": paypal_money.money(minor, capture["amount"]["currency_code"]),
        "dispute_life_cycle_stage": INQUIRY if talked else CLAIM,
        "dispute_channel": "INTERNAL",
        "seller_response_due_date": wire_time(clock.now() + ANSWER_WITHIN),
        HIDDEN: {"capture_id": capture["id"], "held": False, "decided_at": "", "away": False},
    }


def escalate(dispute: Document) -> None:
    """Make a claim of a talk: from now on the money is held."""
    _allow(dispute["dispute_life_cycle_stage"] == INQUIRY and dispute["status"] != RESOLVED)
    dispute |= {"dispute_life_cycle_stage": CLAIM, "status": ASKED}
    _hold(dispute)
    _write(dispute, "UPDATED")


def provide_evidence(dispute: Document, evidences: list[dict[str, Any]]) -> None:
    """Take the merchant's evidence; PayPal then looks at it."""
    _allow(dispute["status"] == ASKED)
    source = {"source": "SUBMITTED_BY_SELLER", "date": wire_now()}
    rows = [{**evidence, **source} for evidence in evidences]
    dispute["evidences"] = [*dispute.get("evidences", []), *rows]
    dispute["status"] = REVIEWED
    _write(dispute, "UPDATED")


def require_evidence(dispute: Document, *, of_seller: bool) -> None:
    """Ask one side for more (PayPal's own people do this; by API in the sandbox only)."""
    _allow(dispute["status"] == REVIEWED)
    dispute["status"] = ASKED if of_seller else BUYER_ASKED
    dispute["seller_response_due_date"] = wire_time(clock.now() + ANSWER_WITHIN)
    _write(dispute, "UPDATED")


def accept_claim(dispute: Document) -> None:
    """Give in: the buyer is paid back."""
    _allow(dispute["status"] in ("OPEN", ASKED))
    _resolve(dispute, "RESOLVED_BUYER_FAVOUR")


def adjudicate(dispute: Document, *, for_buyer: bool) -> None:
    """Decide (PayPal's own people do this; by API in the sandbox only)."""
    _allow(dispute["status"] == REVIEWED)
    _resolve(dispute, "RESOLVED_BUYER_FAVOUR" if for_buyer else "RESOLVED_SELLER_FAVOUR")


def cancel(dispute: Document) -> None:
    """The buyer takes it back: after a refund, or by themselves."""
    _allow(dispute["status"] != RESOLVED)
    _resolve(dispute, "CANCELED_BY_BUYER")


def appeal(dispute: Document, evidences: list[dict[str, Any]]) -> None:
    """Ask PayPal to look again at what it decided for the buyer; the money stays away meanwhile."""
    _allow(may_appeal(dispute))
    dispute["dispute_life_cycle_stage"] = APPEALED[dispute["dispute_life_cycle_stage"]]
    dispute["status"] = ASKED
    dispute.pop("dispute_outcome")
    provide_evidence(dispute, evidences)


def may_appeal(dispute: Document) -> bool:
    """Say whether a merchant may ask PayPal to look again."""
    decided = dispute[HIDDEN]["decided_at"]
    return (
        dispute["status"] == RESOLVED
        and dispute["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"
        and dispute["dispute_life_cycle_stage"] in APPEALED
        and clock.now() - moment_of(decided) <= APPEAL_WITHIN
    )


def give_up_if_due(dispute_id: str) -> None:
    """Decide for the buyer where the merchant let their days pass; a timer calls this."""
    dispute = find(DISPUTE, dispute_id)
    late = clock.now() >= moment_of(dispute["seller_response_due_date"])
    if dispute["status"] in (ASKED, "OPEN") and late:
        _resolve(dispute, "RESOLVED_BUYER_FAVOUR")


def _allow(may: bool) -> None:  # noqa: FBT001  it reads as a sentence
    """Refuse; which issue PayPal names for a dispute's wrong state is in no document we have."""
    if not may:
        raise PayPalError.bare(422)


def _hold(dispute: Document) -> None:
    dispute[HIDDEN]["held"] = True
    _note(dispute, paypal_journal.HOLD, -paypal_money.minor_of(dispute["dispute_amount"]))


def _resolve(dispute: Document, outcome: str) -> None:
    minor, hidden = paypal_money.minor_of(dispute["dispute_amount"]), dispute[HIDDEN]
    capture = find(CAPTURE, hidden["capture_id"])
    for_buyer = outcome == "RESOLVED_BUYER_FAVOUR"
    if hidden["held"]:
        hidden["held"] = False
        _note(dispute, paypal_journal.HOLD_ENDED, minor)
    if for_buyer != hidden["away"]:  # taken now, or given back after an appeal
        hidden["away"] = for_buyer
        capture[HIDDEN]["reversed"] = capture[HIDDEN].get("reversed", 0) + (
            minor if for_buyer else -minor
        )
        keep(CAPTURE, capture)
        _note(dispute, paypal_journal.REVERSAL, -minor if for_buyer else minor)
        movement = {
            "affected_party": "SELLER",
            "amount": dispute["dispute_amount"],
            "initiated_time": wire_now(),
            "type": "DEBIT" if for_buyer else "CREDIT",
            "reason": "DISPUTE_SETTLEMENT",
        }
        dispute["money_movements"] = [*dispute.get("money_movements", []), movement]
    dispute["status"] = RESOLVED
    dispute["dispute_outcome"] = {"outcome_code": outcome}
    if for_buyer:
        dispute["dispute_outcome"]["amount_refunded"] = dispute["dispute_amount"]
    hidden["decided_at"] = wire_now()
    _write(dispute, "RESOLVED")


def _note(dispute: Document, code: str, minor: int) -> None:
    capture = find(CAPTURE, dispute[HIDDEN]["capture_id"])
    paypal_journal.write(code, minor, capture, reference=(capture["id"], "TXN"))


def _write(dispute: Document, what: str) -> None:
    keep(DISPUTE, dispute)
    if dispute["status"] in (ASKED, "OPEN"):
        seconds = (moment_of(dispute["seller_response_due_date"]) - clock.now()).total_seconds()
        sandbox().timers.after(seconds + 1, "paypal.dispute_due", dispute_id=dispute["id"])
    emit(f"CUSTOMER.DISPUTE.{what}", view(dispute))


def view(dispute: Document) -> dict[str, Any]:
    """Show a dispute with what may be done about it now."""
    path, status = f"/v1/customer/disputes/{dispute['id']}", dispute["status"]
    may = {
        "provide-evidence": status == ASKED,
        "accept-claim": status in ("OPEN", ASKED),
        "escalate": dispute["dispute_life_cycle_stage"] == INQUIRY and status != RESOLVED,
        "adjudicate": status == REVIEWED,
        "require-evidence": status == REVIEWED,
        "appeal": may_appeal(dispute),
    }
    rows = [link(path, "self")]
    rows += [link(f"{path}/{name}", name, "POST") for name, allowed in may.items() if allowed]
    return {**shown(dispute, without=("id",)), "dispute_state": state(dispute), "links": rows}


def state(dispute: Document) -> str:
    """Say what the dispute's state is, by which disputes are sought."""
    if dispute["status"] == RESOLVED:
        return "APPEALABLE" if may_appeal(dispute) else RESOLVED
    return STATES[dispute["status"]]
