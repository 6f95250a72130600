"""The page for people: complete, readable without a script, and free of barriers."""

import html
import re
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from app import create_app
from app.api.routes import ENDPOINTS
from app.errors import tree
from tests.web.shop import CONFIG


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(CONFIG)


def test_everything_is_on_it(app: Flask) -> None:
    answer = app.test_client().get("/docs")
    assert answer.status_code == 200
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    shown = html.unescape(answer.text)
    for point in ENDPOINTS:
        assert f"/v1{point.path}" in shown
        assert point.summary in shown
    for error in tree():
        assert f'id="error-{error.code}"' in answer.text


def test_every_link_on_it_leads_somewhere(app: Flask) -> None:
    page = app.test_client().get("/docs").text
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in ids


@pytest.fixture(scope="module")
def url(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/docs"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nobody_is_shut_out(browser: Browser, url: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    violations = Axe().run(page).response["violations"]
    context.close()
    assert [violation["id"] for violation in violations] == []
