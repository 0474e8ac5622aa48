"""Keeps what is served as files, from which the next start answers at once, and says which of them are still current.

verdict/prepared.py reads and writes them. This module knows of what state of the tables each was made: a part whose
state is that of the tables is taken from its file, and not built again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reputation.publisher.layers import ServedList
from reputation.publisher.listings_part import OwnListings
from reputation.store import changes
from reputation.store.changes import PartState
from reputation.verdict import prepared
from reputation.verdict.column_file import UnusableFile
from reputation.verdict.prepared import Prepared, PreparedPart
from reputation.version import VERSION

log = logging.getLogger("gatepost.publisher")

LISTS = "lists"  # of a layer of feeds: those that it was made of


class PreparedFiles:
    """The files in one data folder, of the database at `url`. One thread at a time may write them."""

    def __init__(self, data: Path, url: str, found: Prepared | None = None) -> None:
        """`found` is what the start has read of them."""
        self._data, self._database = data, prepared.database_id(url)
        self._found: dict[str, PreparedPart] = dict(found.parts) if found else {}
        self._written: dict[str, dict[str, Any]] = {name: part.state for name, part in self._found.items()}
        self._mapped = str(self._written[changes.LISTINGS]["id"]) if found else ""
        self.serial = found.snapshot.serial if found else 0
        self.as_of = found.as_of if found else 0

    def hand_out(self, parts: Any) -> None:
        """Give the publisher's parts what is served already: a part that cannot be built stays as it was."""
        for name, part in self._found.items():
            if name == changes.LISTINGS:
                recent = prepared.recent_above(self._found)
                parts.own = OwnListings(part.value, PartState(-1, 0), 0, recent=recent)
            elif name != prepared.RECENT:
                parts.take(name, part.value)
            if LISTS in part.state:
                parts.lists[name] = tuple(ServedList(*one) for one in part.state[LISTS])

    def take(self, name: str, state: PartState) -> Any:
        """Return a part that was made of this state by this program; None where it has to be built. Asked once."""
        part = self._found.pop(name, None)
        if part is None or not part.state.items() >= self._state(state).items():
            return None
        return part.value if name not in prepared.FEEDS.values() or LISTS in part.state else None

    def take_listings(self, state: PartState) -> OwnListings | None:
        """Return our own listings as they were when the tables were in an earlier state than this, or in it.

        Return None where it is not certain that they ever were.
        """
        part = self._found.pop(changes.LISTINGS, None)
        self._found.pop(prepared.RECENT, None)
        if part is None or part.state["program"] != VERSION:
            return None
        then = PartState(part.state["generation"], part.state["changed_at"])
        if then != state and not (then.generation < state.generation and changes.is_known_change(then)):
            return None
        return OwnListings(part.value, then, part.state["read_at"], part.state["id"])

    def write(self, name: str, value: Any, state: PartState, lists: Sequence[ServedList] | None = None) -> bool:
        """Write a part that was made of this state; tell whether its file was another one. Raise OSError.

        `lists` are those of feeds that it was made of: what is said of a file is what is in it.
        """
        said = self._state(state)
        if lists is not None:
            said[LISTS] = [list(one) for one in lists]
        return self._write(name, value, said)

    def write_listings(self, own: OwnListings, recent: Any, generation: int, serial: int, now: int) -> bool:
        """Write our own listings, and what has changed since as of a generation, served under a serial.

        The last file says with its time that everything was current at `now`. Raise OSError.
        """
        said = {**self._state(own.read_from), "id": own.id, "read_at": own.read_at}
        is_new = self._write(changes.LISTINGS, own.layers, said)
        told = {"database": self._database, "above": own.id, "generation": generation, "serial": serial}
        is_new = self._write(prepared.RECENT, recent, told) or is_new
        os.utime(prepared.path(self._data, prepared.RECENT), (now, now))
        return is_new

    def mapped(self, name: str) -> Any:
        """Return a part that has been written, mapped from its file; None where that cannot be read."""
        try:
            return prepared.read_part(self._data, name, self._database).value
        except UnusableFile as error:
            log.error("What was kept for the next start cannot be read: %s", error)
            return None

    def mapped_listings(self, own: OwnListings) -> Any:
        """Return the large layers of our own listings, mapped from their file, once for each that were built."""
        is_written = self._written[changes.LISTINGS]["id"] == own.id
        if not is_written or own.id == self._mapped:
            return None
        self._mapped = own.id
        return self.mapped(changes.LISTINGS)

    def _write(self, name: str, value: Any, state: dict[str, Any]) -> bool:
        if self._written.get(name) == state and prepared.path(self._data, name).exists():
            return False
        prepared.write_part(self._data, name, value, state)
        self._written[name] = state
        return True

    def _state(self, state: PartState) -> dict[str, Any]:
        return {"database": self._database, "program": VERSION, **state._asdict()}
