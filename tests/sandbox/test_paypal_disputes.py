"""Disputes at PayPal: who may do what when, and where the money is meanwhile."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox import clock
from sandbox.paypal_books import paypal_books
from tests.sandbox.paypal_client import (
    ABSENT,
    ALL,
    CONTRACTS,
    DISPUTES_SPEC,
    PayPalWorld,
    conforms,
    issue,
    paypal_world,
)

DISPUTES = "/v1/customer/disputes"
PROOF = {"evidences": [{"evidence_type": "PROOF_OF_FULFILLMENT", "notes": "Delivered."}]}
CLAIM, TALK = "UNAUTHORISED", "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"
needs_contracts = pytest.mark.skipif(not CONTRACTS.exists(), reason=ABSENT)


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


@pytest.fixture(autouse=True)
def present_time() -> Iterator[None]:
    yield
    clock.set_offset(0)


def dispute(
    paypal: PayPalWorld, capture_id: str, reason: str = CLAIM, amount: int | None = None
) -> dict[str, Any]:
    """Let the buyer dispute a capture."""
    url = f"{paypal.url}/paypal/sandbox/captures/{capture_id}/dispute"
    more = {} if amount is None else {"amount": amount}
    answer = paypal.http.post(url, json={"reason": reason, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def act(paypal: PayPalWorld, dispute_id: str, name: str, body: Any = None) -> requests.Response:
    return paypal.call("POST", f"{DISPUTES}/{dispute_id}/{name}", body or {})


def shown(paypal: PayPalWorld, dispute_id: str) -> dict[str, Any]:
    return dict(paypal.call("GET", f"{DISPUTES}/{dispute_id}").json())


def rels(body: dict[str, Any]) -> set[str]:
    return {row["rel"] for row in body["links"]}


def row_of(paypal: PayPalWorld, dispute_id: str) -> tuple[int, int]:
    """What PayPal's books say is held and taken for a dispute."""
    [row] = [r for r in paypal_books(paypal.world)["disputes"] if r["id"] == dispute_id]
    return row["held"], row["taken"]


def test_a_claim_holds_the_money_until_the_merchant_wins(paypal: PayPalWorld) -> None:
    capture = paypal.paid("25.00", custom_id="att_9")
    made = dispute(paypal, capture["id"])
    assert (made["status"], made["dispute_life_cycle_stage"]) == (
        "WAITING_FOR_SELLER_RESPONSE",
        "CHARGEBACK",
    )
    transaction = made["disputed_transactions"][0]
    assert (transaction["seller_transaction_id"], transaction["custom"]) == (capture["id"], "att_9")
    assert row_of(paypal, made["dispute_id"]) == (2500, 0)
    assert act(paypal, made["dispute_id"], "provide-evidence", PROOF).status_code == 200
    body = shown(paypal, made["dispute_id"])
    assert (body["status"], rels(body)) == (
        "UNDER_REVIEW",
        {"self", "adjudicate", "require-evidence"},
    )
    act(paypal, made["dispute_id"], "adjudicate", {"adjudication_outcome": "SELLER_FAVOR"})
    body = shown(paypal, made["dispute_id"])
    assert (body["status"], body["dispute_outcome"]["outcome_code"]) == (
        "RESOLVED",
        "RESOLVED_SELLER_FAVOUR",
    )
    assert row_of(paypal, made["dispute_id"]) == (0, 0)


def test_a_lost_claim_takes_the_money_and_an_appeal_brings_it_back(paypal: PayPalWorld) -> None:
    made = dispute(paypal, paypal.paid("25.00")["id"], amount=1000)
    dispute_id = made["dispute_id"]
    act(paypal, dispute_id, "accept-claim", {"note": "Our mistake."})
    body = shown(paypal, dispute_id)
    assert (body["dispute_state"], rels(body)) == ("APPEALABLE", {"self", "appeal"})
    assert body["dispute_outcome"]["amount_refunded"]["value"] == "10.00"
    assert row_of(paypal, dispute_id) == (0, 1000)
    act(paypal, dispute_id, "appeal", PROOF)
    body = shown(paypal, dispute_id)
    assert (body["status"], body["dispute_life_cycle_stage"]) == ("UNDER_REVIEW", "PRE_ARBITRATION")
    act(paypal, dispute_id, "adjudicate", {"adjudication_outcome": "SELLER_FAVOR"})
    assert row_of(paypal, dispute_id) == (0, 0)
    moved = [(m["type"], m["reason"]) for m in shown(paypal, dispute_id)["money_movements"]]
    assert moved == [("DEBIT", "DISPUTE_SETTLEMENT"), ("CREDIT", "DISPUTE_SETTLEMENT")]


def test_a_talk_holds_nothing_and_may_become_a_claim(paypal: PayPalWorld) -> None:
    made = dispute(paypal, paypal.paid("25.00")["id"], TALK)
    dispute_id = made["dispute_id"]
    assert (made["status"], made["dispute_life_cycle_stage"]) == ("OPEN", "INQUIRY")
    assert row_of(paypal, dispute_id) == (0, 0)
    act(paypal, dispute_id, "escalate", {"note": "No answer."})
    assert shown(paypal, dispute_id)["dispute_life_cycle_stage"] == "CHARGEBACK"
    assert row_of(paypal, dispute_id) == (2500, 0)
    again = act(paypal, dispute_id, "escalate", {"note": "Once more."})
    assert (again.status_code, again.json()["name"]) == (422, "UNPROCESSABLE_ENTITY")


def test_the_judge_may_ask_for_more(paypal: PayPalWorld) -> None:
    dispute_id = dispute(paypal, paypal.paid()["id"])["dispute_id"]
    act(paypal, dispute_id, "provide-evidence", PROOF)
    act(paypal, dispute_id, "require-evidence", {"action": "BUYER_EVIDENCE"})
    body = shown(paypal, dispute_id)
    assert (body["status"], body["dispute_state"]) == (
        "WAITING_FOR_BUYER_RESPONSE",
        "REQUIRED_OTHER_PARTY_ACTION",
    )


def test_who_does_not_answer_loses_after_ten_days(paypal: PayPalWorld) -> None:
    dispute_id = dispute(paypal, paypal.paid()["id"])["dispute_id"]
    clock.set_offset(10 * 86400 - 60)
    paypal.world.timers.run_due()
    assert shown(paypal, dispute_id)["status"] == "WAITING_FOR_SELLER_RESPONSE"
    clock.set_offset(10 * 86400 + 60)
    paypal.world.timers.run_due()
    body = shown(paypal, dispute_id)
    assert body["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"


def test_refunds_beside_a_dispute(paypal: PayPalWorld) -> None:
    capture = paypal.paid("25.00")
    refund = f"/v2/payments/captures/{capture['id']}/refund"
    talk = dispute(paypal, capture["id"], TALK)["dispute_id"]
    part = {"amount": {"currency_code": "EUR", "value": "5.00"}}
    refused = paypal.call("POST", refund, part)
    assert (refused.status_code, issue(refused)) == (422, "TRANSACTION_DISPUTED")
    assert paypal.call("POST", refund, {}).status_code == 201
    assert shown(paypal, talk)["dispute_outcome"]["outcome_code"] == "CANCELED_BY_BUYER"
    capture = paypal.paid("25.00")
    refund = f"/v2/payments/captures/{capture['id']}/refund"
    claim = dispute(paypal, capture["id"], CLAIM, 2000)["dispute_id"]
    assert issue(paypal.call("POST", refund, {})) == "TRANSACTION_DISPUTED"
    act(paypal, claim, "accept-claim")
    rest = paypal.call("POST", refund, {}, Prefer=ALL)
    assert rest.json()["amount"]["value"] == "5.00"


@pytest.mark.parametrize(
    ("reason", "amount"), [("BORED", None), (CLAIM, 0), (CLAIM, 2501)], ids=["word", "zero", "more"]
)
def test_what_cannot_be_disputed_is_not(
    paypal: PayPalWorld, reason: str, amount: int | None
) -> None:
    url = f"{paypal.url}/paypal/sandbox/captures/{paypal.paid('25.00')['id']}/dispute"
    answer = paypal.http.post(url, json={"reason": reason, "amount": amount})
    assert answer.status_code in (400, 422)


def test_nothing_is_disputed_twice_at_once(paypal: PayPalWorld) -> None:
    capture = paypal.paid()
    dispute(paypal, capture["id"])
    url = f"{paypal.url}/paypal/sandbox/captures/{capture['id']}/dispute"
    assert paypal.http.post(url, json={"reason": CLAIM}).status_code == 422


@pytest.mark.parametrize("funding", ["stolen", "missing"])
def test_a_buyer_who_chose_so_disputes(paypal: PayPalWorld, funding: str) -> None:
    capture = paypal.paid(funding=funding)
    paypal.world.timers.run_due(within_s=2)
    body = paypal.call("GET", f"{DISPUTES}?disputed_transaction_id={capture['id']}").json()
    expected = {"stolen": CLAIM, "missing": TALK}[funding]
    assert [row["reason"] for row in body["items"]] == [expected]


def test_disputes_are_sought_in_pages(paypal: PayPalWorld) -> None:
    made = [dispute(paypal, paypal.paid()["id"])["dispute_id"] for _ in range(3)]
    first = paypal.call("GET", f"{DISPUTES}?page_size=2").json()
    assert [row["dispute_id"] for row in first["items"]] == made[:0:-1]
    [link] = [row["href"] for row in first["links"] if row["rel"] == "next"]
    second = paypal.call("GET", link.removeprefix(f"{paypal.url}/paypal")).json()
    assert second["items"][0]["dispute_id"] == made[0]
    act(paypal, made[0], "accept-claim")
    found = paypal.call("GET", f"{DISPUTES}?dispute_state=APPEALABLE,RESOLVED").json()
    assert made[0] in [row["dispute_id"] for row in found["items"]]
    assert made[1] not in [row["dispute_id"] for row in found["items"]]
    clock.set_offset(3600)
    late = paypal.call("GET", f"{DISPUTES}?update_time_after=2999-01-01T00:00:00.000Z").json()
    assert "items" not in late
    both = paypal.call("GET", f"{DISPUTES}?start_time=x&disputed_transaction_id=y")
    assert (both.status_code, issue(both)) == (400, "INVALID_PARAMETER_VALUE")
    wrong = paypal.call("GET", f"{DISPUTES}?update_time_after=yesterday")
    assert (wrong.status_code, issue(wrong)) == (400, "INVALID_PARAMETER_VALUE")


def test_evidence_comes_as_a_form_with_documents(paypal: PayPalWorld) -> None:
    dispute_id = dispute(paypal, paypal.paid()["id"])["dispute_id"]
    url = f"{paypal.url}/paypal{DISPUTES}/{dispute_id}/provide-evidence"
    files = {
        "input": (None, json.dumps(PROOF), "application/json"),
        "file1": ("receipt.pdf", b"%PDF-1.4", "application/pdf"),
    }
    headers = {"Authorization": f"Bearer {paypal.token()}"}
    assert paypal.http.post(url, files=files, headers=headers).status_code == 200
    assert shown(paypal, dispute_id)["status"] == "UNDER_REVIEW"
    missing = act(paypal, dispute_id, "adjudicate")
    assert (missing.status_code, issue(missing)) == (400, "MISSING_REQUIRED_PARAMETER")
    assert paypal.call("GET", f"{DISPUTES}/PP-NONE").status_code == 404
    mocked = json.dumps({"mock_application_codes": "INTERNAL_SERVER_ERROR"})
    answer = paypal.call("GET", f"{DISPUTES}/{dispute_id}", PayPal_Mock_Response=mocked)
    assert answer.status_code == 500


def test_every_step_is_told(paypal: PayPalWorld) -> None:
    dispute_id = dispute(paypal, paypal.paid()["id"])["dispute_id"]
    paypal.delivered()
    paypal.box.came.clear()
    act(paypal, dispute_id, "provide-evidence", PROOF)
    act(paypal, dispute_id, "adjudicate", {"adjudication_outcome": "BUYER_FAVOR"})
    assert paypal.delivered() == ["CUSTOMER.DISPUTE.UPDATED", "CUSTOMER.DISPUTE.RESOLVED"]
    event = json.loads(paypal.box.came[-1][1])
    assert (event["resource_type"], event["resource"]["dispute_id"]) == ("dispute", dispute_id)


@needs_contracts
def test_dispute_answers_keep_the_contract(paypal: PayPalWorld) -> None:
    dispute_id = dispute(paypal, paypal.paid(custom_id="att_1")["id"])["dispute_id"]
    one = f"{DISPUTES}/{{id}}"
    conforms(DISPUTES_SPEC, "get", DISPUTES, 200, paypal.call("GET", DISPUTES).json())
    conforms(DISPUTES_SPEC, "get", one, 200, shown(paypal, dispute_id))
    answer = act(paypal, dispute_id, "provide-evidence", PROOF)
    conforms(DISPUTES_SPEC, "post", f"{one}/provide-evidence", 200, answer.json())
    wrong = act(paypal, dispute_id, "adjudicate", {"adjudication_outcome": "NOBODY"})
    conforms(DISPUTES_SPEC, "post", f"{one}/adjudicate", 400, wrong.json())
    act(paypal, dispute_id, "adjudicate", {"adjudication_outcome": "BUYER_FAVOR"})
    conforms(DISPUTES_SPEC, "get", one, 200, shown(paypal, dispute_id))
