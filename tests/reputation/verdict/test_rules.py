"""Rules of an organization are found whatever their number, and those of its neighbours never."""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_address
from reputation.verdict.decision import Decision, decide
from reputation.verdict.origins import Origins, country_number
from reputation.verdict.rules import APPROVED, OriginRules, Rules
from reputation.verdict.snapshot import Policies, Snapshot
from reputation.verdict.zones import BLOCKED_ADDRESS, BLOCKED_COUNTRY, BLOCKED_ISP, FOREVER, STANDARD
from tests.snapshots import origins

BEGIN = 0xC0000200  # 192.0.2.0
BEGIN6, HALF = 0x20010DB8 << 96, 1 << 63  # 2001:db8::, and half of a /64
NOW = 1_800_000_000


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


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 15, 16, 17, 100])
def test_each_ipv6_rule_is_found_from_its_first_address_to_its_last(count: int) -> None:
    """Two rules have the same upper half each, so that both halves are compared."""
    starts = [BEGIN6 + HALF * at for at in range(count)]
    rules = Rules(
        from4=[0, 0, 0, 0],
        from6=[0, 1, 1 + count, 2 + count],
        starts6=[0, *starts, 0],
        values6=[2] * (count + 2),
        texts6=["before", *map(str, range(count)), "behind"],
    )

    for at, start in enumerate(starts):
        assert [rules.text(1, 6, value) for value in (start, start + 1, start + HALF - 1)] == [str(at)] * 3
    assert rules.text(1, 6, BEGIN6 - 1) == ""
    assert rules.text(1, 6, 2**128 - 1) == (str(count - 1) if count else "")
    assert [rules.text(owner, 6, BEGIN6) for owner in (0, 2)] == ["before", "behind"]


def asked(
    organization: int,
    address: str,
    rules: Rules | None = None,
    origin_rules: OriginRules | None = None,
    known: Origins | None = None,
) -> Decision:
    """What is decided of an address by the rules of four organizations alone; all of them have rules for origins."""
    of_all = bytes(4)
    policies = Policies(
        {}, of_all, of_all, of_all, rules or Rules([0] * 5, from6=[0] * 5), origin_rules or OriginRules([0] * 5),
        bytes([origin_rules is not None] * 4),
    )  # fmt: skip
    snapshot = Snapshot(origins=known or origins({}), policies=policies)
    return decide(snapshot, STANDARD, organization, *parse_address(address), NOW)


def test_a_rule_has_its_own_value_and_end_in_both_ip_versions() -> None:
    rules = Rules(
        [0, 0, 3, 3, 3], [BEGIN, BEGIN + 1, BEGIN + 2], [BLOCKED_ADDRESS, APPROVED, 0], ["a", "b", ""],
        [NOW + 1, NOW + 2, FOREVER],
        [0, 0, 3, 3, 3], [BEGIN6, BEGIN6 + 1, BEGIN6 + 2], [BLOCKED_ADDRESS, APPROVED, 0], ["c", "d", ""],
        [NOW + 3, NOW + 4, FOREVER],
    )  # fmt: skip

    found = [asked(1, text, rules)[:2] for text in ("192.0.2.0", "192.0.2.1", "192.0.2.2")]
    assert found == [(BLOCKED_ADDRESS, NOW + 1), (0, NOW + 2), (0, FOREVER)]
    found = [asked(1, text, rules)[:2] for text in ("2001:db8::", "2001:db8::1", "2001:db8::2")]
    assert found == [(BLOCKED_ADDRESS, NOW + 3), (0, NOW + 4), (0, FOREVER)]
    assert asked(1, "2001:db8::1", rules).reason == "Approved sender: d"
    assert [asked(owner, "192.0.2.0", rules).decided_by for owner in (0, 2, 3)] == ["no listing"] * 3


def test_rules_without_ends_have_none() -> None:
    all_of = ([0, 0, 1, 1, 1], [0], [BLOCKED_ADDRESS], ["all"], ())
    rules = Rules(*all_of, *all_of)

    assert asked(1, "192.0.2.1", rules)[:2] == asked(1, "2001:db8::1", rules)[:2] == (BLOCKED_ADDRESS, FOREVER)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8])
def test_each_isp_is_found_among_those_of_its_organization(count: int) -> None:
    """The second of four organizations has every other ISP; its neighbours have all of them, and approve them."""
    every = list(range(64500, 64500 + 2 * count + 1))
    mine = every[1::2]
    origin_rules = OriginRules(
        [0, len(every), len(every) + count, 2 * len(every) + count, 2 * len(every) + count],
        [*every, *mine, *every],
        [APPROVED] * len(every) + [BLOCKED_ISP] * count + [APPROVED] * len(every),
        [*[1] * len(every), *(NOW + asn for asn in mine), *[1] * len(every)],
    )
    known = origins({f"192.0.2.{at}": (asn, "AT", f"Net {asn}") for at, asn in enumerate(every)})

    found = [asked(1, f"192.0.2.{at}", None, origin_rules, known)[:3] for at in range(len(every))]
    none = (0, FOREVER, "no listing")
    assert found == [(BLOCKED_ISP, NOW + asn, "ISP rule") if asn in mine else none for asn in every]
    assert {asked(owner, f"192.0.2.{2 * count}", None, origin_rules, known).until for owner in (0, 2)} == {1}
    assert asked(3, "192.0.2.0", None, origin_rules, known).decided_by == "no listing"


def test_a_country_is_of_the_organization_that_names_it() -> None:
    codes = ("AA", "AT", "AU", "ZZ")
    known = origins({f"192.0.2.{at}": (64500 + at, code, "") for at, code in enumerate(codes)})
    chosen = {
        1: {country_number("AT"): (BLOCKED_COUNTRY, NOW + 1), country_number("ZZ"): (APPROVED, NOW + 2)},
        3: {country_number("AA"): (BLOCKED_COUNTRY, NOW + 3)},
    }
    origin_rules = OriginRules([0] * 5, countries=chosen)

    def said(organization: int) -> list[tuple[int, int, str]]:
        return [asked(organization, f"192.0.2.{at}", None, origin_rules, known)[:3] for at in range(len(codes))]

    none, rule = (0, FOREVER, "no listing"), "country rule"
    assert said(1) == [none, (BLOCKED_COUNTRY, NOW + 1, rule), none, (0, NOW + 2, rule)]
    assert said(3) == [(BLOCKED_COUNTRY, NOW + 3, rule), none, none, none]
    assert said(0) == said(2) == [none] * 4
    assert asked(1, "203.0.113.1", None, origin_rules, known)[:3] == none
