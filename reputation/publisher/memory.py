"""What a build leaves behind goes back to the operating system, or is used by the next one. Knows no list."""

from __future__ import annotations

import ctypes

HEAPS = 2
M_ARENA_MAX = -8  # of malloc.h


def share_heaps() -> None:
    """Let all threads share a few heaps, at the start: each keeps the room of the largest build that a thread of it has
    made, and any of the clockwork's ten threads builds (glibc)."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(M_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Ask the C library for what is free at the moment: it keeps the room of the largest build otherwise (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none, and keep less
    if trim is not None:
        trim(ctypes.c_size_t(0))
