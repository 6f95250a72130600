"""A merchant's page with Till's button: as a link, in a frame, and from a site that was not named."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import shopper
from tests.e2e.conftest import Watch
from tests.e2e.stack import Stack


def test_a_button_leads_to_the_page(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.sandbox_url}/shop/embed")
    page.get_by_role("link", name="Buy a coffee", exact=True).click()
    expect(page.locator("#submit")).to_be_enabled()
    assert page.url.startswith(stack.app_url)


def test_a_frame_pays_and_tells_the_shop(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.sandbox_url}/shop/embed")
    button = page.get_by_role("link", name="Buy a coffee here")
    button.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("dialog iframe")
    expect(frame.locator("#submit")).to_be_enabled()
    expect(page.locator("#heard")).to_have_text("open")
    tall = page.locator("dialog iframe").bounding_box()
    assert tall is not None
    assert tall["height"] != 600
    frame.locator("#email").fill("ada@example.com")
    frame.locator("#name").fill("Ada Marlowe")
    card = frame.frame_locator("#card iframe")
    card.get_by_label("Card number").fill(shopper.PAYS)
    card.get_by_label("Expiration date").fill("12 / 34")
    card.get_by_label("Security code").fill("123")
    frame.locator("#submit").click()
    expect(page.locator("#heard")).to_have_text("open paid")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(button).to_be_focused()


@pytest.mark.parametrize(
    ("page_lang", "data_lang", "words"),
    [
        ("de-AT", "", ("Bezahlen", "Schließen")),
        ("de", "ar", ("ادفع", "إغلاق")),
        ("xx", "", ("Payer", "Fermer")),
    ],
)
def test_the_buttons_words_follow_the_page_then_the_browser(
    stack: Stack,
    browse: Callable[..., Page],
    page_lang: str,
    data_lang: str,
    words: tuple[str, str],
) -> None:
    page = browse(locale="fr-FR")
    page.goto(f"{stack.sandbox_url}/shop/embed")
    link = page.locator("script[data-link]").first.get_attribute("data-link")
    page.evaluate(
        """([src, link, page, lang]) => {
          document.documentElement.lang = page;
          const script = document.createElement("script");
          Object.assign(script, { src });
          Object.assign(script.dataset, { link, mode: "frame", ...(lang && { lang }) });
          document.body.replaceChildren(script);
        }""",
        [f"{stack.app_url}/embed.js", link, page_lang, data_lang],
    )
    page.get_by_role("link", name=words[0], exact=True).click()
    expect(page.get_by_role("button", name=words[1], exact=True)).to_be_visible()


def test_the_way_to_a_bank_leaves_the_frame(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.sandbox_url}/shop/embed")
    page.get_by_role("link", name="Buy a coffee here").click()
    frame = page.frame_locator("dialog iframe")
    expect(frame.locator("#submit")).to_be_enabled()
    frame.locator("#email").fill("ada@example.com")
    frame.locator("#name").fill("Ada Marlowe")
    frame.frame_locator("#card iframe").get_by_role("tab", name="iDEAL").click()
    frame.locator("#submit").click()
    page.get_by_role("button", name="Approve the payment").click()
    shopper.sees_receipt(page)  # the whole window came back, to the page itself
    assert page.url.startswith(stack.app_url)


def test_a_site_that_was_not_named_sees_and_hears_nothing(
    stack: Stack, browse: Callable[..., Page], watch: Watch
) -> None:
    page = browse()
    page.goto(f"{stack.sandbox_url}/shop/embed".replace("127.0.0.1", "localhost"))
    with page.expect_event("console", lambda told: "frame-ancestors" in told.text):
        page.get_by_role("link", name="Buy a coffee here").click()
    expect(page.locator("#heard")).to_be_empty()
    assert page.frame_locator("dialog iframe").locator("#submit").count() == 0
    expect(page.get_by_role("link", name="Open on a page of its own")).to_be_visible()
    watch.problems.clear()  # the refusal is what was wanted
