"""Administration > Alerts: what lasts, what was told, and by which ways: mail to oneself, and the webhook."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from portal.app_context import current
from portal.auth import may_change, own, signed_in_user
from portal.forms import add_error
from reputation.customers import users
from reputation.notices import alerts, webhooks
from reputation.refusal import Refused

blueprint = Blueprint("alerts", __name__, url_prefix="/administration/alerts")


class WebhookForm(FlaskForm):  # type: ignore[misc]
    url = StringField("Webhook address", [Length(max=500, message="Use at most 500 characters.")])


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The page."""
    return _page(WebhookForm(url=_url()))


@blueprint.post("/mail")
@own
def choose_mail() -> ResponseReturnValue:
    """Whether the reader is written to."""
    by_mail = request.form.get("by_mail") == "on"
    users.choose_alerts(signed_in_user().id, by_mail)
    flash("Alerts come to you by mail." if by_mail else "Alerts do not come to you by mail any more.")
    return redirect(url_for("alerts.show"), 303)


@blueprint.post("/webhook")
def choose_webhook() -> ResponseReturnValue:
    """Set, change or take away the organization's webhook."""
    form = WebhookForm()
    if not form.validate():
        return _page(form), 422
    try:
        webhooks.choose(
            signed_in_user().organization.id, form.url.data or "", current().clock(), signed_in_user().email
        )
    except Refused as refusal:
        add_error(form.url, str(refusal))
        return _page(form), 422
    flash("The webhook is set, with a new secret." if form.url.data else "There is no webhook any more.")
    return redirect(url_for("alerts.show"), 303)


@blueprint.post("/webhook/trial")
def try_webhook() -> ResponseReturnValue:
    """Let the webhook be called once, with a body that says it is a trial."""
    webhooks.test(signed_in_user().organization.id, current().clock())
    flash("The webhook is called within 15 seconds. Reload the page to see how it was answered.")
    return redirect(url_for("alerts.show"), 303)


def _url() -> str:
    hook = webhooks.of(signed_in_user().organization.id)
    return hook.url if hook else ""


def _page(form: WebhookForm) -> str:
    user = signed_in_user()
    owners = [user.organization.id, *([None] if user.runs_installation else [])]
    found = [alert for owner in owners for alert in alerts.recent(owner)]
    return render_template(
        "alerts/show.html",
        form=form,
        found=sorted(found, key=lambda alert: -alert.raised_at),
        lasting=sum(alert.cleared_at is None for alert in found),
        by_mail=users.wants_alerts(user.id),
        hook=webhooks.of(user.organization.id) if may_change() else None,
        sends_mail=current().sends_mail,
        now=g.now,
    )
