"""When a changed list waits for a person."""

import pytest

from reputation.intake.bounds import FeedBounds
from reputation.intake.change_review import Change, compare, why_held
from tests.reputation.intake.lists import plain_list, read


def judged(before: str, after: str, **bounds: float) -> tuple[Change, str]:
    live, parsed = read(before), read(after)
    differs = compare(parsed, parsed.ranges, live.ranges, live.entries)
    return differs, why_held(differs, live.ranges, live.entries, FeedBounds.of(bounds))


def test_the_first_list_is_new_as_a_whole_and_held_by_nobody() -> None:
    parsed = read(plain_list(50))
    differs = compare(parsed, parsed.ranges, None, 0)

    assert differs == Change(entries=50, added=50, removed=0, addresses4=50)
    assert why_held(differs, None, 0, FeedBounds()) == ""


@pytest.mark.parametrize("after,held", [
    (plain_list(100), False), (plain_list(130), False), (plain_list(131), True), (plain_list(70), False),
    (plain_list(69), True), (plain_list(100, first=30), False), (plain_list(100, first=32), True),
])  # fmt: skip
def test_more_than_three_of_ten_entries_changed_are_held(after: str, held: bool) -> None:
    _, reason = judged(plain_list(100), after)

    assert bool(reason) is held


def test_the_reason_has_the_numbers_and_the_bound() -> None:
    _, reason = judged(plain_list(100), plain_list(40))

    assert reason == ("The list changed by 60% (0 entries came and 60 went, of 100); its bound max_change is 30%.")


def test_how_much_may_change_is_settable() -> None:
    assert judged(plain_list(100), plain_list(40), max_change=0.6)[1] == ""
    assert judged(plain_list(100), plain_list(101), max_change=0)[1] != ""


@pytest.mark.parametrize("count,held", [(19, False), (20, True)])
def test_a_small_list_is_too_little_to_compare_with(count: int, held: bool) -> None:
    assert bool(judged(plain_list(count), plain_list(1))[1]) is held


def test_entries_are_counted_as_they_are_written_though_they_touch() -> None:
    row = [f"192.0.2.{n}\n" for n in range(100)]

    differs, reason = judged("".join(row), "".join(row[:40]))

    assert differs == Change(entries=40, added=0, removed=60, addresses4=60)
    assert "60%" in reason


def test_an_entry_that_is_written_otherwise_has_not_changed() -> None:
    differs, reason = judged(plain_list(30) + "192.0.2.0/24\n", plain_list(30) + "192.0.2.0/25\n192.0.2.128/25\n")

    assert (differs.added, differs.removed, reason) == (0, 0, "")


def test_a_wide_network_among_many_addresses_is_held_for_its_addresses() -> None:
    _, reason = judged(plain_list(500), plain_list(500) + "11.0.0.0/8\n")

    assert reason.startswith("The list changed more than tenfold (16,777,216 IPv4 addresses came or went, of 500)")


def test_a_usual_network_among_many_addresses_is_not_held() -> None:
    assert judged(plain_list(500), plain_list(500) + "198.50.0.0/16\n")[1] == ""


def test_ipv6_entries_count_as_others_do() -> None:
    six = [f"2001:db8:{n:x}::/48\n" for n in range(1, 60)]

    differs, reason = judged("".join(six), "".join(six[:30]))

    assert (differs.entries, differs.added, differs.removed) == (30, 0, 29)
    assert reason


@pytest.mark.parametrize("before,after,held", [
    ("16.0.0.0/12\n", "", False),  # a /12 is not many yet
    ("16.0.0.0/12\n203.0.113.7\n", "", True),
    ("", "16.0.0.0/12\n", False),
    ("", "16.0.0.0/12\n203.0.113.7\n", True),
    ("16.0.0.0/8\n", "17.0.0.0/8\n", True),
    ("16.0.0.0/8\n", "16.0.0.0/9\n16.128.0.0/10\n", False),  # a quarter
    ("16.0.0.0/8\n", "16.0.0.0/9\n", True),  # half
])  # fmt: skip
def test_more_than_a_million_addresses_are_held_though_they_are_few_entries(
    before: str, after: str, held: bool
) -> None:
    _, reason = judged(plain_list(30) + before, plain_list(30) + after)

    assert bool(reason) is held
    assert ("IPv4 addresses came or went" in reason) is held


def test_addresses_are_told_with_how_many_there_were() -> None:
    _, reason = judged(plain_list(30) + "16.0.0.0/8\n", plain_list(30) + "17.0.0.0/8\n")

    assert reason == (
        "The list changed by 200% (33,554,432 IPv4 addresses came or went, of 16,777,246); its bound max_change is 30%."
    )


def test_a_small_list_that_takes_in_a_wide_network_is_held_for_its_addresses() -> None:
    _, reason = judged(plain_list(3), plain_list(3) + "11.0.0.0/8\n")

    assert "16,777,216 IPv4 addresses came or went, of 3" in reason
    assert judged(plain_list(3), plain_list(9) + "198.50.0.0/16\n")[1] == ""
