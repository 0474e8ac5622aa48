"""The closed loop: what is deferred shows its filter nothing, and comes again or is lost; streams are repeatable."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from benchmarks.verdicts.closed_loop import adversary
from benchmarks.verdicts.closed_loop.campaigns import campaigns
from benchmarks.verdicts.closed_loop.everyday import everyday
from benchmarks.verdicts.closed_loop.mail import DAY, HOUR, ONCE, Amount, Land, Message, Retry
from benchmarks.verdicts.closed_loop.rules import (
    BEFORE,
    RULES,
    SERVED,
    Cbl,
    Estimate,
    Points,
    Psbl,
    SpamCop,
    TwoInANetwork,
    WithNames,
    WithoutNames,
    _fresh,
)
from benchmarks.verdicts.closed_loop.running import NOT_LISTED, Evidence, Levels, Loop, Rule
from reputation.addresses.address import Address, parse_address

SENDER = parse_address("192.0.2.1")
SURE = Evidence(trapped=0.0, filtered=1.0, recall=1.0, mistaken=0.0, complained=0.0)


class Noting:
    """A rule that lists from the first second to `until`, and notes what it is told."""

    def __init__(self, until: int = 0) -> None:
        self.until, self.told = until, list[tuple[int, str]]()

    def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
        self.told.append((at, "ask"))
        return False, at < self.until, True, True

    def report(self, at: int, address: Address, source: str, reporter: str, known: bool) -> None:
        self.told.append((at, source))

    def clean(self, at: int, address: Address) -> None:
        self.told.append((at, "clean"))


def message(is_spam: bool = True, retry: Retry = ONCE) -> Message:
    return Message(1000, SENDER, 1, "", "kind", is_spam, 1.0, retry)


def test_what_is_deferred_shows_its_filter_nothing() -> None:
    rule = Noting(until=5000)
    found = Loop(rule, SURE, 1, 0).run([message()])

    assert rule.told == [(1000, "ask")]
    assert (found.spam["kind"].tried, found.spam["kind"].deferred, found.spam["kind"].lost) == (1, 1, 1)


def test_what_comes_in_is_judged_by_the_filter() -> None:
    rule = Noting()
    Loop(rule, SURE, 1, 0).run([message(), message(is_spam=False)])

    assert Counter(what for _, what in rule.told) == {"ask": 2, "filter": 1, "clean": 1}


def test_each_level_defers_by_itself() -> None:
    deferred = [Loop(Noting(), SURE, level, 0).run([message()]).spam_deferred for level in range(4)]

    assert deferred == [0, 0, 1, 1]


def test_a_sender_comes_again_until_it_comes_in_or_gives_up() -> None:
    patient, hasty = Noting(until=1500), Noting(until=1500)
    came = Loop(patient, SURE, 1, 0).run([message(False, Retry(3, 600))])
    left = Loop(hasty, SURE, 1, 0).run([message(False, Retry(2, 300))])

    assert [at for at, what in patient.told if what == "ask"] == [1000, 1600]
    assert came.good["kind"].lost == 0 and came.good_bounced == 0
    assert left.good["kind"].lost == 1 and left.good_bounced == 1


def test_a_queue_comes_again_for_two_days() -> None:
    rule = Noting(until=10 * DAY)
    found = Loop(rule, SURE, 1, 0).run([message(False, Retry(10, 600, is_queue=True))])
    times = [at for at, _ in rule.told]

    assert 2 * DAY <= times[-1] - times[0] <= 2 * DAY + 4 * HOUR and len(times) > 10
    assert found.good["kind"].lost == 1


def test_only_first_tries_within_the_measured_time_count() -> None:
    found = Loop(Noting(), SURE, 1, 2000).run([message(), message()._replace(at=3000)])

    assert found.spam["kind"].tried == 1


@pytest.mark.parametrize("stream", [everyday, campaigns])
def test_a_stream_is_the_same_for_the_same_seed_and_another_for_another(stream: object) -> None:
    assert callable(stream)
    amount = Amount(3, 400)
    first, second, other = stream(1, amount), stream(1, amount), stream(2, amount)

    assert first == second and first != other
    assert all(one.at <= next_one.at for one, next_one in pairwise(first))
    assert 800 < len(first) < 1600
    assert 0.35 < sum(one.is_spam for one in first) / len(first) < 0.7


def test_the_two_streams_have_twenty_kinds_of_senders() -> None:
    amount = Amount(5, 2000)
    kinds = {(one.kind, one.is_spam) for one in everyday(1, amount)}
    others = {(one.kind, one.is_spam) for one in campaigns(1, amount)}

    assert len(kinds) >= 25 and len(others) >= 14
    assert {kind for kind, _ in others} != {kind for kind, _ in kinds}


def test_networks_never_overlap() -> None:
    land = Land()
    networks = [(land.network(prefix), prefix) for prefix in (24, 16, 24, 22, 20, 24)]
    spans = sorted((first, first + (1 << (32 - prefix))) for first, prefix in networks)

    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    assert all(first % (1 << (32 - prefix)) == 0 for first, prefix in networks)


def test_it_is_told_how_soon_a_sender_is_listed_that_sends_again_and_again() -> None:
    class After(Noting):
        def ask(self, at: int, address: Address, asn: int, name: str) -> Levels:
            return (at >= self.until,) * 4

    three = [message()._replace(at=at) for at in (1000, 1600, 2200)]
    others = [one._replace(address=parse_address("192.0.2.9"), at=one.at + 1) for one in three[:2]]

    assert Loop(After(until=1500), SURE, 1, 0).run([*three, *others]).to_list == [600]
    assert Loop(After(until=9000), SURE, 1, 0).run(three).to_list == [NOT_LISTED]
    assert Loop(After(until=1500), SURE, 1, 1500).run(three).to_list == [], "it was there before"


def listed(rule: Rule, *asked: int, name: str = "mail.d1.example") -> list[bool]:
    return [rule.ask(at, SENDER, 1, name)[1] for at in asked]


def told(rule: Rule, *reports: int, source: str = "trap", name: str = "mail.d1.example", clean: int = 0) -> Rule:
    """A rule that was asked and told of clean mail first, and then of spam."""
    rule.ask(0, SENDER, 1, name)
    for _ in range(clean):
        rule.clean(0, SENDER)
    for at in reports:
        rule.report(at, SENDER, source, source, True)
    return rule


def test_spamcop_weighs_the_newest_report_4_and_one_of_two_days_1() -> None:
    assert [_fresh(age) for age in (0, 24 * HOUR, 48 * HOUR, 6 * DAY)] == [4, 2.5, 1, 1]


def test_spamcop_lists_nobody_by_one_report_and_for_12_hours_by_two() -> None:
    assert listed(told(SpamCop(), 0), 1) == [False]
    assert listed(told(SpamCop(), 0, 1), 2, 12 * HOUR, 12 * HOUR + 2) == [True, True, False]
    assert listed(told(SpamCop(), 0, 1, 2), 23 * HOUR, 25 * HOUR) == [True, False]


def test_spamcop_sets_the_reports_against_the_mail_that_was_seen() -> None:
    few, many = SpamCop(), SpamCop()
    for rule, connections in ((few, 500), (many, 1000)):
        for at in range(connections):
            rule.ask(at, SENDER, 1, "")

    assert listed(told(few, 1000, 1001, 1002, source="complaint"), 1003) == [True]
    assert listed(told(many, 1000, 1001, 1002, source="complaint"), 1003) == [False]


def test_psbl_lists_by_one_trap_for_15_days_and_a_real_server_until_it_is_removed() -> None:
    asked = (HOUR, 13 * HOUR, 14 * DAY, 16 * DAY)

    assert listed(told(Psbl(), 0), *asked) == [True, True, True, False]
    assert listed(told(Psbl(), 0, clean=5), *asked) == [True, False, False, False]
    assert listed(told(Psbl(), 0, name="mail-out.d1.example"), *asked) == [False] * 4
    assert listed(told(Psbl(), *range(11)), 300 * DAY) == [True]
    assert listed(told(Psbl(), 0, source="filter"), *asked) == [False] * 4


def test_a_rule_like_cbls_spares_whoever_has_a_name_of_its_own_and_complaints() -> None:
    line = "192-0-2-1.dyn.example"

    assert listed(told(Cbl(), 0, name=line), 6 * DAY, 8 * DAY, name=line) == [True, False]
    assert listed(told(Cbl(), 0), HOUR) == [False]
    assert listed(told(Cbl(), 0, source="complaint", name=line), HOUR, name=line) == [False]


def test_two_reports_of_a_network_within_a_day_list_it_for_six_hours() -> None:
    assert listed(told(TwoInANetwork(), 0), 1) == [False]
    assert listed(told(TwoInANetwork(), 0, 25 * HOUR), 25 * HOUR + 1) == [False]
    assert listed(told(TwoInANetwork(), 0, HOUR), 6 * HOUR, 8 * HOUR) == [True, False]


def test_points_list_for_an_hour_after_one_trap_and_longer_after_more() -> None:
    assert listed(told(Points(), 0), HOUR - 1, HOUR) == [True, False]
    assert listed(told(Points(), *range(0, 10 * HOUR, HOUR)), 20 * HOUR) == [True]
    assert listed(told(Points(), 0, clean=150), 1) == [False]
    assert listed(told(Points(), *[0] * 9, source="complaint", clean=100), 1) == [False]


def test_ten_listed_addresses_list_their_network_by_points() -> None:
    rule = Points()
    for number in range(10):
        assert not rule.ask(0, parse_address("192.0.2.99"), 1, "")[1]
        rule.report(0, parse_address(f"192.0.2.{number}"), "trap", "trap", True)

    assert rule.ask(1, parse_address("192.0.2.99"), 1, "")[1]


def test_what_is_served_is_the_same_whatever_name_an_address_has() -> None:
    messages = everyday(3, Amount(6, 300))
    nameless = [one._replace(name="") for one in messages]

    served, named = (Loop(rule(), Evidence(), 1, 0).run(messages) for rule in (WithoutNames, WithNames))
    assert served == Loop(WithoutNames(), Evidence(), 1, 0).run(nameless) != named


def test_what_is_served_lists_no_network_of_which_no_spam_is_known_whatever_its_provider_has_sent() -> None:
    unseen = parse_address("198.51.100.1")
    first, rule = Estimate(), WithoutNames()
    for one in (first, rule):
        for number in range(60):
            address = parse_address(f"10.{number}.0.1")
            one.ask(number, address, 64_500, "")
            one.report(number, address, "filter", "filter", True)

    assert first.ask(100, unseen, 64_500, "")[1]
    assert rule.ask(100, unseen, 64_500, "") == (False, False, False, False)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_lists_somebody_and_spares_most_good_mail(rule: str) -> None:
    messages = everyday(3, Amount(6, 1500))
    found = Loop(RULES[rule](), Evidence(trapped=0.05), 1, 2 * DAY).run(messages)

    assert 0.005 < found.spam_deferred
    assert found.good_deferred < found.spam_deferred


def test_levels_defer_more_the_higher_they_are() -> None:
    messages = everyday(4, Amount(6, 1500))
    shares = [Loop(Estimate(), Evidence(), level, 2 * DAY).run(messages).spam_deferred for level in range(4)]

    assert shares == sorted(shares) and shares[0] < shares[3]


def test_the_estimate_defers_more_spam_than_points_on_the_stream_that_it_was_not_tuned_on() -> None:
    messages = campaigns(8, Amount(10, 2500))
    rules = (Estimate(), RULES[SERVED](), RULES[BEFORE]())
    ours, served, before = (Loop(rule, Evidence(), 1, 4 * DAY).run(messages) for rule in rules)

    assert ours.spam_deferred > 0.6 and ours.good_deferred < 0.008
    assert ours.spam_deferred > 1.15 * before.spam_deferred
    assert ours.good_bounced < 0.002
    assert before.spam_deferred < served.spam_deferred < ours.spam_deferred and served.good_deferred < 0.008


@pytest.mark.parametrize("attack", adversary.ATTACKS[:5], ids=lambda attack: attack.name)
def test_of_a_thousand_messages_an_adversary_gets_at_most_a_hundred_through(attack: adversary.Attack) -> None:
    background = everyday(5, Amount(6, 1500))

    assert adversary.through(Estimate(), attack, background, 6) <= 100


def test_nine_of_ten_cleaned_servers_are_let_go_within_half_a_day() -> None:
    messages = everyday(6, Amount(9, 2500))
    found = adversary.let_go(Estimate(), messages, Evidence())
    still, all_of_them = found[12]

    assert all_of_them >= 15
    assert still <= all_of_them / 10
    assert found[1][0] > all_of_them / 2, "none was listed in the first place"
