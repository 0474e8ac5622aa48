"""`demo`: a throw-away installation in which every screen shows something. It is clearly invented, and marked as such.

world.py   ISPs, countries and addresses, all from the ranges that are for documentation
people.py  organizations, their people, servers, rules and requests
traffic.py eight weeks of connections, decided by the very function that answers DNS
sources.py the mail log that is followed, and messages that count for nobody
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from commands import now, opened, refusing
from reputation import settings
from reputation.customers import users as accounts
from reputation.refusal import Refused
from reputation.store import secrets

WEEKS = 8


def register(group: click.Group, serve: Callable[[Path, tuple[str, ...]], Any]) -> None:
    """Register `demo`. `serve` answers on a data folder until Ctrl-C; it takes the folder and more flags of `serve`."""

    @group.command("demo", context_settings={"ignore_unknown_options": True})
    @click.option(
        "--data", type=click.Path(path_type=Path), help="Folder to fill and keep; without it, a temporary folder."
    )
    @click.option("--fill", is_flag=True, help="Only fill the folder; `serve --data DIR` opens it.")
    @click.argument("flags", nargs=-1, type=click.UNPROCESSED)
    def demo(data: Path | None, fill: bool, flags: tuple[str, ...]) -> None:
        """Show each screen with invented data: 3 organizations, feeds, eight weeks of traffic. FLAGS go to serve."""
        from commands.demo import people  # with all that it needs: no other command waits for it

        with tempfile.TemporaryDirectory(prefix="gatepost-demo-") as folder, refusing():
            place = data or Path(folder)
            fill_in(place, now())
            click.echo("Demo: all data is invented. Log in with any of these addresses and the one password:")
            for user in people.PEOPLE:
                click.echo(f"  {user.email:24} {user.role} of {user.organization}")
            click.echo(f"  password: {people.PASSWORD}")
            if not fill:
                serve(place, flags)


def fill_in(place: Path, at: int) -> None:
    """Fill a new data folder as of this time. Raise Refused where somebody has an account there already."""
    from commands.demo import people, sources, traffic, world  # as above

    with opened(settings.read({"data": str(place)})):
        if accounts.any_users():
            raise Refused(f"{place} is an installation already: give --data another folder.")
        secrets.get_or_create(secrets.DEMO, 1)
        world.make(place, at)
        people.make(at)
        snapshot = traffic.make(at, WEEKS)
        people.make_what_follows(snapshot, at)
        sources.make(place, at)
