"""What holds for every format: which there are, and when a file as a whole is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.intake.feeds.catalogue import CATALOGUE, Known
from reputation.intake.formats import FORMATS, Format, FormatError, check, parse
from tests.reputation.intake.lists import SAMPLES, listed, read, sample

NAMES = [f"{form.name}:ip" if form.needs_option else form.name for form in FORMATS]


@pytest.mark.parametrize("name,says", [
    ("xml", f"the formats are {', '.join(form.written for form in FORMATS)}"),
    ("", "the formats are"),
    ("csv", "csv:COLUMN"),
    ("csv: ", "csv:COLUMN"),
    ("plain:ip", "takes nothing behind a colon"),
    ("json", "json:PATH"),
    ("json:a..b", "not a path such as json:prefixes.ip_prefix"),
])  # fmt: skip
def test_an_unknown_format_is_refused_with_those_that_exist(name: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        check(name)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_sample_of_a_format_is_read_whole(form: Format) -> None:
    parsed = read(sample(form.sample), f"{form.name}:{form.sample_option}".removesuffix(":"))

    assert parsed.entries and not parsed.bad


def test_every_sample_is_that_of_a_format() -> None:
    named = {form.sample for form in FORMATS}
    assert {file.name for file in SAMPLES.iterdir()} == named, "tests/data/feeds/ and FORMATS name different samples"


@pytest.mark.parametrize("known", CATALOGUE, ids=lambda known: known.key)
def test_every_list_of_the_catalogue_has_a_format_that_is_read(known: Known) -> None:
    check(known.format)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_format_takes_an_option_only_if_its_row_names_one(form: Format) -> None:
    if form.option:
        check(f"{form.name}:x")
    else:
        with pytest.raises(FormatError, match="takes nothing behind a colon"):
            check(f"{form.name}:x")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", ["", "\n\n", "# nothing but a comment\n"])
def test_an_empty_list_is_an_error_in_every_format(name: str, body: str) -> None:
    with pytest.raises(FormatError, match=r"empty|cannot be read|no column|not JSON"):
        read(body, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_web_page_instead_of_a_list_is_called_one(name: str) -> None:
    with pytest.raises(FormatError, match="A web page came instead of a list"):
        read("\n <!DOCTYPE html>\n<html><body>\n<p>Moved</p>\n</body></html>\n", name)


def test_more_bad_lines_than_good_ones_mean_the_wrong_format() -> None:
    with pytest.raises(
        FormatError, match=r"2 of 3 entries cannot be read as plain.*First fault: line 1: .*: a\.$"
    ) as caught:
        read("a\n192.0.2.1\nb\n")
    assert "is the format right?" in str(caught.value)


def test_as_many_good_lines_as_bad_ones_are_a_list_with_warnings() -> None:
    assert listed(read("a\n192.0.2.1\n").ranges) == ["192.0.2.1"]


PROSE = ["Too many requests", "Your IP 203.0.113.9 is blocked.", "Please try again in an hour.", "Sorry:", "Goodbye!"]


@pytest.mark.parametrize("sentence", PROSE)
def test_a_message_that_names_an_address_is_no_list(sentence: str) -> None:
    with pytest.raises(FormatError, match="a message of the server and not the list"):
        read(f"{sentence}\n203.0.113.9\n203.0.113.10\n")


def test_half_a_file_of_prose_is_refused() -> None:
    with pytest.raises(FormatError, match="500 of 1000 lines are sentences"):
        read("".join(f"192.0.{n // 250}.{n % 250}\nLorem ipsum dolor sit amet\n" for n in range(500)))


def test_a_head_without_comment_signs_costs_its_lines_only() -> None:
    parsed = read("A list of addresses\n" + "".join(f"192.0.2.{n}\n" for n in range(0, 100, 2)))

    assert (parsed.entries, parsed.bad) == (50, 1)


@pytest.mark.parametrize("head,second", [
    ("# Last updated: 2026-04-02 15:51:19 UTC   #", 1775145079),
    ("; Last-Modified: Thu, 02 Apr 2026 15:51:19 GMT", 1775145079),
    ("# This File Date  : Thu Apr  2 15:51:19 UTC 2026", 1775145079),
    ("#   updated: 2026-04-02T15:51:19.734191", 1775145079),
    ("# updated: Thu Apr  2 15:51:19 2026 UTC", 1775145079),
    ("// Generated at: 2026-04-02T15:51:19Z", 1775145079),
    ("# Date: 1775145079", 1775145079),
    ("# Date: soon", 0),
    ("# a date: 2026-04-02 15:51:19", 0),
    ("192.0.2.3 # updated: 2026-04-02 15:51:19", 0),
    ("# nothing", 0),
])  # fmt: skip
def test_the_age_of_a_list_is_what_its_head_says(head: str, second: int) -> None:
    assert read(f"{head}\n192.0.2.1\n").dated == second


def test_a_date_that_has_not_come_yet_is_none() -> None:
    parsed = parse(b"# Last updated: 2090-01-01 00:00:00 UTC\n192.0.2.1\n", "plain", now=1790000000)

    assert (parsed.dated, parsed.entries) == (0, 1)


def test_a_list_above_its_bound_is_refused() -> None:
    with pytest.raises(FormatError, match="larger than 100 bytes"):
        parse(b"192.0.2.1\n" * 11, "plain", 100)


@given(st.sampled_from(NAMES), st.binary(max_size=300))
def test_no_bytes_whatever_lead_to_anything_but_a_list_or_a_sentence(name: str, body: bytes) -> None:
    try:
        parsed = parse(body, name)
    except FormatError as error:
        assert str(error)
    else:
        assert parsed.entries > 0


LINES = ["192.0.2.1", "192.0.2.0/30", "!192.0.2.2", ":2:x $1 $", "$1 a", "$= b", "2001:db8::/32", "192.0.2.1-9", "::1",
         "$DATASET ip4set @", "$DATASET ip6trie a @", "1.2.3.4 ; SBL1", "ip,b", "192.0.2.3,1", "", "#", "x",
         "$MAXRANGE4 /31", '{"cidr":"192.0.2.0/24"}', '{"type":"metadata","records":1}']  # fmt: skip


@given(st.sampled_from(NAMES), st.lists(st.sampled_from(LINES), max_size=15))
def test_no_lines_in_any_order_lead_to_anything_but_a_list_or_a_sentence(name: str, lines: list[str]) -> None:
    try:
        parsed = read("\n".join(lines), name)
    except FormatError as error:
        assert str(error)
    else:
        assert parsed.entries >= parsed.bad
