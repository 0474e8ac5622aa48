"""A subscription is one notion: DNS, the command line and the screens of a running program say the same of it.

Basic has the standard subscription; Acme, with the advanced one, asks beside it and is answered the same all the time.
"""

from __future__ import annotations

import contextlib
import re
import time

from commands import opened
from reputation import settings
from reputation.customers import organizations, users
from reputation.intake import listings
from tests.conftest import make_cast
from tests.dnsd import wire
from tests.dnsd.ask import Tcp, Udp
from tests.dnsd.cast import reversed_name
from tests.stories.program import Browser, Program, wait_until

LISTED, TEST_ADDRESS = "203.0.113.20", "127.0.0.2"
OLGA, PASSWORD = "olga@acme.example", "a long enough sentence"
SYSTEM = "/installation/system"
QUESTIONS = 300  # more than a client network may have at once without a valid code


def dynamic(label: str, address: str = LISTED, qtype: int = wire.A) -> bytes:
    return wire.query(reversed_name(address, code=label, database="q"), qtype, additional=(wire.opt(),))


def test_a_second_lookup_that_is_not_subscribed_to_is_answered_and_counted_apart_until_it_is(source: Program) -> None:
    with opened(settings.read({"data": str(source.data)})):
        made = make_cast(int(time.time()))
        users.add(OLGA, made.acme.id, "operator", PASSWORD, int(time.time()))
        listings.add(LISTED, "dynamic", "ETL", 86400, "Seen", int(time.time()))
    acme, basic = made.acme_code.label, made.basic_code.label

    def subscribe(name: str, answer: list[str]) -> None:
        with opened(settings.read({"data": str(source.data)})):
            organizations.change_subscription(made.basic.id, name, int(time.time()), OLGA)
        wait_until(lambda: udp.ask(dynamic(basic)).addresses == answer, 30, f"Basic has the {name} subscription")
        assert udp.ask(dynamic(acme)).addresses == ["127.0.0.2"]

    source.start("--rate-limit", "1", "--rate-limit-exempt", "192.0.2.0/24")
    with contextlib.closing(Udp(source.dns)) as udp, contextlib.closing(Tcp(source.dns)) as tcp:
        for _ in range(QUESTIONS):
            assert is_denied(udp.ask(dynamic(basic)))
        for door in (udp, tcp):
            for packet in (dynamic(basic, TEST_ADDRESS), dynamic(basic, qtype=wire.TXT), dynamic(basic, qtype=wire.MX)):
                assert is_denied(door.ask(packet))
            assert door.ask(dynamic(acme)).addresses == ["127.0.0.2"]
        assert "The dynamic database belongs to the advanced subscription." in checked(source, "Basic")
        assert "127.0.0.2" in checked(source, "Acme")

        operator = Browser(source.portal)
        operator.submit("/login", email=OLGA, password=PASSWORD)
        wait_until(lambda: figure(operator.get(SYSTEM), "Not subscribed") == QUESTIONS + 6, 30, "it is counted")
        assert "Nobody asked under a code that is unknown" in operator.get(SYSTEM)

        subscribe("advanced", ["127.0.0.2"])
        subscribe("standard", [])


def is_denied(reply: wire.Reply) -> bool:
    authority = [record.rtype for record in reply.authority]
    return (reply.rcode, authority, "tc" in reply.flags) == (wire.NXDOMAIN, [wire.SOA], False)


def checked(program: Program, organization: str) -> str:
    """What `gatepost check` says of the dynamic database."""
    lines = program.command("check", LISTED, "--organization", organization).out.splitlines()
    return next(line for line in lines if line.startswith("dynamic"))


def figure(page: str, kind: str) -> int:
    """The packets of a kind on the page System; 0 where it is not there."""
    found = re.search(rf'<th scope="row">{kind} <small>[^<]*</small></th><td class="number">([\d,]+)', page)
    return int(found[1].replace(",", "")) if found else 0
