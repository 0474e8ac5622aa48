"""docs/exchange.md: its numbers are the program's, and its example of a batch is read as it says."""

from __future__ import annotations

import re

import pytest

from reputation.exchange import batches, entries, heads, peers, signed, taking, turns
from reputation.intake import peer_trust
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "exchange.md").read_text()
HOUR, DAY = 3600, 86400
SAID = [
    f"every {turns.EVERY // 60} minutes",
    f"word weighs {peer_trust.BEGINNING:.0%}".replace("%", " %"),
    f"halves in {peer_trust.HALF_LIFE // DAY} days",
    f"at most {peer_trust.MOST_WORD:.0f} messages about a network, and all together say at most "
    f"{peer_trust.MOST_SPAM:.0f}",
    f"holds for {heads.VALID // HOUR} hours",
    f"from the future ({heads.AHEAD // 60} minutes)",
    f"{signed.LARGEST >> 10} KiB for small files, {batches.LARGEST >> 20} MiB for a batch, "
    f"{entries.LARGEST >> 20} MiB and {entries.MOST:,} entries unpacked",
    f"{peers.PATIENCE.deadline:.0f} seconds for a file, a minute for a turn",
    f"up to {taking.LONGEST_WAIT // HOUR} hours",
    f"between /{entries.WIDEST[4]} and /{entries.NARROWEST[4]} "
    f"(/{entries.WIDEST[6]} and /{entries.NARROWEST[6]} of IPv6)",
]


@pytest.mark.parametrize("said", SAID)
def test_the_numbers_are_those_of_the_program(said: str) -> None:
    assert said in PAGE.replace("\n  ", " ").replace("\n", " ")


def test_the_example_of_a_batch_is_one() -> None:
    [example] = re.findall(r"```text\n(\[.*?)```", PAGE, re.DOTALL)

    found = entries.read(example.encode())
    assert found.nodes[0] == ("192.0.2.0/24", 3, 4, 2, 495400) and found.volumes[0] == ("AS64500", 20641, 312)
    assert found.left_out == 0 and taking.SECONDS == 60 and peer_trust.MOST_CLEAN == peer_trust.MOST_SPAM
