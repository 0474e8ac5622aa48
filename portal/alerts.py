"""Administration > Alerts: what lasts, what was sent, and by which channels.

The channels are mail to the reader, and those that an organization sets up. Of the latter this module knows none by
name: sections and forms follow from the rows of their table.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from portal.app_context import current
from portal.auth import can_edit, own, signed_in_user
from portal.forms import Form, takes_form
from reputation.customers import users
from reputation.notices import alerts, deliveries
from reputation.notices.channels import CHANNELS, OF_ORGANIZATIONS
from reputation.notices.channels.channel import Field, OrganizationChannel
from reputation.notices.checks import title_of
from reputation.notices.deliveries import Delivery

blueprint = Blueprint("alerts", __name__, url_prefix="/administration/alerts")
CHANNEL = f"/<any({', '.join(OF_ORGANIZATIONS)}):name>"


class MailForm(Form):
    """Whether the reader gets alerts by mail."""

    by_mail = BooleanField()


class Section(NamedTuple):
    """The part of the page about one channel; `set_up` is what was set up of it, None for those who may not know."""

    form: Form
    set_up: Delivery | None


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the alerts that last, those that were sent, and the channels."""
    return _page()


@blueprint.post("/mail")
@own
def choose_mail() -> ResponseReturnValue:
    """Turn alerts by mail to the reader on or off."""
    by_mail = MailForm().by_mail.data
    users.choose_alerts(signed_in_user().id, by_mail)
    flash("Alerts come to you by mail." if by_mail else "Alerts no longer come to you by mail.")
    return redirect(url_for("alerts.show"), 303)


@blueprint.post(CHANNEL)
def choose(name: str) -> ResponseReturnValue:
    """Set up a channel of the organization, change it, or take it away."""
    channel = OF_ORGANIZATIONS[name]
    save = takes_form(_form(channel), lambda form, _problem: _page(name, form), field=channel.fields[0].name)
    return save(functools.partial(_save, channel))()


def _save(channel: OrganizationChannel, form: Form) -> ResponseReturnValue:
    given = {field.name: form[field.name].data or "" for field in channel.fields}
    deliveries.choose(signed_in_user().organization.id, channel, given, current().clock(), signed_in_user().email)
    is_set = "is set, with a new secret" if channel.has_secret else "is set"
    flash(f"The {channel.noun} {is_set}." if any(given.values()) else f"There is no {channel.noun} any more.")
    return redirect(url_for("alerts.show"), 303)


@blueprint.post(f"{CHANNEL}/trial")
def send_trial(name: str) -> ResponseReturnValue:
    """Queue one message for a channel, which says that it is a trial."""
    channel = OF_ORGANIZATIONS[name]
    deliveries.request_trial(signed_in_user().organization.id, channel, current().clock())
    flash(f"The {channel.noun} is called within 15 seconds. Reload the page to see how it was answered.")
    return redirect(url_for("alerts.show"), 303)


def _form(channel: OrganizationChannel) -> type[Form]:
    """The form of a channel, made from the fields of its row."""
    return type("ChannelForm", (Form,), {field.name: _field(channel, field) for field in channel.fields})


def _field(channel: OrganizationChannel, field: Field) -> StringField:
    too_long = Length(max=field.longest, message=f"Use at most {field.longest} characters.")
    return StringField(field.label, [too_long], id=f"{channel.name}-{field.name}")


def _sections(name: str, form: Form | None) -> dict[str, Section]:
    """The sections by the names of the channels; that of `name` has the form that was sent."""
    found = {}
    for channel in OF_ORGANIZATIONS.values():
        set_up = deliveries.find(signed_in_user().organization.id, channel) if can_edit() else None
        sent = form if form is not None and channel.name == name else None
        found[channel.name] = Section(
            sent or _form(channel)(formdata=None, **(set_up.values if set_up else {})), set_up
        )
    return found


def _page(name: str = "", form: Form | None = None) -> str:
    user = signed_in_user()
    owners = [user.organization.id, *([None] if user.is_operator else [])]
    found = [alert for owner in owners for alert in alerts.recent(owner)]
    return render_template(
        "alerts/show.html",
        found=sorted(found, key=lambda alert: -alert.raised_at),
        lasting=sum(alert.cleared_at is None for alert in found),
        title_of=title_of,
        channels=CHANNELS,
        sections=_sections(name, form),
        by_mail=users.wants_alerts(user.id),
        sends_mail=current().sends_mail,
        now=g.now,
    )
