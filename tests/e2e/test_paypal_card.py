"""Cards in PayPal's own fields: shown where Stripe does not take the amount, as it is with thirty cents."""

from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack
from tests.e2e.test_states import barriers

PAYS, BANK_ASKS, BANK_ASKS_IN_VAIN, NO_TEST_CARD = (
    "4012888888881881",
    "4868719166101368",
    "4868719181895556",
    "4539578763621486",
)


def open_page(stack: Stack, page: Page, **more: Any) -> dict[str, Any]:
    session = stack.session(amount=30, **more)
    shopper.open_page(page, session["url"])
    return session


def type_card(page: Page, number: str = PAYS, name: str = "Ada Marlowe") -> None:
    page.fill("#email", "ada@example.com")
    typed = {"name": name, "number": number, "expiry": "1234", "cvv": "123"}
    for kind, text in typed.items():
        field = page.frame_locator(f"#paypal-card-{kind} iframe").get_by_role("textbox")
        field.fill("")
        field.press_sequentially(text)


def bank(page: Page, answer: str) -> None:
    frame = page.frame_locator("[role=dialog] iframe")
    frame.get_by_role("button", name=answer).click()


def test_a_card_pays(stack: Stack, page: Page) -> None:
    session = open_page(stack, page, payment_methods=["card"])
    expect(page.locator("#paypal-plain, #paypal-button, #card")).to_have_count(0)
    type_card(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    expect(page.locator("main")).to_contain_text("Visa •••• 1881")
    assert shopper.taken(stack, session) == [30]
    paid = stack.api("GET", f"/v1/payments/{session['payment_id']}")
    assert (paid["status"], paid["provider"], paid["method"]["type"]) == (
        "captured",
        "paypal",
        "card",
    )


def test_a_decline_is_told_and_the_next_try_pays(stack: Stack, page: Page) -> None:
    session = open_page(stack, page)
    type_card(page, name="CCREJECT-IF")
    shopper.pay(page)
    shopper.sees_alert(page, "There is not enough money available on this card.")
    shopper.settled(page)
    assert shopper.taken(stack, session) == []
    type_card(page)
    shopper.pay(page)
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [30]


def test_the_bank_asks_and_the_shopper_passes(stack: Stack, page: Page) -> None:
    session = open_page(stack, page)
    type_card(page, BANK_ASKS)
    shopper.pay(page)
    bank(page, "Yes, it is me")
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [30]


def test_what_the_bank_does_not_confirm_is_not_taken(stack: Stack, page: Page) -> None:
    session = open_page(stack, page)
    type_card(page, BANK_ASKS_IN_VAIN)
    shopper.pay(page)
    bank(page, "Yes, it is me")
    shopper.sees_alert(page, "Your bank could not confirm that it was you.")
    assert shopper.taken(stack, session) == []
    assert shopper.status_of(stack, session) == "failed"


def test_who_leaves_the_bank_can_try_again(stack: Stack, page: Page) -> None:
    session = open_page(stack, page)
    type_card(page, BANK_ASKS)
    shopper.pay(page)
    bank(page, "Leave without an answer")
    shopper.sees_alert(page, "Your bank’s check was not finished")
    shopper.settled(page)
    shopper.pay(page)
    bank(page, "Yes, it is me")
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [30]


def test_a_card_that_paypal_does_not_take_is_told_beside_the_fields(
    stack: Stack, page: Page
) -> None:
    session = open_page(stack, page)
    type_card(page, "4012888888881882")
    shopper.pay(page)
    expect(page.locator("#alert a")).to_have_text(["Check the card details."])
    assert stack.attempts(session["payment_id"]) == set()
    type_card(page, NO_TEST_CARD)
    shopper.pay(page)
    expect(page.locator("#alert a")).to_have_text(
        ["Your payment details could not be used. Enter them again."]
    )
    assert shopper.taken(stack, session) == []


def test_held_money_is_reserved(stack: Stack, page: Page) -> None:
    open_page(stack, page, capture="manual")
    type_card(page)
    shopper.pay(page)
    shopper.sees_receipt(page, "Order placed")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_nobody_is_shut_out_of_the_fields(
    stack: Stack, page: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    open_page(stack, page, language="ar" if width == 360 else "de")
    assert barriers(page, width, scheme) == []
