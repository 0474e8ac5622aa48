"""The root of the small internet: it delegates the zone, and knows nothing else."""

from __future__ import annotations

import pytest
from dnslib import QTYPE, DNSRecord

from benchmarks.resolvers.parent import Parent

PARENT = Parent("198.18.0.1", "rep.example", "198.18.53.53")


def ask(name: str, qtype: str = "A") -> DNSRecord:
    return DNSRecord.parse(PARENT.answer(bytes(DNSRecord.question(name, qtype).pack())))


@pytest.mark.parametrize("name", ["rep.example", "R.Rep.Example", "1.2.0.192.code.r.rep.example"])
def test_what_is_in_the_zone_is_referred_to_its_server(name: str) -> None:
    reply = ask(name)

    assert (reply.header.aa, reply.header.rcode, reply.rr) == (0, 0, [])
    assert [(str(one.rname), str(one.rdata)) for one in (*reply.auth, *reply.ar)] == [
        ("rep.example.", "ns.rep.example."), ("ns.rep.example.", "198.18.53.53"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["example", "notrep.example", "invalid", "rep.example.invalid"])
def test_every_other_name_has_no_data(name: str) -> None:
    reply = ask(name)

    assert (reply.header.aa, reply.header.rcode, reply.rr) == (1, 0, [])
    assert [QTYPE[one.rtype] for one in reply.auth] == ["SOA"]


def test_the_root_itself_has_a_name_server_with_an_address() -> None:
    assert [str(one.rdata) for one in (*ask(".", "NS").rr, *ask("root.invalid").rr)] == ["root.invalid.", "198.18.0.1"]
    assert PARENT.hints.splitlines()[1].split()[-1] == "198.18.0.1"
