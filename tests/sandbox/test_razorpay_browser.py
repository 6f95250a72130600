"""Razorpay's stand-in in a real browser: a merchant's page of another origin, a strict CSP; and no script at all."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, request
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser import TIMEOUT_MS
from tests.sandbox.paypal_client import serving
from tests.sandbox.razorpay_client import KEY_ID, RazorpayWorld, razorpay_world

pytestmark = pytest.mark.browser

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGE = """<!doctype html><html lang="en"><title>Pay</title>
<script src="{sandbox}/razorpay/checkout.js"></script>
<main><h1>Pay</h1><button id="pay">Pay</button><pre id="out" role="status"></pre></main>
<script src="/page.js"></script>"""
SCRIPT = """
const say = (word, data) => (document.getElementById("out").textContent += word + " " + JSON.stringify(data ?? null) + "\\n");
const options = async (more = {}) => {
  const order = await (await fetch("/order", { method: "POST" })).json();
  return { key: "KEY", order_id: order.id, amount: order.amount, currency: "INR", name: "Chai & Co",
    description: "Two kilos of tea", prefill: { name: "Gaurav", email: "g@shop.example", contact: "+919876543210" },
    notes: { cart: "c1" }, theme: { color: "#0a7d4f" },
    handler: (response) => say("paid", response), modal: { ondismiss: () => say("dismissed") }, ...more };
};
let given = {};
document.getElementById("pay").onclick = async () => {
  const checkout = new Razorpay(await options(given));
  checkout.on("payment.failed", (response) => say("failed", response.error));
  checkout.open();
};
"""


@pytest.fixture(scope="module")
def rzp() -> Iterator[RazorpayWorld]:
    with razorpay_world() as world:
        yield world


@pytest.fixture(scope="module")
def shop(rzp: RazorpayWorld) -> Iterator[str]:
    app, home = Flask("shop"), rzp.url
    policy = f"default-src 'none'; script-src 'self' {home}; frame-src {home}; connect-src 'self'; form-action 'self'"

    @app.get("/")
    def page() -> Response:
        return Response(
            PAGE.format(sandbox=home),
            headers={"Content-Security-Policy": policy},
            mimetype="text/html",
        )

    @app.get("/page.js")
    def script() -> Response:
        return Response(SCRIPT.replace("KEY", KEY_ID), mimetype="text/javascript")

    @app.post("/order")
    def order() -> dict[str, Any]:
        return rzp.order(123400, receipt="att_1")

    @app.get("/hosted/<order_id>")
    def hosted(order_id: str) -> str:
        fields = {
            "key_id": KEY_ID,
            "order_id": order_id,
            "amount": "123400",
            "currency": "INR",
            "name": "Chai & Co",
            "callback_url": f"{request.host_url}back?cart=1",
            "cancel_url": f"{request.host_url}canceled",
        }
        inputs = "".join(f'<input type="hidden" name="{n}" value="{v}">' for n, v in fields.items())
        action = f"{home}/razorpay/v1/checkout/embedded"
        return f'<!doctype html><form method="post" action="{action}">{inputs}<button>Pay</button></form>'

    @app.post("/back")
    def back() -> dict[str, str]:
        return request.form.to_dict()

    @app.get("/canceled")
    def canceled() -> str:
        return "canceled"

    with serving(app) as url:
        yield url


@pytest.fixture
def page(browser: Browser, shop: str, rzp: RazorpayWorld) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(shop)
    yield page
    context.close()


def open_checkout(page: Page, given: str = "{}") -> FrameLocator:
    page.evaluate(f"given = {given}")
    page.click("#pay")
    frame = page.frame_locator("dialog iframe")
    frame.get_by_role("heading", name="How do you want to pay?").wait_for()
    return frame


def said(page: Page, word: str) -> Any:
    """What the merchant's page was told last under this name."""
    expect(page.locator("#out")).to_contain_text(word)
    line = [line for line in page.inner_text("#out").splitlines() if line.startswith(word)][-1]
    return json.loads(line.removeprefix(word))


def axe_finds(page: Page) -> list[str]:
    """Run axe inside the frame itself, where the page's own run cannot look."""
    frame = next(one for one in page.frames if "/checkout/chk_" in one.url)
    frame.evaluate(Axe().axe_script)
    found = frame.evaluate("tags => axe.run({ runOnly: tags })", WCAG)["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def test_a_test_id_pays_and_the_page_can_prove_it(page, rzp):
    checkout = open_checkout(page)
    expect(checkout.get_by_text("₹1,234.00")).to_be_visible()
    checkout.get_by_label("UPI ID").fill("success@razorpay")
    checkout.get_by_label("UPI ID").press("Enter")
    response = said(page, "paid")
    assert rzp.client.utility.verify_payment_signature(response)
    payment = rzp.client.payment.fetch(response["razorpay_payment_id"])
    assert (payment["status"], payment["email"], payment["notes"]) == (
        "captured",
        "g@shop.example",
        {"cart": "c1"},
    )
    assert page.locator("dialog").count() == 0


def test_a_decline_is_told_and_another_way_pays(page, rzp):
    checkout = open_checkout(page)
    checkout.get_by_label("UPI ID").fill("gaurav@upi")
    checkout.get_by_role("button", name="Send the request").click()
    checkout.get_by_role("button", name="Decline").click()
    error = said(page, "failed")
    assert error["reason"] == "payment_declined"
    assert rzp.client.payment.fetch(error["metadata"]["payment_id"])["status"] == "failed"
    expect(checkout.get_by_role("alert")).to_contain_text("You have declined the payment request")
    checkout.get_by_text("Net banking").click()
    checkout.get_by_label("Your bank").select_option("ICICI Bank")
    checkout.get_by_role("button", name="Go to the bank").click()
    checkout.get_by_role("button", name="Success").click()
    assert rzp.client.payment.fetch(said(page, "paid")["razorpay_payment_id"])["bank"] == "ICIC"


def test_an_answer_given_elsewhere_moves_the_page_on(page, rzp):
    checkout = open_checkout(page)
    checkout.get_by_role("button", name="Pay by QR code or UPI app").click()
    expect(checkout.get_by_role("img", name="QR code for this payment")).to_be_visible()
    rzp.act(rzp.client.payment.all({"count": 1})["items"][0]["id"], "approve")
    assert said(page, "paid")["razorpay_payment_id"]


@pytest.mark.parametrize(
    ("otp", "word"), [("1234", "paid"), ("12", "failed")], ids=["right", "wrong"]
)
def test_a_wallet_asks_for_a_phone_and_a_password(page, otp, word):
    checkout = open_checkout(page)
    checkout.get_by_text("Wallet", exact=True).click()
    checkout.get_by_label("MobiKwik").check()
    checkout.get_by_role("button", name="Continue").click()
    phone = checkout.get_by_label("Phone number of your wallet")
    phone.fill("12")
    checkout.get_by_role("button", name="Send the one-time password").click()
    expect(checkout.get_by_text("Enter a phone number of 10 digits")).to_be_visible()
    phone.fill("+919876543210")
    checkout.get_by_role("button", name="Send the one-time password").click()
    checkout.get_by_label("One-time password").fill(otp)
    checkout.get_by_role("button", name="Pay ₹1,234.00").click()
    assert said(page, word)


def test_a_malformed_id_is_refused_beside_its_field(page):
    checkout = open_checkout(page)
    checkout.get_by_label("UPI ID").fill("gaurav kumar")
    checkout.get_by_role("button", name="Send the request").click()
    field = checkout.get_by_label("UPI ID")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value("gaurav kumar")
    expect(checkout.locator("#vpa-error")).to_contain_text("has no spaces")
    assert axe_finds(page) == []


def test_escape_closes_and_asks_first_where_the_merchant_wants_that(page):
    open_checkout(page)
    page.keyboard.press("Escape")
    said(page, "dismissed")
    checkout = open_checkout(
        page, "{ modal: { confirm_close: true, ondismiss: () => say('left') } }"
    )
    checkout.get_by_label("UPI ID").press("Escape")
    checkout.get_by_role("link", name="No, go on paying").click()
    checkout.get_by_role("link", name="Close the checkout").click()
    checkout.get_by_role("link", name="Yes, leave").click()
    said(page, "left")
    assert page.locator("dialog").count() == 0


def test_a_callback_gets_the_result_by_post(page, rzp, shop):
    checkout = open_checkout(page, "{ callback_url: location.origin + '/back', redirect: true }")
    checkout.get_by_label("UPI ID").fill("failure@razorpay")
    checkout.get_by_label("UPI ID").press("Enter")
    page.wait_for_url(f"{shop}/back")
    told = json.loads(page.inner_text("body"))
    assert told["error[reason]"] == "payment_failed"
    assert json.loads(told["error[metadata]"])["payment_id"].startswith("pay_")


def test_without_retry_a_failure_closes_the_checkout(page):
    checkout = open_checkout(page, "{ retry: { enabled: false } }")
    checkout.get_by_label("UPI ID").fill("failure@razorpay")
    checkout.get_by_label("UPI ID").press("Enter")
    said(page, "failed")
    said(page, "dismissed")


def test_the_merchant_says_which_ways_are_shown(page):
    shown = "{ blocks: { b: { name: 'B', instruments: [{ method: 'netbanking', banks: ['SBIN'] }] } }, sequence: ['block.b', 'wallet'], preferences: { show_default_blocks: false } }"
    checkout = open_checkout(page, f"{{ config: {{ display: {shown} }} }}")
    assert checkout.locator("summary").all_inner_texts() == ["Net banking", "Wallet"]
    assert checkout.locator("#bank option").all_inner_texts() == [
        "Choose your bank",
        "State Bank of India",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(page, scheme):
    page.emulate_media(color_scheme=scheme)
    checkout = open_checkout(page)
    assert axe_finds(page) == []
    checkout.get_by_role("button", name="Pay by QR code or UPI app").click()
    checkout.get_by_role("button", name="Approve").wait_for()
    assert axe_finds(page) == []


WRONG = (
    "new Razorpay({})",
    "new Razorpay({ ...ok, colour: 'red' })",
    "new Razorpay({ ...ok, key: 'rzp_live_1' })",
    "new Razorpay({ ...ok, amount: 1.5 })",
    "new Razorpay({ ...ok, modal: { onclose: () => {} } })",
    "new Razorpay({ ...ok, redirect: true })",
    "new Razorpay({ ...ok, config: { display: { order: [] } } })",
    "new Razorpay(ok).on('payment.success', () => {})",
    "new Razorpay(ok).show()",
)


def test_a_wrong_name_throws_at_once(page):
    page.evaluate("async () => { window.ok = await options(); }")
    thrown = {
        wrong: page.evaluate(f"() => {{ try {{ {wrong}; }} catch (error) {{ return true; }} }}")
        for wrong in WRONG
    }
    assert thrown == dict.fromkeys(WRONG, True)
    assert page.evaluate("new Razorpay(ok) instanceof Razorpay")


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A shopper without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(TIMEOUT_MS)
    yield context.new_page()
    context.close()


def test_the_hosted_form_needs_no_script(plain, rzp, shop):
    order = rzp.order(123400)
    plain.goto(f"{shop}/hosted/{order['id']}")
    plain.click("text=Pay")
    plain.get_by_label("UPI ID").fill("gaurav@upi")
    plain.get_by_role("button", name="Send the request").click()
    plain.get_by_role("button", name="Approve", exact=True).click()
    plain.get_by_role("button", name="Continue").click()
    plain.wait_for_url(f"{shop}/back?cart=1")
    assert rzp.client.order.fetch(order["id"])["status"] == "paid"
    assert "razorpay_signature" in plain.inner_text("body")

    plain.goto(f"{shop}/hosted/{order['id']}")
    plain.click("text=Pay")
    expect(plain.get_by_role("alert")).to_contain_text("the order is already paid")


def test_the_hosted_form_sends_a_failure_back_and_a_change_of_mind(plain, rzp, shop):
    order = rzp.order(123400)
    plain.goto(f"{shop}/hosted/{order['id']}")
    plain.click("text=Pay")
    plain.get_by_role("link", name="Close the checkout").click()
    plain.wait_for_url(f"{shop}/canceled")
    plain.goto(f"{shop}/hosted/{order['id']}")
    plain.click("text=Pay")
    plain.get_by_text("Net banking").click()
    plain.get_by_role("button", name="Go to the bank").click()
    expect(plain.locator("#bank-error")).to_have_text("Choose your bank.")
    plain.get_by_label("Your bank").select_option("HDFC")
    plain.get_by_role("button", name="Go to the bank").click()
    plain.get_by_role("button", name="Failure").click()
    plain.get_by_role("button", name="Continue").click()
    assert '"error[reason]":"payment_failed"' in plain.inner_text("body")
