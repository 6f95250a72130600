from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, jsonify
from playwright.sync_api import Browser, Page, expect

from sandbox import SandboxConfig, create_sandbox
from tests.browser import TIMEOUT_MS
from tests.sandbox.paypal_client import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def till() -> Iterator[dict[str, Any]]:
    app = Flask("till")
    told: dict[str, Any] = {
        "id": "cs_1",
        "payment_status": "pending",
        "order": {"number": "K7QF-2M9RX"},
    }
    told |= {"amount": 1940, "currency": "EUR"}

    @app.post("/v1/checkout_sessions")
    def create() -> Any:
        return jsonify(told), 201

    @app.get("/v1/checkout_sessions/cs_1")
    def show() -> Any:
        return jsonify(told)

    @app.get("/c/cs_1")
    def pay() -> str:
        return "Till's page"

    with serving(app) as url:
        told["url"], told["home"] = f"{url}/c/cs_1", url
        yield told


@pytest.fixture(scope="module")
def shop(till: dict[str, Any]) -> Iterator[str]:
    app = create_sandbox(SandboxConfig(shop_api_url=till["home"], shop_api_key="sk_shop"))
    app.extensions["sandbox"].hooks.pause()
    with serving(app) as url:
        yield f"{url}/shop/"


def sound(page: Page) -> None:
    """No accessibility violation, and nothing to scroll sideways for."""
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_a_shopper_fills_a_cart_goes_to_till_and_comes_back(
    browser: Browser, shop: str, till: dict[str, Any], width: int, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    till["payment_status"] = "pending"
    page.goto(shop)
    sound(page)
    page.get_by_role("button", name="Add to cart Guji Natural").click()
    page.get_by_role("button", name="One more Guji Natural").click()
    expect(page.get_by_role("link", name="Cart")).to_contain_text("2 items")
    page.get_by_label("Courier, tomorrow").check()
    sound(page)
    page.get_by_role("button", name="Buy").click()
    expect(page.get_by_text("Till's page")).to_be_visible()

    till["payment_status"] = "captured"
    page.goto(f"{shop}cart")
    page.get_by_role("button", name="Buy").click()
    expect(page.get_by_role("status")).to_have_text("Paid")
    expect(page.get_by_text("K7QF-2M9RX")).to_be_visible()
    sound(page)
    context.close()
