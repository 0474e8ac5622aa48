"""The page of one rule: everything in it can be changed, after a look at what the change would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal import fragments, undo
from portal.auth import can_edit, signed_in_user
from portal.effects import answer, effect_of, is_young, seen_by
from portal.forms import takes_form
from portal.policy.list_page import Draft
from portal.policy.screen import (
    LONGEST_NOTE,
    LONGEST_SENDER,
    RuleForm,
    blueprint,
    mine,
    name_of,
    overlaps,
    parse_end,
    suggestions,
    written_end,
)
from reputation.customers import policy
from reputation.customers.policy import NewRule, Rule
from reputation.refusal import Refused

HINT = "Before you save another list or sender, this place says what it would have changed in the last seven days."


@blueprint.get("/rule/<int:number>")
def show_rule(number: int) -> ResponseReturnValue:
    """Show the rule in a form."""
    rule = _rule(number)
    return _page(rule, _tried(rule, Draft(rule.action, rule.value, rule.note, written_end(rule.expires_at))))


@blueprint.post("/rule/<int:number>/try")
def attempt_change(number: int) -> ResponseReturnValue:
    """Show what the change would do; for htmx that alone, or the form where a suggestion was taken."""
    rule = _rule(number)
    form = RuleForm()
    draft = _tried(rule, _draft(form.texts))
    if not fragments.is_fragment_request():
        return _page(rule, draft)
    part = "policy/_change.html" if form.chosen.data else "policy/_try.html"
    return render_template(part, rule=rule, draft=draft, is_wrong=False, **_words(rule))


@blueprint.post("/rule/<int:number>")
@takes_form(RuleForm, lambda form, problem, number: _not_changed(form, problem, number))
def change(form: RuleForm, number: int) -> ResponseReturnValue:
    """Save the changed rule."""
    rule = _rule(number)
    draft = _draft(form.texts)
    wanted = NewRule(draft.action, draft.sender, draft.note, _end(rule, draft.until))
    confirm = form.confirm.data or ""
    before, after = policy.change_rule(mine(), number, wanted, g.now, signed_in_user().email, confirm)
    if before != after:
        end = "" if before.expires_at is None else f"@{before.expires_at}"
        undo.flash_undo(
            f"{after.value} is changed. {seen_by()}",
            url_for("policy.change", number=number),
            list=before.action,
            sender=before.value,
            note=before.note,
            until=end,
            confirm=before.value,  # it stood before
        )
    return redirect(url_for("policy.show", list=after.action if after.action != "approved" else None), 303)


def _not_changed(form: RuleForm, problem: str, number: int) -> str:
    rule = _rule(number)
    confirm = form.confirm if form.confirm.errors else None
    return _page(rule, replace(_tried(rule, _draft(form.texts)), problem=problem, confirm=confirm), is_wrong=True)


def _rule(number: int) -> Rule:
    found = policy.rule(mine(), number)
    if found is None:
        g.problem = "This rule is gone, or was never there. Policy › Settings lists those that stand."
        abort(404)
    return found


def _draft(given: Mapping[str, str]) -> Draft:
    action = given.get("list", "")
    if action not in policy.ACTIONS:
        abort(400)
    sender = given.get("chosen", "") or given.get("sender", "")
    note, until = given.get("note", "")[:LONGEST_NOTE], given.get("until", "")[:LONGEST_SENDER]
    return Draft(action, sender.strip()[:LONGEST_SENDER], note, until)


def _end(rule: Rule, text: str) -> int | None:
    """The end that the form says; what it does not change is kept to the second, in the hour that comes twice too."""
    return rule.expires_at if text == written_end(rule.expires_at) else parse_end(text)


def _tried(rule: Rule, draft: Draft) -> Draft:
    try:
        _, value = policy.parse_value(draft.sender)
    except Refused as refusal:
        found = suggestions(draft.sender)
        return replace(draft, problem="" if found else str(refusal), suggestions=found)
    after, before = (draft.action, value), (rule.action, rule.value)
    if after == before:
        return replace(draft, value=value, statements=overlaps(*after, without=rule.id))
    effect = effect_of(add=[after], remove=[before])
    return replace(draft, value=value, statements=overlaps(*after, without=rule.id), effect=effect, tried=True)


def _page(rule: Rule, draft: Draft, is_wrong: bool = False) -> str:
    words = _words(rule)
    return render_template("policy/rule.html", rule=rule, draft=draft, is_wrong=is_wrong, changes=can_edit(), **words)


def _words(rule: Rule) -> dict[str, object]:
    try_at = url_for("policy.attempt_change", number=rule.id)
    return {"name_of": name_of, "answer": answer, "is_young": is_young, "try_at": try_at, "hint": HINT}
