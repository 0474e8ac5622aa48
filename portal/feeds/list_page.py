"""All feeds, the catalogue of well-known lists, and a new feed: tried first, and then saved."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import fragments
from portal.app_context import current
from portal.auth import signed_in_user
from portal.feeds.forms import FeedForm, TakeForm, of_known
from portal.forms import takes_form
from portal.tables import from_request
from reputation.insight import feed_status
from reputation.intake import feeds
from reputation.intake.bounds import FeedBounds
from reputation.intake.feeds import Preview
from reputation.intake.feeds.catalogue import BY_KEY, GROUPS, RECOMMENDED
from reputation.publisher.approvals import WATCH
from reputation.refusal import NameTaken

blueprint = Blueprint("feeds", __name__, url_prefix="/installation/feeds")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show all feeds; for htmx the table alone, which asks again while a feed waits for its turn."""
    view = from_request(("name",), "name", ("state",))
    state = view.filters["state"] if view.filters["state"] in feed_status.STATES else ""
    states, total = feed_status.page(
        view.search, state, view.first, view.rows_a_page, g.now, current().publisher.served_lists
    )
    known = feeds.named_feeds([one.name for one in states])
    found = [(known[one.name], one) for one in states if one.name in known]
    return render_template(
        "feeds/_list.html" if fragments.is_fragment_request() else "feeds/show.html",
        view=view,
        feeds=found,
        total=total,
        states=feed_status.STATES,
        is_filtered=bool(view.search or state),
        waits=any(is_due(feed) for feed, _ in found),
    )


@blueprint.get("/catalogue")
def catalogue() -> ResponseReturnValue:
    """Show well-known public lists with their terms."""
    return _catalogue(TakeForm())


@blueprint.post("/catalogue")
@takes_form(TakeForm, lambda form, problem: _catalogue(form, problem))
def take(form: TakeForm) -> ResponseReturnValue:
    """Add the lists that were ticked, or those that are recommended; the scheduler fetches them within seconds."""
    keys = RECOMMENDED if form.which.data == "recommended" else form.keys.data or []
    taken = feeds.take(keys, g.now, form.use.data == WATCH, signed_in_user().email)
    names = ", ".join(one.name for one in taken.added)
    how = ", on watch" if form.use.data == WATCH else ""
    said = f"Added{how}: {names}. The first is fetched within 20 seconds, and the others follow." if names else ""
    flash(said or "All of them are among your feeds already.")
    return redirect(url_for("feeds.show"), 303)


@blueprint.get("/add")
def new() -> ResponseReturnValue:
    """Show the form for a new feed, filled in where one of the catalogue was chosen."""
    return _page(of_known(BY_KEY.get(request.args.get("known", ""))))


@blueprint.post("/preview")
@takes_form(FeedForm, lambda form, problem: _page(form, problem))
def preview(form: FeedForm) -> ResponseReturnValue:
    """Fetch and read a list without keeping it: show what it holds, and what the guards say of it."""
    wanted = form.wanted(_kept(form))
    key = wanted.key_header or ""
    trial = feeds.preview_feed(wanted.source, wanted.format, wanted.bounds, g.now, key, wanted.purpose)
    return _page(form, trial=trial)


@blueprint.post("/add")
@takes_form(FeedForm, lambda form, problem: _page(form, problem), field={NameTaken: "name"})
def add(form: FeedForm) -> ResponseReturnValue:
    """Save the feed; the scheduler fetches it within seconds."""
    wanted = form.wanted(_kept(form))
    made = feeds.add(
        form.name.data or "", wanted.source, wanted.format, wanted.category, g.now,
        wanted.database, wanted.every, wanted.duration, wanted.bounds, signed_in_user().email, wanted.key_header or "",
        wanted.purpose,
    )  # fmt: skip
    flash(f"{made.name} is added. It is fetched within 20 seconds; this page shows how that goes.")
    return redirect(url_for("feeds.one", feed_id=made.id), 303)


def is_due(feed: feeds.FeedState) -> bool:
    """Tell whether the feed waits for the scheduler's next turn."""
    return feed.checked_at is None and not feed.paused and max(feed.again_at, feed.retry_at) <= g.now


def _kept(form: FeedForm) -> FeedBounds:
    known = BY_KEY.get(form.known.data)
    return FeedBounds.of(dict(known.bounds)) if known else FeedBounds()


def _catalogue(form: TakeForm, problem: str = "") -> str:
    return render_template(
        "feeds/catalogue.html",
        form=form,
        problem=problem,
        groups=GROUPS,
        recommended=[BY_KEY[key] for key in RECOMMENDED],
        ticked=form.keys.data or (),
        ours=feeds.sources(),
    )


def _page(form: FeedForm, problem: str = "", trial: Preview | None = None) -> str:
    known = BY_KEY.get(request.args.get("known") or form.known.data)
    return render_template("feeds/add.html", form=form, problem=problem, trial=trial, known=known)
