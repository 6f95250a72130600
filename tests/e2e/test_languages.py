"""The page in other languages, in a browser: right to left on a phone, and which language whom is spoken to in."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e import shopper, states
from tests.e2e.stack import Stack
from tests.e2e.test_states import barriers

ARABIC_PAY, GERMAN_CARD, JAPANESE_PAY = "ادفع", "Kartendaten", "を支払う"
# Where each digit of an amount stands on the screen; from left to right in every language.
PLACES = """node => {
  const text = document.createTreeWalker(node, NodeFilter.SHOW_TEXT).nextNode();
  return [...text.data].flatMap((sign, at) => {
    if (!/[0-9]/.test(sign)) return [];
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    return [range.getBoundingClientRect().x];
  });
}"""
# Whether the sign of a currency stands where its field leaves room, and not over what is typed.
APART = """node => {
  const sign = node.querySelector("span").getBoundingClientRect();
  const field = node.querySelector("input").getBoundingClientRect();
  const room = getComputedStyle(node.querySelector("input"));
  return sign.right <= field.left + parseFloat(room.paddingLeft) || sign.left >= field.right - parseFloat(room.paddingRight);
}"""


def test_arabic_on_a_phone(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse(viewport={"width": 360, "height": 800}, locale="ar-EG")
    shopper.open_page(page, states.basket(stack)["url"])
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("#submit")).to_contain_text(ARABIC_PAY)
    for amount in page.locator("bdi[data-amount-text], #summary .money").all():
        places = amount.evaluate(PLACES)
        assert places == sorted(places)
    assert barriers(page, 360, "light") == []


def test_a_whole_decline_in_arabic(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse(viewport={"width": 360, "height": 800})
    shopper.open_page(page, f"{stack.session()['url']}?lang=ar")
    page.fill("#email", "ada@example.com")
    page.fill("#name", "Ada Marlowe")
    frame = page.frame_locator("#card iframe")
    frame.locator("#number").fill(shopper.NO_MONEY_LEFT)
    frame.locator("#expiry").fill("12 / 34")
    frame.locator("#cvc").fill("123")
    shopper.pay(page)
    shopper.sees_alert(page, "لم يُسحب أي مبلغ.")
    assert page.title().startswith("مرفوضة")
    assert barriers(page, 360, "dark") == []


def test_the_sign_of_the_currency_is_not_drawn_over_the_amount(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    page = browse(viewport={"width": 360, "height": 800})
    url = states.chosen(stack)
    for language in ("ar", "he", "de"):
        page.goto(f"{url}?lang={language}")
        assert page.locator(".with-symbol").evaluate(APART), language


def test_japanese_is_readable_for_everybody(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse(viewport={"width": 1280, "height": 900})
    shopper.open_page(page, f"{states.basket(stack)['url']}?lang=ja")
    expect(page.locator("#submit")).to_contain_text(JAPANESE_PAY)
    assert barriers(page, 1280, "light") == []


def test_the_list_at_the_foot_changes_the_language(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    page = browse(locale="de-AT", java_script_enabled=False)
    page.goto(stack.session()["url"])
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_times_are_the_readers_own(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse(locale="de-DE", timezone_id="Asia/Tokyo")
    page.goto(str(stack.link(starts_at="2999-01-01T00:00:00Z")["url"]))
    expect(page.locator("time")).to_have_text("1. Januar 2999 um 09:00 GMT+9")
