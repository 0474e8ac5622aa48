"""What a build leaves behind goes back to the operating system, or is used by the next one. Knows no list."""

from __future__ import annotations

import ctypes
import gc

HEAPS = 2
YOUNG = 20_000  # new objects after which the collector looks at them: a flush of counts is over before
M_ARENA_MAX = -8  # of malloc.h


def limit_heaps() -> None:
    """Let all threads share a few heaps, at the start: each keeps the room of the largest build that a thread of it has
    made, and any of the clockwork's ten threads builds (glibc)."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(M_ARENA_MAX, HEAPS)


def trim_heap() -> None:
    """Ask the C library for what is free at the moment: it keeps the room of the largest build otherwise (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none, and keep less
    if trim is not None:
        trim(ctypes.c_size_t(0))


def freeze_gc() -> None:
    """What the start has made stays: the collector of cycles looks at it no more, and seldom at what comes and goes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
