"""What a shopper sees of screening: the bank's question, an order that is looked over, a decline like any other."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sandbox.shop_people import PEOPLE
from tests.e2e import shopper
from tests.e2e.stack import Stack

# Words that would tell a thief, or an honest shopper, what was thought of them.
HIGHEST, ALWAYS_BLOCKED = "4000000000004954", "4100000000000019"
TELLING = ("fraud", "risk", "suspicious", "screen", "block", "score", "rule")


def session_of(stack: Stack, who: str, **more: Any) -> dict[str, Any]:
    person = PEOPLE[who]
    return stack.session(shopper=person.told, customer_email=person.email, **more)


def tells_nothing(page: Page) -> None:
    said = page.locator("body").inner_text().lower()
    assert not [word for word in TELLING if word in said]


def test_a_doubtful_shopper_is_asked_by_the_bank_and_then_pays(stack: Stack, page: Page) -> None:
    session = session_of(stack, "new")
    shopper.open_page(page, session["url"])
    shopper.type_card(page, shopper.BANK_ASKS)
    page.locator("#name").fill("Jo Lind")
    shopper.pay(page)
    shopper.bank(page).get_by_role("button", name="Complete").click()
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]
    looks = stack.api("GET", f"/v1/payments/{session['payment_id']}/assessments")["data"]
    assert [(look["moment"], look["outcome"]) for look in looks] == [
        ("after", "allow"),
        ("before", "challenge"),
    ]


def test_held_money_reads_as_an_order_that_is_looked_over(stack: Stack, page: Page) -> None:
    session = session_of(stack, "risky")
    shopper.open_page(page, session["url"])
    shopper.type_card(page, shopper.PAYS)
    page.locator("#name").fill("Max Power")
    shopper.pay(page)
    expect(page.locator("h1")).to_contain_text("We are checking your order")
    tells_nothing(page)
    assert shopper.status_of(stack, session) == "in_review"
    assert shopper.taken(stack, session) == []


def test_the_page_under_review_is_told_and_need_not_ask(stack: Stack, page: Page) -> None:
    session = session_of(stack, "risky")
    shopper.open_page(page, session["url"])
    shopper.type_card(page, shopper.PAYS)
    page.locator("#name").fill("Max Power")
    shopper.pay(page)
    expect(page.locator("h1")).to_contain_text("We are checking your order")
    page.route("**/status*", lambda route: route.abort())
    stack.api("POST", f"/v1/payments/{session['payment_id']}/cancel", {})
    expect(page.locator("h1")).to_contain_text("canceled this order")


@pytest.mark.parametrize("card", [shopper.PAYS, shopper.DECLINED, HIGHEST, ALWAYS_BLOCKED])
def test_who_is_turned_away_reads_what_every_declined_card_says(
    stack: Stack, page: Page, card: str
) -> None:
    who = "thief" if card == shopper.PAYS else "regular"
    session = session_of(stack, who)
    shopper.open_page(page, session["url"])
    shopper.type_card(page, card)
    page.locator("#name").fill("Q W")
    shopper.pay(page)
    shopper.sees_alert(page, "Your bank did not approve this payment.")
    tells_nothing(page)
    assert shopper.taken(stack, session) == []
