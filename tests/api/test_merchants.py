"""Who may call: keys that are valid now, and only for the merchant's own records."""

import time

import pytest

from app.api import caller
from models import ApiKey, clock, db
from tests.api.conftest import Api, code


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Basic sk_test_1", "sk_test_1", "Bearer sk_test_1", "Bearer pk_test_" + "0" * 64,
        "Bearer sk_test_" + "0" * 64, "Bearer sk_live_" + "0" * 64, "Bearer sk_test_" + "0" * 65, "Bearer \xff", "Bearer sk_test_" + "é" * 64,
        "Bearer 4242424242424242",
    ],
)  # fmt: skip
def test_without_a_valid_key_nothing_is_told(api: Api, header: str) -> None:
    for method, path in (
        ("GET", "/v1/payments"),
        ("POST", "/v1/payments"),
        ("GET", "/v1/payments/x"),
    ):
        answer = api.call(method, path, headers={"Authorization": header})
        assert code(answer) == "401 invalid_api_key"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert code(api.client().get("/v1/payments")) == "401 invalid_api_key"


def test_a_key_is_looked_up_once_and_a_revoked_one_is_soon_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api.get("/v1/payments").status_code == 200
    with db.transaction() as session:
        db.update(session.query(ApiKey).one(), revoked_at=clock.now())
    assert api.get("/v1/payments").status_code == 200  # remembered for a moment
    assert caller.REMEMBERED_S <= 30
    later = time.monotonic() + caller.REMEMBERED_S + 1
    monkeypatch.setattr(caller.time, "monotonic", lambda: later)
    assert code(api.get("/v1/payments")) == "401 invalid_api_key"


def test_another_merchants_records_are_not_there(api: Api) -> None:
    payment = api.pay()
    held = api.pay(capture="manual")
    refund = api.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 100}).json
    session = api.session()
    link = api.post("/v1/payment_links", {"title": "Tea", "currency": "EUR", "amount": 100}).json
    token = api.token()
    before = {path: api.get(path).json for path in _paths(payment, held, refund, session, link)}

    rival = api.rival()
    for path in before:
        assert code(rival.get(path)) == "404 not_found"
    for path, body in (
        (f"/v1/payments/{held['id']}/capture", {}),
        (f"/v1/payments/{held['id']}/cancel", {}),
        (f"/v1/payments/{payment['id']}/refunds", {"amount": 100}),
        (f"/v1/checkout_sessions/{session['id']}/expire", {}),
        ("/v1/payments", {"token": token, "amount": 1999, "currency": "EUR"}),
    ):
        assert code(rival.post(path, body, once=path)) == "404 not_found"
    answer = rival.call("PATCH", f"/v1/payment_links/{link['id']}", json={"active": False})
    assert code(answer) == "404 not_found"
    assert code(rival.get(f"/v1/payments/{payment['id']}/refunds")) == "404 not_found"
    assert rival.get("/v1/payments").json["data"] == []
    assert rival.get("/v1/payment_links").json["data"] == []
    assert {path: api.get(path).json for path in before} == before


def _paths(payment: dict, held: dict, refund: dict, session: dict, link: dict) -> list[str]:
    return [
        f"/v1/payments/{payment['id']}",
        f"/v1/payments/{held['id']}",
        f"/v1/refunds/{refund['id']}",
        f"/v1/checkout_sessions/{session['id']}",
        f"/v1/payment_links/{link['id']}",
    ]
