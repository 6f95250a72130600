"""Every state: the right status code, nothing that cannot succeed, readable for everybody, any width."""

from collections.abc import Callable
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e import shopper, states
from tests.e2e.stack import Stack

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STATUS = {"unknown": 404, "link_not_started": 403} | dict.fromkeys(
    ["expired", "failed", "canceled", "link_deactivated", "link_used_up", "link_expired"], 410
)
MERCHANT = "Alma Coffee Roasters"
FORMS = {"open", "choosing", "declined", "requires_action"}
SMALL = """() => [...document.querySelectorAll("button, summary, .option, a.primary, a.secondary,"
  + " input:not([type=radio]):not([type=hidden])")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)
  .map(e => e.outerHTML.slice(0, 80))"""


VIEWS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]


def test_every_state_is_true_and_readable_for_everybody(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    maker, page = browse(), browse()
    found: dict[str, list[str]] = {}
    for name, url in states.bring_about(stack, maker).items():
        told = [*promises(page, name, url), *(b for view in VIEWS for b in barriers(page, *view))]
        if told:
            found[name] = told
    assert not found


def promises(page: Page, name: str, url: str) -> list[str]:
    """What is wrong with the answer itself: status, merchant, title, a form that cannot succeed."""
    answer = page.goto(url)
    assert answer is not None
    if name in FORMS:
        page.locator("#submit:enabled").wait_for()
    broken = {
        f"status {answer.status}": answer.status != STATUS.get(name, 200),
        "a form out of place": page.locator("#submit").count() != (name in FORMS),
        "kept by the browser": answer.headers["cache-control"] != "no-store",
    }
    if name != "unknown":
        broken["no merchant"] = MERCHANT not in page.locator("body").inner_text()
        broken["no title"] = not page.title().endswith(MERCHANT)
    return [what for what, is_so in broken.items() if is_so]


def barriers(page: Page, width: int, scheme: Literal["light", "dark"]) -> list[str]:
    """What axe finds, what is too small to press, what needs sideways scrolling."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}, "iframes": False}
    violations = Axe().run(page, options=options).response["violations"]
    sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    told = [
        *(f"{v['id']}: {[node['html'][:120] for node in v['nodes']]}" for v in violations),
        *(f"less than 44 px: {html}" for html in page.evaluate(SMALL)),
        *(["scrolls sideways"] if sideways else []),
    ]
    return [f"{width} {scheme}: {line}" for line in told]


def test_the_order_opens_on_a_phone(stack: Stack, browse: Callable[..., Page]) -> None:
    page = browse(viewport={"width": 360, "height": 800})
    page.goto(states.basket(stack)["url"])
    expect(page.locator("#summary")).to_be_hidden()
    expect(page.locator("#order summary")).to_contain_text("€56.40")
    page.locator("#order summary").click()
    expect(page.locator("#summary")).to_contain_text("Includes VAT 19%")
    assert barriers(page, 360, "light") == []


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
