"""The process that reads lists: it limits and confines itself, does the one thing that it was ordered, and answers.

Its standard input is the spool (spool.py), its standard output takes the answer (answers.py). It begins with nothing
else, and imports what the order needs before it confines itself: afterwards no file can be opened.
"""

from __future__ import annotations

import codecs
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from reputation.intake.importing import answers, confinement, spool

ORDER, ANSWER = 0, 1  # descriptors
# What an order may be, and the function that does it; each takes the order and its parts, and returns an answer.
WORK = {
    "list": "reputation.intake.importing.lists:read_here",
    "origins": "reputation.intake.origins.reading:read_here",
    "try": "reputation.intake.importing.trying:try_here",
}
# Imported by the libraries where they are first needed, which is too late here.
LATER = (
    "_strptime",
    "numpy.ma",
    "encodings.idna",
    "encodings.cp437",
    "encodings.utf_16",
    "encodings.latin_1",
    "encodings.utf_8_sig",
)
LEFT_BY_MEMORY = 1 << 20  # octets that are given back where memory ran out, so that it can be said
Work = Callable[[Mapping[str, Any], Mapping[str, spool.Part]], answers.Answer]


def main() -> int:
    """Do what the spool on standard input orders; return the exit status."""
    confinement.die_with_parent()
    try:
        order, parts = spool.opened(ORDER)
        work = _work(order["work"], order.get("imports", ()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"This is for the program itself, which reads a list by it ({error}).", file=sys.stderr)
        return 2
    os.nice(int(order["nice"]))
    confinement.limit(int(order["memory"]), int(order["seconds"]))
    held = confinement.confine()
    _send(_done(work, order, parts, held))
    return 0


def _work(name: str, imports: Iterable[str]) -> Work:
    for needed in (*LATER, *imports):
        import_module(needed)
    codecs.lookup("utf-16")
    module, _, function = WORK[name].partition(":")
    found: Work = getattr(import_module(module), function)
    return found


def _done(work: Work, order: Mapping[str, Any], parts: Mapping[str, spool.Part], held: list[str]) -> answers.Answer:
    """The answer, or the fault that kept it from being given."""
    spare = bytearray(LEFT_BY_MEMORY)
    try:
        made = work(order, parts)
        return made._replace(head={**made.head, "held": held})
    except MemoryError:
        del spare
        return answers.Answer({"fault": "memory", "held": held}, ())
    except Exception:  # a fault of ours, which the log of the program that asked shall have
        said = traceback.format_exc()[-answers.LONGEST_TEXT // 2 :]
        return answers.Answer({"fault": "internal", "text": said, "held": held}, ())


def _send(answer: answers.Answer) -> None:
    for piece in answers.written(*answer):
        left = memoryview(piece)
        while left:
            left = left[os.write(ANSWER, left) :]
