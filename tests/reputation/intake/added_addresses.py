"""A program for a network of its own: gives the machine two addresses, and prints whom no report may list then.

The word on its command line is a migrated SQLite file in a folder of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from reputation.addresses.address import parse_address, parse_network
from reputation.intake import own_addresses, spam_reports
from reputation.intake.exemptions import Exemptions
from reputation.intake.own_addresses import OwnAddresses
from reputation.intake.spam_reports import Incoming
from reputation.store.db import open_store
from reputation.store.models import Listing
from tests.conftest import MIGRATIONS, NOON

NETWORKS = (
    "203.0.113.7", "203.0.113.6", "203.0.113.8", "203.0.113.0", "203.0.113.255", "203.0.113.0/24", "203.0.113.0/29",
    "203.0.113.8/29", "127.0.0.1", "2001:db8:1:2::5", "2001:db8:1:2::4", "2001:db8:1:2::/64", "2001:db8:1:3::/64",
    "::cb00:7107",
)  # fmt: skip


def main() -> None:
    ip("link", "set", "lo", "up")
    ip("addr", "add", "203.0.113.7/24", "dev", "lo")
    ip("addr", "add", "2001:db8:1:2::5/64", "dev", "lo", "nodad")
    own = OwnAddresses()
    found = {"inside": [text for text in NETWORKS if own.inside(parse_network(text))]}
    found |= reports(Path(sys.argv[1]))
    found["a while later"] = seen_again(own)
    print(json.dumps(found))


def reports(database: Path) -> dict[str, object]:
    """What becomes of reports on these addresses, and on all addresses around the first."""
    store = open_store("", database.parent, MIGRATIONS)
    with store.database.connection_context():
        senders = ["203.0.113.7", "2001:db8:1:2::9", *(f"203.0.113.{number}" for number in range(20, 50))]
        batch = spam_reports.accept_many([Incoming(sender, "trap") for sender in senders], NOON)
        listed = [row.network for row in Listing.select().order_by(Listing.id)]
        kept = Exemptions().why(parse_address("203.0.113.7"), None)
    store.close()
    return {
        "refused": [reason for _, reason in batch.refused],
        "listed": [network for network in listed if "/" in network],
        "listed alone": len(listed),
        "kept": kept is not None and kept.is_kept,
    }


def seen_again(own: OwnAddresses) -> list[bool]:
    """Whether an address that came later is known: at once, and after the time for which the last look counts."""
    late = parse_network("198.51.100.1")
    ip("addr", "add", "198.51.100.1/24", "dev", "lo")
    at_once = own.inside(late)
    own_addresses.FRESH_FOR = 1
    time.sleep(1.05)
    return [at_once, own.inside(late)]


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


if __name__ == "__main__":
    main()
