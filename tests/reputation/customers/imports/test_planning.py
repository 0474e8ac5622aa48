"""An import says first what each line becomes; then all of it is done, or nothing, with an audit entry."""

from __future__ import annotations

import pytest

from reputation.customers import imports, mail_servers, policy
from reputation.customers.imports import Choice, Plan
from reputation.customers.imports.planning import MOST_LISTINGS
from reputation.customers.policy.importing import DUPLICATE, EXISTS, NEW, WRONG
from reputation.intake import feeds, listings
from reputation.refusal import Refused, Unconfirmed
from reputation.store import changes
from reputation.store.models import AuditEntry, Listing, SenderRule
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.reputation.customers.imports import samples

DAY = 86400
WHO = "ada@acme.example"


def planned(text: str, organization_id: int | None, **choice: object) -> Plan:
    return imports.plan(text, Choice(**choice), organization_id, NOON)  # type: ignore[arg-type]


def values(found: Plan, state: str) -> list[tuple[str, str]]:
    return [(line.becomes, line.taken.value) for line in found.those(state)]


def test_rules_of_an_access_map_are_added_together_with_one_entry_that_says_so(cast: Cast) -> None:
    found = planned(samples.POSTFIX, cast.acme.id)

    done = imports.carry_out(found, "access", cast.acme.id, NOON, WHO)

    assert found.summary == done.summary == "2 approved senders, 2 blocked senders."
    assert policy.existing_rules(cast.acme.id) == {
        ("blocked", "192.0.2.7"), ("approved", "192.0.2.0/24"), ("blocked", "198.51.100.1"),
        ("approved", "203.0.113.0/30"),
    }  # fmt: skip
    told = [(row.who, row.what, row.after) for row in others(AuditEntry) if row.what.startswith("Imported")]
    assert told == [(WHO, "Imported access: access", "2 approved senders, 2 blocked senders.")]
    assert len(policy.remove_batch(cast.acme.id, done.batch, NOON, WHO)) == 4


def test_what_is_there_or_named_twice_or_contradicts_itself_is_said_and_left_as_it_is(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON, note="Mine")

    found = planned("192.0.2.7 REJECT\n192.0.2.8 OK\n192.0.2.9 OK\n", cast.acme.id)
    assert values(found, EXISTS) == [("blocked", "192.0.2.7")]
    assert "it stays as it is" in found.those(EXISTS)[0].said
    table = "Action,Sender\napproved,192.0.2.1\nblocked,192.0.2.1\napproved,192.0.2.1\n"
    both = planned(table, cast.acme.id)

    assert values(both, NEW) == [("approved", "192.0.2.1")]
    assert [line.said for line in both.those(WRONG)] == [
        "Line 2 says the opposite of the same sender, and comes first."
    ]
    assert [line.said for line in both.those(DUPLICATE)] == ["Line 2 names it already."]
    imports.carry_out(found, "access", cast.acme.id, NOON, WHO)
    assert [one.note for one in policy.rules(cast.acme.id) if one.value == "192.0.2.7"] == ["Mine"]


def test_a_list_that_says_nothing_becomes_what_the_person_chooses(cast: Cast) -> None:
    undecided = planned(samples.PLAIN, cast.acme.id)
    assert undecided.needs_choice
    with pytest.raises(Refused, match="choose approved, blocked, servers or listings"):
        imports.carry_out(undecided, "list", cast.acme.id, NOON, WHO)

    for becomes, expected in (
        ("approved", "3 approved senders, 2 left out."),
        ("blocked", "3 blocked senders, 2 left out."),
    ):
        found = planned(samples.PLAIN, cast.acme.id, becomes=becomes)
        assert not found.needs_choice and found.summary == expected


def test_trusted_networks_become_approved_senders_and_internal_ones_valid_mail_servers(cast: Cast) -> None:
    imports.carry_out(planned(samples.SPAMASSASSIN, cast.acme.id), "local.cf", cast.acme.id, NOON, WHO)

    assert ("approved", "192.0.2.0/25") in policy.existing_rules(cast.acme.id)
    assert "198.51.100.25" in [one.network for one in mail_servers.servers(cast.acme.id)]


def test_a_private_or_wide_network_is_no_valid_mail_server_and_is_said_so(cast: Cast) -> None:
    found = planned("internal_networks 10/8 64.0.0.0/12 198.51.100.25\n", cast.acme.id)

    assert values(found, NEW) == [("server", "198.51.100.25")]
    assert "is not seen from outside" in found.those(WRONG)[0].said
    assert "is wider than /20" in found.those(WRONG)[1].said


def test_valid_mail_servers_beyond_their_bound_are_said_line_by_line_and_left_out(cast: Cast) -> None:
    free = mail_servers.MOST - mail_servers.how_many(cast.acme.id)
    text = "".join(f"193.{place >> 8}.{place & 255}.1\n" for place in range(free + 2)) + "193.0.0.1\n"
    found = planned(text, cast.acme.id, becomes="servers")

    assert [(line.taken.number, line.said) for line in found.those(WRONG)] == [
        (free + 1, "An organization has at most 500 valid mail servers: write neighbours as one network."),
        (free + 2, "An organization has at most 500 valid mail servers: write neighbours as one network."),
    ]
    assert [line.taken.number for line in found.those(DUPLICATE)] == [free + 3]
    imports.carry_out(found, "list", cast.acme.id, NOON, WHO)
    assert mail_servers.how_many(cast.acme.id) == mail_servers.MOST
    full = planned("192.0.2.7\n193.0.0.1\n", cast.acme.id, becomes="servers")
    assert full.counts == {WRONG: 1, EXISTS: 1}


def test_bans_become_listings_with_their_own_end(cast: Cast) -> None:
    found = planned(samples.CROWDSEC, None, category="ETL")

    imports.carry_out(found, "decisions.json", None, NOON, WHO)

    made = {one.network: one for one in listings.all_listings(NOON)}
    assert made["192.0.2.7"].expires_at == NOON + 4 * 3600 - 2
    assert (made["192.0.2.7"].category, made["192.0.2.7"].database) == ("ETL", "standard")
    assert made["192.0.2.7"].reason == "CrowdSec: crowdsecurity/postfix-spam"
    assert found.is_of_installation and found.counts[WRONG] == 3
    assert [row.organization_id for row in others(AuditEntry) if row.what.startswith("Imported")] == [None]


TEN_YEARS = 10 * 365 * DAY


@pytest.mark.parametrize("says", [
    '"until": "9999-12-31T23:59:59Z"', '"until": "9999-12-31T23:59:59-23:59"', '"until": "9999-12-31"',
    '"duration": "999999999h"', f'"duration": "{TEN_YEARS + 1}s"',
])  # fmt: skip
def test_a_ban_that_ends_later_than_any_listing_is_left_out_with_its_line(cast: Cast, says: str) -> None:
    found = planned(f'[{{"value": "192.0.2.7", {says}}}, {{"value": "192.0.2.8", "duration": "{TEN_YEARS}s"}}]', None)

    [left] = found.those(WRONG)
    assert left.taken.number == 1 and "A listing stays for at most ten years" in left.said
    imports.carry_out(found, "decisions", None, NOON, WHO)
    assert [(row.network, row.expires_at) for row in others(Listing)] == [("192.0.2.8", NOON + TEN_YEARS)]


def test_a_row_of_a_table_that_ends_later_than_any_listing_is_left_out_with_its_line(cast: Cast) -> None:
    table = "Sender,Until\n192.0.2.7,2099-12-31\n192.0.2.8,2027-12-31\n"
    found = planned(table, None, becomes="listings")

    assert [(line.taken.number, line.said.partition(":")[0]) for line in found.those(WRONG)] == [
        (2, "A listing stays for at most ten years")
    ]
    assert planned(table, cast.acme.id, becomes="approved").counts == {NEW: 2}, "a rule may stay longer"
    imports.carry_out(found, "table", None, NOON, WHO)


def test_a_zone_becomes_listings_or_a_feed_by_the_person_s_word(cast: Cast) -> None:
    assert planned(samples.ZONE, None).needs_choice
    assert planned(samples.ZONE, None, becomes="listings", duration=DAY).counts[NEW] == 9

    as_feed = planned(samples.ZONE, None, becomes="feed")
    said = imports.add_feed(as_feed, "our zone", "/etc/rbldnsd/zone", NOON, WHO)

    assert said == "Added the feed our zone, which reads /etc/rbldnsd/zone as rbldnsd every 1h."
    assert "our zone" in [one.name for one in feeds.all_feeds()]


def test_a_choice_that_a_form_does_not_have_is_refused_with_those_that_it_has(cast: Cast) -> None:
    with pytest.raises(Refused, match=r"rbldnsd does not become approved senders: choose one of listings, feed"):
        planned(samples.ZONE, cast.acme.id, becomes="approved")


def test_rules_that_reach_far_are_confirmed_as_at_every_other_door(cast: Cast) -> None:
    found = planned("8.0.0.0/8 REJECT\n192.0.2.7 REJECT\n", cast.acme.id)
    before = changes.generations()

    with pytest.raises(Unconfirmed, match=r"8\.0\.0\.0/8 holds 8\.8\.8\.8"):
        imports.carry_out(found, "access", cast.acme.id, NOON, WHO)

    assert others(SenderRule).count() == 0 and changes.generations() == before, "nothing of it is done"
    imports.carry_out(found, "access", cast.acme.id, NOON, WHO, confirm="8.0.0.0/8")
    assert others(SenderRule).count() == 2


@pytest.mark.parametrize(("network", "why"), [
    ("64.0.0.0/3", "wider than /8"), ("8.8.8.0/24", "8.8.8.8"), ("10.1.0.0/16", "no mail comes from there"),
])  # fmt: skip
def test_a_listing_that_reaches_far_is_left_out_and_named(cast: Cast, network: str, why: str) -> None:
    found = planned(f"192.0.2.7\n192.0.2.8\n{network}\n", None, becomes="listings")

    assert [line.taken.number for line in found.those(WRONG)] == [3]
    assert why in found.those(WRONG)[0].said


def test_networks_that_hold_a_canary_together_stop_the_whole_import(cast: Cast) -> None:
    found = planned("66.163.184.0/22\n66.163.188.0/22\n192.0.2.7\n", None, becomes="listings")

    with pytest.raises(Refused, match=r"Line 1, 66\.163\.184\.0/22: .* together\. Nothing was imported"):
        imports.carry_out(found, "list", None, NOON, WHO)

    assert others(Listing).count() == 0


def test_a_network_with_a_confirmed_mail_server_stops_the_whole_import(cast: Cast) -> None:
    mail_servers.add(cast.acme.id, "192.0.2.25", NOON)
    mail_servers.confirm(mail_servers.servers(cast.acme.id)[-1].id, "192.0.2.25", NOON)
    found = planned("192.0.2.7\n192.0.2.25\n", None, becomes="listings")

    with pytest.raises(Refused, match=r"Line 2, 192\.0\.2\.25: .*Nothing was imported"):
        imports.carry_out(found, "list", None, NOON, WHO)

    assert others(Listing).count() == 0


def test_many_listings_are_made_at_once_and_all_are_in_the_audit_log(cast: Cast) -> None:
    many = "".join(f"193.0.{place}.1 Spam {place}\n" for place in range(250))
    found = planned(many, None, becomes="listings", database="dynamic", category="ETL", duration=DAY)

    imports.carry_out(found, "list", None, NOON, WHO)

    rows = {row.network: row for row in others(Listing)}
    assert len(rows) == 250
    one = rows["193.0.7.1"]
    assert (one.reason, one.expires_at, one.level1_until, one.level4_until) == (
        "Spam 7",
        NOON + DAY,
        NOON + DAY,
        NOON + DAY,
    )
    told = [row.after for row in others(AuditEntry) if row.what.startswith("Listed")]
    assert len(told) == 3 and sum(text.count("193.0.") for text in told) == 250
    again = planned(many, None, becomes="listings", database="dynamic", category="ETL", duration=DAY)
    assert again.counts == {EXISTS: 250}
    other = planned(many, None, becomes="listings", database="standard", category="ETL", duration=DAY)
    assert other.counts == {NEW: 250}


def test_a_country_cannot_become_a_listing(cast: Cast) -> None:
    found = planned(samples.OUR_OWN, None, becomes="listings")

    assert "country:KP is no address" in found.those(WRONG)[0].said


def test_rules_need_an_organization(cast: Cast) -> None:
    with pytest.raises(Refused, match="belong to an organization"):
        imports.carry_out(planned(samples.POSTFIX, None), "access", None, NOON, WHO)


def test_nothing_new_is_refused_and_said(cast: Cast) -> None:
    imports.carry_out(planned(samples.POSTFIX, cast.acme.id), "access", cast.acme.id, NOON, WHO)

    with pytest.raises(Refused, match="Nothing of it is new: nothing, 4 already there"):
        imports.carry_out(planned(samples.POSTFIX, cast.acme.id), "access", cast.acme.id, NOON, WHO)


def test_more_lines_or_listings_than_their_bound_are_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    many = "".join(f"193.{place >> 8}.{place & 255}.1\n" for place in range(MOST_LISTINGS + 1))
    with pytest.raises(Refused, match="At most 5,000 listings at once: add a longer list as a feed"):
        planned(many, None, becomes="listings")

    monkeypatch.setattr("reputation.customers.imports.planning.MOST_LINES", 3)
    with pytest.raises(Refused, match="At most 3 lines at once"):
        planned(samples.POSTFIX, cast.acme.id)


def test_what_is_done_is_what_was_looked_at(cast: Cast) -> None:
    assert planned(samples.PLAIN, None, becomes="blocked").mark != planned(samples.PLAIN, None, becomes="approved").mark
    assert planned(samples.PLAIN, None).mark != planned(samples.PLAIN + "\n192.0.2.99\n", None).mark
