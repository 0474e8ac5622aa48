"""The two lists, the form for one more rule with what it would change, and the removal of rules with its undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import fragments, tables, undo
from portal.auth import can_edit, inner_path, signed_in_user
from portal.effects import answer, effect_of, is_young, seen_by
from portal.forms import Form, NumberField, NumbersField, takes_form, text_field
from portal.policy.screen import (
    KINDS,
    LONGEST_NOTE,
    LONGEST_SENDER,
    PERIODS,
    VERBS,
    RuleForm,
    Suggestion,
    blueprint,
    mine,
    name_of,
    namer,
    overlaps,
    parse_end,
    suggestions,
)
from reputation.customers import policy
from reputation.customers.policy import Rule, rule_list
from reputation.customers.policy.dry_run import Effect
from reputation.customers.policy.overlaps import Statement
from reputation.customers.policy.rule_list import RuleFilter
from reputation.refusal import Refused

HINT = (
    "An address, a network, a country or an ISP, by name or number. Before you save, this place says what the rule "
    "would have changed in the last seven days."
)
WHICH = "Which sender do you mean? Choose one of those below."
MOST_AT_ONCE = 1000  # rows of the list that are removed by one click


@dataclass(frozen=True)
class Draft:
    """A rule as it is written in the form, with what is wrong with it, what may be meant, and what it would do."""

    action: str = "approved"
    sender: str = ""
    note: str = ""
    until: str = ""
    value: str = ""  # in canonical form, once the sender can be read
    problem: str = ""
    suggestions: list[Suggestion] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    effect: Effect | None = None
    tried: bool = False  # whether a dry run was made
    confirm: Any = None  # the field to confirm it in, with what it would do, where that has to be


class SelectionForm(Form):
    """Rows that are to be removed: `only` is that of a button, else those that are ticked. `back` is their view."""

    only = NumberField()
    selected = NumbersField(default=())
    back = text_field()


class UndoForm(Form):
    """The batch that was added, or that was removed."""

    added = text_field()
    removed = text_field()
    back = text_field()


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show a list and the form, which the address may have filled in."""
    draft = _draft(request.args)
    return _page(_tried(draft) if draft.sender and can_edit() else draft)


@blueprint.post("/try")
def attempt() -> ResponseReturnValue:
    """Show what the rule in the form would change; for htmx that alone, or the form where a suggestion was taken."""
    form = RuleForm()
    draft = _tried(_draft(form.texts))
    if not fragments.is_fragment_request():
        return _page(draft)
    part = "policy/_add.html" if form.chosen.data else "policy/_try.html"
    return render_template(part, draft=draft, is_wrong=False, **_words())


@blueprint.post("")
@takes_form(RuleForm, lambda form, problem: _not_added(form, problem))
def add(form: RuleForm) -> ResponseReturnValue:
    """Add a rule."""
    draft = _draft(form.texts)
    made = policy.add_rule(
        mine(), draft.action, draft.sender, g.now, signed_in_user().email, draft.note, parse_end(draft.until),
        form.confirm.data or "",
    )  # fmt: skip
    page = url_for("policy.show", list=made.action if made.action != "approved" else None)
    undo.flash_undo(
        f"{_called(made)} is {made.action}. {seen_by()}", url_for("policy.take_back"), added=made.batch, back=page
    )
    return redirect(page, 303)


def _not_added(form: RuleForm, problem: str) -> str:
    tried = replace(_tried(_draft(form.texts)), confirm=form.confirm if form.confirm.errors else None)
    return _page(replace(tried, problem=WHICH if tried.suggestions else problem), is_wrong=True)


@blueprint.post("/remove")
def remove() -> ResponseReturnValue:
    """Remove one rule by the button of its row, or all that are ticked."""
    form = SelectionForm()
    only = form.only.data
    wanted = [only] if only is not None else form.selected.data[:MOST_AT_ONCE]
    batch, gone = policy.remove_rules(mine(), wanted, g.now, signed_in_user().email)
    if not gone:
        undo.flash_undo("Tick the rules that you want to remove." if not wanted else "These rules are gone already.")
    else:
        what = (
            f"{_called(gone[0])} is no longer {gone[0].action}" if len(gone) == 1 else f"{len(gone)} rules are removed"
        )
        undo.flash_undo(f"{what}. {seen_by()}", url_for("policy.take_back"), removed=batch, back=_back(form))
    return redirect(_back(form), 303)


@blueprint.post("/undo")
@takes_form(UndoForm, lambda form, problem: _told(form, problem))
def take_back(form: UndoForm) -> ResponseReturnValue:
    """Remove what was added, or bring back what was removed."""
    if form.added.data:
        gone = policy.remove_batch(mine(), form.added.data, g.now, signed_in_user().email)
        return _told(form, f"Undone: {_rules(len(gone))} taken away again. {seen_by()}")
    back = policy.restore(mine(), form.removed.data, g.now, signed_in_user().email)
    more = f" {_rules(back.existing)} not: added anew meanwhile, or ended." if back.existing else ""
    return _told(form, f"Undone: {_rules(back.added)} back.{more} {seen_by()}")


def _told(form: UndoForm, sentence: str) -> ResponseReturnValue:
    undo.flash_undo(sentence)
    return redirect(_back(form), 303)


def _draft(given: Mapping[str, str]) -> Draft:
    action = given.get("list", "") or "approved"
    if action not in policy.ACTIONS:
        abort(404)
    sender = given.get("chosen", "") or given.get("sender", "")
    return Draft(
        action,
        sender.strip()[:LONGEST_SENDER],
        given.get("note", "").strip()[:LONGEST_NOTE],
        given.get("until", "").strip()[:LONGEST_SENDER],
    )


def _tried(draft: Draft) -> Draft:
    """The draft with all that can be said of it before it is saved."""
    if not draft.sender:
        return draft
    try:
        _, value = policy.parse_value(draft.sender)
    except Refused as refusal:
        found = suggestions(draft.sender)
        return replace(draft, problem="" if found else str(refusal), suggestions=found)
    if rule_list.rule_exists(mine(), draft.action, value):
        return replace(draft, value=value, problem=f"{value} is {draft.action} already.")
    said, effect = overlaps(draft.action, value), effect_of(add=[(draft.action, value)])
    return replace(draft, value=value, statements=said, effect=effect, tried=True)


def _page(draft: Draft, is_wrong: bool = False) -> str:
    view = tables.from_request(rule_list.SORTS, "-added", ("list", "kind"))
    wanted = RuleFilter(draft.action, view.search, view.filters["kind"], view.sort, view.descending)
    counts = policy.counts(mine())
    of = counts[draft.action]
    rules, matching = rule_list.page(mine(), wanted, view.first, view.rows_a_page, namer(), of)
    return render_template(
        "policy/show.html",
        draft=draft,
        is_wrong=is_wrong,
        view=view,
        rules=rules,
        matching=matching,
        total=of,
        counts=counts,
        ended=policy.recently_ended(mine(), draft.action),
        changes=can_edit(),
        back=view.address(page=view.page),
        kinds=KINDS,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "name_of": namer(),
        "answer": answer,
        "is_young": is_young,
        "verbs": VERBS,
        "periods": PERIODS,
        "try_at": url_for("policy.attempt"),
        "hint": HINT,
    }


def _called(one: Rule) -> str:
    name = name_of(one.value)
    return f"{name} ({one.value})" if name else one.value


def _rules(count: int) -> str:
    return "1 rule is" if count == 1 else f"{count:,} rules are"


def _back(form: Form) -> str:
    """The view of the list from which the form was sent."""
    path = inner_path(form.back.data)
    return path if path.startswith(blueprint.url_prefix or "/") else url_for("policy.show")
