"""Logs that the real servers wrote about hostile clients: they tell what stands beside them, in every framing."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from reputation.intake.maillog.records import Framing, Record
from tests.conftest import ROOT
from tests.reputation.intake.maillog.log_lines import counted, read

LOGS = sorted((ROOT / "tests" / "data" / "mail_logs").glob("*.log"))
by_log = pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)


def program(log: Path) -> str:
    """The program that wrote a log."""
    return log.stem.partition("-")[0]


def lines(log: Path) -> list[str]:
    """The lines of a log."""
    return log.read_bytes().decode(errors="replace").split("\n")[:-1]


def told(log: Path) -> tuple[int, list[tuple[str, str]]]:
    """When a log was read, and what it tells."""
    first, *rest = log.with_suffix(".told").read_text().splitlines()
    at = int(time.mktime(time.strptime(first, "read at %Y-%m-%d %H:%M:%S")))
    return at, [(kind, address) for kind, _, address in (line.rpartition(" ") for line in rest)]


def syslog(record: Record, name: str) -> str:
    """A framed line as a line of syslog (RFC 3164)."""
    stamp = time.strftime("%b %e %H:%M:%S", time.localtime(record.at))
    return f"{stamp} mx {record.program or name}[{record.process or 7}]: {record.text}"


@by_log
def test_a_log_tells_what_stands_beside_it_and_every_line_is_read(log: Path) -> None:
    at, expected = told(log)

    assert counted(program(log), lines(log), now=at) == expected
    assert read(program(log), lines(log), now=at)[1].unread == 0


@by_log
def test_a_log_tells_of_its_clients_alone(log: Path) -> None:
    _, expected = told(log)

    assert len(expected) >= 18 and "192.0.2.66" in log.read_text(errors="replace")
    assert [address for _, address in expected if not address.startswith("203.0.113.")] == []


@by_log
@pytest.mark.parametrize("form", ["rfc 3164", "rfc 5424", "iso", "journal", "docker", "solaris"])
def test_a_log_tells_the_same_in_every_framing(log: Path, form: str) -> None:
    at, expected = told(log)
    framing, name = Framing(), program(log)
    records = [record for line in lines(log) if (record := framing.read(line, at))]

    assert counted(name, [framed(record, name, form) for record in records], now=at) == expected


def framed(record: Record, name: str, form: str) -> str:
    """A record in a form of framing."""
    tag, process = record.program or name, record.process or "7"
    utc = time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime(record.at))
    match form:
        case "rfc 5424":
            return f"<22>1 {utc} mx {tag} {process} - - {record.text}"
        case "iso":
            return f"{utc} mx {tag}[{process}]: {record.text}"
        case "journal":
            entry = {"MESSAGE": record.text, "SYSLOG_IDENTIFIER": tag, "SYSLOG_PID": process, "_HOSTNAME": "mx"}
            return json.dumps(entry | {"__REALTIME_TIMESTAMP": f"{record.at}000001"})
        case "docker":
            return json.dumps({"log": f"{syslog(record, name)}\n", "stream": "stdout", "time": utc})
        case "solaris":
            return syslog(record, name).replace("]: ", "]: [ID 197553 mail.info] ", 1)
    return syslog(record, name)


def test_logs_of_several_programs_in_one_file_tell_what_each_tells_alone() -> None:
    at = max(told(log)[0] for log in LOGS)
    framing = Framing()
    logs = [log for log in LOGS if log.stem != "exim-reject"]
    records = [(record, program(log)) for log in logs for line in lines(log) if (record := framing.read(line, at))]
    records.sort(key=lambda each: each[0].at or 0)
    shared = [syslog(record, name) for record, name in records]

    for log in logs:
        assert counted(program(log), shared, now=at) == told(log)[1], log.stem
