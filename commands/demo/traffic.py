"""Eight weeks of connections: they vary by day and night, by week and weekend, and by what each ISP tends to.

Each is decided by the function that answers DNS and counted by the package that counts it, so the figures of all
screens agree with each other, and with what the check of an address says.
"""

from __future__ import annotations

import math
from random import Random

from commands.demo import world
from reputation.counting import hours
from reputation.intake import origins
from reputation.publisher import Publisher
from reputation.store import db
from reputation.store.models import LastAsked, Organization
from reputation.verdict.counters import Batch
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.matches import Match
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import DYNAMIC, STANDARD

HOUR, DAY = 3600, 86400
SAMPLE = 10
SIZES = (45, 10, 75)  # connections in a usual hour, organization by organization
GOOD = 0.55  # of all connections come from addresses that spam little
FIRST_LISTED, LAST_LISTED = 8, 28  # hosts of a home network that connect most


def make(at: int, weeks: int) -> Snapshot:
    """Count all connections, and return the snapshot by which they were decided."""
    live = Live()
    Publisher(live, origins.seed, origins.unpack, "").catch_up(at)
    assert live.current is not None
    chance = Random("a demo")
    begin = at - at % DAY - weeks * 7 * DAY
    organizations = [row.id for row in Organization.select().order_by(Organization.id)]
    for day in range(begin, at, DAY):
        batch = Batch()
        for hour in range(day, min(day + DAY, at), HOUR):
            progress = (hour - begin) / (at - begin)
            for number, size in zip(organizations, SIZES, strict=True):
                for _ in range(_busy(chance, size, hour, min(at - hour, HOUR))):
                    timestamp = hour + chance.randrange(min(HOUR, at - hour))
                    _count(batch, live.current, number, *_sender(chance, progress), timestamp, chance)
        with db.write():
            hours.write(batch, live.current.origins, SAMPLE, live.current, at)
    LastAsked.update(first_at=begin).execute()
    return live.current


def _busy(chance: Random, size: int, hour: int, seconds: int) -> int:
    """How many connect in an hour: fewer by night and at the weekend."""
    clock = (hour // HOUR) % 24
    daily = 0.55 + 0.45 * math.sin((clock - 7) / 24 * 2 * math.pi)
    weekend = 0.6 if ((hour // DAY) + 3) % 7 >= 5 else 1.0
    return max(0, round(chance.gauss(size * daily * weekend, size * 0.12) * seconds / HOUR))


def _sender(chance: Random, progress: float) -> tuple[int, int]:
    """Version and value of an address that connects."""
    if chance.random() < GOOD:
        place = chance.randrange(len(world.ISPS))
        return 4, int(world.home4(place)[chance.randrange(1, 8)])
    weights = [isp.spam * isp.trend**progress for isp in world.ISPS]
    [place] = chance.choices(range(len(world.ISPS)), weights)
    if chance.random() < 0.08:
        return 6, int(world.home6(place)[0]) | chance.getrandbits(81)
    return 4, int(world.home4(place)[chance.randrange(FIRST_LISTED, LAST_LISTED)])


def _count(
    batch: Batch, snapshot: Snapshot, organization: int, version: int, value: int, timestamp: int, chance: Random
) -> None:
    """As the door counts: the standard database first, the dynamic one where that lists nothing."""
    hour = timestamp - timestamp % HOUR
    for database in (STANDARD, DYNAMIC):
        if not snapshot.may_ask(organization, database):
            return
        code = decide(snapshot, database, organization, version, value, timestamp).code
        batch.answers[hour, organization, database, code] += 1
        batch.last_asked[organization] = max(batch.last_asked.get(organization, 0), timestamp)
        if code or chance.random() < 1 / SAMPLE:
            batch.remember(Match(timestamp, organization, database, code, version, value))
        if code:
            return
