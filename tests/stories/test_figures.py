"""Every figure of every report is what was sent: queries over real DNS, under the codes of two organizations.

First to the real program; then to the same doors of a house whose clock is held, across midnight, the end of a week
and the two days on which the clock of Vienna changes.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from commands import opened
from dnsd.access import Access
from dnsd.apex import Apex
from dnsd.resolver import Resolver
from dnsd.server import DnsServer
from portal.app_context import AppContext
from reputation import settings
from reputation.counting import hours, volumes
from reputation.customers import mail_servers, policy, users
from reputation.intake import listings, spam_reports
from reputation.publisher import Publisher
from tests.conftest import Cast, make_cast
from tests.dnsd import wire
from tests.dnsd.ask import Udp
from tests.dnsd.cast import reversed_name
from tests.portal.conftest import ADA, BORIS, Clock, app, cast, cheap_passwords, clock, logged_in, store
from tests.portal.conftest import app_context as plain_app_context
from tests.portal.reported import VIENNA, at, lines, lives_in
from tests.snapshots import origins
from tests.stories.program import SOURCE, TXT, Browser, Program, wait_until

__all__ = ["app", "cast", "cheap_passwords", "clock", "plain_app_context", "store"]

PASSWORD = "a long enough sentence"
ANN, BEN = "ann@acme.example", "ben@basic.example"
R, Q = "r", "q"
KSS, DUL, ETL, FREE = "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.99"
OWN, DEFERRED, APPROVED = "203.0.113.10", "203.0.113.20", "203.0.113.30"
ISP, COUNTRY = "8.8.8.8", "5.9.0.1"  # of Google and of Germany, by the table of origins that comes with the program
CATALAN, IBERIAN = 64500, 64501

# What Acme's mail server asks: how often about whom, and the last octet of the answer. It asks the dynamic database
# about each connection that the standard one does not list, as the instructions for mail servers say.
STANDARD = {KSS: (3, 2), DUL: (5, 3), ETL: (7, 4), OWN: (11, 10), ISP: (13, 11), COUNTRY: (17, 12), APPROVED: (4, 0)}
DYNAMIC = {DEFERRED: (23, 2), FREE: (29, 0)}
QUERIES = sum(count for count, _ in STANDARD.values()) + sum(count for count, _ in DYNAMIC.values())
REFUSED = sum(count for count, octet in STANDARD.values() if octet)
DEFERRALS = 23
BY = {"KSS": 3, "DUL": 5, "ETL": 7, "Blocked address": 11, "Blocked ISP": 13, "Blocked country": 17, "Dynamic": 23}
BASIC = {KSS: (31, 2), OWN: (37, 0)}  # Acme's own rules are nothing to Basic


def labels(address: str) -> str:
    return ".".join(reversed(address.split(".")))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program; everything is asked, answered, and on its way to the tables."""
    program = Program(SOURCE, tmp_path_factory.mktemp("figures") / "data")
    with opened(settings.read({"data": str(program.data)})):
        acme, basic = settled()
    program.start()
    for address, (count, octet) in {**STANDARD, **{each: (count, 0) for each, (count, _) in DYNAMIC.items()}}.items():
        send(program, address, acme, R, count, octet)
    for address, (count, octet) in {APPROVED: (4, 0), **DYNAMIC}.items():
        send(program, address, acme, Q, count, octet)
    for address, (count, octet) in BASIC.items():
        send(program, address, basic, R, count, octet)
    what_does_not_count(program, acme)
    yield program
    program.stop()


def settled() -> tuple[str, str]:
    """Two organizations with their people, what is listed, and what Acme has chosen; the labels of both."""
    now = int(time.time())
    made = make_cast(now)
    users.add(ANN, made.acme.id, "administrator", PASSWORD, now)
    users.add(BEN, made.basic.id, "administrator", PASSWORD, now)
    for address, category in ((KSS, "KSS"), (DUL, "DUL"), (ETL, "ETL"), (APPROVED, "KSS")):
        listings.add(address, "standard", category, 86400, "Seen", now)
    listings.add(DEFERRED, "dynamic", "ETL", 86400, "Seen", now)
    for action, value in (
        ("blocked", OWN), ("blocked", "isp:AS15169"), ("blocked", "country:DE"), ("approved", APPROVED),
    ):  # fmt: skip
        policy.add_rule(made.acme.id, action, value, now)
    return made.acme_code.label, made.basic_code.label


def send(program: Program, address: str, label: str, database: str, count: int, octet: int) -> None:
    for _ in range(count):
        assert program.ask(labels(address), label, database).octet == octet, address


def what_does_not_count(program: Program, label: str) -> None:
    """Reasons, parts of names, test points, codes that nobody has, and a database that is not subscribed to."""
    for _ in range(6):
        program.ask(labels(KSS), label, qtype=TXT)
        program.ask_name(f"113.0.203.{label}.r.rep.example")
        program.ask("2.0.0.127", label)
        program.ask(labels(KSS), "z" * 31)
        program.ask_name("www.example.org")


def signed_in(program: Program, email: str) -> Browser:
    browser = Browser(program.portal)
    browser.submit("/login", email=email, password=PASSWORD)
    return browser


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def added(text: str, *columns: str) -> list[int]:
    """The sums of these columns of a file."""
    return [sum(int(row[column] or 0) for row in rows(text)) for column in columns]


def figure(page: str, title: str) -> str:
    """The figure below a title: exact where the page shows it shortened."""
    found = re.search(rf'<dt>{re.escape(title)}</dt>\s*<dd class="figure[^"]*"(?: title="([^"]*)")?>(.*?)</dd>', page)
    assert found, f"no figure {title}"
    return (found[1] or found[2]).strip()


def test_what_was_sent_is_what_every_report_says(asked: Program) -> None:
    ann, ben = signed_in(asked, ANN), signed_in(asked, BEN)
    wait_until(lambda: figure(ann.get("/"), "Queries, 24 hours") == str(QUERIES), 20, f"{QUERIES} on General")
    matched = REFUSED + DEFERRALS

    general = ann.get("/")
    assert f"{matched} connections, {REFUSED} refused" in general
    assert figure(general, "Deferred, 24 hours") == str(DEFERRALS)
    for name in ("percentage-queries", "queries-per-hour", "queries-per-day"):
        for span in ("24h", "7d", "30d"):
            page = ann.get(f"/report/{name}?range={span}")
            assert (figure(page, "Queries"), figure(page, "Matched")) == (str(QUERIES), str(matched)), (name, span)
            assert figure(page, "Percentage") == f"{100 * matched / QUERIES:.1f}\u202f%", (name, span)
            file = ann.get(f"/report/{name}.csv?range={span}")
            assert added(file, "Queries", "Matched") == [QUERIES, matched], (name, span)
    assert added(ann.get("/report/percentage-queries.csv"), *BY) == list(BY.values())
    for database, figures in (("standard", (QUERIES, REFUSED)), ("dynamic", (4 + 23 + 29, DEFERRALS))):
        page = ann.get(f"/report/queries-per-day?database={database}")
        assert (figure(page, "Queries"), figure(page, "Matched")) == tuple(map(str, figures)), database
    for name, octet in (("KSS", 2), ("DUL", 3), ("ETL", 4), ("Blocked address", 10), ("Blocked ISP", 11)):
        wanted = BY[name] + (DEFERRALS if octet == 2 else 0)
        assert figure(ann.get(f"/report/percentage-queries?code={octet}"), f"127.0.0.{octet}") == str(wanted), name

    for name in ("percentage-queries", "queries-per-hour", "queries-per-day"):
        page = ben.get(f"/report/{name}?range=7d")
        assert (figure(page, "Queries"), figure(page, "Matched")) == ("68", "31"), f"Basic's {name}"


def test_what_was_sent_is_what_the_log_the_list_and_the_api_say(asked: Program) -> None:
    ann = signed_in(asked, ANN)
    wait_until(lambda: figure(ann.get("/"), "Queries, 24 hours") == str(QUERIES), 20, f"{QUERIES} on General")

    log = rows(ann.get("/report/query-log/query-log.csv"))
    found = Counter((row["Address"], row["Database"], row["Answer"]) for row in log if row["Answer"] != "not listed")
    wanted = {(each, "standard", f"127.0.0.{octet}"): count for each, (count, octet) in STANDARD.items() if octet}
    assert found == {**wanted, (DEFERRED, "dynamic", "127.0.0.2"): 23}
    sampled = sum(int(row["Connections it stands for"]) for row in log if row["Answer"] == "not listed")
    # Of Basic's 37 some may stand for connections of Acme's, and the last ones are not full.
    assert abs(sampled - (QUERIES - REFUSED + 4 + 29)) <= 40
    [isps] = [row for row in rows(ann.get("/statistics/isps.csv")) if row["ASN"] == "15169"] or [{}]
    assert not isps.get("Spam Volume (24 hours)"), "an ISP that Acme alone blocks has no spam volume"

    page = ann.submit("/administration/api-tokens", name="Figures", scopes="read", days="30")
    secret = re.search(r"gp_[\w-]{20,}", page)
    assert secret
    for call in ("hours?days=2", "days?days=2"):
        answer = api(asked, f"/queries/{call}", secret[0])
        assert (answer["queries"], answer["matched"], answer["by"]) == (QUERIES, REFUSED + DEFERRALS, BY), call
        assert sum(point["queries"] or 0 for point in answer["points"]) == QUERIES
    shares = api(asked, "/queries/percentages?days=2", secret[0])
    assert {one["decided_by"]: one["queries"] for one in shares["shares"]} == BY


def api(program: Program, path: str, secret: str) -> Any:
    base = program.portal.rstrip("/")
    request = urllib.request.Request(f"{base}/api/v1{path}", headers={"Authorization": f"Bearer {secret}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as response:
        return json.load(response)


# A house with a held clock

WORLD = origins({"203.0.113.0/25": (CATALAN, "ES", "Catalan Net"), "203.0.113.128/25": (IBERIAN, "ES", "Iberian Net")})
OTHER_ISPS = "203.0.113.200"


class Moment(NamedTuple):
    """At `when` Acme asks so often about who is listed, who is not, who is deferred and about another ISP's."""

    when: int
    listed: int
    free: int
    deferred: int
    other: int

    @property
    def queries(self) -> int:
        return self.listed + self.free + self.deferred + self.other

    @property
    def matched(self) -> int:
        return self.listed + self.deferred + self.other


def local(*when: int, fold: int = 0) -> int:
    return at(VIENNA, *when, fold=fold)


# The last Sunday of October, which has 25 hours and ends a week; and the last one of March, which has 23.
AUTUMN = (
    Moment(local(2026, 10, 24, 23, 59, 59), 1, 2, 3, 4),
    Moment(local(2026, 10, 25, 0, 0, 0), 5, 6, 7, 8),
    Moment(local(2026, 10, 25, 2, 30, 0), 9, 10, 11, 12),
    Moment(local(2026, 10, 25, 2, 30, 0, fold=1), 13, 14, 15, 16),
    Moment(local(2026, 10, 25, 23, 59, 59), 17, 18, 19, 20),
    Moment(local(2026, 10, 26, 0, 0, 0), 21, 22, 23, 24),
    Moment(local(2026, 10, 26, 0, 59, 59), 2, 3, 5, 70),  # the last second of the week, UTC
    Moment(local(2026, 10, 26, 1, 0, 0), 80, 7, 11, 13),
)
SPRING = (
    Moment(local(2027, 3, 27, 23, 59, 59), 1, 2, 3, 4),
    Moment(local(2027, 3, 28, 1, 59, 59), 5, 6, 7, 8),
    Moment(local(2027, 3, 28, 3, 0, 0), 9, 10, 11, 12),
    Moment(local(2027, 3, 29, 0, 0, 0), 13, 14, 15, 16),
    Moment(local(2027, 3, 29, 1, 59, 59), 2, 3, 5, 70),
    Moment(local(2027, 3, 29, 2, 0, 0), 80, 7, 11, 13),
)
YEARS = pytest.mark.parametrize("year", [AUTUMN, SPRING], ids=["autumn", "spring"])


@pytest.fixture
def app_context(plain_app_context: AppContext) -> AppContext:
    """A house that knows two ISPs."""
    publisher = Publisher(plain_app_context.live, lambda: WORLD, lambda _: WORLD, "http://127.0.0.1/lookup?address=")
    return dataclasses.replace(plain_app_context, publisher=publisher)


class Door:
    """The DNS door over the house, on the house's clock."""

    def __init__(self, app_context: AppContext, clock: Clock, cast: Cast) -> None:
        self.app_context, self.clock, self.cast = app_context, clock, cast

    def tell(self, timestamp: Moment) -> None:
        """Acme's mail server asks at this moment; Basic's asks once, about who is listed."""
        with self.opened(timestamp.when) as ask:
            label = self.cast.acme_code.label
            for address, count, octet in (
                (ETL, timestamp.listed, 4),
                (OTHER_ISPS, timestamp.other, 2),
                (FREE, timestamp.free, None),
                (DEFERRED, timestamp.deferred, None),
            ):
                for _ in range(count):
                    assert ask(address, label, R) == octet
            for address, count, octet in ((FREE, timestamp.free, None), (DEFERRED, timestamp.deferred, 2)):
                for _ in range(count):
                    assert ask(address, label, Q) == octet
            assert ask(ETL, self.cast.basic_code.label, R) == 4

    def opened(self, when: int) -> Any:
        """A door that answers at this moment; what it has counted is in the tables afterwards."""
        return _Opened(self, when)


class _Opened:
    def __init__(self, door: Door, when: int) -> None:
        self.door, self.when = door, when

    def __enter__(self) -> Any:
        app_context = self.door.app_context
        self.door.clock.now = self.when
        app_context.publisher.catch_up(self.when)
        # A loop takes a held time once, when it is made: so each moment has a door of its own.
        resolver = Resolver(
            Apex(app_context.zone), app_context.live, app_context.counts.counters, Access(), lambda: float(self.when)
        )
        self.server = DnsServer(resolver, [("127.0.0.1", 0)])
        self.server.start()
        self.udp = Udp(self.server.addresses[0])
        return self.ask

    def ask(self, address: str, label: str, database: str) -> int | None:
        """The last octet of the answer; None for an address that is not listed."""
        reply = self.udp.ask(wire.query(reversed_name(address, label, database, self.zone)))
        return octet(reply)

    @property
    def zone(self) -> str:
        return self.door.app_context.zone

    def __exit__(self, *_: object) -> None:
        self.udp.close()
        self.server.stop()
        hours.flush(self.door.app_context.counts, WORLD, self.when)


def octet(reply: wire.Reply) -> int | None:
    assert reply.rcode in (0, 3)
    return int(reply.addresses[0].rpartition(".")[2]) if reply.addresses else None


@pytest.fixture
def door(app_context: AppContext, clock: Clock, cast: Cast) -> Iterator[Door]:
    for address, category in ((ETL, "ETL"), (OTHER_ISPS, "KSS")):
        listings.add(address, "standard", category, 400 * 86400, "Seen", clock.now)
    listings.add(DEFERRED, "dynamic", "ETL", 400 * 86400, "Seen", clock.now)
    lives_in(ADA, VIENNA)
    yield Door(app_context, clock, cast)


@YEARS
def test_hours_and_days_are_the_readers(door: Door, app: Any, year: tuple[Moment, ...]) -> None:
    for timestamp in year:
        door.tell(timestamp)
    ada = logged_in(app, ADA)

    for report, begins in (("queries-per-hour", hour_of), ("queries-per-day", day_of)):
        wanted: dict[int, list[int]] = {}
        for timestamp in year:
            sums = wanted.setdefault(begins(timestamp.when), [0, 0])
            sums[0] += timestamp.queries
            sums[1] += timestamp.matched
        found = {
            stamp: [int(cell.replace(",", "")) for cell in cells[1:3]]
            for stamp, cells in told(ada.get(f"/report/{report}?range=7d"))
            if cells[1] not in ("", "0")
        }
        assert found == wanted, report
        total = [sum(each) for each in zip(*wanted.values(), strict=True)]
        file = ada.get(f"/report/{report}.csv?range=7d").text
        assert added(file, "Queries", "Matched") == total, report
    shares = ada.get("/report/percentage-queries.csv?range=7d").text
    assert added(shares, "KSS", "ETL", "Dynamic") == [
        sum(timestamp.other for timestamp in year),
        sum(timestamp.listed for timestamp in year),
        sum(timestamp.deferred for timestamp in year),
    ]


@YEARS
def test_a_day_on_which_the_clock_changes_says_how_long_it_is(door: Door, app: Any, year: tuple[Moment, ...]) -> None:
    for timestamp in year:
        door.tell(timestamp)
    ada = logged_in(app, ADA)

    page = ada.get("/report/queries-per-day?range=7d")
    long = "25 hours" if year is AUTUMN else "23 hours"
    assert [cells[0] for cells in lines(page) if "hours" in cells[0]] == [
        f"Sun 25 Oct 2026 {long}" if year is AUTUMN else f"Sun 28 Mar 2027 {long}"
    ]
    day = ("2026-10-25" if year is AUTUMN else "2027-03-28",) * 2
    hours_of_it = lines(ada.get("/report/queries-per-hour?from={}&to={}".format(*day)))
    assert len(hours_of_it) == (25 if year is AUTUMN else 23)


@YEARS
def test_general_the_log_and_other_organizations(door: Door, app: Any, year: tuple[Moment, ...]) -> None:
    for timestamp in year:
        door.tell(timestamp)
    ada, boris = logged_in(app, ADA), logged_in(app, BORIS)

    now = year[-1].when
    day = [timestamp for timestamp in year if hour_of(timestamp.when) > hour_of(now) - 24 * 3600]
    page = ada.get("/").text
    assert figure(page, "Queries, 24 hours") == f"{sum(timestamp.queries for timestamp in day):,}"
    assert figure(page, "Deferred, 24 hours") == f"{sum(timestamp.deferred for timestamp in day):,}"
    log = Counter((row["Time (UTC)"], row["Address"]) for row in rows(ada.get("/report/query-log/query-log.csv").text))
    for timestamp in year:
        stamp = utc(timestamp.when)
        found = [log[stamp, address] for address in (ETL, OTHER_ISPS, DEFERRED)]
        assert found == [timestamp.listed, timestamp.other, timestamp.deferred], stamp
    assert added(boris.get("/report/queries-per-day.csv?range=7d").text, "Queries", "Matched") == [len(year)] * 2


@YEARS
def test_weeks_of_the_isp_list_end_on_sunday_utc(door: Door, app: Any, year: tuple[Moment, ...]) -> None:
    for timestamp in year:
        door.tell(timestamp)
    ada = logged_in(app, ADA)

    now = year[-1].when
    volume: dict[int, Counter[int]] = {}
    for timestamp in year:
        # Basic's one query about the listed address is of the same volume: it is everybody's.
        week = volume.setdefault(volumes.week_of(timestamp.when), Counter())
        week.update({CATALAN: timestamp.listed + timestamp.deferred + 1, IBERIAN: timestamp.other})
    assert len(volume) == 2, "the moments lie on both sides of a week's end"
    present, before = (
        {asn: place for place, (asn, _) in enumerate(volume[week].most_common(), 1)}
        for week in sorted(volume, reverse=True)
    )
    day = Counter[int]()
    for timestamp in year:
        if hour_of(timestamp.when) > hour_of(now) - 24 * 3600:
            day.update({CATALAN: timestamp.listed + timestamp.deferred + 1, IBERIAN: timestamp.other})
    listed = rows(ada.get("/statistics/isps.csv").text)
    assert {
        int(row["ASN"]): [int(row[name]) for name in ("Rank This Week", "Rank Last Week", "Spam Volume (24 hours)")]
        for row in listed
    } == {asn: [present[asn], before[asn], day[asn]] for asn in (CATALAN, IBERIAN)}


def test_botnet_activity_compares_two_whole_hours(door: Door, app: Any, cast: Cast, clock: Clock) -> None:
    mail_servers.add(cast.acme.id, "203.0.113.40", clock.now, ADA)
    for number in range(60, 70):
        listings.add(f"203.0.113.{number}", "dynamic", "ETL", 400 * 86400, "Seen", clock.now)
    noon = clock.now - clock.now % 3600
    for hour, count in ((0, 4), (1, 6), (2, 9)):
        with door.opened(noon + hour * 3600 + 60) as ask:
            for number in range(60, 60 + count):
                assert ask(f"203.0.113.{number}", cast.acme_code.label, Q) == 2
                assert ask(f"203.0.113.{number}", cast.acme_code.label, Q) == 2  # the same bot
    page = logged_in(app, ADA).get("/report/botnet-report").text

    assert figure(page, "Bots that you asked about") == "6"
    assert "+50.0 % against the hour before" in page


def test_a_robot_stands_on_the_readers_day(door: Door, app: Any, cast: Cast) -> None:
    """Reports of the last second of Saturday and the first of Monday leave Sunday, of 25 hours, without one."""
    server = "203.0.113.40"
    added = mail_servers.add(cast.acme.id, server, AUTUMN[0].when - 86400, ADA)
    mail_servers.confirm(added.id, added.network, AUTUMN[0].when - 86400)  # or the reports list it, on Sunday as well
    for timestamp in (AUTUMN[0].when, AUTUMN[5].when):
        report = spam_reports.Incoming(server, "complaint", weight=0.1, dedupe_key=str(timestamp))
        spam_reports.accept_many([report], timestamp, WORLD)
    door.clock.now = AUTUMN[5].when + 3600
    [row] = botnet_days(logged_in(app, ADA).get("/report/botnet-report").text)

    assert row[-3:] == [True, False, True]


def botnet_days(page: str) -> list[list[bool]]:
    """For each mail server, whether each of its days has a robot."""
    body = re.search(r'<table class="botnet">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    assert body
    return [
        ["robot" in cell for cell in re.findall(r'<td class="day">(.*?)</td>', line, re.DOTALL)]
        for line in re.findall(r"<tr[^>]*>(.*?)</tr>", body[1], re.DOTALL)
    ]


def told(page: Any) -> list[tuple[int, list[str]]]:
    """When each line of the table begins, and its cells."""
    stamps = re.findall(r'<tr><th scope="row"><time datetime="([^"]+)"', page.text)
    moments = [int(datetime.fromisoformat(stamp).timestamp()) for stamp in stamps]
    return list(zip(moments, lines(page), strict=True))


def hour_of(timestamp: int) -> int:
    return timestamp - timestamp % 3600


def day_of(timestamp: int, zone: ZoneInfo = VIENNA) -> int:
    on = datetime.fromtimestamp(timestamp, zone)
    return int(datetime(on.year, on.month, on.day, tzinfo=zone).timestamp())


def utc(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
