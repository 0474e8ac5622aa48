"""Policy > Import: lists of other programs. The page says what each line becomes; then a person agrees, or not.

The text goes from page to page in its field, as on Many Senders; what is done is what was looked at. Rules and valid
mail servers are the reader's organization's; listings are for everybody, and so the operator's alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import SelectField, StringField

from portal import undo
from portal.auth import can_edit, signed_in_user
from portal.effects import answer, effect_of, is_young, seen_by
from portal.forms import Form, choices, confirm_field, takes_form, text_field
from reputation.customers import imports
from reputation.customers.imports import AS_FEED, AS_LISTINGS, AS_WRITTEN, CHOICES, FORMS, WORDS, Choice, Imported, Plan
from reputation.customers.policy.dry_run import Effect
from reputation.customers.policy.importing import NEW, decode
from reputation.customers.policy.written_lines import lines_of
from reputation.durations import parse_duration
from reputation.intake.listings import LONGEST_REASON
from reputation.refusal import Refused
from reputation.verdict.zones import CATEGORIES

blueprint = Blueprint("import_lists", __name__, url_prefix="/policy/import")

MOST_SHOWN = 200  # lines of a kind; the page counts the others
DATABASES = [("standard", "Standard: its mail is refused"), ("dynamic", "Dynamic: its mail is deferred")]
ONLY_OPERATOR = "Listings count for every organization: only the operator of this installation can import them."
CHOOSE_OTHER = "Choose below what else the lines become, for your organization."


class ImportForm(Form):
    """A text, or a file in its place, and what its lines become; `seen` is the mark of what was looked at."""

    text = text_field()
    becomes = text_field()
    seen = text_field()
    name = text_field(longest=100)
    confirm = confirm_field()
    file = FileField()
    database = SelectField("Database", choices=choices(DATABASES), default="standard")
    category = SelectField("Category", choices=choices((name, name) for name in CATEGORIES), default="KSS")
    duration = StringField("For", default="30d", render_kw={"autocomplete": "off"})
    reason = StringField("Reason", default="", render_kw={"autocomplete": "off", "maxlength": LONGEST_REASON})


@dataclass(frozen=True)
class Look:
    """What a file says, before any of it is done."""

    text: str = ""
    name: str = ""
    problem: str = ""
    plan: Plan | None = None
    effect: Effect | None = None


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the field and the file."""
    return _page(Look(), ImportForm(formdata=None))


@blueprint.post("/look")
def look() -> ResponseReturnValue:
    """Show what each line becomes."""
    form = ImportForm()
    seen = _read(form)
    return _page(seen, form), 422 if seen.problem else 200


@blueprint.post("")
@takes_form(ImportForm, lambda form, problem: _page(replace(_read(form), problem=problem), form))
def carry_out(form: ImportForm) -> ResponseReturnValue:
    """Do what was looked at."""
    seen = _read(form)
    if seen.problem or seen.plan is None or form.seen.data != seen.plan.mark:
        return _page(seen, form), 422
    user = signed_in_user()
    done = imports.carry_out(
        seen.plan, seen.name or "a pasted list", user.organization.id, g.now, user.email, form.confirm.data or ""
    )
    _say(done)
    return redirect(_next(done), 303)


def _say(done: Imported) -> None:
    """Say what was done; rules alone can be taken back together."""
    said = f"Imported: {done.summary} {seen_by()}"
    if done.batch and not done.servers and not done.listings:
        undo.flash_undo(said, url_for("policy.take_back"), added=done.batch)
    else:
        undo.flash_undo(said)


def _next(done: Imported) -> str:
    """Where what was imported stands."""
    if done.approved or done.blocked:
        return url_for("policy.show", list="blocked" if done.blocked and not done.approved else None)
    return url_for("mail_servers.show") if done.servers else url_for("listings.show")


def _read(form: ImportForm) -> Look:
    """The text of the form, or of its file where one was chosen, and what becomes of its lines."""
    text, file, name = form.text.data, form.file.data, form.name.data
    try:
        if file:
            file.seek(0)
            text, name = decode(file.read()), (file.filename or "")[:100]
        text = "\n".join(lines_of(text))
        if not text.strip():
            return Look(text, name, "Choose a file, or paste a list.")
        return _planned(text, name, _choice(form))
    except Refused as refusal:
        return Look(text, name, str(refusal))


def _planned(text: str, name: str, choice: Choice) -> Look:
    """What becomes of a text by a choice; where one alone is left to the person, it is taken. Raise Refused."""
    user = signed_in_user()
    plan = imports.plan(text, choice, user.organization.id, g.now)
    may = _may_choose(plan)
    if plan.needs_choice and len(may) == 1:
        plan = imports.plan(text, choice._replace(becomes=may[0]), user.organization.id, g.now)
    if user.is_operator or not (plan.is_of_installation or (plan.needs_choice and not may)):
        return Look(text, name, "", plan)
    if not choice.becomes or not may:
        raise Refused(f"Read as {plan.form.about.replace('`', '')}, which becomes listings. {ONLY_OPERATOR}")
    undecided = imports.plan(text, choice._replace(becomes=""), user.organization.id, g.now)
    return Look(text, name, f"{ONLY_OPERATOR} {CHOOSE_OTHER}", undecided)


def _choice(form: ImportForm) -> Choice:
    if form.becomes.data == AS_FEED:
        raise Refused("A feed reads a file or an address again and again: add it under Installation > Feeds.")
    try:
        duration = parse_duration(form.duration.data or "")
    except ValueError as error:
        raise Refused(f"{error}.") from None
    reason = (form.reason.data or "").strip()
    return Choice(form.becomes.data, "", str(form.database.data), str(form.category.data), duration, reason)


def _told(seen: Look) -> Look:
    """With what the new rules would have changed."""
    if seen.plan is None:
        return seen
    rules = [(line.becomes, line.taken.value) for line in seen.plan.new("approved", "blocked")]
    return replace(seen, effect=effect_of(add=rules)) if rules else seen


def _may_choose(plan: Plan) -> list[str]:
    """What the person may choose: what the file says only where it says it of every line."""
    hidden = {AS_FEED} if signed_in_user().is_operator else {AS_FEED, AS_LISTINGS}
    if plan.needs_choice:
        hidden.add(AS_WRITTEN)
    return [name for name in plan.form.becomes if name not in hidden]


def _page(seen: Look, form: ImportForm) -> str:
    seen = _told(seen)
    offered = [(name, CHOICES[name]) for name in _may_choose(seen.plan)] if seen.plan else []
    return render_template(
        "import_lists/show.html",
        seen=seen,
        plan=seen.plan,
        form=form,
        offered=offered if len(offered) > 1 else [],
        is_written=offered[:1] == [(AS_WRITTEN, CHOICES[AS_WRITTEN])],
        can_be_feed=seen.plan is not None and AS_FEED in seen.plan.form.becomes and signed_in_user().is_operator,
        confirm=form.confirm if form.confirm.errors else None,
        changes=can_edit(),
        most=MOST_SHOWN,
        forms=FORMS,
        words=WORDS,
        new=NEW,
        answer=answer,
        is_young=is_young,
    )
