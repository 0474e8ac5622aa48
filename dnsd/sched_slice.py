"""A thread that is woken runs at once: the kernel's scheduler is told that its turns are short. It knows no packet.

Linux 6.12 and later prefer a thread whose turns are shorter than those of the running one (EEVDF: Stoica and
Abdel-Wahab, Earliest Eligible Virtual Deadline First, 1995). Earlier kernels ignore it.
"""

from __future__ import annotations

import ctypes
import os
import platform

SYSCALLS = {"x86_64": 314, "aarch64": 274}  # sched_setattr
SLICE = 100_000  # nanoseconds, the least that the kernel takes


class Attributes(ctypes.Structure):
    """The structure sched_attr of linux/sched/types.h, in its first form."""

    _fields_ = (
        ("size", ctypes.c_uint32), ("policy", ctypes.c_uint32), ("flags", ctypes.c_uint64), ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32), ("runtime", ctypes.c_uint64), ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )  # fmt: skip


def request_short_slice() -> bool:
    """Request short turns for the calling thread; tell whether the kernel accepted them."""
    number = SYSCALLS.get(platform.machine())
    if number is None:
        return False
    wanted = Attributes(ctypes.sizeof(Attributes), os.SCHED_OTHER, 0, os.getpriority(os.PRIO_PROCESS, 0), 0, SLICE)
    return bool(ctypes.CDLL(None).syscall(ctypes.c_long(number), 0, ctypes.byref(wanted), 0) == 0)
