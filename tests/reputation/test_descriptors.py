"""Descriptors: how many there may be, and what becomes of connections where none is left."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from reputation import descriptors, faults
from reputation.descriptors import OVER_AFTER, Shares, Trouble
from tests.dnsd.desk import Clock

RAISED = "from reputation import descriptors as d; print(d.raise_limit(), d.limit())"


@pytest.fixture
def trouble() -> Iterator[tuple[Trouble, Clock]]:
    clock = Clock(1000.0)
    yield Trouble("portal", clock, clock), clock
    faults.gone("connections: portal", 0)


def limited(soft: int, hard: int) -> str:
    """What a process of its own finds and does under these limits."""
    done = subprocess.run(
        [sys.executable, "-c", RAISED], capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
    )  # fmt: skip
    return done.stdout.strip()


def test_the_limit_is_raised_as_far_as_the_system_allows() -> None:
    assert limited(100, 3000) == "3000 3000"
    assert limited(1000, 1000) == "1000 1000"


def test_the_limit_is_never_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (500_000, 1_000_000))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: pytest.fail("it was set"))

    assert descriptors.raise_limit() == 500_000


def test_where_there_is_no_hard_limit_it_is_raised_to_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [(1024, resource.RLIM_INFINITY)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.append(wanted))

    assert descriptors.raise_limit() == descriptors.MOST
    assert limits[-1] == (descriptors.MOST, resource.RLIM_INFINITY)


@pytest.mark.parametrize("limit", [256, 512, 1024, 4096, 65_536])
def test_all_doors_together_leave_room_for_the_rest(limit: int) -> None:
    shares = descriptors.shares(limit)

    assert sum(shares) + descriptors.KEPT <= limit
    assert min(shares) >= descriptors.LEAST


def test_with_descriptors_enough_the_doors_have_their_usual_bounds() -> None:
    assert descriptors.shares(65_536) == Shares(500, 2000, 200)
    assert "LimitNOFILE" not in descriptors.described(65_536)
    assert "388 connections of the portal, 345 of DNS" in descriptors.described(1024)
    assert "LimitNOFILE" in descriptors.described(1024)


def test_what_is_in_use_is_known() -> None:
    before = descriptors.use().used
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
    after = descriptors.use()
    for each in opened:
        os.close(each)

    assert after.used - before == 5 and after.limit == descriptors.limit()


def test_trouble_is_a_fault_that_says_what_to_do_until_a_minute_has_passed(
    trouble: tuple[Trouble, Clock], caplog: pytest.LogCaptureFixture
) -> None:
    told, clock = trouble
    for _ in range(500):
        told.met(OSError(errno.EMFILE, "Too many open files"))
        clock.advance(0.1)
        told.look()

    [fault] = [fault for fault in faults.standing() if fault.name == "connections: portal"]
    assert "LimitNOFILE" in fault.sentence and (fault.since, fault.last_seen) == (1000, 1049)
    assert len(caplog.records) == 1
    clock.advance(OVER_AFTER)
    told.look()
    assert "connections: portal" not in [fault.name for fault in faults.standing()]


@pytest.mark.parametrize("number", [errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_each_trouble_has_its_own_way_out(trouble: tuple[Trouble, Clock], number: int) -> None:
    told, _ = trouble
    told.met(OSError(number, os.strerror(number)))

    [fault] = [fault for fault in faults.standing() if fault.name == "connections: portal"]
    assert "sysctl" in fault.sentence if number == errno.ENFILE else "memory" in fault.sentence
