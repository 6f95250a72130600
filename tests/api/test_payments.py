from tests.api.conftest import Api, code


def test_a_token_pays_once(api: Api) -> None:
    body = api.payment_body(metadata={"cart": "17"}, description="Beans")
    paid = api.post("/v1/payments", body)
    assert paid.status_code == 201
    assert paid.json["status"] == "captured"
    assert paid.json["amount_captured"] == 1999
    assert paid.json["method"]["last4"] == "4242"
    assert paid.json["metadata"] == {"cart": "17"}
    assert api.get(f"/v1/payments/{paid.json['id']}").json == paid.json
    assert code(api.post("/v1/payments", body)) == "422 token_already_used"
