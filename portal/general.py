"""General: what was asked in the last 24 hours, what is loaded and since when, and what is left to set up.

The page refreshes its figures by itself. A refresh that would change nothing answers 204, so that nothing on the page
moves and a selected text stays selected.
"""

from __future__ import annotations

from hashlib import blake2b

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal import fragments
from portal.app_context import current
from portal.auth import signed_in_user
from portal.forms import whole_number
from reputation import faults
from reputation.counting import other_packets, quotas
from reputation.customers import first_steps
from reputation.insight import day_summary, feed_status
from reputation.publisher import UNPUBLISHED

blueprint = Blueprint("general", __name__)

# A page that was left open stops asking after this time, and says so.
REFRESHES_FOR = 8 * 3600
FEEDS_SHOWN = 50
FAULTS_SHOWN = 5
# Faults by which figures and lists are late, also for those who do not run the installation.
LATE = frozenset(("database", "database writes", "database damage", UNPUBLISHED, "stored list"))
FRAGMENTS = ("unwell", "quota", "figures", "nothing", "hours", "state")


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show the whole page, or for htmx only what has changed since it was `seen`."""
    opened = request.args.get("opened", g.now, type=whole_number)
    over = g.now - opened >= REFRESHES_FOR
    parts = _parts()
    # The minute belongs to it, because the page says as of when its figures are.
    digest = blake2b(f"{g.now // 60}{''.join(parts.values())}".encode(), digest_size=8).hexdigest()
    context = {"parts": parts, "digest": digest, "now": g.now, "opened": opened, "over": over, "app_context": current()}
    context["zone_lacks"] = current().delegation.lacks if signed_in_user().is_operator else ""
    if not fragments.is_fragment_request():
        return render_template("general/show.html", **context)
    if over:
        return render_template("general/_refresh.html", **context), fragments.STOP_POLLING
    if request.args.get("seen") == digest:
        return "", 204
    return render_template("general/_refresh.html", **context)


def _parts() -> dict[str, Markup]:
    """Each fragment that refreshes, rendered, by the id of the place where it stands."""
    organization = signed_in_user().organization
    day = day_summary.last_24_hours(organization.id, g.now)
    served, own_listings = current().publisher.served_lists, feed_status.own_listings(g.now)
    feeds, all_feeds = feed_status.first_feeds(FEEDS_SHOWN, g.now, served)
    standing = faults.standing()
    parts = sorted(current().publisher.loaded.values(), key=lambda part: part.name)
    context = {
        "day": day,
        "faults": standing if signed_in_user().is_operator else [],
        "shown": FAULTS_SHOWN,
        "is_late": any(fault.kind in LATE for fault in standing),
        "organization": organization,
        "feeds": feeds,
        "own_listings": own_listings,
        "more_feeds": all_feeds - len(feeds),
        "entries": feed_status.entries_served(g.now, served) + own_listings,
        "parts": parts,
        "as_of": current().publisher.as_of,
        "since": max((part.loaded_at for part in parts), default=None),
        "use": quotas.of(organization.id, current().daily_quota, g.now),
        "pressed": quotas.pressed(g.now) if signed_in_user().is_operator else [],
        "near": quotas.NEAR,
        "others": other_packets.last_24_hours(g.now) if signed_in_user().is_operator else [],
        "steps": first_steps.steps(organization.id, g.now, signed_in_user().is_operator),
    }
    return {name: Markup(render_template(f"general/_{name}.html", **context).strip()) for name in FRAGMENTS}
