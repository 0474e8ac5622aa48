"""The steps above senders, in their table, and the paths that a batch of evidence goes: loaded once, changed, saved.

It owns rows: what a network, a provider, a class of names and the world have seen (estimate.Node), a network's last
hours (estimate.Hours), and what was learned. What they mean is in estimate.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reputation.addresses.address import Address, Network
from reputation.counting import precision
from reputation.intake import peer_words, sender_scores, steps
from reputation.intake.estimate import DAY, NEVER, NOBODY, Hours, Node, Others, Path, Sender
from reputation.intake.learned import Learned
from reputation.intake.peer_trust import Word
from reputation.intake.sender_scores import sliced
from reputation.store import db
from reputation.store.models import LearnedSums, ScoredNode
from reputation.verdict.origins import Origins

FIELDS = (
    ScoredNode.name, ScoredNode.wide, ScoredNode.at, ScoredNode.spam, ScoredNode.seen, ScoredNode.last, ScoredNode.by,
    ScoredNode.other, ScoredNode.hours_at, ScoredNode.hours_spam, ScoredNode.hours_seen, ScoredNode.passed_spam,
    ScoredNode.passed_clean, ScoredNode.day_asked,
)  # fmt: skip
NEW, UNSEEN, QUIET = Node(), Sender(), Hours()
FADED = 90 * DAY  # after four half-lives of the longest steps, what one has seen says nothing any more
FADED_LITTLE, LITTLE = 42 * DAY, 1.5  # nor do so few messages after six half-lives of a /24
NEGLIGIBLE, RESTING = 0.02, 7 * DAY  # of questions that hardly weigh anything
THE_ROW = "installation"  # of what was learned


class Paths:
    """The paths of some senders, for one transaction: whoever changes them has taken the turn (sender_scores.TURN)."""

    def __init__(self, subjects: Iterable[Network], origins: Origins, now: int, asks_lists: bool = True) -> None:
        """Load what is known of these subjects and of the steps above them; `now` in Unix seconds.

        Where nobody's spam is judged, the lists that hold them need not be asked (`asks_lists`): that unpacks them all.
        """
        self._origins = origins
        self._steps: dict[Network, tuple[str, ...]] = {one: self._steps_of(one) for one in subjects}
        self._senders = sender_scores.load(map(str, self._steps))
        names = {name for steps_of in self._steps.values() for name in steps_of}
        self._nodes, self._hours = load_nodes(names)
        self._others = others_about(names, self._nodes, now)
        self._listed = precision.words(self._steps, now) if asks_lists else {}
        self._changed: dict[Network, Sender] = {}
        self._changed_nodes: set[str] = set()
        self.learned = load_learned()
        self._learned = self.learned

    def path(self, subject: Network) -> Path:
        """Return all that is known on the way from a subject to the world."""
        names = self._steps[subject]
        nodes = tuple(self._nodes.get(name, NEW) for name in names)
        hours, is_known = self._hours.get(names[0], QUIET), steps.has_provider(names)
        others = self._others.get(names[0], NOBODY), self._others.get(names[1], NOBODY)
        listed = self._listed.get(subject, 0.0)
        return Path(str(subject), self.sender(subject), nodes, hours, is_known, others, listed)

    def sender(self, subject: Network) -> Sender:
        """Return what is known of a subject itself."""
        return self._changed.get(subject) or self._senders.get(str(subject), UNSEEN)

    def keep(self, subject: Network, path: Path) -> None:
        """Take what a subject's path has become."""
        names = self._steps[subject]
        if path.sender != self.sender(subject):
            self._changed[subject] = path.sender
        for name, node in zip(names, path.nodes, strict=True):
            if node != self._nodes.get(name, NEW):
                self._nodes[name] = node
                self._changed_nodes.add(name)
        if path.hours != self._hours.get(names[0], QUIET):
            self._hours[names[0]] = path.hours
            self._changed_nodes.add(names[0])

    def wides(self) -> set[str]:
        """Return the wide networks (/22 or /48) around the subjects."""
        return {names[1] for names in self._steps.values()}

    def changed_wides(self) -> set[str]:
        """Return those in which something has changed: what says nothing of networks moves none of their listings."""
        return {names[1] for names in self._steps.values() if self._changed_nodes & {*names[:2]}}

    def save(self) -> None:
        """Write what has changed."""
        sender_scores.save(self._changed)
        wide_of = {names[0]: names[1] for names in self._steps.values()}
        save_nodes({name: (self._nodes.get(name, NEW), self._hours.get(name, QUIET), wide_of.get(name, ""))
                    for name in sorted(self._changed_nodes)})  # fmt: skip
        if self.learned != self._learned:
            save_learned(self.learned)

    def _steps_of(self, subject: Network) -> tuple[str, ...]:
        return steps_above(Address(subject.version, subject.first), self._origins)


def steps_above(address: Address, origins: Origins) -> tuple[str, ...]:
    """Return the names of the steps above an address. Nobody has looked up its name where DNS is asked."""
    asn = origins.origin(address.version, address.value).asn
    return steps.steps_of(address, asn, steps.UNKNOWN)


def others_about(names: Iterable[str], nodes: Mapping[str, Node], now: int) -> dict[str, Others]:
    """Return what other installations' words add to those of these steps that are networks; by name."""
    own = {name: _word(nodes.get(name, NEW), name, now) for name in names if "/" in name}
    told = peer_words.told_about(own, now, own)
    return {name: Others(one.spam, one.seen, one.newest or NEVER) for name, one in told.items() if one.spam > 0}


def _word(node: Node, name: str, now: int) -> Word:
    left = peer_words.left(name, now - node.at)
    return Word(node.spam * left, node.seen * left)


def load_nodes(names: Iterable[str]) -> tuple[dict[str, Node], dict[str, Hours]]:
    """Load what these steps have seen, and the last hours of those that are networks; by name."""
    return _nodes_of(row for some in sliced(names) for row in _select(db.among(ScoredNode.name, some)))


def load_near(wides: Iterable[str]) -> dict[str, tuple[dict[str, Node], dict[str, Hours]]]:
    """Load the /24 or /56 inside these wide networks of which something is known, by wide network and name."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for some in sliced(wides):
        for row in _select(db.among(ScoredNode.wide, some)):
            rows.setdefault(row[1], []).append(row)
    return {wide: _nodes_of(inside) for wide, inside in rows.items()}


def save_nodes(changed: dict[str, tuple[Node, Hours, str]]) -> None:
    """Write these steps in place of what was there: each with its last hours, and the wide network around it."""
    rows = [(name, wide, *node, *hours) for name, (node, hours, wide) in changed.items()]
    db.write_rows(FIELDS, rows, key=[ScoredNode.name])


def load_learned() -> Learned:
    """Load what was learned; nothing at the beginning."""
    row = LearnedSums.get_or_none(LearnedSums.name == THE_ROW)
    return Learned(row.at, row.asked, row.trapped, row.looked, row.found) if row else Learned()


def save_learned(found: Learned) -> None:
    """Write what was learned in place of what was there."""
    fields = [LearnedSums.name, *(getattr(LearnedSums, name) for name in Learned._fields)]
    db.write_rows(fields, [(THE_ROW, *found)], key=[LearnedSums.name])


def prune(now: int) -> int:
    """Remove the networks and providers of which nothing matters any more; return how many."""

    def below(sums: float, age: int) -> Any:
        return (ScoredNode.spam < sums) & (ScoredNode.seen < sums) & (ScoredNode.at < now - age)

    is_over = (ScoredNode.at < now - FADED) | below(LITTLE, FADED_LITTLE) | below(NEGLIGIBLE, RESTING)
    return int(ScoredNode.delete().where(is_over).execute())


def _select(which: Any) -> Iterable[tuple[Any, ...]]:
    return ScoredNode.select(*FIELDS).where(which).tuples()  # type: ignore[no-any-return]


def _nodes_of(rows: Iterable[tuple[Any, ...]]) -> tuple[dict[str, Node], dict[str, Hours]]:
    nodes, hours = {}, {}
    for name, _wide, at, spam, seen, last, by, other, *of_hours in rows:
        nodes[name] = Node(at, spam, seen, last, by, other)
        if of_hours[0]:
            hours[name] = Hours(*of_hours)
    return nodes, hours
