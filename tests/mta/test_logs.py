"""What a real Postfix writes into its log about spam that it refused is evidence against who sent it."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation.intake.maillog import Follower, LogSource
from reputation.store.db import Store
from reputation.store.models import SpamReport
from tests import debian
from tests.mta import namespace as namespaces
from tests.mta.namespace import Namespace
from tests.mta.servers import HOST, Mta, start_postfix
from tests.neighbour import others
from tests.stories.program import wait_until

CHECKS = {
    "postfix_main.cf": "header_checks = regexp:/etc/postfix/rbl_reply\n",
    "postfix_rbl_reply": "/^Subject:.*pills/ REJECT this is spam\n",
    "postscreen_main.cf": "",
    "postscreen_dnsbl_reply": "",
}


@pytest.fixture
def postfix() -> Iterator[Mta]:
    namespaces.needed()
    debian.need("postfix")
    with Namespace() as namespace:
        yield start_postfix(namespace, CHECKS, "no code")


def send(mta: Mta, source: str, subject: str) -> int:
    """The code of the last reply to a whole message."""
    mta.namespace.address(source)
    with smtplib.SMTP(local_hostname="sender.example", timeout=60) as smtp:
        smtp.sock = mta.namespace.connect("::1" if ":" in source else "127.0.0.1", mta.port, source)
        smtp.getreply()
        smtp.ehlo()
        smtp.mail("someone@sender.example")
        smtp.rcpt(f"postmaster@{HOST}")
        return int(smtp.data(f"Subject: {subject}\n\ntext\n")[0])


def test_whose_message_postfix_refuses_as_spam_is_reported(postfix: Mta, store: Store) -> None:
    log = postfix.namespace.folder / f"postfix-{postfix.port}" / "log"
    follower = Follower(LogSource("postfix", Path(log)))
    follower.read_new(int(time.time()))

    assert send(postfix, "203.0.113.77", "cheap pills") == 550
    assert send(postfix, "203.0.113.78", "the minutes of Tuesday") == 250
    assert send(postfix, "2001:db8:7::7", "more pills") == 550
    # A process of its own (postlogd) writes the log: the reply may be here before the line.
    last = "disconnect from unknown[2001:db8:7::7]"
    wait_until(lambda: last in log.read_text(), 60, "the log tells of the last sender")
    said = follower.read_new(int(time.time()))

    assert said.endswith("log: 2 reports, 0 clean deliveries."), log.read_text()
    rows = [(row.address, row.source) for row in others(SpamReport).order_by(SpamReport.id)]
    assert rows == [("203.0.113.77", "filter"), ("2001:db8:7::7", "filter")]
