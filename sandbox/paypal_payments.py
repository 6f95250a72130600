"""Payments v2: orders become captures or authorizations, and these become money and refunds."""

from datetime import timedelta
from typing import Any

from sandbox import (
    clock,
    paypal_disputes,
    paypal_means,
    paypal_money,
    paypal_rules,
    paypal_schema,
    paypal_vault,
)
from sandbox import paypal_orders as orders
from sandbox.paypal_documents import (
    new_authorization,
    new_capture,
    new_refund,
    settle_capture,
    settle_refund,
)
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_hooks import emit
from sandbox.paypal_world import (
    CAPTURE,
    HIDDEN,
    ORDER,
    REFUND,
    base_url,
    find,
    keep,
    moment_of,
    sandbox,
)
from sandbox.store import Document

REFUNDABLE_FOR = timedelta(days=180)
REFUND_PENDING_S = 3
INVOICE = "paypal_invoice"

Body = dict[str, Any]


def create_order(body: Body) -> Document:
    """Write an order, and take or hold its money where that needs nobody any more."""
    order = orders.create(body)
    if order["status"] == "APPROVED":
        _move_money(order)
    return order


def capture_order(order_id: str, body: Body) -> Document:
    """Take the money of an approved order; what became of it stands in the captures."""
    return _act(order_id, body, intent="CAPTURE", already="ORDER_ALREADY_CAPTURED")


def authorize_order(order_id: str, body: Body) -> Document:
    """Hold the money of an approved order; the order is then complete, the hold is not."""
    return _act(order_id, body, intent="AUTHORIZE", already="ORDER_ALREADY_AUTHORIZED")


def _act(order_id: str, body: Body, *, intent: str, already: str) -> Document:
    paypal_rules.check(paypal_schema.ORDER_ACTION, body)
    order = orders.load(order_id)
    if order["intent"] != intent:
        raise PayPalError("ACTION_DOES_NOT_MATCH_INTENT")
    if order["status"] == "COMPLETED":
        raise PayPalError(already)
    if order["status"] == "VOIDED":
        raise PayPalError("ORDER_COMPLETED_OR_VOIDED")
    if body.get("payment_source"):
        paypal_means.attach(order, body["payment_source"])
        keep(ORDER, order)
        if order["status"] == "PAYER_ACTION_REQUIRED":
            return order  # the bank asks: the answer has the page's address, and no money moved
    if order["status"] != "APPROVED":
        raise PayPalError("ORDER_NOT_APPROVED")
    _move_money(order)
    return order


def _move_money(order: Document) -> None:
    funding = paypal_means.means_of(order)
    if funding.declined:
        # The buyer may come back, choose something else and approve again.
        again = f"{base_url()}{paypal_means.APPROVE_PAGE}{order['id']}"
        raise PayPalError("INSTRUMENT_DECLINED", redirect=again)
    for unit in order["purchase_units"]:
        claim_invoice(unit.get("invoice_id"), owner=order["id"])
        if order["intent"] == "CAPTURE":
            capture = new_capture(
                order, unit, unit["amount"], status=funding.capture_status, funding=funding
            )
            order[HIDDEN]["captures"].append(capture["id"])
            after_capture(order, capture)
        else:
            held = new_authorization(
                order, unit, unit["amount"], status=funding.authorization_status, funding=funding
            )
            order[HIDDEN]["authorizations"].append(held["id"])
    order["status"] = "COMPLETED"
    captures = order["intent"] == "CAPTURE"
    status = funding.capture_status if captures else funding.authorization_status
    paypal_vault.keep_source(order, status)
    keep(ORDER, order)
    if captures:
        emit("CHECKOUT.ORDER.COMPLETED", orders.view(order))


def after_capture(order: Document, capture: Document) -> None:
    """Let the buyer who chose so dispute what was just taken."""
    reason = paypal_means.means_of(order).disputed
    if reason and capture["status"] == "COMPLETED":
        arguments = {"capture_id": capture["id"], "reason": reason}
        sandbox().timers.after(1, "paypal.open_dispute", **arguments)


def claim_invoice(invoice_id: str | None, *, owner: str) -> None:
    """Take an invoice id for an order; another order's is refused."""
    if invoice_id is None:
        return
    taken = sandbox().store.get(INVOICE, invoice_id)
    if taken is not None and taken["owner"] != owner:
        raise PayPalError("DUPLICATE_INVOICE_ID", field="/invoice_id", value=invoice_id)
    sandbox().store.put(INVOICE, invoice_id, {"id": invoice_id, "owner": owner})


def refund(capture_id: str, body: Body) -> Document:
    """Give captured money back, all that is left or part of it."""
    paypal_rules.check(paypal_schema.REFUND, body)
    capture = find(CAPTURE, capture_id, parameter="capture_id")
    if capture["status"] == "PENDING":
        raise PayPalError("PENDING_CAPTURE")
    if capture["status"] == "REFUNDED":
        raise PayPalError("CAPTURE_FULLY_REFUNDED")
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise PayPalError("REFUND_NOT_ALLOWED")
    if clock.now() - moment_of(capture["create_time"]) > REFUNDABLE_FOR:
        raise PayPalError("REFUND_TIME_LIMIT_EXCEEDED")
    order = find(ORDER, capture[HIDDEN]["order_id"])
    refunds = order[HIDDEN]["refunds"]
    left = paypal_money.minor_of(capture["amount"]) - capture[HIDDEN]["refunded"]
    left -= capture[HIDDEN].get("reversed", 0)
    if left <= 0:
        raise PayPalError("REFUND_NOT_ALLOWED")  # a dispute has taken it all
    amount = body.get("amount") or rest_of(capture, left)
    wanted = wanted_of(amount, capture, mismatch="REFUND_CAPTURE_CURRENCY_MISMATCH")
    if wanted > left:
        field = "/amount/value"
        raise PayPalError("REFUND_AMOUNT_EXCEEDED", field=field, value=amount["value"])
    if paypal_disputes.is_open(capture):
        _settle_dispute(capture, whole=wanted == left)
        capture = find(CAPTURE, capture_id)
    if "invoice_id" in body:
        # A refund may carry its sale's invoice id; a second refund may not carry it again.
        claim_invoice(f"refund {body['invoice_id']}", owner=f"{capture_id} {len(refunds)}")
    capture[HIDDEN]["refunded"] += wanted
    capture["status"] = "REFUNDED" if wanted == left else "PARTIALLY_REFUNDED"
    keep(CAPTURE, capture)
    ends = paypal_means.means_of(order).refunds_end
    given_back = new_refund(capture, amount, body, pending=bool(ends))
    refunds.append(given_back["id"])
    keep(ORDER, order)
    if ends:
        arguments = {"refund_id": given_back["id"], "status": ends}
        sandbox().timers.after(REFUND_PENDING_S, "paypal.end_refund", **arguments)
    return given_back


def end_refund(refund_id: str, status: str) -> Document:
    """End a pending refund: COMPLETED, or FAILED, and then its money is the merchant's again."""
    given_back = find(REFUND, refund_id, parameter="refund_id")
    if given_back["status"] != "PENDING":
        raise PayPalError.bare(422)
    if status == "FAILED":
        capture = find(CAPTURE, given_back[HIDDEN]["capture_id"])
        capture[HIDDEN]["refunded"] -= paypal_money.minor_of(given_back["amount"])
        some = capture[HIDDEN]["refunded"] > 0
        capture["status"] = "PARTIALLY_REFUNDED" if some else "COMPLETED"
        keep(CAPTURE, capture)
    return settle_refund(given_back, status)


def _settle_dispute(capture: Document, *, whole: bool) -> None:
    """A refund of all ends a talk with the buyer; anything else has to wait for PayPal."""
    dispute = find(paypal_disputes.DISPUTE, capture[HIDDEN]["dispute"])
    if not whole or dispute["dispute_life_cycle_stage"] != paypal_disputes.INQUIRY:
        raise PayPalError("TRANSACTION_DISPUTED")
    paypal_disputes.cancel(dispute)


def review(capture_id: str, *, accepted: bool) -> Document:
    """End the review of a pending capture (PayPal's own people do this, not its API)."""
    capture = find(CAPTURE, capture_id)
    if capture["status"] != "PENDING":
        raise PayPalError("TRANSACTION_REFUSED")
    settle_capture(capture, "COMPLETED" if accepted else "DECLINED")
    order = find(ORDER, capture[HIDDEN]["order_id"])
    paypal_vault.settle_wish(order, capture["status"])
    keep(ORDER, order)
    return capture


def rest_of(document: Document, minor: int) -> dict[str, str]:
    """Write minor units in a document's currency."""
    return paypal_money.money(minor, document["amount"]["currency_code"])


def wanted_of(amount: Body, document: Document, *, mismatch: str) -> int:
    """Read an amount that must be in a document's currency."""
    if amount["currency_code"] != document["amount"]["currency_code"]:
        field = "/amount/currency_code"
        raise PayPalError(mismatch, field=field, value=amount["currency_code"])
    return paypal_money.parse(amount, field="/amount")
