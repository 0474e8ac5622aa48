"""Somebody who edits a policy: adds a rule, removes it, and so on. `editor SECONDS DATA RATE MOST`

`RATE` edits a second (0: as fast as it goes), `MOST` edits at the most. At the end it prints how many were made.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from benchmarks.neighbours.ending import Ending
from benchmarks.servers.gatepost import ORGANIZATION, Installation
from reputation.customers import organizations, policy

NICENESS = 10  # as the portal, through which people edit
VALUE = "192.0.2.77"  # RFC 5737: nobody is asked about it


def main(seconds: str, data: str, rate: str, most: str) -> None:
    """Edit the policy until the time is up, and print how many edits were made."""
    os.nice(NICENESS)
    ending, done, pause = Ending(float(seconds)), 0, 1 / float(rate) if float(rate) else 0.0
    with Installation(Path(data)).store():
        number = organizations.by_name(ORGANIZATION).id
        stands = any(rule.value == VALUE for rule in policy.rules(number))
        while done < int(most) and not ending.over():
            edit = policy.remove_rule if stands else policy.add_rule
            edit(number, "blocked", VALUE, int(time.time()))
            stands, done = not stands, done + 1
            ending.wait(pause)
    while not ending.over():
        ending.wait(1)
    print(done)


if __name__ == "__main__":
    main(*sys.argv[1:])
