"""Installation > Write News: the operator writes, previews, schedules, unpublishes, edits and discards news."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import Length

from portal import fragments, markdown, tables
from portal.auth import signed_in_user
from portal.forms import (
    EmptyForm,
    Form,
    NumberField,
    add_error,
    choices,
    required,
    takes_form,
    text_field,
)
from portal.times import field, from_field
from portal.undo import flash_undo as say_done
from reputation.insight import news
from reputation.insight.news import Item
from reputation.refusal import Refused

blueprint = Blueprint("write_news", __name__, url_prefix="/installation/news")

DRAFT, NOW, AT = "draft", "now", "at"
COLUMNS = ("title", "kind", "state", "when")
WHEN = {DRAFT: "Keep as a draft", NOW: "Publish now", AT: "Publish at a day and time"}
DONE = {DRAFT: "The draft is saved.", NOW: "The item is published.", AT: "The item is saved."}
TO_COME = "The item is saved, and will be shown from the time you chose."


class NewsForm(Form):
    """An item of news as it is written."""

    kind = RadioField("Where it is shown", choices=choices(news.KINDS.items()), default=news.SPAM)
    title = StringField(
        "Title", [required("Write a title."), Length(max=news.LONGEST_TITLE, message="Use a shorter title.")]
    )
    body = TextAreaField(
        "Text, in Markdown", [required("Write a text."), Length(max=news.LONGEST_BODY, message="Use a shorter text.")]
    )
    when = RadioField("When", choices=choices(WHEN.items()), default=DRAFT)
    at = StringField("Day and time")
    do = text_field()  # which button

    def moment(self, published_at: int | None, now: int) -> int | None:
        """Return when it is to be published, in Unix seconds, or None. Raise Refused where the fields cannot be read.

        A time that was not changed stays exact to the second.
        """
        if self.when.data != AT:
            return now if self.when.data == NOW else None
        if published_at is not None and self.at.data == _written(published_at):
            return published_at
        try:
            return from_field(self.at.data or "")
        except ValueError:
            add_error(self.at, "Write a day and a time, such as 2026-11-03T08:00.")
            raise Refused("Look at the day and the time.") from None


class PublishForm(Form):
    """When an item is to be published again, as an undo names it."""

    at = NumberField()


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show all items in every state."""
    view = tables.from_request(COLUMNS, "-when", ("kind", "state"))
    items = [item for item in news.all_items() if _is_wanted(item, view)]
    order = {
        "title": lambda item: item.title.casefold(),
        "kind": lambda item: item.kind,
        "state": lambda item: item.state(g.now),
        "when": _when,
    }[view.sort]
    items.sort(key=order, reverse=view.descending)
    shown = items[view.first : view.first + view.rows_a_page]
    told = {"kinds": news.KINDS, "states": news.STATES, "when": _when}
    return render_template("write_news/show.html", view=view, items=shown, total=len(items), now=g.now, **told)


@blueprint.get("/new")
def new() -> ResponseReturnValue:
    """Show an empty form."""
    kind = request.args.get("kind", news.SPAM)
    return _page(NewsForm(kind=kind if kind in news.KINDS else news.SPAM))


@blueprint.post("/new")
def create() -> ResponseReturnValue:
    """Save a new item, or show its preview."""
    return _previewed(None) or _save(item=None)


@blueprint.get("/<int:item_id>")
def edit(item_id: int) -> ResponseReturnValue:
    """Show the form with an item in it."""
    item = _item(item_id)
    chosen = {"when": DRAFT if item.published_at is None else AT, "at": _written(item.published_at)}
    return _page(NewsForm(kind=item.kind, title=item.title, body=item.body, **chosen), item)


@blueprint.post("/<int:item_id>")
def change(item_id: int) -> ResponseReturnValue:
    """Save a changed item, or show the preview of the change."""
    item = _item(item_id)
    return _previewed(item) or _save(item=item)


def _gone(_form: Form, problem: str, item_id: int) -> ResponseReturnValue:
    """What is gone meanwhile is no page."""
    g.problem = problem
    abort(404)


@blueprint.post("/<int:item_id>/publish")
@takes_form(PublishForm, _gone)
def publish(form: PublishForm, item_id: int) -> ResponseReturnValue:
    """Publish the item as it is: now, or at the time that an undo names."""
    at = g.now if form.at.data is None else form.at.data
    return _done(news.publish(item_id, at, signed_in_user().email, g.now), "{} is published.", "unpublish")


@blueprint.post("/<int:item_id>/unpublish")
@takes_form(EmptyForm, _gone)
def unpublish(_form: EmptyForm, item_id: int) -> ResponseReturnValue:
    """Make the item a draft again."""
    return _done(news.unpublish(item_id, signed_in_user().email, g.now), "{} is a draft again.", "publish")


@blueprint.post("/<int:item_id>/discard")
@takes_form(EmptyForm, _gone)
def discard(_form: EmptyForm, item_id: int) -> ResponseReturnValue:
    """Discard the item; it can be restored."""
    return _done(news.discard(item_id, signed_in_user().email, g.now), "{} is discarded.", "restore")


@blueprint.post("/<int:item_id>/restore")
@takes_form(EmptyForm, _gone)
def restore(_form: EmptyForm, item_id: int) -> ResponseReturnValue:
    """Restore an item that was discarded."""
    return _done(news.restore(item_id, signed_in_user().email, g.now), "{} is back.", "discard")


def _done(item: Item, sentence: str, undo: str) -> ResponseReturnValue:
    """Say what was done with the item, with the way back, and show the list."""
    fields = {"at": item.published_at} if undo == "publish" and item.published_at is not None else {}
    say_done(sentence.format(f"“{item.title}”"), url_for(f"write_news.{undo}", item_id=item.id), **fields)
    return redirect(url_for("write_news.show"), 303)


def _previewed(item: Item | None) -> ResponseReturnValue | None:
    """How it would look, whether it is complete or not; None where the other button was pressed."""
    form = NewsForm()
    if form.do.data != "preview":
        return None
    preview = {"text": markdown.render(form.body.data or ""), "title": form.title.data}
    if fragments.is_fragment_request():
        return render_template("write_news/_preview.html", preview=preview)
    return _page(form, item, preview)


@takes_form(NewsForm, lambda form, problem, item: _page(form, item, problem=problem))
def _save(form: NewsForm, item: Item | None) -> ResponseReturnValue:
    saved = _saved(form, item)
    say_done(TO_COME if saved.state(g.now) == news.SCHEDULED else DONE[form.when.data])
    return redirect(url_for("write_news.show"), 303)


def _saved(form: NewsForm, item: Item | None) -> Item:
    at = form.moment(item.published_at if item else None, g.now)
    content = (form.kind.data, form.title.data, form.body.data, at, signed_in_user().email, g.now)
    return news.edit(item.id, *content) if item else news.write(*content)


def _page(form: NewsForm, item: Item | None = None, preview: dict[str, Any] | None = None, problem: str = "") -> str:
    context = {"form": form, "item": item, "preview": preview, "problem": problem, "now": g.now}
    return render_template("write_news/edit.html", **context)


def _item(item_id: int) -> Item:
    item = news.find(item_id)
    if item is None or item.discarded_at is not None:
        abort(404)
    return item


def _is_wanted(item: Item, view: tables.TableQuery) -> bool:
    """Discarded items are shown where they are asked for, and else not."""
    state, wanted = item.state(g.now), view.filters["state"]
    if state != wanted and (wanted or state == news.DISCARDED):
        return False
    return view.filters["kind"] in ("", item.kind) and view.search.casefold() in f"{item.title} {item.body}".casefold()


def _when(item: Item) -> int:
    return item.published_at if item.published_at is not None else item.created_at


def _written(timestamp: int | None) -> str:
    return field(timestamp) if timestamp is not None else ""
