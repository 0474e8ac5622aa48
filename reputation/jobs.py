"""The clockwork: a table of jobs, and the scheduler thread that runs them. Each job does one thing and says what.

Expiry is a date in the data, so no answer waits for a job: they write counts, fetch feeds, and sweep.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from apscheduler.events import EVENT_JOB_SUBMITTED
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from reputation.counting import bots, hours, volumes
from reputation.customers import one_time_links, policy, removals
from reputation.insight import query_log, weekly_news
from reputation.intake import escalation, feeds, listing_history, listings, maillog, origins, spam_reports
from reputation.intake.complaints import ComplaintBox
from reputation.notices import (
    alerts,
    checks,
    deliveries,
    digest,
    mailer,
    notifier,
)
from reputation.publisher import Publisher
from reputation.store.db import Store, connected
from reputation.thread_priority import lower_priority
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live

log = logging.getLogger("gatepost.jobs")


@dataclass
class JobContext:
    """What the jobs work on, and the last sentence that each said."""

    store: Store
    publisher: Publisher
    live: Live
    counters: Counters
    log_bounds: query_log.LogBounds = field(default_factory=query_log.LogBounds)
    mail: mailer.SmtpServer = field(default_factory=mailer.SmtpServer)
    data: Path = Path()
    logs: list[maillog.Follower] = field(default_factory=list)
    complaints: ComplaintBox = field(default_factory=ComplaintBox)
    repeat_offenders: str = escalation.PROPOSE
    clock: checks.ClockCheck = field(default_factory=checks.ClockCheck)
    last_result: dict[str, str] = field(default_factory=dict)
    last_result_at: dict[str, int] = field(default_factory=dict)


class Job(NamedTuple):
    """`run` takes the context and the present second. A job that is not `on_every_node` runs on one node of several."""

    name: str
    trigger: IntervalTrigger | CronTrigger
    run: Callable[[JobContext, int], str]
    on_every_node: bool = False


def publish(context: JobContext, now: int) -> str:
    """What another process or node has changed, and without the rules that have just ended."""
    policy.end_rules(now)
    published = context.publisher.catch_up(now)
    return f"Published {', '.join(published)}." if published else ""


def flush(context: JobContext, now: int) -> str:
    """What was counted since the last flush."""
    return hours.flush(context.counters, context.publisher.origins, now, context.log_bounds.sample)


def refresh_feeds(context: JobContext, now: int) -> str:
    """The feeds that are due; those that failed say so on their rows and are tried again at their next turn."""
    refreshed = feeds.refresh_due(now)
    return f"Refreshed {', '.join(f'{one.name} ({one.status})' for one in refreshed)}." if refreshed else ""


def sweep(context: JobContext, now: int) -> str:
    """Own listings that have ended."""
    swept = listings.sweep(now)
    return f"Swept {swept} listings that had ended." if swept else ""


def refresh_origins(context: JobContext, now: int) -> str:
    """The table of countries and ISPs."""
    return origins.refresh(now)


def prune(context: JobContext, now: int) -> str:
    """Counts, alerts, letters, links, former rules and old decisions that nobody looks at any more."""
    return (
        f"Pruned {hours.prune(now)} hours of other packets, {volumes.prune(now)} rows of spam volume, "
        f"{alerts.prune(now)} alerts, {mailer.prune(now)} letters, {one_time_links.prune(now)} links, "
        f"{policy.prune_removed_rules(now)} former rules, {removals.prune(now)} requests for removal and "
        f"{escalation.prune(now)} repeat offenders that were decided."
    )


def prune_evidence(context: JobContext, now: int) -> str:
    """Spam reports and what is remembered of senders, once it weighs nothing; and what is too old to tell."""
    return f"Pruned {spam_reports.prune(now)}, and {listing_history.prune(now)} old events of listings."


def prune_bots(context: JobContext, now: int) -> str:
    """Which addresses were bots in hours that are final, and counts of bots that nobody looks at any more."""
    seen, counts = bots.prune_seen(now), bots.prune(now)
    return f"Pruned {seen} addresses of bots and {counts} hours of them." if seen or counts else ""


def prune_query_log(context: JobContext, now: int) -> str:
    """Rows of the query log that are beyond its bounds."""
    pruned = query_log.prune(context.log_bounds, now)
    return f"Pruned {pruned} rows of the query log." if pruned else ""


def follow_mail_logs(context: JobContext, now: int) -> str:
    """New lines of our mail servers' logs."""
    return maillog.follow(context.logs, now, context.publisher.origins) if context.logs else ""


def read_complaints(context: JobContext, now: int) -> str:
    """The mailbox of complaints."""
    return context.complaints.read_new(now, context.publisher.origins)


def escalate(context: JobContext, now: int) -> str:
    """Repeat offenders."""
    return escalation.propose_or_list(context.repeat_offenders, now)


def run_checks(context: JobContext, now: int) -> str:
    """What is worth an alert."""
    return checks.run_checks(context.live.current, context.data, context.clock, now)


def notify_people(context: JobContext, now: int) -> str:
    """Alerts that have gathered become letters, and messages of the other channels."""
    return notifier.notify(context.mail.portal_url, now)


def send_mail(context: JobContext, now: int) -> str:
    """The letters that are due."""
    return mailer.deliver(context.mail, now)


def send_alerts(context: JobContext, now: int) -> str:
    """The messages of webhooks and other channels that are due."""
    return deliveries.send_due(now)


def write_digests(context: JobContext, now: int) -> str:
    """The week's figures."""
    return digest.write(context.mail.portal_url, now)


def draft_news(context: JobContext, now: int) -> str:
    """A draft of Spam News about the week that has ended; made on Monday, or on the first day that the program runs."""
    return weekly_news.draft(context.publisher.origins, now)


# Trigger objects, not their names: names are looked up in entry points, which an executable does not have.
JOBS = (
    Job("publish", IntervalTrigger(seconds=0.5), publish, on_every_node=True),  # a change is in DNS within a second
    Job("flush counters", IntervalTrigger(seconds=5), flush, on_every_node=True),  # kill -9 costs no more than this
    Job("refresh feeds", IntervalTrigger(seconds=20), refresh_feeds),
    Job("sweep listings", IntervalTrigger(minutes=1), sweep),
    Job(
        "refresh origins",
        CronTrigger(day_of_week="sun", hour=4, minute=17, timezone="UTC", jitter=7200),
        refresh_origins,
    ),
    Job("follow mail logs", IntervalTrigger(seconds=1), follow_mail_logs),
    Job("read complaints", IntervalTrigger(seconds=20), read_complaints),
    Job("repeat offenders", IntervalTrigger(minutes=10), escalate),
    Job("look around", IntervalTrigger(minutes=1), run_checks),
    Job("tell alerts", IntervalTrigger(seconds=20), notify_people),
    Job("send mail", IntervalTrigger(seconds=15), send_mail),
    Job("call webhooks", IntervalTrigger(seconds=15), send_alerts),
    Job(
        "write digests", CronTrigger(hour=7, minute=30, timezone="UTC"), write_digests
    ),  # of a week once: on Monday, or when we run
    Job("draft news", CronTrigger(hour=5, minute=12, timezone="UTC"), draft_news),
    Job("prune query log", IntervalTrigger(minutes=10), prune_query_log),  # a busy day has more rows than are kept
    Job("prune bots", CronTrigger(minute=23, timezone="UTC"), prune_bots),
    Job("prune evidence", CronTrigger(hour=4, minute=2, timezone="UTC"), prune_evidence),
    Job("prune", CronTrigger(hour=3, minute=41, timezone="UTC"), prune),
)


class JobState(NamedTuple):
    """How a job stands: when its next turn is (None while no scheduler runs), and what it last said, when."""

    name: str
    next_at: int | None
    last_result: str
    last_result_at: int | None


class Scheduler:
    """The scheduler thread. `start()` returns when the jobs are planned; `stop()` when the last one has ended."""

    def __init__(
        self, context: JobContext, jobs: tuple[Job, ...] = JOBS, clock: Callable[[], float] = time.time
    ) -> None:
        self.context = context
        self._clock = clock
        # The scheduler's own lines ("tentatively", "max instances reached") say nothing to an operator.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
        # The scheduler's own thread, which tells of each turn, wakes every half second and would take an answer's turn.
        self._scheduler.add_listener(lambda _: lower_priority(), EVENT_JOB_SUBMITTED)
        for job in jobs:
            self._scheduler.add_job(
                self.run, job.trigger, (job,), name=job.name, coalesce=True, max_instances=1, misfire_grace_time=None
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def states(self) -> list[JobState]:
        """Every job, in the order of the table."""
        context = self.context
        return [
            JobState(job.name, _next(job), context.last_result.get(job.name, ""), context.last_result_at.get(job.name))
            for job in self._scheduler.get_jobs()
        ]

    def run(self, job: Job) -> None:
        """One turn of one job; what goes wrong is logged and said, and the next turn comes."""
        lower_priority()
        try:
            alone = contextlib.nullcontext(True) if job.on_every_node else self.context.store.only_one(job.name)
            with connected(), alone as mine:
                sentence = job.run(self.context, int(self._clock())) if mine else ""
        except Exception as error:
            log.exception("%s failed", job.name)
            sentence = f"Failed: {error}"
        if sentence:
            is_news = sentence != self.context.last_result.get(job.name)
            self.context.last_result[job.name] = sentence
            self.context.last_result_at[job.name] = int(self._clock())
            log.log(logging.INFO if is_news and not job.on_every_node else logging.DEBUG, "%s: %s", job.name, sentence)


def _next(job: Any) -> int | None:
    """When the scheduler will run one of its jobs; a scheduler that has not started knows no time yet."""
    at = getattr(job, "next_run_time", None)
    return int(at.timestamp()) if at else None
