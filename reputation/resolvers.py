"""What makes a resolver ask here: the lines for each program, for the portal, the command line and the tests.

The answers are addresses in 127.0.0.0/8, and the zone is not signed. So the lines say more than where to ask: where a
resolver takes loopback addresses out of answers (protection against DNS rebinding), or validates, every listing would
vanish without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reputation.delegation import DNS_PORT, shown
from reputation.settings import ListenAddress

Doors = Sequence[ListenAddress]


class Lines(NamedTuple):
    """Lines to copy: the id of their place on a page, where they go, and the text."""

    id: str
    place: str
    text: str


@dataclass(frozen=True)
class Resolver:
    """A resolver program: its lines for a zone and the addresses to ask, and the command that makes it read them.

    `for_port_53`: it can ask no other port.
    """

    id: str
    name: str
    write: Callable[[str, Doors], tuple[Lines, ...]]
    command: str
    hint: str
    for_port_53: bool = False

    def lines(self, zone: str, doors: Doors) -> tuple[Lines, ...]:
        """Return the lines, one text for each file; none where the program cannot ask there."""
        return () if self.trouble(doors) else self.write(zone, doors)

    def trouble(self, doors: Doors) -> str:
        """Return why the program cannot ask there; "" where it can."""
        others = [door for door in doors if door[1] != DNS_PORT]
        if not (self.for_port_53 and others):
            return ""
        return f"{self.name} can ask on port 53 only, and Gatepost answers on {' and '.join(map(shown, others))}."


def _unbound(zone: str, doors: Doors) -> tuple[Lines, ...]:
    stubs = "".join(f"\n    stub-addr: {host}@{port}" for host, port in doors)
    here = any(host.startswith("127.") or host == "::1" for host, _ in doors)
    itself = """
    # unbound asks no server on its own host unless told so; every lookup would fail.
    do-not-query-localhost: no""" if here else ""  # fmt: skip
    place = "/etc/unbound/unbound.conf.d/gatepost.conf"
    text = f"""\
# Gatepost for unbound, in {place}
server:
    # Answers are addresses in 127.0.0.0/8. With private-address, as on pfSense and OPNsense, unbound would take them
    # out of every answer and say nothing: no sender would be listed any more.
    private-domain: "{zone}"
    # The zone is not signed; where unbound validates, every lookup would fail.
    domain-insecure: "{zone}"{itself}
stub-zone:
    name: "{zone}"{stubs}"""
    return (Lines("unbound", place, text),)


def _bind(zone: str, doors: Doors) -> tuple[Lines, ...]:
    forwarders = " ".join(f"{host} port {port};" for host, port in doors)
    place, options = "/etc/bind/named.conf.local", "options { } in /etc/bind/named.conf.options"
    return (
        Lines(
            "bind",
            place,
            f"""\
// Gatepost for BIND, in {place}
zone "{zone}" {{
    type forward;
    forward only;
    forwarders {{ {forwarders} }};
}};""",
        ),
        Lines(
            "bind-options",
            options,
            f"""\
// Gatepost for BIND, in {options}
// The zone is not signed; where BIND validates, every lookup would fail.
validate-except {{ "{zone}"; }};
// Answers are addresses in 127.0.0.0/8. If you have deny-answer-addresses, BIND would take them for an attack (DNS
// rebinding): then put this behind its addresses, before the semicolon:
//   except-from {{ "{zone}"; }}""",
        ),
    )


def _knot(zone: str, doors: Doors) -> tuple[Lines, ...]:
    lua = ", ".join(f"'{host}@{port}'" for host, port in doors)
    yaml = ", ".join(f'"{host}@{port}"' for host, port in doors)
    place, place6 = "/etc/knot-resolver/kresd.conf", "/etc/knot-resolver/config.yaml"
    return (
        Lines(
            "knot",
            place,
            f"""\
-- Gatepost for Knot Resolver up to version 5, in {place}
gatepost = policy.todnames({{'{zone}'}})
-- Answers are addresses in 127.0.0.0/8: the module rebinding would take them for an attack.
policy.add(policy.suffix(policy.FLAGS({{'ALLOW_LOCAL'}}), gatepost))
policy.add(policy.suffix(policy.STUB({{{lua}}}), gatepost))""",
        ),
        Lines(
            "knot-6",
            place6,
            f"""\
# Gatepost for Knot Resolver 6, in {place6}
# If it has forward or lua already, add to them what stands below.
forward:
  - subtree: "{zone}"
    servers: [{yaml}]
    options:
      authoritative: true
      dnssec: false
# Answers are addresses in 127.0.0.0/8: rebinding-protection would take them for an attack.
lua:
  script: |
    policy.add(policy.suffix(policy.FLAGS({{'ALLOW_LOCAL'}}), policy.todnames({{'{zone}'}})))""",
        ),
    )


def _powerdns(zone: str, doors: Doors) -> tuple[Lines, ...]:
    addresses = list(map(shown, doors))
    yaml = ", ".join(f'"{address}"' for address in addresses)
    place, lua = "/etc/powerdns/recursor.conf", "/etc/powerdns/recursor.lua"
    place5 = "/etc/powerdns/recursor.d/gatepost.yml"
    return (
        Lines(
            "powerdns",
            place,
            f"""\
# Gatepost for PowerDNS Recursor up to version 5.1, in {place}
# If it has forward-zones already, write += for = in a line below that one.
forward-zones={zone}={";".join(addresses)}""",
        ),
        Lines(
            "powerdns-lua",
            lua,
            f"""\
-- Gatepost for PowerDNS Recursor up to version 5.1, in {lua}
-- The setting lua-config-file names this file.
-- The zone is not signed; where PowerDNS validates, every lookup would fail.
addNTA("{zone}", "not signed")""",
        ),
        Lines(
            "powerdns-5",
            place5,
            f"""\
# Gatepost for PowerDNS Recursor from version 5.2 on, in {place5}
recursor:
  forward_zones:
    - zone: "{zone}"
      forwarders: [{yaml}]
dnssec:
  # The zone is not signed; where PowerDNS validates, every lookup would fail.
  negative_trustanchors:
    - name: "{zone}"
      reason: not signed""",
        ),
    )


def _dnsmasq(zone: str, doors: Doors) -> tuple[Lines, ...]:
    servers = "\n".join(f"server=/{zone}/{host}#{port}" for host, port in doors)
    place = "/etc/dnsmasq.d/gatepost.conf"
    text = f"""\
# Gatepost for dnsmasq, in {place}
{servers}
# Answers are addresses in 127.0.0.0/8. With stop-dns-rebind, as on OpenWrt, dnsmasq would take them out of every
# answer: no sender would be listed any more.
rebind-domain-ok=/{zone}/"""
    return (Lines("dnsmasq", place, text),)


def _resolved(zone: str, doors: Doors) -> tuple[Lines, ...]:
    servers = " ".join(map(shown, doors))
    place258, place = "/etc/systemd/dns-delegate.d/gatepost.dns-delegate", "/etc/systemd/resolved.conf.d/gatepost.conf"
    anchor = "/etc/dnssec-trust-anchors.d/gatepost.negative"
    return (
        Lines(
            "resolved",
            place,
            f"""\
# Gatepost for systemd-resolved before version 258, in {place}
[Resolve]
# Your other resolvers must be those of the network interfaces: one that is named beside this one in resolved.conf would
# be asked for the zone, too, and would say that nothing is listed. The empty line takes those out.
DNS=
DNS={servers}
Domains=~{zone}""",
        ),
        Lines(
            "resolved-258",
            place258,
            f"""\
# Gatepost for systemd-resolved from version 258 on, in {place258}
[Delegate]
DNS={servers}
Domains={zone}""",
        ),
        Lines(
            "resolved-anchor",
            anchor,
            f"""\
; Gatepost for systemd-resolved, in {anchor}
; The zone is not signed; where DNSSEC= is on, every lookup would fail.
{zone}""",
        ),
    )


def _windows(zone: str, doors: Doors) -> tuple[Lines, ...]:
    servers = ", ".join(host for host, _ in doors)
    place = "PowerShell on the DNS server"
    text = f"""\
# Gatepost for Windows DNS, in {place}
Add-DnsServerConditionalForwarderZone -Name "{zone}" -MasterServers {servers}"""
    return (Lines("windows", place, text),)


RESOLVERS = (
    Resolver(
        "unbound",
        "unbound",
        _unbound,
        "unbound-checkconf && systemctl reload unbound",
        "On pfSense the same lines go into Custom options of the DNS Resolver; on OPNsense into a file in "
        "/usr/local/etc/unbound.opnsense.d.",
    ),
    Resolver(
        "bind",
        "BIND",
        _bind,
        "named-checkconf && systemctl reload named",
        "type stub and type static-stub work as well, and need Gatepost on port 53.",
    ),
    Resolver(
        "knot-resolver",
        "Knot Resolver",
        _knot,
        "systemctl restart 'kresd@*'",
        "Take the text of your version; of version 6 the command is systemctl reload knot-resolver.",
    ),
    Resolver(
        "powerdns-recursor",
        "PowerDNS Recursor",
        _powerdns,
        "systemctl restart pdns-recursor",
        "Take the texts of your version.",
    ),
    Resolver(
        "dnsmasq",
        "dnsmasq",
        _dnsmasq,
        "dnsmasq --test && systemctl restart dnsmasq",
        "On OpenWrt add the same values to /etc/config/dhcp: the part after server= as list server, the zone as list "
        "rebind_domain.",
    ),
    Resolver(
        "systemd-resolved",
        "systemd-resolved",
        _resolved,
        "systemctl restart systemd-resolved",
        "Take the text of your version (systemctl --version). For a busy mail server a resolver such as unbound is the "
        "better choice.",
    ),
    Resolver(
        "windows-dns",
        "Windows DNS",
        _windows,
        "Get-DnsServerZone",
        "It shows the zone as a forwarder. With Active Directory, add -ReplicationScope Forest: then every DNS server "
        "has it.",
        for_port_53=True,
    ),
)
BY_ID = {resolver.id: resolver for resolver in RESOLVERS}
