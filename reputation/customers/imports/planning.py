"""What an import would do, line by line, and then the import itself: one transaction, when a person has agreed.

Rules and valid mail servers are an organization's; listings and feeds are the installation's. Each goes through the
function that adds one by hand, so that every guard holds here as well.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

from reputation.addresses.address import parse_network
from reputation.customers import mail_servers, policy
from reputation.customers.imports.forms import (
    AS_APPROVED,
    AS_BLOCKED,
    AS_FEED,
    AS_LISTINGS,
    AS_SERVERS,
    AS_WRITTEN,
    CHOICES,
    Form,
    form_of,
    lines,
)
from reputation.customers.imports.reading import APPROVED, BLOCKED, LISTING, SERVER, Taken, sentence
from reputation.customers.policy import NewRule
from reputation.customers.policy.importing import DUPLICATE, EXISTS, NEW, WRONG
from reputation.durations import duration_text
from reputation.intake import feeds, guards, listings, reach
from reputation.intake.listing_history import HAND
from reputation.intake.listings import NewListing
from reputation.refusal import Refused, Unconfirmed
from reputation.store import audit, db
from reputation.store.models import Listing
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES

MOST_LINES = 50_000
MOST_SENDERS = 60_000  # on them: a network without what it excludes is several
MOST_LISTINGS = 5_000  # rows of our own: more are a feed
REASON = "Imported from a list of the operator"
MONTH = 30 * 86400
BECOMES = {AS_APPROVED: APPROVED, AS_BLOCKED: BLOCKED, AS_SERVERS: SERVER, AS_LISTINGS: LISTING}
WORDS = {APPROVED: "approved sender", BLOCKED: "blocked sender", SERVER: "valid mail server", LISTING: "listing"}
OPPOSITE = {APPROVED: BLOCKED, BLOCKED: APPROVED}


class Choice(NamedTuple):
    """What a person chose: what the lines become, and for listings the database, category, stay and reason.

    `duration` is in seconds, for listings whose own end the file does not say.
    """

    becomes: str = ""
    form: str = ""
    database: str = "standard"
    category: str = "KSS"
    duration: int = MONTH
    reason: str = ""


class Line(NamedTuple):
    """A line, what it becomes, and its state as in policy/importing.py; `said` says why nothing becomes of it."""

    taken: Taken
    becomes: str
    state: str
    said: str = ""

    @property
    def words(self) -> str:
        """Return what becomes of the line, in words."""
        if self.state == NEW and self.becomes:
            return f"{WORDS[self.becomes]} {self.taken.value}"
        return self.said


@dataclass(frozen=True)
class Plan:
    """What an import would do, before anything is done. `needs_choice`: the file does not say what its lines become."""

    form: Form
    choice: Choice
    lines: Sequence[Line]
    mark: str
    needs_choice: bool = False
    counts: Counter[str] = field(default_factory=Counter)

    def those(self, state: str) -> list[Line]:
        """Return the lines in a state."""
        return [line for line in self.lines if line.state == state]

    def new(self, *becomes: str) -> list[Line]:
        """Return the lines that become one of these."""
        return [line for line in self.lines if line.state == NEW and line.becomes in becomes]

    @property
    def is_of_installation(self) -> bool:
        """Tell whether something of it concerns all organizations, which is the operator's to say."""
        return self.choice.becomes == AS_FEED or bool(self.new(LISTING))

    @property
    def summary(self) -> str:
        """Write in one sentence what it would do."""
        count = Counter(line.becomes for line in self.lines if line.state == NEW)
        parts = [_counted(count[kind], WORDS[kind]) for kind in WORDS if count[kind]]
        left = [
            f"{self.counts[EXISTS]:,} already there" if self.counts[EXISTS] else "",
            f"{self.counts[DUPLICATE]:,} named twice" if self.counts[DUPLICATE] else "",
            f"{self.counts[WRONG]:,} left out" if self.counts[WRONG] else "",
        ]
        return f"{', '.join([*(parts or ['nothing']), *filter(None, left)])}."


class Imported(NamedTuple):
    """What was done: how many of each, how many lines were left out, and the batch by which rules can be taken back."""

    summary: str
    approved: int
    blocked: int
    servers: int
    listings: int
    left_out: int
    batch: str = ""


def plan(text: str, choice: Choice, organization_id: int | None, now: int) -> Plan:
    """Read a file and say of each line what it becomes. Raise Refused where its form cannot be told, or it is too long.

    `organization_id` is whose rules and servers are meant; None where nobody's are.
    """
    file = lines(text, now)
    if sum(1 for line in file.lines if line.strip()) > MOST_LINES:
        raise Refused(f"At most {MOST_LINES:,} lines at once: split the file, or add it as a feed.")
    form = form_of(file, choice.form)
    _check(choice, form)
    mark = blake2b(f"{choice} {text}".encode(), digest_size=8).hexdigest()
    if choice.becomes == AS_FEED:
        return Plan(form, choice, (), mark)
    taken = sorted(itertools.islice(form.read(file), MOST_SENDERS + 1), key=lambda one: one.number)
    if len(taken) > MOST_SENDERS:
        raise Refused(f"At most {MOST_SENDERS:,} senders at once: split the file, or add it as a feed.")
    found = list(_judged(taken, choice, organization_id, now))
    if sum(1 for line in found if line.state == NEW and line.becomes == LISTING) > MOST_LISTINGS:
        raise Refused(f"At most {MOST_LISTINGS:,} listings at once: add a longer list as a feed.")
    needs = any(not one.problem and not _becomes(one, choice) for one in taken)
    return Plan(form, choice, found, mark, needs, Counter(line.state for line in found))


def carry_out(
    made: Plan, name: str, organization_id: int | None, now: int, who: str = audit.COMMAND_LINE, confirm: str = ""
) -> Imported:
    """Do what a plan says, in one transaction with an audit entry. Raise Refused, and then nothing of it is done.

    Unconfirmed is raised where rules reach so far that `confirm` has to repeat them.
    """
    if made.needs_choice:
        raise Refused(_ask(made.form))
    if not made.counts[NEW]:
        raise Refused(f"Nothing of it is new: {made.summary}")
    if organization_id is None and made.new(APPROVED, BLOCKED, SERVER):
        raise Refused("Rules and valid mail servers belong to an organization: say which one.")
    with db.write():
        batch = ""
        rules = [_rule(line) for line in made.new(APPROVED, BLOCKED)]
        if rules and organization_id is not None:
            batch = policy.add_rules(organization_id, rules, now, who, confirm).batch
        for line in made.new(SERVER):
            _by_line(line, partial(_add_server, line, organization_id, now, who))
        _add_listings(made, now, who)
        what = f"Imported {name[:100]}: {made.form.name}"
        audit.record(None if made.is_of_installation else organization_id, who, what, now, after=made.summary)
    return Imported(
        made.summary, len(made.new(APPROVED)), len(made.new(BLOCKED)), len(made.new(SERVER)), len(made.new(LISTING)),
        made.counts[WRONG], batch,
    )  # fmt: skip


def add_feed(made: Plan, name: str, source: str, now: int, who: str = audit.COMMAND_LINE) -> str:
    """Add the file as a feed, with an audit entry; return a sentence. Raise Refused where it cannot be one."""
    with db.write():
        feed = feeds.add(
            name, source, made.form.name, made.choice.category, now, made.choice.database,
            duration=made.choice.duration, who=who,
        )  # fmt: skip
        audit.record(None, who, f"Imported {source[:100]}: {made.form.name}", now, after=f"The feed {feed.name}")
    return f"Added the feed {feed.name}, which reads {feed.source} as {feed.format} every {duration_text(feed.every)}."


def _check(choice: Choice, form: Form) -> None:
    if choice.becomes and choice.becomes not in form.becomes:
        raise Refused(
            f"A file of the form {form.name} does not become {CHOICES.get(choice.becomes, choice.becomes[:40])}: "
            f"choose one of {', '.join(form.becomes)}."
        )
    if choice.database not in DATABASE_NAMES or choice.category.upper() not in CATEGORIES:
        raise Refused("Choose the standard or the dynamic database, and the category KSS, DUL or ETL.")


def _ask(form: Form) -> str:
    choices = [choice for choice in form.becomes if choice != AS_WRITTEN]
    return f"The file does not say what its lines become: choose {', '.join(choices[:-1])} or {choices[-1]}."


def _becomes(taken: Taken, choice: Choice) -> str:
    """What becomes of a line: by the person's choice, or by the file's own word."""
    return BECOMES.get(choice.becomes) or taken.becomes


def _judged(taken: Iterable[Taken], choice: Choice, organization_id: int | None, now: int) -> Iterator[Line]:
    there = _there(organization_id, choice, now)
    seen: dict[tuple[str, str], int] = {}
    room = mail_servers.MOST - (mail_servers.how_many(organization_id) if organization_id is not None else 0)
    for one in taken:
        becomes = _becomes(one, choice)
        state, said = _judge(one, becomes, seen, there, now)
        if becomes == SERVER and state == NEW:
            state, said = (NEW, said) if room > 0 else (WRONG, mail_servers.FULL)
            room -= 1
        if state in (NEW, EXISTS):
            seen[becomes, one.value] = one.number
        yield Line(one, "" if state == WRONG else becomes, state, said)


def _judge(
    one: Taken, becomes: str, seen: Mapping[tuple[str, str], int], there: Collection[tuple[str, str]], now: int
) -> tuple[str, str]:
    """The state of a line, and what is to be said of it."""
    problem = one.problem or _fault(one, becomes, now)
    opposite, key = (OPPOSITE.get(becomes, ""), one.value), (becomes, one.value)
    if problem:
        return WRONG, problem
    if opposite in seen:
        return WRONG, f"Line {seen[opposite]} says the opposite of the same sender, and comes first."
    if key in seen:
        return DUPLICATE, f"Line {seen[key]} names it already."
    if key in there:
        return EXISTS, f"There is a {WORDS[becomes]} {one.value} already; it stays as it is."
    return NEW, "" if becomes else "You choose what it becomes."


def _there(organization_id: int | None, choice: Choice, now: int) -> set[tuple[str, str]]:
    """What there is already, as what it is and its value."""
    found: set[tuple[str, str]] = set()
    if organization_id is not None:
        found |= policy.existing_rules(organization_id)
        found |= {(SERVER, one.network) for one in mail_servers.servers(organization_id)}
    here = (Listing.database == choice.database) & (Listing.category == choice.category.upper())
    by_hand = (Listing.source == HAND) & (Listing.expires_at > now)
    found |= {(LISTING, network) for (network,) in Listing.select(Listing.network).where(here & by_hand).tuples()}
    return found


def _fault(taken: Taken, becomes: str, now: int) -> str:
    """Why a sender cannot become that; "" where it can, as far as it is told without trying."""
    if becomes not in (SERVER, LISTING):
        return ""
    if taken.value.startswith(("country:", "isp:")):
        return f"{taken.value} is no address: only rules are about countries and ISPs."
    network = parse_network(taken.value)
    if becomes == SERVER:
        return mail_servers.fault(network)
    stay = "" if taken.expires_at is None else listings.stay_fault(taken.expires_at - now)
    if stay:
        return stay
    said = guards.unlistable(network) or reach.fault(network, refuses=True)
    return f"{sentence(said)} Listed by hand, it can be confirmed." if said and not guards.unlistable(network) else said


def _rule(line: Line) -> NewRule:
    return NewRule(line.becomes, line.taken.value, line.taken.note, line.taken.expires_at)


def _by_line(line: Line, add: Callable[[], None]) -> None:
    """Add something, and name the line where it is refused."""
    try:
        add()
    except Refused as refusal:
        raise Refused(f"Line {line.taken.number}, {line.taken.value}: {refusal} Nothing was imported.") from None


def _add_server(line: Line, organization_id: int | None, now: int, who: str) -> None:
    assert organization_id is not None
    mail_servers.add(organization_id, line.taken.value, now, who, line.taken.note)


def _add_listings(made: Plan, now: int, who: str) -> None:
    """Make all listings at once; one that has to be confirmed is named with its line."""
    choice = made.choice
    lines = made.new(LISTING)
    wanted = [
        NewListing(
            line.taken.value,
            choice.reason or line.taken.note or REASON,
            now + choice.duration if line.taken.expires_at is None else line.taken.expires_at,
        )
        for line in lines
    ]
    if not wanted:
        return
    try:
        listings.add_many(wanted, choice.database, choice.category, now, who)
    except Unconfirmed as refusal:
        number = next((line.taken.number for line in lines if line.taken.value == refusal.word), 0)
        raise Refused(
            f"Line {number}, {refusal.word}: {refusal} Nothing was imported: list it by hand, where it can be "
            "confirmed, and leave that line out."
        ) from None
    except Refused as refusal:
        raise Refused(f"{refusal} Nothing was imported.") from None


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
