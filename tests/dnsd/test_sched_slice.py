"""The threads that answer are given the processor as soon as they are woken, where the kernel can do that."""

from __future__ import annotations

import ctypes
import os
import platform
import threading

import pytest

from dnsd.sched_slice import SLICE, Attributes, request_short_slice

GET = {"x86_64": 315, "aarch64": 275}  # sched_getattr
RELEASE = tuple(int(part) for part in platform.release().split(".")[:2] if part.isdecimal())


def in_a_thread_of_its_own(niceness: int) -> tuple[bool, Attributes]:
    """Whether it was taken at a niceness, and what the kernel says of the thread afterwards."""
    found: list[tuple[bool, Attributes]] = []

    def ask() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
        taken, said = request_short_slice(), Attributes()
        size = ctypes.sizeof(said)
        ctypes.CDLL(None).syscall(ctypes.c_long(GET[platform.machine()]), 0, ctypes.byref(said), size, 0)
        found.append((taken, said))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.skipif(platform.machine() not in GET, reason="the number of the system call is not known here")
@pytest.mark.skipif(RELEASE < (6, 12), reason="this kernel gives every thread turns of one length")
def test_the_kernel_knows_that_the_turns_are_short_and_the_niceness_stays():
    niceness = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 3)  # an ordinary user may only go down
    taken, said = in_a_thread_of_its_own(niceness)

    assert taken
    assert (said.runtime, said.nice) == (SLICE, niceness)


def test_where_the_system_call_has_another_number_nothing_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    assert request_short_slice() is False
