"""`gatepost demo` as a user starts it, and Chromium in front of it: for the first paint of pages, and for pictures."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.servers.base import DidNotStart, environment
from commands.demo.people import PASSWORD

ROOT = Path(__file__).parents[1]
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
ADA, VERA, OLGA = "ada@acme.example", "vera@acme.example", "olga@acme.example"
READY = re.compile(r"Portal ready on (\S+)")


@contextmanager
def serving() -> Iterator[str]:
    """Serve a portal over a data folder that is filled for it and thrown away afterwards; yield its URL."""
    with tempfile.TemporaryDirectory(prefix="gatepost-demo-") as folder:
        flags = ["--dns", "127.0.0.1:0", "--portal", "127.0.0.1:0"]
        program = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), "demo", "--data", folder, *flags],
            stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(),
        )  # fmt: skip
        try:
            yield _address(program)
        finally:
            program.terminate()
            program.wait(30)


def _address(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    for line in program.stdout:
        found = READY.search(line)
        if found:
            return found[1].rstrip("/")
    raise DidNotStart("the demo ended before its portal was ready")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def sit_down(browser: Browser, base: str, email: str = "", width: int = 1280, scheme: Any = "light") -> Page:
    """Open a page of somebody who is logged in, or of a visitor."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 700 else 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    if email:
        page.goto(f"{base}/login")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{base}/")
    return page


def menu(page: Page, base: str) -> list[tuple[str, str]]:
    """Return heading and path of every screen in the menu of whoever is logged in."""
    found = {"/": ""}
    paths = ["/"]
    for path in paths:  # which grows meanwhile: a line of the menu shows its own lines where one is at it
        page.goto(base + path)
        found[path] = " ".join(page.locator("h1").inner_text().split())
        links = page.eval_on_selector_all("nav.menu.side a", "links => links.map(link => link.getAttribute('href'))")
        for link in links:
            if link not in found:
                found[link] = ""
                paths.append(link)
    return [(text, path) for path, text in found.items()]
