"""Installation > Evidence: what each source of evidence brings, what was counted of it, and reports about an address.

Only operators see it: a report's text and its reporter can reveal a trap. It shows; nothing is changed here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple, cast

from flask import Blueprint, Flask, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal import markdown
from portal.app_context import AppContext, current
from reputation.insight import incoming_evidence
from reputation.insight.incoming_evidence import FoundReport
from reputation.intake.uncounted import REASONS
from reputation.refusal import Refused

blueprint = Blueprint("evidence", __name__, url_prefix="/installation/evidence")

LONGEST_SEARCH = 60
SHOWN_MESSAGES = 50
# What the trap counts, as a person reads it.
TRAP_FIGURES = {
    "trapped": "Messages that count against their sender",
    "complaints": "Complaints that count",
    "not counted": "Messages that count for nobody",
    "later": "Messages that were deferred: the queue was full, or DNS did not tell a reporter's key",
    "turned away": "Clients that were turned away: too many connections or messages",
}
COUNTED = {"spam": "refused as spam", "unknown recipient": "asked for unknown recipients", "clean": "delivered clean"}
SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)
NO_SLUG = re.compile("[^a-z0-9]+")


class Recipe(NamedTuple):
    """A section of the recipes; `slug` is its place on the page."""

    slug: str
    title: str
    text: Markup


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show every source; with `address`, the reports about an address or network, too."""
    search = request.args.get("address", "").strip()[:LONGEST_SEARCH]
    try:
        found = incoming_evidence.reports_about(search) if search else None
    except Refused as refusal:
        return _page(search, None, str(refusal)), 422
    return _page(search, found)


@blueprint.get("/recipes")
def recipes() -> ResponseReturnValue:
    """Show how each source is set up."""
    before, *parts = SECTION.split(cast(str, current_app.extensions["evidence recipes"]))
    title, _, opening = before.strip().partition("\n")
    sections = [
        Recipe(NO_SLUG.sub("-", name.lower()).strip("-"), name, markdown.render(text, top=3, link=_link))
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    ]
    opening_text = markdown.render(opening, link=_link)
    return render_template(
        "evidence/recipes.html", title=title.removeprefix("# "), opening=opening_text, sections=sections
    )


def init_app(app: Flask, file: Path) -> None:
    """Read the recipes that came with the program."""
    app.extensions["evidence recipes"] = file.read_text(encoding="utf-8")


def _page(search: str, found: list[FoundReport] | None, problem: str = "") -> str:
    app_context = current()
    return render_template(
        "evidence/show.html",
        search=search,
        found=found,
        problem=problem,
        most=incoming_evidence.MOST_REPORTS,
        started_at=app_context.started_at,
        now=g.now,
        counted_words=COUNTED,
        trap_words=TRAP_FIGURES,
        reporters=incoming_evidence.reporters(g.now),
        listed_alone=incoming_evidence.listed_alone(g.now),
        kept=incoming_evidence.uncounted_messages(SHOWN_MESSAGES),
        reasons=REASONS,
        **_figures(app_context),
    )


def _figures(app_context: AppContext) -> dict[str, object]:
    """What the sources have counted in this process, since its start."""
    chosen = {one.name: one.value for one in app_context.settings}
    return {
        "logs": app_context.log_figures(),
        "troubles": app_context.log_troubles(int(g.now)),
        "trap": app_context.trap_figures(),
        "trap_last": app_context.trap_last(),
        "queue": app_context.report_figures(),
        "mailbox": app_context.mailbox_figures(),
        "complaint_address": chosen.get("complaint_address", ""),
        "complaint_reporter": chosen.get("complaint_reporter", ""),
        "uncounted": app_context.uncounted_figures(),
    }


def _link(address: str) -> str:
    """Where a link of the recipes leads in the portal: settings stand on System, and help pages in the help."""
    name, dot, _place = address.partition(".md")
    if not dot or "://" in address:
        return address
    if name == "settings":
        return url_for("system.show") + "#settings-title"
    return url_for("help.show", screen=name.rpartition("/")[2]) if name.startswith("help/") else url_for("help.index")
