"""Whom a domain's SPF record lets send: followed over real DNS, and bounded whatever the record says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reputation.intake import spf
from reputation.intake.spf import Followed, SpfError
from tests.reputation.intake.name_server import Records, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Records]:
    with serving() as records:
        yield records


@pytest.fixture
def dns(served: Records) -> Records:
    served.texts, served.broken, served.asked, served.delay = {}, set(), [], 0.0
    return served


def follow(dns: Records, domain: str = "a.example") -> Followed:
    return spf.follow(domain, dns.client())


def networks(dns: Records, record: str = "") -> list[str]:
    if record:
        dns.spf("a.example", record)
    return [str(one) for one in follow(dns).networks]


def fault(dns: Records, *records: str) -> str:
    if records:
        dns.spf("a.example", *records)
    with pytest.raises(SpfError) as error:
        follow(dns)
    return str(error.value)


def test_gmail_redirects_to_records_that_include_others(dns: Records) -> None:
    dns.spf("gmail.example", "google-site-verification=x", "v=spf1 redirect=_spf.google.example")
    dns.spf("_spf.google.example", "v=spf1 include:_netblocks.google.example include:_netblocks2.google.example ~all")
    dns.spf("_netblocks.google.example", "v=spf1 ip4:209.85.128.0/17 ip4:35.190.247.0/24 ~all")
    dns.spf("_netblocks2.google.example", "v=spf1 ip6:2607:f8b0:4000::/36 ~all")

    found = follow(dns, "gmail.example")

    assert list(map(str, found.networks)) == ["35.190.247.0/24", "209.85.128.0/17", "2607:f8b0:4000::/36"]
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ("v=spf1 ip4:192.0.2.1 -all", ["192.0.2.1"]),
        ("v=spf1 ip4:192.0.2.1/24 -all", ["192.0.2.0/24"]),
        ("V=SPF1  IP4:192.0.2.0/24   +IP6:2001:DB8::1/48 -ALL", ["192.0.2.0/24", "2001:db8::/48"]),
        ("v=spf1 ip4:192.0.2.1 -ip4:192.0.2.2 ~ip4:192.0.2.3 ?ip4:192.0.2.4", ["192.0.2.1"]),
        ("v=spf1 ip4:192.0.2.1 -all ip4:192.0.2.2 redirect=none.example", ["192.0.2.1"]),
        ("v=spf1 ip4:192.0.2.1 exp=why.example unknown=x/y -all", ["192.0.2.1"]),
        ("v=spf1 ip4:192.0.2.1 -include:none.example ~a:none.example ?all", ["192.0.2.1"]),
        ("v=spf1 ip4:192.0.2.1 ip4:192.0.2.1 ip4:192.0.2.1", ["192.0.2.1"]),
    ],
)
def test_a_record_is_read_by_its_grammar(dns: Records, record: str, found: list[str]) -> None:
    assert networks(dns, record) == found
    assert dns.asked == [("a.example", "TXT")], "what lets nobody send is not followed"


def test_names_of_servers_and_mail_exchangers_are_looked_up(dns: Records) -> None:
    dns.texts |= {
        ("a.example", "A"): ["192.0.2.1"],
        ("b.example", "A"): ["198.51.100.9", "198.51.100.10"],
        ("b.example", "AAAA"): ["2001:db8:1::9"],
        ("c.example", "MX"): ["mx1.c.example", "mx2.c.example"],
        ("mx1.c.example", "A"): ["203.0.113.1"],
        ("mx2.c.example", "AAAA"): ["2001:db8:2::1"],
    }

    found = networks(dns, "v=spf1 a a:b.example/28//48 mx:c.example//64 -all")

    assert found == ["192.0.2.1", "198.51.100.0/28", "203.0.113.1", "2001:db8:1::/48", "2001:db8:2::/64"]


def test_a_long_record_comes_in_pieces_and_over_tcp(dns: Records) -> None:
    wanted = [f"198.51.{number}.0/24" for number in range(100, 200)]
    record = f"v=spf1 {' '.join(f'ip4:{one}' for one in wanted)} -all"
    assert len(record) > 1232

    assert networks(dns, record) == wanted


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ((), "a.example has no SPF record"),
        (("v=spf10 ip4:192.0.2.1",), "has no SPF record"),
        (("v=spf1 ip4:192.0.2.1", "v=spf1 ip4:192.0.2.2"), "has more than one SPF record"),
        (("v=spf1",), "lets nobody send"),
        (("v=spf1 -all",), "lets nobody send"),
        (("v=spf1 ip4:10.0.0.1 ip4:127.0.0.0/8 -all",), "lets nobody send"),
        (("v=spf1 +all",), "lets everybody send"),
        (("v=spf1 ip4:192.0.2.1 all",), "lets everybody send"),
        (("v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2",), "cannot be read: 'ipv4:192.0.2.2'"),
        (("v=spf1 ip4:192.0.2.300",), "cannot be read"),
        (("v=spf1 ip4:2001:db8::1",), "cannot be read"),
        (("v=spf1 ip6:192.0.2.1",), "cannot be read"),
        (("v=spf1 ip4:192.0.2.1/33",), "cannot be read"),
        (("v=spf1 a:b.example/33",), "cannot be read"),
        (("v=spf1 include:b.example/24",), "cannot be read"),
        (("v=spf1 ip4:192.0.2.1\x1b[31m",), "cannot be read: ip4:'192.0.2.1?[31m'"),
        (("v=spf1 ip4:192.0.2.1 \u0663",), "is no text of at most"),
        ((f"v=spf1 ip4:192.0.2.1 {'x=y ' * 3000}",), "is no text of at most 8192 characters"),
        (("v=spf1 redirect=none.example",), "none.example has no SPF record"),
    ],
)
def test_what_cannot_be_followed_is_refused_as_a_whole(dns: Records, records: tuple[str, ...], said: str) -> None:
    dns.texts["b.example", "A"] = ["192.0.2.7"]

    assert said in fault(dns, *records)


def test_an_included_record_that_lets_everybody_send_is_refused(dns: Records) -> None:
    dns.spf("b.example", "v=spf1 +all")

    said = fault(dns, "v=spf1 ip4:192.0.2.1 include:b.example -all")

    assert said == "The SPF record of b.example lets everybody send."


@pytest.mark.parametrize("way", ["include:", "redirect="])
def test_a_record_that_leads_back_to_itself_ends(dns: Records, way: str) -> None:
    dns.spf("b.example", f"v=spf1 {way}c.example")
    dns.spf("c.example", f"v=spf1 {way}B.example.")

    assert fault(dns, f"v=spf1 {way}b.example") == "The SPF record of b.example leads back to itself."
    assert len(dns.asked) == 3
    assert "a.example leads back" in fault(dns, f"v=spf1 {way}a.example")


@pytest.mark.parametrize(("count", "fits"), [(10, True), (11, False)])
def test_ten_look_ups_are_made_and_no_more(dns: Records, count: int, fits: bool) -> None:
    names = [f"n{number}.example" for number in range(count)]
    for number, name in enumerate(names):
        dns.spf(name, f"v=spf1 ip4:192.0.2.{number}")
    dns.spf("a.example", f"v=spf1 {' '.join(f'include:{name}' for name in names)} -all")

    if fits:
        assert len(follow(dns).networks) == 10
    else:
        assert "more than 10 look-ups" in fault(dns)
    assert len(dns.asked) == 11, "beside the first record"


def test_a_tree_of_records_is_no_way_around_the_ten(dns: Records) -> None:
    for depth in range(8):
        dns.spf("a.example" if not depth else f"d{depth}.example",
                f"v=spf1 ip4:192.0.2.{depth} include:d{depth + 1}.example include:d{depth + 1}.example")  # fmt: skip
    dns.spf("d8.example", "v=spf1 ip4:192.0.2.8")

    assert "more than 10 look-ups" in fault(dns)
    assert len(set(dns.asked)) <= 11


@pytest.mark.parametrize("term", ["exists:{}.example", "ptr:{}.example", "-include:{}.example", "?mx:{}.example"])
def test_what_is_not_followed_counts_as_it_does_for_a_mail_server(dns: Records, term: str) -> None:
    record = " ".join(term.format(f"n{number}") for number in range(11))

    assert "more than 10 look-ups" in fault(dns, f"v=spf1 ip4:192.0.2.1 {record}")


@pytest.mark.parametrize(("count", "fits"), [(2, True), (3, False)])
@pytest.mark.parametrize("kind", ["a", "mx"])
def test_two_names_may_be_gone_and_no_more(dns: Records, kind: str, count: int, fits: bool) -> None:
    dns.spf("a.example", f"v=spf1 ip4:192.0.2.1 {' '.join(f'{kind}:gone{number}.example' for number in range(count))}")

    if fits:
        assert networks(dns) == ["192.0.2.1"]
    else:
        assert "More than 2 names of the SPF record do not exist, the last of them gone2.example" in fault(dns)


def test_ten_mail_exchangers_are_asked_and_no_more(dns: Records) -> None:
    for count, fits in ((10, True), (11, False)):
        hosts = [f"mx{number}.b.example" for number in range(count)]
        dns.texts = {("b.example", "MX"): hosts, **{(host, "A"): ["192.0.2.9"] for host in hosts}}
        dns.spf("a.example", "v=spf1 mx:b.example")
        if fits:
            assert networks(dns) == ["192.0.2.9"]
        else:
            assert "more than 10 mail exchangers" in fault(dns)


def test_what_is_too_wide_or_reserved_or_depends_on_the_sender_is_left_out_and_said(dns: Records) -> None:
    dns.spf("a.example", "v=spf1 ip4:192.0.2.1 ip4:0.0.0.0/0 ip4:16.0.0.0/11 ip6:2001::/31 ip4:10.0.0.0/8 "
                         "exists:%{i}.x include:%{d}.x ptr a:%{h} -all")  # fmt: skip
    found = follow(dns)

    assert list(map(str, found.networks)) == ["192.0.2.1"]
    assert found.remarks == (
        "0.0.0.0/0 is wider than /12, and is left out", "16.0.0.0/11 is wider than /12, and is left out",
        "2001::/31 is wider than /32, and is left out", "5 more are left out",
    )  # fmt: skip
    dns.spf("a.example", "v=spf1 ip4:192.0.2.1 ip4:10.1.0.0/16 exists:%{i}.x include:%{d}.x -all")
    assert follow(dns).remarks == (
        "10.1.0.0/16 is left out: private, RFC 1918", "exists names no network, and is left out",
        "'%{d}.x' depends on the sender or is no domain, and is left out",
    )  # fmt: skip


def test_networks_that_are_many_or_large_together_are_refused(dns: Records) -> None:
    assert "more addresses than any" in fault(dns, f"v=spf1 {' '.join(f'ip4:{16 * n}.0.0.0/12' for n in range(1, 6))}")
    six = " ".join(f"ip6:2a{n:02x}::/32" for n in range(17))
    assert "more addresses than any" in fault(dns, f"v=spf1 {six}")
    parts = [" ".join(f"ip4:45.{part}.{n // 256}.{n % 256}" for n in range(400)) for part in range(6)]
    for number, part in enumerate(parts):
        dns.spf(f"p{number}.example", f"v=spf1 {part}")
    assert "more than 2000 networks" in fault(dns, f"v=spf1 {' '.join(f'include:p{n}.example' for n in range(6))}")


def test_a_server_that_fails_is_no_empty_answer(dns: Records) -> None:
    dns.spf("a.example", "v=spf1 ip4:192.0.2.1 include:b.example -all")
    dns.broken = {"b.example"}

    assert fault(dns) == "b.example could not be looked up just now: no name server answered."


def test_a_slow_server_costs_the_patience_and_no_more(dns: Records) -> None:
    times = iter(range(0, 1000, 5))
    names = " ".join(f"include:n{number}.example" for number in range(8))
    dns.spf("a.example", f"v=spf1 {names} -all")
    for number in range(8):
        dns.spf(f"n{number}.example", "v=spf1 ip4:192.0.2.1")

    with pytest.raises(SpfError, match="took too long"):
        spf.follow("a.example", dns.client(), patience=20, clock=lambda: float(next(times)))
    assert len(dns.asked) == 4


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gmail.com", "gmail.com"), (" Gmail.COM. ", "gmail.com"), ("_spf-eu.ionos.com", "_spf-eu.ionos.com"),
        ("com", ""), ("192.0.2.1", ""), ("a..b", ""), ("-a.example", ""), ("a.example/24", ""), ("%{i}.example", ""),
        ("a.example\n", "a.example"), ("a.exa\nmple", ""), ("ä.example", ""), (f"{'a.' * 130}example", ""), ("", ""),
        ("1.2.3.4.5", ""), ("x@a.example", ""), ("\u0661.\u0662", ""),
    ],
)  # fmt: skip
def test_a_domain_is_written_in_one_way(text: str, name: str) -> None:
    assert spf.domain_name(text) == name


KINDS = ("", "ip4:", "ip6:", "a:", "mx:", "include:", "redirect=", "exists:", "ptr", "all", "+", "-", "a/", "a//")
VALUES = ("192.0.2.1", "2001:db8::1", "0.0.0.0/0", "::/0", "a.example", "b.example", "%{i}", "/24", "//64", "99", "::")
pieces = some.sampled_from(KINDS) | some.sampled_from(VALUES) | some.text(max_size=10)


@given(terms=some.lists(some.lists(pieces, min_size=1, max_size=4).map("".join), max_size=12))
def test_whatever_a_record_says_it_is_followed_or_refused(served: Records, terms: list[str]) -> None:
    """No text of a domain's owner ends in another way, or protects what is too wide."""
    served.texts, served.broken, served.asked = {}, set(), []
    served.spf("a.example", f"v=spf1 ip4:192.0.2.1 {' '.join(terms)}")
    try:
        found = follow(served)
    except SpfError as error:
        assert str(error).isprintable()
    else:
        assert all(network.prefix >= spf.WIDEST[network.version] for network in found.networks)
