"""Policy > Reputation Settings: which categories of the standard database count, and which level of the dynamic one.

There is a section for each database that the subscription includes. Each shows, before it is saved, what it would have
changed in the last seven days.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from portal import fragments, undo
from portal.auth import can_edit, signed_in_user
from portal.effects import answer, effect_of, is_young, seen_by
from portal.forms import Form, NumberField, takes_form
from reputation.customers.policy import settings
from reputation.customers.policy.dry_run import Effect
from reputation.customers.policy.settings import Chosen
from reputation.verdict.zones import DYNAMIC, LEVEL_HIGHEST, STANDARD

blueprint = Blueprint("reputation_settings", __name__, url_prefix="/policy/reputation-settings")


class CategoryChoice(NamedTuple):
    """A check box: its field, its name, what it lists, and what it costs to clear it."""

    field: str
    name: str
    lists: str
    warning: str


CATEGORIES = (
    CategoryChoice(
        "kss", "KSS", "Known spam sources: senders that feeds and reports have shown to send spam",
        "Known spam sources are accepted from then on, also those that send nothing but spam.",
    ),
    CategoryChoice(
        "dul", "DUL", "Dynamic user list: connections of homes and dial-up users, which should not send mail directly",
        "Hijacked machines at home reach you directly from then on: they send most of the world's spam.",
    ),
    CategoryChoice(
        "etl", "ETL", "Emerging threat list: senders of a wave that has just begun, among them bots",
        "New waves of spam and malware come through from then on until another list knows them.",
    ),
)  # fmt: skip


class LevelChoice(NamedTuple):
    """A step of the slider."""

    number: int
    name: str
    text: str


LEVELS = (
    LevelChoice(0, "Off", "the database is asked, and never defers anybody"),
    LevelChoice(1, "Least aggressive", "tolerates as much spam as level 2, and defers for a shorter time"),
    LevelChoice(2, "Default", "tolerates more spam from senders with a good rating"),
    LevelChoice(3, "Aggressive", "tolerates a little spam from anybody"),
    LevelChoice(4, "Most aggressive", "one spam message is enough to defer its sender"),
)


class CategoriesForm(Form):
    """The check boxes of the categories."""

    kss = BooleanField()
    dul = BooleanField()
    etl = BooleanField()


class LevelForm(Form):
    """The slider."""

    level = NumberField()


class Tried(NamedTuple):
    """What another choice would have done; of a level: how many connections it defers, and how many the present one."""

    effect: Effect | None
    deferred: int = 0
    present: int = 0


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show a section for each database that the subscription includes."""
    return _page(settings.chosen(_mine()))


@blueprint.post("/standard/try")
def attempt_categories() -> ResponseReturnValue:
    """Show what other check boxes would have changed; for htmx that alone, with the warnings."""
    present = settings.chosen(_mine())
    return _attempt("standard", present._replace(**_categories()), present)


@blueprint.post("/dynamic/try")
def attempt_level() -> ResponseReturnValue:
    """Show what another level would have deferred; for htmx that alone."""
    present = settings.chosen(_mine())
    if not signed_in_user().organization.includes_dynamic:
        return _page(present, problem=settings.NO_LEVEL), 422
    return _attempt("dynamic", present._replace(level=_level(present.level)), present)


@blueprint.post("/standard")
def choose_categories() -> ResponseReturnValue:
    """Save the check boxes."""
    wanted = _categories()
    before = settings.choose_categories(_mine(), **wanted, now=g.now, who=signed_in_user().email)
    if before._replace(**wanted) != before:
        fields = {name: "on" for name in wanted if getattr(before, name)}
        count = before._replace(**wanted).categories
        undo.flash_undo(
            f"Categories that count: {count}. {seen_by(STANDARD)}",
            url_for("reputation_settings.choose_categories"),
            **fields,
        )
    return redirect(url_for("reputation_settings.show"), 303)


@blueprint.post("/dynamic")
@takes_form(LevelForm, lambda _form, problem: _page(settings.chosen(_mine()), problem=problem))
def choose_level(_form: LevelForm) -> ResponseReturnValue:
    """Save the level."""
    wanted = _level(-1)
    before = settings.choose_level(_mine(), wanted, g.now, signed_in_user().email)
    if before.level != wanted:
        undo.flash_undo(
            f"The level is {wanted}, {LEVELS[wanted].name.lower()}. {seen_by(DYNAMIC)}",
            url_for("reputation_settings.choose_level"),
            level=before.level,
        )
    return redirect(url_for("reputation_settings.show", _anchor="dynamic"), 303)


def _mine() -> int:
    return signed_in_user().organization.id


def _categories() -> dict[str, bool]:
    form = CategoriesForm()
    return {one.field: form[one.field].data for one in CATEGORIES}


def _level(usual: int) -> int:
    wanted = LevelForm().level.data
    return wanted if wanted is not None and 0 <= wanted <= LEVEL_HIGHEST else usual


def _attempt(section: str, wanted: Chosen, present: Chosen) -> ResponseReturnValue:
    tried = _tried(section, wanted, present)
    if not fragments.is_fragment_request():
        standard, dynamic = (tried, None) if section == "standard" else (None, tried)
        return _page(wanted, standard, dynamic)
    context = {"chosen": wanted, "present": present, "tried": tried, **_words()}
    return render_template(f"reputation_settings/_{section}.html", **context)


def _tried(section: str, wanted: Chosen, present: Chosen) -> Tried | None:
    """None where nothing is different."""
    if wanted == present:
        return None
    if section == "standard":
        return Tried(effect_of(settings={one.field: getattr(wanted, one.field) for one in CATEGORIES}))
    effect = effect_of(settings={"level": wanted.level})
    without = effect_of(settings={"level": 0}) if wanted.level else effect
    if effect is None or without is None:
        return Tried(None)
    # Whom a level defers, a higher one defers too: what level 0 would let pass is what is deferred now.
    now = without.different
    difference = effect.different if wanted.level > present.level else -effect.different
    return Tried(effect, now + difference, now)


def _words() -> dict[str, Any]:
    return {"categories": CATEGORIES, "levels": LEVELS, "answer": answer, "is_young": is_young}


def _page(
    chosen: Chosen, standard_tried: Tried | None = None, dynamic_tried: Tried | None = None, problem: str = ""
) -> str:
    return render_template(
        "reputation_settings/show.html",
        chosen=chosen,
        present=settings.chosen(_mine()),
        standard_tried=standard_tried,
        dynamic_tried=dynamic_tried,
        problem=problem,
        dynamic=signed_in_user().organization.includes_dynamic,
        changes=can_edit(),
        **_words(),
    )
