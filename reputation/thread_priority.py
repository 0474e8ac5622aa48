"""Lower priority for threads that are not the DNS doors': on a busy machine mail comes before pages, jobs and reports.

It owns the niceness of a thread, and does not know what runs there.
"""

from __future__ import annotations

import contextlib
import os
import threading

NICENESS = 10  # steps below the program's own
LOWEST = 19  # there is none below

_this_thread = threading.local()


def lower_priority() -> None:
    """Run this thread at `lowered()` from now on, or lower where it is already."""
    if getattr(_this_thread, "gives_way", False):
        return
    _this_thread.gives_way = True
    # On Linux this acts on one thread, and needs no privilege to go down; elsewhere they simply run as they are.
    with contextlib.suppress(OSError, AttributeError):
        own = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, max(lowered(), os.getpriority(os.PRIO_PROCESS, own)))


def lowered() -> int:
    """Return the niceness of what gives way: ten steps below the main thread, however the program was started."""
    return min(LOWEST, os.getpriority(os.PRIO_PROCESS, os.getpid()) + NICENESS)
