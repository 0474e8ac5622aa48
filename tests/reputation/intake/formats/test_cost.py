"""What a list costs to read: lines of Python that are executed for each of its own, which no clock has to tell."""

from __future__ import annotations

from functools import partial

import pytest

from reputation.intake.formats import parse
from tests.executed import executed_lines

FEW, MANY = 4096, 3 * 4096  # whole pieces, as they are read

ENTRIES = {
    "addresses": "11.{0}.{1}.7",
    "networks": "11.{0}.{1}.0/24",
    "ranges": "11.{0}.{1}.0 - 11.{0}.{1}.99",
    "IPv6": "2001:db8:{0}:{1}::/64",
    "comments": "11.{0}.{1}.7  # seen today",
}


def cost(name: str, entry: str, count: int) -> int:
    body = "\n".join(entry.format(number // 250, number % 250) for number in range(count)).encode()
    parse(body, name)  # what is done once is done
    return executed_lines(partial(parse, body, name))


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_line_more_costs_a_few_steps_whatever_kind_of_entry_it_has(kind: str) -> None:
    few, many = (cost("plain", ENTRIES[kind], count) for count in (FEW, MANY))

    assert (many - few) / (MANY - FEW) < 13


def test_a_long_list_of_addresses_is_read_in_the_fewest_steps() -> None:
    few, many = (cost("plain", ENTRIES["addresses"], count) for count in (FEW, MANY))

    assert (many - few) / (MANY - FEW) < 5
