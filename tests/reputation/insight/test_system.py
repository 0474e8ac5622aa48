"""What the installation stands on, and all organizations side by side, on both databases."""

from __future__ import annotations

import pytest

from reputation.customers import activation_codes, installation_overview, organizations
from reputation.insight import system
from reputation.intake import listing_search, listings
from reputation.intake.listing_search import ListingFilter
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import LastAsked, OtherHour, QueryHour
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import DYNAMIC, FOREVER, STANDARD
from tests import neighbour
from tests.conftest import NOON, Cast
from tests.neighbour import apart

HOUR = NOON - NOON % 3600


def test_the_database_tells_its_kind_and_size(store: Store) -> None:
    kind, size = system.database_facts()

    assert kind.startswith("SQLite 3." if store.is_sqlite else "PostgreSQL ")
    assert size > 100_000


def test_every_part_of_the_snapshot_is_told(cast: Cast) -> None:
    publisher = Publisher(Live(), lambda: EMPTY, lambda _: EMPTY, "")
    assert system.loaded(publisher.live.current) == []
    publisher.catch_up(NOON)
    before = {part.name: part.size for part in system.loaded(publisher.live.current)}
    for number in range(50):
        listings.add(f"192.0.2.{number}", "standard", "ETL", 3600, "Worms", NOON)
    publisher.catch_up(NOON)

    after = {part.name: part for part in system.loaded(publisher.live.current)}
    assert set(after) == set(publisher.loaded)
    assert after["listings"].size > before["listings"]
    assert after["listings"].what == "1 ranges, 50 changed since they were built", "the one is the neighbour's"
    assert after["policies"].what == "3 activation codes"


def test_who_asks_under_unknown_codes_is_summed_by_network(cast: Cast) -> None:
    for hour, network, packets in ((HOUR, "192.0.2.0/24", 4), (HOUR - 7200, "192.0.2.0/24", 3), (HOUR, "", 7)):
        OtherHour.create(hour=hour, kind="unknown code", network=network, packets=packets)

    assert system.unknown_codes(NOON) == [("192.0.2.0/24", 7, HOUR - 7200, HOUR)]


def test_organizations_stand_side_by_side_with_a_connection_counted_once(cast: Cast) -> None:
    for database, queries in ((STANDARD, 10), (DYNAMIC, 8)):
        QueryHour.create(organization=cast.acme.id, hour=HOUR, database=database, code=0, queries=queries)
    LastAsked.create(organization=cast.acme.id, first_at=NOON - 9, last_at=NOON - 5)

    (acme, basic, _), _ = installation_overview.page(installation_overview.OrganizationFilter(), 0, 50, NOON)

    assert (acme.name, acme.codes, acme.queries, acme.last_asked_at) == ("Acme", 1, 10, NOON - 5)
    assert (basic.name, basic.queries, basic.last_asked_at) == ("Basic", 0, None)


def test_codes_tell_their_state_and_never_themselves(cast: Cast) -> None:
    first = activation_codes.active(cast.acme.id, NOON)[0]
    activation_codes.rotate(cast.acme.id, first.id, 5, NOON, "olga")
    activation_codes.revoke(cast.basic_code.label, NOON)

    found = {code.masked: code.state for code in apart(installation_overview.codes(NOON))}

    assert found[f"{first.label[:4].upper()}-…"] == "replaced"
    assert sorted(found.values()) == ["active", "replaced", "revoked"]
    assert all(len(masked) == 6 for masked in found)
    later = {code.state for code in installation_overview.codes(NOON + 6 * 86400, cast.acme.id)}
    assert later == {"active", "ended"}


def test_one_code_is_told_as_among_all(cast: Cast) -> None:
    LastAsked.create(organization=cast.acme.id, first_at=NOON - 9, last_at=NOON - 5)

    for code in installation_overview.codes(NOON):
        assert installation_overview.code(code.id, NOON) == code
    assert {code.last_asked_at for code in apart(installation_overview.codes(NOON))} == {NOON - 5, None}
    assert installation_overview.code(4711, NOON) is None


def test_an_end_is_to_come_and_is_another_organizations_own(cast: Cast) -> None:
    code = activation_codes.active(cast.acme.id, NOON)[0]

    assert activation_codes.end_at(cast.acme.id, code.id, NOON + 60, NOON, "olga").expires_at == NOON + 60
    assert activation_codes.active(cast.acme.id, NOON + 60) == []
    assert activation_codes.end_at(cast.acme.id, code.id, None, NOON, "olga").expires_at is None
    with pytest.raises(Refused, match="in the future"):
        activation_codes.end_at(cast.acme.id, code.id, NOON, NOON, "olga")
    with pytest.raises(Refused, match="too far away: leave it out"):
        activation_codes.end_at(cast.acme.id, code.id, FOREVER, NOON, "olga")
    assert activation_codes.end_at(cast.acme.id, code.id, FOREVER - 1, NOON, "olga").expires_at == FOREVER - 1
    with pytest.raises(Refused, match="not active any more"):
        activation_codes.end_at(cast.basic.id, code.id, NOON + 60, NOON, "olga")


def test_listings_are_found_by_address_reason_and_kind(cast: Cast) -> None:
    listings.add("192.0.2.0/24", "standard", "ETL", 3600, "Worms 100%", NOON)
    listings.add("192.0.2.7", "dynamic", "KSS", 7200, "Traps", NOON + 1)

    def found(**wanted: object) -> list[str]:
        return [own.network for own in listing_search.find(ListingFilter(**wanted), 0, 10, NOON + 2)[0]]  # type: ignore[arg-type]

    assert found()[:2] == ["192.0.2.7", "192.0.2.0/24"]
    assert found(search="192.0.2.9") == ["192.0.2.0/24"]
    assert found(search="worms") == ["192.0.2.0/24"] and found(search="0%") == ["192.0.2.0/24"]
    assert found(database="dynamic")[0] == "192.0.2.7" and found(source="reports") == [neighbour.NETWORK]
    assert found(sort="until", descending=False) == ["192.0.2.0/24", "192.0.2.7", neighbour.NETWORK]
    assert listing_search.find(ListingFilter(), 0, 1, NOON + 2)[1] == 3
    assert listing_search.find(ListingFilter(), 0, 10, NOON + 3600)[1] == 2


@pytest.mark.parametrize("column", installation_overview.COLUMNS)
def test_organizations_are_sorted_by_each_column_and_cut_to_a_page(cast: Cast, column: str) -> None:
    for number in range(5):
        made, _ = organizations.add(f"customer {number}", "standard" if number % 2 else "advanced", NOON)
        for _ in range(number % 3):
            activation_codes.issue(made.id, NOON)
        QueryHour.create(organization=made.id, hour=HOUR, database=STANDARD, code=0, queries=7 * (number % 4))
        LastAsked.create(organization=made.id, first_at=NOON - 9, last_at=NOON - number % 2)
    key = {"queries": "queries", "asked": "last_asked_at"}.get(column, column)
    whole, total = installation_overview.page(installation_overview.OrganizationFilter(sort=column), 0, 50, NOON)

    values = [(getattr(one, key) or 0 if column != "name" else "", one.name.casefold()) for one in whole]
    assert total == 8 and values == sorted(values)
    turned = installation_overview.OrganizationFilter(sort=column, descending=True)
    assert installation_overview.page(turned, 2, 3, NOON) == (whole[::-1][2:5], 8)
    named, count = installation_overview.page(installation_overview.OrganizationFilter("CUSTOMER", column), 0, 50, NOON)
    assert count == 5 and named == [one for one in whole if one.name.startswith("customer")]


def test_codes_are_cut_to_a_page_of_one_state(cast: Cast) -> None:
    first = activation_codes.active(cast.acme.id, NOON)[0]
    activation_codes.rotate(cast.acme.id, first.id, 5, NOON, "olga")
    activation_codes.revoke(cast.basic_code.label, NOON)
    activation_codes.issue(cast.basic.id, NOON + 9)
    whole = installation_overview.codes(NOON)

    assert installation_overview.codes_page(0, 50, NOON) == (whole, 5)
    assert installation_overview.codes_page(1, 2, NOON) == (whole[1:3], 5)
    for now in (NOON, NOON + 6 * 86400):
        for state in installation_overview.STATES:
            of_state = [code for code in installation_overview.codes(now) if code.state == state]
            assert installation_overview.codes_page(0, 50, now, state=state) == (of_state, len(of_state))
    assert {code.organization for code in installation_overview.codes_page(0, 50, NOON, cast.basic.id)[0]} == {"Basic"}
    assert installation_overview.codes_page(0, 1, NOON, order="-created")[0][0].organization == "Basic"
