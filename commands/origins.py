"""`origins`: the table of countries and ISPs."""

from __future__ import annotations

from pathlib import Path

import click

from commands import (
    as_json,
    command,
    echo,
    now,
)
from reputation.intake import origins as tables


@click.group()
def origins() -> None:
    """Import the country, ASN and ISP of addresses."""


@command(origins, "import")
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def import_file(file: Path, as_json: bool) -> None:
    """Import FILE (start, end, ASN, country, name; tab-separated, gzip or plain) in place of the bundled table."""
    sentence = tables.import_file(file, now())
    echo({"file": str(file), "imported": str(sentence)}, as_json, str(sentence))
