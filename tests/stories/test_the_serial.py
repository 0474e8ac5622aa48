"""The serial of the zone as DNS answers it: it rises with a change, and not back at a restart."""

from __future__ import annotations

import struct

from tests.stories.program import Program, wait_until

SOA = 6


def serial(program: Program) -> int:
    """The first of the five numbers at the end of the SOA record (RFC 1035 3.3.13)."""
    (found,) = struct.unpack_from("!I", program.ask_name("rep.example", SOA)[-20:])
    return int(found)


def test_the_serial_rises_with_a_change_and_does_not_fall_at_a_restart(program: Program) -> None:
    program.start()
    first = serial(program)
    for number in range(3):
        words = ("--database", "standard", "--category", "KSS", "--for", "1h", "--reason", "sent spam")
        assert program.command("listing", "add", f"203.0.113.{number}", *words).code == 0
    wait_until(lambda: serial(program) == first + 3, 10, "three changes")
    program.stop()

    program.start()

    assert serial(program) >= first + 3
