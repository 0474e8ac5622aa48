"""A stored table of origins that is damaged gives way to the one before, which is said, and is fetched anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation import faults
from reputation.addresses.address import parse_address
from reputation.intake import origins
from reputation.intake.fetch import Patience
from reputation.publisher import Publisher, damaged_origins
from reputation.publisher.damaged_origins import all_damage
from reputation.store.db import Store
from reputation.store.models import AuditEntry, OriginRevision
from reputation.verdict.live import Live
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.intake.fetch.server import Site, answer, raw, running
from tests.reputation.intake.test_origins import SAMPLES
from tests.reputation.test_publisher_damaged import tear, versioned

ONCE = Patience(connect=2, read=2, deadline=5, tries=1, pause=0.01)
TABLES = [
    "".join(f"192.0.2.{n}\t192.0.2.{n}\t{asn}\tDE\tNet {asn}\n" for n in range(9)).encode() for asn in (64500, 64501)
]
HOUR = 3600


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    """A server of two tables, both of which were loaded; the second one is in use."""
    origins.import_files([SAMPLES / "combined.tsv"], NOON - 100)
    content = [TABLES[0]]
    with running(versioned(lambda: content[-1])) as made:
        assert "Loaded" in load(made, NOON)
        content.append(TABLES[1])
        assert "Loaded" in load(made, NOON + HOUR)
        yield made
    for fault in faults.standing():
        faults.gone(fault.name, NOON)


def load(site: Site, now: int) -> str:
    return origins.refresh(now, [site.url], ONCE)


def published(now: int) -> Publisher:
    made = Publisher(Live(), origins.seed, origins.unpack, "")
    made.catch_up(now)
    return made


def asn(publisher: Publisher) -> int:
    return publisher.origins.asn(4, parse_address("192.0.2.7").value)


def damage_it(number: int) -> None:
    content = bytes(OriginRevision.get_by_id(number).content)
    changed = content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]
    OriginRevision.update(content=changed).where(OriginRevision.id == number).execute()


def numbers() -> list[int]:
    return [row.id for row in others(OriginRevision, OriginRevision.id).order_by(OriginRevision.id)]


def test_the_table_before_is_in_use_it_is_said_and_a_fetch_heals_it(site: Site) -> None:
    damage_it(numbers()[-1])
    publisher = published(NOON + 2 * HOUR)

    assert asn(publisher) == 64500
    assert origins.state().loaded_at == NOON
    assert "cannot be read. This table of origins is damaged" in damaged_origins.standing()
    assert [one.name for one in faults.standing()] == ["stored origins"]
    assert list(all_damage()) == ["table of origins"]
    assert others(AuditEntry).where(AuditEntry.what == "Damaged table of origins set aside").count() == 1

    assert "Loaded" in origins.replace_damaged(NOON + 2 * HOUR, [site.url], ONCE)

    assert "If-None-Match" not in site.asked[-1][1]
    publisher.catch_up(NOON + 2 * HOUR)
    assert asn(publisher) == 64501 and damaged_origins.standing() == "" and faults.standing() == []
    assert origins.replace_damaged(NOON + 3 * HOUR, [site.url], ONCE) == ""
    assert others(OriginRevision).where(OriginRevision.damage != "").count() == 0


def test_where_every_table_is_damaged_the_bundled_one_is_in_use(site: Site) -> None:
    for number in numbers():
        damage_it(number)
    publisher = published(NOON + 2 * HOUR)

    assert asn(publisher) == 0
    assert "the bundled one is in use" in damaged_origins.standing()
    said = origins.replace_damaged(NOON + 2 * HOUR, [site.url], ONCE)
    assert "9 rows, the one in use 515,112" in said, "it was asked in full, and a table so small is not taken"


def test_who_refreshes_before_the_publisher_has_read_it_meets_no_error(site: Site) -> None:
    damage_it(numbers()[-1])

    assert "not refreshed" not in load(site, NOON + 2 * HOUR)


def test_it_is_tried_again_later_and_not_before_its_source_wants(site: Site) -> None:
    damage_it(numbers()[-1])
    published(NOON + 2 * HOUR)
    site.acts[:] = [answer(b"", 500), answer(b"", 429, Retry_After="7200"), answer(TABLES[1])]
    begin, asked = NOON + 2 * HOUR, len(site.asked)
    site.acts = [site.acts[0]] * (asked + 1) + site.acts[1:]

    assert "answered 500" in origins.replace_damaged(begin, [site.url], ONCE)
    assert origins.replace_damaged(begin + 899, [site.url], ONCE) == ""
    assert "answered 429" in origins.replace_damaged(begin + 900, [site.url], ONCE)
    assert origins.replace_damaged(begin + 900 + 7199, [site.url], ONCE) == ""
    assert "Loaded" in origins.replace_damaged(begin + 900 + 7200, [site.url], ONCE)
    assert len(site.asked) == asked + 3


def test_a_table_that_may_be_cut_short_replaces_none(site: Site) -> None:
    site.acts[:] = [raw(b"HTTP/1.0 200 OK\r\n\r\n" + TABLES[1].rstrip())]

    said = load(site, NOON + 2 * HOUR)

    assert "it may be cut short. If it is whole, import it as a file." in said
    assert len(numbers()) == 2


def test_a_torn_page_is_named_and_a_fetch_replaces_the_table(site: Site, store: Store, tmp_path: Path) -> None:
    if not store.is_sqlite:
        return  # what PostgreSQL says of a torn value is told by its state: test_damage.py
    content = os.urandom(20_000)
    OriginRevision.update(content=content).where(OriginRevision.id == numbers()[-1]).execute()
    tear(store, tmp_path, content[9_000:9_200])
    publisher = published(NOON + 2 * HOUR)
    publisher.catch_up(NOON + 2 * HOUR + 1)

    assert asn(publisher) == 64500 and "the database cannot read it" in damaged_origins.standing()
    for turn in range(2):
        assert "Loaded" in load(site, NOON + (3 + turn) * HOUR), "also while the torn one cannot be removed"
        OriginRevision.update(etag="").where(OriginRevision.id == numbers()[-1]).execute()
    publisher.catch_up(NOON + 5 * HOUR)
    assert asn(publisher) == 64501 and damaged_origins.standing() == ""
