"""A mistyped mail address: asked about, mended with one press, and never in the way."""

from playwright.sync_api import Page, expect

from tests.e2e import shopper
from tests.e2e.stack import Stack

MEANT = {
    "ada@gmial.com": "ada@gmail.com",
    "ada@gmail.con": "ada@gmail.com",
    "ada@gmai.com": "ada@gmail.com",
    "ada@GMAILL.com": "ada@gmail.com",
    "ada@hotnail.com": "ada@hotmail.com",
    "ada+shop@yaho.co.uk": "ada+shop@yahoo.co.uk",
}
RIGHT = ["ada@gmail.com", "ada@ymail.com", "ada@mail.com", "ada@gmx.ch", "ada@example.com", "ada@", "@", ""]  # fmt: skip


def test_a_slip_is_asked_about_and_stays_possible(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    asked = "async (typed) => { const { meant } = await import('/static/typo.js'); return typed.map(meant); }"
    assert page.evaluate(asked, [*MEANT, *RIGHT]) == [*MEANT.values(), *[""] * len(RIGHT)]
    shopper.fill(page)
    hint = page.locator("#email-hint button")
    page.fill("#email", "ada@gmial.com")
    page.locator("#email").blur()
    expect(hint).to_have_text("Did you mean ada@gmail.com?")
    hint.click()
    expect(page.locator("#email")).to_have_value("ada@gmail.com")
    expect(hint).to_be_hidden()
    page.fill("#email", "ada@gmial.com")
    shopper.pay(page)
    shopper.sees_receipt(page)
