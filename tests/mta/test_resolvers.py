"""The lines for resolvers, given to real ones: a test address that is listed comes back through each of them.

Every resolver here takes loopback addresses out of answers where it can, and validates where it can. Gatepost is told
where to listen, and nothing else of its zone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.mta import namespace as namespaces
from tests.mta import resolvers
from tests.mta.gatepost import ZONE, Gatepost, query_name
from tests.mta.namespace import Namespace

DOORS = ("192.0.2.53:53", "192.0.2.53:5300", "[2001:db8::53]:53", "127.0.0.1:5300")
LISTED = {f"127.0.0.{last}": [f"127.0.0.{last}"] for last in (2, 3, 4, 10, 11, 12)}


@pytest.fixture(scope="module")
def served() -> Iterator[Gatepost]:
    """A Gatepost that answers at DOORS; nobody else is in its network yet."""
    namespaces.needed()
    with Namespace() as namespace:
        resolvers.link_up(namespace)
        for address in ("192.0.2.53", "2001:db8::53"):
            namespace.address(address)
        gatepost = Gatepost(namespace, 5300)
        [acme] = gatepost.commands(("organization", "add", "Acme", "--subscription", "advanced"))
        gatepost.code = acme["label"]
        gatepost.serve(*DOORS)
        yield gatepost


def texts(gatepost: Gatepost, kind: str, *at: str) -> dict[str, str]:
    """What the command line prints for a resolver that asks there, by the ids of the texts."""
    [said] = gatepost.commands(("zone", kind, "--zone", ZONE, *(word for door in at for word in ("--at", door))))
    assert said["trouble"] == "" and said["asked_at"] == list(at)
    return {lines["id"]: lines["text"] for lines in said["lines"]}


def looked_up(gatepost: Gatepost, server: str, address: str, database: str = "standard") -> tuple[str, list[str]]:
    return resolvers.ask(gatepost.namespace, server, query_name(address, gatepost.code, database))


@pytest.mark.parametrize("at", [DOORS[:1], DOORS[1:2], DOORS[2:3], DOORS[3:]], ids=["53", "5300", "ipv6", "local"])
@pytest.mark.parametrize("kind", resolvers.STARTERS)
def test_every_return_code_comes_back_through_the_resolver(served: Gatepost, kind: str, at: tuple[str, ...]) -> None:
    with resolvers.serving(served.namespace, kind, texts(served, kind, *at)) as server:
        for address, answers in LISTED.items():
            assert looked_up(served, server, address) == ("NOERROR", answers)
        assert looked_up(served, server, "127.0.0.2", "dynamic") == ("NOERROR", ["127.0.0.2"])
        assert looked_up(served, server, "::ffff:127.0.0.2") == ("NOERROR", ["127.0.0.2"])
        assert looked_up(served, server, "127.0.0.1") == ("NXDOMAIN", [])


@pytest.mark.parametrize(
    ("kind", "id", "exception"),
    [
        ("unbound", "unbound", f'    private-domain: "{ZONE}"\n'),
        ("dnsmasq", "dnsmasq", f"rebind-domain-ok=/{ZONE}/"),
        ("bind", "bind-options", f'//   except-from {{ "{ZONE}"; }}'),
        ("knot-resolver", "knot", "policy.add(policy.suffix(policy.FLAGS({'ALLOW_LOCAL'}), gatepost))\n"),
    ],
)
def test_without_its_exception_a_resolver_that_guards_against_rebinding_shows_no_listing(
    served: Gatepost, kind: str, id: str, exception: str
) -> None:
    lines = texts(served, kind, DOORS[0])
    assert exception in lines[id]

    with resolvers.serving(served.namespace, kind, {**lines, id: lines[id].replace(exception, "")}) as server:
        assert looked_up(served, server, "127.0.0.2")[1] == []


@pytest.mark.parametrize(
    ("kind", "id", "exception"),
    [
        ("unbound", "unbound", f'    domain-insecure: "{ZONE}"\n'),
        ("powerdns-recursor", "powerdns-lua", f'addNTA("{ZONE}", "not signed")'),
        ("bind", "bind-options", f'validate-except {{ "{ZONE}"; }};'),
    ],
)
def test_without_its_exception_a_resolver_that_validates_fails(
    served: Gatepost, kind: str, id: str, exception: str
) -> None:
    lines = texts(served, kind, DOORS[0])
    assert exception in lines[id]

    with resolvers.serving(served.namespace, kind, {**lines, id: lines[id].replace(exception, "")}) as server:
        assert looked_up(served, server, "127.0.0.2") == ("SERVFAIL", [])


def test_a_second_zone_is_added_to_the_forwarded_ones_of_powerdns_as_the_comment_says(served: Gatepost) -> None:
    lines = texts(served, "powerdns-recursor", DOORS[0])
    assert "write += for =" in lines["powerdns"]
    ours = lines["powerdns"].replace("forward-zones=", "forward-zones+=")
    lines["powerdns"] = f"forward-zones=other.example=192.0.2.1\n{ours}"

    with resolvers.serving(served.namespace, "powerdns-recursor", lines) as server:
        assert looked_up(served, server, "127.0.0.2") == ("NOERROR", ["127.0.0.2"])


@pytest.mark.parametrize(
    "zone",
    [
        'type stub; primaries { 192.0.2.53; }; file "stub.db";',
        "type static-stub; server-addresses { 192.0.2.53; };",
    ],
    ids=["stub", "static-stub"],
)
def test_bind_finds_the_zone_by_its_name_server(served: Gatepost, zone: str) -> None:
    with resolvers.bind_with(served.namespace, f'zone "{ZONE}" {{ {zone} }};') as server:
        # Of a stub zone BIND asks for the name servers once it has begun to answer.
        deadline = time.monotonic() + 20
        while resolvers.ask(served.namespace, server, ZONE, "NS")[0] == "SERVFAIL" and time.monotonic() < deadline:
            time.sleep(0.1)
        for address, answers in LISTED.items():
            assert looked_up(served, server, address) == ("NOERROR", answers)


def test_unbound_finds_the_zone_by_its_name_server_at_the_first_question(served: Gatepost) -> None:
    lines = texts(served, "unbound", DOORS[0])

    with resolvers.serving(
        served.namespace, "unbound", {"unbound": f"{lines['unbound']}\n    stub-prime: yes"}
    ) as server:
        assert looked_up(served, server, "127.0.0.2") == ("NOERROR", ["127.0.0.2"])
        assert looked_up(served, server, "127.0.0.1") == ("NXDOMAIN", [])


def test_the_records_of_the_parent_zone_lead_a_resolver_to_the_zone(served: Gatepost) -> None:
    [said] = served.commands(("zone", "--zone", ZONE, "--dns", DOORS[0], "--dns", DOORS[2]))
    assert said["lacks"] == ""
    parent = served.namespace.folder / "example.zone"
    start = ("$TTL 300", "@ SOA ns.up.example. a.example. 1 2 3 4 5", "@ NS ns.up.example.", "ns.up A 192.0.2.1")
    parent.write_text("\n".join([*start, said["parent_records"], ""]))

    with resolvers.bind_with(
        served.namespace, f'zone "{said["parent_zone"]}" {{ type primary; file "{parent}"; }};'
    ) as server:
        assert looked_up(served, server, "127.0.0.2") == ("NOERROR", ["127.0.0.2"])
        assert resolvers.ask(served.namespace, server, f"ns.{ZONE}") == ("NOERROR", ["192.0.2.53"])
        assert resolvers.ask(served.namespace, server, f"ns.{ZONE}", "AAAA") == ("NOERROR", ["2001:db8::53"])
