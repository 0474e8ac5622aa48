"""Memory that builds have used is used again by those of other threads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reputation.memory import HEAPS
from tests.conftest import ROOT

# Twenty threads that live at once and each take memory from the C library, which then tells of its heaps.
PROGRAM = """
import ctypes, sys, threading
from reputation import memory
if sys.argv[1] == "shared":
    memory.limit_heaps()
together = threading.Barrier(20)
def take():
    together.wait()
    taken = [bytes(5_000) for _ in range(100)]
    together.wait()
threads = [threading.Thread(target=take) for _ in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
if not hasattr(libc, "malloc_info"):
    sys.exit(3)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def heaps(how: str, told: Path) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how, str(told)], cwd=ROOT, timeout=60)
    if done.returncode == 3:
        pytest.skip("this C library tells nothing of its heaps: it is not glibc")
    assert done.returncode == 0
    return told.read_text().count("<heap nr=")


def test_all_threads_share_a_few_heaps(tmp_path: Path) -> None:
    assert heaps("shared", tmp_path / "shared") <= HEAPS < heaps("apart", tmp_path / "apart")
