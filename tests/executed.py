"""How many lines of Python a call executes: what it costs, told alike by a fast, a slow and a busy machine.

What libraries and compiled modules do inside one line counts as that line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def executed_lines(call: Callable[[], object]) -> int:
    """Count the lines that the call executes in this thread, its own and those of all that it calls."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
