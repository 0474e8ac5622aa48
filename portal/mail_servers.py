"""Administration > Valid Mail Servers: the addresses from which the organization sends, with the evidence against them.

A page never waits for a host name: those that are known are on it, and the others follow in a fragment, or by a link.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from portal import fragments, tables, undo
from portal.app_context import current
from portal.auth import can_edit, signed_in_user
from portal.downloads import csv_file
from portal.forms import (
    Form,
    NumberField,
    required,
    takes_form,
    text_field,
)
from portal.times import iso
from reputation.customers import mail_servers
from reputation.customers.mail_servers import ValidMailServer

blueprint = Blueprint("mail_servers", __name__, url_prefix="/administration/mail-servers")

PATIENCE = 2.0  # seconds for which the names are waited for where somebody asks for them
HEADINGS = ("Address", "Name", "Note", "Added (UTC)", "Listed")


class ServerForm(Form):
    """A new server."""

    network = StringField(
        "Address or network",
        [required("Write the address of a mail server."), Length(max=60, message="This is too long for an address.")],
        render_kw={"placeholder": "192.0.2.25", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )
    longest = mail_servers.LONGEST_NOTE
    note = StringField(
        "Note",
        [Length(max=longest, message=f"A note has at most {longest} characters.")],
        render_kw={"placeholder": "MX in Vienna", "autocomplete": "off"},
    )


class ChangeForm(Form):
    """The row of a server: its number, and its new values."""

    server = NumberField(default=0)
    network = text_field(200)
    note = text_field(2000)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the servers and the form for one more; for htmx the host names alone."""
    if fragments.is_fragment_request():
        _, servers, _, _ = _shown()
        return render_template("mail_servers/_names.html", servers=servers, names=_names(servers, PATIENCE))
    return _page(ServerForm(formdata=None), patience=PATIENCE if "names" in request.args else 0)


@blueprint.post("")
@takes_form(ServerForm, lambda form, _problem: _page(form), field="network")
def add(form: ServerForm) -> ResponseReturnValue:
    """Add a server."""
    made = mail_servers.add(_mine(), form.network.data or "", g.now, signed_in_user().email, form.note.data or "")
    undo.flash_undo(f"{made.network} is a valid mail server of yours.", url_for("mail_servers.remove"), server=made.id)
    return redirect(url_for("mail_servers.show"), 303)


def _not_changed(form: ChangeForm, problem: str) -> ResponseReturnValue:
    wrong = (form.server.data, problem, form.network.data, form.note.data)
    return _page(ServerForm(formdata=None), wrong=wrong)


@blueprint.post("/change")
@takes_form(ChangeForm, _not_changed)
def change(form: ChangeForm) -> ResponseReturnValue:
    """Change the address or the note of a server."""
    wanted = (form.server.data, form.network.data, form.note.data)
    before, now = mail_servers.change(_mine(), *wanted, g.now, signed_in_user().email)
    if before != now:
        fields: dict[str, Any] = {"server": now.id, "network": before.network, "note": before.note}
        undo.flash_undo(f"{now.network} is changed.", url_for("mail_servers.change"), **fields)
    return redirect(url_for("mail_servers.show"), 303)


@blueprint.post("/remove")
@takes_form(ChangeForm, lambda _form, problem: _page(ServerForm(formdata=None), problem))
def remove(form: ChangeForm) -> ResponseReturnValue:
    """Remove a server."""
    gone = mail_servers.remove(_mine(), form.server.data, g.now, signed_in_user().email)
    said = f"{gone.network} is no longer a valid mail server of yours."
    undo.flash_undo(said, url_for("mail_servers.add"), network=gone.network, note=gone.note)
    return redirect(url_for("mail_servers.show"), 303)


@blueprint.get("/mail-servers.csv")
def download() -> ResponseReturnValue:
    """Send all servers as a file, with the host names that are known."""
    return csv_file("mail-servers", HEADINGS, _lines())


def _mine() -> int:
    return signed_in_user().organization.id


def _lines() -> Iterator[tuple[Any, ...]]:
    servers = mail_servers.servers(_mine())
    names, all_listed = _names(servers, 0), _listed(servers)
    for one in servers:
        listed = "; ".join(f"{found.category}: {found.reason}" for found in all_listed[one.network])
        yield one.network, names.get(one.network, ""), one.note, iso(one.created_at), listed


def _names(servers: list[ValidMailServer], patience: float) -> dict[str, str]:
    """The names of single addresses, as far as they are known by then; "" for those that have none."""
    addresses = [one.network for one in servers if one.is_one_address]
    return current().names.find(addresses, patience) if patience else current().names.known(addresses)


def _listed(servers: list[ValidMailServer]) -> dict[str, list[Any]]:
    return mail_servers.all_listed(current().live.current, [one.network for one in servers], g.now)


def _shown() -> tuple[tables.TableQuery, list[ValidMailServer], int, int]:
    """What the reader wants to see, the servers of that page, how many match, and how many there are."""
    view = tables.from_request(tuple(mail_servers.ORDERS), "address")
    wanted = mail_servers.ServerFilter(view.search, view.sort, view.descending)
    found, matching = mail_servers.page(_mine(), wanted, view.first, view.rows_a_page)
    return view, found, matching, mail_servers.how_many(_mine())


def _page(
    form: ServerForm,
    problem: str = "",
    wrong: tuple[int, str, str, str] = (0, "", "", ""),
    patience: float = 0,
) -> str:
    view, servers, matching, total = _shown()
    names, listed = _names(servers, patience), _listed(servers)
    return render_template(
        "mail_servers/show.html",
        form=form,
        problem=problem or (wrong[1] if wrong[0] not in [one.id for one in servers] else ""),
        wrong=wrong,
        view=view,
        servers=servers,
        matching=matching,
        total=total,
        names=names,
        unknown=[one for one in servers if one.is_one_address and one.network not in names],
        listed={one.id: listed[one.network] for one in servers},
        changes=can_edit(),
    )
