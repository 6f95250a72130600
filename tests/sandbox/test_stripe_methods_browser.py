"""The payment element's tabs in a real browser: SEPA, iDEAL, UPI, and methods made ready for later."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Page

from tests.sandbox.test_stripe_browser import axe_finds, fields, fill, outcome

PAGE = """<!doctype html><html lang="en"><title>Pay</title>
<script src="{sandbox}/stripe/js/stripe.js"></script>
<main><h1>Pay</h1><div id="card"></div><button id="pay">Pay</button>
<p id="out" role="status"></p></main><script src="/page.js"></script>"""
SCRIPT = """
const asked = new URLSearchParams(location.search), out = document.getElementById("out");
const said = [];
const stripe = Stripe("pk_test_tests", { locale: asked.get("locale") || "en" });
const mode = asked.get("mode") || "payment", currency = asked.get("currency") || "eur";
const elements = stripe.elements({
  mode, currency, paymentMethodCreation: "manual",
  ...(mode === "payment" && { amount: 1099 }),
  ...(asked.has("hold") && { captureMethod: "manual" }),
  ...(asked.has("allowed") && { allowedPaymentMethodTypes: asked.get("allowed").split(",") }),
});
const hidden = asked.has("hidden") && { fields: { billingDetails: { name: "never", email: "never" } } };
const card = elements.create("payment", { ...hidden, business: { name: "Tea House" } });
card.on("change", (event) => said.push(event.value.type));
card.mount("#card");
async function run() {
  const checked = await elements.submit();
  if (checked.error) return checked.error.code;
  const billing_details = { name: "A Person", email: "a@b.example" };
  const params = { return_url: location.href, ...(hidden && { payment_method_data: { billing_details } }) };
  if (mode === "setup") {
    const secret = await (await fetch("/setup", { method: "POST" })).text();
    const done = await stripe.confirmSetup({ elements, clientSecret: secret, confirmParams: params, redirect: "if_required" });
    return done.error ? done.error.code : `set up ${done.setupIntent.status}`;
  }
  const made = await stripe.createConfirmationToken({ elements, params });
  if (made.error) return made.error.code;
  const sent = await fetch(`/pay?currency=${currency}`, { method: "POST", body: made.confirmationToken.id });
  const result = await sent.json();
  if (!result.secret) return `${checked.selectedPaymentMethod} ${result.status}`;
  const done = await stripe.handleNextAction({ clientSecret: result.secret });
  return done.error ? done.error.code : `${checked.selectedPaymentMethod} ${done.paymentIntent.status}`;
}
document.getElementById("pay").onclick = async () => (out.textContent = await run());
if (asked.has("redirect_status")) out.textContent = `back ${asked.get("redirect_status")}`;
"""


@pytest.fixture(scope="module")
def shop(serve: Callable[..., str], stripe_side: Any) -> str:
    app = Flask("methods shop")

    @app.get("/")
    def page() -> Response:
        return Response(PAGE.format(sandbox=stripe_side.url), mimetype="text/html")

    @app.get("/page.js")
    def script() -> Response:
        return Response(SCRIPT, mimetype="text/javascript")

    @app.post("/pay")
    def pay() -> dict[str, Any]:
        intent = stripe_side.client.v1.payment_intents.create(
            {
                "amount": 1099,
                "currency": request.args["currency"],
                "confirm": True,
                "confirmation_token": request.get_data(as_text=True),
                "automatic_payment_methods": {"enabled": True},
            }
        )
        secret = intent.client_secret if intent.status == "requires_action" else None
        return {"status": intent.status, "secret": secret}

    @app.post("/setup")
    def setup() -> str:
        return str(stripe_side.client.v1.setup_intents.create({}).client_secret)

    return serve(app)


@pytest.fixture
def open_shop(browser: Any, shop: str, side: Any) -> Iterator[Callable[[str], Page]]:
    context = browser.new_context(viewport={"width": 400, "height": 800})

    def go(query: str) -> Page:
        page = context.new_page()
        page.goto(f"{shop}/?{query}")
        fields(page).locator("main[data-ready]").wait_for()
        return page

    yield go
    context.close()


def tabs(page: Page) -> list[str]:
    return fields(page).get_by_role("tab").all_inner_texts()


def choose(page: Page, name: str) -> Any:
    fields(page).get_by_role("tab", name=name).click()
    return fields(page).get_by_role("tabpanel", name=name)


pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("currency=usd", []),
        ("currency=eur", ["Card", "SEPA Direct Debit", "iDEAL"]),
        ("currency=inr", ["Card", "UPI"]),
        ("currency=eur&hold=1", []),
        ("currency=eur&allowed=card,ideal,upi", ["Card", "iDEAL"]),
        ("currency=eur&mode=setup", ["Card", "SEPA Direct Debit", "iDEAL", "UPI"]),
    ],
)
def test_the_tabs_are_what_the_intent_would_offer(open_shop, query, shown):
    assert tabs(open_shop(query)) == shown


def test_a_direct_debit_with_its_mandate(open_shop):
    page = open_shop("currency=eur")
    panel = choose(page, "SEPA Direct Debit")
    assert "let Tea House and Stripe" in panel.inner_text()
    panel.get_by_label("IBAN").fill("AT61 1904 3002 3457 3202")
    page.click("#pay")
    assert outcome(page) == "invalid_iban"
    assert panel.locator("#iban-error").inner_text() == "Your IBAN is invalid."
    assert axe_finds(page, "elements/payment") == []
    panel.get_by_label("IBAN").fill("AT611904300234573201")
    panel.get_by_label("Full name").fill("Jenny Rosen")
    panel.get_by_label("E-mail").fill("jenny@example.com")
    page.click("#pay")
    page.locator("#out", has_text="processing").wait_for()
    assert page.inner_text("#out") == "sepa_debit processing"
    assert "sepa_debit" in page.evaluate("said")


def test_the_page_may_ask_for_the_name_itself(open_shop):
    page = open_shop("currency=eur&allowed=sepa_debit&hidden=1")
    frame = fields(page)
    assert frame.get_by_label("Full name").is_hidden()
    frame.get_by_label("IBAN").fill("AT611904300234573201")
    page.click("#pay")
    assert outcome(page) == "sepa_debit processing"


def test_what_only_the_server_knows_of_an_account_is_told_beside_it(open_shop):
    page = open_shop("currency=eur&allowed=sepa_debit&hidden=1")
    fields(page).get_by_label("IBAN").fill("AT511904300000066666")
    page.click("#pay")
    assert outcome(page) == "bank_account_unusable"
    assert "cannot be used" in fields(page).locator("#iban-error").inner_text()


@pytest.mark.parametrize(
    ("button", "end"), [("Approve the payment", "succeeded"), ("Let it fail", "failed")]
)
def test_ideal_leaves_the_page_and_comes_back(open_shop, button, end):
    page = open_shop("currency=eur")
    choose(page, "iDEAL")
    page.click("#pay")
    page.get_by_label("Your bank").select_option("Rabobank")
    page.get_by_role("button", name=button).click()
    assert outcome(page) == f"back {end}"


@pytest.mark.parametrize(
    ("button", "end"),
    [
        ("Approve", "upi succeeded"),
        ("Decline", "payment_method_customer_decline"),
        ("Let it expire", "payment_intent_payment_attempt_expired"),
    ],
)
def test_upi_shows_its_code_in_a_dialog(open_shop, button, end):
    page = open_shop("currency=inr")
    choose(page, "UPI")
    page.click("#pay")
    app = page.frame_locator("dialog iframe")
    app.get_by_role("img", name="QR code").wait_for()
    assert axe_finds(page, "/upi/") == []
    app.get_by_role("button", name=button).click()
    assert outcome(page) == end


def test_a_card_is_set_up_through_the_banks_question(open_shop):
    page = open_shop("currency=eur&mode=setup")
    fill(page, "4000002500003155")
    page.click("#pay")
    page.frame_locator("dialog iframe").get_by_role("button", name="Complete").click()
    assert outcome(page) == "set up succeeded"


def test_tabs_go_by_arrow_keys_and_from_right_to_left(open_shop):
    page = open_shop("currency=eur")
    first = fields(page).get_by_role("tab", name="Card")
    first.press("ArrowRight")
    assert fields(page).locator("[aria-selected=true]").inner_text() == "SEPA Direct Debit"
    fields(page).get_by_role("tab", name="SEPA").press("End")
    assert fields(page).locator("[aria-selected=true]").inner_text() == "iDEAL"
    page = open_shop("currency=eur&locale=ar")
    fields(page).locator("#tab-card").press("ArrowLeft")
    assert fields(page).locator("[aria-selected=true]").get_attribute("data-method") == "sepa_debit"
    assert axe_finds(page, "elements/payment") == []
