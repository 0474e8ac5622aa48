"""Returns the memory that a build has used to the operating system, or keeps it for the next build.

It knows no list. Nothing of it needs a variable in the environment, which nobody would set.
"""

from __future__ import annotations

import ctypes
import gc
import os

HEAPS = 2
YOUNG = 20_000  # new objects after which the collector looks at them: a flush of counts is over before
LARGE = 1 << 20  # octets; what is larger has pages of its own, which go back to the operating system with it
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of malloc.h


def limit_heaps() -> None:
    """Limit the heaps that all threads share; call it at the start (glibc).

    Each heap keeps the memory of the largest build that one of its threads has made, and any of the scheduler's ten
    threads builds.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(M_ARENA_MAX, HEAPS)
        # Otherwise the limit grows with what is freed, and a column of a list leaves a hole in the heap.
        set_option(M_MMAP_THRESHOLD, LARGE)
    # numpy's library for matrices, which nothing here uses, would start a thread with room of its own for each core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def trim_heap() -> None:
    """Return free memory to the operating system: otherwise the C library keeps that of the largest build (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none, and keep less
    if trim is not None:
        trim(ctypes.c_size_t(0))


def freeze_gc() -> None:
    """Exclude what the start has made from garbage collection, and collect new objects less often.

    What the start has used and left goes back to the operating system.
    """
    gc.collect()
    trim_heap()
    gc.freeze()
    gc.set_threshold(YOUNG)
