"""The log of another machine: what a mail server writes to its rsyslog arrives in a file here, by the recipe."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation.intake.maillog import Follower, LogSource
from reputation.store.db import Store
from reputation.store.models import SpamReport
from tests import debian
from tests.docs.recipe_blocks import block
from tests.mta import namespace as namespaces
from tests.mta.namespace import Namespace, Program
from tests.neighbour import others
from tests.stories.program import wait_until

GATEPOST, PORT = "192.0.2.53", 6514
MAIL, AUTH = 22, 38  # facility and severity: mail.info, auth.info (RFC 5424 6.2.1)
SPAM = (
    "AB{0}: milter-reject: END-OF-MESSAGE from x[203.0.113.{0}]: 5.7.1 spam; from=<a@b> to=<c@d> proto=ESMTP helo=<e>"
)
# What Debian's rsyslog.conf says before it reads the recipe.
BEFORE = """\
global(workDirectory="{folder}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/log")
"""


class Rsyslog:
    """The rsyslog of a machine, with a recipe as its configuration; programs write to `log` in its folder."""

    def __init__(self, namespace: Namespace, name: str, recipe: str) -> None:
        root = debian.need("rsyslog")
        self.folder = namespace.folder / name
        self.folder.mkdir()
        configuration = self.folder / "rsyslog.conf"
        configuration.write_text(BEFORE.format(folder=self.folder) + recipe.replace("/var/log", str(self.folder)))
        modules = next(root.glob("usr/lib/*/rsyslog"))
        argv = (root / "usr/sbin/rsyslogd", "-n", "-f", configuration, "-i", self.folder / "pid", "-M", modules)
        self.program = Program(
            argv, namespace.etc(name), {"LD_LIBRARY_PATH": debian.libraries(root)}, self.folder / "printed"
        )

    def write(self, priority: int, message: str, tag: str = "postfix/cleanup[7]") -> None:
        """Write as a program of this machine does."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.connect(str(self.folder / "log"))
            log.send(f"<{priority}>{time.strftime('%b %e %H:%M:%S')} {tag}: {message}".encode())


@pytest.fixture
def machines() -> Iterator[tuple[Rsyslog, Path]]:
    """The mail server's rsyslog, and the file on Gatepost's machine."""
    namespaces.needed()
    with Namespace() as namespace:
        namespace.address(GATEPOST)
        here = Rsyslog(namespace, "here", block("/etc/rsyslog.d/60-mail-of-mx1.conf"))
        namespace.start(here.program, PORT, GATEPOST)
        there = Rsyslog(namespace, "there", block("/etc/rsyslog.d/60-gatepost.conf"))
        namespace.start(there.program)
        wait_until((there.folder / "log").exists, 20, "the mail server's rsyslog listens")
        yield there, here.folder / "mail-mx1.log"


def test_what_a_mail_server_writes_counts_and_nothing_of_other_programs(
    machines: tuple[Rsyslog, Path], store: Store
) -> None:
    there, log = machines
    there.write(MAIL, "first line")
    wait_until(log.exists, 30, "the first line has arrived")
    follower = Follower(LogSource("postfix", log))
    follower.read_new(int(time.time()))

    there.write(AUTH, SPAM.format(66))
    there.write(MAIL, SPAM.format(9))
    wait_until(lambda: "203.0.113.9" in log.read_text(), 30, "the line has arrived")
    follower.read_new(int(time.time()))

    assert [row.address for row in others(SpamReport)] == ["203.0.113.9"]
    assert log.stat().st_mode & 0o777 == 0o640
