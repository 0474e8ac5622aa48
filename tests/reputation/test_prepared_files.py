"""What is served is kept as files, and a part is taken from its file only where its tables are as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reputation.addresses.address import parse_address
from reputation.counting import quotas
from reputation.customers import activation_codes, code_networks, policy
from reputation.intake import listings
from reputation.publisher import Publisher, listings_part, policies
from reputation.publisher.prepared_files import PreparedFiles
from reputation.store import changes
from reputation.store.models import Listing, ListingChange, Part, QuotaDay, SenderRule
from reputation.verdict import prepared
from reputation.verdict.live import Live
from reputation.verdict.prepared import PARTS
from reputation.verdict.zones import BLOCKED_ADDRESS, DUL, KSS
from tests.conftest import NOON, Cast
from tests.reputation.test_publisher import add_feed, ask, listed, live, never, seed

LOOKUP = "http://portal.example/lookup?address="
URL = "postgresql://db.example/gatepost"


class Node:
    """A program on the tables of the test: each start reads what the last one has kept."""

    def __init__(self, data: Path, url: str = URL, seeded: bool = True) -> None:
        self.found = prepared.read(data, prepared.database_id(url), LOOKUP)
        self.live = Live()
        if self.found:
            self.live.swap(self.found.snapshot)
        self.publisher = Publisher(self.live, seed, never, LOOKUP, PreparedFiles(data, url, self.found))


def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which parts are built of the tables from now on."""
    names: list[str] = []

    def noted(name: str, function: object) -> object:
        def call(*arguments: object) -> object:
            names.append(name)
            return function(*arguments)  # type: ignore[operator]

        return call

    monkeypatch.setattr(policies, "build", noted("policies", policies.build))
    monkeypatch.setattr(listings_part.own_listings, "build", noted("listings", listings_part.own_listings.build))
    monkeypatch.setattr("reputation.publisher.isps.overlaid", noted("origins", lambda table, own: table))
    for name in ("standard_feeds", "dynamic_feeds"):
        whole = getattr(__import__("reputation.publisher.layers", fromlist=[""]), name)
        monkeypatch.setattr(f"reputation.publisher.layers.{name}", noted(name, whole))
    return names


def add_own(address: str, now: int, seconds: int) -> None:
    listings.add(address, "standard", "DUL", seconds, "by hand", now)


@pytest.fixture
def data(cast: Cast, tmp_path: Path) -> Path:
    """A data folder in which a node has kept what it served at noon."""
    add_feed("drop", "KSS", listed("192.0.2.0/25"))
    changes.record_change(changes.STANDARD_FEEDS, NOON)
    add_own("203.0.113.9", NOON, 600)
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.0/28", NOON)
    node = Node(tmp_path)
    node.publisher.catch_up(NOON)
    assert node.publisher.keep(NOON + 10) == [*node.publisher._builders, "listings"]
    return tmp_path


def test_a_start_answers_before_it_has_read_a_table(data: Path, cast: Cast) -> None:
    node = Node(data)

    assert ask(node.publisher, cast.acme.id, "192.0.2.7").code == KSS
    assert ask(node.publisher, cast.acme.id, "198.51.100.7").code == BLOCKED_ADDRESS
    assert ask(node.publisher, cast.acme.id, "203.0.113.9").code == DUL
    assert live(node.publisher).organization(cast.acme_code.label.encode(), NOON) == cast.acme.id
    assert node.publisher.as_of == NOON


def test_nothing_that_has_ended_is_served_of_an_old_file(data: Path, cast: Cast) -> None:
    assert ask(Node(data).publisher, cast.acme.id, "203.0.113.9", now=NOON + 599).code == DUL
    assert ask(Node(data).publisher, cast.acme.id, "203.0.113.9", now=NOON + 600).code == 0


def test_what_has_not_changed_is_not_built_again(data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    names, node = built(monkeypatch), Node(data)

    node.publisher.catch_up(NOON + 60)

    assert names == []
    assert ask(node.publisher, cast.acme.id, "192.0.2.7").code == KSS and node.publisher.as_of == NOON + 60
    assert node.publisher.keep(NOON + 60) == [], "the same content has the same serial"
    assert node.publisher.keep(NOON + 70) == []


def test_only_the_part_that_has_changed_is_built(data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.16/28", NOON + 20)
    names, node = built(monkeypatch), Node(data)
    assert ask(node.publisher, cast.acme.id, "198.51.100.17").code == 0

    node.publisher.catch_up(NOON + 60)

    assert names == ["policies"] and ask(node.publisher, cast.acme.id, "198.51.100.17").code == BLOCKED_ADDRESS
    assert node.publisher.keep(NOON + 60) == ["policies", "listings"]  # with the last, the serial


def test_own_listings_follow_what_has_changed_since(data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    add_own("203.0.113.10", NOON + 20, 600)
    names, node = built(monkeypatch), Node(data)

    node.publisher.catch_up(NOON + 60)

    assert names == [] and ask(node.publisher, cast.acme.id, "203.0.113.10").code == DUL


def test_own_listings_are_read_where_it_is_forgotten_what_has_changed(
    data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_own("203.0.113.10", NOON + 20, 6000)
    ListingChange.delete().where(ListingChange.changed_at <= NOON + 20).execute()
    names, node = built(monkeypatch), Node(data)

    node.publisher.catch_up(NOON + 900)

    assert names == ["listings"] and ask(node.publisher, cast.acme.id, "203.0.113.10", now=NOON + 900).code == DUL


def test_a_database_that_was_put_back_is_read_also_where_it_came_to_the_same_number(
    data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of before is put back, and other changes lead to the same generations."""
    SenderRule.delete().where(SenderRule.organization == cast.acme.id).execute()
    Part.update(changed_at=NOON - 5).where(Part.name << [changes.POLICIES, changes.LISTINGS]).execute()
    ListingChange.update(changed_at=NOON - 5).where(ListingChange.changed_at == NOON).execute()
    names, node = built(monkeypatch), Node(data)

    node.publisher.catch_up(NOON + 60)

    assert names == ["policies", "listings"] and ask(node.publisher, cast.acme.id, "198.51.100.7").code == 0


def test_another_version_answers_from_the_files_and_builds_all(
    data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reputation.publisher.prepared_files.VERSION", "9.9.9")
    names, node = built(monkeypatch), Node(data)
    assert ask(node.publisher, cast.acme.id, "192.0.2.7").code == KSS

    node.publisher.catch_up(NOON + 60)

    assert sorted(names) == ["dynamic_feeds", "listings", "origins", "policies", "standard_feeds"]


def test_a_part_that_cannot_be_built_is_served_as_it_was_kept(
    data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes.record_change(changes.STANDARD_FEEDS, NOON + 20)
    changes.record_change(changes.LISTINGS, NOON + 20)

    def fail(*_: object) -> None:
        raise ValueError("too many lists")

    monkeypatch.setattr("reputation.publisher.layers.standard_feeds", fail)
    monkeypatch.setattr(listings_part.own_listings, "build", fail)
    node = Node(data)

    node.publisher.catch_up(NOON + 60)

    assert node.publisher.failed.keys() == {"standard feeds", "listings"}
    assert ask(node.publisher, cast.acme.id, "192.0.2.7").code == KSS
    assert ask(node.publisher, cast.acme.id, "203.0.113.9").code == DUL
    assert node.publisher.keep(NOON + 60) == [], "what was kept before stays"


def test_the_serial_goes_on_where_it_was(data: Path, cast: Cast) -> None:
    before = Node(data)
    before.publisher.catch_up(NOON + 5000)
    before.publisher.keep(NOON + 5000)
    served = live(before.publisher).serial

    after = Node(data)  # with a clock that was put back
    assert live(after.publisher).serial == served
    after.publisher.catch_up(NOON + 10)

    assert live(after.publisher).serial == served, "the same content has the same serial"
    changes.record_change(changes.POLICIES, NOON + 10)
    after.publisher.catch_up(NOON + 10)
    assert live(after.publisher).serial == served + 1


def test_the_time_says_until_when_all_was_seen_to_be_current(data: Path, cast: Cast) -> None:
    node = Node(data)
    node.publisher.catch_up(NOON + 300)
    node.publisher.keep(NOON + 310)

    assert Node(data).publisher.as_of == NOON + 300


def test_a_disk_that_takes_nothing_leaves_what_was_kept(
    data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node(data)
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.16/28", NOON + 20)
    node.publisher.catch_up(NOON + 60)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        node.publisher.keep(NOON + 60)
    monkeypatch.undo()

    assert ask(Node(data).publisher, cast.acme.id, "198.51.100.7").code == BLOCKED_ADDRESS
    assert node.publisher.keep(NOON + 70) == ["policies", "listings"], "the next turn writes it"


def test_a_file_that_was_removed_is_written_again(data: Path) -> None:
    node = Node(data)
    node.publisher.catch_up(NOON + 60)
    prepared.path(data, "origins").unlink()

    assert node.publisher.keep(NOON + 60) == ["origins"]
    assert set(PARTS) == set(Node(data).found.parts)  # type: ignore[union-attr]


def test_before_the_tables_are_read_nothing_is_kept(cast: Cast, tmp_path: Path) -> None:
    assert Node(tmp_path).publisher.keep(NOON) == [] and not (tmp_path / prepared.FOLDER).exists()


def test_a_revoked_code_is_unknown_once_the_tables_are_read(data: Path, cast: Cast) -> None:
    activation_codes.revoke(cast.basic_code.label, NOON + 20)
    node, label = Node(data), cast.basic_code.label.encode()
    assert live(node.publisher).organization(label, NOON) == cast.basic.id, "as of noon"

    node.publisher.catch_up(NOON + 60)

    assert live(node.publisher).organization(label, NOON) == -1


def test_lists_are_served_from_their_files_once_they_are_kept(data: Path, cast: Cast) -> None:
    """Of what was built of the tables nothing is held twice, and an answer is the same."""
    node = Node(data)
    node.publisher.catch_up(NOON + 60)
    add_feed("more", "KSS", listed("192.0.2.128/25"))
    changes.record_change(changes.STANDARD_FEEDS, NOON + 70)
    node.publisher.catch_up(NOON + 70)
    serial, former = live(node.publisher).serial, live(node.publisher)

    node.publisher.keep(NOON + 70)

    assert live(node.publisher) is not former and live(node.publisher).serial == serial
    assert ask(node.publisher, cast.acme.id, "192.0.2.200").code == KSS
    assert f"{prepared.path(data, 'standard feeds')}\n" in Path("/proc/self/maps").read_text()


def test_own_listings_go_on_from_their_file_and_follow_what_changes(data: Path, cast: Cast) -> None:
    node = Node(data)
    node.publisher.catch_up(NOON + 60)
    assert node.publisher.merge_listings(NOON + 4000)
    node.publisher.keep(NOON + 4000)
    add_own("203.0.113.10", NOON + 4010, 600)
    listings.remove("203.0.113.9", "standard", NOON + 4010)

    node.publisher.catch_up(NOON + 4020)

    assert ask(node.publisher, cast.acme.id, "203.0.113.10", now=NOON + 4020).code == DUL
    assert ask(node.publisher, cast.acme.id, "203.0.113.9", now=NOON + 4020).code == 0


def test_at_its_end_it_keeps_what_has_changed(data: Path, cast: Cast) -> None:
    node = Node(data)
    node.publisher.catch_up(NOON + 60)
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.16/28", NOON + 70)

    node.publisher.finish()

    assert ask(Node(data).publisher, cast.acme.id, "198.51.100.17").code == BLOCKED_ADDRESS


def test_what_is_recent_is_served_as_it_was_kept_where_the_listings_cannot_be_read(data: Path, cast: Cast) -> None:
    node = Node(data)
    add_own("203.0.113.10", NOON + 20, 3600)  # in the small layer, above the large ones
    node.publisher.catch_up(NOON + 30)
    node.publisher.keep(NOON + 30)
    Listing.update(network="no network").where(Listing.network == "203.0.113.10").execute()
    changes.record_change(changes.LISTINGS, NOON + 40)

    later = Node(data)
    later.publisher.catch_up(NOON + 60)
    later.publisher.catch_up(NOON + 120)

    assert "listings" in later.publisher.failed
    assert ask(later.publisher, cast.acme.id, "203.0.113.10", now=NOON + 60).code == DUL
    assert later.publisher.as_of == NOON + 30, "the tables were last seen to be served then"


def test_what_could_not_be_built_is_not_kept_as_current(
    data: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node(data)
    node.publisher.catch_up(NOON + 60)
    monkeypatch.setattr("reputation.publisher.layers.standard_feeds", lambda: 1 // 0)
    changes.record_change(changes.STANDARD_FEEDS, NOON + 70)
    node.publisher.catch_up(NOON + 600)
    node.publisher.keep(NOON + 600)

    assert Node(data).publisher.as_of == NOON + 60


def test_a_start_from_files_keeps_a_used_up_quota_until_midnight_and_the_networks(cast: Cast, tmp_path: Path) -> None:
    midnight = quotas.end_of_day(NOON)
    QuotaDay.create(organization=cast.acme.id, ends_at=midnight, quota=10, near_at=NOON, over_at=NOON)
    code_networks.add(cast.acme.id, "198.51.100.0/24", NOON)
    code_networks.add(cast.acme.id, "2001:db8:53::/48", NOON)
    first = Node(tmp_path)
    first.publisher.catch_up(NOON)
    first.publisher.keep(NOON)

    served = live(Node(tmp_path).publisher)

    acme = cast.acme.id
    assert served.over_quota(acme, midnight - 5) == 5 and served.over_quota(acme, midnight) == 0
    assert served.may_ask_from(acme, parse_address("198.51.100.255"))
    assert served.may_ask_from(acme, parse_address("2001:db8:53:ffff::1"))
    assert not served.may_ask_from(acme, parse_address("198.51.101.0"))
    assert not served.may_ask_from(acme, parse_address("2001:db8:54::"))
