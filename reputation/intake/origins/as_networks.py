"""What each AS announces, by the table of origins in use: for lists that name networks by AS numbers.

The table is read when somebody first asks, and once for a whole list.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reputation.intake.origins.combining import steps_of
from reputation.verdict.origins import Origins

Bounds = tuple[bytes, bytes]


class AsNetworks:
    """The ranges of each AS: first and last address, 4 or 16 octets in network byte order."""

    def __init__(self, load: Callable[[], Origins]) -> None:
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
    for version, width in ((4, 4), (6, 16)):
        starts, values = steps_of(origins, version)
        asns = asn_of[values].tolist()
        after = [*starts[1:], 1 << 8 * width]
        for asn, first, end in zip(asns, starts, after, strict=True):
            if asn:
                found.setdefault(asn, []).append((first.to_bytes(width), (end - 1).to_bytes(width)))
    return found
