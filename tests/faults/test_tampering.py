"""T37: whatever a browser sends in whichever field, the server's total is what is paid, or nothing is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.conftest import Api
from tests.faults.fault import fault

TOTAL = 1999
# As it stands in the body, where JSON has no way to say it otherwise.
NUMBERS = (
    "-1", "0", "1", "1998", "2000", "199900", "9223372036854775808", "1e3", "1999.5", "NaN", "Infinity", '"1999"',
    '"1e3"', '"١٩٩٩"', '"1999 EUR"', "null", "true", "[]", "[1999]", '{"amount": 1999}',
)  # fmt: skip
OTHER_FIELDS = (
    {"currency": "JPY"}, {"total": 1}, {"tip": -1998}, {"line_items": []}, {"discount": 1998}, {"capture": "manual"},
    {"merchant_id": "mer_1"}, {"payment_id": "pay_1"}, {"status": "captured"}, {"quantity": -1}, {"amount_minor": 1},
)  # fmt: skip


def sends(api: Api, session: Any, action: str, body: str) -> TestResponse:
    """What a browser that has the page open is answered."""
    client = api.client()
    token = re.search('name="csrf-token" content="([^"]+)"', client.get(f"/c/{session.id}").text)
    assert token is not None
    headers = {"X-CSRFToken": token[1], "Accept": "application/json"}
    answer = client.post(
        f"/c/{session.id}/{action}", data=body, content_type="application/json", headers=headers
    )
    assert answer.status_code < 500, (action, body, answer.text)
    assert answer.status_code != 403, answer.text  # it came from the page
    return answer


def refused(answer: TestResponse) -> str:
    """The field that a refusal names."""
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json["error"]["message"]
    return str(answer.json["error"].get("field"))


def never_less(api: Api) -> None:
    """Whatever was taken or held anywhere is a whole total."""
    books = api.till.provider_books()
    moved = [
        row["amount_received"] or row["amount_capturable"] for row in books["stripe"]["payments"]
    ]
    moved += [row["amount_captured"] or row["amount_held"] for row in books["paypal"]["payments"]]
    assert set(moved) <= {0, TOTAL}
    assert {row["amount"] for name in books for row in books[name]["payments"]} <= {TOTAL}


@fault("T37", "A browser sends another amount: negative, NaN, 2^63, 1e3, Arabic digits, a list",
       saw="A 4xx that names the field; no charge.")  # fmt: skip
@pytest.mark.parametrize("action", ["pay/stripe", "pay/paypal"])
def test_another_amount(api: Api, action: str) -> None:
    token = api.till.confirmation_token("ok") if action == "pay/stripe" else None
    known = {"confirmation_token": token} if token else {}
    for number, value in enumerate(NUMBERS):
        if number % 5 == 0:  # one page takes ten tries
            session = api.till.session()
        body = json.dumps({**known, "amount": "AMOUNT"}).replace('"AMOUNT"', value)
        assert refused(sends(api, session, action, body)) == "amount", value
        assert api.till.attempts(session.payment_id) == []
    never_less(api)


@fault("T37", "A browser sends fields of its own: currency, total, discount, status, another payment",
       saw="A 4xx that names the field; no charge.")  # fmt: skip
def test_fields_of_its_own(api: Api) -> None:
    session = api.till.session()
    for field in OTHER_FIELDS:
        sent = {"amount": TOTAL, "confirmation_token": "ctoken_x", **field}
        assert refused(sends(api, session, "pay/stripe", json.dumps(sent))) in field
    assert api.till.attempts(session.payment_id) == []
    never_less(api)


@fault("T37", "A browser sends what belongs to another shopper’s page: their token, their order",
       saw="A 4xx, or the page’s own total; never the other’s money.")  # fmt: skip
def test_what_is_another_shoppers(api: Api) -> None:
    till = api.till
    mine, theirs = till.session(), till.session()
    order = till.paypal(theirs)["order"]
    refused(sends(api, mine, "pay/paypal/approve", json.dumps({"order": order})))
    token = till.confirmation_token("ok")
    paid = json.dumps({"amount": TOTAL, "confirmation_token": token})
    assert sends(api, mine, "pay/stripe", paid).status_code == 200
    assert till.payment(mine.payment_id).captured_minor == TOTAL
    sends(api, theirs, "pay/stripe", paid)  # the provider lets a token be used once
    assert till.payment(theirs.payment_id).captured_minor == 0
    never_less(api)
