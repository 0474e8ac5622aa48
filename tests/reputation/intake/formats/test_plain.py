"""plain, netset, drop and drop-json."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.intake.formats import FormatError, parse
from reputation.intake.formats.lines import Reading
from reputation.intake.formats.plain import COMMENT, uncommented
from tests.reputation.intake.lists import listed, need_real_list, read, sample


def test_addresses_networks_and_ranges_of_both_versions_are_read() -> None:
    parsed = read("192.0.2.1\n198.51.100.0/24\n203.0.113.5-203.0.113.9\n2001:db8::/32\n2001:db9::1 - 2001:db9::3\n")

    assert listed(parsed.ranges) == [
        "192.0.2.1",
        "198.51.100.0/24",
        "203.0.113.5-203.0.113.9",
        "2001:db8::/32",
        "2001:db9::1-2001:db9::3",
    ]
    assert (parsed.lines, parsed.entries, parsed.bad, parsed.warnings) == (5, 5, 0, ())


@pytest.mark.parametrize("comment", ["# one", "; one", "// one", "  # one", "#", ";1.2.3.4"])
def test_comments_stand_alone_or_behind_an_entry(comment: str) -> None:
    parsed = read(f"{comment}\n192.0.2.1 {comment}\n192.0.2.4/31{comment if comment[0] != '/' else ''}\n\n")

    assert listed(parsed.ranges) == ["192.0.2.1", "192.0.2.4/31"]
    assert parsed.warnings == ()


@pytest.mark.parametrize("line,why", [
    ("1.2.3", "not an IP address"),
    ("01.2.3.4", "not an IP address"),
    ("1.2.3.4.5", "not an IP address"),
    ("1.2.3.256", "not an IP address"),
    ("0x1.2.3.4", "not an IP address"),
    ("１.2.3.4", "not an IP address"),
    ("1.2.3.4 spam", "not an IP address"),
    ("1.2.3.0/", "the prefix is not a number"),
    ("1.2.3.0/33", "the prefix is not between 0 and 32"),
    ("1.2.3.0/-1", "the prefix is not a number"),
    ("1.2.3.0/2 4", "the prefix is not a number"),
    ("1.2.3.4/24", "is 1.2.3.0/24 meant?"),
    ("1.2.3.9-1.2.3.1", "the range ends before it begins"),
    ("1.2.3.4-", "not an address, a network or a range"),
    ("1.2.3.4-2001:db8::", "a range from IPv4 to IPv6"),
    ("fe80::1%eth0", "not an IP address"),
    ("2001:db8::1/32", "is 2001:db8::/32 meant?"),
    ("2001:db8::/129", "the prefix is not between 0 and 128"),
    ("spam.example", "not an IP address"),
])  # fmt: skip
def test_a_bad_line_is_a_warning_with_its_number_and_text(line: str, why: str) -> None:
    parsed = read(f"192.0.2.1\n{line}\n192.0.2.3\n")

    assert listed(parsed.ranges) == ["192.0.2.1", "192.0.2.3"]
    assert parsed.bad == 1
    assert parsed.warnings[0].startswith("line 2: ") and why in parsed.warnings[0] and line in parsed.warnings[0]


def test_an_ipv4_address_written_as_ipv6_is_the_ipv4_address() -> None:
    parsed = read("::ffff:192.0.2.1\n::ffff:198.51.100.0/120\n")

    assert listed(parsed.ranges) == ["192.0.2.1", "198.51.100.0/24"]


@pytest.mark.parametrize("body", [
    b"\xef\xbb\xbf192.0.2.1\r\n192.0.2.3\r\n",
    b"192.0.2.1\r192.0.2.3",
    b"# caf\xe9\n192.0.2.1\n192.0.2.3\n",
    b"\xef\xbb\xbf# caf\xe9\n192.0.2.1\n192.0.2.3\n",
    b"# \xd0\xbf\n192.0.2.1 # \x85\n192.0.2.3 ; \xc2\x85\n",
    "192.0.2.1\n192.0.2.3\n".encode("utf-16"),
    b"\n\n   \n\t192.0.2.1\t\n 192.0.2.3",
])  # fmt: skip
def test_line_ends_encodings_and_byte_order_marks_do_not_matter(body: bytes) -> None:
    parsed = read(body)

    assert listed(parsed.ranges) == ["192.0.2.1", "192.0.2.3"]
    assert parsed.warnings == ()


def test_line_numbers_are_those_of_an_editor() -> None:
    parsed = read("# \x0b \x0c \u2028 \x1c\r\n192.0.2.1\r\nbad\r\n192.0.2.3\r\n")

    assert parsed.warnings[0].startswith("line 3: ")


def test_twenty_warnings_are_kept_and_the_rest_is_counted() -> None:
    parsed = read("".join(f"192.0.2.{n}\n192.0.2.{n}.x\n" for n in range(100)))

    assert (len(parsed.warnings), parsed.more_warnings, parsed.bad) == (20, 80, 100)
    assert [warning.split(":")[0] for warning in parsed.warnings[:3]] == ["line 2", "line 4", "line 6"]


def test_a_warning_shows_nothing_that_a_terminal_would_obey() -> None:
    parsed = read("192.0.2.1\n\x1b[31mbad\x00" + "x" * 500 + "\n")

    assert "\x1b" not in parsed.warnings[0] and "\x00" not in parsed.warnings[0]
    assert len(parsed.warnings[0]) < 160


def test_a_bad_line_among_thousands_costs_that_line_only() -> None:
    lines = [f"198.51.{n // 250}.{n % 250}" for n in range(9000)]
    lines[5000] = "198.51.100"

    parsed = read("\n".join(lines))

    assert parsed.entries == 8999
    assert parsed.warnings == ("line 5001: not an IP address: 198.51.100",)


def test_the_entry_of_a_line_in_a_long_list_keeps_its_number() -> None:
    parsed = read("# head\n" + "".join(f"198.51.{n // 250}.{n % 250}\n" for n in range(9000)))

    four = parsed.sections[0].four
    assert sorted(zip(four.bounds()[0].tolist(), four.lines, strict=True)) == [
        ((198 << 24) + (51 << 16) + (n // 250 << 8) + n % 250, n + 2) for n in range(9000)
    ]


def test_a_netset_is_read() -> None:
    parsed = read(sample("level.netset"), "netset")

    assert listed(parsed.ranges) == ["192.0.2.7", "198.51.100.0/24", "203.0.113.64/26"]


def test_the_reference_of_a_drop_entry_is_its_text() -> None:
    parsed = read(sample("drop.txt"), "drop")

    assert listed(parsed.ranges) == [
        "192.0.2.0/25 SBL100001",
        "198.51.100.0/24 SBL100002",
        "203.0.113.64/26 SBL100003",
        "2001:db8:1::/48 SBL100004",
    ]
    assert parsed.lines == 7


def test_a_dollar_sign_in_a_reference_stays_one() -> None:
    assert read("192.0.2.0/25 ; SBL$1\n", "drop").ranges.texts == ("SBL$$1",)


def test_drop_json_is_read_with_its_references() -> None:
    parsed = read(sample("drop.json"), "drop-json")

    assert listed(parsed.ranges) == [
        "192.0.2.0/25 SBL100001",
        "198.51.100.0/24 SBL100002",
        "2001:db8:1::/48 SBL100004",
    ]


@pytest.mark.parametrize("change,says", [
    (lambda lines: lines[:-1], "no trailer"),
    (lambda lines: lines[1:], "announces 3 records, but 2 are there"),
    (lambda lines: [*lines[:1], *lines], "announces 3 records, but 4 are there"),
    (lambda lines: [*lines, lines[0]], "behind the list's trailer, from line 5 on"),
])  # fmt: skip
def test_a_drop_json_that_is_not_whole_is_refused(change, says: str) -> None:  # type: ignore[no-untyped-def]
    lines = change(sample("drop.json").splitlines())

    with pytest.raises(FormatError, match=says):
        parse(b"\n".join(lines), "drop-json")


def test_the_age_of_drop_json_is_that_of_its_trailer() -> None:
    assert read(sample("drop.json"), "drop-json").dated == 1775144402


def test_a_bad_record_of_drop_json_is_a_warning_and_counts_as_a_record() -> None:
    body = sample("drop.json").replace(b'"cidr":"192.0.2.0/25"', b'"cidr":7')

    parsed = read(body, "drop-json")

    assert len(listed(parsed.ranges)) == 2
    assert parsed.warnings[0].startswith('line 1: not a JSON object with a "cidr"')


@pytest.mark.parametrize(
    "name,form,entries",
    [
        ("spamhaus_drop.txt", "drop", 1603),
        ("emerging_threats.txt", "plain", 1624),
        ("firehol_level1.netset", "netset", 4385),
    ],
)
def test_published_lists_are_read_without_a_warning(name: str, form: str, entries: int) -> None:
    parsed = parse(need_real_list(name).read_bytes(), form)

    assert (parsed.entries, parsed.warnings) == (entries, ())


def test_a_text_is_cut_between_dollar_signs_and_not_through_them() -> None:
    """A half of one would stand for the address asked about."""
    parsed = read(f"192.0.2.1 ; {'a' * 254}$b\n192.0.2.2 ; {'$' * 300}\n", "drop")

    assert parsed.ranges.texts == ("a" * 254 + "$$", "$$" * 255)


ANY_ENTRY = st.sampled_from([
    "192.0.2.1", "192.0.2.0/24", "192.0.2.1/24", "192.0.2.0/024", "192.0.2.0/33", "192.0.2.256", "010.0.0.1", "192.0.2",
    "192.0.2.1-192.0.2.9", "192.0.2.1 - 192.0.2.9", "192.0.2.9-192.0.2.1", "192.0.2.1-", "-192.0.2.1",
    "192.0.2.0/30-192.0.2.9", "192.0.2.1 -192.0.2.9-192.0.2.10", "2001:db8::1", "2001:db8::/32", "2001:db8::1/32",
    "2001:db8::/129", "::/0", "0.0.0.0/0",
    "::ffff:192.0.2.1", "::ffff:192.0.2.0/120", "::ffff:0:0/95", "::ffff:192.0.2.1-192.0.2.9",
    "2001:db8::1-2001:db8::9",
    "2001:db8::1-192.0.2.1", "fe80::1%eth0", "2001:db8::g", "words of a person", "host-192-0-2-1",
    "192.0.2.7\u00a0", "\u00a0192.0.2.7-192.0.2.8",
])  # fmt: skip


@given(st.lists(ANY_ENTRY, max_size=12), st.booleans())
def test_entries_that_are_read_in_one_step_are_read_as_each_by_itself(entries: list[str], as_lines: bool) -> None:
    together, alone = Reading(), Reading()
    alone.sections[0].at_once = False
    for reading in (together, alone):
        if as_lines and reading is together:
            reading.sections[0].add_lines(entries, range(1, len(entries) + 1))
        else:
            for line, entry in enumerate(entries, 1):
                reading.sections[0].add(entry, line)
        reading.sections[0].flush()

    assert (together.bad, together.prose, together.warnings) == (alone.bad, alone.prose, alone.warnings)
    for one, other in zip(written(together), written(alone), strict=True):
        assert one == other


def written(reading: Reading) -> list[list[tuple[int, bytes, bytes]]]:
    """The entries of each version by their lines, with first and last address."""
    found = []
    for entries, width in ((reading.sections[0].four, 4), (reading.sections[0].six, 16)):
        ends = range(width, width * len(entries) + 1, width)
        rows = ((bytes(entries.firsts[end - width : end]), bytes(entries.lasts[end - width : end])) for end in ends)
        found.append(sorted((line, *row) for line, row in zip(entries.lines, rows, strict=True)))
    return found


@given(st.text(alphabet="1.#;/ \t\u00a0x", max_size=12))
def test_a_comment_ends_where_the_rule_for_all_of_them_says(text: str) -> None:
    found = COMMENT.search(text.strip())

    assert uncommented(text.strip()) == (text.strip()[: found.start()] if found else text.strip())
