"""`python -m docs.tables`: writes the tables in the documentation that are made from tables of the program.

A page marks the place with the lines `<!-- table: NAME -->` and `<!-- end of table -->`; what stands between them is
written anew. A test fails where a page is not as this module writes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from docs import architecture
from docs.markdown_tables import code, table
from reputation.customers.imports import FORMS as IMPORTS
from reputation.delegation import DNS_PORT
from reputation.intake.formats import FORMATS, Format
from reputation.intake.origins import FORMS as ORIGINS
from reputation.reloadable import RELOADABLE
from reputation.resolvers import RESOLVERS
from reputation.settings import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
PLACE = re.compile(r"(?<=^<!-- table: )(\w+)( -->\n)(.*?)(?=^<!-- end of table -->$)", re.MULTILINE | re.DOTALL)


def settings() -> str:
    """Every setting with its default, its meaning, and whether a reload takes it."""
    rows = (
        (code(each.name), code(each.default_text), each.full_help, "yes" if each.name in RELOADABLE else "")
        for each in SETTINGS
    )
    return table(("name", "default", "meaning", "reload"), rows)


def formats() -> str:
    """Every feed format, what it is, and what stands after its colon."""
    rows = ((code(each.name), each.about, _option(each)) for each in FORMATS)
    return table(("format", "what it reads", "option"), rows)


def _option(form: Format) -> str:
    how = "needed" if form.needs_option else "may be left out"
    return f"{code(f'{form.name}:{form.option}')}, {how}: {form.option_about}" if form.option else ""


def origins() -> str:
    """Every form of a table of origins, and what it names."""
    return table(("form", "what it is", "what it names"), ((code(each.name), each.about, each.has) for each in ORIGINS))


def imports() -> str:
    """Every form of a list that can be imported, and what becomes of it."""
    return table(
        ("form", "what it is", "what becomes of it"), ((code(one.name), one.about, one.says) for one in IMPORTS)
    )


def resolvers() -> str:
    """The lines for every resolver, for an example of a zone and an address."""
    parts: list[str] = []
    for resolver in RESOLVERS:
        parts += [f"### {resolver.name}", ""]
        for lines in resolver.lines("rep.example.org", [("192.0.2.53", DNS_PORT)]):
            parts += ["```text", lines.text, "```", ""]
        parts += [f"Then `{resolver.command}`. {resolver.hint}", ""]
    return "\n".join(parts)


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings,
    "formats": formats,
    "origins": origins,
    "imports": imports,
    "resolvers": resolvers,
    "rooms": architecture.rooms,
    "modules": architecture.modules,
}


def pages() -> list[Path]:
    """The pages that have such a table."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if PLACE.search(page.read_text())]


def written(text: str) -> str:
    """The text of a page with its tables as they are made now. KeyError where no such table is made."""
    return PLACE.sub(lambda place: f"{place[1]}{place[2]}\n{TABLES[place[1]]()}\n", text)


if __name__ == "__main__":
    for page in pages():
        page.write_text(written(page.read_text()))
