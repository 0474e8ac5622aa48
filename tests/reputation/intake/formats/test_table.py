"""csv:COLUMN."""

import pytest

from reputation.intake.formats import FormatError
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
