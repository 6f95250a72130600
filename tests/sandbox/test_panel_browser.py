"""The desk in a browser: readable on a phone and on a desk, by day and by night, by axe's rules, without a script."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, expect

from sandbox import SandboxConfig, clock, create_sandbox
from tests.sandbox.test_panel import paid

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(serve) -> Iterator[tuple[str, Flask]]:
    app = create_sandbox(SandboxConfig())
    url = serve(app)
    yield f"{url}/sandbox/", app
    app.extensions["sandbox"].hooks.stop()
    clock.follow("")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_and_pressed_by_everybody(browser: Browser, desk, width, scheme):
    url, app = desk
    intent = paid(app)
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=True
    )
    page = context.new_page()
    try:
        for where in ("", f"?provider=stripe&payment={intent}"):
            page.goto(url + where)
            found = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
    finally:
        context.close()


def test_without_a_script_every_button_works(browser: Browser, desk):
    url, app = desk
    paid(app)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        page.goto(url)
        page.get_by_role("link", name="19.99 EUR").click()
        page.get_by_role("button", name="Refund at the provider").click()
        expect(page.get_by_role("status")).to_contain_text("Done at Stripe")
        page.get_by_role("button", name="Charge, then lose the answer").click()
        expect(page.get_by_role("status")).to_contain_text("Armed for payment pi_")
        page.get_by_role("button", name="Stop: Charge, then lose the answer").click()
        expect(page.get_by_role("status")).to_have_text("Stopped.")
        page.get_by_role("button", name="Advance 1 day").click()
        expect(page.get_by_role("status")).to_contain_text("for Till too")
    finally:
        context.close()
