"""Which peers are measured, and how they come here: unpacked from Debian's packages, so that none is a service."""

from __future__ import annotations

import os
from pathlib import Path

from tests.debian import Package, bring, libraries, where

PEERS = {
    package.name: package
    for package in (
        Package("rbldnsd", "usr/sbin/rbldnsd", unpacked=True),
        Package("nsd", "usr/sbin/nsd", unpacked=True),
        Package("knot", "usr/sbin/knotd", unpacked=True),
        Package("dnsperf", "usr/bin/dnsperf", unpacked=True),
    )
}


VARIABLE = "GATEPOST_BENCH_RBLDNSD"


class Absent(Exception):
    """A peer cannot be measured here; the text says why, for the table."""


def program(name: str) -> tuple[Path, dict[str, str]]:
    """Return the peer's program, and the variables with which it finds its libraries; fetch it where it is missing."""
    package = PEERS[name]
    said = bring(package)
    root = where(package)
    if root is None:
        print(f"{name}: {said}", flush=True)  # the reason in full; it may name hosts, so it stays out of the page
        raise Absent(f"the Debian package {name} could not be had here")
    beside = libraries(root)
    return next(root.glob(package.file)), {"LD_LIBRARY_PATH": beside} if beside else {}


def newer_rbldnsd() -> Path:
    """Return the rbldnsd that the variable names, such as a newer one; raise Absent where it names no program."""
    named = os.environ.get(VARIABLE, "")
    if not named:
        raise Absent(f"{VARIABLE} names no program")
    path = Path(named).resolve()
    if not os.access(path, os.X_OK) or path.is_dir():
        raise Absent(f"what {VARIABLE} names is no program")
    return path
