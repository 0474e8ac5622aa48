"""How likely the next message of a sender is spam, by what was seen of it, of its networks, and of all: the estimate.

What is known of one address is little, and most spam comes from addresses that were never seen. So evidence is added up
on the way from the address (or the /64 of an IPv6 address) over its /24 (/56) and its /22 (/48), its provider with
the class of its name, that class, to the world: on each step two sums that fade, the spam and all that was seen.
The estimate of a step leans on the one above it, the less it has seen itself the more. It uses no table, clock or
network; whoever calls it loads a Path, and saves what comes back: one more report costs the same whatever came before.

What holds whatever the numbers are (the tests search for an exception):

- one more report never shortens a listing for spam of the sender's own, and a clean message never lengthens one; what
  is listed for its networks is published with an end, and whoever publishes it keeps the later one
- time alone lists nobody: sums are compared as of the newest spam, and what lists has an end
- what is listed at a level is listed at the next one, and not for a shorter time
- a connection that only asks, however often it comes, takes no sender off a list by itself, and makes no rating
- a verdict on networks alone defers a first try: who comes again after RETRY seconds passes, until spam of its own is
  seen, or until those who passed in its network turn out to send spam
"""

from __future__ import annotations

import math
from typing import NamedTuple

MINUTE, HOUR, DAY = 60, 3600, 86400
NEVER = -(1 << 40)

ADDRESS, NEAR, WIDE, PROVIDER, CLASS, WORLD = range(6)

# The one table of numbers. `benchmarks/verdicts/closed_loop` measures what they do.
HALF_LIVES = (5 * DAY, 7 * DAY, 10 * DAY, 14 * DAY, 21 * DAY, 21 * DAY)  # of the steps' sums, from the address up
LEANS = (2.0, 4.0, 8.0, 12.0, 20.0, 10.0)  # messages' worth of what the step above says
UNKNOWN = 0.6  # what stands above the world: the share of spam that mail servers usually see
THRESHOLDS = (0.95, 0.85, 0.75, 0.6)  # estimates from which the levels 1 to 4 list
NETWORK_THRESHOLDS = (0.95, 0.88, 0.75, 0.6)  # and from which they do so for networks alone, of which one must be surer
# A message to a trap was asked for by nobody, and stands for those that hit none. A filter's verdict weighs what it
# finds: one of a filter that finds 7 of 10 stands for 1.4 messages.
# A person who runs the installation means what he reports: it lists at the default level where nothing else is known.
WEIGHTS = {"trap": 1.2, "hand": 2.0, "complaint": 0.24}
COMPLAINTS_A_DAY = WEIGHTS["trap"]  # all complaints about a sender together are worth one trap a day
SPAM_A_DAY, CLEAN_A_DAY = 2.0, 3.0  # of one address in the steps above it: no single machine speaks for its network
ASKED_A_DAY = 10.0  # messages' worth of questions in a network: connections cost nothing
ASKED_SHARE = {PROVIDER: 0.1, CLASS: 0.3, WORLD: 0.5}  # of spam: below it no question brings these steps
OWN_STAYS = (3 * HOUR, 10 * HOUR, 10 * HOUR, 12 * HOUR)  # after the sender's newest spam
RATED = 1.0  # clean messages lately, two that is: from here a sender is not known by its spam alone
ONCE = 0.5  # of a clean message is left after a week
RATED_STAYS = (3 * HOUR // 2, 5 * HOUR, 5 * HOUR, 12 * HOUR)  # of such a sender: more good mail waits for each
NETWORK_STAYS = (3 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR)  # after the newest spam of others in its network
RECENT = 12 * HOUR  # half-life of what was seen lately of an address
RECENT_SPAM, RECENT_SHARE = 1.6, 0.6  # two messages lately, and more than half of all: a server that was broken into
RECENT_CLEAN, BEYOND = 20.0, 0.1  # so many clean messages lately count whole against it, of more a tenth
HOT = 6 * HOUR  # half-life of what was seen lately of a network
HOT_SPAM, HOT_SHARE = 3.0, 0.75
OWN_NAME = 20.0  # clean messages lately, from which an address does not hang on its network's last hours
CLEAN_HALF_LIFE = 7 * DAY
RETRY = 5 * MINUTE
PASSED_SPAM, PASSED_SHARE = 3.0, 0.9  # of those who came again in a network: from here nobody passes for it any more
TOGETHER = 10 * DAY  # between the newest spam of two senders that speak for their network
LISTED_MOST, LISTED_TIMES = 4.0, 2.0  # messages that a list's word is worth: at most, and for each of our own
PROVIDER_SPAM, PROVIDER_LEAN = 5.0, 2.0  # what a provider's own sums must hold before they list a network never seen

LIGHTEST, HEAVIEST = 0.01, 10.0  # what one report's own weight may be

ROUNDING = 1e-9  # of sums: one in another order must not decide
TRAP, HAND, FILTER, COMPLAINT = SOURCES = ("trap", "hand", "filter", "complaint")
LEVELS = len(THRESHOLDS)
DEFAULT = 1  # the place of the default level, 2

Times = tuple[int, int, int, int]
NONE: Times = (0, 0, 0, 0)


class Node(NamedTuple):
    """What was seen of a network, a provider, a class of names or the world: sums as of `at`, in Unix seconds.

    `last` is its newest spam, of the sender `by`; `other` is the newest of any other sender.
    """

    at: int = 0
    spam: float = 0.0
    seen: float = 0.0
    last: int = NEVER
    by: str = ""
    other: int = NEVER

    def newest_but(self, sender: str) -> int:
        """Return the newest spam of anybody but this sender, in Unix seconds."""
        return self.other if self.by == sender else self.last


class Hours(NamedTuple):
    """What was seen of a network in its last hours, as of `at`; and of those who passed since they came again.

    `day_asked` is what questions have given of late, which fades in a day.
    """

    at: int = 0
    spam: float = 0.0
    seen: float = 0.0
    passed_spam: float = 0.0
    passed_clean: float = 0.0
    day_asked: float = 0.0


class Sender(NamedTuple):
    """What was seen of an address, as of `at`.

    `recent_` fades in hours; `day_` is what it has given to the steps above it; `clean` is its own clean mail.
    `asked` is when it last counted as a connection that only asked. `waits` is since when it is deferred for its
    networks alone, and `passed` whether it came again. `found` is what a filter found to be spam, and `trapped` when it
    last sent to a trap. `until` is when each level ends its listing for spam of its own: what was listed stays listed.
    `times_listed` counts how often such a listing began at the default level.
    """

    at: int = 0
    spam: float = 0.0
    seen: float = 0.0
    recent_spam: float = 0.0
    recent_seen: float = 0.0
    day_spam: float = 0.0
    day_clean: float = 0.0
    day_complaints: float = 0.0
    clean: float = 0.0
    last: int = NEVER
    asked: int = NEVER
    waits: int = 0
    passed: bool = False
    found: float = 0.0
    trapped: int = NEVER
    until: Times = NONE
    times_listed: int = 0


class Others(NamedTuple):
    """What other installations' words add to a network (peer_words.py): messages of spam, all, and the newest spam."""

    spam: float = 0.0
    seen: float = 0.0
    newest: int = NEVER


NOBODY = Others()


class Path(NamedTuple):
    """All that one message touches: the sender by its name (an address, or a /64), and the steps above it.

    `nodes` are those from NEAR to WORLD, in that order. Without `has_provider`, who provides the address is not known,
    and its step adds up all such. `others` are other installations' words about the near and the wide network. `listed`
    is what the word of the served lists that hold the sender is worth, in messages of spam (counting/precision.py).
    """

    name: str
    sender: Sender = Sender()
    nodes: tuple[Node, ...] = (Node(),) * WORLD
    hours: Hours = Hours()
    has_provider: bool = True
    others: tuple[Others, Others] = (NOBODY, NOBODY)
    listed: float = 0.0


class Verdict(NamedTuple):
    """Until when each level lists a sender: for spam of its own, and for its networks alone. 0 is not at all."""

    own: Times = NONE
    networks: Times = NONE

    def listed(self, now: int) -> tuple[bool, bool, bool, bool]:
        """Tell for each level whether it lists the sender."""
        one, two, three, four = (max(own, other) > now for own, other in zip(self.own, self.networks, strict=True))
        return one, two, three, four


def estimate(path: Path) -> float:
    """Return how likely the sender's next message is spam, from 0 to 1, as of the newest spam on its path."""
    likely = UNKNOWN
    as_of = _newest(path)
    for step in range(WORLD, ADDRESS, -1):
        likely = leaned(*sums(path, step, as_of), LEANS[step], likely)
    return leaned(*with_lists(path, as_of), LEANS[ADDRESS], likely)


def sums(path: Path, step: int, at: int) -> tuple[float, float]:
    """Return the spam, and all that was seen, of a step as of a second, in messages; with what others tell of it."""
    one = path.sender if step == ADDRESS else path.nodes[step - NEAR]
    said = path.others[step - NEAR] if step in (NEAR, WIDE) else NOBODY
    fading = left(at - one.at, HALF_LIVES[step])
    return one.spam * fading + said.spam, one.seen * fading + said.seen


def with_lists(path: Path, at: int) -> tuple[float, float]:
    """Return the sums of the sender itself, with what the word of the lists that hold it adds to what was seen of it.

    Whoever writes a list says nothing alone: its word counts twice as much as our own evidence at most. It is a word
    about single senders, and so adds nothing to the steps above.
    """
    spam, seen = sums(path, ADDRESS, at)
    word = min(path.listed, LISTED_MOST, LISTED_TIMES * spam)
    return spam + word, seen + word


def leaned(spam: float, seen: float, lean: float, above: float) -> float:
    """Return the share of spam of a step that leans on the one above it with the weight of `lean` messages."""
    return (spam + lean * above) / (max(spam, seen) + lean)


def verdict(path: Path) -> Verdict:
    """Return until when each level lists a sender, where nothing more is seen of it."""
    one, networks = path.sender, [0] * LEVELS
    if one.passed and (one.clean >= RATED or not is_closed(path.hours)):
        return Verdict(one.until)
    likely, fresh, provider = estimate(path), _fresh(path), _provider(path)
    by_provider = path.nodes[PROVIDER - 1].newest_but(path.name)
    for place, threshold in enumerate(NETWORK_THRESHOLDS):
        if likely >= threshold:
            since = max(fresh, by_provider) if provider >= threshold else fresh
            networks[place] = since + NETWORK_STAYS[place]
    if is_hot(path):
        until = path.hours.at + _lasts(path.hours.spam, HOT_SPAM, HOT)
        _extend(networks, until, NETWORK_STAYS, path.nodes[NEAR - 1].last)
    return Verdict(one.until, _ordered(networks))


def is_listed_for_networks_alone(path: Path, at: int) -> bool:
    """Tell whether a level lists a sender for its networks, and none for spam of its own."""
    found = verdict(path)
    return max(found.own) <= at < max(found.networks)


def thresholds(path: Path) -> tuple[float, float, float, float]:
    """Return from which estimates the levels list a sender: one that has sent spam, or one that is judged by others."""
    return THRESHOLDS if path.sender.spam else NETWORK_THRESHOLDS


def own_ends(path: Path) -> Times:
    """Return until when each level lists a sender for spam of its own, the newest of which came just now."""
    one, likely = path.sender, estimate(path)
    stays = OWN_STAYS if one.clean < RATED else RATED_STAYS
    ends = [one.last + stay if likely >= least else 0 for least, stay in zip(THRESHOLDS, stays, strict=True)]
    ends[-1] = one.last + stays[-1]  # the promise of level 4: one message lists its sender
    if is_broken_into(one):
        _extend(ends, one.at + _lasts(one.recent_spam, RECENT_SPAM, RECENT), stays, one.last)
    return _longest(one.until, _ordered(ends))


def after_report(path: Path, at: int, source: str, weight: float = 1.0, recall: float = 1.0) -> Path:
    """Return the path after a report of spam. `recall` is the share of spam that this reporter's filter finds.

    `weight` is that of the reporter's word; without any it is no report, and the path stays the same. Raise KeyError
    for a source without a weight; "filter" is one with.
    """
    is_filter = source == FILTER
    spam = weight / recall if is_filter else WEIGHTS[source] * weight
    if spam <= 0:
        return path
    one = faded(path.sender, at)
    if source == COMPLAINT:
        spam = min(spam, COMPLAINTS_A_DAY)  # one that weighs more than a whole day may stand alone
        if one.day_complaints + spam > COMPLAINTS_A_DAY + ROUNDING:
            return path
        one = one._replace(day_complaints=one.day_complaints + spam)
    seen, given = weight if is_filter else 0.0, 0.0
    nodes, hours = path.nodes, path.hours
    if source == COMPLAINT:  # it speaks of its sender alone: whoever brings many about must not list a network
        nodes = (*nodes[:-1], _spammed(nodes[-1], WORLD, at, 0.0, 0.0, path.name))
    else:
        given = min(spam, max(SPAM_A_DAY - one.day_spam, 0.0))
        nodes = spammed_above(nodes, at, given, seen * given / spam, path.name)
        hours = _hours(hours, at, spam=min(given, 1.0), seen=min(given, 1.0))
    if one.passed and source != COMPLAINT:  # nor may it close the way for others
        hours = hours._replace(passed_spam=hours.passed_spam + 1)
    one = one._replace(
        spam=one.spam + spam, seen=one.seen + seen, recent_spam=one.recent_spam + min(spam, weight),
        recent_seen=one.recent_seen + min(spam, weight), day_spam=one.day_spam + given,
        last=max(one.last, at), waits=0, passed=False,
        found=one.found + seen, trapped=max(one.trapped, at) if source == TRAP else one.trapped,
    )  # fmt: skip
    found = path._replace(sender=one, nodes=nodes, hours=hours)
    return listed_until(found, at, own_ends(found))


def listed_until(path: Path, at: int, until: Times) -> Path:
    """Return the path with its sender listed until then by each level; count a listing that begins at the default."""
    one = path.sender
    began = one.until[DEFAULT] <= at < until[DEFAULT]
    return path._replace(sender=one._replace(until=until, times_listed=one.times_listed + began))


def joined(one: Sender, other: Sender) -> Sender:
    """Return what two have seen of the same address together, as of the later; what they listed stays with the first.

    Bounds of a day are those of the first.
    """
    at = max(one.at, other.at)
    one, more = faded(one, at), faded(other, at)
    return one._replace(
        spam=one.spam + more.spam, seen=one.seen + more.seen, recent_spam=one.recent_spam + more.recent_spam,
        recent_seen=one.recent_seen + more.recent_seen, last=max(one.last, more.last), day_complaints=0.0,
    )  # fmt: skip


def after_clean(path: Path, at: int, messages: float = 1.0) -> Path:
    """Return the path after messages that a filter has looked at and found clean; who passed passes on."""
    one = faded(path.sender, at)
    given = min(messages, max(CLEAN_A_DAY - one.day_clean, 0.0))
    hours = _hours(path.hours, at, seen=given)
    if one.passed and one.clean < ONCE:  # whoever passed speaks once in a week for those who do
        hours = hours._replace(passed_clean=hours.passed_clean + 1)
    one = one._replace(
        seen=one.seen + messages, recent_seen=one.recent_seen + messages, day_clean=one.day_clean + given,
        clean=one.clean + messages, waits=0,
    )  # fmt: skip
    return path._replace(sender=one, nodes=seen_above(path.nodes, at, given), hours=hours)


def after_question(path: Path, at: int, asked: float) -> Path:
    """Return the path after a connection that asked. `asked` is what one weighs, of a message that was looked at.

    An address counts once a day, and for the steps above it alone: questions are free, and rate nobody.
    """
    one, nodes, hours = path.sender, path.nodes, path.hours
    if at - one.asked < DAY:
        return path
    before = hours.day_asked * left(at - hours.at, DAY)
    given = min(asked, max(ASKED_A_DAY - before, 0.0))
    hours = _hours(hours, at, seen=given)
    hours = hours._replace(day_asked=before + given)
    near, wide, *above = nodes
    counted = [_node(node, step, at, seen=given) for step, node in enumerate((near, wide), NEAR)]
    counted += [_asked(node, step, at, given) for step, node in enumerate(above, PROVIDER)]
    return path._replace(sender=one._replace(asked=at), nodes=tuple(counted), hours=hours)


def after_deferral(path: Path, at: int) -> Path:
    """Return the path after its sender came where its networks alone list it: at first it waits, and then it passes."""
    waits = path.sender.waits or at
    passed = path.sender.passed or at - waits >= RETRY
    return path._replace(sender=path.sender._replace(waits=waits, passed=passed))


def seen_above(nodes: tuple[Node, ...], at: int, messages: float) -> tuple[Node, ...]:
    """Return the steps above a sender after messages that were seen, and no spam."""
    return tuple(_node(node, step, at, seen=messages) for step, node in enumerate(nodes, NEAR))


def is_hot(path: Path) -> bool:
    """Tell whether its network has sent next to nothing but spam in its last hours, and the sender has no own name."""
    hours = path.hours
    return hours.spam >= HOT_SPAM and hours.spam >= HOT_SHARE * hours.seen and path.sender.clean < OWN_NAME


def is_closed(hours: Hours) -> bool:
    """Tell whether those who came again in a network, and passed for it, turned out to send spam."""
    passed = hours.passed_spam + hours.passed_clean
    return hours.passed_spam >= PASSED_SPAM and hours.passed_spam >= PASSED_SHARE * passed


def is_broken_into(one: Sender) -> bool:
    """Tell whether an address has sent mostly spam lately, whatever its name was before.

    Clean mail can be sent to buy room for spam: beyond a number, it buys little.
    """
    clean = max(one.recent_seen - one.recent_spam, 0.0)
    counted = min(clean, RECENT_CLEAN) + BEYOND * max(clean - RECENT_CLEAN, 0.0)
    return one.recent_spam >= RECENT_SPAM and one.recent_spam >= RECENT_SHARE * (one.recent_spam + counted)


def faded(one: Sender, at: int) -> Sender:
    """Return what was seen of an address, as of `at`; what comes late counts as of the newest."""
    age = at - one.at
    if age <= 0:
        return one
    long, lately, day = left(age, HALF_LIVES[ADDRESS]), left(age, RECENT), left(age, DAY)
    return one._replace(
        at=at, spam=one.spam * long, seen=one.seen * long, recent_spam=one.recent_spam * lately,
        recent_seen=one.recent_seen * lately, day_spam=one.day_spam * day, day_clean=one.day_clean * day,
        day_complaints=one.day_complaints * day, clean=one.clean * left(age, CLEAN_HALF_LIFE),
        found=one.found * long,
    )  # fmt: skip


def _node(node: Node, step: int, at: int, spam: float = 0.0, seen: float = 0.0) -> Node:
    age = at - node.at
    fading = left(age, HALF_LIVES[step])
    return node._replace(at=max(at, node.at), spam=node.spam * fading + spam, seen=node.seen * fading + seen)


def spammed_above(nodes: tuple[Node, ...], at: int, spam: float, seen: float, by: str) -> tuple[Node, ...]:
    """Return the steps above a sender after spam of it, of which so much was seen by a filter."""
    return tuple(_spammed(node, step, at, spam, seen, by) for step, node in enumerate(nodes, NEAR))


def _asked(node: Node, step: int, at: int, messages: float) -> Node:
    """A step that many networks share, after questions: these alone never make its spam less than a usual share."""
    node = _node(node, step, at)
    most = max(node.spam / ASKED_SHARE[step] - node.seen, 0.0)
    return node._replace(seen=node.seen + min(messages, most))


def _spammed(node: Node, step: int, at: int, spam: float, seen: float, by: str) -> Node:
    node = _node(node, step, at, spam, seen)
    if node.by == by:
        return node._replace(last=max(node.last, at))
    if at < node.last:  # it comes late
        return node._replace(other=max(node.other, at))
    return node._replace(last=at, by=by, other=node.last)


def _hours(hours: Hours, at: int, spam: float = 0.0, seen: float = 0.0) -> Hours:
    fading = left(at - hours.at, HOT)
    _, before, seen_before, passed_spam, passed_clean, day_asked = hours
    return Hours(
        max(at, hours.at), before * fading + spam, seen_before * fading + seen,
        passed_spam * fading, passed_clean * fading, day_asked * left(at - hours.at, DAY),
    )  # fmt: skip


def _newest(path: Path) -> int:
    """The newest spam that the estimate knows of: between two pieces of spam, time changes no estimate."""
    return max(path.sender.last, *(node.last for node in path.nodes))


def _fresh(path: Path) -> int:
    """The newest spam of others in the networks around a sender: two of them, for no sender alone lists its network.

    What two installations have seen there, or one and we ourselves, is spam of two, too.
    """
    around = zip((NEAR, WIDE), path.others, strict=True)
    return max(_fresh_at(path.nodes[step - 1], path.name, said) for step, said in around)


def _fresh_at(node: Node, name: str, said: Others) -> int:
    own = node.newest_but(name) if is_of_two(node) or said.newest > NEVER else NEVER
    return max(own, said.newest)


def is_of_two(node: Node) -> bool:
    """Tell whether two senders have sent spam lately in a step: no single one speaks for it."""
    return node.other > NEVER and node.last - node.other <= TOGETHER


def _provider(path: Path) -> float:
    """What a provider's own sums say of its senders, where they hold enough to say anything."""
    node = path.nodes[PROVIDER - 1]
    if not path.has_provider or node.spam < PROVIDER_SPAM or not is_of_two(node):
        return 0.0
    return node.spam / (max(node.spam, node.seen) + PROVIDER_LEAN)


def _extend(ends: list[int], until: int, stays: Times, since: int) -> None:
    """List at the levels from the default one on until then, and for no longer than each level's stay."""
    for place in range(DEFAULT, LEVELS):
        ends[place] = max(ends[place], min(until, since + stays[place]))


def _ordered(ends: list[int]) -> Times:
    """What is listed at a level is listed at the next one."""
    one = max(ends[0], 0)
    two = max(ends[1], one)
    three = max(ends[2], two)
    return one, two, three, max(ends[3], three)


def _longest(some: Times, others: Times) -> Times:
    one, two, three, four = map(max, some, others)
    return one, two, three, four


def _lasts(sum_now: float, least: float, half_life: int) -> int:
    """Seconds until a sum that fades has come down to the least one that counts."""
    return int(half_life * math.log2(sum_now / least)) if sum_now > least else 0


def left(age: int, half_life: int) -> float:
    """Return what is left of a sum after so many seconds; all of it where they are none."""
    return math.exp2(-age / half_life) if age > 0 else 1.0
