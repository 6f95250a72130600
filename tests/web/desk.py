"""The pages on a port of this machine, for a browser, over the test's own Till."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from app import signins
from models import User, db
from tests.browser import TIMEOUT_MS


@dataclass
class Desk:
    """Where the pages are; people come to it with a browser of their own."""

    url: str
    browser: Browser
    contexts: list[BrowserContext]

    def sit_down(self, user: User, **options: object) -> BrowserContext:
        """A browser in which this person has signed in."""
        with db.transaction():
            token = signins.begin(user, ip="127.0.0.1", user_agent="a browser")
        db.release()
        settings = {"viewport": {"width": 1280, "height": 900}, **options}
        context = self.browser.new_context(**settings)  # type: ignore[arg-type]
        context.add_cookies([{"name": "till_staff", "value": token, "url": self.url}])
        context.set_default_timeout(TIMEOUT_MS)
        self.contexts.append(context)
        return context


@contextmanager
def open_desk(application: Flask, browser: Browser) -> Iterator[Desk]:
    """Serve the application until the test is over."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    desk = Desk(f"http://127.0.0.1:{server.server_port}", browser, [])
    try:
        yield desk
    finally:
        for context in desk.contexts:
            context.close()
        server.shutdown()
        thread.join()
        server.server_close()
