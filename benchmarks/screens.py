"""What each screen costs the server as its tables grow tenfold, and again fivefold: requests to the whole portal, in
this process, over a folder that is thrown away.

The largest size is the portal's own bound: 50,000 rules of one organization, 10,000 mail servers, 1,000 organizations,
5,000 codes, 500 feeds. A page is asked ROUNDS times after it was asked once, and the least counts; only the
server's own time does, of its processor from the request to the last octet of its answer. A busy machine adds waiting,
which is not in it, and slows the processor itself down, which is: so the least of many rounds counts.
"""

from __future__ import annotations

import functools
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from flask.testing import FlaskClient

from benchmarks.machine import Unfit, look
from benchmarks.report import put, table
from benchmarks.workshop import say
from portal import create_app
from portal.app_context import AppContext
from reputation.addresses.address import Address, parse_network
from reputation.counting.delivery import Delivery
from reputation.counting.query_log import sample_level
from reputation.customers import organizations, users
from reputation.customers.policy.sort_keys import network_keys, sort_keys
from reputation.insight.query_log import key_of
from reputation.intake import origins as origin_tables
from reputation.publisher import Publisher
from reputation.ranges import Entries, build
from reputation.store import db
from reputation.store.db import open_store
from reputation.store.models import (
    ActivationCode,
    Feed,
    FeedRevision,
    LastAsked,
    MailServer,
    Organization,
    QueryHour,
    QueryLogEntry,
    SenderRule,
)
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "screens-cost.md"
SIZES = (1_000, 10_000, 50_000)  # rules of one organization; the other tables grow as they do
TARGET = 50.0  # milliseconds
ROUNDS = 15
LOG = 50_000  # rows of the query log, at every size: a dry run replays it
PASSWORD = "a quiet sentence works"
OLGA = "olga@acme.example"
DAY, HOUR = 86400, 3600

PAGES = (
    "/", "/policy", "/policy?list=blocked&sort=sender", "/policy?sort=-note", "/policy?sort=by", "/policy?sort=until",
    "/policy?search=note+77", "/policy?search=note&sort=note",
    "/policy?search=203.0.113.7", "/policy?search=10.0.0.0/8&sort=sender&page=9",
    "/administration/mail-servers", "/administration/mail-servers?sort=-note&search=MX",
    "/report/botnet-report", "/report/query-log", "/administration/users", "/administration/api-tokens",
    "/administration/audit-log", "/installation/organizations", "/installation/organizations?sort=-queries",
    "/installation/organizations?sort=-codes&search=9", "/installation/activation-codes",
    "/installation/activation-codes?state=active&page=20", "/installation/feeds", "/installation/feeds/1",
    "/installation/listings", "/installation/requests", "/installation/system",
)  # fmt: skip
# What the form of a rule asks at each pause in typing.
TRIED = (
    ("blocked", "203.0.113.7"), ("approved", "198.18.7.0/24"), ("blocked", "10.0.0.0/8"), ("approved", "0.0.0.0/0"),
    ("blocked", "isp:AS3320"), ("approved", "country:DE"), ("blocked", "2001:db8::/32"),
)  # fmt: skip


class Cost(NamedTuple):
    """A request, and the milliseconds of the server at each size."""

    what: str
    milliseconds: tuple[float, ...]

    @property
    def growth(self) -> float:
        """Return how many times the cost at the smallest size the cost at the largest is."""
        return self.milliseconds[-1] / self.milliseconds[0]


def main() -> None:
    """Measure, and write the page."""
    try:
        text = look().text
    except Unfit as reason:
        text = f"{os.cpu_count()} cores ({reason})"
    busy = os.getloadavg()[0]
    table_of = section(measured(), f"{text}; load average before it {busy:.1f}")
    PAGE.write_text(put(PAGE.read_text(), "screens", table_of))
    say(f"{PAGE.relative_to(ROOT)} has what each screen costs")


def measured(sizes: Sequence[int] = SIZES) -> list[Cost]:
    """Measure every page and every try at each size."""
    found: dict[str, list[float]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="gatepost-screens-") as folder:
            say(f"screens with {size:,} rules")
            with portal_with(Path(folder), size) as client:
                for what, ask in requests_of(client):
                    found.setdefault(what, []).append(least(ask))
    return [Cost(what, tuple(times)) for what, times in found.items()]


def section(costs: Sequence[Cost], machine: str, sizes: Sequence[int] = SIZES) -> str:
    """Write the table, the most expensive first, and which of them are over the target."""
    ordered = sorted(costs, key=lambda cost: -cost.milliseconds[-1])
    late = [cost for cost in ordered if cost.milliseconds[-1] > TARGET]
    verdict = (
        f"All {len(ordered)} requests are within {TARGET:.0f} ms"
        if not late
        else f"{len(late)} of {len(ordered)} requests are **not** within {TARGET:.0f} ms"
    )
    lines = [[f"`{cost.what}`", *(f"{one:.0f}" for one in cost.milliseconds), f"{cost.growth:.1f}"] for cost in ordered]
    heads = ("request", *(f"{size:,} rules, ms" for size in sizes), "times")
    return f"{verdict} of the server's time at {sizes[-1]:,} rules. {machine}.\n\n{table(heads, lines)}"


def requests_of(client: FlaskClient) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what is asked, and how."""
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/policy").text)
    assert token, "no form on /policy"
    for path in PAGES:
        yield path, functools.partial(client.get, path, buffered=True)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/policy"}
    for action, sender in TRIED:
        fields = {"csrf_token": token[1], "list": action, "sender": sender}
        post = functools.partial(client.post, "/policy/try", data=fields, headers=headers, buffered=True)
        yield f"/policy/try {action} {sender}", post


def least(ask: Callable[[], Any]) -> float:
    """Return the milliseconds of the quickest of some requests, all of which have to succeed."""
    answer = ask()
    assert answer.status_code == 200, f"{answer.request.path}: {answer.status}"
    times = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        ask()
        times.append(1000 * (time.thread_time() - began))
    return min(times)


@contextmanager
def portal_with(folder: Path, rules: int) -> Iterator[FlaskClient]:
    """Make a portal over a store of this size, and yield a client in which its operator is logged in."""
    now = int(time.time())
    store = open_store("", folder, ROOT / "migrations")
    with store.database.connection_context():
        fill(rules, now)
        app_context = _house(folder, now)
        app_context.publisher.catch_up(now)
    client = create_app(app_context).test_client()
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/login").text)
    assert token, "no form on /login"
    client.post("/login", data={"csrf_token": token[1], "email": OLGA, "password": PASSWORD})
    try:
        yield client
    finally:
        store.close()


def fill(rules: int, now: int) -> None:
    """Fill the store with so many rules of Acme and a fifth as many mail servers, and with neighbours in proportion.

    There are as many rules again of its neighbours, and an installation that has grown with them.
    """
    acme, _ = organizations.add("Acme", "advanced", now - 30 * DAY)
    users.add(OLGA, acme.id, "operator", PASSWORD, now)
    chance = random.Random(rules)
    with db.write():
        others = _organizations(rules // 50, now)
        _rules(acme.id, others, rules, now, chance)
        _mail_servers(acme.id, others, rules // 5, now)
        _codes(others, rules // 10, now)
        _feeds(rules // 100, now)
        _asked([acme.id, *others], now, chance)
        _log(acme.id, now, chance)


def _house(folder: Path, now: int) -> AppContext:
    live, known = Live(), origin_tables.seed()
    return AppContext(
        publisher=Publisher(live, lambda: known, lambda _: known, "http://127.0.0.1/lookup?address="),
        live=live, counts=Delivery(Counters()), zone="rep.example", data=folder, lookup_url="http://127.0.0.1",
        dns_addresses=["127.0.0.1:5300"], dns_runs="interpreted", started_at=now, secret_key="k" * 64,
    )  # fmt: skip


def _organizations(count: int, now: int) -> list[int]:
    names = [(f"Organization {number}", "standard", now, "on") for number in range(count)]
    fields = (Organization.name, Organization.subscription, Organization.created_at, Organization.query_log)
    db.write_rows(fields, names)
    return [number for (number,) in Organization.select(Organization.id).where(Organization.name != "Acme").tuples()]


def senders(count: int, chance: random.Random) -> Iterator[str]:
    """Yield distinct senders as people have them: addresses, some networks around and among them, ISPs, countries."""
    seen: set[str] = set()
    while len(seen) < count:
        dice = chance.random()
        if dice < 0.02:
            value = f"isp:AS{chance.randrange(1, 60_000)}"
        elif dice < 0.1:
            value = f"{chance.choice((10, 198, 203))}.{chance.randrange(256)}.{chance.randrange(256)}.0/24"
        elif dice < 0.15:
            value = str(Address(6, (0x20010DB8 << 96) + chance.randrange(1 << 64)))
        else:
            value = str(Address(4, (chance.choice((10, 198, 203)) << 24) + chance.randrange(1 << 24)))
        if value not in seen:
            seen.add(value)
            yield value


def _rules(acme: int, others: Sequence[int], count: int, now: int, chance: random.Random) -> None:
    columns = ("organization", "action", "kind", "value", "note", "created_at", "expires_at", "created_by",
               "changed_at", "batch", "first_key", "end_key")  # fmt: skip
    values = [*senders(count - 2, chance), "country:QZ", "country:US"]
    rows = []
    for place, value in enumerate([*values, *senders(count, chance)]):
        owner = acme if place < count else chance.choice(others)
        kind = value.partition(":")[0] if value.startswith(("isp:", "country:")) else "network"
        action = chance.choice(("approved", "blocked"))
        rows.append(
            (owner, action, kind, value, f"Note {place}", now - place, None, f"person{place % 7}@acme.example", None,
             "", *sort_keys(kind, value))
        )  # fmt: skip
    db.write_rows([getattr(SenderRule, name) for name in columns], rows)


def _mail_servers(acme: int, others: Sequence[int], count: int, now: int) -> None:
    columns = ("organization", "network", "note", "created_at", "first_key", "end_key")
    rows = []
    for place in range(2 * count):
        owner = acme if place < count else others[place % len(others)]
        network = str(Address(4, (203 << 24) + place))
        rows.append((owner, network, f"MX {place}", now - place, *network_keys(parse_network(network))))
    db.write_rows([getattr(MailServer, name) for name in columns], rows)


def _codes(others: Sequence[int], count: int, now: int) -> None:
    fields = [getattr(ActivationCode, name) for name in ("organization", "label", "created_at", "revoked_at")]
    rows = [
        (others[place % len(others)], f"{place:031d}", now - place, now if place % 5 == 0 else None)
        for place in range(count)
    ]
    db.write_rows(fields, rows)


def _feeds(count: int, now: int) -> None:
    four, six = build(Entries(4), Entries(6)).to_blobs()
    for number in range(count):
        status = ("good", "good", "failed")[number % 3]
        feed = Feed.create(
            name=f"feed-{number:04}", source=f"https://lists.example/{number}", format="plain", category="KSS",
            database="standard", every=HOUR, duration=DAY, status=status, checked_at=now, refreshed_at=now,
            created_at=now, message="The server said 503." if status == "failed" else "",
        )  # fmt: skip
        FeedRevision.create(
            feed=feed, state="live", fetched_at=now, seen_at=now, hash="", entries=number, ranges4=four, ranges6=six
        )


def _asked(numbers: Sequence[int], now: int, chance: random.Random) -> None:
    rows = [
        (number, now - now % HOUR - HOUR * hour, database, code, chance.randrange(1, 1000))
        for number in numbers for hour in range(24) for database in (0, 1) for code in (0, 2)
    ]  # fmt: skip
    fields = (QueryHour.organization, QueryHour.hour, QueryHour.database, QueryHour.code, QueryHour.queries)
    db.write_rows(fields, rows)
    db.write_rows(
        (LastAsked.organization, LastAsked.first_at, LastAsked.last_at), [(number, now, now) for number in numbers]
    )


def _log(acme: int, now: int, chance: random.Random) -> None:
    names = ("organization", "asked_at", "address", "address_key", "asn", "country", "database", "code", "decided_by",
             "weight", "sample_level")  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for number in range(LOG):
        address = str(Address(4, chance.randrange(1 << 24, 223 << 24)))
        asked_at, level = now - chance.randrange(7 * DAY), sample_level(number)
        rows.append((acme, asked_at, address, key_of(address), 0, "", 0, 0, "", 1, level))
    db.write_rows([getattr(QueryLogEntry, name) for name in names], rows)
