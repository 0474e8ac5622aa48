"""Installation > Repeat Offenders: senders that were listed again and again, to be listed for a month or left alone."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal import undo
from portal.app_context import current
from portal.auth import signed_in_user
from portal.forms import Form, takes_form, text_field
from reputation.intake import escalation

blueprint = Blueprint("repeat_offenders", __name__, url_prefix="/installation/repeat-offenders")


class DecisionForm(Form):
    """What the operator decides about a sender."""

    decision = text_field()


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the senders that wait for a decision."""
    return _page()


@blueprint.post("/<int:proposal_id>")
@takes_form(DecisionForm, lambda _form, problem, proposal_id: _page(problem))
def decide(form: DecisionForm, proposal_id: int) -> ResponseReturnValue:
    """List the sender in the standard database, or leave it alone."""
    accepted = form.decision.data == "list"
    decided = escalation.decide(proposal_id, accepted, current().clock(), signed_in_user().email)
    if accepted:
        undo.flash_undo(
            f"{decided.network} is in the standard database as KSS for 30 days. Listings takes it out again."
        )
    else:
        undo.flash_undo(f"{decided.network} is left to the dynamic database, and not proposed again for 30 days.")
    return redirect(url_for("repeat_offenders.show"), 303)


def _page(problem: str = "") -> str:
    return render_template(
        "repeat_offenders/show.html", waiting=escalation.waiting(), problem=problem, times_listed=escalation.STAYS
    )
