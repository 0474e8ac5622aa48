"""The serial of the zone's SOA record: it rises with every change and never goes back (RFC 1035 3.3.13, RFC 1982).

It is what the generations of the parts add up to, above a base that all nodes share. So nodes with the same content say
the same serial, and neither a restart nor a clock that was set back changes it. Every start of the program raises it to
the clock: a database that was put back from a copy has lower generations, and only the clock is beyond what was said.
"""

from __future__ import annotations

from reputation.store import changes, db
from reputation.store.models import Part

NAME = "zone serial"  # of the base's row, beside the parts
MODULUS, HALF = 1 << 32, 1 << 31


def is_after(serial: int, other: int) -> bool:
    """Tell whether a serial is later than another one, by the arithmetic that wraps at 2**32 (RFC 1982 3.2)."""
    return 0 < (serial - other) % MODULUS < HALF


def current() -> int:
    """Return the serial of what the tables hold."""
    base, total = _base_and_total()
    return ((base or 0) + total) % MODULUS


def raise_to(serial: int, now: int) -> int:
    """Raise the serial to this one, where that is later; return what it is then.

    A serial that is more than 2**31 ahead is earlier by RFC 1982, such as that of a clock which is decades wrong.
    """
    with db.write():
        base, total = _base_and_total()
        wanted = serial - total
        if base is not None:
            wanted = base + (wanted - base) % MODULUS if is_after(serial, base + total) else base
        Part.insert(name=NAME, generation=wanted, changed_at=now).on_conflict_ignore().execute()
        # Another node may have raised it since it was read: the higher one stays.
        raised = Part.update(generation=wanted, changed_at=now)
        raised.where((Part.name == NAME) & (Part.generation < wanted)).execute()
        return current()


def _base_and_total() -> tuple[int | None, int]:
    """The base, None where no serial was said yet, and what the generations add up to, read at one moment."""
    found = {part.name: int(part.generation) for part in Part.select()}
    return found.get(NAME), sum(found.get(name, 0) for name in changes.PARTS)
