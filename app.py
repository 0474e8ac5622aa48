"""Gatepost: MTAs ask it by DNS about each connecting address, people use its portal.

This is the composition root, and reads as the table of contents of the program: the commands and where each is, then
`serve`, which is what it does when told nothing else: each part is built, handed to the next, and ended in phases.
`serving/` has what is to be told of each step. What only `serve` needs is imported where it builds it, so that no other
command waits for it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import ROOT, fail, refusing, setting_options
from commands.loading import Commands
from reputation import compiled, data_folder, descriptors, log_throttle, memory, settings
from reputation.intake import importing
from reputation.settings import SettingsError
from reputation.store import driver
from reputation.version import PROGRAM, VERSION, stated
from serving import streams
from serving.building import Building
from serving.door import (
    Door,
    answer_beside,
    answer_dns,
    end_predecessor,
    hand_over,
    has_prepared,
    take_place,
    take_prepared,
)
from serving.ending import AFTER_DNS, BEHIND_DNS, SPARE_SECONDS, WITH_DNS, Ending, Phase, bound_by_the_kernel
from serving.signals import Signals
from serving.streams import say

if TYPE_CHECKING:
    from reputation.log_throttle import LogThrottle
    from serving.parts import Parts
    from serving.reloading import Read

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

log = logging.getLogger("gatepost")


class Program(click.Group):
    """The command group; without a command it is `serve`, so that `gatepost --zone rep.example.org` serves."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; put `serve` in front where it names no command."""
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Program, commands=Commands(COMMANDS))
@click.version_option(VERSION, prog_name=PROGRAM, message=stated())
def main() -> None:
    """Run a self-hosted email reputation service. Without a command it runs `serve`."""


@main.command()
@click.option("--take-over", is_flag=True, help="Take the place of the program that serves this data folder.")
@setting_options()
def serve(take_over: bool, **flags: Any) -> None:
    """Answer MTAs by DNS and people in the portal, until SIGTERM or Ctrl-C. SIGHUP reads the settings again."""
    read = functools.partial(settings.read, flags)
    with refusing():
        chosen = read()
        trouble = folder_trouble(chosen.data)
    if not compiled.is_compiled():
        # Otherwise a busy portal stops DNS: each of its threads may hold the interpreter for so many seconds.
        sys.setswitchinterval(0.0005)
    signals = Signals()
    signals.listen()
    streams.start_log(chosen.log_level)
    log.info(descriptors.described(descriptors.raise_limit()))
    memory.limit_heaps()
    with log_throttle.throttled() as throttle, contextlib.ExitStack() as dns, refusing():
        try:
            door = answer_dns(chosen, take_over, trouble, dns)
            keep_unpacked(dns)
            while not door.is_closed:  # again where a successor did not succeed
                serve_behind(chosen, read, door, signals, throttle)
        except OSError as error:  # a door that cannot be opened; the text says why and what to do
            fail(error.strerror or str(error))


def keep_unpacked(parts: contextlib.ExitStack) -> None:
    """Look after the folder into which an executable has unpacked itself: what is removed from it comes back."""
    if hasattr(sys, "frozen"):
        from reputation import unpacked

        kept = unpacked.inherited(os.environ, Path(sys.executable))
        if kept:
            kept.start()
            parts.callback(kept.stop)


def folder_trouble(data: Path) -> str:
    """Make the data folder ready; return why it cannot be written, where what was served last may lie in it."""
    try:
        data_folder.prepare(data)
    except SettingsError as error:
        if not has_prepared(data):
            raise
        return str(error)
    data_folder.put_temporary_files_into(data)
    return ""


def serve_behind(chosen: settings.Settings, read: Read, door: Door, signals: Signals, throttle: LogThrottle) -> None:
    """Build what stands behind DNS, and end it at a signal, or for a successor that answers before DNS ends.

    It is built in a thread: whatever it waits for, a signal is heard. Where it cannot be built, raise why.
    """
    signals.ends_at_once = False
    ending = Ending(signals.is_hurried)
    building = Building(functools.partial(build, chosen, read, door, ending), throttle.begin)
    ending.add(Phase.PLACE, "the log", functools.partial(throttle.tell, is_end=True))
    ending.add(Phase.DNS, "DNS", door.server.stop)
    ending.add(Phase.DOORS, "the start", building.stop)
    building.start()
    while not (signals.endings or door.place.successor or building.error):
        signals.wait()
        if signals.shall_reload:
            signals.shall_reload = False  # before: another one may come while they are read
            signals.shall_reload |= not building.read_settings()
    error = building.error  # what fails later fails because of the end
    if not door.place.successor:
        bound_by_the_kernel()
    ending.run(BEHIND_DNS)
    if error is None:
        hand_over(door, lambda: signals.endings > 0)
        if not door.is_closed:
            ending.run(AFTER_DNS)
            take_prepared(chosen, door)
            return
    if door.place.successor:  # else it is bound already
        bound_by_the_kernel()
    # Where another program answers, too, there is time for all that was received, however busy the machine is.
    is_beside = door.place.successor is not None or door.predecessor is not None
    ending.run(WITH_DNS, spare=SPARE_SECONDS if is_beside and not signals.endings else 0.0)
    if error is not None:
        ending.bound_exit(1)
        raise error
    ending.leave(0)


def build(chosen: settings.Settings, read: Read, door: Door, ending: Ending, building: Building) -> None:
    """Build each part behind DNS and hand it to the next; `ending` is told how each ends, and in which phase."""
    driver.postpone()  # with SQLite it is never needed

    from reputation.intake.importing import reader
    from serving import opening, reloading, tables
    from serving import parts as rooms

    opening.close_until_opened()
    take_place(chosen, door)
    parts = rooms.without_tables(chosen, door)
    reloading.put_in_force(chosen, parts)
    building.reload = functools.partial(reloading.reload, parts, read)
    parts.app_context.changes = functools.partial(reloading.written, parts, read)
    for phase in (Phase.COUNTS, Phase.LAST):
        ending.add(phase, "the counts", functools.partial(tables.flush, parts, phase.seconds))
    ending.add(Phase.PLACE, "the counts on disk", parts.counts.close)
    parts.reports.start()
    ending.add(Phase.REPORTS, "the reports", parts.reports.stop)

    store = opening.opened(
        functools.partial(tables.opened, parts, ROOT / "migrations"),
        waits=door.serves_as_of and door.predecessor is None,
        meanwhile=functools.partial(serve_as_of, parts, ending),
        is_over=building.is_over,
    )
    ending.add(Phase.PLACE, "the database", store.close)
    ending.add(Phase.KEEP, "what is kept for the next start", parts.publisher.finish)
    answer_beside(chosen, door)

    rooms.with_tables(parts, store)
    assert parts.jobs and parts.scheduler
    reloading.put_in_force(parts.chosen, parts)
    if parts.trap:
        parts.trap.start()
        ending.add(Phase.DOORS, "the trap", parts.trap.stop)
    ending.add(Phase.REPORTS, "the mail logs", parts.close_logs)
    ending.add(Phase.DOORS, "a list that is being read", reader.stop)
    parts.scheduler.start()
    ending.add(Phase.DOORS, parts.running.told, parts.scheduler.stop)
    open_portal(parts, ending)
    memory.freeze_gc()
    lacks = parts.app_context.delegation.lacks
    if lacks and not parts.app_context.is_demo:
        log.warning(lacks)
    end_predecessor(door)
    await_successor(door, ending)
    announce(parts)


def serve_as_of(parts: Parts, ending: Ending) -> None:
    """Serve without the database: people and a successor find a door, and what is counted is kept on disk."""
    parts.counts.keep(int(time.time()), always=True)
    if not parts.is_open:
        open_portal(parts, ending)
        await_successor(parts.door, ending)
        announce(parts)


def open_portal(parts: Parts, ending: Ending) -> None:
    """Open the portal, where it is not open yet."""
    if not parts.is_open:
        parts.portal.start()
        parts.is_open = True
        ending.add(Phase.DOORS, "the portal", parts.portal.stop)


def await_successor(door: Door, ending: Ending) -> None:
    """Let a successor ask for the place, where none can yet."""
    if not door.place.is_listening:
        door.place.listen(lambda: door.server.sockets)
        ending.add(Phase.DOORS, "a successor", door.place.stop_listening)


def announce(parts: Parts) -> None:
    """Print one line for each other door, for people and for whoever waits for us to be ready."""
    if parts.trap is not None:
        host, port = parts.trap.address
        say(f"Trap ready on {settings.bracketed(host)}:{port}, by SMTP")
    if not parts.is_announced:
        say(f"Portal ready on {parts.portal.url}")
    parts.is_announced = True
    if parts.app_context.first_run.path:
        say(f"First run: open {parts.chosen.portal_url or parts.portal.url}{parts.app_context.first_run.path}")


if __name__ == "__main__":
    streams.open_closed()
    data_folder.make_files_for_one_user()
    if sys.argv[1:] == [importing.COMMAND]:  # this process reads a list, and is nothing else
        from reputation.intake.importing.process import main as read_list

        sys.exit(read_list())
    main(prog_name=Path(sys.argv[0]).name)
