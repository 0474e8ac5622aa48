"""Rspamd: a task's client and action, and never what the client wrote."""

from __future__ import annotations

import time

import pytest

from tests.conftest import NOON
from tests.reputation.intake.maillog.log_lines import counted, read, stamp, why

VICTIM = "192.0.2.66"
STAMP = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(NOON))
TASK = "<4f1abc>; task; rspamd_task_write_log:"
MESSAGE = "id: <1@b>, qid: <undef>, ip: 203.0.113.10, from: <a@b>,"
END = "len: 90, time: 153.109ms, dns req: 0, digest: <0292>, rcpts: <y@acme.example>, mime_rcpts: <y@acme.example>"
REJECT = "(default: T (reject): [20.00/15.00] [PILLS(20.00){pills;}]), " + END
NO_ACTION = "(default: F (no action): [0.10/15.00] []), " + END


def rspamd(text: str) -> str:
    """A line of Rspamd's own log file."""
    return f"{STAMP} #8(normal) {TASK} {text}"


@pytest.mark.parametrize(
    ("action", "kind"),
    [("T (reject)", "spam"), ("T (add header)", "spam"), ("F (rewrite subject)", "spam"), ("F (no action)", "clean")],
)
def test_an_action_counts_for_the_client(action: str, kind: str) -> None:
    line = rspamd(
        f"id: <1@b>, qid: <4F1AB2>, ip: 2001:db8::9, from: <a@b>, (default: {action}: [9/15] [X(1.0){{}}]), {END}"
    )

    assert counted("rspamd", [line]) == [(kind, "2001:db8::9")]


@pytest.mark.parametrize(
    "line",
    [
        f"{stamp()} mx rspamd[8]: {TASK} {MESSAGE} {REJECT}",
        f"{STAMP} #8(rspamd_proxy) <4f1>; proxy; rspamd_task_write_log: {MESSAGE} {REJECT}",
    ],
)
def test_other_framings_are_read(line: str) -> None:
    assert counted("rspamd", [line]) == [("spam", "203.0.113.10")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"id: <1@b>, ip: 203.0.113.10, user: bob, from: <a@b.example>, {REJECT}", "a logged-in user"),
        (f"id: <1@b>, ip: 203.0.113.10, from: <>, {REJECT}", "the null sender"),
        (f"id: <1@b>, ip: 203.0.113.10, {REJECT}", "the null sender"),
        (f"id: <1@b>, ip: 203.0.113.10, from: <a@b>, {REJECT.replace('T (reject)', 'F (greylist)')}", "not for good"),
        (
            f"id: <1@b>, ip: 203.0.113.10, from: <a@b>, {REJECT.replace('T (reject)', 'F (soft reject)')}",
            "not for good",
        ),
        (f"id: <1@b>, ip: 203.0.113.10, from: <a@b>, {REJECT.replace('PILLS', 'GATEPOST_KSS')}", "our own listing"),
        (
            f"id: <1@b>, ip: 203.0.113.10, from: <a@b>, {REJECT.replace('[PILLS', '[X(1.0){a;},GATEPOST_DYN(1.0),Y')}",
            "our own",
        ),
    ],
)
def test_what_is_no_evidence_says_why(text: str, reason: str) -> None:
    [found] = why("rspamd", [rspamd(text)])

    assert reason in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"id: <1>,?ip:?{VICTIM},?from:?<a@b>,?>, qid: <4F>, ip: 203.0.113.10, from: <a@b>, {REJECT}", "spam"),
        (f"id: <1@b>, ip: 203.0.113.10, from: <x (default: F (no action): [@b.example>, {REJECT}", "spam"),
        (f'id: <1@b>, ip: 203.0.113.10, from: <"x (default: F (no action): ["@b.example>, {REJECT}', "spam"),
        (f"id: <1@b>, ip: 203.0.113.10, from: <x user: bob@b.example>, {REJECT}", "spam"),
        (f"id: <1@b>, ip: 203.0.113.10, from: <x, ip: {VICTIM}, from: <y@b>, {REJECT}", "spam"),
        # A whole verdict in the sender: neither is believed.
        (f"id: <1@b>, ip: 203.0.113.10, from: <x>, {NO_ACTION}, x@b.example>, {REJECT}", ""),
        (f"id: <1@b>, ip: 203.0.113.10, from: <x>, {REJECT}, x@b.example>, {NO_ACTION}", ""),
    ],
)
def test_text_that_a_client_chose_changes_nothing(text: str, expected: str) -> None:
    assert counted("rspamd", [rspamd(text)]) == ([(expected, "203.0.113.10")] if expected else [])


def test_other_lines_of_rspamd_are_known_and_say_nothing() -> None:
    lines = [
        f"{STAMP} #8(normal) <4f1abc>; task; rspamd_message_parse: loaded message; id: <1@b>; ip: {VICTIM}",
        f"{STAMP} #8(main) rspamd_url_init: start compiling",
        f"{STAMP} #8(normal) <4f1abc>; lua; x.lua:1: {TASK} id: <1@b>, ip: {VICTIM}, from: <a@b>, {REJECT}",
    ]
    told, figures = read("rspamd", lines)

    assert not told and figures.recognised == 3
