"""Administration > Code Networks: from where the activation codes may be used, and who was turned away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from portal import tables, undo
from portal.auth import can_edit, signed_in_user
from portal.downloads import csv_file
from portal.forms import EmptyForm, Form, NumberField, required, takes_form
from portal.times import iso
from reputation.customers import code_networks, mail_servers

blueprint = Blueprint("code_networks", __name__, url_prefix="/administration/code-networks")

HEADINGS = ("Network", "Note", "Added (UTC)")


class NetworkForm(Form):
    """A new network."""

    network = StringField(
        "Address or network",
        [required("Write an address or a network."), Length(max=60, message="This is too long for a network.")],
        render_kw={"placeholder": "192.0.2.53", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )
    longest = code_networks.LONGEST_NOTE
    note = StringField(
        "Note",
        [Length(max=longest, message=f"A note has at most {longest} characters.")],
        render_kw={"placeholder": "Resolver of our provider", "autocomplete": "off"},
    )


class RowForm(Form):
    """A button of a row: the number of the network."""

    number = NumberField(default=0)


def _refused(_form: Form, problem: str) -> ResponseReturnValue:
    return _page(NetworkForm(formdata=None), problem)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the networks, who was turned away, and the form for one more."""
    return _page(NetworkForm(formdata=None))


@blueprint.post("")
@takes_form(NetworkForm, lambda form, _problem: _page(form), field="network")
def add(form: NetworkForm) -> ResponseReturnValue:
    """Let the codes be used from a network."""
    made = code_networks.add(_mine(), form.network.data or "", g.now, signed_in_user().email, form.note.data or "")
    alone = " and from nowhere else" if code_networks.how_many(_mine()) == 1 else ""
    said = f"Your activation codes may be used from {made.network}{alone}."
    undo.flash_undo(said, url_for("code_networks.remove"), number=made.id)
    return _done()


@blueprint.post("/remove")
@takes_form(RowForm, _refused)
def remove(form: RowForm) -> ResponseReturnValue:
    """Take a network off the list."""
    gone = code_networks.remove(_mine(), form.number.data, g.now, signed_in_user().email)
    left = code_networks.how_many(_mine())
    said = "may no longer be used from" if left else "may be used from anywhere again. The last network was"
    undo.flash_undo(
        f"Your activation codes {said} {gone.network}.",
        url_for("code_networks.add"),
        network=gone.network,
        note=gone.note,
    )
    return _done()


@blueprint.post("/mail-servers")
@takes_form(EmptyForm, _refused)
def add_mail_servers(_form: EmptyForm) -> ResponseReturnValue:
    """Let the codes be used from all valid mail servers."""
    new = code_networks.add_mail_servers(_mine(), g.now, signed_in_user().email)
    flash(f"Your activation codes may be used from {len(new)} more networks: your valid mail servers.")
    return _done()


@blueprint.post("/anywhere")
@takes_form(EmptyForm, _refused)
def allow_anywhere(_form: EmptyForm) -> ResponseReturnValue:
    """Let the codes be used from anywhere again."""
    code_networks.remove_all(_mine(), g.now, signed_in_user().email)
    flash("Your activation codes may be used from anywhere.")
    return _done()


@blueprint.get("/code-networks.csv")
def download() -> ResponseReturnValue:
    """Send all networks as a file."""
    return csv_file("code-networks", HEADINGS, _lines())


def _mine() -> int:
    return signed_in_user().organization.id


def _done() -> ResponseReturnValue:
    return redirect(url_for("code_networks.show"), 303)


def _lines() -> Iterator[tuple[Any, ...]]:
    for one in code_networks.networks(_mine()):
        yield one.network, one.note, iso(one.created_at)


def _page(form: NetworkForm, problem: str = "") -> str:
    view = tables.from_request(tuple(code_networks.ORDERS), "network")
    wanted = code_networks.NetworkFilter(view.search, view.sort, view.descending)
    found, matching = code_networks.page(_mine(), wanted, view.first, view.rows_a_page)
    return render_template(
        "code_networks/show.html",
        form=form,
        problem=problem,
        view=view,
        networks=found,
        matching=matching,
        total=code_networks.how_many(_mine()),
        warning=code_networks.warning(_mine()),
        servers=mail_servers.how_many(_mine()),
        servers_to_add=code_networks.servers_to_add(_mine()),
        turned_away=code_networks.turned_away_lately(_mine(), g.now),
        days=code_networks.DAYS,
        changes=can_edit(),
    )
