"""The exchange of the demo: three invented installations, of which nothing is fetched, and what they have said."""

from __future__ import annotations

from pathlib import Path

from commands.demo import world
from reputation.exchange import choices, giving, introductions, keeping, keys, learning, peers
from reputation.exchange.batches import Opened, Place
from reputation.exchange.entries import Entries, NodeEntry
from reputation.exchange.keys import Key
from reputation.exchange.own_sums import of_nodes
from reputation.intake.estimate import DAY, HOUR
from reputation.store.models import ExchangePeer

# name, who has introduced it, what of its words was judged and was right, its weight, what is wrong
PEERS = (
    ("Lotus Mail", "", 64.0, 63.4, 0.72, ""),
    ("University of Example", "", 21.0, 20.6, 0.47, ""),
    ("Nightshade", "University of Example", 6.0, 1.0, 0.0, "Nothing new since 31 hours: it has stopped, somebody on "
     "the way holds it back, or a clock is wrong."),
)  # fmt: skip
MAIL_SERVERS = 18  # networks that the first of them names


def make(data: Path, at: int) -> None:
    """Give, and know three peers; their next turn is in a year, so that nobody is asked."""
    choices.introduce(data, "Demo", "https://demo.example/exchange/", at - 20 * DAY, "olga@acme.example")
    choices.give(True, False, True, at - 20 * DAY, "olga@acme.example")
    sums = list(of_nodes(0, at - HOUR))
    learning.look(sums, at - HOUR)
    giving.make(data, sums, choices.current(), at - HOUR)
    for place, (name, introduced_by, judged, right, weight, problem) in enumerate(PEERS):
        key = Key.new()
        address = f"https://{name.split()[0].lower()}.example/exchange/"
        introduction = introductions.read(introductions.write(name, address, key))
        peers.add(introduction, at - (20 - place) * DAY, "olga@acme.example", introduced_by)
        _says(name, at - HOUR, MAIL_SERVERS >> place)
        taken = at - 10 * 60 if not problem else at - 31 * HOUR
        ExchangePeer.update(
            judged=judged, confirmed=right, learned_at=at, weight=weight, problem=problem, taken_at=taken,
            tried_at=at - 10 * 60, next_try_at=at + 365 * DAY, cursor=1_204 - place, head_number=1_204 - place,
        ).where(ExchangePeer.key == key.public).execute()  # fmt: skip


def _says(name: str, at: int, count: int) -> None:
    networks = [world.home4(place).supernet(new_prefix=24) for place in range(count)]
    said = tuple(NodeEntry(str(network), 3, 4, 2, at // HOUR) for network in dict.fromkeys(networks))
    keeping.keep(peers.row_of(name), Opened(Place(1, keys.short(name)), at, Entries(said, ())), at)
