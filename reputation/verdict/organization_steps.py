"""Step functions of all organizations in one: each has its own steps, and one search finds the one that holds.

Sender rules are kept so (rules.py), and what lists a sender for one organization alone.

It runs interpreted, or compiled from the same lines (organization_steps.pxd declares the types).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

import cython

from reputation.verdict.steps import LOW_HALF
from reputation.verdict.zones import SLOTS

NOT_THERE = cython.declare(cython.Py_ssize_t, -1)


@cython.final
@cython.cclass
class OrganizationSteps:
    """Where the steps of each organization begin.

    Organization n owns the IPv4 steps `from4[n]` to `from4[n + 1]`, and likewise for IPv6, whose starts are pairs of 64
    bits. An organization that is newer than these steps has none.
    """

    def __init__(
        self,
        from4: Sequence[int] = (0, 0),
        starts4: Sequence[int] = (),
        from6: Sequence[int] = (0, 0),
        starts6: Sequence[int] = (),
    ) -> None:
        self.count = min(len(from4), len(from6)) - 1
        self.from4, self.from6 = array("I", from4), array("I", from6)
        # An empty array has no memory to point into; the place behind the last one is never read.
        self.starts4 = _with_an_end(starts4)
        self.high6 = array("Q", [*(start >> 64 for start in starts6), 0])
        self.low6 = array("Q", [*(start & LOW_HALF for start in starts6), 0])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def at4(self, organization: cython.int, value: cython.uint) -> cython.Py_ssize_t:
        """Find the step that holds at an IPv4 address; -1 where the organization has none."""
        if organization >= self.count:
            return NOT_THERE
        first: cython.Py_ssize_t = self.from4[organization]
        low: cython.Py_ssize_t = first
        size: cython.Py_ssize_t = self.from4[organization + 1] - first
        half: cython.Py_ssize_t
        if not cython.compiled:
            low = bisect_right(self.starts4, value, low, low + size)
            return low - 1 if low > first else -1
        # As in Steps4: no branch hangs on what was read.
        while size > 1:
            half = size >> 1
            low += half if self.starts4[low + half - 1] <= value else 0
            size -= half
        if size and self.starts4[low] <= value:
            low += 1
        return low - 1 if low > first else -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def at6(self, organization: cython.int, high: cython.ulonglong, low: cython.ulonglong) -> cython.Py_ssize_t:
        """Find the step that holds at an IPv6 address; -1 where the organization has none."""
        if organization >= self.count:
            return NOT_THERE
        first: cython.Py_ssize_t = self.from6[organization]
        begin: cython.Py_ssize_t = first
        end: cython.Py_ssize_t = self.from6[organization + 1]
        middle: cython.Py_ssize_t
        while begin < end:
            middle = (begin + end) >> 1
            if self.high6[middle] < high or (self.high6[middle] == high and self.low6[middle] <= low):
                begin = middle + 1
            else:
                end = middle
        return begin - 1 if begin > first else -1


@cython.final
@cython.cclass
class OrganizationListings:
    """What lists senders for one organization alone: each step has the value of a layer's steps, 0 for nothing."""

    def __init__(
        self, steps: OrganizationSteps | None = None, values4: Sequence[int] = (), values6: Sequence[int] = ()
    ) -> None:
        self.steps = steps or OrganizationSteps()
        self.values4, self.values6 = _with_an_end(values4), _with_an_end(values6)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def place(
        self, organization: cython.int, version: cython.int, high: cython.ulonglong, low: cython.ulonglong
    ) -> cython.uint:
        """Find where this address's listing for an organization begins in the layer's columns; 0 where it has none."""
        at: cython.Py_ssize_t
        at = self.steps.at4(organization, low) if version == 4 else self.steps.at6(organization, high, low)
        if at < 0:
            return 0
        return 4 * (self.values4[at] if version == 4 else self.values6[at])

    def value(self, organization: int, version: int, value: int) -> int:
        """Return the layer's value at this address for an organization; 0 where nothing is listed for it alone."""
        return int(self.place(organization, version, value >> 64, value & LOW_HALF)) // SLOTS


def _with_an_end(numbers: Sequence[int]) -> array[int]:
    made = array("I", numbers)
    made.append(0)
    return made
