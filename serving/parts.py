"""The parts that stand behind DNS, as far as they are built: whoever builds, reloads or ends finds them here."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal import create_app
from portal.app_context import AppContext
from portal.server import Limits, PortalServer
from reputation import compiled, descriptors, settings
from reputation.counting.delivery import Delivery
from reputation.intake import maillog
from reputation.intake import origins as origin_tables
from reputation.intake.complaints import ComplaintBox
from reputation.intake.report_queue import ReportQueue, accept_and_keep_refused
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import UncountedMessages
from reputation.jobs import JOBS, Job, JobContext, Scheduler
from reputation.publisher import Publisher
from reputation.publisher.prepared_files import PreparedFiles
from reputation.settings import Settings
from serving.door import Door

if TYPE_CHECKING:
    from reputation.intake.trap import Trap
    from reputation.store.db import Store


class RunningJobs:
    """Which jobs have a turn at this moment: what hangs at the end is named by them."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}  # by the thread

    def watched(self, job: Job) -> Job:
        """Return the job as one that is seen here while it runs."""

        def run(context: JobContext, now: int) -> str:
            self._names[threading.get_ident()] = job.name
            try:
                return job.run(context, now)
            finally:
                del self._names[threading.get_ident()]

        return job._replace(run=run)

    def told(self) -> str:
        """Return the jobs that run, as the log names them."""
        names = ", ".join(sorted(self._names.values()))
        return f"the job {names}" if names else "the jobs"


@dataclass
class Parts:
    """The parts. What needs the tables is None until they can be read."""

    chosen: Settings
    door: Door
    publisher: Publisher
    uncounted: UncountedMessages
    reports: ReportQueue
    counts: Delivery
    app_context: AppContext
    web: Any  # the portal as a WSGI application
    portal: PortalServer
    keys: TxtRecords = field(default_factory=TxtRecords)
    running: RunningJobs = field(default_factory=RunningJobs)
    store: Store | None = None
    jobs: JobContext | None = None
    scheduler: Scheduler | None = None
    trap: Trap | None = None
    is_open: bool = False  # the portal
    is_announced: bool = False

    def connections(self) -> dict[str, dict[str, int]]:
        """Return the figures of the connections of each door over TCP."""
        doors = {"Portal": self.portal.figures(), "DNS over TCP": self.door.server.tcp_figures()}
        return {**doors, "Trap": self.trap.connections()} if self.trap else doors

    def close_logs(self) -> None:
        """End what runs for the mail logs."""
        if self.jobs is not None:
            maillog.close(self.jobs.logs)


def without_tables(chosen: Settings, door: Door) -> Parts:
    """Build what needs no table: the publisher with what is served already, the queue of reports, and the portal.

    Nothing of it is started.
    """
    found, door.prepared = door.prepared, None
    files = PreparedFiles(chosen.data, chosen.database, found)
    publisher = Publisher(door.live, origin_tables.seed, origin_tables.unpack, chosen.lookup_page, files)
    uncounted = UncountedMessages()
    reports = ReportQueue(accept_and_keep_refused(lambda: publisher.origins, uncounted))
    counts = Delivery(door.counters, chosen.data)
    app_context = _app_context(chosen, door, publisher, reports, uncounted, counts)
    web = create_app(app_context)
    places = descriptors.shares(descriptors.limit()).portal
    portal = PortalServer(web, *chosen.portal, Limits(places, max(1, places // 4)), chosen.portal_proxy)
    parts = Parts(chosen, door, publisher, uncounted, reports, counts, app_context, web, portal)
    app_context.connections = parts.connections
    return parts


def _app_context(
    chosen: Settings,
    door: Door,
    publisher: Publisher,
    reports: ReportQueue,
    uncounted: UncountedMessages,
    counts: Delivery,
) -> AppContext:
    """What screens read, as far as no table is needed for it; nobody is known by its key, which is of this start."""
    return AppContext(
        publisher=publisher,
        live=door.live,
        counts=counts,
        zone=chosen.zone,
        data=chosen.data,
        lookup_url=chosen.public_url,
        dns_addresses=[f"{settings.bracketed(host)}:{port}" for host, port in door.server.addresses],
        name_servers=chosen.nameserver,
        dns_runs="compiled" if compiled.is_compiled() else "interpreted",
        started_at=int(time.time()),
        secret_key=secrets.token_hex(),
        dns_figures=door.server.figures,
        report_figures=reports.figures,
        uncounted_figures=uncounted.rows,
        proxies=chosen.portal_proxy,
    )


def with_tables(parts: Parts, store: Store) -> None:
    """Build what works on the tables: the trap, and the jobs. Nothing of it is started."""
    chosen, context = parts.chosen, parts.app_context
    parts.store = store
    if chosen.trap:  # most installations have none, and need not hold the library of its protocol
        from reputation.intake.trap import Mailboxes, Trap

        domains, address = chosen.trap_domain, chosen.complaint_address
        host = (domains or ("localhost",))[0]
        mailboxes = Mailboxes(domains, address, chosen.all_own_networks, chosen.complaint_reporter, host)
        most = descriptors.shares(descriptors.limit()).trap
        trap = parts.trap = Trap(
            chosen.trap, mailboxes, parts.reports.offer, keys=parts.keys, kept=parts.uncounted, most=most
        )
        context.trap_figures, context.trap_last = lambda: trap.figures, lambda: trap.last_at
    jobs = parts.jobs = _job_context(parts, store)
    parts.scheduler = Scheduler(jobs, tuple(map(parts.running.watched, JOBS)))
    context.jobs = parts.scheduler.states
    context.mailbox_figures = jobs.complaints.figures
    context.log_figures = lambda: maillog.figures(jobs.logs)
    context.log_troubles = lambda now: maillog.troubles(jobs.logs, now)


def _job_context(parts: Parts, store: Store) -> JobContext:
    """What the jobs work on; what of the settings can be read again, reloading.py hands them."""
    chosen, door = parts.chosen, parts.door
    box = ComplaintBox(
        chosen.complaint_mailbox, chosen.all_own_networks, chosen.complaint_reporter, parts.keys, parts.uncounted
    )
    return JobContext(
        store,
        parts.publisher,
        door.live,
        parts.counts,
        data=chosen.data,
        logs=maillog.followers(chosen.mail_log, chosen.all_own_networks, chosen.spam_refusals),
        complaints=box,
        uncounted=parts.uncounted,
    )
