"""What a screen costs does not grow with what it does not show: the statements that it asks, and the rows that come
back, are the same with a few of everything and with many. What the database does for them in between is counted in the
steps of SQLite's machine. No clock is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from werkzeug.test import TestResponse

from portal.app_context import AppContext
from reputation.addresses.address import Address, parse_network
from reputation.counting import volumes
from reputation.counting.query_log import sample_level
from reputation.customers.activation_codes import LENGTH
from reputation.customers.policy import dry_run, stored_networks
from reputation.customers.policy.sort_keys import network_keys, sort_keys
from reputation.customers.policy.stored_networks import StoredNetworks
from reputation.insight import rankings
from reputation.insight.query_log import key_of, retention
from reputation.intake import feeds
from reputation.store import changes, db
from reputation.store.db import Store
from reputation.store.models import (
    ActivationCode,
    CodeNetwork,
    Feed,
    FeedRevision,
    MailServer,
    Organization,
    QueryLogEntry,
    SenderRule,
    SpamHour,
    SpamWeek,
)
from tests.conftest import NOON, Cast
from tests.executed import executed_lines
from tests.portal.conftest import Browser, content

FEW, MANY = 300, 2000  # both fill two pages of each list
PAGES = (
    "/policy", "/policy?list=blocked&sort=sender", "/policy?sort=note&page=2", "/policy?sort=-by", "/policy?sort=until",
    "/policy?search=rule", "/policy?search=10.1.0.0/16", "/administration/mail-servers?sort=-note",
    "/administration/mail-servers?search=MX&page=2", "/administration/code-networks?sort=-note",
    "/installation/organizations?sort=-codes",
    "/installation/organizations?sort=-queries&page=2",
    "/installation/organizations?search=customer", "/installation/activation-codes?state=active",
    "/installation/activation-codes?sort=-created&page=2", "/report/botnet-report?page=2",
    "/installation/feeds", "/installation/feeds?state=good", "/installation/evidence",
    "/installation/evidence?address=10.0.0.0/8",
    "/installation/mail-servers?page=2", "/statistics", "/statistics?sort=before&page=2", "/statistics/isp/1",
    f"/statistics?week={rankings.name(volumes.week_of(NOON) - volumes.WEEK)}",
)  # fmt: skip
TRIED = (
    "192.0.2.1", "10.1.0.128/25", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "isp:AS64500", "country:AT",
)  # fmt: skip
LOG_QUERIES = (
    "", f"?before={NOON - 160}.200", f"?after={NOON - 360}.100", "?search=11.0.0.7", "?search=11.0.0.0/25",
    "?database=standard", "?kind=sampled", "?country=AT", "?asn=64500&answer=standard-2",
)  # fmt: skip
# Rows of a page, and what stands around it: who reads, counts, filters.
MOST_STATEMENTS, MOST_ROWS = 45, 400
LOOKED_AT = "AS64500\nAS64501\ncountry:AT\n192.0.2.0/28\n203.0.113.7"
STEPS_A_CALL = 10  # of SQLite, between two looks at them
# Steps for each row more, by how the page begins: the rules are counted once, and a search reads them twice at most, in
# an order that an index has. What is smaller at its bound may be sorted.
# The ISPs of a week are counted, and of one ISP those that have more spam.
STEPS_A_ROW = {"/policy?search": 12, "/policy": 5, "/statistics": 5, "": 80}


class Cost(NamedTuple):
    """Statements, the rows that came back, and what SQLite did for them, in steps of its machine; 0 in PostgreSQL."""

    statements: int
    rows: int
    steps: int


class Asked:
    """What was asked of the database."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.rows = 0
        self.steps = 0

    @property
    def cost(self) -> Cost:
        """Return it in numbers."""
        return Cost(len(self.statements), self.rows, self.steps)

    def went_on(self) -> None:
        """Note that SQLite did STEPS_A_CALL more steps."""
        self.steps += STEPS_A_CALL


class Counting:
    """A cursor that counts the rows that come out of it."""

    def __init__(self, cursor: Any, asked: Asked) -> None:
        self._cursor, self._asked = cursor, asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchone, None)

    def fetchone(self) -> Any:
        row = self._cursor.fetchone()
        self._asked.rows += row is not None
        return row

    def fetchall(self) -> list[Any]:
        rows: list[Any] = self._cursor.fetchall()
        self._asked.rows += len(rows)
        return rows

    def fetchmany(self, *size: int) -> list[Any]:
        rows: list[Any] = self._cursor.fetchmany(*size)
        self._asked.rows += len(rows)
        return rows


@contextmanager
def counted(store: Store) -> Iterator[Asked]:
    """Count what is asked meanwhile."""
    asked, execute = Asked(), store.database.execute_sql

    def counting(sql: str, *rest: Any, **more: Any) -> Counting:
        asked.statements.append(sql)
        return Counting(execute(sql, *rest, **more), asked)

    store.database.execute_sql = counting
    if store.is_sqlite:
        store.database.connection().set_progress_handler(asked.went_on, STEPS_A_CALL)
    try:
        yield asked
    finally:
        store.database.execute_sql = execute
        if store.is_sqlite:
            store.database.connection().set_progress_handler(None, 0)


def fill(cast: Cast, count: int, base: int = 0) -> None:
    """So many of everything, of Acme and of Basic beside it, numbered from `base` on."""
    for owner, name in ((cast.acme.id, "Acme's"), (cast.basic.id, "Basic's")):
        numbers = range(base, base + count)
        values = [str(Address(4, (10 << 24) + (1 << 16) + number)) for number in numbers]
        fields = (SenderRule.organization, SenderRule.action, SenderRule.kind, SenderRule.value, SenderRule.note,
                  SenderRule.created_at, SenderRule.created_by, SenderRule.batch, SenderRule.first_key,
                  SenderRule.end_key)  # fmt: skip
        db.write_rows(fields, [
            (owner, ("approved", "blocked")[place % 2], "network", value, f"{name} rule", NOON - place, "ada", "",
             *sort_keys("network", value))
            for place, value in enumerate(values)
        ])  # fmt: skip
        db.write_rows(
            (MailServer.organization, MailServer.network, MailServer.note, MailServer.created_at, MailServer.first_key,
             MailServer.end_key, MailServer.confirmed_by),
            [(owner, value, f"{name} MX", NOON, *network_keys(parse_network(value)), "") for value in values],
        )  # fmt: skip
        db.write_rows(
            (CodeNetwork.organization, CodeNetwork.network, CodeNetwork.note, CodeNetwork.created_at,
             CodeNetwork.first_key, CodeNetwork.end_key),
            [(owner, value, f"{name} MX", NOON, *network_keys(parse_network(value))) for value in values],
        )  # fmt: skip
        labels = [(owner, f"{owner}{number}".rjust(LENGTH, "a"), NOON) for number in numbers]
        db.write_rows((ActivationCode.organization, ActivationCode.label, ActivationCode.created_at), labels)
    customers = [(f"Customer {number}", "standard", NOON, "on") for number in range(base, base + count)]
    columns = (Organization.name, Organization.subscription, Organization.created_at, Organization.query_log)
    db.write_rows(columns, customers)
    names = [f"feed-{number:05}" for number in range(base, base + count)]
    Feed.insert_many(
        {"name": name, "source": "https://lists.example/", "format": "plain", "category": "KSS", "every": 3600,
         "database": "standard", "duration": 3600, "status": "good", "created_at": NOON, "checked_at": NOON,
         "refreshed_at": NOON}
        for name in names
    ).execute()  # fmt: skip

    fill_weeks(range(base + 1, base + count + 1))


def fill_weeks(asns: range) -> None:
    """Spam of as many ISPs in the present week and in two before, which are ranked; no two have as much."""
    present = volumes.week_of(NOON)
    weeks = [(present - ago * volumes.WEEK, asn, 10**6 // asn) for ago in range(3) for asn in asns]
    db.write_rows((SpamWeek.week, SpamWeek.asn, SpamWeek.volume), weeks)
    db.write_rows((SpamHour.asn, SpamHour.hour, SpamHour.volume), [(asn, NOON, 1) for asn in asns])
    volumes.store_ranks(NOON)


def test_a_page_asks_the_same_of_few_and_of_many(olga: Browser, cast: Cast, store: Store) -> None:
    costs = []
    for count, base in ((FEW, 0), (MANY, FEW)):
        fill(cast, count, base)
        olga.get("/policy")  # what is asked once a process is asked
        costs.append({path: cost_of_page(olga, store, path) for path in PAGES})

    for path, few in costs[0].items():
        many = costs[1][path]
        assert many[:2] == few[:2], path
        assert many.statements <= MOST_STATEMENTS and many.rows <= MOST_ROWS, path
        most = next(steps for begin, steps in STEPS_A_ROW.items() if path.startswith(begin))
        assert many.steps - few.steps <= most * MANY, path


ONE_LISTS = "/lookup?address=192.0.2.250"


def test_what_is_not_about_all_feeds_costs_the_same_with_twenty_and_with_five_hundred(
    olga: Browser, cast: Cast, app_context: AppContext, store: Store, tmp_path: Path
) -> None:
    costs = []
    (tmp_path / "one").write_text("192.0.2.250\n")  # which one list alone holds
    feeds.add("list-of-one", str(tmp_path / "one"), "plain", "KSS", NOON)
    feeds.refresh("list-of-one", NOON)
    for count, base in ((20, 0), (480, 20)):
        serve_feeds(tmp_path / "list", range(base, base + count))
        app_context.publisher.catch_up(NOON)
        olga.get(ONE_LISTS)  # a list is unpacked once, for whoever asks first
        number = Feed.get(Feed.name == "list-7").id
        pages = (
            f"/installation/feeds/{number}",
            "/lookup?address=192.0.2.200",
            ONE_LISTS,
            "/check?address=192.0.2.7",
            "/policy/many",
        )
        asks = {path: partial(olga.get, path) for path in pages}
        asks["/policy/many/look"] = partial(
            olga.send, "/policy/many/look", "/policy/many?list=blocked", list="blocked", text=LOOKED_AT
        )
        costs.append({path: (cost_of_page(olga, store, path, ask), executed_lines(ask)) for path, ask in asks.items()})

    for path, (few, few_lines) in costs[0].items():
        many, many_lines = costs[1][path]
        # To find the one list that holds an address, a row of each feed is read, and no other list.
        more = 480 if path == ONE_LISTS else 0
        assert (many.statements, many.rows) == (few.statements, few.rows + more), path
        assert many.statements <= MOST_STATEMENTS and many.rows <= MOST_ROWS + more, path
        assert many.steps <= 1.2 * few.steps + 60 * more and many_lines <= 1.1 * few_lines + 100 * more, path


def serve_feeds(file: Path, numbers: range) -> None:
    """Serve a list under so many names, as if each had been fetched."""
    file.write_text("".join(f"192.0.2.{number}\n" for number in range(100)))
    for number in numbers:
        feeds.add(f"list-{number}", str(file), "plain", "KSS", NOON)
        if not number:
            feeds.refresh("list-0", NOON)
    like = FeedRevision.get(FeedRevision.feed == Feed.get(Feed.name == "list-0"))
    rest = Feed.select(Feed.id).where(Feed.name << [f"list-{number}" for number in numbers if number])
    kept = {name: value for name, value in like.__data__.items() if name not in ("id", "feed")}
    FeedRevision.insert_many({**kept, "feed": feed.id} for feed in rest).execute()
    changes.record_change(changes.STANDARD_FEEDS, NOON)


def test_a_rule_that_is_tried_asks_the_same_of_few_and_of_many(
    ada: Browser, cast: Cast, app_context: AppContext, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One by ISP or country is held against a bounded number of networks, which both then reach.
    monkeypatch.setattr(StoredNetworks.that_decide_first, "__defaults__", (100,))
    monkeypatch.setattr(stored_networks, "MOST_COUNTED", 50)
    for address in ("10.1.0.77", "192.0.2.1"):
        QueryLogEntry.create(
            organization=cast.acme.id, asked_at=NOON - 60, address=address, address_key=key_of(address), database=0,
            code=0,
        )  # fmt: skip
    costs = []
    for count, base in ((FEW, 0), (MANY, FEW)):
        fill(cast, count, base)
        app_context.publisher.catch_up(NOON)
        costs.append({sender: cost_of_try(ada, store, sender) for sender in TRIED})

    for sender, few in costs[0].items():
        many = costs[1][sender]
        assert many[:2] == few[:2], sender
        assert many.statements <= MOST_STATEMENTS and many.rows <= MOST_ROWS, sender
        assert many.steps < 1.2 * few.steps, sender


def test_a_rule_that_is_tried_reads_a_bounded_part_of_the_query_log(
    ada: Browser, cast: Cast, app_context: AppContext, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "LONGEST", 100)
    monkeypatch.setattr(dry_run, "COUNTED_FROM", 4)
    monkeypatch.setattr(dry_run, "ENOUGH", 10)
    app_context.publisher.catch_up(NOON)
    costs = []
    for first, end in ((0, 400), (400, 4000)):
        log(cast.acme.id, range(first, end))
        costs.append({sender: cost_of_try(ada, store, sender) for sender in TRIED})

    for sender, few in costs[0].items():
        many = costs[1][sender]
        assert many.statements == few.statements, sender
        assert many.rows < 100 * 1.2 + 150, sender  # the part of the log, and what stands around it
        assert many.steps < 2 * few.steps, sender


def test_a_page_of_the_query_log_reads_no_more_of_a_long_one(
    ada: Browser, cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST_COUNTED", 200)
    costs = []
    for first, end in ((0, 400), (400, 8000)):
        log(cast.acme.id, range(first, end), every=2)
        log(cast.basic.id, range(first, end), every=2)
        costs.append({query: cost_of_page(ada, store, f"/report/query-log{query}") for query in LOG_QUERIES})

    for query, few in costs[0].items():
        many = costs[1][query]
        assert many[:2] == few[:2], query
        assert many.statements <= MOST_STATEMENTS and many.rows <= MOST_ROWS, query
        assert many.steps < 1.3 * few.steps, query


def log(organization_id: int, numbers: range, every: int = 0) -> None:
    """Let the query log have a row for each of these numbers, each so many seconds before the number below it."""
    addresses = [str(Address(4, (11 << 24) + number)) for number in numbers]
    fields = (QueryLogEntry.organization, QueryLogEntry.asked_at, QueryLogEntry.address, QueryLogEntry.address_key,
              QueryLogEntry.database, QueryLogEntry.code, QueryLogEntry.decided_by, QueryLogEntry.asn,
              QueryLogEntry.country, QueryLogEntry.weight, QueryLogEntry.sample_level)  # fmt: skip
    db.write_rows(fields, [
        (organization_id, NOON - 60 - every * number, address, key_of(address), 0, 0, "", 0, "", 1,
         sample_level(number))
        for number, address in zip(numbers, addresses, strict=True)
    ])  # fmt: skip


def cost_of_page(browser: Browser, store: Store, path: str, ask: Callable[[], TestResponse] | None = None) -> Cost:
    """What a page asks that shows nothing of another organization."""
    with counted(store) as asked:
        page = ask() if ask else browser.get(path)
    assert page.status_code == 200
    if "/installation/" not in path:
        assert "Basic's" not in content(page), path
    return asked.cost


def cost_of_try(browser: Browser, store: Store, sender: str) -> Cost:
    """What a dry run asks that one more rule is tried by."""
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', browser.get("/administration/password").text)
    assert token
    fields = {"csrf_token": token[1], "list": "blocked", "sender": sender}
    with counted(store) as asked:
        answer = browser.client.post("/policy/try", data=fields, headers={"HX-Request": "true"}, buffered=True)
    assert answer.status_code == 200 and "quer" in answer.text
    return asked.cost
