"""`origins`: the table of countries and ISPs."""

from __future__ import annotations

from pathlib import Path

import click

from commands import (
    as_json,
    command,
    echo,
    format_time,
    now,
    table,
)
from reputation.intake import origins as tables


@click.group()
def origins() -> None:
    """Import the country, ASN and ISP of addresses."""


@command(origins, "import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--alone", is_flag=True, help="Keep nothing of the present table: what the files lack is unknown.")
@as_json
def import_files(files: tuple[Path, ...], alone: bool, as_json: bool) -> None:
    """Import a table in place of the one in use, from one FILE or from several that belong together.

    The form of each is told by its content: iptoasn.com's table, MaxMind's CSV (the zip as published), DB-IP's CSV, a
    MaxMind DB (.mmdb), or what the registries have given out (delegated-extended). What the files lack, such as ISPs
    beside countries, is kept from the table in use.
    """
    made = tables.import_files(files, now(), alone=alone)
    value = {
        "files": [str(file) for file in files],
        "imported": made.sentence,
        "lacks": made.lacks,
        "rows": made.rows,
        "left_out": made.bad,
    }
    echo(value, as_json, made.sentence)


@command(origins, "show")
@as_json
def show(as_json: bool) -> None:
    """Show where the table in use is from, and what it lacks."""
    found = tables.state()
    loaded = "bundled" if found.loaded_at is None else format_time(found.loaded_at)
    rows = [
        ("Loaded", loaded),
        ("ASNs and ISPs", found.asns or "none"),
        ("Countries", found.countries or "none"),
        *(("Lacks", said) for said in found.lacks),
    ]
    echo(found._asdict(), as_json, table(rows, ""))
