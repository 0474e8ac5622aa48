"""The framing of a line, as each writer of logs makes it; what the client wrote is never part of it."""

from __future__ import annotations

import json
import time

import pytest

from reputation.intake.maillog.records import Framing, Record
from tests.conftest import NOON
from tests.reputation.intake.maillog.log_lines import counted, stamp

TEXT = "4F1AB2: client=x[203.0.113.9]"
UTC = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOON))
LOCAL = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(NOON))
WHOLE = Record(NOON, "mx", "postfix/smtpd", "123", TEXT)


def framed(line: str, now: int = NOON) -> Record | None:
    """A line as it is framed."""
    return Framing().read(line, now)


@pytest.mark.parametrize(
    "line",
    [
        f"{stamp()} mx postfix/smtpd[123]: {TEXT}",
        f"<22>{stamp()} mx postfix/smtpd[123]: {TEXT}",
        f"{stamp()} mx postfix/smtpd[123]: [ID 197553 mail.info] {TEXT}",
        f"{UTC}+00:00 mx postfix/smtpd[123]: {TEXT}",
        f"{UTC}.123456+00:00 mx postfix/smtpd[123]: {TEXT}",
        f"{UTC}.123456789Z mx postfix/smtpd[123]: {TEXT}",
        f"<22>1 {UTC}.003Z mx postfix/smtpd 123 - - {TEXT}",
        f'<22>1 {UTC}.003Z mx postfix/smtpd 123 ID47 [a@1 b="c \\"d\\" \\]"][e@1 f="g"] \ufeff{TEXT}',
        json.dumps(
            {"MESSAGE": TEXT, "SYSLOG_IDENTIFIER": "postfix/smtpd", "SYSLOG_PID": "123", "_PID": "9",
             "_HOSTNAME": "mx", "__REALTIME_TIMESTAMP": str(NOON * 1_000_000 + 7)}
        ),
        json.dumps({"log": f"{stamp()} mx postfix/smtpd[123]: {TEXT}\n", "time": f"{UTC}.123456789Z"}),
    ],
)  # fmt: skip
def test_every_framing_is_read(line: str) -> None:
    assert framed(line) == WHOLE


def test_a_program_that_writes_its_own_file_has_no_tag() -> None:
    assert framed(f"{LOCAL} 1tABCd Completed") == Record(NOON, "", "", "", "1tABCd Completed")
    assert framed(f"{LOCAL}.123 x") == Record(NOON, "", "", "", "x")
    utc = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOON + 3600))
    assert framed(f"{utc} +0100 x") == Record(NOON, "", "", "", "x")
    bare = json.dumps({"log": "[NOTICE] x\r\n", "stream": "stdout", "time": f"{UTC}Z"})
    assert framed(bare) == Record(NOON, "", "", "", "[NOTICE] x")


def test_a_message_that_is_no_utf8_is_a_list_of_octets_in_the_journal() -> None:
    entry = {"MESSAGE": list(b"x \xff y"), "SYSLOG_IDENTIFIER": "exim", "__REALTIME_TIMESTAMP": str(NOON * 1_000_000)}

    assert framed(json.dumps(entry)) == Record(NOON, "", "exim", "", "x \ufffd y")


@pytest.mark.parametrize(
    "line",
    [
        "", " ", "x", "{", "{}", "[]", '{"MESSAGE": null}', '{"log": 7}', "<22>", "<22>1 x", "2026-13-03 08:12:05 x",
        "Nov 31 99:99:99 mx x: y", "Nov  3 08:12:05", "Nov  3 08-12-05 mx x: y", "last message repeated 2 times",
        "Nov  3 08:12:05 mx a tag with spaces: y", '{"MESSAGE": [256], "__REALTIME_TIMESTAMP": "1"}',
        '{"MESSAGE": "a\\nNov  3 08:12:05 mx x[1]: y", "SYSLOG_IDENTIFIER": "x", "__REALTIME_TIMESTAMP": "1"}',
        f'<22>1 {UTC}.003Z mx postfix/smtpd 123 - [a@1 b="] x"y {TEXT}', "[" * 100_000, '{"a":' * 100_000,
    ],
)  # fmt: skip
def test_a_line_without_a_known_framing_has_none(line: str) -> None:
    assert framed(line) is None


def test_a_line_of_december_that_is_read_in_january_is_of_last_year() -> None:
    january = int(time.mktime((2027, 1, 1, 0, 0, 5, 0, 0, -1)))
    found = framed("Dec 31 23:59:59 mx x: y", january)

    assert found is not None and found.at == january - 6


def test_a_stamp_of_another_zone_that_lies_ahead_is_as_of_now() -> None:
    later = f"{stamp(NOON + 3 * 3600)} mx postfix/cleanup[1]: 4F: milter-reject: END-OF-MESSAGE from x[203.0.113.9]: "
    line = f"{later}5.7.1 spam; from=<a@b> to=<c@d> proto=ESMTP helo=<e>"

    assert counted("postfix", [line]) == [("spam", "203.0.113.9")]


def test_stamps_that_follow_one_another_are_each_read() -> None:
    framing = Framing()
    lines = [f"{stamp(at)} mx x: y" for at in (NOON, NOON, NOON + 1, NOON)]

    assert [record.at for line in lines if (record := framing.read(line, NOON))] == [NOON, NOON, NOON + 1, NOON]
