"""The forms of an exported list. Each takes entries and yields lines; a firewall is told when each entry ends.

rbldnsd: rbldnsd(8), data sets ip4trie and ip6trie. nftables: nft(8), read by `nft -f`. ipset: ipset(8), read by `ipset
restore`. MikroTik: RouterOS scripts, read by `/import`. Each file replaces what the one before has loaded.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from reputation.export.listed import ExportEntry
from reputation.verdict.snapshot import literal

A_LINE = 500  # elements of one nft command
LONGEST = 2147483  # seconds: the longest timeout that ipset takes, and below what nft reads, which is eight digits


class Head(NamedTuple):
    """What a file says about itself: the database, the IP version, the level (0 in the standard database), the zone."""

    database: str
    version: int
    level: int
    zone: str
    now: int

    @property
    def words(self) -> str:
        """Return the title of the file, in words."""
        level = f", level {self.level}" if self.level else ""
        return f"Gatepost {self.zone}, {self.database} database{level}, IPv{self.version}, {stamp(self.now)}"

    @property
    def set_name(self) -> str:
        """Return the name of a firewall's set, such as gatepost-standard4."""
        return f"gatepost-{self.database}{self.version}"


def stamp(timestamp: int) -> str:
    """Return a time (Unix seconds) as 2026-11-29T20:00:00Z."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(head: Head, entries: Iterable[ExportEntry]) -> Iterator[str]:
    """Yield one network a line."""
    yield f"# {head.words}\n"
    for entry in entries:
        yield f"{entry.network}\n"


def comma_separated(head: Head, entries: Iterable[ExportEntry]) -> Iterator[str]:
    """Yield a CSV table with a heading (RFC 4180)."""
    yield _row(("network", "answer", "category", "until", "reason"))
    for entry in entries:
        # No spreadsheet shall take a reason for a formula.
        reason = f"'{entry.reason}" if entry.reason[:1] in ("=", "+", "-", "@") else entry.reason
        yield _row((entry.network, f"127.0.0.{entry.code}", entry.category, stamp(entry.until), reason))


def rbldnsd(head: Head, entries: Iterable[ExportEntry]) -> Iterator[str]:
    """Yield a data set ip4trie or ip6trie; an entry lasts until the next file is loaded.

    rbldnsd would put the address in the place of a dollar sign that is not doubled.
    """
    yield f"# {head.words}\n"
    yield ":127.0.0.2:Listed by Gatepost\n"
    for entry in entries:
        reason = " ".join(literal(entry.reason).split()) or "Listed by Gatepost"
        yield f"{entry.network} :127.0.0.{entry.code}:{reason}\n"


def nftables(head: Head, entries: Iterable[ExportEntry]) -> Iterator[str]:
    """Yield a set of the table inet gatepost, for a rule of one's own such as `ip saddr @gatepost-standard4 drop`."""
    name, kind = f"inet gatepost {head.set_name}", f"ipv{head.version}_addr"
    yield f"# {head.words}\nadd table inet gatepost\n"
    yield f"add set {name} {{ type {kind}; flags interval, timeout; }}\nflush set {name}\n"
    for some in _gathered(f"{entry.network} timeout {_left(entry, head)}s" for entry in entries):
        yield f"add element {name} {{ {', '.join(some)} }}\n"


def ipset(head: Head, entries: Iterable[ExportEntry]) -> Iterator[str]:
    """Yield a set hash:net that is filled beside the one in use and then swapped with it."""
    family = "inet" if head.version == 4 else "inet6"
    for name in (head.set_name, f"{head.set_name}-new"):
        yield f"create {name} hash:net family {family} maxelem 4194304 timeout 0 -exist\n"
    yield f"flush {head.set_name}-new\n"
    for entry in entries:
        yield f"add {head.set_name}-new {entry.network} timeout {_left(entry, head)} -exist\n"
    yield f"swap {head.set_name} {head.set_name}-new\ndestroy {head.set_name}-new\n"


def mikrotik(head: Head, entries: Iterable[ExportEntry]) -> Iterator[str]:
    """Yield an address list of the firewall."""
    family = "/ip" if head.version == 4 else "/ipv6"
    yield f"# {head.words}\n{family} firewall address-list\nremove [find list={head.set_name}]\n"
    for entry in entries:
        yield f"add list={head.set_name} address={entry.network} timeout={_left(entry, head)}s\n"


class ExportFormat(NamedTuple):
    """A form: the function that writes it, its title, its content type, and the ending of the file's name."""

    write: Callable[[Head, Iterable[ExportEntry]], Iterator[str]]
    title: str
    content_type: str
    ending: str


FORMS = {
    "plain": ExportFormat(plain, "Plain text, one network a line", "text/plain", "txt"),
    "csv": ExportFormat(comma_separated, "CSV with answer, end and reason", "text/csv", "csv"),
    "rbldnsd": ExportFormat(rbldnsd, "rbldnsd, a data set ip4trie or ip6trie", "text/plain", "rbldnsd"),
    "nft": ExportFormat(nftables, "nftables, for nft -f", "text/plain", "nft"),
    "ipset": ExportFormat(ipset, "ipset, for ipset restore", "text/plain", "ipset"),
    "mikrotik": ExportFormat(mikrotik, "MikroTik RouterOS, for /import", "text/plain", "rsc"),
}


def _left(entry: ExportEntry, head: Head) -> int:
    """How long the entry stays in a firewall, which refuses a whole file for one timeout that is too long for it."""
    return min(max(1, entry.until - head.now), LONGEST)


def _gathered(texts: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    for text in texts:
        some.append(text)
        if len(some) == A_LINE:
            yield some
            some = []
    if some:
        yield some


def _row(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
