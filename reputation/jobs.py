"""The scheduler: a table of jobs, and the thread that runs them. Each job does one thing and returns a sentence.

Listings end by their date, so no answer waits for a job: jobs write counts, fetch feeds, and clean up.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from reputation import faults
from reputation.clock import Clock, ClockWatch, Jump
from reputation.counting import bots, hours, precision, quotas, volumes, watched
from reputation.counting.delivery import Delivery
from reputation.customers import one_time_links, policy, removals
from reputation.exchange import learning, turns
from reputation.insight import query_log, weekly_news
from reputation.intake import (
    escalation,
    feeds,
    listing_history,
    listings,
    maillog,
    origins,
    protected_senders,
    questions,
    spam_reports,
    times_ahead,
    uncounted,
)
from reputation.intake.complaints import ComplaintBox
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import UncountedMessages
from reputation.notices import (
    alerts,
    checks,
    deliveries,
    digest,
    looking,
    mailer,
    notifier,
)
from reputation.publisher import Publisher
from reputation.scheduling import At, Every, Plan, Trigger
from reputation.store import changes, clock_seen, db, health, trouble
from reputation.store.db import Store, connected
from reputation.thread_priority import lower_priority
from reputation.verdict.live import Live

log = logging.getLogger("gatepost.jobs")

TOLD_EVERY = 600  # seconds after which the log has the whole story of a job's failure again


@dataclass
class JobContext:
    """What the jobs work on, and the last sentence of each."""

    store: Store
    publisher: Publisher
    live: Live
    counts: Delivery
    log_bounds: query_log.LogBounds = field(default_factory=query_log.LogBounds)
    mail: mailer.SmtpServer = field(default_factory=mailer.SmtpServer)
    data: Path = Path()
    logs: list[maillog.Follower] = field(default_factory=list)
    complaints: ComplaintBox = field(default_factory=ComplaintBox)
    uncounted: UncountedMessages = field(default_factory=UncountedMessages)
    records: TxtRecords = field(default_factory=TxtRecords)  # of protected domains
    repeat_offenders: str = escalation.PROPOSE
    exchange_every: int = turns.EVERY  # seconds
    clock: Clock = field(default_factory=Clock)
    origins_source: tuple[str, ...] = ()
    daily_quota: int = 0  # of organizations without one of their own; 0: none
    last_result: dict[str, str] = field(default_factory=dict)
    last_result_at: dict[str, int] = field(default_factory=dict)
    followed_jump: Jump | None = None  # of the clock; what is served was built since
    ended_rules_kept: int = 0  # which a clock that goes back would bring back
    failing_since: dict[str, int] = field(default_factory=dict)  # of the jobs whose last turn has failed


class Job(NamedTuple):
    """A job. `run` takes the context and the present time (Unix seconds).

    A job that is not `on_every_node` runs on one node of several. One that `removes` things for their age takes the
    time that has certainly come: a clock that is wrong for an hour must not cost what is years old. One that
    `needs_database` has no turn while that is away; the others have threads of their own, which no hanging database
    can use up.
    """

    name: str
    trigger: Trigger
    run: Callable[[JobContext, int], str]
    on_every_node: bool = False
    removes: bool = False
    needs_database: bool = True


def publish(context: JobContext, now: int) -> str:
    """Publish what another process or node has changed, and remove the rules that have just ended."""
    certain = _certain(context, now)
    policy.end_rules(certain)
    _follow_jump(context, certain, now)
    published = context.publisher.catch_up(now)
    return f"Published {', '.join(published)}." if published else ""


def _certain(context: JobContext, now: int) -> int:
    """The time that has certainly come, as far as this program and the one before it have seen the clock."""
    if not context.clock.is_resumed:
        context.clock.resume(clock_seen.last(), now)
    return context.clock.certain(now)


def _follow_jump(context: JobContext, certain: int, now: int) -> None:
    """Let what was built before the clock was set be built anew: what has ended by it is not what had ended then.

    Rules that have ended by it, but not certainly, are kept, and no policy that is built has them.
    """
    jump, parts = context.clock.last_jump, set[str]()
    if jump is not None and jump != context.followed_jump:
        parts |= {changes.POLICIES, changes.DYNAMIC_FEEDS, changes.STANDARD_FEEDS}
    kept = policy.count_ended(certain, now) if certain < now else 0
    if kept > context.ended_rules_kept:
        parts.add(changes.POLICIES)
    if parts:
        with db.write():
            for part in sorted(parts):
                changes.record_change(part, now)
    context.followed_jump, context.ended_rules_kept = jump or context.followed_jump, kept


def merge(context: JobContext, now: int) -> str:
    """Build the large layers of our own listings with what has changed since."""
    seconds = context.publisher.merge_listings(now)
    return f"Built all listings anew, {seconds:.1f} s." if seconds else ""


def keep_prepared(context: JobContext, now: int) -> str:
    """Write what is served for the next start, as far as it has changed."""
    written = context.publisher.keep(now)
    return f"Kept {', '.join(written)} for the next start." if written else ""


def flush(context: JobContext, now: int) -> str:
    """Write what was counted since the last flush, count it as evidence, and see who has used up the daily quota."""
    said = flush_counts(context.counts, context.publisher, context.log_bounds.sample, now)
    with connected():
        return f"{said} {quotas.follow(context.daily_quota, now)}".rstrip()


def flush_counts(counts: Delivery, publisher: Publisher, sample: int, now: int) -> str:
    """Write what was counted since the last flush, and count it as evidence; the last time is when DNS has stopped."""
    known = publisher.origins
    counted = partial(questions.count, origins=known, now=now, sample=sample)
    return hours.flush(counts, known, now, sample, publisher.live.current, counted)


def flush_at_the_end(
    counts: Delivery,
    kept: UncountedMessages,
    publisher: Publisher,
    sample: int,
    now: int,
    seconds: float,
) -> str:
    """Keep on disk what was counted, and give the database so many seconds for it; return a sentence."""

    def flush() -> str:
        said = flush_counts(counts, publisher, sample, now)
        with connected():
            kept.write()
        return said

    return counts.finish(flush, now, seconds)


def keep_counts(context: JobContext, now: int) -> str:
    """Keep on disk what is counted while the database hangs."""
    waiting = context.counts.keep(now)
    return f"The database does not answer: {waiting} batches of counts wait on disk." if waiting else ""


def refresh_feeds(context: JobContext, now: int) -> str:
    """Refresh the feeds that are due.

    Those that fail keep the reason in their rows and are tried again at their next turn.
    """
    refreshed = feeds.refresh_due(now)
    return f"Refreshed {', '.join(f'{one.name} ({one.status})' for one in refreshed)}." if refreshed else ""


def sweep(context: JobContext, now: int) -> str:
    """Remove our own listings that have ended, put back what is from a time to come, and forget who only asked."""
    said = []
    certain = _certain(context, now)
    if context.clock.is_believed(now) and (late := times_ahead.put_back(now)):
        log.warning("The clock was ahead: %d rows were from a time to come, and count as of now.", late)
        said.append(f"Put back {late} rows from a time to come: check the clock.")
    if forgotten := questions.bound(now):
        said.append(f"Forgot {forgotten} senders that only asked, beyond {questions.MOST_KEPT:,}.")
    if swept := listings.sweep(certain):
        said.append(f"Swept {swept} listings that had ended.")
    clock_seen.note(certain)
    return " ".join(said)


def refresh_origins(context: JobContext, now: int) -> str:
    """Fetch the table of countries and ISPs, if it has changed."""
    return origins.refresh(now, context.origins_source)


def replace_damaged_origins(context: JobContext, now: int) -> str:
    """Fetch the table of countries and ISPs anew, where the stored one is damaged."""
    return origins.replace_damaged(now, context.origins_source)


def prune(context: JobContext, now: int) -> str:
    """Remove counts, alerts, letters, links, former rules and old decisions that nobody needs any more."""
    return (
        f"Pruned {hours.prune(now)} hours of other packets, {volumes.prune(now)} rows of spam volume, "
        f"{alerts.prune(now)} alerts, {mailer.prune(now)} letters, {one_time_links.prune(now)} links, "
        f"{policy.prune_removed_rules(now)} former rules, {removals.prune(now)} requests for removal and "
        f"{escalation.prune(now)} repeat offenders that were decided."
    )


def prune_evidence(context: JobContext, now: int) -> str:
    """Remove spam reports, senders' states and peers' words without any weight left, and old events of listings."""
    return (
        f"Pruned {spam_reports.prune(now)}, {uncounted.prune(now)} messages that counted for nobody, "
        f"{precision.prune(now)} senders that were judged, {watched.prune(now)} days of feeds and "
        f"{listing_history.prune(now)} old events of listings; {learning.prune(now)} words of peers."
    )


def rank_isps(context: JobContext, now: int) -> str:
    """Store the ranks of the weeks that are over."""
    changed = volumes.store_ranks(now)
    return f"Ranked the ISPs of the weeks that are over: {changed} ranks are new." if changed else ""


def prune_bots(context: JobContext, now: int) -> str:
    """Remove the addresses of bots in hours that are final, and old counts of bots."""
    seen, counts = bots.prune_seen(now), bots.prune(now)
    return f"Pruned {seen} addresses of bots and {counts} hours of them." if seen or counts else ""


def prune_query_log(context: JobContext, now: int) -> str:
    """Remove rows of the query log that are beyond its bounds."""
    pruned = query_log.prune(context.log_bounds, now)
    return f"Pruned {pruned} rows of the query log." if pruned else ""


def follow_mail_logs(context: JobContext, now: int) -> str:
    """Read the new lines of our mail servers' logs."""
    return maillog.follow(context.logs, now, context.publisher.origins) if context.logs else ""


def read_complaints(context: JobContext, now: int) -> str:
    """Read the mailbox of complaints."""
    return context.complaints.read_new(now, context.publisher.origins)


def keep_uncounted(context: JobContext, now: int) -> str:
    """Write down the messages that counted for nobody, for people to read."""
    kept = context.uncounted.write()
    return f"Kept {kept} messages that count for nobody." if kept else ""


def look_up_protected(context: JobContext, now: int) -> str:
    """Look up the networks of protected domains that are due; those that fail keep the networks of before."""
    done = protected_senders.refresh_due(now, context.records)
    failed = [one.name for one in done if one.refreshed_at != now]
    said = f" No answer: {', '.join(failed)}; what was found before still counts." if failed else ""
    return f"Looked up {len(done)} protected senders.{said}" if done else ""


def give_to_exchange(context: JobContext, now: int) -> str:
    """Make a batch of what we have seen since the last one, and learn of the peers by it."""
    return turns.give(context.data, now, context.exchange_every)


def take_from_exchange(context: JobContext, now: int) -> str:
    """Take the new batches of the peers whose turn it is."""
    return turns.take(now, context.exchange_every, origins=context.publisher.origins)


def escalate(context: JobContext, now: int) -> str:
    """Propose or list repeat offenders."""
    return escalation.propose_or_list(context.repeat_offenders, now)


def run_checks(context: JobContext, now: int) -> str:
    """Run the checks for alerts."""
    sight = _sight(context, now)
    return checks.run_checks(context.live.current, context.data, context.clock, now, sight.sources, sight.unpublished)


def _sight(context: JobContext, now: int) -> looking.Sight:
    sources = maillog.troubles(context.logs, now) | context.complaints.troubles()
    unpublished = {name: part.told for name, part in context.publisher.failed.items()}
    return looking.Sight(context.data, now, sources, unpublished)


def notify_people(context: JobContext, now: int) -> str:
    """Write letters, and messages of the other channels, about the alerts that were gathered."""
    return notifier.notify(context.mail.portal_url, now)


def send_mail(context: JobContext, now: int) -> str:
    """Send the letters that are due."""
    return mailer.deliver(context.mail, now)


def send_alerts(context: JobContext, now: int) -> str:
    """Send the messages of webhooks and other channels that are due."""
    return deliveries.send_due(now)


def write_digests(context: JobContext, now: int) -> str:
    """Write the weekly letters with the figures of the last week, once."""
    return digest.write(context.mail.portal_url, now)


def draft_news(context: JobContext, now: int) -> str:
    """Draft Spam News about the week that has ended, on Monday or on the first day that the program runs."""
    return weekly_news.draft(context.publisher.origins, now)


def watch_database(context: JobContext, now: int) -> str:
    """See whether the database can be read and written; once it can again, tell that it was away for long."""
    stood = [fault for fault in faults.standing() if fault.name in (trouble.DATABASE, trouble.WRITES)]
    health.look(now)
    over = [fault for fault in stood if not faults.of_kind(fault.name) and now - fault.since >= checks.LASTING]
    for fault in over:  # nothing could be told meanwhile
        text = f"The database was not well for {(now - fault.since) // 60} min, and is again. {fault.sentence}"
        alerts.raise_event("database", None, fault.name, text, now)
    return "The database is well again." if over else ""


def look_for_faults(context: JobContext, now: int) -> str:
    """Tell the room of faults what is not well in the tables and on this machine."""
    looking.look(_sight(context, now))
    return ""


# Trigger objects, not their names: names are looked up in entry points, which an executable does not have.
JOBS = (
    Job("publish", Every(seconds=0.5), publish, on_every_node=True),  # a change is in DNS within a second
    Job("merge listings", Every(seconds=10), merge, on_every_node=True),
    Job("keep prepared", Every(seconds=10), keep_prepared, on_every_node=True),
    # kill -9 costs no more than what is counted between two of them, whatever the database does.
    Job("flush counters", Every(seconds=5), flush, on_every_node=True, needs_database=False),
    Job("keep counts", Every(seconds=5), keep_counts, on_every_node=True, needs_database=False),
    Job("refresh feeds", Every(seconds=20), refresh_feeds),
    Job("sweep listings", Every(minutes=1), sweep),
    Job(
        "refresh origins",
        At(day_of_week="sun", hour=4, minute=17, spread=7200),
        refresh_origins,
    ),
    Job("replace damaged origins", Every(minutes=5), replace_damaged_origins),
    Job("follow mail logs", Every(seconds=1), follow_mail_logs),
    Job("read complaints", Every(seconds=20), read_complaints),
    Job("keep uncounted", Every(seconds=5), keep_uncounted, on_every_node=True),
    Job("look up protected", Every(seconds=20), look_up_protected),
    Job("give to exchange", Every(seconds=5), give_to_exchange),
    Job("take from exchange", Every(seconds=5), take_from_exchange),
    Job("repeat offenders", Every(minutes=10), escalate),
    Job("watch database", Every(seconds=5), watch_database, on_every_node=True),
    Job("look for faults", Every(seconds=20), look_for_faults, on_every_node=True, needs_database=False),
    Job("look around", Every(minutes=1), run_checks),
    Job("tell alerts", Every(seconds=20), notify_people),
    Job("send mail", Every(seconds=15), send_mail),
    Job("call webhooks", Every(seconds=15), send_alerts),
    Job("write digests", At(hour=7, minute=30), write_digests),  # of a week once: on Monday, or when we run
    Job("draft news", At(hour=5, minute=12), draft_news),
    Job("rank isps", At(minute=1), rank_isps),  # on Monday at 0:01 those of the week before
    Job("prune query log", Every(minutes=10), prune_query_log, removes=True),  # a busy day has more rows than are kept
    Job("prune bots", At(minute=23), prune_bots, removes=True),
    Job("prune evidence", At(hour=4, minute=2), prune_evidence, removes=True),
    Job("prune", At(hour=3, minute=41), prune, removes=True),
)


class JobState(NamedTuple):
    """The state of a job: its next turn (None while no scheduler runs), its last sentence, and when (Unix seconds).

    `failing_since` is None where its last turn did not fail.
    """

    name: str
    next_at: int | None
    last_result: str
    last_result_at: int | None
    failing_since: int | None = None


class Scheduler:
    """The scheduler thread, and beside it the one that looks at the clock."""

    def __init__(
        self, context: JobContext, jobs: tuple[Job, ...] = JOBS, clock: Callable[[], float] = time.time
    ) -> None:
        self.context = context
        self._jobs, self._clock = jobs, clock
        self._plan = Plan()
        self._watch = ClockWatch(context.clock, self.follow_clock)
        self._told_at: dict[str, int] = {}  # when the log had the whole story of a job's failure
        for job in jobs:
            self._plan.add(job.name, job.trigger, self.run, job, is_apart=not job.needs_database)

    def start(self) -> None:
        """Start the threads; the jobs are planned when this returns."""
        self._plan.start()
        self._watch.start()

    def stop(self) -> None:
        """Stop the threads, and wait until the last running job has ended."""
        self._watch.stop()
        self._plan.stop()

    def follow_clock(self, moved: float) -> None:
        """Keep the plan and what is told of it right where the clock was set by so many seconds."""
        now = self._clock()
        self._plan.follow(moved, datetime.fromtimestamp(now, UTC))
        told = self.context.last_result_at
        for name, at in list(told.items()):
            told[name] = min(at, int(now))

    def states(self) -> list[JobState]:
        """Return the state of every job, in the order of the table."""
        context, turns = self.context, self._plan.next_turns()
        return [
            JobState(
                job.name,
                turns.get(job.name),
                context.last_result.get(job.name, ""),
                context.last_result_at.get(job.name),
                context.failing_since.get(job.name),
            )
            for job in self._jobs
        ]

    def run(self, job: Job) -> None:
        """Run one turn of one job.

        A fault becomes the job's sentence and stands in the room of faults until a turn succeeds; the next turn comes
        all the same.
        """
        lower_priority()
        now = int(self._clock())
        try:
            alone = contextlib.nullcontext(True) if job.on_every_node else self.context.store.only_one(job.name)
            database = connected() if job.needs_database else contextlib.nullcontext()
            with database, alone as mine:
                at = _certain(self.context, now) if job.removes else now
                sentence = job.run(self.context, at) if mine else ""
        except Exception as error:
            self._keep(job, self._failed(job, error))
        else:
            if sentence:
                self._say(job, sentence)
            elif job.name in self.context.failing_since:
                self._keep(job, "It works again.")
            self.context.failing_since.pop(job.name, None)
            faults.gone(f"job:{job.name}", int(self._clock()))

    def _failed(self, job: Job, error: Exception) -> str:
        """Tell that a turn has failed: of the database that it is not well, of anything else now and then all of it."""
        now, sentence = int(self._clock()), f"Failed: {error}"
        self.context.failing_since.setdefault(job.name, now)
        if found := health.tell(error, now):
            return f"Failed: {found.remedy}"
        if abs(now - self._told_at.get(job.name, now - TOLD_EVERY)) >= TOLD_EVERY:
            self._told_at[job.name] = now
            log.error("%s failed", job.name, exc_info=error)
        faults.raised(f"job:{job.name}", f"The job {job.name} failed: {error}", now)
        return sentence

    def _say(self, job: Job, sentence: str) -> None:
        is_news = sentence != self.context.last_result.get(job.name)
        self._keep(job, sentence)
        log.log(logging.INFO if is_news and not job.on_every_node else logging.DEBUG, "%s: %s", job.name, sentence)

    def _keep(self, job: Job, sentence: str) -> None:
        self.context.last_result[job.name] = sentence
        self.context.last_result_at[job.name] = int(self._clock())
