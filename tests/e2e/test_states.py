"""Every state: the right status code, nothing that cannot succeed, readable for everybody, any width and language."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import shopper, states
from tests.e2e.stack import Stack

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STATUS = {"unknown": 404, "no_receipt": 404, "link_not_started": 403} | dict.fromkeys(
    ["expired", "failed", "canceled", "link_deactivated", "link_used_up", "link_expired"], 410
)
MERCHANT, IN_INDIA = "Alma Coffee Roasters", "Masala Junction"
FORMS = {"open", "choosing", "declined", "requires_action"}
SMALL = """() => [...document.querySelectorAll("button, summary, .option, a.primary, a.secondary,"
  + " input:not([type=radio]):not([type=hidden])")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)
  .map(e => e.outerHTML.slice(0, 80))"""


VIEWS: list[tuple[int, Literal["light", "dark"]]] = [
    (360, "light"), (360, "dark"), (1280, "dark"), (1280, "light"),
]  # fmt: skip
NARROWEST = 320
# Right to left, with joined letters and without; marks above and below; no spaces between words; long words; the source.
LANGUAGES = ("ar", "he", "hi", "ja", "de", "fr", "en")
RUN = "options => axe.run(options).then(found => found.violations)"
UNSEEN = """nodes => nodes.filter(node => node.checkVisibility()).filter(node => {
  const seen = node.getBoundingClientRect();
  return seen.left < 0 || seen.right > innerWidth || !node.contains(document.elementFromPoint(...middle(node)));
  function middle(it) {
    it.scrollIntoView({block: "center"});
    const box = it.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  }
}).map(node => node.textContent)"""
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def shown(stack: Stack, browser: Browser) -> Iterator[dict[str, str]]:
    """The address of a page in each state."""
    with browser.new_context() as context:
        yield states.bring_about(stack, context.new_page())


def test_every_state_is_true(shown: dict[str, str], page: Page) -> None:
    found = {name: told for name, url in shown.items() if (told := promises(page, name, url))}
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_is_readable_for_everybody(
    shown: dict[str, str],
    page: Page,
    language: str,
    record_property: Callable[[str, object], None],
) -> None:
    found = {}
    for name, url in shown.items():
        page.goto(f"{url}{'&' if '?' in url else '?'}lang={language}")
        if told := readable(page, name, language):
            found[name] = told
    counted = f"{len(shown)} states × {len(VIEWS)} views (360 and 1280 px, light and dark)"
    checks = f"{len(shown) * len(VIEWS)} checks by axe, {sum(map(len, found.values()))} violations"
    record_property("figure", f"{counted}: {checks}")
    assert not found


def readable(page: Page, name: str, language: str) -> list[str]:
    """What is wrong with the page in one language, in every view, and in the narrowest window."""
    if name in FORMS:
        page.locator("#submit:enabled").wait_for()
    told = [line for view in VIEWS for line in barriers(page, *view)]
    if page.locator("html").get_attribute("lang") != language and name != "unknown":
        told.append("in another language")
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    return [*told, *(["scrolls sideways at 320 px"] if page.evaluate(WIDER) else [])]


def promises(page: Page, name: str, url: str) -> list[str]:
    """What is wrong with the answer itself: status, merchant, title, a form that cannot succeed."""
    answer = page.goto(url)
    assert answer is not None
    broken = {
        f"status {answer.status}": answer.status != STATUS.get(name, 200),
        "a form out of place": page.locator("#submit").count() != (name in FORMS),
        "kept by the browser": answer.headers["cache-control"] != "no-store",
    }
    if name != "unknown":
        merchant = IN_INDIA if name == "waiting" else MERCHANT
        broken["no merchant"] = merchant not in page.locator("body").inner_text()
        broken["no title"] = not page.title().endswith(merchant)
    return [what for what, is_so in broken.items() if is_so]


def barriers(page: Page, width: int, scheme: Literal["light", "dark"]) -> list[str]:
    """What axe finds, what is too small to press, what needs sideways scrolling."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}, "iframes": False,
                               "resultTypes": ["violations"]}  # fmt: skip
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(RUN, options)
    sideways = page.evaluate(WIDER)
    told = [
        *(f"{v['id']}: {[node['html'][:120] for node in v['nodes']]}" for v in violations),
        *(f"less than 44 px: {html}" for html in page.evaluate(SMALL)),
        *(["scrolls sideways"] if sideways else []),
    ]
    return [f"{width} {scheme}: {line}" for line in told]


@pytest.mark.parametrize("sheet", ["A4", "Letter"])
def test_what_is_kept_prints_on_one_sheet(shown: dict[str, str], page: Page, sheet: str) -> None:
    many = {}
    for name in ("paid", "authorized", "partially_refunded", "chargeback", "receipt"):
        page.goto(f"{shown[name]}?lang=ar")
        printed = page.pdf(format=sheet)
        many[name] = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert set(many.values()) == {1}, many


def test_the_order_opens_on_a_phone(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse(viewport={"width": 360, "height": 800})
    page.goto(states.basket(stack)["url"])
    expect(page.locator("#summary")).to_be_hidden()
    expect(page.locator("#order summary")).to_contain_text("€56.40")
    page.locator("#order summary").click()
    expect(page.locator("#summary")).to_contain_text("Includes VAT 19%")
    assert barriers(page, 360, "light") == []


@pytest.mark.parametrize("language", ["de", "ar"])
def test_a_long_word_hides_no_price(
    stack: Stack, browse: Callable[..., Page], language: str
) -> None:
    page = browse(viewport={"width": NARROWEST, "height": 800})
    word = "Donaudampfschifffahrtsgesellschaftslieferung"
    session = stack.session(
        line_items=[{"name": word, "quantity": 99, "unit_amount": 99999}],
        shipping_options=[{"id": "a", "label": f"{word} 9", "amount": 123456}],
        tax_rates=[{"name": word, "rate_bps": 1900, "inclusive": False}],
        discounts=[{"name": word, "amount": 100}],
    )
    page.goto(f"{session['url']}?lang={language}")
    page.locator("#order summary").click()
    assert page.locator("main .money, #order .money").evaluate_all(UNSEEN) == []
    assert not page.evaluate(WIDER)


def test_everything_is_still_reachable_at_four_hundred_percent(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    page = browse(viewport={"width": 320, "height": 256})
    shopper.open_page(page, states.basket(stack)["url"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.focus("#email")
    box = page.locator("#email").bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 256 - box["height"]


def test_a_whole_purchase_with_the_keyboard_only(stack: Stack, page: Page) -> None:
    session = stack.session()
    shopper.open_page(page, session["url"])
    frame = page.frame_locator("#card iframe")
    typed = (
        (page.locator("#email"), "ada@example.com"),
        (page.locator("#name"), "Ada Marlowe"),
        (frame.get_by_label("Card number"), shopper.PAYS),
        (frame.get_by_label("Expiration date"), "1234"),
        (frame.get_by_label("Security code"), "123"),
    )
    for field, text in typed:
        tab_to(page, field)
        page.keyboard.type(text)
    tab_to(page, page.locator("#submit"))
    expect(page.locator("#submit")).to_be_focused()
    page.keyboard.press("Enter")
    shopper.sees_receipt(page)
    assert shopper.taken(stack, session) == [1200]


def tab_to(page: Page, field: Locator) -> None:
    """The card frame moves on by itself when a field is complete, so look before pressing."""
    for _ in range(40):
        if field.evaluate("field => field === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {field}")
