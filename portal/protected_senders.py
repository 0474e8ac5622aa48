"""Installation > Protected Senders: whom no evidence lists for others, by network, or by a provider's SPF record.

A page never waits for a name server: a domain is looked up by the scheduler within seconds, and the page asks how it
went.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from portal import fragments, undo
from portal.auth import signed_in_user
from portal.forms import Form, required, takes_form, text_field
from reputation.intake import protected_senders

blueprint = Blueprint("protected_senders", __name__, url_prefix="/installation/protected-senders")

SOON = "within 20 seconds"  # the job's turn


class SenderForm(Form):
    """A sender to protect."""

    name = StringField(
        "Domain or network",
        [
            required("Write the domain of a mail provider, or a network."),
            Length(max=253, message="This is too long for a domain."),
        ],
        render_kw={"placeholder": "gmail.com", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )


class NameForm(Form):
    """The buttons of a row, and of a provider: the name."""

    name = text_field(253)


def _refused(_form: Form, problem: str) -> ResponseReturnValue:
    return _page(SenderForm(formdata=None), problem)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the protected senders; for htmx the table alone, which asks again while a domain waits for its turn."""
    if fragments.is_fragment_request():
        return render_template("protected_senders/_table.html", **_table())
    return _page(SenderForm(formdata=None))


@blueprint.post("")
@takes_form(SenderForm, lambda form, _problem: _page(form), field="name")
def add(form: SenderForm) -> ResponseReturnValue:
    """Protect a network, or a provider by its domain."""
    made = protected_senders.add(form.name.data or "", g.now, signed_in_user().email)
    said = f", and its networks are looked up {SOON}" if made.waits else ""
    undo.flash_undo(f"{made.name} is protected{said}.", url_for("protected_senders.remove"), name=made.name)
    return redirect(url_for("protected_senders.show"), 303)


@blueprint.post("/provider")
@takes_form(NameForm, _refused)
def add_provider(form: NameForm) -> ResponseReturnValue:
    """Protect one of the great providers."""
    protected_senders.add_provider(form.name.data, g.now, signed_in_user().email)
    flash(f"{form.name.data} is protected, and its networks are looked up {SOON}.")
    return redirect(url_for("protected_senders.show"), 303)


@blueprint.post("/look-up")
@takes_form(NameForm, _refused)
def look_up(form: NameForm) -> ResponseReturnValue:
    """Look the networks of a domain up soon."""
    wanted = protected_senders.look_up_soon(form.name.data)
    flash(f"The networks of {wanted.name} are looked up {SOON}.")
    return redirect(url_for("protected_senders.show"), 303)


@blueprint.post("/remove")
@takes_form(NameForm, _refused)
def remove(form: NameForm) -> ResponseReturnValue:
    """Protect a sender no longer."""
    gone = protected_senders.remove(form.name.data, g.now, signed_in_user().email)
    undo.flash_undo(f"{gone.name} is no longer protected.", url_for("protected_senders.add"), name=gone.name)
    return redirect(url_for("protected_senders.show"), 303)


def _table() -> dict[str, Any]:
    found = protected_senders.all_protected()
    return {"found": found, "waits": any(one.waits for one in found)}


def _page(form: SenderForm, problem: str = "") -> str:
    return render_template(
        "protected_senders/show.html", form=form, problem=problem, offered=protected_senders.offered(), **_table()
    )
