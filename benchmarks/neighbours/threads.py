"""Four Python threads that never rest: JSON and regular expressions, at niceness 10. `threads SECONDS`

At the end it prints how many pieces of work were done.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import threading

from benchmarks.neighbours.ending import Ending

THREADS = 4
NICENESS = 10
WORDS = re.compile(r"(\w+)@(\w+)\.example")


def main(seconds: str) -> None:
    """Let the threads work until the time is up, and print how many pieces of work were done."""
    os.nice(NICENESS)
    ending, done = Ending(float(seconds)), itertools.count()
    threads = [threading.Thread(target=work, args=(ending, done), daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    while not ending.over():
        ending.wait(0.2)
    print(next(done))


def work(ending: Ending, done: itertools.count[int]) -> None:
    """Do pieces of work as a page makes them, one after the other."""
    row = {"mail": "ann@acme.example", "numbers": list(range(50)), "text": "from bob@basic.example " * 20}
    while not ending.over():
        text = json.dumps(json.loads(json.dumps(row)))
        WORDS.sub(r"\2 \1", text)
        next(done)


if __name__ == "__main__":
    main(*sys.argv[1:])
