"""A report comes in: guarded, kept within bounds, scored, and its sender is listed at once and for a time.

The senders here are not in 192.0.2.0/24, from which a test machine may have its own address.
"""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_address
from reputation.customers import policy
from reputation.intake import listing_history, listings, spam_reports
from reputation.intake.estimate import DAY, HOUR, OWN_STAYS, WEIGHTS
from reputation.intake.sender_memory import SenderMemory
from reputation.intake.spam_reports import (
    Incoming,
    accept,
    accept_many,
    clean_many,
    state_of,
)
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store import changes
from reputation.store.db import Store
from reputation.store.models import (
    AuditEntry,
    Listing,
    ListingEvent,
    MailServer,
    ReputationSettings,
    SenderScore,
    SpamHour,
    SpamReport,
)
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.zones import DYNAMIC
from tests.conftest import NOON, Cast
from tests.neighbour import is_others, others
from tests.snapshots import origins

SENDER = "203.0.113.9"


def rows() -> list[tuple[str, int, int, int, int]]:
    return [
        (row.network, row.level1_until, row.level2_until, row.level3_until, row.level4_until)
        for row in others(Listing).order_by(Listing.network)
    ]


def test_a_report_becomes_a_row_a_standing_and_a_listing(store: Store) -> None:
    before = changes.generations()[changes.LISTINGS]

    made = accept(SENDER, "trap", NOON, evidence="Subject: buy", reporter="trap@example.org")

    report = others(SpamReport).get()
    assert (report.address, report.source, report.reported_at, report.weight) == (SENDER, "trap", NOON, 1.0)
    assert (report.evidence, report.reporter) == ("Subject: buy", "trap@example.org")
    assert (made.subject, made.is_new, made.spam, made.level) == (SENDER, True, WEIGHTS["trap"], 2)
    listing = others(Listing).get()
    assert rows() == [(SENDER, *made.expiries)]
    assert (listing.database, listing.category, listing.source) == ("dynamic", "ETL", "reports")
    assert (listing.created_at, listing.expires_at) == (NOON, max(made.expiries))
    assert changes.generations()[changes.LISTINGS] == before + 1


def test_the_next_query_is_answered_at_the_levels_that_list_it_and_to_the_second(cast: Cast) -> None:
    made = accept(SENDER, "trap", NOON)
    publisher = Publisher(Live(), lambda: origins({}), lambda content: origins({}), "")

    def code(level: int, now: int) -> int:
        policy_of(cast.acme.id, level)
        publisher.catch_up(now)
        assert publisher.live.current is not None
        address = parse_address(SENDER)
        return decide(publisher.live.current, DYNAMIC, cast.acme.id, address.version, address.value, now).code

    assert [code(level, NOON) for level in (0, 1, 2, 3, 4)] == [0, 0, 2, 2, 2]
    assert [code(4, made.expiries[3] - 1), code(4, made.expiries[3])] == [2, 0]
    assert [code(2, made.expiries[1] - 1), code(2, made.expiries[1])] == [2, 0]


def policy_of(organization_id: int, level: int) -> None:
    ReputationSettings.delete().where(is_others(ReputationSettings)).execute()
    ReputationSettings.create(organization=organization_id, level=level)
    changes.record_change(changes.POLICIES, NOON)


def test_one_more_report_extends_the_same_row(store: Store) -> None:
    accept(SENDER, "trap", NOON)
    made = accept(SENDER, "trap", NOON + HOUR)

    assert rows() == [(SENDER, *made.expiries)]
    assert others(Listing).get().created_at == NOON
    assert made.expiries[1] == NOON + HOUR + OWN_STAYS[1]


def test_a_report_after_the_stay_begins_another(store: Store) -> None:
    accept(SENDER, "trap", NOON)
    accept(SENDER, "trap", NOON + 20 * HOUR)

    assert others(Listing).get().created_at == NOON + 20 * HOUR
    assert [event.what for event in others(ListingEvent)] == ["listed", "listed"]


def test_an_ipv6_sender_is_scored_by_its_64(store: Store) -> None:
    accept("2001:db8:1:2::9", "trap", NOON)
    made = accept("2001:db8:1:2:aaaa::1", "trap", NOON)

    assert made.subject == "2001:db8:1:2::/64"
    assert made.spam == 2 * WEIGHTS["trap"]
    assert [row[0] for row in rows()] == ["2001:db8:1:2::/64"]


def test_an_ipv4_sender_in_ipv6_clothes_is_the_same_sender(store: Store) -> None:
    assert accept(f"::ffff:{SENDER}", "trap", NOON).subject == SENDER


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("10.1.2.3", "private, RFC 1918"),
        ("127.0.0.1", "loopback"),
        ("fe80::1", "link-local"),
        ("300.1.2.3", "is not an IP address: write 192.0.2.1"),
        ("", "is not an IP address"),
    ],
)
def test_what_no_mail_comes_from_is_refused(store: Store, address: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        accept(address, "trap", NOON)

    assert not others(SpamReport).exists()
    assert not others(Listing).exists()


def test_an_unknown_source_and_a_weight_out_of_bounds_are_refused(store: Store) -> None:
    with pytest.raises(Refused, match="no source 'rumour': write trap, hand, filter or complaint"):
        accept(SENDER, "rumour", NOON)
    for weight in (0.0, -1.0, 11.0, float("nan"), float("inf")):
        with pytest.raises(Refused, match=r"weighs from 0.01 to 10"):
            accept(SENDER, "trap", NOON, weight)


def test_a_confirmed_mail_server_is_not_listed_and_its_report_is_kept(cast: Cast) -> None:
    MailServer.create(organization=cast.acme.id, network="203.0.113.8/30", created_at=NOON, confirmed_at=NOON)

    with pytest.raises(Refused, match="is a valid mail server: it is not listed"):
        accept(SENDER, "trap", NOON)

    assert others(SpamReport).get().weight == 0
    assert not others(Listing).exists()
    assert not others(SenderScore).exists()


def test_what_an_organization_calls_its_own_is_listed_by_reports_of_others(cast: Cast) -> None:
    """One organization named this network as its mail server, and the operator's trap listed nothing of it."""
    MailServer.create(organization=cast.acme.id, network="45.148.10.0/24", created_at=NOON)

    assert accept("45.148.10.66", "trap", NOON).level == 2
    assert others(Listing).get().network == "45.148.10.66"
    with pytest.raises(Refused, match="is a valid mail server: it is not listed"):
        accept("45.148.10.67", "complaint", NOON, organization_id=cast.acme.id)
    assert others(SpamReport).order_by(SpamReport.id.desc()).get().weight == 0, "it is kept for Acme"
    assert others(Listing).count() == 1


def test_a_confirmed_mail_server_keeps_its_64_from_being_listed(cast: Cast) -> None:
    MailServer.create(organization=cast.acme.id, network="2001:db8:1:2::25", created_at=NOON, confirmed_at=NOON)

    with pytest.raises(Refused, match="valid mail server"):
        accept("2001:db8:1:2::9", "trap", NOON)


def test_an_approved_sender_of_the_reporter_is_refused_and_one_of_others_is_not(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "approved", "203.0.113.0/24", NOON)

    with pytest.raises(Refused, match="approved sender of the organization"):
        accept(SENDER, "complaint", NOON, organization_id=cast.acme.id)
    assert accept(SENDER, "complaint", NOON, organization_id=cast.basic.id).is_new


def test_the_most_specific_rule_says_who_is_an_approved_sender(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "approved", "203.0.113.0/24", NOON)
    policy.add_rule(cast.acme.id, "blocked", SENDER, NOON)

    assert accept(SENDER, "complaint", NOON, organization_id=cast.acme.id).is_new


def test_an_approved_isp_is_an_approved_sender(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "approved", "isp:AS64500", NOON)
    known = origins({"203.0.113.0/24": (64500, "AT", "Example Net")})

    with pytest.raises(Refused, match="approved sender"):
        accept(SENDER, "filter", NOON, organization_id=cast.acme.id, origins=known)


@pytest.mark.parametrize("sender", [SENDER, "isp:AS64500", "country:AT"])
@pytest.mark.parametrize("in_order", [("approved", "blocked"), ("blocked", "approved")])
def test_where_the_same_sender_is_approved_and_blocked_approved_wins(
    cast: Cast, sender: str, in_order: tuple[str, str]
) -> None:
    for action in in_order:
        policy.add_rule(cast.acme.id, action, sender, NOON)
    known = origins({"203.0.113.0/24": (64500, "AT", "Example Net")})

    with pytest.raises(Refused, match="approved sender"):
        accept(SENDER, "filter", NOON, organization_id=cast.acme.id, origins=known)


def test_the_same_message_of_the_same_source_counts_once(store: Store) -> None:
    accept(SENDER, "trap", NOON, dedupe_key="<1@example.org>")
    again = accept(SENDER, "trap", NOON + 60, dedupe_key="<1@example.org>")
    other = accept(SENDER, "filter", NOON + 60, dedupe_key="<1@example.org>")

    assert not again.is_new
    assert other.is_new
    assert others(SpamReport).count() == 2


def test_many_at_once_are_counted_like_one_by_one(store: Store) -> None:
    one_by_one = SenderMemory()
    for source in ("trap", "complaint", "filter"):
        one_by_one.reported(parse_address(SENDER), NOON, source)

    found = accept_many([Incoming(SENDER, source) for source in ("trap", "complaint", "filter")], NOON)

    assert (found.accepted, found.duplicates, found.refused) == (3, 0, [])
    assert state_of(SENDER, NOON).expiries == one_by_one.path_of(parse_address(SENDER)).sender.until


def test_of_many_the_good_ones_count_and_the_others_have_a_reason(store: Store) -> None:
    reports = [
        Incoming(f"198.51.{number // 250}.{number % 250 + 1}", "trap", dedupe_key="1") if number % 2
        else Incoming(("nonsense", "10.0.0.1", "")[number % 3], "trap")
        for number in range(1500)
    ]  # fmt: skip

    found = accept_many([*reports, *reports[:10]], NOON)

    assert (found.accepted, found.duplicates, len(found.refused)) == (750, 5, 755)
    assert all(reason for _, reason in found.refused)
    assert others(SpamReport).count() == 750


def test_evidence_is_cut_and_only_the_newest_reports_keep_it(store: Store) -> None:
    accept_many([Incoming(SENDER, "trap", evidence="x\0y\ud800" * 5000) for _ in range(30)], NOON)

    kept = [row.evidence for row in others(SpamReport).order_by(SpamReport.id)]
    assert [bool(text) for text in kept] == [False] * 10 + [True] * spam_reports.KEPT_WITH_EVIDENCE
    assert max(map(len, kept)) <= spam_reports.LONGEST_EVIDENCE


def test_of_a_subject_the_newest_reports_stay(store: Store) -> None:
    accept_many([Incoming(SENDER, "trap", evidence=str(number)) for number in range(620)], NOON)

    assert others(SpamReport).count() == spam_reports.KEPT_REPORTS
    assert others(SpamReport).order_by(SpamReport.id.desc()).first().evidence == "619"


def test_clean_connections_make_a_rating_that_is_tolerated(store: Store) -> None:
    clean_many({SENDER: 100}, NOON)

    made = accept(SENDER, "trap", NOON)

    assert made.clean == 100
    assert made.level == 4


def test_a_thousand_forged_complaints_do_not_list_a_well_rated_sender_at_level_2(store: Store) -> None:
    clean_many({SENDER: 100}, NOON)

    accept_many([Incoming(SENDER, "complaint", weight=10) for _ in range(1000)], NOON)

    assert state_of(SENDER, NOON).expiries[:2] == (0, 0)


def test_spam_from_all_over_a_network_lists_the_network(store: Store) -> None:
    accept_many([Incoming(f"203.0.113.{number}", "trap") for number in range(1, 4)], NOON)

    network = Listing.get(Listing.network == "203.0.113.0/24")
    assert (network.level1_until, network.level2_until) == (0, NOON + 12 * HOUR)
    assert "from this network" in network.reason


def test_one_sender_however_much_it_sends_lists_no_network(store: Store) -> None:
    accept_many([Incoming("203.0.113.1", "trap") for _ in range(40)], NOON)

    assert [row[0] for row in rows()] == ["203.0.113.1"]


def test_a_network_with_a_confirmed_mail_server_in_it_is_never_listed_whole(cast: Cast) -> None:
    MailServer.create(organization=cast.acme.id, network="203.0.113.250", created_at=NOON, confirmed_at=NOON)

    accept_many([Incoming(f"203.0.113.{number}", "trap") for number in range(1, 40)], NOON)

    assert others(Listing).where(Listing.network == "203.0.113.0/24").count() == 0
    assert others(Listing).where(~Listing.network.contains("/")).count() == 39


def test_who_is_removed_by_hand_is_forgiven(store: Store) -> None:
    accept_many([Incoming(SENDER, "trap")] * 20, NOON)
    listings.remove(SENDER, "dynamic", NOON + 60)

    made = accept(SENDER, "trap", NOON + 120)

    assert made.spam == WEIGHTS["trap"]
    assert made.expiries[0] == 0


def test_a_network_is_removed_with_the_senders_in_it(store: Store) -> None:
    accept_many([Incoming(f"203.0.113.{number}", "trap") for number in range(1, 20)], NOON)
    accept("198.51.100.7", "trap", NOON)

    assert listings.remove("203.0.113.0/24", "dynamic", NOON + 60) == 20

    assert [row[0] for row in rows()] == ["198.51.100.7"]
    assert accept("203.0.113.77", "trap", NOON + 120).level and [row[0] for row in rows()] == [
        "198.51.100.7", "203.0.113.77",
    ], "what was removed does not come back with the next report"  # fmt: skip


def test_a_person_who_reports_is_in_the_audit_log(store: Store) -> None:
    accept(SENDER, "hand", NOON, evidence="seen", who="olga@example.org")
    accept(SENDER, "trap", NOON)

    assert [(row.who, row.what) for row in others(AuditEntry)] == [
        ("olga@example.org", f"Spam reported from {SENDER}, source hand")
    ]


def test_the_history_tells_what_became_of_an_address_and_names_no_trap(store: Store) -> None:
    accept(SENDER, "trap", NOON, evidence="to trap@secret.example", reporter="trap@secret.example")
    accept(SENDER, "trap", NOON + HOUR)
    listings.sweep(NOON + 20 * HOUR)
    accept(SENDER, "complaint", NOON + 21 * HOUR)
    listings.remove(SENDER, "dynamic", NOON + 22 * HOUR)
    listings.add("203.0.113.0/24", "standard", "KSS", 3600, "By hand", NOON + 22 * HOUR)

    found = listing_history.history(parse_address(SENDER), NOON + 22 * HOUR)

    assert [(event.network, event.what) for event in found.events] == [
        ("203.0.113.0/24", "listed"),
        (SENDER, "removed"),
        (SENDER, "listed"),
        (SENDER, "ended"),
        (SENDER, "extended"),
        (SENDER, "listed"),
    ]
    assert [event.network for event in found.listed] == ["203.0.113.0/24"]
    assert "trap" not in str(found)
    assert not listing_history.history(parse_address("198.51.100.1"), NOON).events


def test_a_listing_that_is_extended_report_by_report_is_told_of_once_an_hour(store: Store) -> None:
    for minute in range(0, 180, 2):
        accept(SENDER, "trap", NOON + 60 * minute)

    assert others(ListingEvent).where(ListingEvent.what == "extended").count() <= 12


@pytest.mark.touches("SpamReport", reason="a report is forgotten after its time, whoever made it")
def test_what_has_faded_is_pruned(store: Store) -> None:
    accept(SENDER, "trap", NOON)
    accept("198.51.100.7", "trap", NOON + 60 * 86400)

    sentence = spam_reports.prune(NOON + 60 * 86400)

    assert sentence == "2 spam reports and 3 senders and networks of which nothing was left"
    assert others(SpamReport).get().address == "198.51.100.7"
    assert others(SenderScore).get().network == "198.51.100.7"


def test_clean_connections_of_nonsense_are_left_out(store: Store) -> None:
    assert clean_many({"nonsense": 5, SENDER: 3, f"::ffff:{SENDER}": 2}, NOON) == 1
    assert state_of(SENDER, NOON).clean == 5


def test_what_a_database_refuses_in_a_reporters_name_is_replaced_and_the_report_counts(store: Store) -> None:
    """PostgreSQL takes no NUL in a text, and none of the halves of a character beyond the first 65,536."""
    name = "abuse\0@provider.example \ud83d"

    made = spam_reports.accept(SENDER, "complaint", NOON, reporter=name, evidence="Subject: \0 \ud83d")

    row = others(SpamReport).get()
    assert made.is_new and row.reporter.startswith("abuse") and row.reporter.encode()
    assert "\0" not in row.reporter + row.evidence
    assert spam_reports.accept(SENDER, "complaint", NOON + 1, reporter=name).is_new


@pytest.mark.parametrize(
    "other", [{"database": "standard"}, {"category": "KSS"}, {"source": "hand"}, {"network": "198.51.100.8"}]
)
def test_a_listing_by_reports_begins_now_whatever_else_is_listed(store: Store, other: dict[str, str]) -> None:
    """Another listing, which differs in one thing, lends it neither its date nor its end, and stays as it was."""
    same = {"database": "dynamic", "category": "ETL", "source": "reports", "network": SENDER}
    ends = {f"level{level}_until": NOON + 86400 for level in range(1, 5)}
    row = Listing.create(**same | other, reason="Before", created_at=NOON - 86400, expires_at=NOON + 86400, **ends)
    before = others(Listing).where(Listing.id == row.id).tuples().get()

    made = accept(SENDER, "trap", NOON)

    ours = others(Listing).where(Listing.id != row.id).get()
    assert (ours.network, ours.created_at, ours.expires_at) == (SENDER, NOON, max(made.expiries))
    assert others(Listing).where(Listing.id == row.id).tuples().get() == before


@pytest.mark.parametrize("weight", [0.01, 10.0])
def test_a_report_may_weigh_as_little_and_as_much_as_the_sentence_says(store: Store, weight: float) -> None:
    assert accept(SENDER, "trap", NOON, weight).spam == pytest.approx(weight * WEIGHTS["trap"])
    assert others(SpamReport).get().weight == weight
    with pytest.raises(Refused, match=r"A report weighs from 0.01 to 10, not "):
        accept(SENDER, "trap", NOON, weight / 1.01 if weight < 1 else weight * 1.01)


def test_texts_are_cut_to_the_octet_and_by_a_nul_and_half_a_character(store: Store) -> None:
    accept_many([
        Incoming(SENDER, "trap", evidence="e" * 2049, reporter="r" * 255),
        Incoming(SENDER, "trap", evidence="e" * 2048, reporter="r" * 254),
        Incoming(SENDER, "trap", evidence="a\0b\ud800c", reporter="\0"),
    ], NOON)  # fmt: skip

    assert [(row.evidence, row.reporter) for row in others(SpamReport).order_by(SpamReport.id)] == [
        ("e" * 2048, "r" * 254), ("e" * 2048, "r" * 254), ("ab?c", ""),
    ]  # fmt: skip


def test_the_bounds_of_a_subject_are_its_own_and_exact(store: Store) -> None:
    other = "198.51.100.7"
    accept_many([Incoming(other, "trap", evidence="first")], NOON)
    accept_many([Incoming(SENDER, "trap", evidence=f"{number}") for number in range(500)], NOON)
    accept_many([Incoming(other, "trap", evidence="second")], NOON)
    evidence = [row.evidence for row in others(SpamReport).where(SpamReport.address == SENDER).order_by(SpamReport.id)]
    assert evidence == [""] * 480 + [f"{number}" for number in range(480, 500)]

    accept(SENDER, "trap", NOON, evidence="500")

    rows = list(others(SpamReport).where(SpamReport.address == SENDER).order_by(SpamReport.id))
    assert [row.evidence for row in rows] == [""] * 480 + [f"{number}" for number in range(481, 501)]
    assert [row.evidence for row in others(SpamReport).where(SpamReport.address == other)] == ["first", "second"]


def test_a_subject_keeps_the_evidence_of_its_first_twenty_reports(store: Store) -> None:
    accept_many([Incoming(SENDER, "trap", evidence="x") for _ in range(20)], NOON)

    assert others(SpamReport).where(SpamReport.evidence == "x").count() == 20


def test_the_same_message_about_another_sender_counts(store: Store) -> None:
    key = "<1@example.org>"
    batch = accept_many([Incoming(one, "trap", dedupe_key=key) for one in (SENDER, "198.51.100.7", SENDER)], NOON)

    assert (batch.accepted, batch.duplicates) == (2, 1)
    assert accept_many([Incoming(SENDER, "trap"), Incoming(SENDER, "trap")], NOON)[:2] == (2, 0)
    assert all(row.digest is None or len(row.digest) == 32 for row in others(SpamReport))


def test_what_is_kept_for_a_mail_servers_people_is_kept_once_with_its_reporter(cast: Cast) -> None:
    MailServer.create(organization=cast.acme.id, network=SENDER, created_at=NOON, confirmed_at=NOON)
    report = Incoming(SENDER, "complaint", 2.0, cast.basic.id, "a" * 3000, "bob@example.org", "<1@example.org>")

    batch = accept_many([report, report], NOON)

    assert (batch.accepted, batch.duplicates, [one for one, _ in batch.refused]) == (0, 0, [report, report])
    row = others(SpamReport).get()
    assert others(SpamReport).count() == 1
    assert (row.weight, row.organization_id, row.reporter, row.reported_at) == (
        0,
        cast.basic.id,
        "bob@example.org",
        NOON,
    )
    assert (row.source, row.subject, len(row.evidence)) == ("complaint", SENDER, 2048)


def test_a_report_that_counted_before_is_said_to_be_none_and_is_not_noted(cast: Cast) -> None:
    first = accept(SENDER, "hand", NOON, evidence="e" * 500, who="olga@example.org", dedupe_key="1")
    again = accept(SENDER, "hand", NOON + 5, evidence="again", who="olga@example.org", dedupe_key="1")
    with pytest.raises(Refused):
        accept("10.0.0.1", "hand", NOON, who="olga@example.org")

    assert (first.is_new, again.is_new, first.spam) == (True, False, WEIGHTS["hand"])
    entries = [(row.organization_id, row.what, row.after, row.at) for row in others(AuditEntry) if "Spam" in row.what]
    assert entries == [(None, f"Spam reported from {SENDER}, source hand", "e" * 400, NOON)]


def test_the_audit_log_of_the_reporters_organization_has_the_report(cast: Cast) -> None:
    accept(SENDER, "complaint", NOON, organization_id=cast.acme.id, who="ann@acme.example")

    entry = others(AuditEntry).order_by(AuditEntry.id.desc()).get()
    assert (entry.organization_id, entry.who) == (cast.acme.id, "ann@acme.example")
    assert others(SpamReport).get().organization_id == cast.acme.id


def test_each_new_report_is_spam_volume_and_a_repeated_one_is_not(store: Store) -> None:
    known = origins({"203.0.113.0/24": (64500, "AT", "Example Net")})
    for _ in range(2):
        accept_many([Incoming(SENDER, "trap", dedupe_key=key) for key in ("1", "2")], NOON, known)

    assert [(row.asn, row.volume) for row in others(SpamHour)] == [(64500, 2)]


def test_a_batch_without_a_good_report_changes_nothing_that_dns_says(store: Store) -> None:
    before = changes.generations()

    accept_many([Incoming("10.0.0.1", "trap"), Incoming(SENDER, "rumour")], NOON)

    assert changes.generations() == before
    assert not others(SenderScore).exists()


def test_clean_connections_add_up_and_a_negative_number_takes_nothing(store: Store) -> None:
    assert clean_many({SENDER: 5, "198.51.100.7": -3}, NOON) == 2
    assert clean_many({SENDER: 3, "2001:db8::1": 2, "2001:db8::2": 2}, NOON) == 2

    assert [state_of(one, NOON).clean for one in (SENDER, "198.51.100.7", "2001:db8::3")] == [8, 0, 4]
    assert (state_of(SENDER, NOON).spam, state_of(SENDER, NOON).is_new) == (0, False)


def test_a_state_is_told_as_of_now(store: Store) -> None:
    accept(SENDER, "trap", NOON)

    now, later = state_of(SENDER, NOON + HOUR - 1), state_of(SENDER, NOON + 5 * DAY)

    assert (now.address, now.subject, now.level) == (SENDER, SENDER, 2)
    assert (later.spam, later.level, later.expiries) == (WEIGHTS["trap"] / 2, 0, now.expiries)
    with pytest.raises(Refused, match=r"'nonsense' is not an IP address: write 192.0.2.1 or 2001:db8::1\.$"):
        state_of("nonsense", NOON)


@pytest.mark.alone("a month later the neighbour's report goes, too")
def test_reports_are_kept_thirty_days_to_the_second(store: Store) -> None:
    accept(SENDER, "trap", NOON)

    assert spam_reports.prune(NOON + 30 * 86400).startswith("0 spam reports and ")
    assert spam_reports.prune(NOON + 30 * 86400 + 1).startswith("1 spam reports and ")


def test_a_network_of_ipv6_is_listed_whole_by_its_56(store: Store) -> None:
    accept_many([Incoming(f"2001:db8:1:{number:x}::9", "trap") for number in range(3)], NOON)
    accept_many([Incoming(f"2001:db8:9:10{number:x}::9", "trap") for number in (1, 1, 1)], NOON)

    found = {row[0]: row[2] for row in rows() if row[0].endswith("/56")}
    assert found == {"2001:db8:1::/56": NOON + 12 * HOUR}


def test_a_network_that_is_no_longer_listed_whole_is_not_listed_anew(store: Store) -> None:
    accept_many([Incoming(f"203.0.113.{number}", "trap") for number in range(1, 4)], NOON)
    clean_many({f"203.0.113.{number}": 3 for number in range(100, 140)}, NOON + 60)

    assert [row[0] for row in rows() if "/" in row[0]] == [], "it has sent mail for which it is let go"
    accept("203.0.113.200", "trap", NOON + 20 * HOUR)
    assert "203.0.113.0/24" not in [row[0] for row in rows()]


def test_a_trial_tells_what_a_report_would_do_and_keeps_nothing(store: Store) -> None:
    incoming = Incoming(SENDER, "trap", dedupe_key="1")

    tried = spam_reports.trial(incoming, NOON)

    assert others(SpamReport).count() == 0 and rows() == []
    made = accept(SENDER, "trap", NOON, dedupe_key="1")
    assert tried == made
    assert not spam_reports.trial(incoming, NOON).is_new
    with pytest.raises(Refused, match="private"):
        spam_reports.trial(Incoming("10.0.0.1", "trap"), NOON)


def test_the_same_message_from_another_address_of_a_64_is_the_same_report(store: Store) -> None:
    reports = [Incoming(f"2001:db8::{number}", "trap", dedupe_key="1") for number in range(1, 9)]

    assert accept_many(reports, NOON).accepted == 1
    assert accept_many([Incoming("2001:db8:0:1::1", "trap", dedupe_key="1")], NOON).accepted == 1


def test_complaints_of_all_reporters_together_count_as_one_trap_a_day(store: Store) -> None:
    def complaints(weight: float, count: int, at: int) -> int:
        some = [Incoming(SENDER, "complaint", weight, reporter=f"r{number}") for number in range(count)]
        return accept_many(some, at).accepted

    assert complaints(0.5, 30, NOON) == 10
    assert complaints(1.0, 5, NOON + DAY - 1) == 0
    assert complaints(10.0, 5, NOON + DAY) == 1, "the heaviest is a day of its own"
    assert accept_many([Incoming(SENDER, "trap")] * 3, NOON).accepted == 3, "traps are not complaints"
    assert accept_many([Incoming("203.0.113.77", "complaint")] * 9, NOON).accepted == 5, "each sender has its own day"
