"""`demo`: a throw-away installation in which every screen shows something. It is clearly invented, and marked as such.

world.py   ISPs, countries and addresses, all from the ranges that are for documentation
people.py  organizations, their people, servers, rules and requests
traffic.py eight weeks of connections, decided by the very function that answers DNS
sources.py the mail log that is followed, and messages that count for nobody
exchanged.py what other installations say
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from commands import now, opened, refusing
from reputation import settings
from reputation.refusal import Refused

WEEKS = 8


@click.command("demo", context_settings={"ignore_unknown_options": True})
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder to fill and keep; without it, a temporary folder."
)
@click.option("--fill", is_flag=True, help="Only fill the folder; `serve --data DIR` opens it.")
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def demo(context: click.Context, data: Path | None, fill: bool, flags: tuple[str, ...]) -> None:
    """Show each screen with invented data: 3 organizations, feeds, eight weeks of traffic. FLAGS go to serve."""
    from commands.demo import people  # with all that it needs: --help does not wait for it

    with tempfile.TemporaryDirectory(prefix="gatepost-demo-") as folder, refusing():
        place = data or Path(folder)
        fill_in(place, now())
        click.echo("Demo: all data is invented. Log in with any of these addresses and the one password:")
        for user in people.PEOPLE:
            click.echo(f"  {user.email:24} {user.role} of {user.organization}")
        click.echo(f"  password: {people.PASSWORD}")
        if not fill:
            context.find_root().command.main(["serve", "--data", str(place), *flags], standalone_mode=False)


def fill_in(place: Path, at: int) -> None:
    """Fill a new data folder as of this time. Raise Refused where somebody has an account there already."""
    from commands.demo import exchanged, people, sources, traffic, world  # as above
    from reputation.customers import users as accounts
    from reputation.store import secrets

    with opened(settings.read({"data": str(place)})):
        if accounts.any_users():
            raise Refused(f"{place} is an installation already: give --data another folder.")
        secrets.get_or_create(secrets.DEMO, 1)
        world.make(place, at)
        people.make(at)
        snapshot = traffic.make(at, WEEKS)
        people.make_what_follows(snapshot, at)
        sources.make(place, at)
        exchanged.make(place, at)
