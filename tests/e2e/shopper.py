"""What a shopper does at the hosted page, as verbs; what they see, as sentences."""

import re
from typing import Any

from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e.stack import Stack

PAYS, BANK_ASKS = "4242424242424242", "4000000000003220"
DECLINED, NO_MONEY_LEFT = "4000000000000002", "4000000000009995"


def open_page(page: Page, url: str) -> None:
    """Open the hosted page and wait until it can be paid by card."""
    page.goto(url)
    expect(page.locator("#submit")).to_be_enabled()


def fill(page: Page, number: str = PAYS) -> None:
    """Type who is paying and a card."""
    page.fill("#email", "ada@example.com")
    page.fill("#name", "Ada Marlowe")
    type_card(page, number)


def type_card(page: Page, number: str) -> None:
    frame = page.frame_locator("#card iframe")
    frame.get_by_label("Card number").fill(number)
    frame.get_by_label("Expiration date").fill("12 / 34")
    frame.get_by_label("Security code").fill("123")


def pay(page: Page) -> None:
    page.click("#submit")


def pay_by_card(page: Page, url: str, number: str = PAYS) -> None:
    open_page(page, url)
    fill(page, number)
    pay(page)


def bank(page: Page) -> FrameLocator:
    """The bank's question, once it is there."""
    expect(page.locator("dialog.StripeSandboxDialog")).to_be_visible()
    frame = page.frame_locator("dialog.StripeSandboxDialog iframe")
    expect(frame.get_by_role("button", name="Complete")).to_be_visible()
    return frame


def press_paypal(page: Page) -> Page:
    """Press PayPal's button; returns its window."""
    button = page.frame_locator("#paypal-button iframe").get_by_role("button")
    with page.expect_popup() as opened:
        button.click()
    popup = opened.value
    expect(popup.get_by_role("heading", level=1)).to_be_visible()
    return popup


def sees_receipt(page: Page, headline: str = "Payment received") -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    expect(page.get_by_text("Confirmation", exact=True)).to_be_visible()


def sees_alert(page: Page, text: str) -> None:
    expect(page.locator("#alert")).to_contain_text(text)


def settled(page: Page) -> None:
    """The page can be used again."""
    expect(page.locator("#submit")).to_be_enabled()
    expect(page.locator("#submit")).not_to_have_attribute("aria-busy", re.compile("."))


def taken(stack: Stack, session: dict[str, Any]) -> list[int]:
    """What the providers say was taken for this session, one number per charge."""
    books = stack.desk("GET", "/books")
    mine = [
        entry["amount_received"]
        for entry in books["stripe"]["payments"]
        if entry["metadata"].get("payment_id") == session["payment_id"]
    ]
    attempts = stack.attempts(session["payment_id"])
    theirs = [
        entry["amount_taken"]
        for entry in books["paypal"]["captures"]
        if entry["custom_id"] in attempts
    ]
    return [amount for amount in mine + theirs if amount]


def status_of(stack: Stack, session: dict[str, Any]) -> str:
    return str(stack.api("GET", f"/v1/payments/{session['payment_id']}")["status"])
