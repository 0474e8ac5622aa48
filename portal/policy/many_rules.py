"""Many rules at once: pasted or from a file, first shown on a page, then added; and all of them as a file.

The text goes from page to page in its field, so that nothing is lost over a line that is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField

from portal import undo
from portal.auth import can_edit, signed_in_user
from portal.downloads import csv_file
from portal.effects import answer, effect_of, is_young, live_snapshot, seen_by
from portal.forms import Form, confirm_field, takes_form, text_field
from portal.policy.screen import VERBS, blueprint, mine, name_of
from portal.times import iso
from reputation.customers import policy
from reputation.customers.policy import importing
from reputation.customers.policy.dry_run import Effect
from reputation.customers.policy.importing import (
    NEW,
    WRONG,
    Line,
)
from reputation.customers.policy.overlaps import Overlaps, Statement
from reputation.customers.policy.written_lines import lines_of
from reputation.refusal import Refused

HEADINGS = ("Action", "Sender", "Note", "Until (UTC)", "Name", "Added (UTC)", "By")
MOST_SHOWN = 200  # lines of a kind; the page counts the others


@dataclass(frozen=True)
class Look:
    """What a text says, before any of it is added."""

    action: str
    text: str = ""
    problem: str = ""
    lines: Sequence[Line] = ()
    cautions: Sequence[tuple[Line, Statement]] = ()
    effect: Effect | None = None
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def mark(self) -> str:
        """Return the hash of this very text and list: what is added is what was looked at."""
        return blake2b(f"{self.action} {self.text}".encode(), digest_size=8).hexdigest()

    def those(self, state: str) -> list[Line]:
        """Return the lines in this state."""
        return [line for line in self.lines if line.state == state]


class ManyForm(Form):
    """A text, or a file in its place; `seen` is the mark of the text that was looked at."""

    list = text_field()
    text = text_field()
    seen = text_field()
    confirm = confirm_field()
    file = FileField()


@blueprint.get("/many")
def show_many() -> ResponseReturnValue:
    """Show the field and the file."""
    return _page(Look(_action(request.args.get("list", "approved"))))


@blueprint.post("/many/look")
def look() -> ResponseReturnValue:
    """Show what the text or the file says, line by line, and what it would change."""
    seen = _read(ManyForm())
    return _page(seen), 422 if seen.problem else 200


@blueprint.post("/many")
@takes_form(ManyForm, lambda form, problem: _page(replace(_read(form), problem=problem), form))
def add_many(form: ManyForm) -> ResponseReturnValue:
    """Add the good lines of a text that was looked at."""
    seen = _read(form)
    if seen.problem or form.seen.data != seen.mark or not seen.counts[NEW]:
        return _page(seen), 422
    new = [line.rule for line in seen.those(NEW) if line.rule]
    made = policy.add_rules(mine(), new, g.now, signed_in_user().email, form.confirm.data or "")
    left = f" {seen.counts[WRONG]:,} lines were left out." if seen.counts[WRONG] else ""
    rules = "1 rule is" if made.added == 1 else f"{made.added:,} rules are"
    undo.flash_undo(f"{rules} added.{left} {seen_by()}", url_for("policy.take_back"), added=made.batch)
    return redirect(url_for("policy.show", list=seen.action if seen.action != "approved" else None), 303)


@blueprint.get("/rules.csv")
def download() -> ResponseReturnValue:
    """Send all rules of both lists, in the format in which they are read back."""
    return csv_file("sender-rules", HEADINGS, _rows())


def _rows() -> Iterator[tuple[Any, ...]]:
    for one in policy.rules(mine()):
        end = "" if one.expires_at is None else iso(one.expires_at)
        yield one.action, one.value, one.note, end, name_of(one.value), iso(one.created_at), one.created_by


def _action(text: str) -> str:
    if text not in policy.ACTIONS:
        abort(404)
    return text


def _read(form: ManyForm) -> Look:
    """The text of the form, or of its file where one was chosen, line by line."""
    action = _action(form.list.data)
    text, file = form.text.data, form.file.data
    try:
        if file:
            file.seek(0)
            text = importing.decode(file.read())
        text = "\n".join(lines_of(text))
        if not text.strip():
            return Look(action, text, "Paste some senders, one a line, or choose a file.")
        lines = importing.read(text, action, g.now, policy.existing_rules(mine()))
    except Refused as refusal:
        return Look(action, text, str(refusal))
    counts = Counter(line.state for line in lines)
    return Look(action, text, "", lines, counts=counts)


def _told(seen: Look) -> Look:
    """With what the new rules would have changed, and how they stand to the others."""
    new = [(line.rule.action, line.rule.value) for line in seen.those(NEW) if line.rule]
    if not new:
        return seen
    return replace(seen, effect=effect_of(add=new), cautions=_cautions(seen.those(NEW), new))


def _cautions(lines: Sequence[Line], new: Sequence[tuple[str, str]]) -> list[tuple[Line, Statement]]:
    """What is to be known of the new rules beside those that stand and beside each other."""
    snapshot = live_snapshot()
    rules = [*policy.existing_rules(mine()), *new]
    others = Overlaps(rules, snapshot.origins) if snapshot else Overlaps(rules)
    return [
        (line, said)
        for line in lines
        if line.rule
        for said in others.of(line.rule.action, line.rule.value)
        if said.is_warning
    ]


def _page(seen: Look, form: ManyForm | None = None) -> str:
    return render_template(
        "policy/many.html",
        seen=_told(seen),
        confirm=form.confirm if form and form.confirm.errors else None,
        changes=can_edit(),
        most=MOST_SHOWN,
        most_lines=importing.MOST_LINES,
        name_of=name_of,
        answer=answer,
        is_young=is_young,
        verbs=VERBS,
    )
