"""CardFields in a browser: four frames, one card, and a page that never sees it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, jsonify
from playwright.sync_api import Browser, Page, expect

from tests.browser import TIMEOUT_MS
from tests.sandbox.paypal_client import CLIENT_ID, PayPalWorld, order_body, paypal_world, serving

pytestmark = pytest.mark.browser

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Checkout</title>
<main><h1>Checkout</h1><div id="name"></div><div id="number"></div><div id="expiry"></div><div id="cvv"></div>
<button id="pay" type="button">Pay</button><output id="log"></output></main>
<script src="%(url)s/paypal/sdk/js?client-id=%(client)s&currency=EUR&components=card-fields"></script>
<script>
const log = (text) => (document.getElementById("log").textContent += text + " ");
const post = async (path) => (await fetch(path, { method: "POST" })).json();
const fields = paypal.CardFields({
  createOrder: async () => (await post("/order" + location.search)).id,
  onApprove: async (data) => log((await post("/capture/" + data.orderID)).result + " " + data.liabilityShift),
  onCancel: () => log("canceled"),
  onError: (error) => log("error: " + error.message),
});
const all = { Name: "#name", Number: "#number", Expiry: "#expiry", CVV: "#cvv" };
Promise.all(Object.entries(all).map(([name, at]) => fields[name + "Field"]().render(at))).then(() => log("ready"));
document.getElementById("pay").addEventListener("click", () => fields.submit().catch(() => {}));
</script></html>"""


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


@pytest.fixture(scope="module")
def merchant(paypal: PayPalWorld) -> Iterator[str]:
    app, made = Flask("merchant"), iter(range(1000))

    @app.get("/")
    def checkout() -> str:
        return PAGE % {"url": paypal.url, "client": CLIENT_ID}

    @app.post("/order")
    def order() -> Any:
        card = {"attributes": {"verification": {"method": "SCA_WHEN_REQUIRED"}}}
        body = {**order_body(), "payment_source": {"card": card}}
        request_id = f"fields-{next(made)}"
        answer = paypal.call("POST", "/v2/checkout/orders", body, PayPal_Request_Id=request_id)
        return jsonify(id=answer.json()["id"])

    @app.post("/capture/<order_id>")
    def capture(order_id: str) -> Any:
        path = f"/v2/checkout/orders/{order_id}/capture"
        answer = paypal.call("POST", path, Prefer="return=representation").json()
        return jsonify(result=answer["purchase_units"][0]["payments"]["captures"][0]["status"])

    with serving(app) as url:
        yield url


@pytest.fixture
def page(browser: Browser, merchant: str) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(merchant)
    expect(page.locator("#log")).to_contain_text("ready")
    yield page
    context.close()


def fill(page: Page, number: str, name: str = "Ada Marlowe") -> None:
    typed = {"name": name, "number": number, "expiry": "1234", "cvv": "123"}
    for kind, text in typed.items():
        field = page.frame_locator(f"#{kind} iframe").get_by_role("textbox")
        field.press_sequentially(text)


def said(page: Page, text: str) -> None:
    expect(page.locator("#log")).to_contain_text(text)


@pytest.mark.parametrize(
    ("name", "result"), [("Ada Marlowe", "COMPLETED"), ("CCREJECT-IF", "DECLINED")]
)
def test_a_card_pays_or_is_declined(page: Page, name: str, result: str) -> None:
    fill(page, "4012888888881881", name)
    page.click("#pay")
    said(page, f"{result} undefined")
    assert "4012" not in page.content()


def test_the_bank_asks_over_the_page(page: Page) -> None:
    fill(page, "4868719166101368")
    page.click("#pay")
    bank = page.frame_locator("[role=dialog] iframe")
    bank.get_by_role("button", name="Yes, it is me").click()
    said(page, "COMPLETED POSSIBLE")


def test_who_leaves_the_bank_has_canceled(page: Page) -> None:
    fill(page, "4868719166101368")
    page.click("#pay")
    bank = page.frame_locator("[role=dialog] iframe")
    bank.get_by_role("button", name="Leave without an answer").click()
    said(page, "canceled")


def test_wrong_fields_are_named_and_nothing_is_sent(page: Page) -> None:
    fill(page, "4012888888881882")
    page.click("#pay")
    said(page, "error: INVALID_NUMBER")


def test_a_card_that_is_no_test_card_is_refused(page: Page) -> None:
    fill(page, "4539578763621486")
    page.click("#pay")
    said(page, "error: PAYMENT_SOURCE_CANNOT_BE_USED")


def test_names_we_do_not_use_throw(page: Page) -> None:
    for wrong in ("paypal.Buttons", "fields.updateFields", "paypal.CardFields({})"):
        assert page.evaluate(
            f"() => {{ try {{ {wrong}; return ''; }} catch (e) {{ return e.message; }} }}"
        )
