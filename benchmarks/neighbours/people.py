"""People in the portal: four who log in once and open page after page of the menu. `people SECONDS URL EMAIL PASSWORD`

The pages are those that the first one links to, so a new screen is included by itself. At the end it prints how many
were shown.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Sequence

from benchmarks.neighbours.browser import Browser
from benchmarks.neighbours.ending import Ending

PEOPLE = 4
NICENESS = 19  # they stand for people at other machines; the pages they ask for are made at the portal's niceness


def main(seconds: str, url: str, email: str, password: str) -> None:
    """Let the people read until the time is up, and print how many pages were shown."""
    os.nice(NICENESS)
    ending, shown = Ending(float(seconds)), itertools.count()
    browser = Browser(url)
    pages = browser.log_in(email, password)
    readers = [
        threading.Thread(target=read, args=(browser.another(), pages[k:] + pages[:k], ending, shown), daemon=True)
        for k in range(PEOPLE)
    ]
    for reader in readers:
        reader.start()
    while not ending.over():
        ending.wait(0.2)
    print(next(shown))


def read(browser: Browser, pages: Sequence[str], ending: Ending, shown: itertools.count[int]) -> None:
    """Read as one person: each page in turn, without a pause."""
    for page in itertools.cycle(pages):
        if ending.over():
            return
        browser.get(page)
        next(shown)


if __name__ == "__main__":
    main(*sys.argv[1:])
