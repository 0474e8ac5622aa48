"""No text that a client can choose changes which address a line counts for, or turns nothing into something.

Lines are written here as the servers write them, with a client's text in every place that is a client's. The text is
searched for by Hypothesis, which puts it together from pieces of such lines.
"""

from __future__ import annotations

import re
import time
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import NOON
from tests.reputation.intake.maillog.log_lines import counted, delivered, postfix, stamp

CLIENT, VICTIM = "203.0.113.9", "192.0.2.66"
OWN = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(NOON))
PIECES = (
    f"x[{VICTIM}]", f"[{VICTIM}]:25", f"({VICTIM})", f"H=(x) [{VICTIM}]", f") [{VICTIM}] ", f"ip: {VICTIM},",
    f"client=x[{VICTIM}]", f" from x[{VICTIM}]: ", "]; from=<a@b>", f"relay=x [{VICTIM}]", f"address={VICTIM} host=x",
    f"connect ip={VICTIM} port=1 ", "; from=<> ", "; from=<a@b> to=<c@d> proto=ESMTP helo=<e>", ">: ", "<", ">", '"',
    "\\", " ", "; ", ", ", ": ", "A1B2C3: ", "reject: ", "milter-reject: END-OF-MESSAGE", "RCPT", "550 5.1.1 ", "spam",
    "5.7.1 spam", "F=<a@b> ", "rejected after DATA: ", "rejected RCPT <x>: No such user", "temporarily ", "A=plain:x ",
    "<= ", "=> ", "Completed", "user: bob,", "from: <a@b>,", " (default: F (no action): [0.1/15.0] [", "X(1.0){}",
    ">, (default: T (reject): [20/15] [", "GATEPOST_KSS(1.0)", "]), len: 1", "Blocked SPAM {DiscardedInbound}, ",
    "Passed CLEAN {RelayedInbound}, ", " -> <c@d>, ", "Queue-ID: A1B2C3,", "Milter: data, reject=554 5.7.1 spam",
    "stat=Sent ", ", dsn=2.0.0, status=sent (", "relay=virtual, delay=1, delays=1/0/0/0", "removed", "disconnect ",
    'smtp failed-command command="DATA" result="550 5.7.1 spam"', "relay=N ", "code=DENY msg=", "postfix/smtpd[1]: ",
    f"{stamp()} mx ", f"{OWN} ", "\u2028", "\x85", "\x0b", "\x0c", "\r", "\0", "\x1c", "é", "\ufffd",
)  # fmt: skip
TEXT = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map(
    lambda pieces: "".join(pieces).replace("\n", "?")
)


class Row(NamedTuple):
    """How a program writes what a client said, and what it counts for at most ("" for nothing).

    The client's text stands in a line as it is, `quoted` as a local part in quotes, `bare` without a space, `escaped`
    as in a value between quotes, and `cut` to what Postfix writes of a header field.
    """

    program: str
    at_most: str
    lines: tuple[str, ...]

    def write(self, text: str) -> list[str]:
        """The lines with the client's text in its places."""
        values = {
            "text": text,
            "quoted": '"' + text.replace("\\", "").replace('"', "") + '"@b.example',
            "bare": re.sub(r"[^!-~]", "?", text),
            "escaped": text.replace("\\", "\\\\").replace('"', '\\"'),
            "cut": text[:200],
        }
        return [line.format(**values) for line in self.lines]


TAIL = "from=<a@b> to=<c@d> proto=ESMTP helo=<e>"
ANY_TAIL = "from=<{quoted}> to=<c@d> proto=ESMTP helo=<{text}>"
REASON = f"4F: milter-reject: END-OF-MESSAGE from x[{CLIENT}]:"
HEADER = f"4F: reject: header Subject: {{cut}} from x[{CLIENT}];"
REFUSED = f"NOQUEUE: reject: RCPT from x[{CLIENT}]:"
BEGUN = tuple(delivered(f"x[{CLIENT}]", "4F")[:2])
QUEUED = (
    postfix("cleanup", "4F: message-id=<{text}>"),
    postfix("qmgr", "4F: from=<{quoted}>, size=1, nrcpt=1 (queue)"),
)
RELAY = "4F: to=<{quoted}>, relay=virtual, delay=1, delays=1/0/0/0,"
REMOVED = postfix("qmgr", "4F: removed")
HOST, ID = f"H=(e) [{CLIENT}]", "1tABCd-0001Ab-2C"
NO_RELAY = "rejected RCPT <{quoted}>: relay not permitted"
TASK = f"{OWN} #8(normal) <4f1>; task; rspamd_task_write_log: id: <{{bare}}>, ip: {CLIENT},"
REJECT = "(default: T (reject): [20.00/15.00] [X(1.0){{{text}}}]), len: 1, rcpts: <{text}>"
GREYLIST = "(default: F (greylist): [5.00/15.00] [X(1.0){{}}]), len: 1"
SENDMAIL = f"{stamp()} mx sm-mta[1]: 5AT8C5ab012345:"
FIRST = "from=<{quoted}>, size=1, class=0, nrcpts=1, msgid={cut}, proto=ESMTP, daemon=MTA, relay=x@{text}@e"
SMTPD = f"{stamp()} mx smtpd[1]: 88166f7f21c951f4"
AMAVIS = f"{stamp()} mx amavis[7]: (1-01)"
HARAKA = "[NOTICE] [B6F4A2B1-1111-2222-3333-444455556666] [core]"
OFFERED = (f"{HARAKA} connect ip={CLIENT} port=4 local_ip=192.0.2.1", HARAKA + ' sender <{quoted}> code=CONT msg=""')
ENDED = HARAKA + f' disconnect ip={CLIENT} rdns=NXDOMAIN helo="{{escaped}} " relay=N early=N'
JUDGED = HARAKA + ' message mid="{escaped} " size=1 rcpts=1/0/0 delay=0.1'

ROWS = {
    "HELO and sender of spam": Row("postfix", "spam", (postfix("cleanup", f"{REASON} 5.7.1 spam; {ANY_TAIL}"),)),
    "of what is greylisted": Row("postfix", "", (postfix("cleanup", f"{REASON} 4.7.1 later; {ANY_TAIL}"),)),
    "of a virus": Row("postfix", "", (postfix("cleanup", f"{REASON} 5.7.1 virus; {ANY_TAIL}"),)),
    "a header field": Row("postfix", "", (postfix("cleanup", f"{HEADER} {TAIL}: 5.3.4 big"),)),
    "a header field and HELO": Row("postfix", "", (postfix("cleanup", f"{HEADER} {ANY_TAIL}: 5.3.4 big"),)),
    "a header field of spam": Row("postfix", "spam", (postfix("cleanup", f"{HEADER} {ANY_TAIL}: 5.7.1 spam"),)),
    "relaying": Row("postfix", "", (postfix("smtpd", f"{REFUSED} 554 5.7.1 <{{text}}@d>: denied; {ANY_TAIL}"),)),
    "no recipient": Row(
        "postfix", "unknown recipient", (postfix("smtpd", f"{REFUSED} 550 5.1.1 <{{text}}>; {ANY_TAIL}"),)
    ),
    "a delivery": Row(
        "postfix", "clean", (*BEGUN, *QUEUED, postfix("virtual", f"{RELAY} dsn=2.0.0, status=sent (x)"), REMOVED)
    ),
    "no delivery": Row(
        "postfix", "", (*BEGUN, *QUEUED, postfix("smtp", f"{RELAY} dsn=5.1.1, status=bounced ({{text}})"), REMOVED)
    ),
    "a warning": Row("postfix", "", (postfix("smtpd", f"warning: non-SMTP command from x[{CLIENT}]: {{text}}"),)),
    "another program": Row("postfix", "", (f"{stamp()} mx sshd[1]: {{text}}", f"{stamp()} mx x: {{text}}")),
    "Exim, spam": Row("exim", "spam", (f"{OWN} {ID} {HOST} F=<{{quoted}}> rejected after DATA: spam",)),
    "Exim, relaying": Row("exim", "", (f"{OWN} {HOST} F=<{{quoted}}> {NO_RELAY}",)),
    "Exim, any HELO": Row("exim", "", (f"{OWN} H=({{text}}) [{CLIENT}] F=<{{quoted}}> {NO_RELAY}",)),
    "Exim, a bad HELO": Row("exim", "", (f"{OWN} rejected EHLO from [{CLIENT}]: syntactically invalid: {{text}}",)),
    "Exim, a delivery": Row(
        "exim",
        "clean",
        (
            f'{OWN} {ID} <= {{quoted}} {HOST} P=esmtp S=1 id={{bare}} T="{{text}}"',
            f"{OWN} {ID} => y",
            f"{OWN} {ID} Completed",
        ),
    ),
    "Rspamd, spam": Row("rspamd", "spam", (f"{TASK} from: <{{text}}>, {REJECT}",)),
    "Rspamd, greylisted": Row("rspamd", "", (f"{TASK} from: <{{text}}>, {GREYLIST}",)),
    "Rspamd, a user": Row("rspamd", "", (f"{TASK} user: ada, from: <{{text}}>, {REJECT}",)),
    "Sendmail, spam": Row(
        "sendmail", "spam", (f"{SENDMAIL} {FIRST} [{CLIENT}]", f"{SENDMAIL} Milter: data, reject=554 5.7.1 spam")
    ),
    "Sendmail, a virus": Row(
        "sendmail", "", (f"{SENDMAIL} {FIRST} [{CLIENT}]", f"{SENDMAIL} Milter: data, reject=554 5.7.1 virus")
    ),
    "OpenSMTPD, a command": Row(
        "opensmtpd",
        "",
        (
            f"{SMTPD} smtp connected address={CLIENT} host=<unknown>",
            SMTPD + ' smtp failed-command command="{text}" result="500 5.5.1 Invalid command"',
        ),
    ),
    "amavis, spam": Row(
        "amavis",
        "spam",
        (
            f"{AMAVIS} Blocked SPAM {{{{DiscardedInbound}}}}, [{CLIENT}]:4 [{VICTIM}] <{{quoted}}> -> <{{quoted}}>, "
            "Message-ID: <{text}>",
        ),
    ),
    "amavis, banned": Row(
        "amavis", "", (f"{AMAVIS} Blocked BANNED ({{text}}) {{{{DiscardedInbound}}}}, [{CLIENT}]:4 <a@b> -> <c@d>",)
    ),
    "Haraka, spam": Row("haraka", "spam", (*OFFERED, f'{JUDGED} code=DENY msg="this is spam"', ENDED)),
    "Haraka, for now": Row("haraka", "", (*OFFERED, f'{JUDGED} code=DENYSOFT msg="this is spam"', ENDED)),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
@settings(max_examples=30)
@given(text=TEXT)
def test_lines_count_for_their_client_and_for_what_they_say_or_for_nothing(row: Row, text: str) -> None:
    assert set(counted(row.program, row.write(text))) <= ({(row.at_most, CLIENT)} if row.at_most else set())


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.at_most])
def test_lines_about_an_honest_client_count(row: Row) -> None:
    assert counted(row.program, row.write("ada")) == [(row.at_most, CLIENT)]
