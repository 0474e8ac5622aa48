"""A dollar sign that somebody writes is a dollar sign in DNS, on pages and in files; rbldnsd alone has templates."""

from __future__ import annotations

import csv
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reputation.addresses.address import parse_address
from reputation.customers import organizations
from reputation.export.formats import FORMS, Head
from reputation.export.listed import entries
from reputation.insight.address_check import check
from reputation.intake import listings
from reputation.intake.formats import parse
from reputation.store.db import Store
from reputation.verdict.decision import decide
from reputation.verdict.snapshot import expanded, literal
from reputation.verdict.zones import STANDARD
from tests.conftest import NOON
from tests.reputation.export.cast import published

ADDRESS = "198.51.100.60"
TEXTS = ["paid $50", "$", "$$", "a $1 b $$2 $", "https://bl.example/$"]


@pytest.mark.parametrize("reason", TEXTS)
def test_the_reason_of_a_listing_is_told_as_it_was_written(store: Store, reason: str) -> None:
    organizations.add("Acme", "standard", NOON)
    customer = organizations.by_name("Acme")
    listings.add(ADDRESS, "standard", "KSS", 3600, reason, NOON)
    snapshot = published()
    address = parse_address(ADDRESS)

    made = decide(snapshot, STANDARD, customer.id, *address, NOON)
    head = Head("standard", 4, 0, "bl.example", NOON)
    found = list(entries(snapshot, STANDARD, 4, 1, NOON))

    assert snapshot.explain(made.reason, address) == reason
    assert check(snapshot, customer.id, ADDRESS, NOON).standard.reason == reason
    assert next(iter(csv.DictReader(FORMS["csv"].write(head, found))))["reason"] == reason
    told = [line for line in FORMS["rbldnsd"].write(head, found) if line.startswith(ADDRESS)]
    assert [filled_by_rbldnsd(line.split(":", 2)[2].strip()) for line in told] == [reason]


def filled_by_rbldnsd(template: str) -> str:
    """rbldnsd(8): $ is the address, and $$ a dollar sign."""
    return re.sub(r"\$\$|\$", lambda found: "$" if found[0] == "$$" else ADDRESS, template)


def test_a_text_of_a_list_that_is_no_zone_file_is_no_template() -> None:
    found = parse(b"198.51.100.0/24 ; $1 of $\n", "drop")

    assert [expanded(text, parse_address(ADDRESS)) for text in found.ranges.texts] == ["$1 of $"]


@given(st.text(st.sampled_from("$1 ab"), max_size=12))
@example("$$$")
def test_a_literal_text_is_filled_in_as_itself(text: str) -> None:
    assert expanded(literal(text), parse_address(ADDRESS)) == text
