"""`make verdicts`: measures the estimate in the closed loop, and writes docs/scoring.md and its pictures.

`python -m benchmarks.verdicts SEED` tries another seed and only prints, so that one can see what chance does.
`python -m benchmarks.verdicts replay` answers a stream of events from standard input (replay.py).
`python -m benchmarks.verdicts corpus DIR` replays real mail (corpus.py), and writes its line of the page.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.report import filled
from benchmarks.verdicts import corpus, drawing, page, speed
from benchmarks.verdicts.measuring import SEED, measured
from benchmarks.verdicts.replay import replay
from reputation.refusal import Refused

ROOT = Path(__file__).parents[2]
PAGE, PICTURE = ROOT / "docs" / "scoring.md", ROOT / "docs" / "scoring.svg"
STEPS = ROOT / "docs" / "scoring-steps.svg"


def main(words: list[str]) -> None:
    """Measure, and print the figures; without a seed, write the page and its picture."""
    if words[:1] == ["replay"]:
        sys.exit(replayed())
    if words[:1] == ["corpus"]:
        write({"corpus": corpus.replayed(Path(words[1]))})
        return
    found = measured(int(words[0]) if words else SEED, say)
    said = page.verdicts(found)
    print(page.printed(said))
    if not words:
        PICTURE.write_text(drawing.drawn(found))
        STEPS.write_text(drawing.steps_drawn())
        write(page.numbers() | said)
        write(page.speed(speed.measured()))


def write(sections: dict[str, str]) -> None:
    """Put these sections between their markers on the page."""
    PAGE.write_text(filled(PAGE.read_text(), sections))


def say(how_far: str) -> None:
    """Tell how far it is."""
    print(how_far, file=sys.stderr, flush=True)


def replayed() -> int:
    """Answer the events of standard input; return the exit status, 1 where a line is none, which is said."""
    try:
        replay(sys.stdin, sys.stdout)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    main(sys.argv[1:])
