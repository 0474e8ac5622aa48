"""What is printed where nobody listens keeps nothing from going on."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SAID = """
import logging, sys
from serving import streams
streams.open_closed()
streams.start_log("info")
streams.say("one")
logging.getLogger("gatepost").info("two")
with open("/dev/null") as opened:
    assert opened.fileno() > 2, opened.fileno()
streams.say("three")
logging.getLogger("gatepost").warning("still here")
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full"])
def test_a_stream_that_takes_nothing_ends_nothing(closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", SAID], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


def test_that_nobody_reads_is_said_once_in_the_log() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run([sys.executable, "-c", SAID], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("reaches nobody (Broken pipe)") == 1 and "still here" in done.stderr
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
