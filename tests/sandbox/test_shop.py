from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from flask import Flask, jsonify, request

from sandbox import SandboxConfig, create_sandbox
from sandbox.shop_words import CLOSED, OPEN, WORDS
from tests.sandbox.paypal_client import serving


@dataclass
class FakeTill:
    """Till as the shop sees it: remembers what it was asked, answers as it is told."""

    url: str = ""
    status: str = "pending"
    trouble: int = 0
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)

    def shown(self, session_id: str) -> dict[str, Any]:
        return {
            "id": session_id,
            "url": f"http://till.example/c/{session_id}",
            "status": "open",
            "payment_status": self.status,
            "amount": 6740,
            "currency": "EUR",
            "order": {"number": "K7QF-2M9RX"},
        }


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[FakeTill, str]]:
    till, app = FakeTill(), Flask("till")

    @app.before_request
    def misbehave() -> Any:
        if till.trouble == 422:
            refusal = {"code": "currency_unknown", "message": "Use another."}
            return jsonify(error=refusal, request_id="req_1"), 422
        return ("away", till.trouble) if till.trouble else None

    @app.post("/v1/checkout_sessions")
    def create() -> Any:
        key = request.headers["Idempotency-Key"]
        till.asked.append((request.headers["Authorization"], key, request.get_json()))
        session_id = till.made.setdefault(key, f"cs_{len(till.made)}")
        return jsonify(till.shown(session_id)), 201

    @app.get("/v1/checkout_sessions/<session_id>")
    def show(session_id: str) -> Any:
        return jsonify(till.shown(session_id))

    with serving(app) as url:
        till.url = url
        config = SandboxConfig(shop_api_url=url, shop_api_key="sk_shop", url="http://shop.example")
        shop = create_sandbox(config)
        shop.extensions["sandbox"].hooks.pause()
        with serving(shop) as shop_url:
            yield till, f"{shop_url}/shop"


@pytest.fixture
def till(server: tuple[FakeTill, str]) -> FakeTill:
    till, _ = server
    till.status, till.trouble = "pending", 0
    till.asked.clear()
    return till


@dataclass
class Shopper:
    shop: str
    http: requests.Session

    def see(self, path: str) -> requests.Response:
        return self.http.get(self.shop + path)

    def put(self, product: str, quantity: str = "") -> requests.Response:
        return self.http.post(f"{self.shop}/cart", data={"product": product, "quantity": quantity})

    def buy(self, shipping: str = "post") -> requests.Response:
        form = {"shipping": shipping}
        return self.http.post(f"{self.shop}/buy", data=form, allow_redirects=False)


@pytest.fixture
def shopper(server: tuple[FakeTill, str]) -> Iterator[Shopper]:
    with requests.Session() as http:
        yield Shopper(server[1], http)


def thanks_path(till: FakeTill) -> str:
    url = str(till.asked[-1][2]["success_url"])
    return url.removeprefix("http://shop.example/shop")


def test_an_order_is_told_to_till_with_the_shops_own_prices(
    till: FakeTill, shopper: Shopper
) -> None:
    shopper.put("guji", "3")
    shopper.put("mug")
    answer = shopper.buy("courier")
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://till.example/c/cs_0")
    key, once, body = till.asked[0]
    assert key == "Bearer sk_shop"
    assert once == f"{body['reference']}-courier"
    lines = [(i["name"], i["quantity"], i["unit_amount"]) for i in body["line_items"]]
    assert lines == [("Guji Natural", 3, 1450), ("Roastery Mug", 1, 1600)]
    assert body["discounts"] == [{"name": "Three bags or more", "amount": 400}]
    assert body["tax_rates"] == [{"name": "VAT", "rate_bps": 2000, "inclusive": True}]
    assert body["shipping_options"][0] == {
        "id": "courier",
        "label": "Courier, tomorrow",
        "amount": 990,
    }
    assert body["currency"] == "EUR"
    picture = shopper.see(body["line_items"][0]["image"].removeprefix("http://shop.example/shop"))
    assert picture.headers["Content-Type"].startswith("image/svg+xml")


def test_buying_twice_is_one_checkout_and_a_changed_cart_is_another(
    till: FakeTill, shopper: Shopper
) -> None:
    shopper.put("huila")
    first, second = shopper.buy(), shopper.buy()
    assert first.headers["Location"] == second.headers["Location"]
    shopper.put("huila")
    assert shopper.buy().headers["Location"] != first.headers["Location"]
    assert len(till.asked) == 2


def test_a_lost_answer_is_asked_for_again_under_the_same_name(
    till: FakeTill, shopper: Shopper
) -> None:
    shopper.put("guji")
    till.trouble = 503
    assert shopper.buy().status_code == 503
    till.trouble = 0
    assert shopper.buy().status_code == 303
    assert len({once for _, once, _ in till.asked}) == 1


def test_an_expired_checkout_is_replaced_and_a_paid_one_is_shown(
    till: FakeTill, shopper: Shopper
) -> None:
    shopper.put("guji")
    first = shopper.buy()
    till.status = "expired"
    shopper.buy()
    assert len(till.asked) == 2
    till.status = "captured"
    paid = shopper.buy()
    assert paid.headers["Location"].startswith("/shop/thanks/")
    assert paid.headers["Location"] != first.headers["Location"]


@pytest.mark.parametrize("status", [*WORDS, "a_status_of_next_year"])
def test_the_thank_you_page_says_what_till_says(
    till: FakeTill, shopper: Shopper, status: str
) -> None:
    shopper.put("guji")
    shopper.buy()
    till.status = status
    answer = shopper.see(thanks_path(till) + "?status=paid&redirect_status=succeeded")
    assert f'data-status="{status}"' in answer.text
    assert ("order is paid" in answer.text) == (status == "captured")
    assert "K7QF-2M9RX" in answer.text
    done = status in WORDS and WORDS[status].is_done
    assert ("Nothing in it yet" in shopper.see("/cart").text) == done


def test_where_a_shopper_may_pay_is_where_the_page_says_so() -> None:
    assert {status for status, said in WORDS.items() if said.pay} == OPEN
    assert not any(WORDS[status].is_done for status in CLOSED)


def test_till_being_away_or_refusing_is_said_plainly(till: FakeTill, shopper: Shopper) -> None:
    shopper.put("guji")
    shopper.buy()
    path = thanks_path(till)
    till.trouble = 500
    away = shopper.see(path)
    assert (away.status_code, "need not pay again" in away.text) == (503, True)
    till.trouble = 422
    refused = shopper.buy()
    assert (refused.status_code, "currency_unknown" in refused.text) == (502, True)


def test_a_bad_cart_is_no_harm(till: FakeTill, shopper: Shopper) -> None:
    assert shopper.buy().status_code == 422
    assert shopper.put("gold").status_code == 404
    shopper.put("guji", "9999")
    shopper.put("guji", "0")
    assert "Nothing in it yet" in shopper.see("/cart").text
    shopper.put("guji", "500")
    assert "€290.00" in shopper.see("/cart").text
    assert shopper.buy("by-balloon").status_code == 422
    shopper.http.cookies.set("alma_cart", "forged.value", path="/shop/")
    assert shopper.see("/").status_code == 200
    assert shopper.see("/thanks/AL-NOBODY").status_code == 404
    assert till.asked == []
