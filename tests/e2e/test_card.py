"""Paying by card: it works, it is declined and works then, and the bank asks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack


def test_a_card_pays(stack: Stack, page: Page) -> None:
    session = stack.session(success_url=f"{stack.sandbox_url}/shop/")
    shopper.pay_by_card(page, session["url"])
    shopper.sees_receipt(page)
    expect(page).to_have_title("Paid – Alma Coffee Roasters")
    expect(page.locator("main")).to_contain_text("Visa •••• 4242")
    expect(page.get_by_role("link", name="Continue to Alma")).to_be_visible()
    assert shopper.taken(stack, session) == [1200]
    assert shopper.status_of(stack, session) == "captured"


def test_after_a_decline_everything_is_still_there_and_the_next_try_pays(
    stack: Stack, page: Page
) -> None:
    session = stack.session()
    shopper.pay_by_card(page, session["url"], shopper.NO_MONEY_LEFT)
    shopper.sees_alert(page, "There is not enough money available on this card.")
    shopper.sees_alert(page, "No money was taken.")
    shopper.sees_alert(page, "You can also pay with PayPal.")
    expect(page).to_have_title("Declined – Alma Coffee Roasters")
    expect(page.locator("#alert")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("Payment declined")
    expect(page.locator("#email")).to_have_value("ada@example.com")
    expect(page.locator("#name")).to_have_value("Ada Marlowe")
    frame = page.frame_locator("#card iframe")
    expect(frame.get_by_label("Card number")).to_have_value("4000 0000 0000 9995")
    shopper.type_card(page, shopper.PAYS)
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_decline_is_still_told_after_a_reload(stack: Stack, page: Page) -> None:
    shopper.pay_by_card(page, stack.session()["url"], shopper.DECLINED)
    shopper.sees_alert(page, "No money was taken.")
    page.reload()
    shopper.sees_alert(page, "No money was taken.")
    expect(page).to_have_title("Declined – Alma Coffee Roasters")


def test_the_bank_asks_and_the_shopper_passes(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.pay_by_card(page, session["url"], shopper.BANK_ASKS)
    asked = shopper.bank(page)
    expect(page).to_have_title("Confirm with your bank – Alma Coffee Roasters")
    asked.get_by_role("button", name="Complete").click()
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_the_bank_asks_and_the_shopper_fails(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.pay_by_card(page, session["url"], shopper.BANK_ASKS)
    shopper.bank(page).get_by_role("button", name="Fail").click()
    shopper.sees_alert(page, "Your bank could not confirm that it was you.")
    shopper.settled(page)
    assert shopper.taken(stack, session) == []
    shopper.type_card(page, shopper.PAYS)
    shopper.pay(page)
    shopper.sees_receipt(page)


def test_esc_leaves_the_bank_after_asking(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.pay_by_card(page, session["url"], shopper.BANK_ASKS)
    asked = shopper.bank(page)
    page.keyboard.press("Escape")
    asked.get_by_role("button", name="Cancel the check").click()
    shopper.sees_alert(page, "No money was taken.")
    shopper.settled(page)
    assert shopper.taken(stack, session) == []


def test_a_shopper_who_walked_away_from_the_bank_can_go_on_or_use_another_card(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    session = stack.session()
    first = browse()
    shopper.pay_by_card(first, session["url"], shopper.BANK_ASKS)
    shopper.bank(first)
    first.close()
    second = browse()
    shopper.open_page(second, session["url"])
    shopper.sees_alert(second, "Your bank’s check was not finished")
    second.get_by_role("button", name="Continue the check").click()
    shopper.bank(second).get_by_role("button", name="Complete").click()
    shopper.sees_receipt(second)
    assert shopper.taken(stack, session) == [1200]


def test_another_card_replaces_an_unfinished_check(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.pay_by_card(page, session["url"], shopper.BANK_ASKS)
    shopper.bank(page)
    page.reload()
    shopper.settled(page)
    shopper.fill(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_a_held_card_is_reserved_and_the_page_says_so(stack: Stack, page: Page) -> None:
    session = stack.session(capture="manual")
    shopper.pay_by_card(page, session["url"])
    shopper.sees_receipt(page, "Order placed")
    expect(page.locator("main")).to_contain_text("€12.00 is reserved and not taken yet")
    assert shopper.taken(stack, session) == []


@pytest.mark.parametrize("button", ["Apple Pay", "Google Pay"])
def test_a_wallet_pays(stack: Stack, page: Page, button: str) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    frame = page.frame_locator("#express-wallets iframe")
    frame.get_by_role("button", name=button).click()
    sheet = page.frame_locator("dialog.StripeSandboxDialog iframe")
    sheet.get_by_role("button", name="Pay").first.click()
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def test_what_is_missing_is_said_once_under_each_field_and_listed(stack: Stack, page: Page) -> None:
    shopper.open_page(page, stack.session()["url"])
    page.fill("#email", "ada@")
    page.locator("#email").blur()
    expect(page.locator("#email-error")).to_have_text(
        "Enter an e-mail address like name@example.com."
    )
    expect(page.locator("#email")).to_have_attribute("aria-invalid", "true")
    shopper.pay(page)
    expect(page.locator("#alert")).to_be_focused()
    links = page.locator("#alert a")
    expect(links).to_have_text(
        [
            "Enter an e-mail address like name@example.com.",
            "Enter the name on your card or account.",
        ]
    )
    links.last.click()
    expect(page.locator("#name")).to_be_focused()
    page.fill("#email", "ada@example.com")
    expect(page.locator("#email-error")).to_be_hidden()


def test_an_incomplete_card_is_told_and_nothing_is_sent(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    page.fill("#email", "ada@example.com")
    page.fill("#name", "Ada Marlowe")
    shopper.pay(page)
    expect(page.locator("#alert a")).to_have_count(1)
    shopper.settled(page)
    assert shopper.status_of(stack, session) == "pending"
