"""The one place of the live snapshot: the publisher writes it, the doors read it. It owns the swap.

A loop that answers without Python cannot hold a reference, so there are two slots: the publisher writes the idle slot
and then points to it. It may write a slot again when every loop has begun another turn since that slot was left.

Why this is safe: a loop raises its `turns` and then reads `which`; the publisher writes `which` and then reads `turns`.
All four are sequentially consistent (atomics.pxd), so every thread sees them in one order, on x86 and on ARM. A turn
that is counted after the publisher read `turns` reads the new `which`; the turn that was running then is over as soon
as `turns` has grown. Python code that reads `current` holds the snapshot by reference, as always.

It runs interpreted, or compiled from the same lines (live.pxd declares the types).
"""

from __future__ import annotations

import time

import cython

from reputation.verdict.snapshot import Snapshot

if cython.compiled:
    from cython.cimports.reputation.verdict.atomics import gp_load, gp_store

PAUSE = 0.001  # seconds between two looks at the loops' turns


@cython.final
@cython.cclass
class Turns:
    """The number of turns that one loop has begun.

    The loop raises it, the publisher reads it; `idle` where no loop runs.
    """

    def __init__(self) -> None:
        self.begun = 0
        self.idle = True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def begin(self) -> cython.void:
        """Begin a new turn: the loop no longer holds anything of the turn before."""
        if cython.compiled:
            gp_store(cython.address(self.begun), self.begun + 1)
        else:
            self.begun += 1

    def run(self) -> None:
        """Mark the loop as running: the publisher must wait for it."""
        self.idle = False

    def rest(self) -> None:
        """Mark the loop as ended: it holds nothing."""
        self.idle = True

    def seen(self) -> int:
        """Return the number of turns begun, as every thread sees it."""
        return gp_load(cython.address(self.begun)) if cython.compiled else self.begun


@cython.final
@cython.cclass
class Live:
    """The live snapshot. `current` is None until the first snapshot is published."""

    def __init__(self) -> None:
        self.slot_a = self.slot_b = None
        self.which = 0  # 0: none yet; 1: slot_a; 2: slot_b
        self.loops = []
        self.left = []

    def watch(self) -> Turns:
        """Return the turns of one more loop, which reads `which`, `slot_a` and `slot_b` without taking references."""
        turns = Turns()
        self.loops.append(turns)
        return turns

    @property
    def current(self) -> Snapshot | None:
        """Return the snapshot that is served now; the caller holds it by reference."""
        return None if self.which == 0 else self.slot_a if self.which == 1 else self.slot_b

    def swap(self, snapshot: Snapshot) -> None:
        """Serve this snapshot from now on. Called by one thread at a time; it waits until the idle slot is free."""
        while any(not turns.idle and turns.seen() == before for turns, before in self.left):
            time.sleep(PAUSE)
        if self.which == 1:
            self.slot_b = snapshot
            self._point(2)
        else:
            self.slot_a = snapshot
            self._point(1)
        self.left = [(turns, turns.seen()) for turns in self.loops]

    @cython.cfunc
    @cython.exceptval(check=False)
    def _point(self, which: cython.ulonglong) -> cython.void:
        if cython.compiled:
            gp_store(cython.address(self.which), which)
        else:
            self.which = which
