"""The command line, the operator's door: it changes the tables and asks the same questions as the portal.

A running `serve` notices within a second what is changed here. Each subject has a module of its own; this one has what
they share. Exit codes: 0 done, 1 refused with a reason on stderr, 2 wrong usage.
"""

from __future__ import annotations

import functools
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from reputation import data_folder, settings
from reputation.durations import parse_duration
from reputation.refusal import Refused, StoreError, Unconfirmed

if TYPE_CHECKING:
    from reputation.store.db import Store

ROOT = Path(getattr(sys, "_MEIPASS", Path(__file__).parent.parent))  # of templates, migrations and the like
REFUSALS = (Refused, StoreError, settings.SettingsError)

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value for a program to read.")
organization_option = click.option("--organization", required=True, metavar="NAME", help="Name of the organization.")
confirm_option = click.option(
    "--confirm", default="", metavar="NETWORK", help="Repeats a network that reaches too far to be taken at once."
)


def setting_options(*names: str) -> Callable[[Any], Any]:
    """Add flags for settings, with the help from their table; for all settings where no name is given."""

    def decorate(function: Any) -> Any:
        for setting in reversed(settings.SETTINGS):
            if not names or setting.name in names:
                default = f"  [default: {setting.default_text}]" if setting.default_text else ""
                flag = settings.flag(setting.name)
                option = click.option(
                    flag, multiple=setting.many, metavar=setting.metavar, help=setting.full_help + default
                )
                function = option(function)
        return function

    return decorate


def command(group: click.Group | None, name: str, *names: str) -> Callable[[Any], Any]:
    """Register a command that works on an open store; a refusal becomes exit code 1. Without a group it stands alone.

    It takes --data. The database's URL is read from GATEPOST_DATABASE or gatepost.toml, because --database says in
    these commands which of the two reputation databases is meant. Where `names` of settings are given, it takes their
    flags, too, and the function gets the settings as `chosen`.
    """

    def decorate(function: Any) -> Any:
        @functools.wraps(function)
        def run(data: str | None, **arguments: Any) -> None:
            flags = {name: arguments.pop(name) for name in names}
            with refusing():
                chosen = settings.read({"data": data, **flags})
                with opened(chosen):
                    function(**arguments, **({"chosen": chosen} if names else {}))

        made = click.command(name) if group is None else group.command(name)
        return made(setting_options("data", *names)(run))

    return decorate


@contextmanager
def opened(chosen: settings.Settings) -> Iterator[Store]:
    """Open the store of these settings; make its data folder where it is missing."""
    # Only here: what is wrong with a command line, and --help, are told without the tables.
    from reputation.intake import agreement
    from reputation.intake.fetch import use_proxy
    from reputation.intake.importing import limits
    from reputation.store.db import open_store

    data_folder.prepare(chosen.data)
    agreement.require(chosen.reporters_agree)
    use_proxy(chosen.outgoing_proxy)
    limits.use(limits.Limits(chosen.import_memory << 20, chosen.import_time), chosen.data)
    store = open_store(chosen.database, chosen.data, ROOT / "migrations")
    try:
        with store.connection():
            yield store
    finally:
        store.close()


@contextmanager
def refusing() -> Iterator[None]:
    """End the program with exit code 1 on a refusal, with its reason on stderr."""
    try:
        yield
    except Unconfirmed as refusal:
        fail(f"{refusal} To do it all the same, add --confirm {shlex.quote(refusal.word)}.")
    except REFUSALS as refusal:
        fail(str(refusal))
    except (MemoryError, ImportError, RuntimeError) as error:
        if not (lacks := _lacking(error)):
            raise
        fail(lacks)


def _lacking(error: Exception) -> str:
    """What the system does not give to this process, and what to do; "" for other errors."""
    text = str(error)
    if isinstance(error, MemoryError) or "map segment" in text or "cannot allocate" in text.lower():
        return "The system gives this process no more memory: raise its limit (ulimit -v, or MemoryMax= of systemd)."
    if "start new thread" in text:
        return "The system gives this process no more threads: raise its limit (ulimit -u, or TasksMax= of systemd)."
    return ""


def fail(reason: str) -> NoReturn:
    """Write the reason to stderr and exit with 1."""
    click.echo(f"gatepost: {reason}", err=True)
    sys.exit(1)


def echo(value: Any, as_json: bool, sentence: str) -> None:
    """Print the value as JSON, or the sentence for people."""
    click.echo(json.dumps(value, ensure_ascii=False) if as_json else sentence)


def table(rows: Sequence[Sequence[Any]], empty: str) -> str:
    """Return rows in aligned columns, or the sentence for none."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts)
    return "\n".join(lines) if rows else empty


def now() -> int:
    """Return the time in whole Unix seconds; the command line reads the clock nowhere else."""
    return int(time.time())


def format_time(seconds: int) -> str:
    """Write Unix seconds as people read them, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


class Duration(click.ParamType[int]):
    """A length of time such as 12h, read as seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the seconds; fail with a usage error where the text is no length of time."""
        try:
            return value if isinstance(value, int) else parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
