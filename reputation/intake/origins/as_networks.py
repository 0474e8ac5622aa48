"""What each AS announces, by the table of origins in use: for lists that name networks by AS numbers.

The table is read when somebody first asks, and once for a whole list.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reputation.intake.origins.packed import unpack
from reputation.intake.origins.revisions import seed
from reputation.store.models import OriginRevision
from reputation.verdict.origins import Origins

Bounds = tuple[bytes, bytes]


def in_use() -> Origins:
    """Load the table of origins in use: the last that was loaded, or the bundled one."""
    row = OriginRevision.select(OriginRevision.content).order_by(OriginRevision.id.desc()).first()
    return unpack(bytes(row.content)) if row else seed()


class AsNetworks:
    """The ranges of each AS: first and last address, 4 or 16 octets in network byte order."""

    def __init__(self, load: Callable[[], Origins] = in_use) -> None:
        """`load` brings the table when it is first asked for."""
        self._load = load
        self._found: dict[int, list[Bounds]] | None = None

    def __call__(self, asn: int) -> list[Bounds]:
        """Return the ranges of an AS, IPv4 before IPv6; an empty list where none is known."""
        if self._found is None:
            self._found = _by_asn(self._load())
        return self._found.get(asn, [])


def _by_asn(origins: Origins) -> dict[int, list[Bounds]]:
    found: dict[int, list[Bounds]] = {}
    asn_of = np.frombuffer(origins.asn_of, np.uint32)
    for starts, values, width in (_steps4(origins), _steps6(origins)):
        asns = asn_of[values].tolist()
        after = [*starts[1:], 1 << 8 * width]
        for asn, first, end in zip(asns, starts, after, strict=True):
            if asn:
                found.setdefault(asn, []).append((first.to_bytes(width), (end - 1).to_bytes(width)))
    return found


def _steps4(origins: Origins) -> tuple[list[int], NDArray[np.int64], int]:
    steps = origins.steps4
    index = np.asarray(steps.index, np.int64)
    buckets = np.repeat(np.arange(len(index) - 1, dtype=np.int64), np.diff(index))
    return (buckets << 16 | np.asarray(steps.lows, np.int64)).tolist(), np.asarray(steps.values, np.int64), 4


def _steps6(origins: Origins) -> tuple[list[int], NDArray[np.int64], int]:
    steps = origins.steps6
    starts = [int(high) << 64 | int(low) for high, low in zip(steps.high, steps.low, strict=True)]
    return starts, np.asarray(steps.values, np.int64), 16
