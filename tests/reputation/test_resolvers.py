"""The lines for resolvers: what must hold of them before any resolver reads them (tests/mta/test_resolvers.py)."""

from __future__ import annotations

import re

import pytest

from reputation.resolvers import BY_ID, RESOLVERS, Lines, Resolver

ZONE = "rep.example.org"
BOTH = (("192.0.2.53", 53), ("2001:db8::53", 53))
# How each program writes the two addresses.
WRITTEN = {
    "unbound": ("stub-addr: 192.0.2.53@53", "stub-addr: 2001:db8::53@53"),
    "bind": ("192.0.2.53 port 53;", "2001:db8::53 port 53;"),
    "knot": ("'192.0.2.53@53'", "'2001:db8::53@53'"),
    "knot-6": ('"192.0.2.53@53"', '"2001:db8::53@53"'),
    "powerdns": (f"{ZONE}=192.0.2.53:53;", ";[2001:db8::53]:53"),
    "powerdns-5": ('"192.0.2.53:53"', '"[2001:db8::53]:53"'),
    "dnsmasq": (f"server=/{ZONE}/192.0.2.53#53\n", f"server=/{ZONE}/2001:db8::53#53\n"),
    "resolved": ("DNS=192.0.2.53:53 ", " [2001:db8::53]:53"),
    "resolved-258": ("DNS=192.0.2.53:53 ", " [2001:db8::53]:53"),
    "windows": ("-MasterServers 192.0.2.53, 2001:db8::53",),
}
TEXTS = [(resolver, lines) for resolver in RESOLVERS for lines in resolver.lines(ZONE, BOTH)]
ids = [lines.id for _, lines in TEXTS]


@pytest.mark.parametrize(("resolver", "lines"), TEXTS, ids=ids)
def test_each_text_says_whose_it_is_and_where_it_goes_and_names_the_zone(resolver: Resolver, lines: Lines) -> None:
    first = lines.text.splitlines()[0]

    assert re.match(rf"(#|//|--|;) Gatepost for {re.escape(resolver.name)}.*, in {re.escape(lines.place)}", first)
    assert ZONE in lines.text
    assert max(map(len, lines.text.splitlines())) <= 120
    assert not re.search(r"[{}]{2}|\bNone\b| $", lines.text, re.MULTILINE)


@pytest.mark.parametrize("id", WRITTEN)
def test_each_text_has_every_address_with_its_port(id: str) -> None:
    [text] = [lines.text for _, lines in TEXTS if lines.id == id]

    assert [written for written in WRITTEN[id] if written not in text] == []


def test_every_text_with_an_address_is_looked_at_here() -> None:
    assert {lines.id for _, lines in TEXTS if "192.0.2.53" in lines.text} == set(WRITTEN)
    assert len(set(ids)) == len(ids)


def test_unbound_asks_its_own_host_only_where_the_zone_is_served_there() -> None:
    def unbound(host: str) -> str:
        [lines] = BY_ID["unbound"].lines(ZONE, [(host, 5300)])
        return lines.text

    assert "do-not-query-localhost: no" in unbound("127.0.0.1") and "do-not-query-localhost: no" in unbound("::1")
    assert "do-not-query-localhost" not in unbound("192.0.2.53")


def test_a_program_that_asks_port_53_only_gets_no_lines_for_another_port_and_is_told_why() -> None:
    windows = BY_ID["windows-dns"]

    assert windows.lines(ZONE, [("192.0.2.53", 5300)]) == ()
    assert windows.trouble([("192.0.2.53", 5300)]) == (
        "Windows DNS can ask on port 53 only, and Gatepost answers on 192.0.2.53:5300."
    )
    assert windows.trouble(BOTH) == ""
    assert [each.id for each in RESOLVERS if each.trouble([("192.0.2.53", 5300)])] == ["windows-dns"]
