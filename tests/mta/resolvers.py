"""Real resolvers, started privately in a namespace with the lines that the portal shows, and asked as mail servers do.

Each is as suspicious as it can be made: it takes loopback addresses out of answers, validates, and asks one label more
at a time. Nothing here knows what an answer ought to be.
"""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dnslib import QTYPE, RCODE, DNSRecord

from tests import debian
from tests.mta.namespace import Namespace, Process, Program, ip
from tests.mta.servers import user_id

ROOT_KEY = "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
ADDRESS, STUB = "127.0.0.1", "127.0.0.53"

UNBOUND = """\
server:
    interface: 127.0.0.1
    chroot: ""
    directory: "{folder}"
    username: ""
    pidfile: "{folder}/unbound.pid"
    use-syslog: no
    logfile: ""
    trust-anchor: ". DS {key}"
    private-address: 127.0.0.0/8
    qname-minimisation: yes
    qname-minimisation-strict: yes
    use-caps-for-id: yes
    harden-below-nxdomain: yes
remote-control:
    control-enable: no
include: "{folder}/gatepost.conf"
"""
BIND = """\
options {{
    directory "{folder}"; listen-on {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    pid-file none; session-keyfile none; managed-keys-directory "{folder}";
    recursion yes; dnssec-validation auto; qname-minimization strict;
    deny-answer-addresses {{ 127.0.0.0/8; }} {except_from};
    {options}
}};
controls {{ }};
{zone}
"""
BIND_THAT_BELIEVES = """\
options {{
    directory "{folder}"; listen-on {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    pid-file none; session-keyfile none; recursion yes; dnssec-validation no; qname-minimization strict;
}};
controls {{ }};
{zones}
"""
KNOT = """\
net.listen('127.0.0.1', 53)
cache.size = 10 * MB
trust_anchors.add('. IN DS {key}')
modules.load('rebinding < iterate')
{lines}
"""
POWERDNS = """\
local-address=127.0.0.1
socket-dir={folder}
hint-file=no
dnssec=validate
lua-config-file={folder}/recursor.lua
{lines}
"""
POWERDNS_YAML = """\
incoming:
  listen: [127.0.0.1]
recursor:
  include_dir: {folder}/recursor.d
  socket_dir: {folder}
  hint_file: "no"
dnssec:
  validation: validate
"""
DNSMASQ = """\
listen-address=127.0.0.1
bind-interfaces
user=root
pid-file=
no-resolv
no-hosts
stop-dns-rebind
{lines}
"""
RESOLVED = """\
[Resolve]
DNSSEC=yes
LLMNR=no
MulticastDNS=no
"""


@contextmanager
def serving(namespace: Namespace, kind: str, texts: Mapping[str, str]) -> Iterator[str]:
    """The time while the resolver of this id runs with the texts of the page, by their ids; the address to ask."""
    folder = new_folder(namespace)
    process = STARTERS[kind](namespace, folder, texts)
    try:
        yield STUB if kind == "systemd-resolved" else ADDRESS
    finally:
        process.stop()


@contextmanager
def bind_with(namespace: Namespace, zones: str) -> Iterator[str]:
    """The time while BIND runs with these zones, and believes every answer; the address to ask."""
    folder = new_folder(namespace)
    process = _bind(namespace, folder, BIND_THAT_BELIEVES.format(folder=folder, zones=zones))
    try:
        yield ADDRESS
    finally:
        process.stop()


def new_folder(namespace: Namespace) -> Path:
    """A folder of a resolver's own, into which it may write as whoever it becomes."""
    folder = Path(tempfile.mkdtemp(prefix="resolver-", dir=namespace.folder))
    folder.chmod(0o777)
    return folder


def ask(namespace: Namespace, server: str, name: str, qtype: str = "A", patience: float = 5) -> tuple[str, list[str]]:
    """The status and the answers to one question."""
    udp = namespace.inside(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    with udp:
        udp.settimeout(patience)
        udp.sendto(DNSRecord.question(name, qtype).pack(), (server, 53))
        reply = DNSRecord.parse(udp.recv(4096))
    answers = [str(answer.rdata) for answer in reply.rr if answer.rtype == getattr(QTYPE, qtype)]
    return RCODE[reply.header.rcode], answers


def unbound(namespace: Namespace, folder: Path, texts: Mapping[str, str]) -> Process:
    root = debian.need("unbound")
    (folder / "gatepost.conf").write_text(texts["unbound"])
    (folder / "unbound.conf").write_text(UNBOUND.format(folder=folder, key=ROOT_KEY))
    argv = (root / "usr/sbin/unbound", "-d", "-c", folder / "unbound.conf")
    return _start(namespace, folder, root, argv)


def bind(namespace: Namespace, folder: Path, texts: Mapping[str, str]) -> Process:
    # What the text tells those to do who have deny-answer-addresses.
    except_from = re.search(r"^// +(except-from .*)$", texts["bind-options"], re.MULTILINE)
    words = {
        "zone": texts["bind"],
        "options": texts["bind-options"],
        "except_from": except_from[1] if except_from else "",
    }
    return _bind(namespace, folder, BIND.format(folder=folder, **words))


def _bind(namespace: Namespace, folder: Path, conf: str) -> Process:
    root = debian.need("bind9")
    (folder / "named.conf").write_text(conf)
    argv = (root / "usr/sbin/named", "-g", "-n", "1", "-c", folder / "named.conf")
    return _start(namespace, folder, root, argv)


def knot_resolver(namespace: Namespace, folder: Path, texts: Mapping[str, str]) -> Process:
    root = debian.need("knot-resolver")
    (folder / "kresd.conf").write_text(KNOT.format(key=ROOT_KEY, lines=texts["knot"]))
    argv = (*_laid_over(root), root / "usr/sbin/kresd", "-n", "-c", folder / "kresd.conf", folder)
    return _start(namespace, folder, root, argv)


def powerdns_recursor(namespace: Namespace, folder: Path, texts: Mapping[str, str]) -> Process:
    root = debian.need("pdns-recursor")
    program = root / "usr/sbin/pdns_recursor"
    if _version(program, debian.libraries(root)) >= (5, 2):
        (folder / "recursor.d").mkdir()
        (folder / "recursor.d" / "gatepost.yml").write_text(texts["powerdns-5"])
        (folder / "recursor.yml").write_text(POWERDNS_YAML.format(folder=folder))
    else:
        (folder / "recursor.lua").write_text(texts["powerdns-lua"])
        (folder / "recursor.conf").write_text(POWERDNS.format(folder=folder, lines=texts["powerdns"]))
    return _start(namespace, folder, root, (program, f"--config-dir={folder}"))


def dnsmasq(namespace: Namespace, folder: Path, texts: Mapping[str, str]) -> Process:
    root = debian.need("dnsmasq-base")
    (folder / "dnsmasq.conf").write_text(DNSMASQ.format(lines=texts["dnsmasq"]))
    argv = (root / "usr/sbin/dnsmasq", "--keep-in-foreground", f"--conf-file={folder / 'dnsmasq.conf'}")
    return _start(namespace, folder, root, argv)


def systemd_resolved(namespace: Namespace, folder: Path, texts: Mapping[str, str]) -> Process:
    root = debian.need("systemd-resolved")
    lib = next(path for path in (root / "usr/lib", root / "lib") if (path / "systemd/systemd-resolved").exists())
    program, own = lib / "systemd/systemd-resolved", ":".join(map(str, lib.glob("*/systemd")))
    libraries = {"LD_LIBRARY_PATH": f"{debian.libraries(root)}:{own}"}
    etc = namespace.etc(folder.name)
    user_id(etc, "systemd-resolve", 691)
    ours = ("systemd/resolved.conf.d/gatepost.conf", texts["resolved"])
    if _version(program, libraries["LD_LIBRARY_PATH"]) >= (258,):
        ours = ("systemd/dns-delegate.d/gatepost.dns-delegate", texts["resolved-258"])
    for path, content in (
        ("systemd/resolved.conf", RESOLVED),
        ours,
        ("dnssec-trust-anchors.d/gatepost.negative", texts["resolved-anchor"]),
    ):
        (etc / path).parent.mkdir(parents=True, exist_ok=True)
        (etc / path).write_text(content)
    # It keeps its state in /run, and must not find the machine's own there.
    alone = ("sh", "-c", 'mount -t tmpfs none /run && mkdir /run/systemd && exec "$@"', "sh")
    return namespace.start(Program((*alone, program), etc, libraries, folder / "log"), 53, STUB)


def link_up(namespace: Namespace) -> None:
    """An interface that is up: where there is none but the local one, systemd-resolved asks nobody."""
    ip("-n", namespace.name, "link", "add", "wire", "type", "veth", "peer", "name", "end")
    ip("-n", namespace.name, "addr", "add", "198.51.100.1/24", "dev", "wire")
    for device in ("wire", "end"):
        ip("-n", namespace.name, "link", "set", device, "up")


STARTERS: dict[str, Callable[[Namespace, Path, Mapping[str, str]], Process]] = {
    "unbound": unbound,
    "bind": bind,
    "knot-resolver": knot_resolver,
    "powerdns-recursor": powerdns_recursor,
    "dnsmasq": dnsmasq,
    "systemd-resolved": systemd_resolved,
}


def _version(program: Path, libraries: str) -> tuple[int, ...]:
    """The version that the program says, as in `systemd 252 (252.39-1)` and `PowerDNS Recursor 4.8.8`."""
    argv, variables = (program, "--version"), {"LD_LIBRARY_PATH": libraries}
    done = subprocess.run(argv, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    found = re.search(r"(?:systemd|Recursor) (\d+(?:\.\d+)*)", done.stdout)
    assert found, done.stdout
    return tuple(map(int, found[1].split(".")))


def _start(namespace: Namespace, folder: Path, root: Path, argv: tuple[object, ...]) -> Process:
    libraries = {"LD_LIBRARY_PATH": debian.libraries(root)}
    return namespace.start(Program(argv, namespace.etc(folder.name), libraries, folder / "log"), 53)


def _laid_over(root: Path) -> tuple[object, ...]:
    """Words before a program that finds its files under /usr alone: there they are, for it and nobody else."""
    if root == Path("/"):
        return ()
    return ("sh", "-c", f'mount -t overlay none -o lowerdir={root}/usr:/usr /usr && exec "$@"', "sh")
