"""Trying a log tells what following it would count, and writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import main
from reputation.intake import protected_senders
from reputation.intake.maillog import try_logs
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import LogPlace, SpamReport
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.intake.maillog.log_lines import delivered, refused, stamp

LONG_AGO = NOON - 3 * 86400


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of three days ago: spam of one address, much good mail of another, and what is no evidence."""
    lines = [
        *(line for number in range(120) for line in delivered("a[8.8.8.8]", f"{number:X}F", LONG_AGO)),
        refused("x[8.8.4.4]", "AA1", at=LONG_AGO),
        refused("x[8.8.8.8]", "AA2", at=LONG_AGO),
        refused("x[8.8.4.4]", "AA3", "4.7.1 Try again later", at=LONG_AGO),
        refused("x[10.0.0.1]", "AA4", at=LONG_AGO),
        f"{stamp(LONG_AGO)} mx dovecot: imap-login: x",
        "what is this to:<ada@acme.example>?",
    ]
    path = tmp_path / "mail.log"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_it_tells_what_would_count_and_whom_each_level_would_have_listed(store: Store, log: Path) -> None:
    tried = try_logs((("postfix", str(log)),), NOON)

    [figures] = tried.logs
    assert (figures.lines, figures.foreign, figures.unread) == (846, 1, 1)
    assert figures.counted == {"spam": 3, "unknown recipient": 0, "clean": 120}
    assert figures.ignored == {"a refusal that is not for good": 1}
    assert figures.samples["unread"] == ("what is this to:<…@acme.example>?",)
    assert tried.listed == ((), (), (), ("8.8.4.4", "8.8.8.8"))
    assert tried.exempt == ("10.0.0.1",)


def test_a_protected_sender_is_among_those_whom_the_log_would_not_list(store: Store, log: Path) -> None:
    protected_senders.add("8.8.4.0/24", NOON, "olga")

    tried = try_logs((("postfix", str(log)),), NOON)

    assert tried.listed == ((), (), (), ("8.8.8.8",))
    assert tried.exempt == ("8.8.4.4", "10.0.0.1")


def test_it_writes_nothing(store: Store, log: Path) -> None:
    try_logs((("postfix", str(log)),), NOON)

    assert not others(SpamReport).exists() and not others(LogPlace).exists()


def test_two_logs_of_one_message_count_it_once(store: Store, log: Path, tmp_path: Path) -> None:
    verdict = (
        "id: <1@b>, qid: <AA1>, ip: 8.8.4.4, user: ada, from: <a@b>, (default: T (reject): [20.00/15.00] [X(1.0){}])"
    )
    other = tmp_path / "rspamd.log"
    other.write_text(f"{stamp(LONG_AGO)} mx rspamd[8]: <4f1abc>; task; rspamd_task_write_log: {verdict}, len: 9\n")
    tried = try_logs((("postfix", str(log)), ("rspamd", str(other))), NOON)

    assert tried.listed[3] == ("8.8.8.8",)


def test_a_log_that_cannot_be_read_is_refused_with_a_sentence(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"cannot be read: No such file or directory\. Let this user read it"):
        try_logs((("postfix", str(tmp_path / "none")),), NOON)


def test_the_command_shows_figures_and_samples(log: Path, tmp_path: Path) -> None:
    words = ["logs", "try", f"postfix:{log}", "--data", str(tmp_path / "data"), "--own-networks", "8.8.8.8/32"]
    told = CliRunner().invoke(main, words)
    value = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)

    assert told.exit_code == 0, told.output
    assert f"postfix:{log}: 846 lines, 844 recognised, 1 of other programs, 1 unread" in told.stdout
    assert "a refusal that is not for good 1" in told.stdout and "one of our own servers 121" in told.stdout
    assert "Level 4 would have listed 1: 8.8.4.4" in told.stdout
    assert "Never listed, whatever is reported: 10.0.0.1" in told.stdout
    assert value["listed"]["4"] == ["8.8.4.4"] and value["logs"][0]["unread"] == 1


def test_the_command_refuses_a_program_that_it_does_not_know(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["logs", "try", "qmail:/var/log/x", "--data", str(tmp_path / "data")])

    assert told.exit_code == 1 and "the programs are postfix, exim" in told.output
