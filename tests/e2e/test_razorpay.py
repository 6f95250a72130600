"""Paying in India: UPI, net banking and a wallet, in Razorpay's dialog and on its own page."""

import re
from collections.abc import Callable

from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack


def open_link(page: Page, stack: Stack) -> None:
    """A payment link of the merchant in India: 1,499.00 INR."""
    page.goto(stack.merchant["india_link_url"])
    expect(page.locator("#away button").first).to_be_visible()


def press(page: Page, label: str) -> FrameLocator:
    """Choose a way to pay; returns Razorpay's dialog."""
    page.locator("#away").get_by_role("button", name=label).click()
    dialog = page.frame_locator("dialog iframe")
    dialog.get_by_role("heading", name="How do you want to pay?").wait_for()
    return dialog


def orders(stack: Stack, page: Page) -> list[tuple[int, int]]:
    """What Razorpay took and gave back for the session on this page, per order."""
    session_id = page.url.split("/c/")[1].split("?")[0]
    ours = stack.attempts_of(session_id)
    books = stack.desk("GET", "/books")["razorpay"]["payments"]
    return [
        (row["amount_captured"], row["amount_refunded"]) for row in books if row["receipt"] in ours
    ]


def test_a_request_in_the_app_is_approved(stack: Stack, page: Page) -> None:
    open_link(page, stack)
    dialog = press(page, "UPI")
    dialog.get_by_label("UPI ID").fill("asha@okbank")
    dialog.get_by_role("button", name="Send the request").click()
    dialog.get_by_role("button", name="Approve").click()
    shopper.sees_receipt(page)
    expect(page.locator("main")).to_contain_text("UPI")
    assert orders(stack, page) == [(149900, 0)]


def test_who_closes_the_dialog_waits_on_our_page_and_can_choose_again(
    stack: Stack, page: Page
) -> None:
    open_link(page, stack)
    dialog = press(page, "UPI")
    dialog.get_by_label("UPI ID").fill("asha@okbank")
    dialog.get_by_role("button", name="Send the request").click()
    dialog.get_by_role("button", name="Approve").wait_for()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Approve the payment")
    page.click("#cancel")
    expect(page.locator("#away button").first).to_be_visible()
    dialog = press(page, "UPI")
    dialog.get_by_label("UPI ID").fill("success@razorpay")
    dialog.get_by_label("UPI ID").press("Enter")
    shopper.sees_receipt(page)
    assert sorted(orders(stack, page)) == [(0, 0), (149900, 0)]


def test_a_bank_that_says_no_and_then_yes(stack: Stack, page: Page) -> None:
    open_link(page, stack)
    dialog = press(page, "Net banking")
    dialog.get_by_label("Your bank").select_option("HDFC")
    dialog.get_by_role("button", name="Go to the bank").click()
    dialog.get_by_role("button", name="Failure").click()
    dialog.get_by_label("Your bank").select_option("HDFC")
    dialog.get_by_role("button", name="Go to the bank").click()
    dialog.get_by_role("button", name="Success").click()
    shopper.sees_receipt(page)
    assert orders(stack, page) == [(149900, 0)]


def test_without_javascript_by_the_hosted_form(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse(java_script_enabled=False)
    open_link(page, stack)
    page.locator("#away").get_by_role("button", name="Wallet").click()
    page.locator("#hosted button").click()
    page.locator("summary", has_text="Wallet").click()
    wallet = page.locator("form", has=page.locator("input[name=wallet]"))
    wallet.locator("input[name=wallet]").first.check()
    wallet.get_by_role("button", name="Continue").click()
    page.get_by_label("Phone number of your wallet").fill("9000090000")
    page.get_by_role("button", name="Send the one-time password").click()
    page.get_by_label("One-time password").fill("123456")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.locator("form button").first.click()  # back to the merchant: no script sends the form
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment received")
    assert orders(stack, page) == [(149900, 0)]
