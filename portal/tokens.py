"""Administration > API Tokens: what programs may do for the organization. A new token is shown once.

Between the form and the page that shows it, the token travels in the reader's own session cookie, and is in no address
and in no log.
"""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, SelectMultipleField

from portal.app_context import current
from portal.auth import may_change, signed_in_user
from portal.forms import name_field, whole_number
from reputation.customers import tokens
from reputation.refusal import Refused

blueprint = Blueprint("tokens", __name__, url_prefix="/administration/api-tokens")

NEW = "new_token"
ENDS = [
    SelectChoice(str(days), words)
    for days, words in ((30, "in 30 days"), (90, "in 90 days"), (365, "in a year"), (0, "never"))
]


class TokenForm(FlaskForm):  # type: ignore[misc]
    """What a token is called, what it may do, and when it ends; the scopes are the reader's to give."""

    name = name_field("Name", "Give the token a name: what will use it.", tokens.LONGEST_NAME, autocomplete="off")
    scopes = SelectMultipleField("It may", choices=[], validate_choice=False)
    days = SelectField("It ends", coerce=int, choices=ENDS, default=365, validate_choice=False)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The tokens, the form for a new one, and once the token that was just made."""
    return _page(TokenForm(formdata=None))


@blueprint.post("")
def create() -> ResponseReturnValue:
    """Make a token; the next page shows it."""
    form, user = TokenForm(), signed_in_user()
    if not form.validate():
        return _page(form), 422
    try:
        _, secret = tokens.create(
            user.organization.id,
            form.name.data or "",
            form.scopes.data or (),
            form.days.data if form.days.data is not None else -1,
            g.now,
            user.email,
            operator=user.runs_installation,
        )
    except Refused as refusal:
        return _page(form, str(refusal)), 422
    session[NEW] = secret
    return redirect(url_for("tokens.show"), 303)


@blueprint.post("/revoke")
def revoke() -> ResponseReturnValue:
    """End a token at once."""
    try:
        gone = tokens.revoke(
            signed_in_user().organization.id,
            request.form.get("token", 0, type=whole_number),
            g.now,
            signed_in_user().email,
        )
    except Refused as refusal:
        return _page(TokenForm(formdata=None), str(refusal)), 422
    flash(f"The token {gone.name} is revoked: whatever uses it is refused from now on.")
    return redirect(url_for("tokens.show"), 303)


def _page(form: TokenForm, problem: str = "") -> str:
    scopes = tokens.SCOPES | (tokens.OPERATOR_SCOPES if signed_in_user().runs_installation else {})
    return render_template(
        "tokens/show.html",
        form=form,
        problem=problem,
        secret=session.pop(NEW, ""),
        tokens=tokens.tokens(signed_in_user().organization.id),
        scopes=scopes,
        changes=may_change(),
        now=g.now,
        base=f"{current().lookup_url}/api/v1",
    )
