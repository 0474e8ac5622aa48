"""A stream of events from outside is answered line by line; what is no event is refused with its number."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.verdicts.replay import replay
from reputation.refusal import Refused

ROOT = Path(__file__).parents[2]
NOON = 1_800_000_000


def answers(*events: object) -> list[list[bool]]:
    out = io.StringIO()
    replay((event if isinstance(event, str) else json.dumps(event) for event in events), out)
    return [json.loads(line)["levels"] for line in out.getvalue().splitlines()]


def asked(address: str = "192.0.2.1", at: int = NOON) -> dict[str, object]:
    return {"at": at, "ask": address, "asn": 64500, "name": ""}


def reported(source: str, at: int = NOON, known: bool = True) -> dict[str, object]:
    return {"at": at, "report": "192.0.2.1", "source": source, "reporter": "mx1", "known": known}


def test_a_question_is_answered_for_each_level() -> None:
    assert answers(asked(), reported("filter"), reported("filter"), asked(at=NOON + 1)) == [
        [False] * 4,
        [False, True, True, True],
    ]


def test_clean_mail_and_blank_lines_are_taken_and_not_answered() -> None:
    assert answers({"at": NOON, "clean": "192.0.2.1"}, "", "  \n", asked("2001:db8::1")) == [[False] * 4]


def test_reporters_whom_nobody_knows_list_nobody() -> None:
    for source in ("trap", "filter", "complaint", "hand"):
        assert answers(*[reported(source, known=False)] * 9, asked()) == [[False] * 4]
    without = {"at": NOON, "report": "192.0.2.1", "source": "complaint"}
    assert answers(*[without] * 9, asked()) == [[False] * 4]


def test_an_event_from_before_the_last_one_counts_as_of_the_last() -> None:
    late = answers(asked(at=NOON + 100), reported("trap", NOON - 9), reported("trap", NOON), asked(at=NOON))

    assert late[1][3]


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        "[1]",
        '{"at": 1}',
        '{"at": 1, "ask": "192.0.2.1", "clean": "192.0.2.1"}',
        '{"at": "now", "ask": "192.0.2.1"}',
        '{"at": NaN, "ask": "192.0.2.1"}',
        '{"at": -1, "ask": "192.0.2.1"}',
        '{"at": true, "ask": "192.0.2.1"}',
        '{"at": 1, "ask": 7}',
        '{"at": 1, "ask": "192.0.2"}',
        '{"at": 1, "ask": "192.0.2.1", "asn": -1}',
        '{"at": 1, "ask": "192.0.2.1", "asn": "AS1"}',
        '{"at": 1, "report": "192.0.2.1", "source": "rumour"}',
    ],
)
def test_what_is_no_event_is_refused_with_the_number_of_its_line(line: str) -> None:
    with pytest.raises(Refused, match="line 2: "):
        answers(asked(), line)


def test_each_question_is_answered_before_the_next_line_is_read() -> None:
    program = [sys.executable, "-m", "benchmarks.verdicts", "replay"]
    with subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin and running.stdout
        for number in range(3):
            running.stdin.write(json.dumps(asked(at=NOON + number)) + "\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline()) == {"levels": [False] * 4}
        running.stdin.close()
        assert running.wait(60) == 0


def test_the_command_ends_with_a_sentence_where_a_line_is_no_event() -> None:
    program = [sys.executable, "-m", "benchmarks.verdicts", "replay"]
    found = subprocess.run(program, cwd=ROOT, input='{"at": 1}\n', capture_output=True, text=True, timeout=120)

    assert found.returncode == 1 and found.stderr.startswith("line 1: ") and "Traceback" not in found.stderr
