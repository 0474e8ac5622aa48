"""The neighbour: an organization that no test is about, with a row in every table of every stored test.

A use case that loses its `where` changes the neighbour too, and a page that loses it shows the neighbour. Its rows are
made once, in the database that every test begins with a copy of, and every test ends by finding them as they were. Its
own numbers differ in every table, so that the number of a user is never that of an organization by chance.

What an organization owns is dated at the tests' NOON, where a reader without its `where` finds it. What everybody
shares (listings, volumes, scores) is of addresses and ISPs that no test has to do with, and what a job would remove is
dated LATER, where the job leaves it alone. A test that rightly changes a row says so:
`@pytest.mark.touches("Letter", reason="old letters are removed")`. A test of an installation in which nobody is yet
says `@pytest.mark.alone("...")`, and begins with an empty database.
"""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from peewee import SQL, CompositeKey, SqliteDatabase

from reputation.addresses.address import parse_network
from reputation.customers.policy.sort_keys import network_keys
from reputation.store import db, models
from reputation.store.models import MODELS
from tests.noon import NOON

NAME = "Neighbour"
EMAIL = "nora@neighbour.example"
LABEL = "n" * 31
COUNTRY = "AQ"
ASN = 4_199_999_999  # for private use, RFC 6996
ASKED = {"asns": ["64500"], "networks": [], "country": "", "website": "", "contact": "", "relation": "", "reason": NAME}
ADDRESS, NETWORK, AROUND = "198.18.99.77", "198.18.99.77/32", "198.18.99.0/24"
WIDE = "198.18.96.0/22"
PROTECTED = "198.18.98.0/24"
SERVER = "198.18.99.25/32"  # another one: to be listed or reported would be worth an alert
DAY = 86400
LATER = NOON + 25_000 * DAY  # no test arrives there, whatever it removes for its age

NOBODYS = (models.OriginRevision,)  # the newest row is what everybody uses: a neighbour's would be every test's own

Row = TypeVar("Row")
Kept = dict[str, list[tuple[Any, ...]]]
_MADE: dict[type[Any], Kept] = {}


def number(model: Any) -> int:
    """The number of the neighbour's row; another one in each table, and small: an organization's is an index."""
    return 3 + 2 * MODELS.index(model)


def move_in() -> None:
    """Make the neighbour's rows in a new database. The next row of a table gets the number after the neighbour's."""
    with db.write():
        for model, values in rows():
            key = model._meta.primary_key
            numbered = {"id": number(model)} if key is not False and getattr(key, "name", "") == "id" else {}
            model.insert(**numbered, **values).execute()
            if numbered and not isinstance(db.proxy.obj, SqliteDatabase):
                # SQLite gives the number after the highest by itself.
                sequence = f"pg_get_serial_sequence('\"{model._meta.table_name}\"', 'id')"
                db.proxy.execute_sql(f"SELECT setval({sequence}, %s)", (numbered["id"],))
    _MADE[type(db.proxy.obj)] = kept(db.proxy.obj)


def rows() -> list[tuple[Any, dict[str, Any]]]:
    """The neighbour's row in each table, in an order in which each finds those that it refers to."""
    return [*_customer(), *_policy(), *_counts(), *_evidence(), *_exchange(), *_lists(), *_notices()]


def _customer() -> list[tuple[Any, dict[str, Any]]]:
    own = {"organization": number(models.Organization)}
    user = {"user": number(models.User)}
    made = {"created_at": NOON - 30 * DAY}
    return [
        (models.Organization, {"name": NAME, "subscription": "advanced", "created_at": NOON, "daily_quota": 0}),
        (models.User, {**own, "email": EMAIL, "password_hash": "!", "role": "administrator", **made}),
        (models.Session, {**user, "token_hash": "1" * 64, "seen_at": LATER, "address": ADDRESS, "agent": NAME,
                          "created_at": LATER}),
        (models.SecondFactor, {**user, "secret": "2" * 32, "confirmed_at": NOON}),
        (models.RecoveryCode, {**user, "code_hash": "3" * 64}),
        (models.HalfLogin, {**user, "token_hash": "6" * 64, "created_at": LATER}),
        (models.OneTimeLink, {**own, **user, **made, "purpose": "password", "token_hash": "4" * 64, "email": EMAIL,
                              "role": "administrator", "created_by": EMAIL, "expires_at": LATER}),
        (models.ActivationCode, {**own, "label": LABEL, **made}),
        (models.MailServer, {**own, "network": SERVER, "note": NAME, **made, **_keys(SERVER)}),
        (models.CodeNetwork, {**own, "network": AROUND, "note": NAME, **made, **_keys(AROUND)}),
        (models.ApiToken, {**own, **user, "name": NAME, "token_hash": "5" * 64, "scopes": '["read"]', "hint": "5555",
                           **made}),
        (models.AuditEntry, {**own, "who": EMAIL, "what": "Moved in", "at": NOON - 1}),
        (models.IspRequest, {**own, "name": NAME, "details": json.dumps(ASKED), "status": "withdrawn",
                             "requested_by": EMAIL, **made}),
        (models.IspMessage, {"request": number(models.IspRequest), "by_operator": False, "who": EMAIL,
                             "text": NAME, "at": NOON}),
        (models.IspAttachment, {"request": number(models.IspRequest), "name": "neighbour.txt",
                                "content_type": "text/plain", "content": b"neighbour"}),
    ]  # fmt: skip


def _policy() -> list[tuple[Any, dict[str, Any]]]:
    own = {"organization": number(models.Organization), "created_by": EMAIL, "created_at": NOON - DAY}
    rule = {"action": "blocked", "kind": "network", "value": NETWORK, "note": NAME, "expires_at": LATER}
    return [
        (models.SenderRule, {**own, **rule, "batch": "neighbour", **_keys(NETWORK)}),
        (models.FormerRule, {**own, **rule, "batch": "neighbour", "gone_at": LATER, "has_ended": False}),
        (models.ReputationSettings, {"organization": number(models.Organization), "dul": False, "level": 3}),
    ]


def _counts() -> list[tuple[Any, dict[str, Any]]]:
    own = {"organization": number(models.Organization)}
    hour, then = NOON - 3600, LATER
    return [
        (models.QueryHour, {**own, "hour": hour, "database": 0, "code": 2, "queries": 7_000_003}),
        (models.BotHour, {**own, "asn": ASN, "hour": hour, "bots": 7_003}),
        (models.BotSeen, {**own, "hour": then, "address": ADDRESS, "asn": ASN}),
        (models.LastAsked, {**own, "first_at": hour, "last_at": NOON}),
        (models.QueryLogEntry, {**own, "asked_at": hour, "address": ADDRESS, "asn": ASN,
                                "address_key": _keys(NETWORK)["first_key"],
                                "country": COUNTRY, "database": 0, "code": 2, "decided_by": "rule"}),
        (models.OtherHour, {"hour": then, "kind": "neighbour", "network": AROUND, "packets": 7_003}),
        (models.TurnedAwayHour, {**own, "hour": then, "kind": "neighbour", "network": AROUND, "packets": 7_003}),
        (models.QuotaDay, {**own, "ends_at": LATER, "quota": 7_003, "near_at": LATER}),
        (models.SpamHour, {"asn": ASN, "hour": then, "volume": 7_003}),
        (models.SpamDay, {"asn": ASN, "day": then, "volume": 7_003}),
        (models.SpamWeek, {"asn": ASN, "week": then, "volume": 7_003}),
        (models.CountryDay, {"country": COUNTRY, "day": then, "volume": 7_003}),
        (models.VolumeHour, {"hour": then, "volume": 7_003}),
        (models.DeliveredBatch, {"batch": "neighbour-7", "delivered_at": then}),
    ]  # fmt: skip


def _evidence() -> list[tuple[Any, dict[str, Any]]]:
    ends = {f"level{level}_until": LATER for level in range(1, 5)}
    own = {"organization": number(models.Organization)}
    return [
        (models.SenderScore, {"network": NETWORK, "neighbourhood": AROUND, "at": LATER, "spam": 7.0, **ends}),
        (models.OrganizationScore, {**own, "network": NETWORK, "at": LATER, "spam": 7.0, **ends}),
        (models.ScoredNode, {"name": AROUND, "wide": WIDE, "at": LATER, "spam": 7.0, "last": NOON, "by": NETWORK}),
        (models.LearnedSums, {"name": "neighbour", "at": LATER, "trapped": 7.0}),
        (models.OrganizationListing, {**own, "network": NETWORK, "reported_at": NOON, "expires_at": LATER, **ends}),
        (models.SpamReport, {**own, "subject": NETWORK, "reporter": EMAIL, "digest": "7" * 32, "address": ADDRESS,
                             "source": "hand", "reported_at": NOON - 60, "evidence": NAME}),
        (models.JudgedSender, {"day": LATER, "subject": NETWORK, "is_spam": True}),
        (models.JudgedDay, {"day": LATER, "is_spam": True, "senders": 7_003}),
        (models.Proposal, {"network": NETWORK, "times_listed": 7, "proposed_at": NOON, "decided_at": LATER,
                           "decision": "declined", "who": EMAIL}),
        (models.ProtectedSender, {"name": PROTECTED, "kind": "network", "networks": f'["{PROTECTED}"]',
                                  "added_at": NOON, "added_by": EMAIL}),
        (models.LogPlace, {"path": "/neighbour/mail.log", "inode": 7, "offset": 7, "at": LATER}),
        (models.UncountedMessage, {"arrived_at": LATER, "way": "trap", "why": "neighbour", "client": ADDRESS,
                                   "address": ADDRESS, "evidence": NAME}),
        (models.RemovalRequest, {"address": ADDRESS, "email": EMAIL, "reason": NAME, "status": "declined",
                                 "created_at": NOON, "answered_at": LATER, "token_hash": "8" * 64}),
    ]  # fmt: skip


def _exchange() -> list[tuple[Any, dict[str, Any]]]:
    peer, node = {"peer": number(models.ExchangePeer)}, "198.18.97.0/24"
    return [
        (models.ExchangeChoice, {"name": NAME, "gives_networks": True}),
        (models.ExchangeBatch, {"number": -7, "hash": "7" * 64, "made_at": LATER, "entries": 7, "content": b"7"}),
        (models.ExchangeGiven, {"name": node, "at": LATER, "spam": 7.0, "seen": 7.0, "known_at": LATER}),
        (models.ExchangePeer, {"key": "n" * 43, "name": NAME, "address": "https://neighbour.example/exchange/",
                               "paused": True, "weight": 0.7, "added_at": NOON, "added_by": EMAIL}),
        (models.ExchangedNode, {**peer, "name": node, "at": LATER, "spam": 7.0, "seen": 7.0}),
        (models.ExchangedVolume, {**peer, "subject": COUNTRY, "day": LATER, "volume": 7_003}),
    ]  # fmt: skip


def _lists() -> list[tuple[Any, dict[str, Any]]]:
    ends = {f"level{level}_until": LATER for level in range(1, 5)}
    kind = {"database": "dynamic", "network": NETWORK, "category": "DUL", "reason": NAME, "source": "reports"}
    blobs = {"ranges4": b"", "ranges6": b""}
    return [
        (models.Feed, {"name": "neighbours-list", "source": "https://neighbour.example/list", "format": "plain",
                       "category": "ETL", "database": "standard", "every": DAY, "duration": DAY, "created_at": NOON,
                       "paused": True}),
        (models.FeedRevision, {"feed": number(models.Feed), "state": "old", "fetched_at": NOON, "seen_at": NOON,
                               "hash": "9" * 64, "entries": 0, **blobs}),
        (models.FeedDay, {"feed": number(models.Feed), "day": LATER, "kind": "asked", "count": 7_003}),
        (models.WatchedDay, {"organization": number(models.Organization), "day": LATER,
                             "feed": number(models.Feed), "matched": True, "connections": 7_003}),
        (models.Listing, {**kind, "created_at": NOON, "expires_at": NOON + 3_650 * DAY, **ends}),
        (models.ListingPass, {"network": NETWORK, "wide": WIDE, "expires_at": LATER, **ends}),
        (models.ListingChange, {"generation": -7, "changed_at": LATER, "networks": "{}"}),
        (models.ListingEvent, {**kind, "what": "listed", "at": NOON, "until": LATER}),
        (models.Isp, {"asn": ASN, "name": "Neighbour Net", "country": COUNTRY, "created_at": NOON}),
        (models.IspNetwork, {"network": AROUND, "isp": ASN}),
    ]  # fmt: skip


def _notices() -> list[tuple[Any, dict[str, Any]]]:
    own = {"organization": number(models.Organization)}
    over = {"raised_at": NOON - 60, "cleared_at": NOON - 60, "told_at": NOON - 60}
    return [
        (models.NewsItem, {"kind": "spam", "title": NAME, "body": NAME, "published_at": None, "created_at": NOON,
                           "discarded_at": NOON, "author": EMAIL, "week": "2000-W01"}),
        (models.Letter, {"to": EMAIL, "subject": NAME, "text": NAME, "created_at": LATER, "sent_at": NOON}),
        (models.Alert, {**own, "kind": "evidence", "subject": NAME, "text": NAME, **over}),
        (models.AlertChannel, {**own, "channel": "webhook", "settings": '{"url": "https://neighbour.example/"}',
                               "secret": "n" * 43, "created_at": NOON}),
        (models.AlertMessage, {"channel": number(models.AlertChannel), "text": "{}", "created_at": NOON,
                               "next_try_at": LATER}),
        (models.Part, {"name": "neighbour", "generation": 7, "changed_at": NOON}),
        (models.Secret, {"name": "neighbour", "content": b"neighbour"}),
    ]  # fmt: skip


def _keys(network: str) -> dict[str, str]:
    """The columns by which addresses are sorted and found, as the use cases write them."""
    first, end = network_keys(parse_network(network))
    return {"first_key": first, "end_key": end}


def kept(database: Any) -> Kept:
    """The neighbour's rows as they are in the database, by the name of the table's model."""
    found: Kept = {name: [] for name, _, _ in _queries(type(database))}
    if isinstance(database, SqliteDatabase):
        for name, sql, values in _queries(type(database)):
            found[name] = sorted(database.execute_sql(sql, values).fetchall())
        return found
    # PostgreSQL writes a whole row as a text, so that one question to the server is enough.
    every = " UNION ALL ".join(sql for _, sql, _ in _queries(type(database)))
    asked = [value for _, _, values in _queries(type(database)) for value in values]
    for name, row in sorted(database.execute_sql(every, asked).fetchall()):
        found[name].append((row,))
    return found


def changes(database: Any) -> dict[str, str]:
    """What of the neighbour is no longer as it was made: by the model's name, a sentence with the rows."""
    after = kept(database)
    made = _MADE[type(database)].items()
    return {name: f"{name}: {before} became {after[name]}" for name, before in made if after[name] != before}


@functools.cache
def _queries(kind: type[Any]) -> list[tuple[str, str, Sequence[Any]]]:
    """A query for each table, as the SQL of this kind of database: peewee would write them anew after every test."""
    whole = [] if issubclass(kind, SqliteDatabase) else [SQL('"t1"::text')]
    asked = [model for model in MODELS if model not in NOBODYS]
    return [(model.__name__, *_query(model, whole)) for model in asked]


def _query(model: Any, whole: Sequence[SQL]) -> tuple[str, Sequence[Any]]:
    fields = [SQL(f"'{model.__name__}'"), *whole] if whole else []
    sql, values = model.select(*fields).where(_is_the_neighbours(model)).tuples().sql()
    return sql, values


def others(model: Any, *fields: Any) -> Any:
    """A query for all rows of a table (or these fields of them) but the neighbour's: what the test itself has made."""
    return model.select(*fields).where(is_others(model))


def is_others(model: Any) -> Any:
    """The condition of a row that is not the neighbour's, for a test that changes or removes all that it has made."""
    owner = model._meta.fields.get("organization")
    is_nobodys = [owner.is_null()] if owner is not None and owner.null else []
    return functools.reduce(operator.or_, [~_is_the_neighbours(model), *is_nobodys])


def apart(shown: Iterable[Row]) -> list[Row]:
    """Of what a reader returned about the whole installation, what is not the neighbour's: its texts hold its name."""
    return [row for row in shown if NAME.lower() not in repr(row).lower()]


def _is_the_neighbours(model: Any) -> Any:
    """Which rows of a table are the neighbour's: all that it owns, and its one row of what everybody shares."""
    fields = model._meta.fields
    for name, owner in (("organization", models.Organization), ("user", models.User)):
        if name in fields:
            return fields[name] == number(owner)
    if "id" in fields:
        return fields["id"] == number(model)
    [values] = [values for table, values in rows() if table is model]
    key = model._meta.primary_key
    names = key.field_names if isinstance(key, CompositeKey) else [key.name]
    return functools.reduce(operator.and_, [fields[name] == values[name] for name in names])
