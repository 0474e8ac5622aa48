"""`import`: lists from other programs, shown first and taken when a person agrees."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from commands import Duration, as_json, command, confirm_option, echo, now, table
from reputation.customers import imports, organizations
from reputation.customers.imports import AS_FEED, BY_NAME, CHOICES, Choice, Plan
from reputation.customers.policy.importing import decode
from reputation.refusal import Refused
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES

MOST_SHOWN = 200  # lines; the others are counted
LARGEST = 64 << 20  # octets


@command(None, "import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--organization", default="", metavar="NAME", help="Whose rules and valid mail servers they become.")
@click.option(
    "--as", "becomes", type=click.Choice(tuple(CHOICES)), default=None,
    help="What the lines become, where the file does not say so itself.",
)  # fmt: skip
@click.option("--form", type=click.Choice(tuple(BY_NAME)), default=None, help="The form, where it is told wrongly.")
@click.option("--database", "which", type=click.Choice(DATABASE_NAMES), default="standard", show_default=True)
@click.option("--category", type=click.Choice(CATEGORIES, case_sensitive=False), default="KSS", show_default=True)
@click.option(
    "--for", "duration", type=Duration(), default="30d", show_default=True,
    help="How long listings stay of which the file does not say it.",
)  # fmt: skip
@click.option("--reason", default="", help="Reason of the listings; without it, the text of each line.")
@click.option("--name", default="", help="Name of the feed, with --as feed.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@confirm_option
@as_json
def import_file(
    file: Path, organization: str, becomes: str | None, form: str | None, which: str, category: str, duration: int,
    reason: str, name: str, yes: bool, confirm: str, as_json: bool,
) -> None:  # fmt: skip
    """Import FILE, a list of another program: show what each line becomes, and do it when you agree.

    Its form is told by its content: Trend Micro's or our own CSV, Postfix's access maps and cidr: tables,
    Sendmail's access database, zones of rbldnsd, SpamAssassin's networks, CrowdSec's decisions, Exim's host lists,
    or plain lists.
    """
    began = now()
    owner = organizations.by_name(organization).id if organization else None
    choice = Choice(becomes or "", form or "", which, category, duration, reason)
    made = imports.plan(decode(_content(file)), choice, owner, began)
    if not as_json:
        _show(made)
    if not yes and (as_json or not _agrees(made)):
        echo(_told(made, False), as_json, "Nothing was imported.")
        sys.exit(0 if as_json else 1)
    if becomes == AS_FEED:
        said = imports.add_feed(made, name or file.stem, str(file.absolute()), began)
    else:
        said = f"Imported: {imports.carry_out(made, file.name, owner, began, confirm=confirm).summary}"
    echo(_told(made, True), as_json, said)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror or error}.") from error
    if len(content) > LARGEST:
        raise Refused(f"{file} is larger than {LARGEST >> 20} MB: add it as a feed.")
    return content


def _show(made: Plan) -> None:
    click.echo(f"Read as {made.form.about.replace('`', '')}.")
    rows = [(f"{line.taken.number:,}" if line.taken.number else "", line.taken.text, line.words) for line in made.lines]
    if rows:
        click.echo(table([("Line", "Says", "Becomes"), *rows[:MOST_SHOWN]], ""))
    if len(rows) > MOST_SHOWN:
        click.echo(f"And {len(rows) - MOST_SHOWN:,} more lines.")
    if made.choice.becomes != AS_FEED:
        click.echo(f"Together: {made.summary}")


def _agrees(made: Plan) -> bool:
    """Whether a person at a terminal says yes; where nobody is there, nobody agrees."""
    if made.needs_choice:
        choices = ", ".join(f"--as {choice}" for choice in made.form.becomes if choice != "written")
        click.echo(f"The file does not say what its lines become: choose {choices}.", err=True)
        return False
    if not sys.stdin.isatty():
        click.echo("Add --yes to do this.", err=True)
        return False
    return click.confirm("Import this?", default=False)


def _told(made: Plan, is_done: bool) -> dict[str, Any]:
    lines = [
        {
            "line": line.taken.number,
            "says": line.taken.text,
            "value": line.taken.value,
            "becomes": line.becomes,
            "state": line.state,
            "said": line.said,
            "until": line.taken.expires_at,
        }
        for line in made.lines
    ]
    return {
        "form": made.form.name,
        "imported": is_done,
        "needs_choice": made.needs_choice,
        "lines": lines,
        **made.counts,
    }
