"""The portal behind its own web server, and Chromium in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from portal.server import PortalServer
from tests.debian import need
from tests.portal.conftest import (
    PASSWORD,
    app,
    app_context,
    cast,
    cheap_passwords,
    clock,
    store,
)

__all__ = ["app", "app_context", "cast", "cheap_passwords", "clock", "store"]

DESK, PHONE = 1280, 390
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# Longer than the beat at which pages refresh themselves.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)

Open = Callable[..., "Reader"]


class Reader:
    """A person at a browser: a page, and everything that the browser complained about."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        # An answer such as 422 is what the test is about; a refusal by the content policy never is.
        if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def log_in(self, email: str, password: str = PASSWORD) -> Page:
        page = self.go("/login")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(password)
        # The answer brings the session's cookie; to go elsewhere before it came would be to come as a stranger.
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.get_by_role("button", name="Log in").click()
        return page

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width


@pytest.fixture(scope="module")  # while it is open, its event loop is the one of this thread, for all other tests too
def chromium() -> Iterator[Browser]:
    root = need("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(root / "usr/bin/chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The portal's address."""
    server = PortalServer(app, "127.0.0.1", 0)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def reader(chromium: Browser, served: str) -> Iterator[Open]:
    """`reader(width=390, scheme="dark", java_script_enabled=False)` sits down at a browser of its own."""
    contexts: list[BrowserContext] = []

    def sit_down(width: int = DESK, scheme: Any = "light", **choices: Any) -> Reader:
        context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, **choices)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return Reader(context.new_page(), served)

    yield sit_down
    for context in contexts:
        context.close()
