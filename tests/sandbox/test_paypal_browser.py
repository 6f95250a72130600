from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, jsonify
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import TIMEOUT_MS
from tests.sandbox.paypal_client import CLIENT_ID, PayPalWorld, paypal_world, serving

pytestmark = pytest.mark.browser

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Checkout</title>
<main><h1>Checkout</h1><div id="paypal"></div><output id="log"></output></main>
<script src="%(url)s/paypal/sdk/js?client-id=%(client)s&currency=EUR&intent=capture"></script>
<script>
const log = (text) => (document.getElementById("log").textContent += text + " ");
const post = async (path) => (await fetch(path, { method: "POST" })).json();
paypal.Buttons({
  createOrder: async () => (await post("/order")).id,
  onApprove: async (data, actions) => {
    const answer = await post("/capture/" + data.orderID);
    log(answer.result);
    if (answer.result === "INSTRUMENT_DECLINED") return actions.restart();
  },
  onCancel: () => log("canceled"),
  onError: (error) => log("error: " + error.message),
}).render("#paypal").then(() => log("ready"));
</script></html>"""


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


@pytest.fixture(scope="module")
def merchant(paypal: PayPalWorld) -> Iterator[str]:
    app = Flask("merchant")

    @app.get("/")
    def checkout() -> str:
        return PAGE % {"url": paypal.url, "client": CLIENT_ID}

    @app.post("/order")
    def order() -> Any:
        return jsonify(id=paypal.order(wallet=True)["id"])

    @app.post("/capture/<order_id>")
    def capture(order_id: str) -> Any:
        answer = paypal.call("POST", f"/v2/checkout/orders/{order_id}/capture").json()
        return jsonify(result=answer["details"][0]["issue"] if "details" in answer else "paid")

    with serving(app) as url:
        yield url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    yield context
    context.close()


def press(page: Page) -> Page:
    with page.expect_popup() as opened:
        page.frame_locator("#paypal iframe").get_by_role("button", name="PayPal").click()
    opened.value.wait_for_url("**/checkoutnow**")
    return opened.value


def no_violations(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in found] == []


def test_a_buyer_is_declined_chooses_again_and_pays(context: BrowserContext, merchant: str) -> None:
    page = context.new_page()
    page.goto(merchant)
    expect(page.locator("#log")).to_contain_text("ready")
    popup = press(page)
    popup.get_by_label("Visa ending 1881").check()
    with context.expect_page() as again:
        popup.get_by_role("button", name="Pay 25.00 EUR").click()
    again.value.wait_for_url("**/checkoutnow**")
    expect(again.value.get_by_role("alert")).to_contain_text("declined")
    again.value.get_by_label("PayPal balance").check()
    again.value.get_by_role("button", name="Pay 25.00 EUR").click()
    expect(page.locator("#log")).to_contain_text("ready INSTRUMENT_DECLINED paid")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_canceling_and_closing_are_both_no(context: BrowserContext, merchant: str) -> None:
    page = context.new_page()
    page.goto(merchant)
    press(page).get_by_role("button", name="Cancel and return").click()
    expect(page.locator("#log")).to_contain_text("ready canceled")
    press(page).close()
    expect(page.locator("#log")).to_contain_text("ready canceled canceled")


def test_a_blocked_popup_becomes_a_page_in_the_page(context: BrowserContext, merchant: str) -> None:
    page = context.new_page()
    page.add_init_script("window.open = () => null")
    page.goto(merchant)
    button = page.frame_locator("#paypal iframe").get_by_role("button", name="PayPal")
    button.focus()
    button.press("Enter")
    inside = page.get_by_role("dialog").frame_locator("iframe")
    inside.get_by_role("button", name="Pay 25.00 EUR").click()
    expect(page.locator("#log")).to_contain_text("paid")
    expect(page.get_by_role("dialog")).to_have_count(0)


MISUSES = [
    "paypal.CardFields",
    "paypal.Buttons({createOrder() {}, onShippingChange() {}})",
    "paypal.Buttons({createOrder() {}, style: {colour: 'gold'}})",
    "paypal.Buttons({createOrder() {}, style: {height: 99}})",
    "paypal.Buttons({})",
    "paypal.Buttons({createOrder() {}}).updateProps",
]
ELIGIBLE = """Object.values(paypal.FUNDING).filter((fundingSource) =>
    paypal.Buttons({ createOrder() {}, fundingSource }).isEligible())"""


def test_names_we_do_not_use_throw(context: BrowserContext, merchant: str) -> None:
    page = context.new_page()
    page.goto(merchant)
    for use in MISUSES:
        threw = f"() => {{ try {{ {use}; return false }} catch {{ return true }} }}"
        assert page.evaluate(threw) is True, use
    assert page.evaluate(ELIGIBLE) == ["paypal", "card"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_approve_page_and_button_are_accessible_and_fit_a_phone(
    browser: Browser, paypal: PayPalWorld, merchant: str, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{paypal.url}/paypal/checkoutnow?token={paypal.order()['id']}")
    no_violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(merchant)
    expect(page.locator("#log")).to_contain_text("ready")
    no_violations(page)
    context.close()


def test_the_approve_page_works_without_javascript(browser: Browser, paypal: PayPalWorld) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("https://shop.example/**", lambda route: route.fulfill(body="back"))
    order_id = paypal.order(wallet=True)["id"]
    page.goto(f"{paypal.url}/paypal/checkoutnow?token={order_id}")
    page.get_by_role("button", name="Pay 25.00 EUR").click()
    page.wait_for_url(f"https://shop.example/back?order=7&token={order_id}&PayerID=*")
    context.close()
