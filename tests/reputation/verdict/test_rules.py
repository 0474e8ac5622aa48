"""Rules of an organization are found whatever their number, and those of its neighbours never."""

from __future__ import annotations

import pytest

from reputation.verdict.rules import Rules

BEGIN = 0xC0000200  # 192.0.2.0


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 15, 16, 17, 100])
def test_each_rule_is_found_from_its_first_address_to_its_last(count: int) -> None:
    starts = [BEGIN + 3 * at for at in range(count)]
    # A neighbour before and one behind: each has a rule for everything.
    rules = Rules(
        from4=[0, 1, 1 + count, 2 + count],
        starts4=[0, *starts, 0],
        values4=[2] * (count + 2),
        texts4=["before", *map(str, range(count)), "behind"],
        from6=[0, 0, 0, 0],
    )

    for at, start in enumerate(starts):
        assert [rules.text(1, 4, value) for value in (start, start + 2)] == [str(at)] * 2
    assert rules.text(1, 4, BEGIN - 1) == ""
    assert rules.text(1, 4, 2**32 - 1) == (str(count - 1) if count else "")
    assert [rules.text(owner, 4, BEGIN) for owner in (0, 2)] == ["before", "behind"]
