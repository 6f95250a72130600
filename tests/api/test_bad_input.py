"""Whatever is wrong with a request has a clear code, changes nothing, and is never a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.api.examples import EXAMPLES
from app.api.routes import ENDPOINTS
from models import Base, db
from tests.api.conftest import Api, code

POSTS = [point for point in ENDPOINTS if point.command is not None]
# Enough of an id to be looked for; nobody has it.
NOBODY = {
    "session_id": f"cs_{'0' * 42}",
    "link_id": f"lnk_{'0' * 42}",
    "payment_id": f"pay_{'0' * 26}",
    "refund_id": f"re_{'0' * 26}",
    "customer_id": f"cus_{'0' * 26}",
    "method_id": f"sm_{'0' * 26}",
    "setup_id": f"set_{'0' * 26}",
}
AMOUNTS = ["5.7", '"100"', "true", "1e3", "1999.0", "9223372036854775808", "0", "-1", "-0", "[]", "{}", '"１００"',
           "9007199254740992", "1" * 5000]  # fmt: skip
NOT_JSON = [
    b"", b" ", b"{", b"null", b"[]", b'"text"', b"7", b"{}x", b"{'a': 1}", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}',
    b'{"amount": 1, "amount": 2}', b'{"metadata": {"a": "1", "a": "2"}}', b'\xff\xfe{"a": 1}', '{"a": 1}'.encode("utf-16"),
    b"\xef\xbb\xbf{}", b'{"a": "\xed\xa0\x80"}', b"[" * 100_000, b'{"a":' * 50_000, b'{"a":' * 20 + b"1" + b"}" * 20,
    b'{"a": 01}', b'{"a": "\n"}', b'{"amount": 1,}', b"{}{}", b'\x00{"a": 1}',
]  # fmt: skip


def paths() -> list[str]:
    return [point.path.format(**NOBODY) for point in POSTS]


def rows() -> dict[str, int]:
    """How many rows each table has: nothing may be added by a request that is refused."""
    counted = {
        table: db.session().scalar(text(f"SELECT count(*) FROM {table}"))
        for table in Base.metadata.tables
    }
    db.release()
    return counted


@pytest.fixture
def unchanged(api: Api) -> Any:
    """A test that must leave the database as it is: `api.key` was made before."""
    before = rows()
    yield
    assert rows() == before


def say(api: Api, point: Any, body: bytes, **more: Any) -> Any:
    path = "/v1" + point.path.format(**NOBODY)
    return api.call(point.method, path, data=body, content_type="application/json", **more)


@pytest.mark.parametrize("point", POSTS, ids=lambda p: p.name)
@pytest.mark.usefixtures("unchanged")
def test_what_is_not_a_json_object(api: Api, point: Any) -> None:
    for body in NOT_JSON:
        if body == b"" and not point.needs_body:
            continue
        assert code(say(api, point, body, once="k")) == "400 malformed_request", body[:40]


@pytest.mark.parametrize("point", POSTS, ids=lambda p: p.name)
@pytest.mark.usefixtures("unchanged")
def test_what_no_endpoint_takes(api: Api, point: Any) -> None:
    path = "/v1" + point.path.format(**NOBODY)
    good = EXAMPLES[point.name]
    told = json.dumps(good).encode()

    def refused(body: bytes, *, kind: str = "application/json", at: str = path) -> str:
        return code(api.call(point.method, at, data=body, content_type=kind, once="k"))

    assert refused(told, kind="text/plain") == "415 unsupported_media_type"
    assert refused(told, kind="application/x-www-form-urlencoded") == "415 unsupported_media_type"
    assert refused(b'{"a": "' + b"x" * 300_000 + b'"}') == "413 payload_too_large"
    assert refused(b"x" * 10_000_000, kind="image/png") == "413 payload_too_large"
    assert refused(json.dumps({**good, "surprise": 1}).encode()) == "422 unknown_field"
    assert refused(told, at=f"{path}?expand=all") == "422 unknown_field"
    assert refused(json.dumps({**good, "x": "a\x00b"}).encode()) == "422 invalid_value"
    assert refused(json.dumps({**good, "a\x07b": 1}).encode()) == "422 invalid_value"
    assert refused(json.dumps({**good, "x": "\ud800"}).encode()) == "422 invalid_value"
    assert (
        refused(json.dumps({**good, "card": {"cvc": 1}}).encode())
        == "422 raw_card_data_not_accepted"
    )


@pytest.mark.parametrize("point", POSTS, ids=lambda p: p.name)
@pytest.mark.usefixtures("unchanged")
def test_every_field_of_another_type(api: Api, point: Any) -> None:
    """Each field in turn gets a value of every wrong type; each required one is left out."""
    good = EXAMPLES[point.name]
    for name, field in point.command.model_fields.items():
        for wrong in (5.5, [[]], {"a": []}, True, "\x01", 10**30, -1):
            answer = say(api, point, json.dumps({**good, name: wrong}).encode())
            if answer.status_code == 404 or (name == "active" and wrong is True):
                continue  # a right value after all; then nobody has the record
            assert answer.status_code == 422, (name, wrong, answer.text)
        if field.is_required():
            answer = say(
                api, point, json.dumps({k: v for k, v in good.items() if k != name}).encode()
            )
            assert code(answer) == "422 missing_field"
            assert answer.json["error"]["field"] == name


AMOUNT_FIELDS = [
    ("/v1/checkout_sessions", {"currency": "EUR", "amount": 0}, "amount"),
    ("/v1/checkout_sessions", {"currency": "EUR", "line_items": [{"name": "x", "unit_amount": 0}]}, "line_items.0.unit_amount"),
    ("/v1/checkout_sessions", {"currency": "EUR", "amount": 100, "discounts": [{"name": "x", "amount": 0}]}, "discounts.0.amount"),
    ("/v1/payment_links", {"title": "x", "currency": "EUR", "amount": 0}, "amount"),
    ("/v1/payment_links", {"title": "x", "currency": "EUR", "min_amount": 0, "max_amount": 900}, "min_amount"),
    ("/v1/tokens", {"provider": "stripe", "payment_method": "pm_card_visa", "currency": "EUR", "amount": 0}, "amount"),
    ("/v1/payments", {"token": "tok_1234", "currency": "EUR", "amount": 0}, "amount"),
    (f"/v1/payments/{NOBODY['payment_id']}/capture", {"amount": 0}, "amount"),
    (f"/v1/payments/{NOBODY['payment_id']}/refunds", {"amount": 0}, "amount"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "field"), AMOUNT_FIELDS, ids=lambda v: v if isinstance(v, str) else ""
)
@pytest.mark.usefixtures("unchanged")
def test_what_is_not_an_amount(api: Api, path: str, body: dict[str, Any], field: str) -> None:
    template = json.dumps(body).replace('amount": 0', 'amount": %s')
    for wrong in AMOUNTS:
        if field.endswith("unit_amount") and wrong in {"0", "-0"}:
            continue
        answer = api.raw(path, (template % wrong).encode(), once="k")
        expected = "400 malformed_request" if len(wrong) > 4000 else "422 amount_invalid"
        assert code(answer) == expected, wrong[:30]
        if expected.startswith("422"):
            assert answer.json["error"]["field"] == field
    assert code(api.raw(path, (template % "NaN").encode())) == "400 malformed_request"


@pytest.mark.usefixtures("unchanged")
def test_what_is_not_a_currency(api: Api) -> None:
    for wrong in ("EU", "EURO", "XXX", "eıR", "", " EUR", "€", 978, None, ["EUR"]):
        for path, body in (
            ("/v1/checkout_sessions", {"amount": 100}),
            ("/v1/payment_links", {"title": "x", "amount": 100}),
            ("/v1/tokens", {"provider": "stripe", "payment_method": "pm_card_visa", "amount": 100}),
            ("/v1/payments", {"token": "tok_1234", "amount": 100}),
        ):
            answer = api.post(path, {**body, "currency": wrong})
            assert code(answer) == "422 currency_unknown", wrong


@pytest.mark.usefixtures("unchanged")
def test_amounts_that_no_provider_takes(api: Api) -> None:
    token = {"provider": "stripe", "payment_method": "pm_card_visa"}
    assert (
        code(api.post("/v1/tokens", {**token, "currency": "EUR", "amount": 49}))
        == "422 amount_too_small"
    )
    large = 2**53 - 1
    assert (
        code(api.post("/v1/tokens", {**token, "currency": "EUR", "amount": large}))
        == "422 amount_too_large"
    )
    assert (
        code(api.post("/v1/checkout_sessions", {"currency": "EUR", "amount": large}))
        == "422 amount_too_large"
    )
    items = [{"name": "x", "unit_amount": large, "quantity": 9999}]
    answer = api.post("/v1/checkout_sessions", {"currency": "EUR", "line_items": items})
    assert code(answer) == "422 amount_too_large"
    assert (
        code(api.post("/v1/checkout_sessions", {"currency": "KPW", "amount": 100}))
        == "422 currency_not_supported"
    )


@pytest.mark.usefixtures("unchanged")
def test_sessions_that_make_no_sense(api: Api) -> None:
    good = {"currency": "EUR", "amount": 1999}
    line = {"name": "x", "unit_amount": 100}
    for wrong in (
        {"line_items": [line]},
        {"amount": None},
        {"amount": None, "line_items": []},
        {"amount": None, "line_items": [{**line, "quantity": 0}]},
        {"amount": None, "line_items": [{**line, "quantity": -1}]},
        {"amount": None, "line_items": [{**line, "quantity": 1.0}]},
        {"amount": None, "line_items": [{**line, "name": ""}]},
        {"amount": None, "line_items": [line] * 101},
        {"tax_rates": [{"name": "VAT", "rate_bps": -1}]},
        {"discounts": [{"name": "x"}]},
        {"discounts": [{"name": "x", "amount": 1, "percent_bps": 1}]},
        {"shipping_options": [{"id": "a", "label": "A", "amount": 1}] * 2},
        {"shipping_options": [{"id": "a b", "label": "A", "amount": 1}]},
        {"success_url": "javascript:alert(1)"},
        {"success_url": "//evil.example"},
        {"success_url": "https://user@evil.example"},
        {"cancel_url": "http://["},
        {"cancel_url": "https://x.example/\\evil"},
        {"customer_email": "nobody"},
        {"expires_at": "tomorrow"},
        {"expires_at": 1_800_000_000},
        {"expires_at": "2126-11-21T10:00:00Z"},
        {"expires_at": "2026-01-01T00:00:00"},
        {"expires_at": "9999-12-31T23:59:59-12:00"},
        {"metadata": {"a": 1}},
        {"metadata": {"a" * 41: "x"}},
        {"metadata": {str(n): "x" for n in range(51)}},
        {"capture": "later"},
        {"description": "x" * 201},
    ):
        answer = api.post("/v1/checkout_sessions", {**good, **wrong})
        assert answer.status_code == 422, (wrong, answer.text)


@pytest.mark.usefixtures("unchanged")
def test_links_that_make_no_sense(api: Api) -> None:
    for wrong in (
        {},
        {"amount": 100, "min_amount": 100, "max_amount": 200},
        {"min_amount": 100},
        {"min_amount": 200, "max_amount": 100},
        {"amount": 100, "max_uses": 0},
        {"amount": 100, "max_quantity": 0},
        {"amount": 100, "starts_at": "2027-01-02T00:00:00Z", "expires_at": "2027-01-01T00:00:00Z"},
        {"amount": 100, "starts_at": "2027-01-01T00:00:00"},
        {"amount": 100, "expires_at": "9999-12-31T23:59:59-12:00"},
        {"amount": 100, "starts_at": "0001-01-01T00:00:00+12:00"},
    ):
        answer = api.post("/v1/payment_links", {"title": "x", "currency": "EUR", **wrong})
        assert answer.status_code == 422, (wrong, answer.text)


@pytest.mark.usefixtures("unchanged")
def test_tokens_that_make_no_sense(api: Api) -> None:
    good = {"amount": 100, "currency": "EUR"}
    for wrong in (
        {"provider": "stripe"},
        {"provider": "stripe", "order": "5O190127TN364715T"},
        {"provider": "paypal", "payment_method": "pm_card_visa"},
        {"provider": "stripe", "payment_method": "pm_1", "confirmation_token": "ctoken_1"},
        {"provider": "stripe", "payment_method": "../pm_card_visa"},
        {"provider": "klarna", "order": "abc"},
        {"provider": "stripe", "payment_method": "pm_unknown"},
        {"provider": "stripe", "confirmation_token": "ctoken_unknown"},
        {"provider": "paypal", "order": "UNKNOWN"},
        {
            "provider": "stripe",
            "payment_method": "pm_card_visa",
            "billing_address": {"country": "Germany"},
        },
    ):
        answer = api.post("/v1/tokens", {**good, **wrong})
        assert answer.status_code == 422, (wrong, answer.text)


@pytest.mark.parametrize("point", [p for p in ENDPOINTS if "{" in p.path], ids=lambda p: p.name)
@pytest.mark.usefixtures("unchanged")
def test_ids_that_are_nobodys(api: Api, point: Any) -> None:
    told = json.dumps(EXAMPLES.get(point.name, {})).encode()
    for wrong in (*NOBODY.values(), "x", "pay_", "%00", "..%2f..", "' OR 1=1 --", "é", "1" * 2000):
        path = "/v1" + point.path.format(**dict.fromkeys(NOBODY, wrong))
        body = {} if point.method == "GET" else {"data": told, "content_type": "application/json"}
        assert code(api.call(point.method, path, **body)) == "404 not_found", wrong


@pytest.mark.usefixtures("unchanged")
def test_paths_and_methods_that_are_not_there(api: Api) -> None:
    for method, path, expected in (
        ("GET", "/v1/nothing", "404 not_found"),
        ("POST", "/v1/payments/", "404 not_found"),
        ("DELETE", "/v1/payments", "405 method_not_allowed"),
        ("PUT", f"/v1/payment_links/{NOBODY['link_id']}", "405 method_not_allowed"),
        ("GET", "/v1/tokens", "405 method_not_allowed"),
        ("OPTIONS", "/v1/payments", "405 method_not_allowed"),
        ("GET", "/webhooks/stripe", "405 method_not_allowed"),
        ("POST", "/webhooks/klarna", "404 not_found"),
    ):
        answer = api.call(method, path)
        assert code(answer) == expected, (method, path)
    assert sorted(api.call("DELETE", "/v1/payments").headers["Allow"].split(", ")) == [
        "GET",
        "HEAD",
        "POST",
    ]


@pytest.mark.usefixtures("unchanged")
def test_queries_that_make_no_sense(api: Api) -> None:
    for query in (
        "limit=0", "limit=101", "limit=-1", "limit=1e1", "limit=1_0", "limit=5.0", "limit=", "limit=٣", "limit=9999999999999999999999",
        "limit=1&limit=2", "cursor=x", "cursor=%00", "status=paid", "status=", "provider=klarna", "created_after=2026",
        "created_after=yesterday", "created_after=2026-01-01T00:00:00", "created_before=9999-12-31T23:59:59-12:00", "sort=id",
        "created_after=1700000000", "status=%FF",
    ):  # fmt: skip
        answer = api.get(f"/v1/payments?{query}")
        assert answer.status_code == 422, (query, answer.text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = sorted({name for point in POSTS for name in point.command.model_fields})


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.usefixtures("unchanged")
def test_any_json_at_all(api: Api, data: st.DataObject) -> None:
    """No body that anybody can think of is a 500; none of these is accepted, for the word that is added to each."""
    point = data.draw(st.sampled_from(POSTS))
    body = data.draw(
        st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=12), JSON, max_size=6)
    )
    body["surprise"] = 1
    told = json.dumps(body, allow_nan=data.draw(st.just(True))).encode("utf-8", "surrogatepass")
    answer = say(api, point, told)
    assert answer.status_code in {400, 422}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=60), point=st.sampled_from(POSTS))
@pytest.mark.usefixtures("unchanged")
def test_any_bytes_at_all(api: Api, body: bytes, point: Any) -> None:
    answer = say(api, point, b"{" + body)
    assert answer.status_code in {400, 404, 422}
