"""Reads the networks in SpamAssassin's configuration: trusted_networks, internal_networks and msa_networks.

The first are relays that are believed: approved senders. The others are one's own: valid mail servers. What is excluded
by ! is taken out of the networks around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reputation.addresses.address import Network
from reputation.customers.imports.reading import APPROVED, SERVER, Exclusions, Lines, Taken, short_network, wrong
from reputation.refusal import Refused

SETTING = re.compile(r"(trusted|internal|msa)_networks\s+(\S.*)", re.IGNORECASE)
BECOMES = {"trusted": APPROVED, "internal": SERVER, "msa": SERVER}


def is_spamassassin(sample: Lines) -> bool:
    """Tell whether a line sets such networks."""
    return any(SETTING.fullmatch(text) for _, text in sample.filled())


def read(file: Lines) -> Iterator[Taken]:
    """Read the networks of each setting; other settings are left out with the reason."""
    found: list[tuple[str, int, str, Network]] = []
    excluded: dict[str, list[Network]] = {}
    for number, line in file.filled():
        text = line.partition("#")[0].strip()
        setting = SETTING.fullmatch(text)
        if not setting:
            yield wrong(number, line, "This setting is about no network of senders")
            continue
        kind = setting[1].lower()
        for word in setting[2].split():
            try:
                where = short_network(word.removeprefix("!"))
            except Refused as refusal:
                yield wrong(number, word, refusal)
                continue
            if word.startswith("!"):
                excluded.setdefault(kind, []).append(where)
                yield wrong(number, word, "An exclusion: it is taken out of the networks around it")
            else:
                found.append((kind, number, word, where))
    without = {kind: Exclusions(excluded.get(kind, ())) for kind in BECOMES}
    for kind, number, word, where in found:
        parts = without[kind].left_of(where)
        for part in parts:
            yield Taken(number, word, str(part), BECOMES[kind], f"{kind}_networks of SpamAssassin")
        if not parts:
            yield wrong(number, word, "All of it is excluded by another entry")
