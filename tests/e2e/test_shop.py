"""The demo shop: a cart, our page, and a thank-you page that asks us how the order stands."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack


def buy(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.sandbox_url}/shop/")
    page.get_by_role("button", name="Add to cart Huila Washed").click()
    page.goto(f"{stack.sandbox_url}/shop/cart")
    page.get_by_role("button", name="Buy").click()
    expect(page.locator("#submit")).to_be_enabled()


def test_from_the_shelf_to_the_thank_you_page(stack: Stack, page: Page) -> None:
    buy(stack, page)
    assert page.url.startswith(f"{stack.app_url}/c/")
    expect(page.locator("#summary")).to_contain_text("Huila Washed")
    shopper.fill(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    number = page.locator(".facts dd").first.inner_text()
    page.get_by_role("link", name="Continue to Alma Coffee Roasters").click()
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator("[data-status]")).to_be_visible()
    assert page.url.startswith(stack.sandbox_url)


def test_the_receipt_goes_back_to_the_shop_by_itself_unless_one_stays(
    stack: Stack, page: Page
) -> None:
    buy(stack, page)
    shopper.fill(page)
    page.clock.install()
    shopper.pay(page)
    shopper.sees_receipt(page)
    page.get_by_role("button", name="Stay on this page").click()
    page.clock.run_for(60_000)
    shopper.sees_receipt(page)
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # what is slow here is not the page
    page.reload()
    expect(page.locator("#countdown")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("You go back to Alma Coffee Roasters in 10 s.")
    page.clock.run_for(15_000)
    expect(page).to_have_url(re.compile(re.escape(f"{stack.sandbox_url}/shop/thanks/")))


def test_back_from_our_page_leads_to_the_cart(stack: Stack, page: Page) -> None:
    buy(stack, page)
    page.get_by_role("link", name="Back to Alma Coffee Roasters").click()
    expect(page.get_by_role("heading", name="Your cart")).to_be_visible()
