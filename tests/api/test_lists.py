"""Lists: pages that neither repeat nor skip, and filters."""

from tests.api.conftest import Api
from tests.till import CARDS


def test_pages_neither_repeat_nor_skip(api: Api) -> None:
    made = [api.session()["payment_id"] for _ in range(7)]
    seen: list[str] = []
    path = "/v1/payments?limit=3"
    for _ in range(3):
        page = api.get(path).json
        seen += [payment["id"] for payment in page["data"]]
        api.session()  # something new does not move what comes next
        path = f"/v1/payments?limit=3&cursor={page['next_cursor']}"
    assert seen == sorted(made, reverse=True)
    assert (page["has_more"], page["next_cursor"]) == (False, None)


def test_filters(api: Api) -> None:
    failed = api.pay(CARDS["declined"])
    held = api.pay(capture="manual")
    waiting = api.session()

    def found(query: str) -> list[str]:
        return [payment["id"] for payment in api.get(f"/v1/payments?{query}").json["data"]]

    assert found("status=failed") == [failed["id"]]
    assert found("status=authorized&provider=stripe") == [held["id"]]
    assert found("provider=paypal") == []
    assert found("status=pending") == [waiting["payment_id"]]
    assert len(found("created_after=2020-01-01T00:00:00Z")) == 3
    assert found("created_before=2020-01-01T00:00:00%2B05:30") == []
    assert found("created_after=2900-01-01T00:00:00Z") == []


def test_a_lists_rows_are_what_their_own_paths_say(api: Api) -> None:
    paid = api.session()
    for row in api.get("/v1/payments").json["data"]:
        assert api.get(f"/v1/payments/{row['id']}").json == row
        assert row["checkout_session_id"] == paid["id"]


def test_everything_that_happened_is_told_once_and_to_its_merchant_only(api: Api) -> None:
    paid = api.pay()
    api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 500})
    told = api.get(f"/v1/events?payment_id={paid['id']}").json["data"]
    assert [event["type"] for event in told] == [
        "refund.succeeded",
        "payment.captured",
        "payment.created",
    ]
    assert [event["data"]["amount_refunded"] for event in told] == [500, 0, 0]
    assert all(event["actor"].startswith("key_") for event in told)
    captured = api.get("/v1/events?type=payment.captured&limit=1").json
    assert [event["payment_id"] for event in captured["data"]] == [paid["id"]]
    assert captured["next_cursor"] is None
    assert api.rival().get("/v1/events").json["data"] == []


def test_what_no_database_reads_is_no_filter(api: Api) -> None:
    for path in ("customers?reference=a%00b", "customers?email=%00", "events?payment_id=pay_%00"):
        answer = api.get(f"/v1/{path}")
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid_value")
