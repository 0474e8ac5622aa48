"""One feed: its state, its history, what changed between two of its lists, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import fragments
from portal.app_context import current
from portal.auth import signed_in_user
from portal.feeds.forms import (
    ButtonForm,
    EditForm,
    FeedForm,
    of_feed,
)
from portal.feeds.list_page import blueprint, is_due
from portal.forms import Form, takes_form, whole_number
from portal.tables import from_request
from reputation.counting import precision, watched
from reputation.durations import duration_text
from reputation.insight import feed_status
from reputation.intake import feeds
from reputation.intake.feeds import FeedState
from reputation.publisher.approvals import WATCH
from reputation.refusal import Refused
from reputation.settings import masked

RANGES_A_PAGE = 100
SAID = {
    "refresh": "{name} is fetched within 20 seconds; this page shows how that goes.",
    "pause": "{name} is paused: it is not fetched, and lists nothing from now on.",
    "resume": "{name} is in use again, and fetched within 20 seconds.",
    "watch": "{name} is on watch: it is fetched and counted, and lists nothing from now on.",
    "serve": "{name} is served from now on.",
    "accept": "The held list of {name} is accepted and in use from now on.",
    "refuse": "The held list of {name} is refused; the one before stays in use.",
    "rollback": "{name} is rolled back: the list before is in use from now on.",
}


def _refused(_form: Form, problem: str, feed_id: int, act: str = "") -> ResponseReturnValue:
    feed = _feed(feed_id)
    return _page(feed, of_feed(feed), problem)


@blueprint.get("/<int:feed_id>")
def one(feed_id: int) -> ResponseReturnValue:
    """Show the page of a feed; for htmx its state alone, which asks again while the feed waits for its turn."""
    feed = _feed(feed_id)
    if fragments.is_fragment_request():
        return render_template("feeds/_state.html", **_state(feed))
    return _page(feed, of_feed(feed))


@blueprint.post("/<int:feed_id>/<any(refresh, pause, resume, accept, refuse, rollback, watch, serve):act>")
@takes_form(ButtonForm, _refused)
def do(form: ButtonForm, feed_id: int, act: str) -> ResponseReturnValue:
    """Do one of the things that can be done with a feed."""
    feed = _feed(feed_id)
    who: Any = signed_in_user().email
    acts: dict[str, Callable[[], object]] = {
        "refresh": lambda: feeds.refresh_soon(feed.name, g.now),
        "pause": lambda: feeds.pause(feed.name, g.now, who),
        "resume": lambda: feeds.resume(feed.name, g.now, who),
        "watch": lambda: feeds.watch(feed.name, g.now, who),
        "serve": lambda: feeds.serve(feed.name, g.now, who),
        "accept": lambda: feeds.accept(feed.name, g.now, who),
        "refuse": lambda: feeds.refuse(feed.name, g.now, who),
        "rollback": lambda: feeds.rollback(feed.name, g.now, who),
    }
    acts[act]()
    flash(SAID[act].format(name=feed.name))
    # From the list of all feeds the way leads back to it.
    back = url_for("feeds.show") if form.back.data == "list" else url_for("feeds.one", feed_id=feed.id)
    return redirect(back, 303)


@blueprint.post("/<int:feed_id>/edit")
@takes_form(EditForm, lambda form, problem, feed_id: _page(_feed(feed_id), form, problem))
def edit(form: EditForm, feed_id: int) -> ResponseReturnValue:
    """Change a feed; its name stays."""
    feed = _feed(feed_id)
    wanted = form.wanted(feed.bounds, may_be_file=feed.source)
    feeds.edit(
        feed.name, wanted.source, wanted.format, wanted.category, g.now, wanted.database, wanted.every,
        wanted.duration, wanted.bounds, signed_in_user().email, wanted.key_header,
    )  # fmt: skip
    flash(f"{feed.name} is changed.")
    return redirect(url_for("feeds.one", feed_id=feed.id), 303)


@blueprint.post("/<int:feed_id>/remove")
@takes_form(ButtonForm, _refused)
def remove(_form: ButtonForm, feed_id: int) -> ResponseReturnValue:
    """Remove the feed with all that it lists."""
    feed = _feed(feed_id)
    feeds.remove(feed.name, g.now, signed_in_user().email)
    flash(f"{feed.name} is removed: nothing in it is listed any more.")
    return redirect(url_for("feeds.show"), 303)


@blueprint.get("/<int:feed_id>/changes")
def changes(feed_id: int) -> ResponseReturnValue:
    """Show which ranges were added or removed between two lists of a feed."""
    feed = _feed(feed_id)
    view = from_request(("address",), "address", ("old", "new", "which"), RANGES_A_PAGE)
    old, new = (request.args.get(name, 0, type=whole_number) for name in ("old", "new"))
    which = "removed" if view.filters["which"] == "removed" else "added"
    try:
        found = feeds.diff(feed.name, old, new, which, view.first, view.rows_a_page)
    except Refused as refusal:
        return _page(feed, of_feed(feed), str(refusal)), 404
    return render_template("feeds/changes.html", feed=feed, found=found, view=view)


def _feed(feed_id: int) -> FeedState:
    return feeds.by_id(feed_id) or abort(404)


def _state(feed: FeedState) -> dict[str, Any]:
    state = feed_status.feed(feed.name, g.now, current().publisher.served_lists) or abort(404)
    return {
        "feed": feed,
        "state": state,
        "waits": is_due(feed),
        "source": masked(feed.source),
        "duration": duration_text,
    }


def _page(feed: FeedState, form: FeedForm, problem: str = "") -> str:
    history = feeds.history(feed.name)
    return render_template(
        "feeds/one.html",
        form=form,
        problem=problem,
        history=history,
        measured=precision.of_feed(feed.id, g.now),
        measured_days=precision.DAYS,
        fewest=precision.FEWEST,
        watched=watched.of_feed(feed.id, g.now) if feed.purpose == WATCH else None,
        samples=current().log_bounds.sample > 0,
        **_state(feed),
    )
