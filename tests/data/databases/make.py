"""Make the database of a release as text, once, before it is published: `python -m tests.data.databases.make`.

It writes <version>.sqlite.sql and <version>.postgresql.sql beside this file, with a few rows in every table. They are
what tests/reputation/store/test_releases.py opens with every later version; once published, they are never made anew.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from portal.app_context import AppContext
from reputation.counting.delivery import Delivery
from reputation.exchange import choices, giving, introductions, keeping, keys, learning, peers
from reputation.exchange.batches import Opened, Place
from reputation.exchange.entries import Entries, NodeEntry, VolumeEntry
from reputation.exchange.own_sums import OwnSum
from reputation.intake import origins
from reputation.publisher import Publisher
from reputation.store import db, secrets
from reputation.store.models import (
    MODELS,
    AlertChannel,
    AlertMessage,
    BotHour,
    BotSeen,
    DeliveredBatch,
    Feed,
    FeedDay,
    HalfLogin,
    IspNetwork,
    ListingPass,
    LogPlace,
    OrganizationListing,
    OrganizationScore,
    OtherHour,
    ProtectedSender,
    QuotaDay,
    RecoveryCode,
    SenderScore,
    UncountedMessage,
    User,
    WatchedDay,
)
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from reputation.version import VERSION
from tests import debian, postgresql
from tests.conftest import MIGRATIONS, NOON, ROOT, make_cast
from tests.portal.belongings import ASN, belong

HERE = Path(__file__).parent
DATA = "/var/lib/gatepost"  # what stands in place of the folder that it was made in


def main() -> None:
    """Write both files; ends with a sentence where a table would stay empty."""
    written = {"sqlite": sqlite_dump(), "postgresql": postgresql_dump()}
    for kind, text in written.items():
        (HERE / f"{VERSION}.{kind}.sql").write_text(text)


def sqlite_dump() -> str:
    with tempfile.TemporaryDirectory() as folder:
        fill("", Path(folder))
        with sqlite3.connect(Path(folder) / db.SQLITE_NAME) as connection:
            return "\n".join(connection.iterdump()).replace(folder, DATA) + "\n"


def postgresql_dump() -> str:
    binaries = postgresql.newest(debian.need("postgresql"))
    with postgresql.server(binaries) as url, tempfile.TemporaryDirectory() as folder:
        fill(url, Path(folder))
        command = [str(binaries / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", url]
        found = subprocess.run(
            command, env=postgresql.environment(binaries), capture_output=True, text=True, check=True
        )
        # Settings of a session, and what psql alone understands, belong to the version of PostgreSQL that wrote them.
        own = re.sub(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\.*)?\n", "", found.stdout, flags=re.MULTILINE)
        return own.replace(folder, DATA)


def fill(url: str, folder: Path) -> None:
    """A few rows in every table of a new database."""
    store = db.open_store(url, folder, MIGRATIONS)
    with store.connection():
        live = Live()
        app_context = AppContext(
            publisher=Publisher(live, lambda: EMPTY, lambda _: EMPTY, "http://127.0.0.1/lookup?address="),
            live=live, counts=Delivery(Counters()), zone="rep.example", data=folder, lookup_url="http://127.0.0.1",
            dns_addresses=["127.0.0.1:5300"], dns_runs="compiled", started_at=NOON, secret_key="k" * 64,
        )  # fmt: skip
        cast = make_cast()
        belong(cast, app_context)
        secrets.get_or_create(secrets.SESSION_KEY)
        secrets.get_or_create(secrets.DATABASE, 16)
        origins.import_files([ROOT / "tests" / "data" / "origins" / "combined.tsv"], NOON)
        add_the_rest(cast.acme.id)
        exchange(folder)
        empty = [model.__name__ for model in MODELS if not model.select().exists()]
    store.close()
    if empty:
        sys.exit(f"These tables have no row, and a release's database has some in each: {', '.join(empty)}")


def exchange(folder: Path) -> None:
    """What was given to other installations, and what one of them has said."""
    choices.introduce(folder, "Ours", "https://ours.example/exchange/", NOON)
    choices.give(True, False, False, NOON)
    giving.make(folder, [OwnSum("203.0.113.0/24", 3, 4, 1, NOON)], choices.current(), NOON)
    theirs = keys.Key.new()
    peers.add(introductions.read(introductions.write("Beta", "https://beta.example/exchange/", theirs)), NOON)
    said = Entries((NodeEntry("198.51.100.0/24", 3, 3, 1, 1),), (VolumeEntry("AT", NOON // 86400, 7),))
    keeping.keep(peers.row_of("Beta"), Opened(Place(1, "1" * 64), NOON, said), NOON)
    learning.look([OwnSum("203.0.113.0/24", 3, 4, 1, NOON)], NOON)


def add_the_rest(organization: int) -> None:
    """Rows of the tables that only time, a job or a person's telephone would fill."""
    hour = NOON - 3600
    BotSeen.create(organization=organization, hour=NOON, address="192.0.2.203", asn=ASN)
    BotHour.create(organization=organization, asn=ASN, hour=hour, bots=3)
    DeliveredBatch.create(batch="0123456789abcdef-1", delivered_at=hour)
    OtherHour.create(hour=hour, kind="unknown code", network="203.0.113.0/24", packets=12)
    QuotaDay.create(organization=organization, ends_at=NOON + 12 * 3600, quota=90_000, near_at=hour)
    SenderScore.create(network="203.0.113.207/32", neighbourhood="203.0.113.0/24", at=hour, spam=1.25, times_listed=2)
    OrganizationScore.create(organization=organization, network="203.0.113.208", at=hour, spam=0.5)
    OrganizationListing.create(
        organization=organization, network="203.0.113.208", reported_at=hour, expires_at=hour + 7200,
        level3_until=hour + 7200, level4_until=hour + 7200,
    )  # fmt: skip
    ListingPass.create(
        network="203.0.113.209", wide="203.0.112.0/22", expires_at=hour + 86400, level2_until=hour + 86400
    )
    feed = Feed.select().first()
    FeedDay.create(feed=feed, day=NOON - NOON % 86400, kind="spam seen", count=3)
    WatchedDay.create(organization=organization, day=NOON - NOON % 86400, feed=feed, matched=False, connections=20)
    LogPlace.create(path="/var/log/mail.log", inode=4711, offset=1 << 33, at=hour)
    UncountedMessage.create(
        arrived_at=hour, way="complaints", why="unknown reporter", client="198.51.100.9", address="203.0.113.207"
    )
    ProtectedSender.create(
        name="provider.example", kind="domain", networks='["198.51.100.0/24"]', added_at=hour, refreshed_at=hour
    )
    IspNetwork.create(network="192.0.2.0/24", isp=ASN)
    person = User.get(User.organization == organization).id
    RecoveryCode.create(user=person, code_hash="c" * 64)
    HalfLogin.create(user=person, token_hash="d" * 64, created_at=hour)
    channel = AlertChannel.get(AlertChannel.organization == organization)
    AlertMessage.create(channel=channel, text='{"kind": "evidence"}', created_at=hour)


if __name__ == "__main__":
    main()
