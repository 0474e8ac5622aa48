"""The recipes of docs/evidence.md work as they stand there: real servers hand a trap's mail over to Gatepost.

Whoever has sent it is listed, whatever it called itself, and so is nobody else.
"""

from __future__ import annotations

import contextlib
import smtplib
import sqlite3
from collections.abc import Iterator

import pytest

from reputation.store.db import SQLITE_NAME
from reputation.store.models import SpamReport
from tests import debian
from tests.docs.recipe_blocks import block
from tests.mta import namespace as namespaces
from tests.mta.gatepost import Gatepost
from tests.mta.namespace import Namespace
from tests.mta.servers import HOST, start_exim, start_postfix
from tests.reputation.intake.test_arf import HEADERS, report
from tests.stories.program import wait_until

SPAMMER, ANOTHER, COMPLAINED, VICTIM = "203.0.113.77", "203.0.113.78", "203.0.113.88", "192.0.2.66"
PROVIDER = "198.51.100.30"
TRAP = "anybody@trap.example.org"
# Where clients come from. They are no addresses of an interface: a machine never lists its own.
NETWORKS = ("203.0.113.0/24", "198.51.100.0/24")
FORGED = (
    f"Received: from x (y [{VICTIM}]) by z (Postfix) with ESMTP id 1\r\n"
    "From: a@b.example\r\nSubject: Offer\r\n\r\nText\r\n"
)
REPORTS = f'SELECT source, reporter FROM "{SpamReport._meta.table_name}" WHERE address = ?'


@pytest.fixture(scope="module", params=["postfix", "exim"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def gatepost(kind: str) -> Iterator[Gatepost]:
    """Gatepost behind the mail server on port 25, both set up by the recipes."""
    namespaces.needed()
    debian.need("postfix" if kind == "postfix" else "exim4-daemon-light")
    with Namespace() as namespace:
        for network in NETWORKS:
            namespaces.ip("-n", namespace.name, "route", "add", "local", network, "dev", "lo")
        made = Gatepost(namespace, 53)
        [acme] = made.commands(("organization", "add", "Acme", "--subscription", "advanced"))
        made.code = acme["label"]
        settings = ("behind a mail server on the same machine", "complaints")
        (made.data / "gatepost.toml").write_text(block(*(f"data/gatepost.toml, {name}" for name in settings)))
        made.serve()
        start(namespace, kind)
        yield made


def start(namespace: Namespace, kind: str) -> None:
    if kind == "postfix":
        texts = dict.fromkeys(("postfix_rbl_reply", "postscreen_main.cf", "postscreen_dnsbl_reply"), "")
        texts["postfix_main.cf"] = block("/etc/postfix/main.cf", "/etc/postfix/main.cf, one old address")
        start_postfix(namespace, texts, "no code", services=block("/etc/postfix/master.cf"))
        return
    routers = block("Exim, a router for one old address", "Exim, the first router")
    transports = block("Exim, a transport")
    rest = f"\nbegin routers\n{routers}\nbegin transports\n{transports}"
    main = "deliver_drop_privilege = true\nqueue_only = false\n"
    start_exim(namespace, block("Exim, in acl_check_rcpt"), "no code", port=25, main=main, rest=rest)


def send(gatepost: Gatepost, client: str, to: str, content: str, helo: str = f"[{VICTIM}]") -> None:
    with smtplib.SMTP(timeout=60) as smtp:
        smtp.sock = gatepost.namespace.connect("127.0.0.1", 25, client)
        smtp.getreply()
        smtp.docmd("EHLO", helo)
        for command in ("MAIL FROM:<someone@sender.example>", f"RCPT TO:<{to}>"):
            assert smtp.docmd(command)[0] == 250, to
        assert smtp.docmd("DATA")[0] == 354
        smtp.sock.sendall(content.encode() + b"\r\n.\r\n")
        assert smtp.getreply()[0] == 250


def reports(gatepost: Gatepost, address: str) -> list[tuple[str, str]]:
    """Source and reporter of what is written down about an address."""
    with contextlib.closing(sqlite3.connect(gatepost.data / SQLITE_NAME)) as database:
        return database.execute(REPORTS, (address,)).fetchall()


def test_whoever_sends_to_the_trap_is_listed_and_whom_it_names_is_not(gatepost: Gatepost) -> None:
    send(gatepost, SPAMMER, TRAP, FORGED)

    gatepost.wait_for(2, SPAMMER, "dynamic")
    assert reports(gatepost, SPAMMER) == [("trap", "")]
    assert not gatepost.answer(VICTIM, "dynamic") and not reports(gatepost, VICTIM)


def test_one_old_address_of_another_domain_is_a_trap(gatepost: Gatepost) -> None:
    send(gatepost, ANOTHER, f"old.name@{HOST}", FORGED)

    gatepost.wait_for(2, ANOTHER, "dynamic")


def test_a_complaint_of_a_named_reporter_counts_and_another_does_not(gatepost: Gatepost) -> None:
    complaint = report(f"Feedback-Type: abuse\nSource-IP: {COMPLAINED}", HEADERS).decode().replace("\n", "\r\n")
    send(gatepost, SPAMMER, "fbl@trap.example.org", complaint)
    send(gatepost, PROVIDER, "fbl@trap.example.org", complaint, "fbl.provider.example")

    wait_until(lambda: reports(gatepost, COMPLAINED), 30, "the complaint is written down")
    assert reports(gatepost, COMPLAINED) == [("complaint", PROVIDER)]
