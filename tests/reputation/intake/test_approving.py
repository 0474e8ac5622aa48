"""Lists of good senders: what they cover is listed by no other feed and no report, within narrow bounds."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest

from reputation.addresses.address import parse_address, parse_network
from reputation.customers import organizations
from reputation.insight import feed_status
from reputation.intake import feeds, spam_reports
from reputation.intake.exemptions import Exemptions
from reputation.intake.formats.dates import words_of
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import Listing, OrganizationListing
from reputation.verdict.zones import DYNAMIC, STANDARD
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.export.cast import answer, published
from tests.reputation.intake.feeds.cast import HOUR, generation
from tests.reputation.intake.lists import plain_list

SPAM = "198.51.100.0/24\n203.0.113.7\n2001:db8::/32\n"
GOOD = "198.51.100.128/25\n2001:db8:1::/48\n"


@pytest.fixture(autouse=True)
def asker(store: Store) -> None:
    organizations.add("Acme", "advanced", NOON)


def taken(folder: Path, name: str, text: str, **more: Any) -> feeds.Refreshed:
    file = folder / name
    file.write_text(text)
    feeds.add(name, str(file), "plain", "KSS", NOON, **more)
    return feeds.refresh(name, NOON)


def codes(database: int, *addresses: str) -> list[int]:
    snapshot = published()
    return [answer(snapshot, database, ipaddress.ip_address(address), NOON) for address in addresses]


@pytest.mark.parametrize("which,database", [("standard", STANDARD), ("dynamic", DYNAMIC)])
def test_what_a_list_of_good_senders_covers_is_in_no_other_feed(tmp_path: Path, which: str, database: int) -> None:
    taken(tmp_path, "spam", SPAM, database=which)
    taken(tmp_path, "good", GOOD, purpose="approve")

    found = codes(
        database, "198.51.100.127", "198.51.100.128", "198.51.100.255", "203.0.113.7", "2001:db8::1", "2001:db8:1::1"
    )

    assert [bool(code) for code in found] == [True, False, False, True, True, False]


def test_it_lists_nothing_itself(tmp_path: Path) -> None:
    taken(tmp_path, "good", GOOD, purpose="approve")

    assert codes(STANDARD, "198.51.100.128") == codes(DYNAMIC, "198.51.100.128") == [0]


def test_its_removal_counts_with_the_next_answer(tmp_path: Path) -> None:
    taken(tmp_path, "spam", SPAM)
    taken(tmp_path, "good", GOOD, purpose="approve")
    assert codes(STANDARD, "198.51.100.128") == [0]

    feeds.pause("good", NOON, "olga")
    assert codes(STANDARD, "198.51.100.128") == [2]
    feeds.resume("good", NOON, "olga")
    assert codes(STANDARD, "198.51.100.128") == [0]
    feeds.remove("good", NOON)
    assert codes(STANDARD, "198.51.100.128") == [2]


def test_no_report_lists_whom_it_covers(tmp_path: Path) -> None:
    taken(tmp_path, "good", GOOD, purpose="approve")

    rules = Exemptions()

    found = rules.why(parse_address("198.51.100.200"), None)
    assert found is not None and found.is_kept and "list of good senders" in found.reason
    assert rules.why(parse_address("198.51.100.1"), None) is None
    assert rules.any_in(parse_network("198.51.100.0/24")) and not rules.any_in(parse_network("198.51.100.0/25"))


@pytest.mark.parametrize("text,says", [
    ("198.0.0.0/15\n", "is wider than /16.*A list of good senders has no wider network than /16"),
    ("2001:db8::/31\n", "is wider than /32"),
    ("".join(f"{20 + n // 256}.{n % 256}.0.0/16\n" for n in range(257)), "at most 16,777,216 are taken"),
    ("".join(f"2a00:{n:x}::/32\n" for n in range(65536)), "more IPv6 addresses than 256 networks of /32 hold"),
    ("".join(f"2a00:{n:x}::/32\n" for n in range(0, 514, 2)), "more IPv6 addresses than 256 networks of /32 hold"),
    ("".join(f"2a00:{n:x}::/32\n" for n in range(256)) + "2a01::1\n", "more IPv6 addresses than 256"),
])  # fmt: skip
def test_a_list_of_good_senders_that_covers_too_much_is_refused(tmp_path: Path, text: str, says: str) -> None:
    done = taken(tmp_path, "good", text, purpose="approve")

    assert done.status == "refused" and re.search(says, done.message), done.message


@pytest.mark.parametrize("text", [
    "".join(f"{20}.{n}.0.0/16\n" for n in range(256)),
    "".join(f"2a00:{n:x}::/32\n" for n in range(256)),
    "".join(f"2a00:{n:x}::/33\n" for n in range(512)),
])  # fmt: skip
def test_a_list_of_good_senders_may_hold_as_much_as_its_bounds_say(tmp_path: Path, text: str) -> None:
    assert taken(tmp_path, "good", text, purpose="approve").status == "new"


def test_whom_reports_have_listed_before_stays_until_the_end_and_no_longer(tmp_path: Path) -> None:
    acme = organizations.add("Beta", "advanced", NOON)[0]
    spam_reports.accept("198.51.100.200", "trap", NOON)
    spam_reports.accept("198.51.100.201", "trap", NOON)
    spam_reports.accept("198.51.100.202", "complaint", NOON, organization_id=acme.id)
    before = ends()
    taken(tmp_path, "good", GOOD, purpose="approve")
    for number, organization in ((200, None), (202, acme.id), (203, None)):
        with pytest.raises(Refused, match="list of good senders"):
            spam_reports.accept(f"198.51.100.{number}", "complaint", NOON + HOUR, organization_id=organization)

    assert ends() == before and len(before) == 5, "with the /24 and the /22 around them"
    assert max(before.values()) <= NOON + 12 * HOUR


def ends() -> dict[str, int]:
    return {row.network: row.expires_at for table in (Listing, OrganizationListing) for row in others(table)}


def test_no_bound_of_the_feed_makes_it_wider(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("198.0.0.0/15\n")
    feeds.add("good", str(tmp_path / "good"), "plain", "KSS", NOON, bounds={"widest4": "8"}, purpose="approve")

    assert feeds.refresh("good", NOON).status == "refused"


def test_a_list_of_good_senders_that_has_ended_approves_nobody(tmp_path: Path) -> None:
    taken(tmp_path, "spam", SPAM)
    (tmp_path / "good").write_text(GOOD)
    feeds.add("good", str(tmp_path / "good"), "plain", "KSS", NOON, bounds={"max_age": "1d"}, purpose="approve",
              every=90 * 24 * HOUR)  # fmt: skip
    feeds.refresh("good", NOON)
    assert codes(STANDARD, "198.51.100.128") == [0]

    feeds.refresh_due(NOON + 24 * HOUR)

    assert codes(STANDARD, "198.51.100.128") == [2]


DAY = 24 * HOUR


@pytest.mark.parametrize("which", ["standard", "dynamic"])
def test_the_same_list_fetched_again_is_no_younger(tmp_path: Path, which: str) -> None:
    """Nobody says when it was made: it is as old as our first fetch of it, however often it comes again."""
    taken(tmp_path, "spam", SPAM)
    taken(tmp_path, "good", GOOD, purpose="approve", bounds={"max_age": "1d"}, database=which)
    approving = []

    for day in (0, 1, 2, 5, 400):
        feeds.refresh_due(NOON + day * DAY)
        feeds.refresh_due(NOON + day * DAY + 2 * HOUR)
        exempt = Exemptions().why(parse_address("198.51.100.200"), None) is not None
        assert exempt == (codes(STANDARD, "198.51.100.128") == [0])
        approving.append(exempt)

    assert approving == [True, False, False, False, False]
    (state,) = [one for one in feed_status.first_feeds(9, NOON + 400 * DAY + 2 * HOUR)[0] if one.name == "good"]
    assert (state.state, state.entries) == ("stale", 0)


def test_a_new_list_after_the_end_is_compared_with_the_one_that_ended(tmp_path: Path) -> None:
    taken(tmp_path, "good", plain_list(200), purpose="approve", bounds={"max_age": "1d"})
    feeds.refresh_due(NOON + 2 * DAY)

    (tmp_path / "good").write_text(plain_list(250, net="203.0"))

    assert feeds.refresh("good", NOON + 2 * DAY + HOUR).status == "held"


def test_a_list_that_has_ended_approves_again_once_it_says_that_it_is_newer(tmp_path: Path) -> None:
    taken(tmp_path, "spam", SPAM)
    dated = f"# Last modified: {words_of(NOON)[:10]} {words_of(NOON)[11:16]}:00\n{GOOD}"
    taken(tmp_path, "good", dated, purpose="approve", bounds={"max_age": "1d"})
    feeds.refresh_due(NOON + 2 * DAY)
    assert codes(STANDARD, "198.51.100.128") == [2]

    newer = NOON + 2 * DAY
    (tmp_path / "good").write_text(f"# Last modified: {words_of(newer)[:10]} {words_of(newer)[11:16]}:00\n{GOOD}")
    assert feeds.refresh("good", newer + HOUR).status == "unchanged"

    assert codes(STANDARD, "198.51.100.128") == [0]


def test_the_end_of_a_list_is_recorded_once(tmp_path: Path) -> None:
    taken(tmp_path, "good", GOOD, purpose="approve", bounds={"max_age": "1d"}, every=90 * DAY)
    feeds.refresh_due(NOON + DAY)
    before = generation()

    feeds.refresh_due(NOON + DAY + 60)

    assert generation() == before


def test_a_preview_uses_the_narrow_bounds(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("198.0.0.0/15\n")

    trial = feeds.preview_feed(str(tmp_path / "good"), "plain", {}, NOON, purpose="approve")

    assert "A list of good senders has no wider network" in trial.verdict


def test_a_purpose_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="write list or approve"):
        feeds.add("good", "https://lists.example/x", "plain", "KSS", NOON, purpose="trust")
