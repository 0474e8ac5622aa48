"""rbldnsd zone files; the rules and several examples are those of the manual, rbldnsd(8)."""

from datetime import UTC, datetime

import pytest

from reputation.intake.formats import FormatError, check, parse
from tests.conftest import NOON
from tests.reputation.intake.lists import listed, read, sample

DAY = 86400


def entries(text: str, option: str = "") -> list[str]:
    return listed(read(text, f"rbldnsd{option}").ranges)


@pytest.mark.parametrize("written", [
    "198.51.100.0/24", "198.51.100", "198.51.100/24", "198.51.100.0-198.51.100.255", "198.51.100.0-255",
    "198.51.100-198.51.100", "198.51.100-100", "198.51.100-198.51.100.255", "198.051.100",
])  # fmt: skip
def test_a_network_may_be_written_in_many_ways(written: str) -> None:
    assert entries(f"{written}\n") == ["198.51.100.0/24"]


@pytest.mark.parametrize("written", [
    "127.16.0.0-127.31.255.255", "127.16.0-127.31.255", "127.16-127.31", "127.16-31", "127.16.0.0/12", "127.16.0/12",
    "127.16/12",
])  # fmt: skip
def test_the_manuals_examples_of_a_wide_range(written: str) -> None:
    assert entries(f"{written}\n") == ["127.16.0.0/12"]


@pytest.mark.parametrize("written,meant", [
    ("2001:21ab:c000/36", "2001:21ab:c000::/36"),
    ("2001:21ab:def7:4242", "2001:21ab:def7:4242::/64"),
    ("2605:6001:42::/52", "2605:6001:42::/52"),
    ("::1", "::1"),
    ("2001:db8::", "2001:db8::"),
    ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
    ("2001:db8:1::/48:127.0.0.4:text", "2001:db8:1::/48 text"),
])  # fmt: skip
def test_ipv6_words_that_are_left_out_are_a_prefix(written: str, meant: str) -> None:
    assert entries(f"{written}\n") == [meant]


@pytest.mark.parametrize("line", [
    "198", "198.51.100.0/33", "198.51.100.1/24", "198.51.256", "198.51.100.9-3", "198.51.100.", "1.2.3.4.5",
    "192.0.2.2 :only a text", "192.0.2.2 :5 text", "192.0.2.2 :300:x", "192.0.2.2 :0:x", "192.0.2.2 ::x", ":x:y",
    "$TIMESTAMP soon", "spam.example", "$UNKNOWN x", "2001:db8:1::/32", "2001:db8::x", "! ", "198.51.100.1/",
    "198.51.100.1-",
])  # fmt: skip
def test_a_bad_line_is_a_warning(line: str) -> None:
    parsed = read(f"192.0.2.1\n{line}\n192.0.2.3\n", "rbldnsd")

    assert listed(parsed.ranges) == ["192.0.2.1", "192.0.2.3"]
    assert parsed.bad == 1
    assert parsed.warnings[0].startswith("line 2: ")


def test_an_exclusion_is_out_and_what_is_more_specific_is_in_again() -> None:
    zone = "198.51.0.0/16\n!198.51.100.0/24\n198.51.100.7\n!198.51.100.7/32\n198.51.100.9\n!192.0.2.1\n"

    assert entries(zone) == [
        "198.51.0.0-198.51.99.255",
        "198.51.100.9",
        "198.51.101.0-198.51.255.255",
    ]


def test_the_manuals_examples_of_defaults_and_texts() -> None:
    zone = """
        192.0.2.3
        :127.0.0.2:IP address $ is listed
        192.0.2.5
        192.0.2.7 :5
        192.0.2.9 :6:
        192.0.2.11 IP address $ running an open relay
        192.0.2.13 ; a comment, so the default
        192.0.2.15 # the same
        192.0.2.17:4:no blank needed
        192.0.2.19 only a text
        :3
        192.0.2.21
    """

    assert entries(zone) == [
        "192.0.2.3",
        "192.0.2.5 IP address $ is listed",
        "192.0.2.7 IP address $ is listed",
        "192.0.2.9",
        "192.0.2.11 IP address $ running an open relay",
        "192.0.2.13 IP address $ is listed",
        "192.0.2.15 IP address $ is listed",
        "192.0.2.17 no blank needed",
        "192.0.2.19 only a text",
        "192.0.2.21",
    ]


def test_variables_are_filled_in_wherever_they_are_set() -> None:
    zone = """
        $1 See http://www.example.com/bl
        192.0.2.1 $1/spammer/$ $2
        192.0.2.3 wants some $$$$. $1/$
        192.0.2.5 $7 is not set
        $2 for 5$
        $2 ignored, because it is the second
    """

    assert entries(zone) == [
        "192.0.2.1 See http://www.example.com/bl/spammer/$ for 5$$",
        "192.0.2.3 wants some $$$$. See http://www.example.com/bl/$",
        "192.0.2.5 $$7 is not set",
    ]


def test_the_manuals_example_of_a_base_template() -> None:
    zone = "$= See http://bl.example/?$= ($)\n192.0.2.1\tr123\n192.0.2.3\n192.0.2.5 =See others about $\n"

    assert entries(zone) == [
        "192.0.2.1 See http://bl.example/?r123 ($)",
        "192.0.2.3 See http://bl.example/?$ ($)",
        "192.0.2.5 See others about $",
    ]


@pytest.mark.parametrize("special", [
    "$SOA 0 a b 0 2h 2h 1w 1h", "$NS 1w ns1.bl.example", "$TTL 300", "#$TTL 300", ":$NS 0 a", "$ttl 5",
    "$TIMESTAMP 2026:04:02", "# a comment", "; a comment", "#",
])  # fmt: skip
def test_what_concerns_a_zone_and_no_address_is_read_over(special: str) -> None:
    parsed = read(f"{special}\n192.0.2.1\n", "rbldnsd")

    assert (listed(parsed.ranges), parsed.warnings) == (["192.0.2.1"], ())


@pytest.mark.parametrize("limit", ["/24", "256"])
def test_entries_wider_than_the_file_allows_itself_are_left_out(limit: str) -> None:
    parsed = read(f"10.0.0.0/16\n$MAXRANGE4 {limit}\n$MAXRANGE4 /8\n192.0.2.0/24\n198.51.100.0/23\n", "rbldnsd")

    assert listed(parsed.ranges) == ["10.0.0.0/16", "192.0.2.0/24"]
    assert parsed.warnings == ("line 5: wider than the file's own $MAXRANGE4 allows: 198.51.100.0/23",)


def test_a_combined_file_is_read_dataset_by_dataset() -> None:
    parsed = read(sample("combined.rbldnsd"), "rbldnsd")

    assert listed(parsed.ranges) == [
        "192.0.2.2 Open proxy, see https://bl.example/proxy/$",
        "192.0.2.16/30 Open proxy, see https://bl.example/proxy/$",
        # excluded among the proxies, and listed among the relays
        "192.0.2.20 Open relay, see https://bl.example/relay/$",
        "192.0.2.21-192.0.2.31 Open proxy, see https://bl.example/proxy/$",
        "198.51.100.0/25 Whole net",
        "198.51.100.128-198.51.100.199 Open relay, see https://bl.example/relay/$",
        "198.51.100.201-198.51.100.255 Open relay, see https://bl.example/relay/$",
        "203.0.113.9 Only in its own subzone",
        "2001:db8:1::-2001:db8:1:fffe:ffff:ffff:ffff:ffff Listed, see https://bl.example/six/$",
        "2001:db8:2:: Single address",
    ]
    assert parsed.warnings == ("lines left out because a dataset of the type generic holds no addresses: 1",)


def test_a_subzone_of_a_combined_file_can_be_chosen() -> None:
    assert listed(read(sample("combined.rbldnsd"), "rbldnsd:multihop").ranges) == [
        "203.0.113.9 Only in its own subzone"
    ]
    assert "203.0.113.9 Only in its own subzone" not in listed(read(sample("combined.rbldnsd"), "rbldnsd:@").ranges)


def test_a_subzone_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(FormatError, match="'spam' \\(those of it: @, multihop, proxies, relays\\)"):
        read(sample("combined.rbldnsd"), "rbldnsd:spam")


def test_a_long_zone_with_a_default_gives_every_entry_its_text() -> None:
    lines = [f"198.51.{n // 250}.{n % 250}" for n in range(0, 9000, 2)]

    parsed = read(":2:Listed: $\n" + "\n".join(lines) + "\n!198.51.0.4\n", "rbldnsd")

    assert parsed.ranges.count == 4499
    assert set(parsed.ranges.text4) == {1}
    assert parsed.ranges.texts == ("Listed: $",)


def test_a_text_is_cut_where_rbldnsd_cuts_it() -> None:
    assert [len(text) for text in read(f"192.0.2.1 {'x' * 400}\n", "rbldnsd").ranges.texts] == [255]


DNSWL = """
$SOA 3600 a.dnswl.example. admin.dnswl.example. 0 600 300 86400 300
:127.0.2.0:financial.example https://dnswl.example/s/?s=1
192.0.2.10
192.0.2.11 :127.0.5.3:mail.example https://dnswl.example/s/?s=2
198.51.100.0/24 :127.0.10.1:
"""


def test_a_list_of_good_senders_is_not_taken_for_one_of_spam_sources() -> None:
    with pytest.raises(FormatError, match=r"127\.0\.2\.0 \(1\), 127\.0\.5\.3 \(1\), 127\.0\.10\.1 \(1\).*good senders"):
        read(DNSWL, "rbldnsd")


@pytest.mark.parametrize("choice,found", [
    (":only=127.0.5.0-127.0.5.3", ["192.0.2.11 mail.example https://dnswl.example/s/?s=2"]),
    (":only=127.0.2.0|127.0.10.1", ["192.0.2.10 financial.example https://dnswl.example/s/?s=1", "198.51.100.0/24"]),
    (":without=127.0.2.0 127.0.5.3", ["198.51.100.0/24"]),
])  # fmt: skip
def test_values_are_chosen_or_left_out(choice: str, found: list[str]) -> None:
    parsed = read(DNSWL, f"rbldnsd{choice}")

    assert listed(parsed.ranges) == found
    assert parsed.left_out == {"by their value": 3 - len(found)}
    assert parsed.warnings == (f"entries left out by their value: {3 - len(found)}",)


def test_an_entry_of_another_value_is_a_hole_in_a_wider_one() -> None:
    zone = "$DATASET ip4trie @\n198.51.100.0/24 :2:\n198.51.100.128/25 :127.0.0.5:\n"

    assert entries(zone, ":only=2") == ["198.51.100.0/25"]


def test_an_ip4set_with_two_values_for_an_address_lists_it_for_either() -> None:
    zone = "198.51.100.7 :2:\n198.51.100.7 :3:\n"

    assert entries(zone, ":only=3") == entries(zone, ":only=2") == ["198.51.100.7"]


def test_a_subzone_and_values_are_chosen_together() -> None:
    parsed = read(sample("combined.rbldnsd"), "rbldnsd:relays,only=127.0.0.4")

    assert listed(parsed.ranges) == ["198.51.100.0/25 Whole net"]


@pytest.mark.parametrize("option", ["only=", "only=300", "only=3-2", "a,b", "only=2,only=3", "value=2", "only=2-x"])
def test_a_choice_that_cannot_be_read_is_refused(option: str) -> None:
    with pytest.raises(FormatError):
        check(f"rbldnsd:{option}")


def test_a_value_that_no_entry_has_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(FormatError, match=r"No entry .*127\.0\.0\.2 \(1\)"):
        read("192.0.2.1\n", "rbldnsd:only=127.0.0.9")


def test_the_number_of_entries_of_each_value_is_known() -> None:
    assert read("192.0.2.1\n192.0.2.3 :3:\n192.0.2.5\n", "rbldnsd").values == {"127.0.0.2": 2, "127.0.0.3": 1}


def test_a_zone_that_has_ended_by_its_own_word_is_refused() -> None:
    zone = f"$TIMESTAMP {day(NOON - 2 * DAY)} +1d\n192.0.2.1\n".encode()

    with pytest.raises(FormatError, match="has ended by its own word: it was valid until 20"):
        parse(zone, "rbldnsd", now=NOON)
    parsed = parse(zone, "rbldnsd", now=NOON - 2 * DAY)
    assert parsed.dated <= NOON - 2 * DAY and parsed.expires == parsed.dated + DAY


def test_of_several_ends_the_first_one_counts() -> None:
    zone = f"$TIMESTAMP - {day(NOON + 5 * DAY)}\n$TIMESTAMP - {day(NOON + 3 * DAY)}\n$TIMESTAMP - -\n192.0.2.1\n"

    assert parse(zone.encode(), "rbldnsd", now=NOON).expires == (NOON + 3 * DAY) // DAY * DAY


def test_a_zone_from_the_future_is_refused() -> None:
    with pytest.raises(FormatError, match="has not come yet"):
        parse(f"$TIMESTAMP {day(NOON + 3 * DAY)}\n192.0.2.1\n".encode(), "rbldnsd", now=NOON)


def test_a_table_read_as_a_zone_is_refused_and_not_read_as_its_first_column() -> None:
    with pytest.raises(FormatError, match="a table and no zone"):
        read("192.0.2.0\t192.0.2.255\t24\n198.51.100.0\t198.51.100.255\t24\n", "rbldnsd")


def day(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y:%m:%d")


ODD = "!11.0.0.1-19.255.255.254"


def test_a_range_that_is_written_again_is_cut_once() -> None:
    parsed = read("11.0.0.0/8\n" * 1200 + f"{ODD}\n" * 1200, "rbldnsd")

    deciding = parsed.sections[0].deciding
    assert deciding is not None and len(deciding[0]) == 1200 + 1538 - 1
    assert listed(parsed.ranges) == ["11.0.0.0"]


def test_a_zone_that_would_be_cut_into_millions_of_pieces_is_refused() -> None:
    """A line of 31 octets makes more than a thousand pieces; datasets do not each have a bound of their own."""
    odd = [f"!11.0.{number // 250}.{number % 250 + 1}-19.255.255.254\n" for number in range(4500)]
    body = "$DATASET ip4set @\n" + "".join(odd[:2250]) + "$DATASET ip4set @\n" + "".join(odd[2250:])

    with pytest.raises(FormatError, match="more than 4,194,304 pieces"):
        read(body + "11.0.0.0/8\n" * 4501, "rbldnsd")


@pytest.mark.parametrize("text,cut", [
    ("a" * 254 + "$$b", "a" * 254 + "$$"),
    ("a" * 253 + "$$$", "a" * 253 + "$$$"),
    ("$" * 600, "$" * 510),
])  # fmt: skip
def test_a_long_text_is_cut_between_dollar_signs_and_not_through_them(text: str, cut: str) -> None:
    assert entries(f"192.0.2.1 {text}\n") == [f"192.0.2.1 {cut}"]


def test_what_a_variable_holds_is_cut_between_dollar_signs() -> None:
    assert entries(f"$1 {'a' * 254}$b\n192.0.2.1 $1\n") == ["192.0.2.1 " + "a" * 254 + "$$"]
