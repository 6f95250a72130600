"""What reaches the bank: lines that become due, nightly and manual payouts, other currencies."""

import pytest
import requests
import stripe

from sandbox import SandboxConfig, clock, create_sandbox
from sandbox.stripe_fx import settle
from tests.sandbox.conftest import SECRET, Checked, Mailbox, StripeSide


@pytest.fixture
def bank(serve):
    """A world of its own: payouts take whatever the other tests have left in a balance."""
    mailbox = Mailbox()
    mailbox.url = serve(mailbox.app()) + "/hooks"
    rooms = []
    url = serve(lambda *called: rooms[0](*called))  # noqa: PLW0108  there is no room yet
    config = SandboxConfig(url=url, stripe_webhook_url=mailbox.url, stripe_webhook_secret=SECRET)
    rooms.append(create_sandbox(config))
    client = stripe.StripeClient(
        config.stripe_secret_key,
        base_addresses={"api": url + "/stripe"},
        max_network_retries=0,
        http_client=Checked(timeout=20),
    )
    yield StripeSide(url, config, mailbox, client, rooms[0])
    clock.follow("")
    rooms[0].extensions["sandbox"].hooks.stop()


def desk(side, path, **body):
    answer = requests.post(f"{side.url}/stripe/sandbox/{path}", json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def later(side, days):
    side.control("POST clock", days=days)
    side.deliver()


def lines_of(side, payout):
    return side.client.v1.balance_transactions.list({"payout": payout.id, "limit": 100}).data


def test_a_nightly_payout_takes_what_is_due_and_tells_its_lines(bank):
    paid = bank.pay()
    back = bank.client.v1.refunds.create({"payment_intent": paid.id, "amount": 500})
    assert bank.client.v1.balance.retrieve().pending[0].amount == 1912 - 500
    later(bank, 3)
    (payout,) = bank.client.v1.payouts.list().data
    assert (payout.amount, payout.currency, payout.automatic) == (1412, "usd", True)
    assert payout.status == "pending"
    settled = [line for line in lines_of(bank, payout) if line.type != "payout"]
    assert sum(line.net for line in settled) == payout.amount
    assert {line.source for line in settled} == {paid.latest_charge.id, back.id}
    assert {line.status for line in settled} == {"available"}
    assert bank.client.v1.balance.retrieve().available[0].amount == 0
    later(bank, 2)
    payout = bank.client.v1.payouts.retrieve(payout.id)
    assert (payout.status, payout.reconciliation_status) == ("paid", "completed")
    assert bank.mailbox.of(payout.id) == [
        "payout.created",
        "payout.paid",
        "payout.reconciliation_completed",
    ]
    assert len(bank.client.v1.payouts.list().data) == 1


def test_a_payout_that_the_bank_sends_back_goes_out_again(bank):
    bank.pay(payment_method="pm_card_bypassPending")
    (made,) = desk(bank, "payouts/run")["payouts"]
    assert desk(bank, f"payouts/{made['id']}/fail")["failure_code"] == "account_closed"
    assert bank.client.v1.balance.retrieve().available[0].amount == 1912
    (again,) = desk(bank, "payouts/run")["payouts"]
    assert again["amount"] == 1912
    assert desk(bank, f"payouts/{again['id']}/arrive")["status"] == "paid"


def test_a_manual_payout_takes_what_is_available_and_no_more(bank):
    bank.pay(payment_method="pm_card_bypassPending")
    payouts = bank.client.v1.payouts
    with pytest.raises(stripe.InvalidRequestError) as refused:
        payouts.create({"amount": 1913, "currency": "usd"})
    assert refused.value.code == "balance_insufficient"
    made = payouts.create({"amount": 1000, "currency": "usd", "metadata": {"a": "1"}})
    assert (made.automatic, made.reconciliation_status) == (False, "not_applicable")
    assert bank.client.v1.balance.retrieve().available[0].amount == 912
    assert payouts.cancel(made.id).status == "canceled"
    assert bank.client.v1.balance.retrieve().available[0].amount == 1912


@pytest.mark.parametrize(
    ("kind", "amounts", "nets"),
    [
        ("amount_off_by_one", [2001], [1913]),
        ("fee_off_by_one", [2000], [1911]),
        ("missing", [], []),
        ("double", [2000, 2000], [1912, 1912]),
    ],
)
def test_a_line_is_wrong_on_request_and_the_truth_is_kept(bank, kind, amounts, nets):
    desk(bank, "settlement", next=kind)
    paid = bank.pay()
    source = {"source": paid.latest_charge.id}
    told = bank.client.v1.balance_transactions.list(source).data
    assert [line.amount for line in told] == amounts
    assert [line.net for line in told] == nets
    (note,) = bank.control("GET books")["stripe"]["spoiled_lines"]
    assert (note["kind"], note["true"]["net"], note["source"]) == (kind, 1912, source["source"])
    assert bank.pay().latest_charge.balance_transaction.net == 1912


def test_another_currency_is_converted_where_it_has_no_account(bank):
    assert bank.pay(currency="eur").latest_charge.balance_transaction.currency == "eur"
    desk(bank, "settlement", currencies=["usd"])
    line = bank.pay(currency="eur", amount=1000).latest_charge.balance_transaction
    assert (line.amount, line.currency, line.exchange_rate) == (1080, "usd", 1.08)
    assert (line.fee, line.net) == (61, 1019)
    assert bank.pay().latest_charge.balance_transaction.exchange_rate is None


@pytest.mark.parametrize(
    ("amount", "currency", "accounts", "settled"),
    [
        (1000, "eur", (), 1000),
        (1000, "eur", ("usd", "eur"), 1000),
        (1001, "eur", ("usd",), 1081),
        (-1001, "eur", ("usd",), -1081),
        (1000, "jpy", ("usd",), 670),
        (1000, "usd", ("jpy",), 1493),
        (10_000, "kwd", ("usd",), 3260),
        (125, "inr", ("usd",), 2),
    ],
)
def test_one_exact_rounding(amount, currency, accounts, settled):
    assert settle(amount, currency, accounts).amount == settled


def test_the_network_tells_of_a_new_card(bank):
    owner = bank.client.v1.customers.create({})
    kept = bank.client.v1.payment_methods.attach("pm_card_visa", {"customer": owner.id})
    desk(bank, f"payment_methods/{kept.id}/update", exp_year=2040, last4="1111")
    card = bank.client.v1.payment_methods.retrieve(kept.id).card
    assert (card.exp_year, card.last4) == (2040, "1111")
    bank.deliver()
    assert bank.mailbox.of(kept.id)[-1] == "payment_method.automatically_updated"
    assert bank.mailbox.got[-1]["data"]["previous_attributes"]["card"]["last4"] == "4242"
    refused = requests.post(
        f"{bank.url}/stripe/sandbox/payment_methods/{kept.id}/update", json={"cvc": "1"}, timeout=10
    )
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "cvc")


def test_trouble_on_request(bank):
    paid = bank.pay()
    desk(bank, f"charges/{paid.latest_charge.id}/warn")
    desk(bank, f"charges/{paid.latest_charge.id}/inquiry")
    (dispute,) = bank.client.v1.disputes.list({"payment_intent": paid.id}).data
    assert dispute.status == "warning_needs_response"
    assert bank.client.v1.radar.early_fraud_warnings.list({"payment_intent": paid.id}).data


def disputed(side, kind="fraudulent"):
    paid = side.pay()
    desk(side, f"charges/{paid.latest_charge.id}/{kind}")
    return side.client.v1.disputes.list({"payment_intent": paid.id}).data[0]


@pytest.mark.parametrize(("kind", "end"), [("fraudulent", "lost"), ("inquiry", "warning_closed")])
def test_a_dispute_that_nobody_answers_is_over_when_it_is_due(bank, kind, end):
    dispute = disputed(bank, kind)
    assert dispute.evidence_details.past_due is False
    later(bank, 15)
    dispute = bank.client.v1.disputes.retrieve(dispute.id)
    assert (dispute.status, dispute.evidence_details.past_due) == (end, True)


def test_evidence_is_gathered_first_and_the_bank_decides_later(bank):
    dispute = disputed(bank)
    update = bank.client.v1.disputes.update
    words = {"product_description": "Tea"}
    staged = update(dispute.id, {"evidence": words, "submit": False})
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    sent = update(dispute.id, {"submit": True})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert desk(bank, f"disputes/{dispute.id}/won")["status"] == "won"
    assert [
        line.amount for line in bank.client.v1.disputes.retrieve(dispute.id).balance_transactions
    ] == [-2000, 2000]
