"""A running Till, a browser, and a page that reports everything it should not do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
)

from tests.browser import TIMEOUT_MS
from tests.e2e import stack as stacks
from tests.e2e.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = stacks.build(tmp_path_factory.mktemp("stack"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


class Watch:
    """What the browser was seen doing: requests, refusals of the policy, errors of scripts."""

    def __init__(self, allowed: set[str]) -> None:
        self.allowed = allowed
        self.requests: list[Request] = []
        self.problems: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.netloc not in self.allowed:
            self.problems.append(f"third party: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(f"policy: {message.text}")


@pytest.fixture
def watch(stack: Stack) -> Watch:
    return Watch({urlsplit(stack.app_url).netloc, urlsplit(stack.sandbox_url).netloc})


@pytest.fixture
def browse(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a page in a context of its own; every one of them is watched."""
    contexts = []

    def new(**options: Any) -> Page:
        settings = {"viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(**settings)
        context.set_default_timeout(TIMEOUT_MS)
        watch.over(context)
        contexts.append(context)
        return context.new_page()

    yield new
    for context in contexts:
        context.close()
    assert not watch.problems


@pytest.fixture
def page(browse: Callable[..., Page]) -> Page:
    return browse()
