"""A published list, read by the process for it: the order, what the process does, and what its answer says.

The process reads, guards, compares and packs the list, so that the program that serves never holds more of it than its
packed ranges. Those are checked here: in order, apart from each other, and as many as they say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from reputation.addresses.address import Network, parse_network
from reputation.intake import formats
from reputation.intake.approving import guard_approvals
from reputation.intake.became import Became, first_became
from reputation.intake.bounds import FeedBounds
from reputation.intake.change_review import Change, differing, why_held
from reputation.intake.formats import FormatError, Parsed
from reputation.intake.formats.lines import PIECES
from reputation.intake.guards import Guarded, GuardError, all_entries, block_text, guard
from reputation.intake.importing import answers
from reputation.intake.importing.answers import Answer, BadAnswer
from reputation.intake.importing.spool import Part
from reputation.ranges import Ranges, Stored, changed, tally

EXAMPLES = 8
MOST_WARNINGS = 100
MOST_VALUES = 1000
NO_CHANGE = Change(0, 0, 0, 0)
# A JSON list of texts and of nothing else, which is known before it is read: what is nested takes sixty times its room.
LONGEST_TEXTS = 20 << 20  # octets: of 65,535 texts, each as long as TXT may be
PLAIN_LIST = re.compile(rb'\[(?:"(?:[^"\\]|\\.)*+"(?:, ?"(?:[^"\\]|\\.)*+")*+)?\]', re.DOTALL)
# With them comes much that no other list needs.
WITH_ORIGINS = ("reputation.intake.origins.as_networks", "reputation.intake.origins.packed")


class Before(NamedTuple):
    """The list that is served, as it is stored."""

    ranges4: bytes
    ranges6: bytes
    texts: str  # JSON


class ListOrder(NamedTuple):
    """What is to be read, and by which bounds.

    `own` are the confirmed mail servers. A list that `approves` is one of good senders. `entries_before` are those of
    the list that is served (None: there is none), and `before` brings it; `origins` brings the packed table of origins,
    for a list of AS numbers. Of a trial the ranges are not wanted, but examples are.
    """

    format: str
    bounds: FeedBounds
    now: int
    own: tuple[Network, ...] = ()
    approves: bool = False
    entries_before: int | None = None
    before: Callable[[], Before] | None = None
    origins: Callable[[], bytes] | None = None
    is_trial: bool = False

    def words(self) -> dict[str, Any]:
        """Return the order as JSON takes it."""
        return {
            "work": "list",
            "format": self.format,
            "bounds": self.bounds.to_json(),
            "now": self.now,
            "own": list(map(str, self.own)),
            "approves": self.approves,
            "entries_before": self.entries_before,
            "is_trial": self.is_trial,
            "imports": WITH_ORIGINS if self._wants_origins else (),
        }

    @property
    def _wants_origins(self) -> bool:
        return self.format.partition(":")[0] == "asn"

    def parts(self) -> dict[str, bytes]:
        """Bring what goes with the order: it may be large, and is not kept."""
        parts = {}
        if self.origins and self._wants_origins:
            parts["origins"] = self.origins()
        if self.before and self.entries_before is not None:
            four, six, texts = self.before()
            parts |= {"ranges4": four, "ranges6": six, "texts": texts.encode()}
        return parts


class Trial(NamedTuple):
    """What a preview shows of a list: counts, its first lines and what they became, examples, and values."""

    ranges: int = 0
    addresses4: int = 0

    became: tuple[Became, ...] = ()
    examples: tuple[str, ...] = ()
    values: tuple[tuple[str, int], ...] = ()


class ReadList(NamedTuple):
    """What came of a list.

    `entries` are those written in it, `bad` the lines left out. `dated` and `expires` are Unix seconds by its own word,
    0 where it does not say. `refusal` is why the guards take nothing of it, "" where they let it pass; `stored` is what
    they left, with its columns `ranges4` and `ranges6`. `change` compares it with the list before, `held` says why a
    person has to agree, and `damage` why the list before could not be compared.
    """

    entries: int
    bad: int
    warnings: tuple[str, ...]
    dated: int
    expires: int
    refusal: str
    stored: Stored
    ranges4: bytes
    ranges6: bytes
    change: Change
    held: str
    damage: str
    trial: Trial


def read_here(order: Mapping[str, Any], parts: Mapping[str, Part]) -> Answer:
    """Read the list of an order, in this process; return an answer, which `checked` reads."""
    bounds = FeedBounds.from_json(order["bounds"])
    try:
        parsed = formats.parse(
            parts["list"], order["format"], bounds.max_bytes, order["now"], _networks_of(parts.get("origins"))
        )
    except FormatError as error:
        return Answer({"refused": str(error)[: answers.LONGEST_TEXT]}, ())
    try:
        own = tuple(map(parse_network, order["own"]))
        guarded = guard_approvals(parsed, bounds) if order["approves"] else guard(parsed, bounds, own)
    except GuardError as error:
        return _answer(parsed, Guarded(Ranges.empty(), ()), order, _Compared(NO_CHANGE), refusal=str(error))
    parsed = parsed._replace(ranges=guarded.ranges)  # lets go of what the guards have cut out
    return _answer(parsed, guarded, order, _compared(parsed, guarded.ranges, order, parts, bounds))


class _Compared(NamedTuple):
    """How a list differs from the one before, why a person has to agree, and why it could not be compared."""

    change: Change
    held: str = ""
    damage: str = ""


def _compared(
    parsed: Parsed, fresh: Ranges, order: Mapping[str, Any], parts: Mapping[str, Part], bounds: FeedBounds
) -> _Compared:
    """Compare what the guards left with the list before; unless it is a trial, nothing of the entries is left after."""
    entries_before, damage = order["entries_before"], ""
    before: Stored | None = None
    if entries_before is not None:
        try:
            texts = json.loads(parts["texts"].whole())
            before = Stored(parts["ranges4"].whole(), parts["ranges6"].whole(), texts)
        except ValueError as error:
            damage = str(error)
    counted = tally(all_entries(parsed), fresh, before or Ranges.empty())
    if not order["is_trial"]:
        for section in parsed.sections:
            section.clear()
    if entries_before is None:
        return _Compared(Change(counted.entries, counted.added, 0, 0))
    change = differing(counted, fresh, before, entries_before)
    return _Compared(change, why_held(change, before.ranges if before else None, entries_before, bounds), damage)


def _answer(
    parsed: Parsed, guarded: Guarded, order: Mapping[str, Any], compared: _Compared, refusal: str = ""
) -> Answer:
    ranges = guarded.ranges
    more = (f"{parsed.more_warnings:,} more lines could not be read",) if parsed.more_warnings else ()
    head = {
        "entries": parsed.entries,
        "bad": parsed.bad,
        "warnings": _some((*parsed.warnings, *more, *guarded.warnings)),
        "dated": parsed.dated,
        "expires": parsed.expires,
        "refusal": refusal,
        "change": list(compared.change),
        "held_because": compared.held,
        "damage": compared.damage,
    }
    if order["is_trial"]:
        return Answer(head | _trial(parsed, ranges), ())
    texts = json.dumps(ranges.texts).encode()
    return Answer(head, (*ranges.to_blobs(), texts))


def _trial(parsed: Parsed, ranges: Ranges) -> dict[str, Any]:
    new = changed(Ranges.empty(), ranges)
    values = sorted(parsed.values.items(), key=lambda item: -item[1])[:MOST_VALUES]
    return {
        "ranges": ranges.count,
        "addresses4": ranges.addresses4,
        "became": [[number, *map(_cut, said)] for number, *said in first_became(parsed, ranges)],
        "examples": [block_text(*block) for block in new.some("added", 0, EXAMPLES)],
        "values": sorted(values),
    }


def _some(warnings: tuple[str, ...]) -> list[str]:
    some = [_cut(warning) for warning in warnings[:MOST_WARNINGS]]
    left = len(warnings) - len(some)
    return some + ([f"{left:,} more warnings"] if left else [])


def _cut(text: str) -> str:
    return text[: answers.LONGEST_TEXT // 4]


def _networks_of(origins: Part | None) -> Callable[[int], list[tuple[bytes, bytes]]] | None:
    if origins is None:
        return None
    from reputation.intake.origins.as_networks import AsNetworks
    from reputation.intake.origins.packed import unpack

    return AsNetworks(lambda: unpack(origins.whole()))


def checked(answer: Answer, order: ListOrder) -> ReadList:
    """Return what an answer says. Raise FormatError where the list cannot be read, BadAnswer where it is no answer."""
    head = answer.head
    if "refused" in head:
        raise FormatError(answers.text(head, "refused"))
    columns = answer.columns if not order.is_trial else (*Ranges.empty().to_blobs(), b"[]")
    stored = _stored(columns)
    return ReadList(
        answers.count(head, "entries"),
        answers.count(head, "bad"),
        answers.texts(head, "warnings", MOST_WARNINGS + 1),
        answers.count(head, "dated"),
        answers.count(head, "expires"),
        answers.text(head, "refusal"),
        stored,
        columns[0],
        columns[1],
        _change(head),
        answers.text(head, "held_because"),
        answers.text(head, "damage"),
        _checked_trial(head) if order.is_trial else Trial(),
    )


def _stored(columns: tuple[bytes, ...]) -> Stored:
    if len(columns) != 3:
        raise BadAnswer("it has no ranges")
    try:
        if len(columns[2]) > LONGEST_TEXTS or not PLAIN_LIST.fullmatch(columns[2]):
            raise BadAnswer("its texts are none")
        texts = json.loads(columns[2])
        if not isinstance(texts, list) or not all(map(answers.is_text, texts)):
            raise BadAnswer("its texts are none")
        stored = Stored(columns[0], columns[1], texts)
        stored.check()
    except (ValueError, RecursionError) as error:
        raise BadAnswer(str(error)) from None
    return stored


def _change(head: Mapping[str, Any]) -> Change:
    values = answers.rows(head, "change", 4)
    if len(values) != 4:
        raise BadAnswer("change has other counts")
    return Change(*(answers.count({"change": value}, "change") for value in values))


def _checked_trial(head: Mapping[str, Any]) -> Trial:
    return Trial(
        answers.count(head, "ranges"),
        answers.count(head, "addresses4"),
        tuple(Became(_number(one[0]), *_words(one[1:], 2)) for one in _rows(head, "became", PIECES, 3)),
        answers.texts(head, "examples", EXAMPLES),
        tuple((_words(one[:1], 1)[0], _number(one[1])) for one in _rows(head, "values", MOST_VALUES, 2)),
    )


def _rows(head: Mapping[str, Any], name: str, most: int, width: int) -> Iterable[list[Any]]:
    found = answers.rows(head, name, most)
    if not all(isinstance(one, list) and len(one) == width for one in found):
        raise BadAnswer(f"{name} have other columns")
    return found


def _number(value: object) -> int:
    return answers.count({"number": value}, "number")


def _words(values: list[Any], count: int) -> tuple[str, ...]:
    return answers.texts({"words": values}, "words", count)
