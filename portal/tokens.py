"""Administration > API Tokens: what programs may do for the organization, and whose each token is. A new token is
shown once.

Between the form and the page that shows it, the token travels in the reader's own session cookie, and is in no address
and in no log.
"""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice, SelectField, SelectMultipleField

from portal.app_context import current
from portal.auth import can_edit, signed_in_user
from portal.forms import Form, NumberField, name_field, takes_form
from portal.fresh_login import needs_password
from reputation.customers import tokens

blueprint = Blueprint("tokens", __name__, url_prefix="/administration/api-tokens")

NEW = "new_token"
ENDS = [
    SelectChoice(str(days), words)
    for days, words in ((30, "in 30 days"), (90, "in 90 days"), (365, "in a year"), (0, "never"))
]


class TokenForm(Form):
    """What a token is called, what it may do, and when it ends; the reader can give only scopes of his or her own."""

    name = name_field("Name", "Give the token a name: what will use it.", tokens.LONGEST_NAME, autocomplete="off")
    scopes = SelectMultipleField("It may", choices=[], validate_choice=False)
    days = SelectField("It ends", coerce=int, choices=ENDS, default=365, validate_choice=False)


class RevokeForm(Form):
    """The token that is to end."""

    token = NumberField(default=0)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the tokens, the form for a new one, and once the token that was just made."""
    return _page(TokenForm(formdata=None))


@blueprint.post("")
@needs_password
@takes_form(TokenForm, lambda form, problem: _page(form, problem))
def create(form: TokenForm) -> ResponseReturnValue:
    """Make a token; the next page shows it."""
    days = form.days.data if form.days.data is not None else -1
    _, secret = tokens.create(signed_in_user(), form.name.data or "", form.scopes.data or (), days, g.now)
    session[NEW] = secret
    return redirect(url_for("tokens.show"), 303)


@blueprint.post("/revoke")
@takes_form(RevokeForm, lambda _form, problem: _page(TokenForm(formdata=None), problem))
def revoke(form: RevokeForm) -> ResponseReturnValue:
    """End a token at once."""
    gone = tokens.revoke(signed_in_user().organization.id, form.token.data, g.now, signed_in_user().email)
    flash(f"The token {gone.name} is revoked: whatever uses it is refused from now on.")
    return redirect(url_for("tokens.show"), 303)


def _page(form: TokenForm, problem: str = "") -> str:
    return render_template(
        "tokens/show.html",
        form=form,
        problem=problem,
        secret=session.pop(NEW, ""),
        tokens=tokens.tokens(signed_in_user().organization.id),
        scopes=tokens.scopes_of(signed_in_user()),
        reader=signed_in_user().email,
        changes=can_edit(),
        now=g.now,
        base=f"{current().lookup_url}/api/v1",
    )
