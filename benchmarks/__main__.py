"""`make bench`: measures Gatepost beside its peers and writes docs/performance.md and docs/performance.svg.

BENCH=quick is a trial run of some minutes, which leaves docs/ alone. `python -m benchmarks page` writes the page again
from the figures of the last run, `python -m benchmarks portal` measures the first paint of the portal's pages, and
`python -m benchmarks reports [NUMBER]` a flood of spam reports (a million) into the program while DNS is asked.
`python -m benchmarks listings` measures what one report costs while few or many are listed already.
`python -m benchmarks walks` records what real resolvers send, of which the mixes are made. `python -m benchmarks
lookups` counts the packets of a lookup through them, and `python -m benchmarks floods` measures lookups beside a flood.
`python -m benchmarks screens` measures what each screen costs the server as the tables grow to their bounds, and writes
docs/screens-cost.md.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from benchmarks import listings, load, machine, mixes, peers, plan, portal, reports, screens, workshop
from benchmarks.contest import contest
from benchmarks.plan import Plan
from benchmarks.plot import drawn
from benchmarks.report import filled, put, sections
from benchmarks.resolvers import found, network, walks
from benchmarks.results import Results
from benchmarks.scenarios import scenarios
from benchmarks.servers import DidNotStart
from benchmarks.sizes import sizes
from benchmarks.variants import variants
from benchmarks.workshop import Workshop, say

ROOT = Path(__file__).parents[1]
PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.svg"
THROUGH_RESOLVERS = ("walks", "lookups", "floods")
KEPT = ROOT / ".cache" / "benchmarks"  # the figures, and the pages of trial runs


def main(words: list[str]) -> None:
    """Run the measurements that the words name; without a word, those of the plan."""
    # A run that is told to end unwinds, so that every server it started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    if words == ["page"]:
        write(Results.load_from(KEPT / "full.json"))
        return
    if words == ["portal"]:
        paint()
        return
    if words[:1] == ["reports"]:
        flood(*map(int, words[1:]))
        return
    if words == ["listings"]:
        PAGE.write_text(put(PAGE.read_text(), "listings", listings.section(listings.measured())))
        return
    if words and words[0] in THROUGH_RESOLVERS and len(words) == 1:
        through_resolvers(words[0])
        return
    if words == ["screens"]:
        screens.main()
        return
    if words:
        sys.exit(f"benchmarks: {' '.join(words)} is nothing to measure. What there is: {(__doc__ or '').strip()}")
    try:
        chosen = plan.chosen(os.environ)
        results = measured(chosen)
    except (machine.Unfit, load.Broken, peers.Absent, DidNotStart, ValueError) as reason:
        sys.exit(f"benchmarks: {reason}")
    kept(chosen, results)
    write(results)


def through_resolvers(what: str) -> None:
    """Record what real resolvers send, or measure a lookup through them, and write it down."""
    try:
        results = Results("full", machine.look().text, "", 0, 0, 0)
        if what == "walks":
            walks.KEPT.write_text(network.run("walks"))
            return
        (found.measure_lookups if what == "lookups" else found.measure_floods)(results)
    except (DidNotStart, machine.Unfit, peers.Absent) as reason:
        sys.exit(f"benchmarks: {reason}")
    PAGE.write_text(put(PAGE.read_text(), what, found.sections(results)[what]))
    say(f"{PAGE.relative_to(ROOT)} has the {what} through resolvers")


def paint() -> None:
    """Measure the portal's pages, and write their table."""
    try:
        text = portal.section(portal.measured(), machine.look().text)
    except (DidNotStart, machine.Unfit) as reason:
        sys.exit(f"benchmarks: {reason}")
    PAGE.write_text(put(PAGE.read_text(), "portal", text))
    say(f"{PAGE.relative_to(ROOT)} has the first paint of each page")


def flood(total: int = reports.TOTAL) -> None:
    """Measure a flood of reports, and write its tables; a good report that was lost ends it with a sentence."""
    try:
        found = reports.measured(total)
    except (DidNotStart, machine.Unfit, load.Broken) as reason:
        sys.exit(f"benchmarks: {reason}")
    PAGE.write_text(put(PAGE.read_text(), "reports", reports.section(found)))
    say(f"{PAGE.relative_to(ROOT)} has the flood of reports")
    if found.outcome.lost:
        sys.exit(f"benchmarks: {reports.loss(found.outcome)}")


def measured(chosen: Plan) -> Results:
    """Run all measurements of the plan, in their order."""
    began = time.monotonic()
    with workshop.opened(chosen) as shop:
        results = blank(shop)
        # What was found is kept after each part: a part that fails costs no other.
        keep = partial(kept, chosen, results)
        walked = mixes.mixes(shop.material(), chosen.lookups)
        results.mixes = {mix.name: mix.share for mix in walked}
        results.rows = contest(shop, walked)
        results.problems += [f"{row.name}: {row.absent}" for row in results.rows if row.absent]
        keep()
        if isinstance(shop.load, load.Compiled):
            scenarios(shop, results)
            variants(shop, results)
            keep()
        else:
            results.problems.append("no scenarios: they need percentiles, which dnsperf has not")
        sizes(shop, results)
        keep()
    found.measure(results)
    results.minutes = (time.monotonic() - began) / 60
    return results


def kept(chosen: Plan, results: Results) -> None:
    """Keep the figures that there are, for the page."""
    KEPT.mkdir(parents=True, exist_ok=True)
    results.save(KEPT / f"{chosen.name}.json")


def blank(shop: Workshop) -> Results:
    """Return results that say on what and how much is measured, and nothing yet of what was found."""
    chosen = shop.plan
    return Results(
        chosen.name, shop.machine.text, shop.load.name, chosen.entries, chosen.questions, chosen.rate,
    )  # fmt: skip


def write(results: Results) -> None:
    """Write the page and its picture: of a full run to docs/, else beside the figures."""
    is_record = results.plan == plan.FULL.name
    page, picture = (PAGE, PICTURE) if is_record else (KEPT / PAGE.name, KEPT / PICTURE.name)
    page.write_text(filled(PAGE.read_text(), sections(results) | found.sections(results)))
    picture.write_text(drawn(results))
    say(f"{page.relative_to(ROOT)} and {picture.relative_to(ROOT)} are written, after {results.minutes:.1f} minutes")


if __name__ == "__main__":
    main(sys.argv[1:])
