"""What a signal asks of the running program: to read its settings again, or nothing at all."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time

import pytest

from tests.ports import free_port
from tests.stories.program import PATIENCE, SOURCE, Program, clean_environment, wait_until
from tests.stories.test_what_an_operator_sees import EMAIL, PASSWORD, page

SYSTEM = "/installation/system"
HARMLESS = (
    "SIGUSR1",
    "SIGUSR2",
    "SIGPWR",
    "SIGIO",
    "SIGVTALRM",
    "SIGPROF",
    "SIGPIPE",
    "SIGTTOU",
    "SIGTTIN",
    "SIGWINCH",
)


def test_signals_that_mean_nothing_are_harmless(source: Program) -> None:
    source.start()

    for name in HARMLESS:
        source.send(signal.Signals[name])
        time.sleep(0.05)

    wait_until(lambda: "SIGPROF has come, and means nothing here" in source.log.read_text(), 30, "it is said")
    assert source.ask_name("rep.example", 6)[3] & 15 == 0
    assert source.stop() == 0
    assert "Traceback" not in source.log.read_text()


def test_settings_are_read_again_and_it_is_said_what_waits_for_a_restart(source: Program) -> None:
    source.command("organization", "add", "Acme")
    words = ("user", "add", EMAIL, "--organization", "Acme", "--role", "operator", "--password-stdin")
    assert source.command(*words, stdin=PASSWORD).code == 0
    source.start()
    file = source.data / "gatepost.toml"
    file.write_text('daily_quota = 7\nmail_server = "smtp://u:hunter2@mx.example"\nhostmaster = "me@rep.example"\n')

    told = page(source, SYSTEM)
    assert "written down now: 7 ; a reload takes it" in told
    assert "written down now: me@rep.example ; needs a restart" in told
    source.send(signal.SIGHUP)
    wait_until(
        lambda: "hostmaster = me@rep.example is read at the next start" in source.log.read_text(), 30, "it is said"
    )

    log = source.log.read_text()
    assert "daily_quota = 7 is in force; before it was 0" in log and "hunter2" not in log
    told = page(source, SYSTEM)
    assert "a reload takes it" not in told and "needs a restart" in told and "a mail server is set up" in told


def test_settings_that_cannot_be_read_change_nothing(source: Program) -> None:
    source.start()
    file = source.data / "gatepost.toml"
    file.write_text("daily_quota = many")

    source.send(signal.SIGHUP)

    wait_until(lambda: "those of before are in force" in source.log.read_text(), 30, "it is said")
    file.write_text("daily_quota = 3")
    source.send(signal.SIGHUP)
    wait_until(lambda: "daily_quota = 3 is in force" in source.log.read_text(), 30, "the next one is taken")
    assert "settings: well again" in source.log.read_text()
    assert source.ask_name("rep.example", 6)[3] & 15 == 0
    assert source.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_the_start_is_not_lost(source: Program, number: signal.Signals) -> None:
    source.start(dns_alone=True)

    source.send(number)

    if number is signal.SIGHUP:
        wait_until(lambda: "Told to read the settings again" in source.log.read_text(), 60, "once it can")
        assert source.stop() == 0
    else:
        assert source.ended() == 0
    assert "Traceback" not in source.log.read_text()


def test_of_whom_the_terminal_is_closed_ends(source: Program) -> None:
    source.dns = ("127.0.0.1", free_port())
    words = [
        *SOURCE,
        "serve",
        "--data",
        str(source.data),
        "--dns",
        f"127.0.0.1:{source.dns[1]}",
        "--portal",
        "127.0.0.1:0",
    ]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *words], stdin=theirs, stdout=theirs, stderr=theirs, env=clean_environment()
    )
    os.close(theirs)
    try:
        told = b""
        while b"Portal ready" not in told:
            told += os.read(ours, 4096)
        os.close(ours)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
