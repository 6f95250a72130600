"""Ways to pay besides the card: a bank debit, iDEAL, and a card that was saved the last time."""

import re
import time
from typing import Any

from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack

GOOD, BAD = "AT61 1904 3002 3457 3201", "AT86 1904 3002 3547 3202"


def fields(page: Page) -> FrameLocator:
    return page.frame_locator("#card iframe")


def choose(page: Page, url: str, tab: str) -> FrameLocator:
    """Open the page, say who pays, and choose a way to pay in Stripe's fields."""
    shopper.open_page(page, url)
    page.fill("#email", "ada@example.com")
    page.fill("#name", "Ada Marlowe")
    fields(page).get_by_role("tab", name=tab).click()
    return fields(page)


def code_of(stack: Stack, email: str, mail_number: int) -> str:
    """The code in the so manieth mail to the address, once it has come."""
    for _ in range(60):
        mails = stack.desk("GET", "/mail.json")["mails"]
        mine = [mail for mail in mails if email in mail["to"]]
        if len(mine) == mail_number:
            return re.sub(r"\D", "", mine[0]["subject"])[:6]
        time.sleep(0.5)
    raise AssertionError("no mail came")


def test_a_bank_debit_waits_and_is_paid(stack: Stack, page: Page) -> None:
    session = stack.session(payment_methods=["sepa_debit", "card"])
    choose(page, session["url"], "SEPA").get_by_label("IBAN").fill(GOOD)
    shopper.pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your payment")
    stack.desk("POST", "/webhooks/deliver", {})
    shopper.sees_receipt(page)
    assert shopper.status_of(stack, session) == "captured"
    assert shopper.taken(stack, session) == [1200]


def test_a_bank_debit_that_fails_takes_nothing_and_can_be_paid_otherwise(
    stack: Stack, page: Page
) -> None:
    session = stack.session(payment_methods=["sepa_debit", "card"])
    choose(page, session["url"], "SEPA").get_by_label("IBAN").fill(BAD)
    shopper.pay(page)
    stack.desk("POST", "/webhooks/deliver", {})
    shopper.sees_alert(page, "No money was taken.")
    expect(page.locator("#submit")).to_be_enabled()
    shopper.fill(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_ideal_goes_to_the_bank_and_back(stack: Stack, page: Page) -> None:
    session = stack.session(payment_methods=["ideal", "card"])
    choose(page, session["url"], "iDEAL")
    shopper.pay(page)
    page.get_by_role("button", name="Approve the payment").click()
    shopper.sees_receipt(page)
    assert shopper.status_of(stack, session) == "captured"


def test_only_what_the_merchant_wants_is_offered(stack: Stack, page: Page) -> None:
    shopper.open_page(page, stack.session(payment_methods=["card"])["url"])
    expect(fields(page).get_by_label("Card number")).to_be_visible()
    expect(fields(page).get_by_role("tab")).to_have_count(0)
    expect(page.locator("#paypal-plain, #paypal-button")).to_have_count(0)


def test_a_card_is_saved_with_consent_and_pays_the_next_time(stack: Stack, page: Page) -> None:
    first = stack.session()
    page.goto(first["url"])
    page.get_by_role("link", name="Paid here before?").click()
    page.get_by_label("E-mail").fill("saved@example.com")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("Code").fill(code_of(stack, "saved@example.com", 1))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    page.get_by_role("link", name="Pay in another way").click()
    expect(page.locator("#submit")).to_be_enabled()
    box = page.get_by_role("form", name=re.compile("card")).get_by_role("checkbox")
    expect(box).not_to_be_checked()
    box.check()
    shopper.fill(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    customer = stack.api("GET", f"/v1/payments/{first['payment_id']}")["customer"]
    page.context.clear_cookies()

    second = stack.session(customer=customer)
    page.goto(f"{second['url']}/saved")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("Code").fill(code_of(stack, "saved@example.com", 2))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("radio", name=re.compile("Visa"))).to_be_checked()
    page.get_by_role("button", name="Pay").click()
    shopper.sees_receipt(page)
    assert shopper.status_of(stack, second) == "captured"


def test_the_time_that_a_code_has_left_is_shown_and_said(stack: Stack, page: Page) -> None:
    page.clock.install()
    page.goto(f"{stack.session()['url']}/saved")
    page.get_by_label("E-mail").fill("slow@example.com")
    page.get_by_role("button", name="Send the code").click()
    left = page.locator("#left")
    expect(left).to_have_text(re.compile(r"Time left: (10:00|9:5\d)"))
    expect(page.get_by_label("Code")).to_have_attribute("inputmode", "numeric")
    page.clock.run_for(9 * 60 * 1000)
    expect(page.locator("#live")).to_have_text(re.compile(r"Time left: 1:00"))
    page.clock.run_for(61 * 1000)
    for place in (left, page.locator("#live")):
        expect(place).to_have_text("The code has expired. Ask for a new one.")
    page.get_by_role("link", name="Send a new code").click()
    expect(page.get_by_role("button", name="Send the code")).to_be_visible()


def test_a_saved_card_whose_bank_asks_leads_straight_to_the_bank(stack: Stack, page: Page) -> None:
    first = stack.session()
    show_code(stack, page, first, "bank@example.com", 1)
    page.get_by_role("link", name="Pay in another way").click()
    expect(page.locator("#submit")).to_be_enabled()
    page.get_by_role("checkbox", name=re.compile("Save this card")).check()
    shopper.fill(page, shopper.BANK_ASKS)
    shopper.pay(page)
    shopper.bank(page).get_by_role("button", name="Complete").click()
    shopper.sees_receipt(page)

    second = stack.session()
    show_code(stack, page, second, "bank@example.com", 2)
    page.get_by_role("button", name="Pay").click()
    shopper.bank(page).get_by_role("button", name="Complete").click()
    shopper.sees_receipt(page)
    assert shopper.status_of(stack, second) == "captured"


def show_code(
    stack: Stack, page: Page, session: dict[str, Any], email: str, mail_number: int
) -> None:
    """Prove the address with the so manieth code that was mailed to it."""
    page.goto(f"{session['url']}/saved")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("Code").fill(code_of(stack, email, mail_number))
    page.get_by_role("button", name="Continue").click()
