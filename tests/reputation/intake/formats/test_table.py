"""csv:COLUMN."""

import pytest

from reputation.intake.formats import FormatError, check
from tests.reputation.intake.lists import listed, read, sample


def test_the_named_column_of_a_table_is_read() -> None:
    parsed = read(sample("table.csv"), "csv:IP Address")

    assert listed(parsed.ranges) == ["192.0.2.1", "198.51.100.0/24", "2001:db8::1"]
    assert (parsed.lines, parsed.warnings) == (4, ())


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_delimiter_is_found(sign: str) -> None:
    assert listed(read(f"a{sign}ip{sign}b,c;d\n1{sign}192.0.2.1{sign}x\n", "csv:ip").ranges) == ["192.0.2.1"]


def test_a_header_in_a_comment_is_found() -> None:
    table = '# a list\n#\n# "first seen", "dst_ip", "port"\n"2026-04-02","192.0.2.1","25"\n# end\n'

    parsed = read(table, "csv:dst_ip")

    assert listed(parsed.ranges) == ["192.0.2.1"]
    assert parsed.warnings == ()


def test_a_row_is_named_by_its_first_line() -> None:
    parsed = read('ip,note\n192.0.2.1,"two\nlines"\nbad,\n192.0.2.3,\n\n192.0.2.5\n', "csv:ip")

    assert list(parsed.sections[0].four.lines) == [2, 5, 7]
    assert parsed.warnings == ("line 4: not an IP address: bad",)


def test_a_row_without_that_cell_is_a_warning() -> None:
    parsed = read("a,ip\n1,192.0.2.1\n2\n", "csv:ip")

    assert parsed.warnings == ("line 3: the row has only 1 cells: 2",)


@pytest.mark.parametrize("table,says", [
    ("address,port\n192.0.2.1,25\n", "no column 'ip'; its columns are: address, port"),
    ("192.0.2.1\n192.0.2.2\n", "no column 'ip'; its columns are: 192.0.2.1"),
    ("", "no header row"),
    ("ip,b\n", "The list is empty"),
])  # fmt: skip
def test_a_table_without_the_column_is_refused_with_those_it_has(table: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(table, "csv:ip")


DSHIELD = (
    "# DShield.org Recommended Block List\n#   updated: 2026-02-10T08:15:26.734191\n#\n"
    "Start\tEnd\tNetmask\tAttacks\tName\tCountry\temail\n"
    "192.0.2.0\t192.0.2.255\t24\t3781\tEXAMPLE, NL\tNL\tabuse@example.net\n"
    "198.51.100.0\t198.51.100.255\t24\t12\t\t\t\n"
)


@pytest.mark.parametrize("option", [
    "start=Start,end=End", "START=start, END=end", "network=Start,prefix=Netmask", "start=#1,end=#2",
])  # fmt: skip
def test_a_table_of_ranges_is_read_by_both_its_columns(option: str) -> None:
    parsed = read(DSHIELD, f"csv:{option}")

    assert listed(parsed.ranges) == ["192.0.2.0/24", "198.51.100.0/24"]
    assert parsed.ranges.addresses4 == 512


def test_the_age_of_a_table_is_read_from_its_head() -> None:
    assert read(DSHIELD, "csv:start=Start,end=End").dated == 1770711326


@pytest.mark.parametrize("table", [
    DSHIELD,
    "start,last\n192.0.2.0,192.0.2.255\n198.51.100.0,198.51.100.127\n",
    "start,end_ip\n192.0.2.3,192.0.2.9\n",
    "start,mask\n192.0.2.0,255.255.255.0\n198.51.100.0,255.255.255.128\n",
    "start;prefix_length\n192.0.2.0;24\n2001:db8::;32\n",
    "start,x\n2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\n",
])  # fmt: skip
def test_the_first_half_of_ranges_is_refused_and_not_read_as_single_addresses(table: str) -> None:
    with pytest.raises(FormatError, match=r"is one half of a range or network.*csv:start=start,end="):
        read(table, "csv:Start")


@pytest.mark.parametrize("table", [
    "src,dst\n192.0.2.9,198.51.100.1\n192.0.2.77,203.0.113.2\n192.0.2.1,192.0.2.2\n",
    "src,mask\n192.0.2.9,32\n192.0.2.11,32\n",
    "src,mask\n192.0.2.0/25,24\n",
    "src,bits\n192.0.2.9,4000\n",
    "src,last\n192.0.2.9,2026-04-02\n",
    "src,mask\n192.0.2.9,255.255.255.255\n",
])  # fmt: skip
def test_a_column_beside_which_something_else_stands_is_read_alone(table: str) -> None:
    assert read(table, "csv:src").entries == table.count("\n") - 1


def test_a_network_and_its_netmask_are_one_entry() -> None:
    parsed = read("net,mask\n192.0.2.0,255.255.255.128\n198.51.100.0,255.255.255.0\n203.0.113.0,255.0.255.0\n"
                  "203.0.113.0,mask\n", "csv:network=net,netmask=mask")  # fmt: skip

    assert listed(parsed.ranges) == ["192.0.2.0/25", "198.51.100.0/24"]
    assert [warning.partition(": ")[2] for warning in parsed.warnings] == [
        "255.0.255.0 is not a netmask: net | mask".replace("net | mask", "203.0.113.0 | 255.0.255.0"),
        "'mask' is not a netmask: 203.0.113.0 | mask",
    ]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_table_without_a_heading_is_read_by_numbers(sign: str) -> None:
    parsed = read(f"# a comment\n\nx{sign}192.0.2.1\ny{sign}192.0.2.3{sign}z\n", "csv:#2")

    assert listed(parsed.ranges) == ["192.0.2.1", "192.0.2.3"]
    assert list(parsed.sections[0].four.lines) == [3, 4]


def test_a_number_that_no_column_has_is_refused() -> None:
    with pytest.raises(FormatError, match=r"no column #3; its first row is: 192\.0\.2\.1,x"):
        read("192.0.2.1,x\n", "csv:#3")


@pytest.mark.parametrize("option", ["start=a", "start=a,prefix=b", "network=a", "end=b,start=a", "start=,end=b"])
def test_columns_that_do_not_belong_together_are_refused(option: str) -> None:
    with pytest.raises(FormatError, match="csv:start=COLUMN,end=COLUMN"):
        check(f"csv:{option}")


def test_a_range_that_ends_before_it_begins_is_a_warning() -> None:
    parsed = read("a,b\n192.0.2.9,192.0.2.1\n192.0.2.1,192.0.2.1\n", "csv:start=a,end=b")

    assert listed(parsed.ranges) == ["192.0.2.1"]
    assert parsed.warnings == ("line 2: the range ends before it begins: 192.0.2.9-192.0.2.1",)


ROWS = "".join(f"192.0.2.{number * 2},note\n" for number in range(100))


@pytest.mark.parametrize("table", [
    "ip,note\n192.0.2.1,\"left open\n" + ROWS,
    "ip,note\n" + ROWS + "192.0.2.1,\"left open\n",
    "ip,note\n192.0.2.1,\"left open\n" + ROWS + "192.0.2.3,\"closed\"\n",
    "ip,note\n192.0.2.1,x\n192.0.2.3,\"" + "text\n" * 300 + "\"\n",
    "ip,note\n\"192.0.2.1,left open\n" + ROWS,
])  # fmt: skip
def test_a_quote_that_is_left_open_refuses_the_table_and_swallows_no_row(table: str) -> None:
    with pytest.raises(FormatError, match="A quote that is opened in line"):
        read(table, "csv:ip")


def test_an_error_text_instead_of_a_table_is_refused() -> None:
    with pytest.raises(FormatError, match="A web page came"):
        read("<html>\nip\n203.0.113.9\n</html>\n", "csv:ip")
