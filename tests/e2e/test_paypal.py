"""Paying with PayPal: in its window, and without JavaScript by going there."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack


def agree(popup: Page, funding: str = "PayPal balance") -> None:
    popup.get_by_label(funding).check()
    popup.locator("button[value=pay]").click()


def test_the_buyer_approves(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    agree(shopper.press_paypal(page))
    shopper.sees_receipt(page)
    expect(page.locator("main")).to_contain_text("PayPal")
    assert shopper.taken(stack, session) == [1200]


def test_the_buyer_cancels_and_pays_by_card(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    shopper.press_paypal(page).locator("button[value=cancel]").click()
    shopper.sees_alert(page, "You left PayPal before paying")
    shopper.sees_alert(page, "No money was taken.")
    expect(page).to_have_title("Not paid – Alma Coffee Roasters")
    shopper.fill(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_closing_the_window_is_canceling(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    shopper.press_paypal(page).close()
    shopper.sees_alert(page, "You left PayPal before paying")
    agree(shopper.press_paypal(page))
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_declined_instrument_lets_the_buyer_choose_another(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    popup = shopper.press_paypal(page)
    with page.context.expect_page() as opened:
        agree(popup, "Visa ending 1881")
    again = opened.value
    expect(again.get_by_role("alert")).to_contain_text("Your last choice was declined")
    agree(again)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_payment_under_review_at_paypal_waits(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    agree(shopper.press_paypal(page), "Bank account, needs review")
    expect(page.get_by_role("heading", level=1)).to_have_text("Checking your payment")
    expect(page.locator("#submit")).to_have_count(0)


def test_a_refused_capture_is_a_decline_whatever_the_order_says(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    agree(shopper.press_paypal(page), "Mastercard ending 0500")
    shopper.sees_alert(page, "No money was taken.")
    shopper.settled(page)
    assert shopper.status_of(stack, session) == "failed"


def test_without_javascript_everything_is_there_and_paypal_works(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    page = browse(java_script_enabled=False)
    session = stack.session()
    page.goto(session["url"])
    expect(page.get_by_role("heading", level=1)).to_contain_text("€12.00")
    expect(page.locator("body")).to_contain_text("Alma Coffee Roasters")
    expect(page.locator("#summary")).to_be_visible()
    expect(page.locator("#pay")).to_be_hidden()
    expect(page.locator("noscript h2")).to_have_text("Card payments need JavaScript")
    page.get_by_role("button", name="Pay €12.00 with PayPal").click()
    agree(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_without_javascript_one_can_come_back_from_paypal(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    page = browse(java_script_enabled=False)
    session = stack.session()
    page.goto(session["url"])
    page.get_by_role("button", name="Pay €12.00 with PayPal").click()
    page.locator("button[value=cancel]").click()
    shopper.sees_alert(page, "No money was taken.")
    page.get_by_role("button", name="Pay €12.00 with PayPal").click()
    agree(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_what_comes_back_in_the_address_decides_nothing(stack: Stack, page: Page) -> None:
    session = stack.session()
    page.goto(
        f"{session['url']}/return?token=5O190127TN364715T&PayerID=X&redirect_status=succeeded"
    )
    expect(page).to_have_url(session["url"])
    shopper.settled(page)
    assert shopper.status_of(stack, session) == "pending"
