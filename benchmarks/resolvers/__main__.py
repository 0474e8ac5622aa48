"""What runs in the network of resolvers: `python -m benchmarks.resolvers WHAT FILE` writes to FILE what it found."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import load, machine, peers
from benchmarks.resolvers import floods, lookups, recording, walks
from benchmarks.servers.base import DidNotStart


def main(what: str, file: str, *numbers: str) -> None:
    """Measure what is named, as much as the numbers say; end with a sentence where it cannot be measured."""
    try:
        MEASUREMENTS[what](Path(file), *map(int, numbers))
    except (DidNotStart, peers.Absent, machine.Unfit, load.Broken) as reason:
        sys.exit(str(reason))


def record(path: Path, count: int = recording.COUNT) -> None:
    """Record the walks for so many addresses of each IP version."""
    walks.write(path, recording.recorded(count), recording.system())


def count(path: Path) -> None:
    """Count the packets of a lookup."""
    keep(path, lookups.measured())


def flood(path: Path, seconds: int = floods.LAP, rate: int = floods.RATE, lookups: int = floods.LOOKUPS) -> None:
    """Flood, and look up beside it."""
    keep(path, floods.measured(seconds, rate, lookups))


def keep(path: Path, found: Sequence[Any]) -> None:
    """Write dataclasses as JSON."""
    path.write_text(json.dumps([asdict(one) for one in found], indent=1))


MEASUREMENTS = {"walks": record, "lookups": count, "floods": flood}

if __name__ == "__main__":
    main(*sys.argv[1:])
