"""Every state: the right status code, nothing that cannot succeed, readable for everybody, any width."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.e2e import states
from tests.e2e.stack import Stack

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STATUS = {"unknown": 404, "link_not_started": 403} | dict.fromkeys(
    ["expired", "failed", "canceled", "link_deactivated", "link_used_up", "link_expired"], 410
)
FORMS = {"open", "choosing", "declined", "requires_action"}
SMALL = """() => [...document.querySelectorAll("button, summary, .option, a.primary, a.secondary,"
  + " input:not([type=radio]):not([type=hidden])")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)
  .map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="session")
def urls(stack: Stack, chromium: Browser) -> dict[str, str]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    try:
        return states.bring_about(stack, context.new_page())
    finally:
        context.close()


def ready(page: Page, name: str) -> None:
    if name in FORMS:
        page.locator("#submit:enabled").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_barrier_in_any_state(
    urls: dict[str, str], browse: Callable[..., Page], width: int, scheme: str
) -> None:
    page = browse(viewport={"width": width, "height": 800}, color_scheme=scheme)
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}, "iframes": False}
    found = {}
    for name, url in urls.items():
        page.goto(url)
        ready(page, name)
        if width == 360 and name == "open":
            page.locator("#order summary").click()
        barriers = Axe().run(page, options=options).response["violations"]
        small = page.evaluate(SMALL)
        sideways = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        told = [
            *(f"{b['id']}: {[n['html'][:120] for n in b['nodes']]}" for b in barriers),
            *(f"less than 44 px: {html}" for html in small),
            *(["scrolls sideways"] if sideways else []),
        ]
        if told:
            found[name] = told
    assert not found


def test_each_state_has_its_status_its_merchant_and_no_form_that_cannot_succeed(
    urls: dict[str, str], page: Page
) -> None:
    for name, url in urls.items():
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == STATUS.get(name, 200), name
        assert (page.locator("#submit").count() == 1) is (name in FORMS), name
        if name != "unknown":
            assert "Alma Coffee Roasters" in page.locator("body").inner_text(), name
            assert page.title().endswith("Alma Coffee Roasters"), name
        assert answer.headers["cache-control"] == "no-store", name


def test_everything_is_still_reachable_at_four_hundred_percent(
    urls: dict[str, str], browse: Callable[..., Page]
) -> None:
    page = browse(viewport={"width": 320, "height": 256})
    page.goto(urls["open"])
    ready(page, "open")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.focus("#email")
    box = page.locator("#email").bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 256 - box["height"]
