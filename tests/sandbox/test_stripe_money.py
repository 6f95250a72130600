"""Refunds, balance, disputes: every way in which money goes back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from sandbox.stripe_pages import shown_amount


def refund(side, intent, **params):
    return side.client.v1.refunds.create({"payment_intent": intent.id, **params})


def test_several_parts_and_then_no_more(side):
    intent = side.pay()
    first = refund(side, intent, amount=500, reason="requested_by_customer", metadata={"r": "1"})
    assert (first.status, first.amount, first.metadata.to_dict()) == ("succeeded", 500, {"r": "1"})
    line = side.client.v1.balance_transactions.retrieve(first.balance_transaction)
    assert (line.amount, line.fee, line.type) == (-500, 0, "refund")
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        refund(side, intent, amount=1501)
    assert refund(side, intent).amount == 1500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(side, intent, amount=1)
    assert refused.value.code == "charge_already_refunded"
    charge = side.client.v1.charges.retrieve(intent.latest_charge.id, {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded, len(charge.refunds.data)) == (True, 2000, 2)
    assert len(side.client.v1.refunds.list({"payment_intent": intent.id}).data) == 2
    side.deliver()
    assert side.mailbox.of(first.id) == ["refund.created"]
    assert side.mailbox.of(charge.id).count("charge.refunded") == 2


def test_twenty_at_once_never_give_back_too_much(side):
    intent = side.pay()

    def one(_):
        try:
            return refund(side, intent, amount=300).amount
        except stripe.InvalidRequestError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(20))) == 1800


def test_what_cannot_be_refunded(side):
    held = side.pay(capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(side, held)
    assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(side, side.pay(), amount=0)
    assert refused.value.param == "amount"
    with pytest.raises(stripe.InvalidRequestError):
        side.client.v1.refunds.create({})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.refunds.create({"payment_intent": "pi_none"})
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


@pytest.mark.parametrize(("currency", "part"), [("kwd", 1001), ("isk", 950), ("ugx", 150)])
def test_a_part_ends_as_its_currency_does(side, currency, part):
    intents = side.client.v1.payment_intents
    held = side.pay(amount=2000, currency=currency, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="must be 0") as refused:
        intents.capture(held.id, {"amount_to_capture": part})
    assert refused.value.param == "amount_to_capture"
    intents.capture(held.id)
    with pytest.raises(stripe.InvalidRequestError, match="must be 0"):
        side.client.v1.refunds.create({"payment_intent": held.id, "amount": part})


def test_only_what_was_captured_can_be_refunded(side):
    intent = side.pay(capture_method="manual")
    side.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 800})
    with pytest.raises(stripe.InvalidRequestError):
        refund(side, intent, amount=801)
    assert refund(side, intent).amount == 800


def test_a_pending_refund_succeeds_later(side):
    made = refund(side, side.pay(payment_method="pm_card_pendingRefund"), amount=700)
    assert made.status == "pending"
    side.deliver()
    assert side.client.v1.refunds.retrieve(made.id).status == "succeeded"
    assert side.mailbox.of(made.id) == ["refund.created", "refund.updated"]


def test_a_refund_may_fail_after_all_and_the_money_is_back(side):
    intent = side.pay(payment_method="pm_card_refundFail")
    made = refund(side, intent, amount=700)
    assert made.status == "succeeded"
    side.deliver()
    made = side.client.v1.refunds.retrieve(made.id)
    assert (made.status, made.failure_reason) == ("failed", "expired_or_canceled_card")
    assert side.client.v1.charges.retrieve(intent.latest_charge.id).amount_refunded == 0
    assert "refund.failed" in side.mailbox.of(made.id)


def test_a_refund_for_fraud_closes_the_review(side):
    intent = side.pay(payment_method="pm_card_riskLevelElevated")
    refund(side, intent, reason="fraudulent")
    review = side.client.v1.reviews.retrieve(intent.review)
    assert (review.open, review.closed_reason) == (False, "refunded_as_fraud")


def dispute_of(side, card):
    intent = side.pay(payment_method=card)
    side.deliver()
    return intent, side.client.v1.disputes.list({"payment_intent": intent.id}).data


@pytest.mark.parametrize(
    ("words", "status", "left"),
    [("winning_evidence", "won", -1500), ("losing_evidence", "lost", -3500)],
)
def test_a_dispute_takes_the_money_and_evidence_decides(side, words, status, left):
    intent, (dispute,) = dispute_of(side, "pm_card_createDispute")
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "fraudulent",
        2000,
    )
    charge = side.client.v1.charges.retrieve(intent.latest_charge.id)
    assert charge.disputed is True
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(side, intent)
    assert refused.value.code == "charge_disputed"
    dispute = side.client.v1.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": words}}
    )
    assert dispute.status == status
    assert sum(line.net for line in dispute.balance_transactions) == left
    side.deliver()
    seen = side.mailbox.of(dispute.id)
    assert seen[:2] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert "charge.dispute.closed" in seen
    assert ("charge.dispute.funds_reinstated" in seen) is (status == "won")


def test_giving_up_loses(side):
    _, (dispute,) = dispute_of(side, "pm_card_createDisputeProductNotReceived")
    assert side.client.v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        side.client.v1.disputes.close(dispute.id)


def test_an_inquiry_moves_no_money_until_it_escalates(side):
    _, (inquiry,) = dispute_of(side, "pm_card_createDisputeInquiry")
    assert (inquiry.status, inquiry.balance_transactions) == ("warning_needs_response", [])
    evidence = {"evidence": {"uncategorized_text": "escalate_inquiry_evidence"}}
    inquiry = side.client.v1.disputes.update(inquiry.id, evidence)
    assert (inquiry.status, len(inquiry.balance_transactions)) == ("needs_response", 1)


def test_several_disputes_and_fraud_warnings(side):
    _, disputes = dispute_of(side, "pm_card_createMultipleDisputes")
    assert {one.reason for one in disputes} == {"fraudulent", "product_not_received"}
    warned, none = dispute_of(side, "pm_card_createIssuerFraudRecord")
    assert none == []
    listed = side.client.v1.radar.early_fraud_warnings.list({"payment_intent": warned.id})
    assert listed.data[0].charge == warned.latest_charge.id


def test_the_balance_is_the_sum_of_its_lines(side):
    lines = side.client.v1.balance_transactions.list({"limit": 100, "currency": "usd"})
    nets = sum(line.net for line in lines.auto_paging_iter())
    balance = side.client.v1.balance.retrieve()
    told = [*balance.available, *balance.pending]
    assert sum(part.amount for part in told if part.currency == "usd") == nets
    assert side.control("GET books")["stripe"]["net"].get("usd", 0) == nets


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(1234, "pyg", "1,234 PYG"), (1200, "isk", "12.00 ISK"), (1230, "kwd", "1.230 KWD"), (5, "mga", "5 MGA")],
)  # fmt: skip
def test_amounts_are_shown_with_the_decimals_that_stripe_counts(minor, currency, shown):
    assert shown_amount(minor, currency) == shown
