"""The staff pages in a real browser: barriers, the keyboard, and a copied cookie after signing out."""

from collections.abc import Callable
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.stack import Stack
from tests.e2e.test_states import TAGS

VIEWS: list[tuple[int, Literal["light", "dark"]]] = [
    (width, scheme) for width in (375, 1280) for scheme in ("light", "dark")
]
SMALL = """() => [...document.querySelectorAll("button, nav a, label.check, a.secondary, select,"
  + " input:not([type=checkbox]):not([type=hidden])")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)
  .map(e => e.outerHTML.slice(0, 80))"""


def sign_in(stack: Stack, page: Page, name: str = "admin") -> dict[str, str]:
    users: Any = stack.merchant["users"]
    user: dict[str, str] = users[name]
    page.goto(f"{stack.app_url}/sign-in")
    page.fill("#email", user["email"])
    page.fill("#password", user["password"])
    page.click("main button")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return user


def barriers(page: Page) -> list[str]:
    """What axe finds, what is too small to press, what needs sideways scrolling; in every width and light."""
    told = []
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        options: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}, "iframes": False}
        found = Axe().run(page, options=options).response["violations"]
        told += [f"{v['id']}: {[node['html'][:120] for node in v['nodes']]}" for v in found]
        told += [f"less than 44 px: {html}" for html in page.evaluate(SMALL)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            told.append("scrolls sideways")
        told = [line if " at " in line else f"{line} at {width} {scheme}" for line in told]
    return told


def test_nobody_is_shut_out_of_the_staff_pages(stack: Stack, browse: Callable[..., Page]) -> None:
    page, found = browse(), {}

    def look(name: str) -> None:
        if told := barriers(page):
            found[name] = told

    page.goto(f"{stack.app_url}/users")
    look("sign in")
    page.fill("#email", "nobody@till.example")
    page.fill("#password", "wrong")
    page.click("main button")
    expect(page.get_by_role("alert")).to_be_visible()
    look("sign in, refused")
    sign_in(stack, page)
    page.goto(f"{stack.app_url}/users")
    look("users")
    page.fill("#name", "Bea Roth")
    page.fill("#email", "analyst@till.example")
    page.click("main button")
    expect(page.locator("#email-error")).to_be_visible()
    look("users, refused")
    page.fill("#email", "bea@till.example")
    page.click("main button")
    expect(page.locator(".secret")).to_be_visible()
    look("user with a password")
    page.goto(f"{stack.app_url}/account")
    look("account")
    page.fill("#old_password", "wrong")
    page.fill("#password", "another lot of words")
    page.click("text=Change password")
    expect(page.locator("#old_password-error")).to_be_visible()
    look("account, refused")
    page.goto(f"{stack.app_url}/users/nobody")
    look("not found")
    assert found == {}


def test_signing_in_and_out_with_the_keyboard_only(stack: Stack, page: Page) -> None:
    users: Any = stack.merchant["users"]
    page.goto(f"{stack.app_url}/account")
    expect(page.locator("#email")).to_be_focused()
    page.keyboard.type(users["analyst"]["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(users["analyst"]["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    out = page.get_by_role("button", name="Sign out")
    for _ in range(10):
        if out.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_copied_cookie_opens_nothing_after_signing_out(
    stack: Stack, browse: Callable[..., Page]
) -> None:
    page, thief = browse(), browse()
    sign_in(stack, page, "analyst2")
    copied = [cookie for cookie in page.context.cookies() if cookie["name"] == "till_staff"]
    assert copied
    assert copied[0]["httpOnly"]
    assert copied[0]["expires"] == -1  # until the browser is closed
    thief.context.add_cookies(copied)  # type: ignore[arg-type]
    thief.goto(f"{stack.app_url}/account")
    expect(thief.get_by_role("heading", name="Your account")).to_be_visible()
    page.click("text=Sign out")
    thief.reload()
    expect(thief.get_by_role("heading", name="Sign in")).to_be_visible()
