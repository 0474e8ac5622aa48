"""`make verdicts`: replays the stream through every rule, and writes docs/scoring.md and docs/scoring.svg.

`python -m benchmarks.verdicts SEED` tries another seed and only prints, so that one can see what chance does.
`python -m benchmarks.verdicts replay` answers a stream of events from standard input (replay.py).
"""

from __future__ import annotations

import sys
from itertools import pairwise

from benchmarks.report import filled
from benchmarks.verdicts import page, speed
from benchmarks.verdicts.measuring import Figures, measured
from benchmarks.verdicts.replay import replay
from benchmarks.verdicts.rules import prepare, rules
from benchmarks.verdicts.stream import ROOT, SEED, senders
from reputation.refusal import Refused

PAGE, PICTURE = ROOT / "docs" / "scoring.md", ROOT / "docs" / "scoring.svg"


def main(words: list[str]) -> None:
    """Replay the stream and print the figures; without a seed, write the page too. Fail where a target is not met."""
    if words[:1] == ["replay"]:
        sys.exit(replayed())
    seed = int(words[0]) if words else SEED
    found = measured(prepare(senders(seed)), rules())
    said = page.verdicts(found)
    print("\n\n".join(said.values()))
    missed = unmet(found)
    if not words:
        sections = page.numbers() | said | page.speed(speed.measured())
        PAGE.write_text(filled(PAGE.read_text(), sections))
        PICTURE.write_text(page.drawn(found))
    for sentence in missed:
        print(f"Not met: {sentence}", file=sys.stderr)
    sys.exit(bool(missed))


def replayed() -> int:
    """Answer the events of standard input; return the exit status, 1 where a line is none, which is said."""
    try:
        replay(sys.stdin, sys.stdout)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def unmet(found: list[Figures]) -> list[str]:
    """Return the targets that the rules do not meet, as sentences."""
    ours, others = found[:4], found[4:]
    sentences = []
    for other in others:
        if not (ours[1].spam_share > other.spam_share and ours[1].good_share < other.good_share):
            sentences.append(f"level 2 defers more spam and less good mail than {other.name}")
    for lower, higher in pairwise(ours):
        if not (lower.spam_share < higher.spam_share and lower.good_share < higher.good_share):
            sentences.append(f"{higher.name} is strictly more aggressive than {lower.name}")
    if ours[0].forged or ours[1].forged:
        sentences.append("forged complaints list no well-rated sender at level 1 or 2")
    return sentences


if __name__ == "__main__":
    main(sys.argv[1:])
