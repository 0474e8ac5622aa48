"""The forms of an exported list. Each takes entries and yields lines; a firewall is told when each entry ends.

rbldnsd: rbldnsd(8), data sets ip4trie and ip6trie. nftables: nft(8), read by `nft -f`. ipset: ipset(8), read by `ipset
restore`. MikroTik: RouterOS scripts, read by `/import`. Each file replaces what the one before has loaded.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from reputation.export.listed import ExportEntry
from reputation.verdict.snapshot import expanded

A_LINE = 500  # elements of one nft command
LONGEST = 2147483  # seconds: the longest timeout that ipset takes, and below what nft reads, which is eight digits
LONGEST_MIKROTIK = 21474836  # seconds: 35w3d13:13:56; RouterOS counts hundredths of them, up to 2^31
LONGEST_TEXT = 254  # octets of a text that rbldnsd does not cut
LONGEST_ADDRESS = {4: 15, 6: 39}  # characters
# What rbldnsd would not read as text at the beginning: a comment, or "no base template". A variable stands for each.
AT_THE_BEGINNING = {"#": "$1", ";": "$2", "=": "$3"}
VARIABLE = re.compile(r"\$(\$|[\d=])?")


class Head(NamedTuple):
    """What a file says about itself: the database, the IP version, the level (0 in the standard database), the zone.

    `lookup_url` stands behind each text, as in a TXT record; the address follows it.
    """

    database: str
    version: int
    level: int
    zone: str
    now: int
    lookup_url: str = ""

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
        reason = entry.reason + (f" - {head.lookup_url}$" if head.lookup_url else "")
        # A network of one address is written as in the TXT record.
        reason = expanded(reason, entry.network.removesuffix("/32" if head.version == 4 else "/128"))
        # No spreadsheet shall take a reason for a formula.
        reason = f"'{reason}" if reason[:1] in ("=", "+", "-", "@") else reason
        yield _row((entry.network, f"127.0.0.{entry.code}", entry.category, stamp(entry.until), reason))


def rbldnsd(head: Head, entries: Iterable[ExportEntry]) -> Iterator[str]:
    """Yield a data set ip4trie or ip6trie; an entry lasts until the next file is loaded.

    rbldnsd would put the address in the place of a dollar sign that is not doubled.
    """
    yield f"# {head.words}\n"
    for sign, variable in AT_THE_BEGINNING.items():
        yield f"{variable} {sign}\n"
    yield ":127.0.0.2:Listed by Gatepost\n"
    for entry in entries:
        yield f"{entry.network} :127.0.0.{entry.code}:{_template(entry.reason, head)}\n"


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
    """Yield an address list of the firewall, which is filled beside the one in use and then put in its place.

    Where a script ends half way, the list in use is as it was.
    """
    family = "/ip" if head.version == 4 else "/ipv6"
    name = head.set_name
    yield f"# {head.words}\n{family} firewall address-list\nremove [find list={name}-new]\n"
    for entry in entries:
        left = min(max(1, entry.until - head.now), LONGEST_MIKROTIK)
        yield f"add list={name}-new address={entry.network} timeout={left}s\n"
    yield f"remove [find list={name}-old]\nset [find list={name}] list={name}-old\n"
    yield f"set [find list={name}-new] list={name}\nremove [find list={name}-old]\n"


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


def _template(reason: str, head: Head) -> str:
    """The reason as a TXT template of rbldnsd that gives the text of our own TXT record.

    A dollar sign stands for the address there too; one before a digit would be a variable, so a blank keeps them apart.
    """
    words = " ".join(reason.split())
    where = f" - {head.lookup_url}$" if head.lookup_url else ""
    words = VARIABLE.sub(lambda found: found[0] if found[1] in (None, "$") else f"$ {found[1]}", words)
    more = LONGEST_ADDRESS[head.version] - 1  # octets that a dollar sign may grow by
    dollars = sum(found[1] is None for found in VARIABLE.finditer(words))
    room = LONGEST_TEXT - len(where.encode()) - more * (bool(where) + dollars)
    if len(words.encode()) > room:
        words = words.encode()[: max(room - len("…".encode()), 0)].decode(errors="ignore")
        # Of a pair that means a dollar sign, no half is left.
        words = (words[:-1] if (len(words) - len(words.rstrip("$"))) % 2 else words) + "…"
    first = AT_THE_BEGINNING.get(words[:1])
    return (first + words[1:] if first else words) + where


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
