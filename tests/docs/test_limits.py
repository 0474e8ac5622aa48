"""The page of limits says the program's numbers."""

from __future__ import annotations

import pytest

from dnsd.tcp import TcpLimits
from portal.server import Limits
from reputation import descriptors, log_throttle
from reputation.intake import trap
from tests.conftest import ROOT

PAGE = " ".join((ROOT / "docs" / "limits.md").read_text().split())
LIMITS, DNS = Limits(), TcpLimits()
ENOUGH = next(limit for limit in range(1024, 65_536) if "LimitNOFILE" not in descriptors.described(limit))
RATE = f"{LIMITS.least_rate:,.0f} octets a second in each {LIMITS.window:g} s"

SAID = [
    descriptors.described(descriptors.MOST),
    f"to {descriptors.MOST:,}, and",
    f"gets less than {ENOUGH:,}",
    f"{descriptors.KEPT} descriptors are always kept",
    f"LimitNOFILE={descriptors.MOST}",
    f"| the portal | {LIMITS.connections:,} | a quarter of them",
    f"| DNS over TCP | {DNS.in_all} | {DNS.of_client} |",
    f"| the trap | {trap.MOST_CONNECTIONS} | {trap.MOST_OF_ONE} |",
    f"all headers | {LIMITS.head:g} s in all",
    f"its body | {RATE}; {LIMITS.body:,.0f} s in all",
    f"does not read | {RATE} |",
    f"same connection | {LIMITS.idle:g} s",
    f"DNS over TCP | {DNS.begun:g} s in all; the next one {DNS.idle:g} s",
    f"a whole message | {trap.PATIENCE} s; a session {trap.LONGEST_SESSION} s in all",
    f"up to {LIMITS.unsent >> 20} MiB is kept",
    f"more than {LIMITS.waiting} of the {LIMITS.workers} threads wait so",
    f"may take {LIMITS.memory >> 20} MiB of memory",
    f"the first {log_throttle.FIRST} are written in a minute, and of tracebacks the first {log_throttle.FIRST_TRACES}",
]


@pytest.mark.parametrize("said", SAID)
def test_the_numbers_are_those_of_the_program(said: str) -> None:
    assert said in PAGE


def test_a_quarter_is_a_quarter() -> None:
    assert LIMITS.of_client * 4 == LIMITS.connections
