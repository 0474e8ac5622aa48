"""What holds of the estimate, whatever its numbers are; and what an adversary gets for its efforts."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reputation.addresses.address import Address, parse_address
from reputation.intake import estimate, learned
from reputation.intake.estimate import (
    COMPLAINTS_A_DAY,
    DAY,
    HOUR,
    LEVELS,
    NEVER,
    RETRY,
    THRESHOLDS,
    Hours,
    Node,
    Path,
    Sender,
    Times,
    Verdict,
    after_clean,
    after_question,
    after_report,
)
from reputation.intake.learned import Learned
from reputation.intake.sender_memory import SenderMemory

NOON = 1_800_000_000
SUBJECT = parse_address("192.0.2.7")
NEIGHBOURS = [parse_address(text) for text in ("192.0.2.7", "192.0.2.8", "192.0.3.9", "198.51.100.1", "2001:db8::1")]
SOURCES = ("trap", "filter", "complaint", "hand")

happenings = st.lists(
    st.tuples(
        st.integers(0, 40 * HOUR), st.sampled_from(NEIGHBOURS), st.sampled_from(("asked", "clean", *SOURCES))
    ),
    max_size=60,
)  # fmt: skip


def after(events: list[tuple[int, Address, str]]) -> SenderMemory:
    """Let events happen, in the order of time."""
    memory, now = SenderMemory(), NOON
    for wait, address, what in events:
        now += wait
        happen(memory, address, what, now)
    return memory


def happen(memory: SenderMemory, address: Address, what: str, now: int) -> None:
    if what == "asked":
        memory.asked(address, now, 64_500, "mail.example")
    elif what == "clean":
        memory.found_clean(address, now)
    else:
        memory.reported(address, now, what)


def end_of(events: list[tuple[int, Address, str]]) -> int:
    return NOON + sum(wait for wait, _, _ in events)


def ends(verdict: Verdict) -> list[int]:
    return [max(own, other) for own, other in zip(verdict.own, verdict.networks, strict=True)]


@given(happenings, st.integers(0, 2 * DAY), st.sampled_from(SOURCES), st.floats(0.01, 10))
def test_one_more_report_never_shortens_a_listing_for_spam_of_its_own(
    events: list[tuple[int, Address, str]], wait: int, source: str, weight: float
) -> None:
    path = after(events).path_of(SUBJECT)
    more = after_report(path, end_of(events) + wait, source, weight)

    assert all(new >= old for new, old in zip(more.sender.until, path.sender.until, strict=True))


@given(happenings, st.sampled_from(SOURCES))
def test_one_more_report_never_lowers_the_estimate_of_its_sender(
    events: list[tuple[int, Address, str]], source: str
) -> None:
    path = after([*events, (0, SUBJECT, "hand")]).path_of(SUBJECT)
    more = after_report(path, end_of(events), source)

    assert estimate.estimate(more) >= estimate.estimate(path) - 1e-12


@given(happenings, st.integers(0, 2 * DAY), st.sampled_from(NEIGHBOURS), st.sampled_from(SOURCES))
@example([(1000, NEIGHBOURS[1], "trap"), (0, NEIGHBOURS[1], "trap")], 600, NEIGHBOURS[2], "trap")
def test_one_more_report_that_comes_late_shortens_no_listing(
    events: list[tuple[int, Address, str]], late: int, about: Address, source: str
) -> None:
    before, memory = after(events), after(events)
    newest = memory.path_of(about).nodes[-1].last
    memory.reported(about, max(newest, NOON) - late, source)

    for address in NEIGHBOURS:
        old, new = (ends(estimate.verdict(one.path_of(address))) for one in (before, memory))
        assert all(later >= sooner for later, sooner in zip(new, old, strict=True))


REPORTS = st.lists(st.tuples(st.integers(0, 50), st.sampled_from("abc")), max_size=12)


@given(REPORTS)
@example([(1000, "a"), (400, "b")])
@example([(1000, "a"), (1100, "b"), (900, "a"), (1050, "c")])
def test_of_reports_in_any_order_the_newest_of_the_others_is_kept(reports: list[tuple[int, str]]) -> None:
    nodes = (Node(),) * estimate.WORLD
    for at, name in reports:
        nodes = after_report(Path(name, nodes=nodes), at, "trap").nodes

    for sender in "abcd":
        newest = max((at for at, name in reports if name != sender), default=NEVER)
        assert {node.newest_but(sender) for node in nodes} == {newest}


def test_a_report_without_weight_is_no_report() -> None:
    path = after_report(Path("192.0.2.7"), NOON, "trap")

    assert all(after_report(path, NOON + HOUR, source, 0) == path for source in SOURCES)


@given(happenings, st.integers(0, 2 * DAY), st.integers(1, 100))
def test_clean_mail_never_lengthens_a_listing(events: list[tuple[int, Address, str]], wait: int, messages: int) -> None:
    path, at = after(events).path_of(SUBJECT), end_of(events) + wait
    cleaner = after_clean(path._replace(sender=path.sender._replace(passed=False)), at, messages)
    before, now = (
        ends(estimate.verdict(path._replace(sender=path.sender._replace(passed=False)))),
        ends(estimate.verdict(cleaner)),
    )

    assert all(new <= max(old, at) for new, old in zip(now, before, strict=True))


@given(happenings, st.integers(0, 40 * DAY))
def test_time_alone_lists_nobody(events: list[tuple[int, Address, str]], wait: int) -> None:
    path, at = after(events).path_of(SUBJECT), end_of(events)
    verdict = estimate.verdict(path)

    for now, later in zip(verdict.listed(at), verdict.listed(at + wait), strict=True):
        assert now or not later


@given(happenings)
def test_what_a_level_lists_the_next_one_lists_not_for_a_shorter_time(events: list[tuple[int, Address, str]]) -> None:
    for address in NEIGHBOURS:
        found = ends(estimate.verdict(after(events).path_of(address)))

        assert found == sorted(found)


@given(happenings)
def test_nothing_lasts_beyond_twelve_hours_after_the_newest_spam(events: list[tuple[int, Address, str]]) -> None:
    path = after(events).path_of(SUBJECT)
    newest = max(path.sender.last, *(node.last for node in path.nodes))

    assert max(ends(estimate.verdict(path))) <= max(0, newest, path.hours.at) + 12 * HOUR


@given(happenings, st.integers(1, 100))
def test_connections_that_bring_nothing_take_no_sender_off_its_list(
    events: list[tuple[int, Address, str]], connections: int
) -> None:
    path, at = after([*events, (0, SUBJECT, "trap"), (0, SUBJECT, "trap")]).path_of(SUBJECT), end_of(events)
    asked = path
    for number in range(connections):
        asked = after_question(asked, at + number, 0.02)

    assert asked.sender.until == path.sender.until
    assert (asked.sender.spam, asked.sender.seen, asked.sender.clean) == (
        path.sender.spam, path.sender.seen, path.sender.clean,
    )  # fmt: skip


@given(happenings)
def test_what_others_ask_changes_nothing_that_is_known_of_a_sender(events: list[tuple[int, Address, str]]) -> None:
    without = [each for each in events if each[2] != "asked" or each[1] == SUBJECT]
    times, kept, now = [], [], NOON
    for wait, address, what in events:
        now += wait
        if (wait, address, what) in without:
            kept.append((now, address, what))
        times.append(now)
    memory = SenderMemory()
    for at, address, what in kept:
        happen(memory, address, what, at)

    for field in ("spam", "seen", "clean", "last"):
        assert getattr(memory.path_of(SUBJECT).sender, field) == pytest.approx(
            getattr(after(events).path_of(SUBJECT).sender, field)
        )


def test_the_levels_are_ordered_and_are_those_of_the_console() -> None:
    assert LEVELS == 4
    assert list(THRESHOLDS) == sorted(THRESHOLDS, reverse=True)
    for stays in (estimate.OWN_STAYS, estimate.NETWORK_STAYS):
        assert list(stays) == sorted(stays) and max(stays) <= 12 * HOUR


def test_a_step_that_has_seen_nothing_says_what_the_one_above_says() -> None:
    assert estimate.leaned(0, 0, 4, 0.7) == pytest.approx(0.7)
    assert estimate.leaned(3, 3, 1, 0.0) == pytest.approx(0.75)
    assert estimate.leaned(0, 3, 1, 1.0) == pytest.approx(0.25)


def test_one_message_lists_its_sender_at_level_4_whoever_it_is_and_at_no_other() -> None:
    path = Path("192.0.2.7", Sender(NOON, seen=5000, clean=5000), (Node(NOON, 100, 50_000),) * 5)
    found = estimate.verdict(after_report(path, NOON, "filter"))

    assert found.listed(NOON + 1) == (False, False, False, True)
    assert found.own[3] == NOON + estimate.OWN_STAYS[3]


def test_a_server_that_was_broken_into_is_listed_by_its_second_message_and_let_go_within_half_a_day() -> None:
    path = Path("192.0.2.7", Sender(NOON - DAY, seen=300, clean=300), (Node(NOON, 100, 50_000),) * 5)
    path = after_report(path, NOON, "filter", recall=0.9)
    assert not estimate.verdict(path).listed(NOON + 1)[1]
    path = after_report(path, NOON + 60, "filter", recall=0.9)

    found = estimate.verdict(path)
    assert found.listed(NOON + 61)[1]
    assert not any(found.listed(NOON + 60 + 12 * HOUR))


def infested(spam: int = 12, at: int = NOON) -> SenderMemory:
    """A /24 of which as many addresses have sent spam, in a world that is half of it good."""
    memory = SenderMemory()
    for number in range(200):
        memory.found_clean(Address(4, (203 << 24) + (number << 12)), at - HOUR)
    for number in range(spam):
        memory.reported(Address(4, (192 << 24) + (2 << 8) + number), at - 60 * number, "filter")
    return memory


def test_an_address_that_was_never_seen_is_deferred_for_its_network_and_passes_when_it_comes_again() -> None:
    memory, stranger = infested(), parse_address("192.0.2.200")
    quiet = parse_address("203.0.113.9")

    assert memory.asked(stranger, NOON + 1).listed(NOON + 1)[1]
    assert not memory.asked(quiet, NOON + 1).listed(NOON + 1)[1]
    assert memory.asked(stranger, NOON + RETRY).listed(NOON + RETRY)[1]
    assert not memory.asked(stranger, NOON + RETRY + 1).listed(NOON + RETRY + 1)[1]


def test_who_passed_and_sent_spam_is_listed_and_where_all_do_so_nobody_passes_any_more() -> None:
    memory, later = infested(), NOON + RETRY
    strangers = [parse_address(f"192.0.2.{number}") for number in range(200, 210)]
    for address in strangers:
        memory.asked(address, NOON)
    for address in strangers[:3]:
        assert not memory.asked(address, later).listed(later)[1]
        memory.reported(address, later, "filter")
        assert memory.asked(address, later).listed(later)[1]

    assert memory.asked(strangers[5], later + 3).listed(later + 3)[1]


def test_who_passed_and_has_sent_clean_mail_passes_on_whatever_others_have_done_that_passed() -> None:
    memory, later = infested(), NOON + RETRY
    honest, *bots = (parse_address(f"192.0.2.{number}") for number in range(200, 210))
    for address in (honest, *bots):
        memory.asked(address, NOON)
        memory.asked(address, later)
    memory.found_clean(honest, later, 2)
    for address in bots:
        memory.reported(address, later, "filter")

    assert estimate.is_closed(memory.path_of(honest).hours)
    assert not memory.asked(honest, later + 1).listed(later + 1)[1]
    memory.reported(honest, later + 2, "trap")
    assert memory.asked(honest, later + 2).listed(later + 2)[1]


def test_whoever_passed_speaks_once_for_those_who_do_however_much_clean_mail_follows() -> None:
    path = Path("192.0.2.7", sender=Sender(passed=True))
    for number in range(20):
        path = after_clean(path, NOON + number)
    assert path.sender.passed and path.hours.passed_clean == pytest.approx(1, abs=0.01)


def test_a_sender_that_has_sent_clean_mail_too_is_let_go_sooner() -> None:
    reported = after_report(Path("192.0.2.7", nodes=(Node(NOON, 60.0, 60.0),) * estimate.WORLD), NOON, "trap")
    rated = after_clean(Path("192.0.2.7", nodes=(Node(NOON, 60.0, 60.0),) * estimate.WORLD), NOON - DAY, 2)
    for _ in range(12):
        rated = after_report(rated, NOON, "trap")

    assert [end - NOON for end in reported.sender.until] == [3 * HOUR, 10 * HOUR, 10 * HOUR, 12 * HOUR]
    assert [end - NOON for end in rated.sender.until[1:]] == [5 * HOUR, 5 * HOUR, 12 * HOUR]
    assert rated.sender.until[0] <= NOON + 3 * HOUR // 2


def test_a_network_is_listed_for_a_stranger_only_where_one_is_surer() -> None:
    for likely, listed in ((0.86, False), (0.89, True)):
        node = Node(NOON, 1000 * likely, 1000.0, NOON, "a", NOON)
        path = Path("192.0.2.7", nodes=(node,) * estimate.WORLD)
        assert estimate.estimate(path) == pytest.approx(likely, abs=0.01)
        assert (estimate.verdict(path).networks[1] > NOON) == listed
    assert estimate.thresholds(path) == estimate.NETWORK_THRESHOLDS
    assert estimate.thresholds(path._replace(sender=Sender(spam=1.0))) == THRESHOLDS


def test_a_sender_with_mail_of_its_own_does_not_hang_on_its_neighbours() -> None:
    memory, server = infested(), parse_address("192.0.2.25")
    for day in range(10):
        for _ in range(3):
            memory.found_clean(server, NOON - (10 - day) * DAY)

    assert not memory.asked(server, NOON + 1).listed(NOON + 1)[1]


def test_one_address_however_much_it_sends_speaks_for_no_network() -> None:
    memory, neighbour = SenderMemory(), parse_address("192.0.2.8")
    for number in range(200):
        memory.found_clean(Address(4, (203 << 24) + (number << 12)), NOON - HOUR)
    for number in range(500):
        memory.reported(SUBJECT, NOON + number, "filter")

    assert memory.asked(SUBJECT, NOON + 600).listed(NOON + 600)[1]
    assert not memory.asked(neighbour, NOON + 600).listed(NOON + 600)[1]


def test_all_complaints_of_a_day_are_worth_one_trap_and_what_comes_beyond_renews_nothing() -> None:
    many = one = Path("192.0.2.7")
    for number in range(1000):
        many = after_report(many, NOON + number, "complaint")
    one = after_report(one, NOON, "trap")

    assert many.sender.spam == pytest.approx(one.sender.spam, rel=0.01)
    assert many.sender.last <= NOON + 10 and many.hours.spam <= one.hours.spam + 1
    assert after_report(many, NOON + 1000, "complaint") == many
    assert after_report(Path("192.0.2.7"), NOON, "complaint", 10).sender.spam == COMPLAINTS_A_DAY


def test_complaints_about_one_address_however_light_make_no_network_hot() -> None:
    path = Path("192.0.2.7")
    for number in range(5000):
        path = after_report(path, NOON + 20 * number, "complaint", 0.01)

    assert not estimate.is_hot(path)


def test_a_verdict_of_a_filter_that_finds_seven_of_ten_stands_for_more() -> None:
    weak = after_report(Path("192.0.2.7"), NOON, "filter", recall=0.7)

    assert weak.sender.spam == pytest.approx(1 / 0.7)
    assert weak.sender.seen == 1


def test_a_source_without_a_weight_is_no_evidence() -> None:
    with pytest.raises(KeyError):
        after_report(Path("192.0.2.7"), NOON, "rumour")


def test_late_evidence_counts_as_of_the_newest_and_makes_no_time_go_back() -> None:
    path = after_report(Path("192.0.2.7"), NOON, "trap")
    late = after_report(path, NOON - DAY, "trap")

    assert late.sender.at == NOON and late.sender.last == NOON
    assert late.sender.spam == pytest.approx(2 * estimate.WEIGHTS["trap"])
    assert all(node.at == NOON and node.last == NOON for node in late.nodes)


def test_the_newest_spam_of_others_leaves_out_the_sender_itself() -> None:
    assert Node(last=20, by="a", other=10).newest_but("a") == 10
    assert Node(last=20, by="a", other=10).newest_but("b") == 20
    assert Node().newest_but("a") == NEVER


def test_those_who_pass_close_the_way_for_others_only_where_they_send_next_to_nothing_but_spam() -> None:
    assert not estimate.is_closed(Hours())
    assert not estimate.is_closed(Hours(passed_spam=2.0))
    assert estimate.is_closed(Hours(passed_spam=3.0))
    assert not estimate.is_closed(Hours(passed_spam=3.0, passed_clean=1.0))
    assert estimate.is_closed(Hours(passed_spam=9.0, passed_clean=1.0))


def test_clean_mail_and_questions_do_not_keep_a_hot_network_listed() -> None:
    memory = SenderMemory()
    for host in range(60):
        memory.reported(parse_address(f"192.0.2.{host}"), NOON, "trap")
    until = estimate.verdict(memory.path_of(parse_address("192.0.2.200"))).networks

    memory.found_clean(parse_address("192.0.2.201"), NOON + 6 * HOUR)
    memory.asked(parse_address("192.0.2.202"), NOON + 7 * HOUR)

    after = estimate.verdict(memory.path_of(parse_address("192.0.2.200"))).networks
    assert max(until) == NOON + 12 * HOUR and all(new <= old for new, old in zip(after, until, strict=True))


def test_one_sender_alone_lists_no_network_however_long_it_sends() -> None:
    memory = SenderMemory()
    memory.asked(SUBJECT, NOON, 64_500)
    for day in range(60):
        memory.reported(SUBJECT, NOON + day * DAY, "trap")

    assert estimate.verdict(memory.path_of(parse_address("192.0.2.200"))).networks == (0, 0, 0, 0)


def test_what_fades_is_half_after_its_half_life() -> None:
    one = estimate.faded(Sender(NOON, spam=8, seen=8, recent_spam=8, clean=8), NOON + 5 * DAY)

    assert (one.spam, one.seen) == pytest.approx((4, 4))
    assert one.recent_spam == pytest.approx(8 / 2**10)
    assert one.clean == pytest.approx(8 * 2 ** (-5 / 7))
    assert estimate.faded(one, NOON) == one


def test_a_connection_counts_once_a_day_and_for_the_networks_alone() -> None:
    path = Path("192.0.2.7")
    for number in range(100):
        path = after_question(path, NOON + 60 * number, 0.5)

    assert [node.seen for node in path.nodes] == pytest.approx([0.5, 0.5, 0, 0, 0], rel=0.01)
    assert after_question(path, NOON + DAY, 0.5).nodes[0].seen == pytest.approx(0.5 + 0.5 * 2 ** (-1 / 7), rel=0.01)


def test_questions_alone_never_make_what_many_networks_share_look_better_than_usual() -> None:
    memory = SenderMemory()
    for number in range(60):
        address = parse_address(f"45.{number}.7.9")
        memory.asked(address, NOON, 64_500)
        memory.reported(address, NOON, "trap")
    for number in range(4000):
        memory.asked(parse_address(f"46.{number >> 8}.{number & 255}.9"), NOON, 64_500)

    _, _, provider, name_class, world = memory.path_of(parse_address("45.0.7.9")).nodes
    assert provider.spam >= 0.1 * provider.seen - 1e-6
    assert world.spam >= 0.5 * world.seen - 1e-6 and name_class.spam >= 0.3 * name_class.seen - 1e-6


@pytest.mark.parametrize("a_day", [1, 3, 24])
def test_whoever_sends_more_than_counts_in_a_day_gives_its_network_no_less(a_day: int) -> None:
    spam, clean = Path("192.0.2.7"), Path("192.0.2.7")
    for number in range(20 * a_day):
        at = NOON + number * DAY // a_day
        spam, clean = after_report(spam, at, "trap"), after_clean(clean, at)

    assert spam.nodes[0].spam >= 9 and clean.nodes[0].seen >= 8


def test_two_senders_speak_for_their_network_only_where_both_sent_spam_lately() -> None:
    memory = SenderMemory()
    memory.reported(NEIGHBOURS[1], NOON, "trap")
    for number in range(9):
        memory.reported(SUBJECT, NOON + 80 * DAY + number * DAY, "trap")

    assert estimate.verdict(memory.path_of(parse_address("192.0.2.200"))).networks == (0, 0, 0, 0)
    memory.reported(NEIGHBOURS[1], NOON + 89 * DAY, "trap")
    assert max(estimate.verdict(memory.path_of(parse_address("192.0.2.200"))).networks) > NOON + 89 * DAY


def test_complaints_about_those_who_passed_close_the_way_for_nobody() -> None:
    path = Path("192.0.2.7", Sender(passed=True))

    assert after_report(path, NOON, "complaint").hours.passed_spam == 0
    assert after_report(path, NOON, "trap").hours.passed_spam == 1


def test_ends_are_whole_seconds_of_the_unix_clock_or_0() -> None:
    found: Times = estimate.verdict(Path("192.0.2.7")).own

    assert found == (0, 0, 0, 0)
    assert estimate.verdict(Path("192.0.2.7")).networks == (0, 0, 0, 0)


def test_what_a_question_weighs_follows_from_traps_and_stays_within_bounds() -> None:
    assert learned.weight_of_question(Learned(), NOON) == learned.LEAST_ASKED
    assert learned.weight_of_question(Learned(NOON, trapped=60, asked=1000), NOON) == pytest.approx(60 / 650)
    assert learned.weight_of_question(Learned(NOON, trapped=1e6, asked=10), NOON) == learned.MOST_ASKED


def test_what_a_filter_finds_is_learned_from_senders_that_hit_traps() -> None:
    assert learned.recall(Learned(), NOON) == pytest.approx(0.9)
    found, sender = Learned(), Sender(NOON, trapped=NOON)
    for number in range(200):
        found = learned.after_filter(found, NOON + number, sender, is_spam=number % 10 < 6)

    assert learned.recall(found, NOON) == pytest.approx((120 + 18) / 220, rel=0.01)


def test_of_honest_senders_and_of_those_far_from_a_trap_nothing_is_learned_about_a_filter() -> None:
    for sender in (Sender(), Sender(NOON, trapped=NOON - DAY), Sender(NOON, trapped=NOON, clean=3)):
        assert learned.after_filter(Learned(), NOON, sender, is_spam=False) == Learned()


def test_what_a_filter_said_before_the_trap_is_counted_once() -> None:
    sender = Sender(NOON, seen=5, found=3)
    first = learned.after_trap(Learned(NOON), NOON, sender)
    again = learned.after_trap(first, NOON, sender._replace(trapped=NOON))

    assert (first.looked, first.found, first.trapped) == (5, 3, 1)
    assert (again.looked, again.found, again.trapped) == (5, 3, 2)


@given(happenings, st.floats(0, 100))
def test_a_list_says_nothing_alone_and_no_more_than_twice_what_was_seen(
    events: list[tuple[int, Address, str]], word: float
) -> None:
    path = after(events).path_of(SUBJECT)
    spam, seen = estimate.sums(path, estimate.ADDRESS, end_of(events))
    told, of_all = estimate.with_lists(path._replace(listed=word), end_of(events))

    assert told - spam == pytest.approx(of_all - seen)
    assert 0 <= told - spam <= min(word, estimate.LISTED_MOST, 2 * spam) + 1e-9
    assert estimate.estimate(path._replace(listed=word)) >= estimate.estimate(path) - 1e-12
    assert spam or estimate.estimate(path._replace(listed=word)) == estimate.estimate(path)


@given(happenings, st.sampled_from(SOURCES), st.floats(0, 100))
def test_a_list_adds_nothing_to_networks_and_shortens_no_listing(
    events: list[tuple[int, Address, str]], source: str, word: float
) -> None:
    path = after(events).path_of(SUBJECT)
    alone = after_report(path, end_of(events), source)
    told = after_report(path._replace(listed=word), end_of(events), source)

    assert (told.nodes, told.hours) == (alone.nodes, alone.hours)
    assert all(new >= old for new, old in zip(told.sender.until, alone.sender.until, strict=True))


def test_one_message_and_a_list_that_is_right_weigh_like_three() -> None:
    stranger = Path("192.0.2.7", nodes=(Node(NOON, 60.0, 100.0),) * estimate.WORLD)
    alone = after_report(stranger, NOON, "trap").sender.until
    listed = after_report(stranger._replace(listed=4.0), NOON, "trap").sender.until
    complained = after_report(stranger._replace(listed=30.0), NOON, "complaint").sender.until

    assert [end > 0 for end in alone] == [False, False, True, True]
    assert [end > 0 for end in listed] == [False, True, True, True]
    assert [end > 0 for end in complained] == [False, False, False, True]


def test_a_list_does_not_make_up_for_clean_mail_of_the_senders_own() -> None:
    known = after_clean(Path("192.0.2.7", listed=30.0), NOON, 20)
    assert max(after_report(known, NOON, "filter").sender.until[:3]) == 0
