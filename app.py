"""Gatepost: MTAs ask it by DNS about each connecting address, people use its portal.

This is the composition root, and reads as the table of contents of the program: the commands and where each is, then
`serve`, which is what it does when told nothing else: each part is built, handed to the next, and stopped in reverse.
What only `serve` needs is imported where it builds it, so that no other command waits for it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import ROOT, fail, make_data_folder, refusing, setting_options
from commands.loading import Commands
from reputation import compiled, descriptors, log_throttle, memory, settings
from reputation.handover import Place, Predecessor
from reputation.store import driver
from reputation.version import VERSION

if TYPE_CHECKING:
    from dnsd.resolver import Resolver
    from dnsd.server import DnsServer
    from dnsd.sockets import BoundSockets
    from portal.app_context import AppContext
    from portal.server import PortalServer
    from reputation.counting.delivery import Delivery
    from reputation.counting.query_log import LogBounds
    from reputation.intake.trap import Mailboxes, Trap
    from reputation.intake.uncounted import UncountedMessages
    from reputation.jobs import JobContext
    from reputation.publisher import Publisher
    from reputation.store.db import Store
    from reputation.verdict.counters import Counters
    from reputation.verdict.live import Live
    from reputation.verdict.prepared import Prepared

# Beside `serve`, and where each is: a module is imported when its command is asked for (commands/loading.py).
COMMANDS = {
    "organization": "commands.organizations:organization",
    "user": "commands.organizations:user",
    "code": "commands.codes:code",
    "feed": "commands.feeds:feed",
    "listing": "commands.rules:listing",
    "rule": "commands.rules:rule",
    "check": "commands.check:check",
    "report": "commands.reports:report",
    "purge": "commands.reports:purge",
    "trap": "commands.messages:trap",
    "complaints": "commands.messages:complaints",
    "logs": "commands.logs:logs",
    "import": "commands.imports:import_file",
    "server": "commands.exemptions:server",
    "protect": "commands.exemptions:protect",
    "origins": "commands.origins:origins",
    "zone": "commands.zone:zone",
    "exchange": "commands.exchange:exchange",
    "selftest": "commands.selftest:selftest",
    "demo": "commands.demo:demo",
}

ENDINGS = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger("gatepost")


class Program(click.Group):
    """The command group; without a command it is `serve`, so that `gatepost --zone rep.example.org` serves."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; put `serve` in front where it names no command."""
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Program, commands=Commands(COMMANDS))
@click.version_option(VERSION, prog_name="gatepost")
def main() -> None:
    """Run a self-hosted email reputation service. Without a command it runs `serve`."""


@main.command()
@click.option("--take-over", is_flag=True, help="Take the place of the program that serves this data folder.")
@setting_options()
def serve(take_over: bool, **flags: Any) -> None:
    """Answer MTAs by DNS and people in the portal, until SIGTERM or Ctrl-C."""
    with refusing():
        chosen = settings.read(flags)
        make_data_folder(chosen.data)
    if not compiled.is_compiled():
        # Otherwise a busy portal stops DNS: each of its threads may hold the interpreter for so many seconds.
        sys.setswitchinterval(0.0005)
    logging.basicConfig(level=chosen.log_level.upper(), format="%(asctime)s %(name)s %(levelname)s %(message)s")
    log.info(descriptors.described(descriptors.raise_limit()))
    memory.limit_heaps()
    for number in ENDINGS:  # until all is built; what has been built is stopped in reverse
        signal.signal(number, lambda *_: sys.exit(0))
    with log_throttle.throttled() as throttle, contextlib.ExitStack() as parts, refusing():
        try:
            door = answer_dns(chosen, take_over, parts)
            while not door.is_closed:  # again where a successor did not succeed
                with contextlib.ExitStack() as rest:
                    build(chosen, door, rest)
                    throttle.begin()
                    wait_for_the_end(door)
        except OSError as error:  # a door that cannot be opened; the text says why and what to do
            fail(error.strerror or str(error))


@dataclass
class Door:
    """The door of DNS, what stands behind it, and the place in the data folder, which a successor may take."""

    place: Place
    predecessor: Predecessor | None
    live: Live
    counters: Counters
    server: DnsServer
    prepared: Prepared | None = None  # what is served until the tables have been read
    is_announced: bool = False
    is_closed: bool = False
    ended: threading.Event = field(default_factory=threading.Event)  # by a signal


def answer_dns(chosen: settings.Settings, take_over: bool, parts: contextlib.ExitStack) -> Door:
    """Open the sockets before anything heavy is imported, and answer from the prepared snapshot.

    Without one the answer is SERVFAIL until the tables are read: an MTA takes that at once, and waits for silence. In a
    predecessor's place nothing is answered before: meanwhile the predecessor does.
    """
    place = Place(chosen.data, is_alone=not chosen.database)
    parts.callback(place.close)
    predecessor = Predecessor.asked(chosen.data) if take_over else None
    if predecessor is None:
        place.hold()
    bound = dns_sockets(chosen, predecessor)

    from dnsd.server import DnsServer
    from dnsd.tcp import TcpLimits
    from reputation.verdict.counters import Counters
    from reputation.verdict.live import Live

    live, counters = Live(), Counters(chosen.sample)
    server = DnsServer(
        resolver(chosen, live, counters),
        (),
        TcpLimits(in_all=descriptors.shares(descriptors.limit()).dns),
        chosen.dns_threads,
        bound,
        descriptors.Trouble("DNS over TCP"),
    )
    parts.callback(server.stop)
    door = Door(place, predecessor, live, counters, server)
    if predecessor is None:
        take_prepared(chosen, door)
        server.start()
        if door.prepared:
            announce_dns(chosen, door)
    return door


def dns_sockets(chosen: settings.Settings, predecessor: Predecessor | None) -> list[BoundSockets]:
    """Take the sockets of DNS from systemd or from the predecessor, or open them."""
    from dnsd import inherited

    threads = chosen.dns_threads if compiled.will_be_compiled() else 1
    given, who = inherited.from_systemd(os.environ, is_frozen=hasattr(sys, "frozen")), inherited.SYSTEMD
    if not given and predecessor:
        given, who, predecessor.sockets = predecessor.sockets, inherited.PREDECESSOR, []
    return inherited.fitted(given, chosen.dns, threads, who)


def take_prepared(chosen: settings.Settings, door: Door) -> None:
    """Map what was served last and serve it; where its files cannot be used, the log says why."""
    from reputation.verdict import prepared
    from reputation.verdict.column_file import UnusableFile

    try:
        door.prepared = prepared.read(chosen.data, prepared.database_id(chosen.database), chosen.lookup_page)
    except UnusableFile as error:
        log.warning("The prepared snapshot is not served, and is made anew from the tables: %s", error)
    if door.prepared:
        door.live.swap(door.prepared.snapshot)


def build(chosen: settings.Settings, door: Door, parts: contextlib.ExitStack) -> None:
    """Build each part behind DNS and hand it to the next; `parts` stops them in reverse."""
    driver.postpone()  # with SQLite it is never needed

    from portal import create_app
    from portal.app_context import AppContext, FirstRunLink
    from portal.server import Limits, PortalServer
    from reputation.counting.delivery import Delivery
    from reputation.counting.query_log import LogBounds
    from reputation.customers import users
    from reputation.intake import agreement, maillog
    from reputation.intake import origins as origin_tables
    from reputation.intake.complaints import ComplaintBox
    from reputation.intake.fetch import use_proxy
    from reputation.intake.report_queue import ReportQueue, accept_and_keep_refused
    from reputation.intake.txt_records import TxtRecords
    from reputation.intake.uncounted import UncountedMessages
    from reputation.jobs import Scheduler
    from reputation.publisher import Publisher
    from reputation.publisher.prepared_files import PreparedFiles
    from reputation.store import secrets, serials
    from reputation.store.db import open_store

    if door.predecessor:
        door.predecessor.leave(chosen.data)
        door.place.hold()
        take_prepared(chosen, door)
    began = int(time.time())
    live, counters, dns = door.live, door.counters, door.server
    store = open_store(chosen.database, chosen.data, ROOT / "migrations")
    parts.callback(store.close)

    agreement.require(chosen.reporters_agree)
    use_proxy(chosen.outgoing_proxy)
    found, door.prepared = door.prepared, None
    files = PreparedFiles(chosen.data, chosen.database, found)
    publisher = Publisher(live, origin_tables.seed, origin_tables.unpack, chosen.lookup_page, files)
    log_bounds = LogBounds(chosen.query_log_days, chosen.query_log_rows, chosen.sample)
    uncounted = UncountedMessages()
    counts = Delivery(counters, chosen.data)
    parts.callback(counts.close)
    parts.callback(last_flush, counts, uncounted, publisher, chosen.sample)
    parts.callback(close_or_hand_over, door)
    # What takes time is done before: nobody waits for an answer meanwhile.
    parts.callback(last_flush, counts, uncounted, publisher, chosen.sample)
    parts.callback(publisher.finish)

    reports = ReportQueue(accept_and_keep_refused(lambda: publisher.origins, uncounted))
    reports.start()
    parts.callback(reports.stop)

    with store.connection():
        serials.raise_to(began, began)
        publisher.catch_up()
        first_run = FirstRunLink() if users.any_users() else FirstRunLink.issue()
        key = secrets.get_or_create(secrets.SESSION_KEY).hex()
        is_demo = secrets.has(secrets.DEMO)
    del found  # of it remains what is current
    answer_beside(chosen, door)

    shares = descriptors.shares(descriptors.limit())
    keys = TxtRecords()
    trap: Trap | None = None
    if chosen.trap:  # most installations have none, and need not hold the library of its protocol
        from reputation.intake.trap import Trap

        trap = Trap(chosen.trap, mailboxes(chosen), reports.offer, keys=keys, kept=uncounted, most=shares.trap)
        trap.start()
        parts.callback(trap.stop)

    context = job_context(chosen, store, publisher, live, counts, log_bounds)
    context.complaints = ComplaintBox(
        chosen.complaint_mailbox, chosen.all_own_networks, chosen.complaint_reporter, keys, uncounted
    )
    context.uncounted = uncounted
    parts.callback(maillog.close, context.logs)
    scheduler = Scheduler(context)
    scheduler.start()
    parts.callback(scheduler.stop)

    app_context = AppContext(
        publisher=publisher,
        live=live,
        counts=counts,
        zone=chosen.zone,
        data=chosen.data,
        lookup_url=chosen.public_url,
        dns_addresses=[f"{settings.bracketed(host)}:{port}" for host, port in dns.addresses],
        name_servers=chosen.nameserver,
        dns_runs="compiled" if compiled.is_compiled() else "interpreted",
        started_at=began,
        secret_key=key,
        first_run=first_run,
        log_bounds=log_bounds,
        daily_quota=chosen.daily_quota,
        sends_mail=bool(chosen.mail_server),
        jobs=scheduler.states,
        dns_figures=dns.figures,
        report_figures=reports.figures,
        trap_figures=lambda: trap.figures if trap else {},
        trap_last=lambda: trap.last_at if trap else {},
        mailbox_figures=context.complaints.figures,
        log_figures=lambda: maillog.figures(context.logs),
        log_troubles=lambda now: maillog.troubles(context.logs, now),
        uncounted_figures=uncounted.rows,
        settings=settings.in_force(chosen),
        proxies=chosen.portal_proxy,
        is_demo=is_demo,
    )
    limits = Limits(connections=shares.portal, of_client=max(1, shares.portal // 4))
    portal = PortalServer(create_app(app_context), *chosen.portal, limits, chosen.portal_proxy)
    app_context.connections = lambda: connections(portal, dns, trap)
    portal.start()
    parts.callback(portal.stop)
    memory.freeze_gc()
    if app_context.delegation.lacks and not is_demo:
        log.warning(app_context.delegation.lacks)
    if door.predecessor:
        door.predecessor.end()
        door.predecessor = None
    door.place.listen(lambda: dns.sockets)
    parts.callback(door.place.stop_listening)
    announce(chosen, app_context, portal, trap)


def connections(portal: PortalServer, dns: DnsServer, trap: Trap | None) -> dict[str, dict[str, int]]:
    """Return the figures of the connections of each door over TCP."""
    doors = {"Portal": portal.figures(), "DNS over TCP": dns.tcp_figures()}
    return {**doors, "Trap": trap.connections()} if trap else doors


def answer_beside(chosen: settings.Settings, door: Door) -> None:
    """Answer beside the predecessor, now that the tables have been read."""
    if door.predecessor:
        door.server.start()
    if not door.is_announced:
        announce_dns(chosen, door)


def close_or_hand_over(door: Door) -> None:
    """Stop to answer. Where there is a successor, it answers first; if it does not, this program goes on.

    A signal that has come meanwhile is not forgotten.
    """
    successor = door.place.successor
    door.is_closed = successor is None or successor.takes(door.place, door.ended.is_set) or door.ended.is_set()
    if door.is_closed:
        door.server.stop()


def resolver(chosen: settings.Settings, live: Live, counters: Counters) -> Resolver:
    """Build the resolver, which makes the answers of DNS as the settings want them."""
    from dnsd.access import EVERYONE, Access
    from dnsd.apex import Apex
    from dnsd.resolver import Resolver
    from reputation.delegation import Delegation

    access = Access(
        chosen.allow or EVERYONE,
        exempt=chosen.rate_limit_exempt,
        rate=chosen.rate_limit,
        code_rate=chosen.code_rate_limit,
    )
    delegation = Delegation(chosen.zone, chosen.dns, chosen.nameserver)
    try:
        apex = Apex(chosen.zone, delegation.name_servers, chosen.hostmaster)
    except ValueError as error:  # a name that the settings take, and a record does not
        raise settings.SettingsError(f"--hostmaster or --nameserver: {error}") from None
    return Resolver(apex, live, counters, access)


def mailboxes(chosen: settings.Settings) -> Mailboxes:
    """Build the rules for what mail the trap accepts: domains, the complaint address, relays and reporters."""
    from reputation.intake.trap import Mailboxes

    domains, address = chosen.trap_domain, chosen.complaint_address
    return Mailboxes(
        domains, address, chosen.all_own_networks, chosen.complaint_reporter, (domains or ("localhost",))[0]
    )


def job_context(
    chosen: settings.Settings, store: Store, publisher: Publisher, live: Live, counts: Delivery, log_bounds: LogBounds
) -> JobContext:
    """Collect what the jobs work on."""
    from reputation.intake import maillog
    from reputation.jobs import JobContext
    from reputation.notices import mailer

    return JobContext(
        store,
        publisher,
        live,
        counts,
        log_bounds,
        mailer.SmtpServer(chosen.mail_server, chosen.mail_from, chosen.public_url),
        chosen.data,
        logs=maillog.followers(chosen.mail_log, chosen.all_own_networks, chosen.spam_refusals),
        repeat_offenders=chosen.repeat_offenders,
        origins_source=chosen.origins_source,
        exchange_every=chosen.exchange_every,
        daily_quota=chosen.daily_quota,
    )


def announce_dns(chosen: settings.Settings, door: Door) -> None:
    """Print one line for each address on which questions are answered from now on."""
    door.is_announced = True
    if not door.server.addresses:
        click.echo("DNS is not served: the setting dns names no address")
    for host, port in door.server.addresses:
        where, runs = f"{settings.bracketed(host)}:{port}", "compiled" if compiled.is_compiled() else "interpreted"
        click.echo(f"DNS ready on {where}, UDP and TCP, zone {chosen.zone}, {runs}")
    sys.stdout.flush()


def announce(chosen: settings.Settings, app_context: AppContext, portal: PortalServer, trap: Trap | None) -> None:
    """Print one line for each other door, for people and for whoever waits for us to be ready."""
    if trap is not None:
        host, port = trap.address
        click.echo(f"Trap ready on {settings.bracketed(host)}:{port}, by SMTP")
    click.echo(f"Portal ready on {portal.url}")
    if app_context.first_run.path:
        click.echo(f"First run: open {chosen.portal_url or portal.url}{app_context.first_run.path}")
    sys.stdout.flush()


def wait_for_the_end(door: Door) -> None:
    """Return at SIGTERM or Ctrl-C, or for a successor. One long sleep can miss a signal for another thread."""
    for number in ENDINGS:
        signal.signal(number, lambda *_: door.ended.set())
    while not (door.ended.wait(0.2) or door.place.successor):
        pass


def last_flush(counts: Delivery, uncounted: UncountedMessages, publisher: Publisher, sample: int) -> None:
    """Store what was counted since the last flush, or keep it on disk where the database takes nothing."""
    from reputation.jobs import flush_at_the_end

    log.info(flush_at_the_end(counts, uncounted, publisher, sample, int(time.time())))


if __name__ == "__main__":
    main(prog_name=Path(sys.argv[0]).name)
