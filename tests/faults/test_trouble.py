"""Trouble at the desk, lived through by a whole Till: what shopper and merchant see, and that the books are right."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.stack import Stack
from tests.faults.fault import Trial, fault
from tests.faults.whole import judge

CHARGES = {"provider": "stripe", "method": "POST", "path_prefix": "/v1/payment_intents"}
AMOUNT = 1999


@pytest.fixture
def stack(whole: Stack, trial: Trial) -> Iterator[Stack]:
    """A Till to which nothing happens any more when the test is over, and over which the oracle judges then."""
    yield whole
    judge(whole, trial)
    whole.desk("DELETE", "/faults")
    whole.desk("DELETE", "/limits")
    whole.desk("POST", "/webhooks/resume", {})


PRICE = {"amount": AMOUNT, "currency": "EUR"}


def token(stack: Stack, card: str = "pm_card_visa") -> dict[str, Any]:
    return stack.api("POST", "/v1/tokens", {"provider": "stripe", "payment_method": card, **PRICE})


def pays(stack: Stack, card: str = "pm_card_visa", **more: Any) -> dict[str, Any]:
    body = {"token": token(stack, card)["id"], **PRICE, **more}
    return stack.api("POST", "/v1/payments", body)


def shown(stack: Stack, payment: dict[str, Any]) -> dict[str, Any]:
    return stack.api("GET", f"/v1/payments/{payment['id']}")


def eventually(found: Callable[[], Any], wanted: Any) -> None:
    """Wait for what workers do; a limit, not a measure."""
    until = time.monotonic() + 120
    while (last := found()) != wanted and time.monotonic() < until:
        time.sleep(0.1)
    assert last == wanted


def intents(stack: Stack, payment: dict[str, Any]) -> list[dict[str, Any]]:
    books = stack.desk("GET", "/books")["stripe"]["payments"]
    return [row for row in books if row["metadata"].get("payment_id") == payment["id"]]


def webhooks(stack: Stack) -> list[dict[str, Any]]:
    return list(stack.desk("GET", "/webhooks")["deliveries"])


@fault("T20", "The desk spoils a charge’s answer, every process being real",
       saw="“Processing”, then captured; one charge.")  # fmt: skip
@pytest.mark.parametrize(
    "kind", ["cut", "drop", "garbage", "error_after_execute", "refuse", "error"]
)
def test_a_charge_whose_answer_is_spoilt_is_one_charge(stack: Stack, kind: str) -> None:
    stack.desk("POST", "/faults", {**CHARGES, "kind": kind, "times": 2, "amount": AMOUNT})
    payment = pays(stack)
    eventually(lambda: shown(stack, payment)["status"], "captured")
    assert [row["amount_received"] for row in intents(stack, payment)] == [AMOUNT]


@fault("T24", "One payment’s capture fails again and again",
       saw="“Processing” until the provider can; the others are captured meanwhile.")  # fmt: skip
def test_trouble_for_one_payment_is_no_trouble_for_the_next(stack: Stack) -> None:
    first = pays(stack, capture="manual")
    aimed = {**CHARGES, "kind": "error", "payment": first["id"], "times": 50}
    stack.desk("POST", "/faults", aimed)
    second = pays(stack, capture="manual")
    path = "/v1/payments/{}/capture"
    assert stack.api("POST", path.format(second["id"]), {})["status"] == "captured"
    stack.api("POST", path.format(first["id"]), {})
    assert shown(stack, first)["status"] != "captured"
    stack.desk("DELETE", "/faults")
    stack.desk("POST", "/clock", {"minutes": 2})  # Till asks again by its schedule
    eventually(lambda: shown(stack, first)["status"], "captured")


@fault("T30", "A refund’s webhook comes twice, late, stale, forged, from another account, or never",
       saw="Refunded once.")  # fmt: skip
@pytest.mark.parametrize("kind", ["duplicate", "reorder", "stale", "wrong_signature", "other_account", "drop_webhook"])  # fmt: skip
def test_a_refund_is_known_whatever_becomes_of_its_webhook(stack: Stack, kind: str) -> None:
    payment = pays(stack)
    stack.desk("POST", "/faults", {"provider": "stripe", "kind": kind, "payment": payment["id"], "times": 9, "seconds": 3600})  # fmt: skip
    refund = stack.api("POST", f"/v1/payments/{payment['id']}/refunds", {"amount": 500})
    assert refund["status"] == "succeeded"
    stack.desk("POST", "/clock", {"hours": 2})
    after = shown(stack, payment)
    assert (after["status"], after["amount_refunded"]) == ("partially_refunded", 500)
    called = {kind, "reordered"} if kind == "reorder" else {kind}
    struck = [d for d in webhooks(stack) if d.get("fault") in called]
    assert struck
    if kind in ("stale", "wrong_signature"):
        assert {answer for d in struck for answer in d["answers"]} == {400}
    if kind == "other_account":
        assert {answer for d in struck for answer in d["answers"]} == {204}


@fault("T28", "A refund is made in the provider’s dashboard",
       saw="Refunded here too.")  # fmt: skip
def test_a_refund_made_at_the_provider_is_found_in_our_books(stack: Stack) -> None:
    payment = pays(stack)
    act = {"act": "refund", "provider": "stripe", "payment": payment["id"], "amount": 700}
    assert stack.desk("POST", "/acts", act)["payment"] == intents(stack, payment)[0]["id"]
    stack.desk("POST", "/clock", {"hours": 1})
    eventually(lambda: shown(stack, payment)["amount_refunded"], 700)
    assert shown(stack, payment)["status"] == "partially_refunded"


@fault("T28", "The shopper’s bank takes the money back",
       saw="Disputed.")  # fmt: skip
@pytest.mark.parametrize("act", ["dispute", "dispute_goods"])
def test_a_dispute_opened_at_the_bank_is_known(stack: Stack, act: str) -> None:
    payment = pays(stack)
    stack.desk("POST", "/acts", {"act": act, "provider": "stripe", "payment": payment["id"]})
    eventually(lambda: shown(stack, payment)["status"], "chargeback")


@fault("T28", "The shopper’s bank warns of fraud",
       saw="Nothing but what the merchant’s policy says.")  # fmt: skip
def test_a_warning_of_fraud_takes_no_money_by_itself(stack: Stack) -> None:
    payment = pays(stack)
    act = {"act": "fraud_warning", "provider": "stripe", "payment": payment["id"]}
    stack.desk("POST", "/acts", act)
    stack.desk("POST", "/clock", {"minutes": 5})
    sent = [d for d in webhooks(stack) if d["type"].startswith("radar.early_fraud")]
    assert sent[0]["answers"] == [204]
    assert shown(stack, payment)["status"] in {"captured", "refunded"}  # as the policy says


@fault("T23", "The shopper walks away from their bank’s check for good",
       saw="Nothing is taken; the merchant may cancel.")  # fmt: skip
def test_a_bank_that_is_never_answered_takes_nothing(stack: Stack) -> None:
    payment = pays(stack, "pm_card_authenticationRequired", return_url="https://shop.example/r")
    assert payment["status"] == "requires_action"
    act = {"act": "abandon_challenge", "provider": "stripe", "payment": payment["id"]}
    stack.desk("POST", "/acts", act)
    stack.desk("POST", "/clock", {"days": 2})
    assert shown(stack, payment)["status"] == "requires_action"
    # The shopper's bank is silent for good; the merchant need not wait for it.
    assert stack.api("POST", f"/v1/payments/{payment['id']}/cancel", {})["status"] == "canceled"
    assert [row["amount_received"] for row in intents(stack, payment)] == [0]


@fault("T28", "A line of the provider’s settlement is wrong",
       saw="Nothing: the payment is as it was, and so are our books.")  # fmt: skip
def test_a_wrong_line_in_the_settlement_changes_the_providers_books_alone(stack: Stack) -> None:
    payment = pays(stack)
    before = stack.desk("GET", "/books")["stripe"]["net"]["eur"]
    act = {"act": "wrong_settlement", "provider": "stripe", "payment": payment["id"], "amount": 123}
    stack.desk("POST", "/acts", act)
    assert stack.desk("GET", "/books")["stripe"]["net"]["eur"] == before - 123
    assert shown(stack, payment)["amount"] == AMOUNT
    assert shown(stack, payment)["status"] == "captured"


@fault("T21", "The provider’s limit is lower than ours, and it refuses",
       saw="“Processing”, then captured; one charge.")  # fmt: skip
def test_a_limit_that_is_met_costs_time_and_no_money(stack: Stack) -> None:
    tokens = [token(stack)["id"] for _ in range(4)]  # looking a card up has its own limit
    stack.desk("POST", "/limits", {"provider": "stripe", "endpoint_per_s": 2})
    payments = [stack.api("POST", "/v1/payments", {"token": one, **PRICE}) for one in tokens]
    stack.desk("DELETE", "/limits")
    stack.desk("POST", "/clock", {"minutes": 3})
    for payment in payments:
        eventually(lambda one=payment: shown(stack, one)["status"], "captured")
        assert [row["amount_received"] for row in intents(stack, payment)] == [AMOUNT]
