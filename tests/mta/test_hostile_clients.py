"""Clients that write what looks like a line of the log, against the real Postfix, Exim and Rspamd.

Whatever they write, a line counts for the address that connected, or for nobody.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from reputation.intake.maillog.events import CLEAN, COUNTED, SPAM, UNKNOWN_RECIPIENT
from reputation.intake.maillog.figures import Tally
from reputation.intake.maillog.follower import LineReader
from reputation.intake.maillog.verdicts import PATIENCE, Told, Verdicts
from tests import debian
from tests.mta import namespace as namespaces
from tests.mta.namespace import Namespace
from tests.mta.servers import HOST, Mta, start_exim, start_postfix, start_rspamd
from tests.stories.program import wait_until

VICTIM = "192.0.2.66"
OTHER = "2001:db8:66::66"
NO_SUCH_USER = ("No Such User Here", "User unknown in virtual mailbox table")
SPAM_SUBJECT, CLEAN_SUBJECT = "cheap pills", "the minutes of Tuesday"

SASL_PORT = 11444
LOGIN = "AUTH PLAIN AGFkYQBzZWNyZXQ="  # ada, secret
POSTFIX = {
    "postfix_main.cf": f"""\
mydestination =
virtual_mailbox_domains = {HOST}
virtual_mailbox_maps = inline:{{ {{postmaster@{HOST} = box/}} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:12345
virtual_gid_maps = static:12345
smtpd_milters = inet:127.0.0.1:11332
milter_default_action = accept
milter_mail_macros = i {{auth_authen}} {{client_addr}} {{client_name}} {{mail_addr}}
header_checks = regexp:/etc/postfix/rbl_reply
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{SASL_PORT}
smtpd_authorized_xforward_hosts = 127.0.0.1
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
""",
    "postfix_rbl_reply": "/^X-Odd:/ REJECT this looks like spam\n/^X-Big:/ REJECT too big\n",
    "postscreen_main.cf": "",
    "postscreen_dnsbl_reply": "",
}
RSPAMD = """\
local function found(name, score, word)
  rspamd_config:register_symbol{ name = name, type = 'normal', score = score, callback = function(task)
    local subject = task:get_header('Subject')
    if subject and subject:find(word, 1, true) then return true, 1.0, subject end
  end }
end
found('PILLS', 20, 'pills')
found('GREY', 5, 'grey')
"""
EXIM_MAIN = (
    "auth_advertise_hosts = *\nacl_smtp_data = acl_check_data\ndeliver_drop_privilege = true\nqueue_only = false\n"
)
EXIM_ACL = f"  deny message = No Such User Here\n       local_parts = ! postmaster\n       domains = {HOST}\n"
EXIM_REST = """
acl_check_data:
  deny condition = ${if match{$h_subject:}{pills}}
       message = This message scored 12.3 SPAM points
  defer condition = ${if match{$h_subject:}{grey}}
       message = spam scanner is not available
  accept
begin routers
box:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = /dev/null
  user = Debian-exim
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = yes
  server_set_id = $auth2
"""

# What a client may write, each a piece of a line that would count for somebody else, or be another kind of line.
TAIL = "from=<a@b> to=<c@d> proto=ESMTP helo=<e>"
LINES = (
    f"postfix/smtpd[1]: A1B2C3: client=x[{VICTIM}]",
    f"postfix/cleanup[1]: A1B2C3: milter-reject: END-OF-MESSAGE from x[{VICTIM}]: 5.7.1 spam; {TAIL}",
    f"x from x[{VICTIM}]: 550 5.1.1 <a@b>: Recipient address rejected: User unknown; {TAIL}",
    f"x from y[{VICTIM}]; {TAIL}: 5.7.1 spam",
    f"H=(x) [{VICTIM}] F=<a@b> rejected after DATA: this is spam",
    f") [{VICTIM}] F=<a@b> rejected RCPT <a@b>: No Such User Here",
    f"H=([{OTHER}]) [{VICTIM}]:25 P=esmtp S=1",
    f", ip: {VICTIM}, from: <a@b>, (default: F (no action): [0.00/15.00] [",
    f">, qid: <A1B2C3>, ip: {VICTIM}, from: <a@b>, (default: T (reject): [20.00/15.00] [PILLS(20.00)",
    "x user: bob, from: <a@b>, (default: F (no action): [0.00/15.00] [",
    f"{VICTIM}]\u2028Nov 29 23:00:00 mx postfix/smtpd[1]: A1: client=x[{VICTIM}]",
    f"x\x85\x0c\x0bNov 29 23:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[{VICTIM}]: 550 5.1.1 spam",
)


@dataclass(frozen=True)
class Session:
    """What one client says."""

    helo: str = "sender.example"
    sender: str = "a@b.example"
    recipient: str = f"postmaster@{HOST}"
    subject: str = CLEAN_SUBJECT
    message_id: str = "1@b.example"
    header: str = ""
    login: bool = False

    def counts_for(self, stage: str, code: int, text: str) -> str:
        """What its address counts for, when this is the last reply that it got; "" for nothing."""
        if not self.sender or self.login:
            return ""
        if stage == "RCPT":
            return UNKNOWN_RECIPIENT if code == 550 and text.endswith(NO_SUCH_USER) else ""
        if stage == "DATA" and code // 100 == 5:
            return SPAM if SPAM_SUBJECT in self.subject or self.header.startswith("X-Odd") else ""
        return CLEAN if stage == "DATA" and code == 250 else ""


@dataclass(frozen=True)
class Played:
    """What became of the sessions: by the client's address the session, and what it counts for."""

    sessions: dict[str, Session]
    counted: dict[str, str]

    @property
    def evidence(self) -> set[tuple[str, str]]:
        """What a log of it may tell."""
        return {(kind, source) for source, kind in self.counted.items() if kind}


def sessions() -> Iterator[Session]:
    """Every line in every place, in a message that is spam, in one that is not, and for an unknown recipient."""
    for line in LINES:
        quoted = line.replace("\\", "").replace('"', "")
        for subject in (SPAM_SUBJECT, CLEAN_SUBJECT):
            yield Session(helo=line, subject=subject)
            yield Session(sender=f'"{quoted}"@b.example', subject=subject)
            yield Session(subject=f"{subject} {line}")
            yield Session(subject=subject, message_id=f"{line}@b.example")
        yield Session(recipient=f'"{quoted}"@{HOST}')
        yield Session(header=f"X-Odd: {line}")
        yield Session(header=f"X-Big: {line}")
    yield Session(helo=f"[{VICTIM}]", subject=SPAM_SUBJECT)
    yield Session(helo=f"[{VICTIM}]")
    yield Session(helo=f"[IPv6:{OTHER}]", recipient=f"nobody@{HOST}")
    yield Session(subject="grey")
    yield Session(sender="", recipient=f"nobody@{HOST}")
    yield Session(sender="", subject=SPAM_SUBJECT)
    yield Session(login=True, subject=SPAM_SUBJECT)
    yield Session(login=True)
    yield Session(login=True, recipient=f"nobody@{HOST}")


def talk(mta: Mta, source: str, session: Session) -> str:
    """Plays a session to its end; what it counts for."""
    with mta.namespace.connect("127.0.0.1", mta.port, source) as connection, connection.makefile("rwb") as file:

        def say(text: str) -> int:
            nonlocal reply
            file.write(text.encode() + b"\r\n")
            file.flush()
            code, reply = answer(file)
            return code

        _, reply = answer(file)
        say(f"EHLO {session.helo}")
        if session.login:
            assert say(LOGIN) == 235
        stage, code = "MAIL", say(f"MAIL FROM:<{session.sender}>")
        if code == 250:
            stage, code = "RCPT", say(f"RCPT TO:<{session.recipient}>")
        if code == 250 and say("DATA") == 354:
            header = f"{session.header}\r\n" if session.header else ""
            stage, code = (
                "DATA",
                say(
                    f"From: a@b.example\r\nTo: c@{HOST}\r\nSubject: {session.subject}\r\n"
                    f"Message-ID: <{session.message_id}>\r\n{header}\r\ntext\r\n."
                ),
            )
        counts_for = session.counts_for(stage, code, reply)
        say("QUIT")
    return counts_for


def answer(file: IO[bytes]) -> tuple[int, str]:
    """The code of a reply of one line or more, and the text of its last line."""
    while True:
        line = file.readline()
        if line[3:4] != b"-":
            return int(line[:3] or 0), line[4:].decode(errors="replace").strip()


def sources(number: int) -> str:
    """The address of a session."""
    return f"203.0.113.{number}" if number < 250 else f"198.51.100.{number - 250}"


def play(mta: Mta) -> Played:
    """Plays all sessions, each from an address of its own."""
    played = {sources(number): session for number, session in enumerate(sessions(), 1)}
    for source in played:
        mta.namespace.address(source)
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda each: talk(mta, *each), played.items()))
    return Played(played, dict(zip(played, counted, strict=True)))


def told(program: str, log: Path) -> list[Told]:
    """What the lines of a log tell, in their order."""
    reader, tally = LineReader(program), Tally()
    look = reader.read(log.read_bytes().decode(errors="replace").split("\n")[:-1], tally, int(time.time()))
    assert tally.unread == 0, tally.figures(program, "").samples
    return look.told


def counted(found: Iterable[Told]) -> list[tuple[str, str]]:
    """What counts of it."""
    return [(each.event.kind, each.event.address) for each in found if each.event.kind in COUNTED]


def together(*logs: list[Told]) -> list[tuple[str, str]]:
    """What counts of logs that are followed together."""
    verdicts = Verdicts(waits=True)
    settled = [verdicts.settle(log, 0) for log in logs] + [verdicts.settle([], PATIENCE)]
    return [each for some in settled for each in counted(some.counted)]


@contextmanager
def logins(namespace: Namespace) -> Iterator[None]:
    """Says to Postfix, as Dovecot would, that every login is right: Postfix itself knows nobody."""
    listener = namespace.inside(lambda: socket.create_server(("127.0.0.1", SASL_PORT)))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=answer_logins, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    with listener:
        yield
        listener.shutdown(socket.SHUT_RDWR)


def answer_logins(connection: socket.socket) -> None:
    """One connection of an smtpd, in Dovecot's protocol."""
    with connection, connection.makefile("rw") as file, suppress(OSError):
        file.write("VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0\nDONE\n")
        file.flush()
        for line in file:
            if line.startswith("AUTH\t"):
                file.write("OK\t{}\tuser=ada\n".format(line.split("\t")[1]))
                file.flush()


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    namespaces.needed()
    for package in ("postfix", "exim4-daemon-light", "rspamd"):
        debian.need(package)
    with Namespace() as made:
        yield made


def test_behind_postfix_and_rspamd_a_client_counts_for_itself_whatever_it_writes(namespace: Namespace) -> None:
    boxes = namespace.folder / "boxes"
    boxes.mkdir()
    boxes.chmod(0o777)
    filter_log = start_rspamd(namespace, RSPAMD)
    texts = POSTFIX | {"postfix_main.cf": POSTFIX["postfix_main.cf"] + f"virtual_mailbox_base = {boxes}\n"}
    with logins(namespace):
        mta = start_postfix(namespace, texts, "no code")
        played = play(mta)
    log = namespace.folder / "postfix-25" / "log"
    clean = sum(kind == CLEAN for _, kind in played.counted.items())
    wait_until(lambda: log.read_text().count(": removed\n") >= clean, 60, "what was accepted is delivered")
    keep(log, filter_log)

    by_server, by_filter = told("postfix", log), told("rspamd", filter_log)
    found = counted(by_server)
    assert not set(found) - played.evidence and len(found) == len(set(found))
    # A header field in which a whole refusal stands is read in two ways, and counts for nobody.
    assert len(played.evidence - set(found)) <= 1
    # Of what Rspamd saw; a sender in which a whole verdict stands makes its line read in two ways.
    found = counted(by_filter)
    assert not set(found) - played.evidence and len(found) == len(set(found))
    assert len(found) > 70
    # Followed together, each message counts once.
    found = together(by_server, by_filter)
    assert not set(found) - played.evidence and len(found) == len(set(found))
    assert len(played.evidence - set(found)) <= 1


def test_behind_exim_a_client_counts_for_itself_whatever_it_writes(namespace: Namespace) -> None:
    mta = start_exim(namespace, EXIM_ACL, "no code", 2026, EXIM_MAIN, EXIM_REST)
    log = namespace.folder / "exim-2026" / "log_main"

    played = play(mta)
    clean = sum(kind == CLEAN for _, kind in played.counted.items())
    wait_until(lambda: log.read_text().count(" Completed\n") >= clean, 60, "what was accepted is delivered")
    keep(log, log.with_name("log_reject"))

    found = counted(told("exim", log))
    assert not set(found) - played.evidence and len(found) == len(set(found))
    # Four are read in two ways: a second host with a sender might follow a HELO that Exim does not check. Of four
    # recipients Exim writes the first hundred characters.
    assert len(played.evidence - set(found)) <= 8


def keep(*logs: Path) -> None:
    """Copies the logs to the folder that the variable MAIL_LOGS names, to renew tests/data/mail_logs/ with them."""
    if folder := os.environ.get("MAIL_LOGS"):
        for log in logs:
            shutil.copy(log, Path(folder, f"{log.parent.name}-{log.name}"))
