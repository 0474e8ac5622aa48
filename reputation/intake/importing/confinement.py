"""What Linux gives to a process that wants to be able to do less: bounds, and no files, network or other processes.

    bounds       memory, processor time, no further descriptor, no file that grows (any system)
    syscalls     what is left is to read and write what is open, and to ask for memory (seccomp; x86-64 and 64-bit Arm)
    files        none can be opened (Landlock, Linux 5.13 and later), or is in sight (an empty root; root alone)
    network      a network namespace without an interface (root; others where the machine lets users make namespaces)
    user         nobody, in no group (root alone)

Each holds alone, and one that the machine does not have is left out: `confine` returns those that hold. An ordinary
user of Debian 12 or later has bounds, syscalls, files and network. Once they hold, no import is possible any more.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
import tempfile
from collections.abc import Callable, Iterable

NOBODY = 65534
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38  # linux/prctl.h
NEW_IPC, NEW_USER, NEW_NET = 0x08000000, 0x10000000, 0x40000000  # linux/sched.h
LANDLOCK_CREATE, LANDLOCK_RESTRICT = 444, 446  # the same numbers on every machine
# What a ruleset can handle, by the version of Landlock: of files, of the network, of other processes.
LANDLOCK_FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
LANDLOCK_NETWORK, LANDLOCK_SCOPES = 3, 3

# linux/seccomp.h, linux/filter.h, linux/audit.h
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000  # to refuse is to answer EPERM
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
STATEMENT = struct.Struct("<HBBI")
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# The calls that are left, by their numbers on x86-64 and on Arm; all are about what the process has already.
CALLS = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "lseek": (8, 62), "pread64": (17, 67), "writev": (20, 66),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216),
    "madvise": (28, 233), "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293),
    "membarrier": (324, 283), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "restart_syscall": (219, 128), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "getcpu": (309, 168), "getpid": (39, 172), "gettid": (186, 178),
    "getrusage": (98, 165), "sysinfo": (99, 179), "clock_gettime": (228, 113), "clock_nanosleep": (230, 115),
    "gettimeofday": (96, 169), "getrandom": (318, 278), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip


class _Program(ctypes.Structure):
    """struct sock_fprog: a filter, as the kernel takes it."""

    _fields_ = (("length", ctypes.c_ushort), ("statements", ctypes.c_char_p))


def die_with_parent() -> None:
    """Let the kernel end this process when the thread ends that has started it."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def limit(memory: int, seconds: int) -> None:
    """Set the bounds: `memory` octets in all, and `seconds` of processor time. Raise OSError where they cannot be set.

    What the program itself takes is within that memory.
    """
    with contextlib.suppress(OSError):
        tempfile.gettempdir()  # which tries to write there, once
    beyond, size = memory, None
    if sys.platform == "linux":
        size, resident = (int(pages) * resource.getpagesize() for pages in _line("/proc/self/statm").split()[:2])
        beyond = max(memory - resident, 8 << 20)
    _bound(resource.RLIMIT_AS, (size or 512 << 20) + beyond)
    _bound(resource.RLIMIT_CPU, seconds, seconds + 2)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, 0)
    os.closerange(3, 4096)
    _bound(resource.RLIMIT_NOFILE, 3)
    _bound(resource.RLIMIT_NPROC, 0)


def confine() -> list[str]:
    """Leave this process what it has open, and nothing else; return which bounds hold, in words for a screen."""
    if sys.platform != "linux":
        return ["bounds"]
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    steps: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("network namespace", _leave_network),
        ("empty root", _empty_root),
        ("nobody", _become_nobody),
        ("Landlock", _landlock),
        ("system calls", _few_calls),
    )
    held = ["bounds"]
    for name, step in steps:
        try:
            if step():
                held.append(name)
        except OSError:  # the machine does not have it, or does not let this user
            continue
    return held


def _leave_network() -> bool:
    flags = NEW_NET | NEW_IPC | (0 if os.geteuid() == 0 else NEW_USER)
    _checked(_libc().unshare(flags))
    die_with_parent()
    return True


def _empty_root() -> bool:
    """For root: a folder that is there no longer."""
    if os.geteuid():
        return False
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)
    os.chroot(".")
    return True


def _become_nobody() -> bool:
    if os.geteuid():
        return False
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    die_with_parent()  # which a change of the user takes back
    return True


def _landlock() -> bool:
    """A set of rules without a rule: what it handles is forbidden."""
    call = _libc().syscall
    version = call(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    words = [LANDLOCK_FILES[min(version, max(LANDLOCK_FILES))]]
    words += [LANDLOCK_NETWORK] * (version >= 4) + [LANDLOCK_SCOPES] * (version >= 6)
    rules = struct.pack(f"={len(words)}Q", *words)
    # The bound of descriptors is three: what is standard error now makes room for the rules.
    os.close(2)
    made = call(LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    _checked(made)
    _checked(call(LANDLOCK_RESTRICT, made, 0))
    os.close(made)
    return True


def _few_calls() -> bool:
    machine = MACHINES.get(os.uname().machine)
    if machine is None or struct.calcsize("P") != 8:
        return False
    kind, column = machine
    statements = _filter(kind, [numbers[column] for numbers in CALLS.values()])
    program = _Program(len(statements) // STATEMENT.size, statements)
    _prctl(PR_SET_SECCOMP, 2, ctypes.byref(program))
    return True


def _filter(machine: int, calls: Iterable[int]) -> bytes:
    """The filter that the kernel asks of each call: those named are allowed, all others answer EPERM."""
    allowed = list(calls)
    last = len(allowed)  # so many statements behind the first comparison stands what refuses
    tests = [(IF_EQUAL, last - place, 0, number) for place, number in enumerate(allowed)]
    return b"".join(
        STATEMENT.pack(*statement)
        for statement in (
            (LOAD, 0, 0, 4),
            (IF_EQUAL, 1, 0, machine),
            (RETURN, 0, 0, KILL),
            (LOAD, 0, 0, 0),
            *tests,
            (RETURN, 0, 0, REFUSE),
            (RETURN, 0, 0, ALLOW),
        )
    )


def _bound(which: int, soft: int, hard: int | None = None) -> None:
    """Lower a bound; one that is lower already stays."""
    highest = resource.getrlimit(which)[1]
    hard = soft if hard is None else hard
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    resource.setrlimit(which, (soft, hard))


def _line(path: str) -> str:
    with open(path, encoding="ascii") as file:
        return file.readline()


def _prctl(option: int, value: int, argument: object = 0) -> None:
    _checked(_libc().prctl(option, ctypes.c_ulong(value), argument, 0, 0))


def _checked(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
