"""The resolvers of Debian as processes: each with the little configuration that it needs to ask this network's root.

What is not written here is as the resolver has it by default: how it minimises, what it keeps and for how long.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import peers
from benchmarks.resolvers.network import PARENT, PORT, RESOLVERS, SERVICE
from benchmarks.servers.base import Server
from tests.debian import PACKAGES, Package, bring, where

UNBOUND = """
server:
  interface: 127.0.0.1@{port}
  outgoing-interface: {source}
  directory: "{folder}"
  pidfile: "{folder}/pid"
  root-hints: "{hints}"
  module-config: "iterator"
  chroot: ""
  username: ""
  use-syslog: no
  do-ip6: no
remote-control:
  control-enable: no
"""
BIND = """
options {{
  directory "{folder}";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  query-source address {source};
  dnssec-validation no;
  pid-file none;
  session-keyfile none;
  lock-file none;
}};
controls {{ }};
zone "." {{ type hint; file "{hints}"; }};
"""
KNOT = """
net.listen('127.0.0.1', {port}, {{ kind = 'dns' }})
net.ipv6 = false
net.outgoing_v4('{source}')
cache.size = 50 * MB
trust_anchors.remove('.')
modules.unload('ta_signal_query')
modules.unload('ta_update')
modules.unload('priming')
modules.unload('detect_time_skew')
modules.load('hints')
hints.root({{ ['root.invalid.'] = {{ '{parent}' }} }})
"""
MOUNT = 'mount -t overlay overlay -o "lowerdir=$0:/usr" /usr && exec "$@"'


class Resolver(Server):
    """A resolver on a port of 127.0.0.1, which asks others from the address `source`."""

    package: str
    minimises = True

    def __init__(self, folder: Path, zone: str, hints: Path) -> None:
        super().__init__(folder)
        self.zone, self.hints = zone, hints
        self.source = RESOLVERS[KINDS.index(type(self))]
        self._root = root_of(PACKAGES[self.package])

    def arguments(self) -> list[str]:
        """Write the configuration, and return the command line of the program as an installed one has it."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """Return the command line; what is unpacked lies over /usr for this process alone, as some must find it."""
        own = [] if self._root == Path("/") else ["unshare", "--mount", "sh", "-c", MOUNT, str(self._root / "usr")]
        return [*own, *self.arguments()]

    def written(self, name: str, text: str) -> str:
        """Write a configuration file into its folder, and return the path."""
        values = {"port": self.port, "source": self.source, "folder": self.folder, "hints": self.hints}
        path = self.folder / name
        path.write_text(text.format(parent=PARENT, **values))
        return str(path)


class Unbound(Resolver):
    """unbound."""

    name, package = "unbound", "unbound"

    def arguments(self) -> list[str]:
        """Return the command line."""
        return ["/usr/sbin/unbound", "-d", "-c", self.written("unbound.conf", UNBOUND)]


class PowerDnsRecursor(Resolver):
    """PowerDNS Recursor."""

    name, package = "PowerDNS Recursor", "pdns-recursor"

    def arguments(self) -> list[str]:
        """Return the command line, which every version reads alike; its file has another form in each."""
        self.written("recursor.conf", "")
        own = (f"--config-dir={self.folder}", f"--socket-dir={self.folder}", "--write-pid=no", "--threads=1")
        roots = (f"--hint-file={self.hints}", "--dnssec=off", "--security-poll-suffix=", "--dont-query=")
        addresses = (f"--local-address=127.0.0.1:{self.port}", f"--query-local-address={self.source}")
        return ["/usr/sbin/pdns_recursor", *own, *roots, *addresses]


class Bind(Resolver):
    """BIND's named."""

    name, package = "BIND", "bind9"

    def arguments(self) -> list[str]:
        """Return the command line."""
        return ["/usr/sbin/named", "-g", "-4", "-n", "1", "-c", self.written("named.conf", BIND)]


class KnotResolver(Resolver):
    """Knot Resolver, one instance of kresd."""

    name, package = "Knot Resolver", "knot-resolver"

    def arguments(self) -> list[str]:
        """Return the command line."""
        return ["/usr/sbin/kresd", "-n", "-c", self.written("kresd.conf", KNOT), str(self.folder)]


class Dnsmasq(Resolver):
    """dnsmasq, which walks no tree itself and forwards the zone's questions to Gatepost."""

    name, package = "dnsmasq", "dnsmasq-base"
    minimises = False

    def arguments(self) -> list[str]:
        """Return the command line."""
        forward = f"--server=/{self.zone}/{SERVICE}#{PORT}@{self.source}"
        plain = ("--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--pid-file=", "--bind-interfaces")
        # In the foreground as whoever started it: the user that its package makes is not there where it is unpacked.
        return [
            "/usr/sbin/dnsmasq",
            "--no-daemon",
            *plain,
            "--listen-address=127.0.0.1",
            f"--port={self.port}",
            forward,
        ]


KINDS: tuple[type[Resolver], ...] = (Unbound, PowerDnsRecursor, Bind, KnotResolver, Dnsmasq)


def root_of(package: Package) -> Path:
    """Return the folder that is / for the package's files, and fetch it where it is missing; raise Absent if it is."""
    said = bring(package)
    root = where(package)
    if root is None:
        print(f"{package.name}: {said}", flush=True)  # the reason in full; it may name hosts, so it stays off the page
        raise peers.Absent(f"the Debian package {package.name} could not be had here")
    return root
