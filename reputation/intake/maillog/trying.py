"""Tries logs: what following them would count, and whom it would list, without writing anything.

The whole log is read as if each line had just been written. The senders' present scores are left out: it tells what
these lines alone come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from reputation.addresses.address import Address, parse_address
from reputation.addresses.scored_networks import subject_of
from reputation.intake.estimate import LEVELS
from reputation.intake.exemptions import Exemptions
from reputation.intake.maillog.events import CLEAN, SPAM
from reputation.intake.maillog.figures import LogFigures, Tally
from reputation.intake.maillog.follower import UNKNOWN_WEIGHT, Guesses, LineReader, LogSource
from reputation.intake.maillog.journal import Journal
from reputation.intake.maillog.log_files import lines_of
from reputation.intake.maillog.refusals import Refusals
from reputation.intake.maillog.verdicts import Told, Verdicts
from reputation.intake.messages import TrustedNetworks
from reputation.intake.sender_memory import SenderMemory
from reputation.refusal import Refused
from reputation.verdict.origins import EMPTY, Origins

AT_ONCE = 10_000  # lines
NEVER = 1 << 62  # seconds: no line is too old to be tried
SOURCE = "filter"


class TriedLog(NamedTuple):
    """What trying comes to: the figures of each log, and whom each of the levels 1 to 4 would have listed."""

    logs: list[LogFigures]
    listed: tuple[tuple[str, ...], ...]
    exempt: tuple[str, ...]


def try_logs(
    logs: Sequence[tuple[str, str]],
    now: int,
    own_networks: Iterable[str] = (),
    spam_refusals: Iterable[str] = (),
    origins: Origins = EMPTY,
) -> TriedLog:
    """Read whole logs, given as program and path. Raise Refused where one cannot be read."""
    own, refusals, verdicts = TrustedNetworks(own_networks), Refusals(spam_refusals), Verdicts(waits=len(logs) > 1)
    told: list[Told] = []
    tallies: list[Tally] = []
    for program, path in logs:
        tally = Tally()
        source = LogSource(program, Path(path))
        reader = LineReader(program, own, refusals, oldest=NEVER)
        for lines in _some(source):
            told += reader.read(lines, tally, now).told
        tallies.append(tally)
    settled = verdicts.settle(told, now)
    rest = verdicts.settle([], NEVER)
    tallies[-1].add_twice(len(settled.twice))
    listed, exempt = _listed((*settled.counted, *rest.counted), Exemptions(origins))
    return TriedLog(
        [tally.figures(program, path) for tally, (program, path) in zip(tallies, logs, strict=True)], listed, exempt
    )


def _some(source: LogSource) -> Iterable[list[str]]:
    """The lines of a log, some at once."""
    log = source.open()
    try:
        if isinstance(log, Journal):
            yield log.whole()
        else:
            yield from lines_of(log.path, AT_ONCE)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(f"{source.path} cannot be read: {reason}. Let this user read it, or name another log.") from None


def _listed(told: Iterable[Told], exempt: Exemptions) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The senders that each level would have listed at some time, and those whom no report may list."""
    memory, seen = SenderMemory(), dict[str, Address]()
    guesses = Guesses()
    left_out: dict[str, None] = {}
    for each in sorted(told, key=lambda one: one.at):
        address = parse_address(each.event.address)
        subject = subject_of(address)
        if exempt.why(address, None) or exempt.is_protected(subject):
            left_out[each.event.address] = None
            continue
        seen[str(subject)] = address
        _count(memory, address, each, guesses)
    until = {subject: memory.path_of(address).sender.until for subject, address in sorted(seen.items())}
    levels = (tuple(subject for subject, ends in until.items() if ends[level]) for level in range(LEVELS))
    return tuple(levels), tuple(left_out)


def _count(memory: SenderMemory, address: Address, told: Told, guesses: Guesses) -> None:
    event = told.event
    if event.kind == CLEAN:
        memory.found_clean(address, told.at, event.times)
    elif event.kind == SPAM:
        for _ in range(event.times):
            memory.reported(address, told.at, SOURCE)
    else:
        for _ in range(guesses.count(event.address, event.times, told.at)):
            memory.reported(address, told.at, SOURCE, UNKNOWN_WEIGHT)
