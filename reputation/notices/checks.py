"""What is worth an alert: looked for regularly, in what is loaded and in the tables. It does not own the alerts' state.

A kind of alert is a finder and its row in KINDS, at the end: the check, and the words on the screen, in letters and in
the help follow from the row. A finder returns what it finds now, by organization (None: for the operator) and subject,
with a sentence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from peewee import fn

from reputation import faults
from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.nested import NestedNetworks
from reputation.clock import FAULT, Clock, was_within
from reputation.counting import precision, quotas, turned_away
from reputation.notices import alerts, looking
from reputation.publisher import damaged_lists, damaged_origins
from reputation.store.models import (
    CodeNetwork,
    Feed,
    MailServer,
    OtherHour,
    SpamReport,
)
from reputation.verdict.counters import ELSEWHERE, HOUR
from reputation.verdict.snapshot import Snapshot, expanded
from reputation.verdict.zones import DATABASE_NAMES

Found = dict[tuple[int | None, str], str]

CLOCK = FAULT
FEED_PRECISION = "feed precision"
ELSEWHERE_NAMED = 3  # networks in an alert
DAY = 24 * HOUR
DAMAGED = damaged_lists.FAULT.rstrip(":"), damaged_origins.FAULT  # kinds of faults that have an alert of their own
LASTING = 120  # seconds after which a fault is told that has no kind of alert of its own


class CheckContext(NamedTuple):
    """What finders look at; there is no snapshot before the first one is published."""

    snapshot: Snapshot | None
    clock: Clock
    now: int


class AlertKind(NamedTuple):
    """A kind of alert: its key in the store, its words, its part of the help, and how it is looked for.

    `find` returns None where it cannot tell; a kind without `find` is raised where it happens, by
    `alerts.raise_event`. What does not last is told once a day for the same subject. `for_operator`: it belongs to no
    organization.
    """

    name: str
    title: str
    help: str
    find: Callable[[CheckContext], Found | None] | None = None
    lasts: bool = True
    for_operator: bool = False


def listed_servers(snapshot: Snapshot, now: int) -> Found:
    """Find own mail servers that a feed or one of our own listings lists."""
    found: Found = {}
    for row in MailServer.select():
        reason = listed_in(snapshot, parse_network(row.network), now)
        if reason:
            text = f"Your mail server {row.network} is listed in {reason}. Check whether it sends spam."
            found[row.organization_id, row.network] = text
    return found


def listed_in(snapshot: Snapshot, network: Network, now: int) -> str:
    """Return `the standard database: <reason>` for the first listed address of a network; "" where none is listed."""
    for name, listed in zip(DATABASE_NAMES, (snapshot.standard, snapshot.dynamic), strict=True):
        for inside in (listed.feeds.inside, listed.own_inside):
            found = next(inside(network, now), None)
            if found is not None:
                reason = expanded(found.entries[0].reason, Address(network.version, found.first))
                return f"the {name} database: {reason}"
    return ""


def evidence(now: int) -> Found:
    """Find own mail servers in spam reports of the last day. Its people should know, listed or not."""
    servers = _servers()
    rows = SpamReport.select(SpamReport.address).where(SpamReport.reported_at > now - DAY).distinct().tuples()
    return {
        (owner, text): f"Your mail server {text} is named by spam reports of the last day: look for what sends there."
        for (address,) in (rows if servers else ())
        for owner, text in servers.around(parse_network(address))
    }


def held_feeds() -> Found:
    """Find feeds whose list is held until a person agrees."""
    rows = Feed.select().where((Feed.status == "held") & ~Feed.paused)
    return {(None, row.name): f"Feed {row.name}: {row.message}" for row in rows}


def imprecise_feeds(now: int) -> Found:
    """Find feeds that are certainly less often right than they were, or than a list that refuses mail should be."""
    return {(None, one.name): one.text for one in precision.fallen(now)}


def unknown_codes(now: int) -> Found:
    """Find networks of an organization's own mail servers that asked under an unknown code in the last two hours."""
    since = now - now % HOUR - HOUR
    rows = OtherHour.select(OtherHour.network, fn.SUM(OtherHour.packets).alias("packets"))
    rows = rows.where((OtherHour.kind == "unknown code") & (OtherHour.hour >= since)).group_by(OtherHour.network)
    askers = [(parse_network(row.network), row.packets) for row in rows if row.network]
    servers = _servers()
    return {
        (owner, str(asker)): (
            f"{asker}, where your mail server {text} is, asked {packets} times under an activation code that is "
            "unknown, ended or revoked. It is answered as if nothing were listed: check the code."
        )
        for asker, packets in askers
        for owner, text in servers.touching(asker)
    }


def used_up_quotas(now: int) -> Found:
    """Find organizations that have used up today's quota: their people should know, and the operator."""
    found: Found = {}
    for one in quotas.pressed(now):
        if one.over_at is None:
            continue
        day, at = _day(now), f"{time.strftime('%H:%M', time.gmtime(one.over_at))} UTC"
        quota = f"{one.quota:,} connections"
        found[one.organization_id, day] = (
            f"Your daily quota of {quota} was used up at {at}. Until midnight UTC nobody is listed for your mail "
            "servers, so that all mail passes. Ask the operator for a higher quota."
        )
        found[None, f"{day} {one.organization}"] = (
            f"{one.organization} used up its daily quota of {quota} at {at}. Until midnight UTC nobody is listed for "
            "it. Its page in Organizations has the quota."
        )
    return found


def nearly_used_quotas(now: int) -> Found:
    """Find organizations that have used most of today's quota, and not all."""
    return {
        (one.organization_id, _day(now)): (
            f"{quotas.NEAR} % of your daily quota of {one.quota:,} connections are used. Beyond it nobody is listed "
            "for your mail servers until midnight UTC, so that all mail passes."
        )
        for one in quotas.pressed(now)
        if one.over_at is None
    }


def codes_elsewhere(now: int) -> Found:
    """Find organizations whose codes were used from other networks than theirs in this hour and the one before."""
    since, found = now - HOUR, dict[tuple[int | None, str], str]()
    for (owner,) in CodeNetwork.select(CodeNetwork.organization).distinct().tuples():
        packets = turned_away.total(owner, ELSEWHERE, since)
        if packets:
            some = turned_away.networks(owner, ELSEWHERE, since, ELSEWHERE_NAMED)
            named = ", ".join(one.network for one in some if one.network) or "many"
            found[owner, "activation code"] = (
                f"Your activation code was used from networks that may not use it, such as {named}: {packets:,} "
                "packets, which were answered as an unknown code. If it is a resolver of yours, add its network on "
                "Code Networks; if not, others know the code: replace it."
            )
    return found


def _day(now: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(now))


def _servers() -> NestedNetworks[tuple[int, str]]:
    """Whose mail servers are where: organization and network as it was written."""
    rows = MailServer.select(MailServer.organization, MailServer.network).tuples()
    return NestedNetworks((parse_network(network), (owner, network)) for owner, network in rows)


def clock_jump(clock: Clock) -> Found:
    """Find out whether the clock was set in the last hour."""
    jump = clock.last_jump
    return {(None, jump.way): jump.sentence} if jump else {}


def of_kind(kind: str) -> Found:
    """Find what the room of faults has of one kind."""
    return {(None, fault.subject): fault.sentence for fault in faults.of_kind(kind)}


def other_faults(now: int) -> Found:
    """Find the faults that have stood for a while and are of no kind that has its own row here."""
    known = {kind for kind, _ in looking.LOOKS} - {looking.LETTERS} | {CLOCK, *DAMAGED}
    rest = (fault for fault in faults.standing() if fault.kind not in known)
    return {(None, one.name): one.sentence for one in rest if not was_within(one.since, now, LASTING)}


KINDS = (
    AlertKind(
        "listed server",
        "One of your mail servers is listed",
        "by a feed or by this installation, in either database. Your own rules do not matter here, because others may "
        "ask the same lists.",
        lambda sight: listed_servers(sight.snapshot, sight.now) if sight.snapshot else None,
    ),
    AlertKind(
        "evidence",
        "One of your mail servers appears in spam reports",
        "something there sends spam. Others' reports list it, too, unless the operator has confirmed that it is yours.",
        lambda sight: evidence(sight.now),
    ),
    AlertKind(
        "unknown code",
        "A known network asks under an unknown code",
        "your mail servers ask under a code that was revoked or mistyped. They are answered as if nothing were listed, "
        "so no mail is lost, and no spam is refused.",
        lambda sight: unknown_codes(sight.now),
    ),
    AlertKind(
        ELSEWHERE,
        "An activation code is used from elsewhere",
        "somebody asked under your code from a network that is not among your code networks, and was answered as if "
        "the code were unknown. It is told once a day. Replace the code if you do not know the network.",
        lambda sight: codes_elsewhere(sight.now),
        lasts=False,
    ),
    AlertKind(
        "quota near",
        f"{quotas.NEAR} % of the daily quota are used",
        "beyond the quota nobody is listed for your mail servers until midnight UTC.",
        lambda sight: nearly_used_quotas(sight.now),
    ),
    AlertKind(
        "quota",
        "The daily quota is used up",
        "until midnight UTC nobody is listed for your mail servers, so that all mail passes. The operator is told.",
        lambda sight: used_up_quotas(sight.now),
    ),
    AlertKind(
        "purge",
        "Spam reports were taken back",
        "a source of reports was at fault, and senders that only it had listed are no longer listed.",
        lasts=False,
    ),
    AlertKind(
        "feed failing",
        "A feed fails",
        "its last fetch went wrong. What was loaded before is still served.",
        lambda sight: of_kind(looking.FEED),
        for_operator=True,
    ),
    AlertKind(
        "damaged list",
        "A stored list is damaged",
        "what is stored of a list or of the table of origins cannot be read. The one before it is in use, and it is "
        "fetched anew. If that happens again, the disk or the memory of this machine fails.",
        lambda sight: {(None, subject): text for subject, text in damaged_origins.all_damage().items()},
        for_operator=True,
    ),
    AlertKind(
        "feed held",
        "A feed is held",
        "the fetched list waits until a person accepts it.",
        lambda sight: held_feeds(),
        for_operator=True,
    ),
    AlertKind(
        FEED_PRECISION,
        "A feed is less often right",
        "of the senders that it listed and that your own filters and traps judged in the last 7 days (20 at least), it "
        "is certain that fewer than 95 % sent spam, or that the share fell by two points or more below that of the "
        "four weeks before. For a list of good senders clean mail counts instead. A feed on watch raises none. Put the "
        "feed on watch, or pause it, if it is wrong.",
        lambda sight: imprecise_feeds(sight.now),
        for_operator=True,
    ),
    AlertKind(
        "exchange",
        "The exchange with an installation stands still",
        "nothing was taken from it for a day, it has revoked its key, or nothing can be given. Exchange says why.",
        lambda sight: of_kind(looking.EXCHANGE),
        for_operator=True,
    ),
    AlertKind(
        "mail log",
        "A mail log or mailbox says nothing",
        "a log that is followed or the mailbox of complaints cannot be read, a log is written faster than it is read, "
        "or a thousand of its lines had none of its program. Evidence shows more.",
        lambda sight: of_kind(looking.MAIL_LOG),
        for_operator=True,
    ),
    AlertKind(
        "unpublished",
        "What is served is older than what is stored",
        "a part of it could not be published for what stands in its rows. What was published before is still served, "
        "and the other parts follow. System names the part; the log has more.",
        lambda sight: of_kind(looking.PART),
        for_operator=True,
    ),
    AlertKind(
        "disk",
        "The disk is nearly full",
        "without free space nothing can be counted.",
        lambda sight: of_kind(looking.DISK),
        for_operator=True,
    ),
    AlertKind(
        "fault",
        "Something is not well here",
        "such as a job that fails, letters that the mail server does not take, or a list that cannot be read. It has "
        "lasted for two minutes. System shows all that is not well now.",
        lambda sight: other_faults(sight.now),
        for_operator=True,
    ),
    AlertKind(
        "database",
        "The database was not well",
        "for two minutes or longer it could not be read or written. It is told once it can be again, and once a "
        "day at most.",
        lasts=False,
        for_operator=True,
    ),
    AlertKind(
        CLOCK,
        "The clock has jumped",
        "listings end by this clock, so they last too long or end too early if it is wrong.",
        lambda sight: clock_jump(sight.clock),
        lasts=False,
        for_operator=True,
    ),
)
TITLES = {kind.name: kind.title for kind in KINDS}


def run_checks(
    snapshot: Snapshot | None,
    data: Path,
    clock: Clock,
    now: int,
    sources: Mapping[str, str] | None = None,
    unpublished: Mapping[str, str] | None = None,
) -> str:
    """Check every kind of alert once; return a sentence about new ones, or ""."""
    looking.look(looking.Sight(data, now, sources or {}, unpublished or {}))
    sight = CheckContext(snapshot, clock, now)
    begun = sum(_raise(kind, kind.find(sight), now) for kind in KINDS if kind.find)
    return f"{begun} alerts have begun." if begun else ""


def title_of(name: str) -> str:
    """Return the words for a kind; for one that this version does not know, its key."""
    return TITLES.get(name, name)


def describe() -> str:
    """Return the part of the help page about kinds, as Markdown."""
    return "\n".join(
        f"- **{kind.title}**{' (for the operator)' if kind.for_operator else ''}: {kind.help}" for kind in KINDS
    )


def _raise(kind: AlertKind, found: Found | None, now: int) -> int:
    """How many alerts of this kind have begun."""
    if found is None:
        return 0
    if kind.lasts:
        return alerts.update_current(kind.name, found, now)
    return sum(alerts.raise_event(kind.name, owner, subject, text, now) for (owner, subject), text in found.items())
