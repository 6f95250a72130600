"""The browser stand-in in a real browser: a merchant's page of another origin, a strict CSP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, request
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGE = """<!doctype html><html lang="en"><title>Pay</title>
<script src="{sandbox}/stripe/js/stripe.js"></script>
<main><h1>Pay</h1><div id="wallets"></div><div id="card"></div>
<button id="pay">Pay</button><p id="out" role="status"></p></main><script src="/page.js"></script>"""
SCRIPT = """
const said = [], out = document.getElementById("out");
addEventListener("message", (event) => said.push(JSON.stringify(event.data)));
const look = { theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe" };
const stripe = Stripe("pk_test_tests", { locale: "en" });
const elements = stripe.elements({
  mode: "payment", amount: 1099, currency: "usd", captureMethod: "automatic",
  paymentMethodCreation: "manual", appearance: look,
});
const wallets = elements.create("expressCheckout", { emailRequired: true, buttonHeight: 48 });
wallets.on("confirm", async (event) => pay(undefined, event));
wallets.mount("#wallets");
const fields = { billingDetails: { name: "never", email: "never" } };
const card = elements.create("payment", { fields });
card.mount("#card");
async function pay(billing_details, wallet) {
  const checked = await elements.submit();
  if (checked.error) return void (out.textContent = checked.error.code);
  const data = billing_details && { payment_method_data: { billing_details } };
  const params = { return_url: location.href, ...data };
  const made = await stripe.createConfirmationToken({ elements, params });
  if (made.error) return void (out.textContent = made.error.code);
  const sent = await fetch("/pay", { method: "POST", body: made.confirmationToken.id });
  const result = await sent.json();
  if (result.secret) {
    const done = await stripe.handleNextAction({ clientSecret: result.secret });
    out.textContent = done.error ? done.error.code : "asked " + done.paymentIntent.status;
    return;
  }
  const by = wallet ? [wallet.expressPaymentType, wallet.billingDetails.email] : [];
  out.textContent = [result.status, ...by].join(" ");
}
document.getElementById("pay").onclick = () => pay({ name: "A Person", email: "a@b.example" });
"""


@pytest.fixture(scope="module")
def shop(serve: Callable[..., str], stripe_side: Any) -> str:
    """A merchant's page, as strict about its content as a good one is."""
    app = Flask("shop")
    home = stripe_side.url
    policy = (
        f"default-src 'none'; script-src 'self' {home}; frame-src {home}; connect-src 'self' {home}"
    )

    @app.get("/")
    def page() -> Response:
        headers = {"Content-Security-Policy": policy}
        return Response(PAGE.format(sandbox=home), headers=headers, mimetype="text/html")

    @app.get("/page.js")
    def script() -> Response:
        return Response(SCRIPT, mimetype="text/javascript")

    @app.post("/pay")
    def pay() -> dict[str, Any]:
        token = request.get_data(as_text=True)
        intent = stripe_side.client.v1.payment_intents.create(
            {
                "amount": 1099,
                "currency": "usd",
                "confirm": True,
                "confirmation_token": token,
                "automatic_payment_methods": {"enabled": True},
            }
        )
        secret = intent.client_secret if intent.status == "requires_action" else None
        return {"status": intent.status, "secret": secret}

    return serve(app)


@pytest.fixture
def page(browser: Any, shop: str, side: Any) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 400, "height": 800})
    page = context.new_page()
    page.goto(shop)
    fields(page).get_by_label("Card number").wait_for()
    yield page
    context.close()


def fields(page: Page) -> Any:
    return page.frame_locator("#card iframe")


def fill(page: Page, number: str, expiry: str = "1234", cvc: str = "123") -> None:
    card = fields(page)
    card.get_by_label("Card number").press_sequentially(number)
    # A complete number moves on to the date by itself, and the date to the code.
    card.get_by_label("Expiration date").press_sequentially(expiry)
    card.get_by_label("Security code").press_sequentially(cvc)


def outcome(page: Page) -> str:
    page.locator("#out:not(:empty)").wait_for()
    return page.inner_text("#out")


def axe_finds(page: Page, part: str) -> list[str]:
    """Run axe inside the frame itself, where the page's own run cannot look."""
    frame = next(one for one in page.frames if part in one.url)
    frame.evaluate(Axe().axe_script)
    found = frame.evaluate("tags => axe.run({ runOnly: tags })", WCAG)["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


pytestmark = pytest.mark.browser


def test_a_card_pays_and_the_page_never_sees_its_number(page):
    fill(page, "4242424242424242")
    assert fields(page).get_by_label("Card number").input_value() == "4242 4242 4242 4242"
    assert fields(page).get_by_label("Expiration date").input_value() == "12 / 34"
    page.click("#pay")
    assert outcome(page) == "succeeded"
    said = page.evaluate("said.join()")
    assert "change" in said
    assert "424242" not in said
    assert "424242" not in page.content()


def test_mistakes_are_told_inside_the_frame(page):
    fill(page, "4242424242424241", "1319", "1")
    page.click("#pay")
    assert outcome(page) == "invalid_number"
    number = fields(page).get_by_label("Card number")
    assert number.get_attribute("aria-invalid") == "true"
    assert fields(page).locator("#number-error").inner_text() == "Your card number is invalid."
    assert axe_finds(page, "elements/payment") == []


@pytest.mark.parametrize(
    ("button", "end"),
    [("Complete", "asked succeeded"), ("Fail", "payment_intent_authentication_failure")],
)
def test_the_bank_asks_in_a_dialog(page, button, end):
    fill(page, "4000002760003184")
    page.click("#pay")
    bank = page.frame_locator("dialog iframe")
    bank.get_by_role("button", name=button).wait_for()
    assert axe_finds(page, "/3ds/") == []
    bank.get_by_role("button", name=button).click()
    assert outcome(page) == end
    assert page.locator("dialog").count() == 0


def test_escape_asks_before_the_check_is_canceled(page):
    fill(page, "4000002760003184")
    page.click("#pay")
    bank = page.frame_locator("dialog iframe")
    bank.get_by_role("button", name="Complete").wait_for()
    page.keyboard.press("Escape")
    bank.get_by_role("button", name="Continue").click()
    bank.get_by_role("button", name="Cancel this check").click()
    bank.get_by_role("button", name="Cancel the check").click()
    assert outcome(page) == "payment_intent_authentication_failure"


def test_a_wallet_pays_with_its_own_card(page):
    page.frame_locator("#wallets iframe").get_by_role("button", name="Google Pay").click()
    sheet = page.frame_locator("dialog iframe")
    sheet.get_by_role("radio", name="4444").check()
    assert axe_finds(page, "elements/wallet") == []
    sheet.get_by_role("button", name="Pay with Google Pay").click()
    assert outcome(page) == "succeeded google_pay shopper@example.com"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_frames_are_accessible(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.reload()
    fields(page).get_by_label("Card number").wait_for()
    assert axe_finds(page, "elements/payment") == []
    assert axe_finds(page, "elements/express") == []


WRONG = (
    "stripe.elements({mode:'payment',amount:1,currency:'usd',paymentMethodTypes:['card']})",
    "stripe.elements({mode:'payment',amount:1.5,currency:'usd'})",
    "stripe.elements({mode:'payment',amount:5})",
    "stripe.confirmCardPayment('x')",
    "elements.create('card')",
    "elements.update({colour: 'red'})",
    "card.on('foo', () => {})",
    "Stripe('sk_test_x')",
    "Stripe('pk_test_x', {apiVersion: '2023-08-16'})",
)


def test_a_wrong_name_throws_at_once(page):
    thrown = {
        wrong: page.evaluate(
            f"() => {{ try {{ {wrong}; }} catch (error) {{ return error.name; }} }}"
        )
        for wrong in WRONG
    }
    assert thrown == dict.fromkeys(WRONG, "IntegrationError")
