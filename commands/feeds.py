"""`feed`: published lists, fetched, guarded and kept as revisions."""

from __future__ import annotations

import sys
from typing import Any

import click

from commands import (
    Duration,
    as_json,
    command,
    echo,
    format_time,
    now,
    table,
)
from reputation.counting import precision, watched
from reputation.counting.precision import Precision
from reputation.durations import duration_text
from reputation.intake import feeds, formats
from reputation.intake.feeds import Refreshed
from reputation.intake.feeds.catalogue import CATALOGUE, RECOMMENDED
from reputation.intake.fetch import KEY_HEADERS
from reputation.publisher.approvals import APPROVE, LIST, PURPOSES, WATCH
from reputation.refusal import Refused
from reputation.settings import masked
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES

GOOD = ("new", "unchanged", "held")


class FormatType(click.ParamType[str]):
    """A format of a feed; `csv` includes the name of its column."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check that the format exists; fail with a usage error where it does not."""
        try:
            formats.check(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


PURPOSE = click.option(
    "--purpose", type=click.Choice(PURPOSES), default=PURPOSES[0], show_default=True,
    help="approve: a list of good senders, whom no other feed and no new report lists; "
    "watch: counted as what it would do, and not served.",
)  # fmt: skip


@click.group()
def feed() -> None:
    """Add, fetch, change and remove published lists."""


@command(feed, "add")
@click.argument("name")
@click.option("--source", required=True, help="URL (https:// or http://) or path of the list.")
@click.option("--format", "form", required=True, type=FormatType(), help=f"One of {formats.names()}.")
@click.option("--category", required=True, type=click.Choice(CATEGORIES, case_sensitive=False))
@click.option("--database", "which", type=click.Choice(DATABASE_NAMES), default="standard", show_default=True)
@click.option("--every", type=Duration(), default="1h", show_default=True, help="Time between two fetches.")
@click.option(
    "--for", "duration", type=Duration(), default="12h", show_default=True,
    help="Dynamic database: how long an entry stays after the last fetch that contained it.",
)  # fmt: skip
@click.option("--bound", "bounds", multiple=True, metavar="NAME=VALUE", help="A guard's bound, such as widest4=6.")
@click.option("--key", default="", metavar="NAME:VALUE", help=f"Header with a key: one of {', '.join(KEY_HEADERS)}.")
@PURPOSE
@as_json
def add_feed(
    name: str,
    source: str,
    form: str,
    category: str,
    which: str,
    every: int,
    duration: int,
    bounds: tuple[str, ...],
    key: str,
    purpose: str,
    as_json: bool,
) -> None:
    """Add a published list. It is fetched by `serve` when it is due, or at once by `feed refresh`."""
    made = feeds.add(
        name,
        source,
        form,
        category,
        now(),
        which,
        every,
        duration,
        read_bounds(bounds),
        key_header=key,
        purpose=purpose,
    )
    source = masked(made.source)
    echo({"name": made.name, "source": source}, as_json, f"Added {made.name}: {source}")


@command(feed, "catalogue")
@as_json
def show_catalogue(as_json: bool) -> None:
    """Show well-known public lists; `feed take KEY` adds one."""
    ours = feeds.sources()
    value = [{**known._asdict(), "is_feed": known.source in ours} for known in CATALOGUE]
    rows = [
        (
            known.key, known.name, known.category, known.database, duration_text(known.every),
            "recommended" if known.small else "", known.limits, "among the feeds" if known.source in ours else "",
        )
        for known in CATALOGUE
    ]  # fmt: skip
    echo(value, as_json, table(rows, ""))


@command(feed, "take")
@click.argument("keys", nargs=-1, metavar="KEY...")
@click.option("--recommended", is_flag=True, help="Those that are recommended for a small mail server, too.")
@click.option("--watch", "on_watch", is_flag=True, help="Put them on watch: counted as what they would do.")
@as_json
def take_feeds(keys: tuple[str, ...], recommended: bool, on_watch: bool, as_json: bool) -> None:
    """Add lists of the catalogue (`feed catalogue`) as it suggests them. Read the terms of each before."""
    taken = feeds.take((*keys, *(RECOMMENDED if recommended else ())), now(), on_watch)
    value = {"added": [one.name for one in taken.added], "already": taken.already}
    lines = [f"Added {one.name}{', on watch' if on_watch else ''}: {one.source}" for one in taken.added]
    echo(value, as_json, "\n".join([*lines, *(f"{name} is among the feeds already." for name in taken.already)]))


@command(feed, "try")
@click.option("--source", required=True, help="URL (https:// or http://) or path of the list.")
@click.option("--format", "form", required=True, type=FormatType(), help=f"One of {formats.names()}.")
@click.option("--bound", "bounds", multiple=True, metavar="NAME=VALUE", help="A guard's bound, such as widest4=6.")
@click.option("--key", default="", metavar="NAME:VALUE", help=f"Header with a key: one of {', '.join(KEY_HEADERS)}.")
@PURPOSE
@as_json
def try_feed(source: str, form: str, bounds: tuple[str, ...], key: str, purpose: str, as_json: bool) -> None:
    """Fetch and read a list without keeping it: show its first lines beside what each became."""
    found = feeds.preview_feed(source, form, read_bounds(bounds), now(), key, purpose)
    rows = [(f"{one.number:,}", one.written, one.became) for one in found.pieces]
    would = "approve" if purpose == APPROVE else "list"
    verdict = found.verdict or f"It would {would} {found.entries:,} entries, {found.addresses4:,} IPv4 addresses."
    value = {**found._asdict(), "pieces": [one._asdict() for one in found.pieces]}
    echo(value, as_json, f"{table(rows, '')}\n{verdict}")
    for warning in found.warnings:
        click.echo(warning, err=True)
    if found.verdict:
        sys.exit(1)


@command(feed, "bound")
@click.argument("name")
@click.argument("bounds", nargs=-1, required=True, metavar="NAME=VALUE...")
@as_json
def set_bound(name: str, bounds: tuple[str, ...], as_json: bool) -> None:
    """Change bounds of a feed's guards, such as widest4=6 or max_change=0.5."""
    made = feeds.set_bounds(name, read_bounds(bounds), now())
    echo({"name": name, "bounds": str(made)}, as_json, f"{name}: {made}")


@command(feed, "refresh")
@click.argument("name", required=False)
@as_json
def refresh_feed(name: str | None, as_json: bool) -> None:
    """Fetch one feed now, or all of them."""
    done = [feeds.refresh(name, now())] if name else feeds.refresh_all(now())
    value = [one._asdict() for one in done]
    rows = [(one.name, one.status, f"{one.entries:,} entries", f"+{one.added:,} -{one.removed:,}") for one in done]
    echo(value, as_json, table(rows, "No feed yet: add one with `feed add`."))
    for one in done:
        tell(one)
    if any(one.status not in GOOD for one in done):
        sys.exit(1)


@command(feed, "accept")
@click.argument("name")
@as_json
def accept_feed(name: str, as_json: bool) -> None:
    """Publish the revision that a guard has held back."""
    entries = feeds.accept(name, now())
    echo({"name": name, "entries": entries}, as_json, f"{name}: {entries:,} entries are in use.")


@command(feed, "rollback")
@click.argument("name")
@as_json
def rollback_feed(name: str, as_json: bool) -> None:
    """Serve the previous revision; the present one is held back from now on."""
    entries = feeds.rollback(name, now())
    echo({"name": name, "entries": entries}, as_json, f"{name}: {entries:,} entries are in use.")


@command(feed, "watch")
@click.argument("name")
@as_json
def watch_feed(name: str, as_json: bool) -> None:
    """Serve nothing of a feed any more, but fetch it and count what it would do."""
    feeds.watch(name, now())
    echo({"name": name, "purpose": WATCH}, as_json, f"{name} is on watch: it lists nothing from now on.")


@command(feed, "serve")
@click.argument("name")
@as_json
def serve_feed(name: str, as_json: bool) -> None:
    """Serve a feed that was on watch."""
    feeds.serve(name, now())
    echo({"name": name, "purpose": LIST}, as_json, f"{name} is served from now on.")


@command(feed, "precision")
@as_json
def show_precision(as_json: bool) -> None:
    """Show of how many senders that each feed listed spam came, in 30 days, and what those on watch would do."""
    found = [(one, precision.of_feed(one.id, now())) for one in feeds.all_feeds()]
    value = [
        {
            "name": one.name, "purpose": one.purpose, "in_full": _judged(told.in_full), "seen": _judged(told.seen),
            "watched": watched.of_feed(one.id, now())._asdict() if one.purpose == WATCH else None,
        }
        for one, told in found
    ]  # fmt: skip
    rows = [(one.name, one.purpose, _share("in full", told.in_full), _share("seen", told.seen)) for one, told in found]
    echo(value, as_json, table(rows, "No feed yet: add one with `feed add`."))


def _judged(found: Precision) -> dict[str, float]:
    low, high = found.bounds()
    return {"judged": found.judged, "spam": found.spam, "clean": found.clean, "lowest": low, "highest": high}


def _share(name: str, found: Precision) -> str:
    low, high = found.bounds()
    said = f"{found.spam:,} of {found.judged:,} spam ({low:.1%} to {high:.1%})" if found.judged else "nothing judged"
    return f"{name}: {said}"


@command(feed, "remove")
@click.argument("name")
@as_json
def remove_feed(name: str, as_json: bool) -> None:
    """Remove a feed, with everything that it lists."""
    feeds.remove(name, now())
    echo({"name": name, "removed": True}, as_json, f"Removed {name}.")


@command(feed, "list")
@as_json
def list_feeds(as_json: bool) -> None:
    """List all feeds with their state."""
    found = feeds.all_feeds()
    value = [{**one._asdict(), "bounds": str(one.bounds), "source": masked(one.source)} for one in found]
    rows = [
        (
            one.name, {APPROVE: "approves", WATCH: f"{one.category} on watch"}.get(one.purpose, one.category),
            one.database, f"{one.entries:,} entries", one.status,
            format_time(one.refreshed_at) if one.refreshed_at else "never", one.message,
        )
        for one in found
    ]  # fmt: skip
    echo(value, as_json, table(rows, "No feed yet: add one with `feed add`."))


def tell(done: Refreshed) -> None:
    """Write the warnings of a refresh, and its reason, to stderr."""
    for warning in done.warnings:
        click.echo(f"{done.name}: {warning}", err=True)
    if done.message:
        click.echo(f"{done.name}: {done.message}", err=True)


def read_bounds(texts: tuple[str, ...]) -> dict[str, str]:
    """Read `widest4=6` and the like as names and values. Raise Refused where there is no equals sign."""
    bounds = dict(text.partition("=")[::2] for text in texts)
    for name, value in bounds.items():
        if not value:
            raise Refused(f"A bound is written as NAME=VALUE, such as widest4=6, not {name!r}.")
    return bounds
