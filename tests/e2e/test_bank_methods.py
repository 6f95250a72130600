"""Each way to pay, once more where it goes wrong or comes late: accounts, banks and apps that say something else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser import TIMEOUT_MS
from tests.e2e import shopper
from tests.e2e import stack as stacks
from tests.e2e.stack import Stack
from tests.e2e.test_methods import choose, fields
from tests.e2e.test_razorpay import open_link, orders, press

TAKEN_BACK, IMPOSSIBLE = "AT59 1904 3002 3547 3203", "AT61 1904 3002 3457 3202"


@pytest.fixture
def stripes_upi(tmp_path: Path, browser: Browser) -> Iterator[tuple[Stack, Page]]:
    """An installation without Razorpay, from which UPI is asked otherwise; its merchant is in India."""
    stack = stacks.build(tmp_path, without="RAZORPAY_")
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    try:
        stack.start()
        told = stack.command("merchant", "Chai Point", "--country", "IN")
        stack.merchant["api_key"] = re.findall(r"api_key: (\S+)", told)[0]
        yield stack, context.new_page()
    finally:
        context.close()
        stack.stop()


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


@pytest.mark.parametrize(
    ("number", "funding"),
    [
        ("4242424242424242", "credit"),
        ("4000056655665556", "debit"),
        ("5105105105105100", "prepaid"),
    ],
)
def test_every_kind_of_card_pays_and_is_told_by_its_kind(
    stack: Stack, page: Page, number: str, funding: str
) -> None:
    session = stack.session()
    shopper.pay_by_card(page, session["url"], number)
    shopper.sees_receipt(page)
    paid = stack.api("GET", f"/v1/payments/{session['payment_id']}")
    assert (paid["status"], paid["method"]["funding"]) == ("captured", funding)


def test_a_bank_debit_shows_its_mandate_and_refuses_what_is_no_iban(
    stack: Stack, page: Page
) -> None:
    session = stack.session(payment_methods=["sepa_debit"])
    form = choose_only(page, session["url"])
    expect(form.get_by_text("instruct your bank to debit your account")).to_be_visible()
    form.get_by_label("IBAN").fill(IMPOSSIBLE)
    shopper.pay(page)
    expect(form.get_by_text("Your IBAN is invalid.")).to_be_visible()
    assert stack.attempts(session["payment_id"]) == set()
    assert shopper.status_of(stack, session) == "pending"


def choose_only(page: Page, url: str) -> FrameLocator:
    """A page with one way to pay in Stripe's fields: there is nothing to choose."""
    shopper.open_page(page, url)
    page.fill("#email", "ada@example.com")
    page.fill("#name", "Ada Marlowe")
    return fields(page)


def test_a_bank_debit_that_is_taken_back_later_is_told_to_everybody(
    stack: Stack, page: Page
) -> None:
    session = stack.session(payment_methods=["sepa_debit", "card"])
    choose(page, session["url"], "SEPA").get_by_label("IBAN").fill(TAKEN_BACK)
    shopper.pay(page)
    heading(page, "Checking your payment")
    stack.desk("POST", "/webhooks/deliver", {"within_s": 600})
    paid = wait_for(stack, page, session, "chargeback")
    assert paid["amount_captured"] == 1200
    page.reload()
    heading(page, "This payment is disputed")
    expect(page.locator("main")).to_contain_text("Bank account •••• 3203")


def wait_for(stack: Stack, page: Page, session: dict[str, Any], status: str) -> dict[str, Any]:
    """The payment, once it has that status: a worker reads the webhook."""
    for _ in range(60):
        stack.desk("POST", "/webhooks/deliver", {"within_s": 600})
        paid = stack.api("GET", f"/v1/payments/{session['payment_id']}")
        if paid["status"] == status:
            break
        page.wait_for_timeout(500)
    assert paid["status"] == status
    return paid


def test_a_bank_that_refuses_ideal_leaves_the_other_ways(stack: Stack, page: Page) -> None:
    session = stack.session(payment_methods=["ideal", "card"])
    choose(page, session["url"], "iDEAL")
    shopper.pay(page)
    page.get_by_role("button", name="Let it fail").click()
    shopper.sees_alert(page, "No money was taken.")
    shopper.fill(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_upi_at_stripe_shows_a_code_and_waits_for_the_app(
    stripes_upi: tuple[Stack, Page],
) -> None:
    stack, page = stripes_upi
    session = stack.session(currency="INR", payment_methods=["upi"])
    choose_only(page, session["url"])
    shopper.pay(page)
    code = page.locator("img.code")
    expect(code).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Scan")
    assert code.evaluate("image => image.naturalWidth") > 0
    with page.context.expect_page() as opened:
        page.click("#no-code")
    opened.value.get_by_role("button", name="Approve").click()
    opened.value.close()
    shopper.sees_receipt(page)
    expect(page.locator("main")).to_contain_text("UPI")
    assert shopper.taken(stack, session) == [1200]


def test_an_upi_id_that_cannot_be_is_refused_beside_its_field(stack: Stack, page: Page) -> None:
    open_link(page, stack)
    dialog = press(page, "UPI")
    dialog.get_by_label("UPI ID").fill("asha kumar")
    dialog.get_by_role("button", name="Send the request").click()
    expect(dialog.get_by_label("UPI ID")).to_have_attribute("aria-invalid", "true")
    assert orders(stack, page) == [(0, 0)]


def test_upi_by_code_in_razorpays_dialog(stack: Stack, page: Page) -> None:
    open_link(page, stack)
    dialog = press(page, "UPI")
    dialog.get_by_role("button", name="Pay by QR code or UPI app").click()
    expect(dialog.get_by_role("img", name="QR code for this payment")).to_be_visible()
    dialog.get_by_role("button", name="Approve").click()
    shopper.sees_receipt(page)
    assert orders(stack, page) == [(149900, 0)]


def test_a_wallet_pays_in_razorpays_dialog(stack: Stack, page: Page) -> None:
    open_link(page, stack)
    dialog = press(page, "Wallet")
    dialog.get_by_label("MobiKwik").check()
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_label("Phone number of your wallet").fill("9000090000")
    dialog.get_by_role("button", name="Send the one-time password").click()
    dialog.get_by_label("One-time password").fill("123456")
    dialog.get_by_role("button", name=re.compile("^Pay")).click()
    shopper.sees_receipt(page)
    assert orders(stack, page) == [(149900, 0)]


def test_an_order_whose_answer_is_lost_is_found_again_and_another_is_paid_once(
    stack: Stack, page: Page
) -> None:
    open_link(page, stack)
    fault = {"provider": "razorpay", "path_prefix": "/v1/orders", "method": "POST"}
    stack.desk("POST", "/faults", {**fault, "kind": "error_after_execute"})
    try:
        page.locator("#away").get_by_role("button", name="Net banking").click()
        expect(page.locator("#hosted")).to_be_visible()
    finally:
        stack.desk("DELETE", "/faults")
    assert orders(stack, page) == [(0, 0)]
    dialog = press(page, "Net banking")
    dialog.get_by_label("Your bank").select_option("HDFC")
    dialog.get_by_role("button", name="Go to the bank").click()
    dialog.get_by_role("button", name="Success").click()
    shopper.sees_receipt(page)
    assert sorted(orders(stack, page)) == [(0, 0), (149900, 0)]


def test_a_wallet_that_is_not_wanted_has_no_button(stack: Stack, page: Page) -> None:
    shopper.open_page(page, stack.session(payment_methods=["card"])["url"])
    expect(page.locator("#express-wallets")).to_have_count(0)
    shopper.open_page(page, stack.session(payment_methods=["card", "google_pay"])["url"])
    wallets = page.frame_locator("#express-wallets iframe")
    expect(wallets.get_by_role("button", name="Google Pay")).to_be_visible()
    expect(wallets.get_by_role("button", name="Apple Pay")).to_be_hidden()


def test_where_only_a_wallet_is_wanted_no_card_can_be_typed(stack: Stack, page: Page) -> None:
    session = stack.session(payment_methods=["apple_pay"])
    page.goto(session["url"])
    button = page.frame_locator("#express-wallets iframe").get_by_role("button", name="Apple Pay")
    expect(button).to_be_visible()
    expect(page.locator("#pay, #card")).to_have_count(0)
    button.click()
    sheet = page.frame_locator("dialog.StripeSandboxDialog iframe")
    sheet.get_by_role("button", name="Pay").first.click()
    shopper.sees_receipt(page)
    paid = stack.api("GET", f"/v1/payments/{session['payment_id']}")
    assert (paid["status"], paid["method"]["wallet"]) == ("captured", "apple_pay")
