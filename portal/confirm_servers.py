"""Installation > Confirm Mail Servers: what organizations call their own, with what speaks for it, to be confirmed.

A page never waits for a host name: those that are known are on it, and the others follow in a fragment, or by a link.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import fragments, tables, undo
from portal.app_context import current
from portal.auth import signed_in_user
from portal.forms import Form, takes_form, text_field
from reputation.customers import mail_servers, server_proof
from reputation.customers.mail_servers import ClaimedServer
from reputation.customers.server_proof import ServerProof
from reputation.verdict.origins import EMPTY

blueprint = Blueprint("confirm_servers", __name__, url_prefix="/installation/mail-servers")

ROWS = 20  # of a page: each is looked for in the query log
PATIENCE = 2.0  # seconds for which the names are waited for where somebody asks for them
CONFIRMED = "confirmed"


class DecisionForm(Form):
    """What the operator decides about a network: `confirm` or `withdraw`."""

    decision = text_field()
    network = text_field(60)


class PtrName(NamedTuple):
    """The name of an address: None while it is not known, "" for none; and whether it leads back, None likewise."""

    address: str
    name: str | None
    leads_back: bool | None


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show those that wait, or with `state=confirmed` the others; for htmx the names alone."""
    if fragments.is_fragment_request():
        view, rows, _ = _shown()
        return render_template("confirm_servers/_names.html", rows=rows, names=_names(rows, PATIENCE), view=view)
    return _page(patience=PATIENCE if "names" in request.args else 0)


@blueprint.post("/<int:server_id>")
@takes_form(DecisionForm, lambda _form, problem, server_id: _page(problem))
def decide(form: DecisionForm, server_id: int) -> ResponseReturnValue:
    """Confirm a server, or withdraw its confirmation."""
    withdraws = form.decision.data == "withdraw"
    use_case = mail_servers.withdraw_confirmation if withdraws else mail_servers.confirm
    done = use_case(server_id, form.network.data, g.now, signed_in_user().email)
    said = (
        "is left out of its own organization's reports alone."
        if withdraws
        else "is confirmed: others' reports leave it out from now on, and each feed when it is fetched next."
    )
    undo.flash_undo(
        f"{done.server.network} of {done.organization} {said}",
        url_for("confirm_servers.decide", server_id=server_id),
        decision="confirm" if withdraws else "withdraw",
        network=done.server.network,
    )
    return redirect(url_for("confirm_servers.show", state=CONFIRMED if withdraws else None), 303)


def _shown() -> tuple[tables.TableQuery, list[tuple[ClaimedServer, ServerProof]], int]:
    """What the reader wants to see, the servers of that page with what is known of them, and how many there are."""
    view = tables.from_request(("added",), "added", ("state",), ROWS)
    found, total = mail_servers.claimed(view.filters["state"] == CONFIRMED, view.first, view.rows_a_page)
    snapshot = current().live.current
    proofs = server_proof.proofs(found, snapshot.origins if snapshot else EMPTY, g.now)
    return view, [(one, proofs[one.server.id]) for one in found], total


def _names(rows: list[tuple[ClaimedServer, ServerProof]], patience: float) -> dict[int, list[PtrName]]:
    """The names of the addresses of each server, as far as they are known by then."""
    addresses = [address for _, proof in rows for address in proof.addresses]
    names, leading = (
        known.find(addresses, patience) if patience else known.known(addresses)
        for known in (current().names, current().confirmed_names)
    )
    return {
        one.server.id: [
            PtrName(address, names.get(address), bool(leading[address]) if address in leading else None)
            for address in proof.addresses
        ]
        for one, proof in rows
    }


def _page(problem: str = "", patience: float = 0) -> str:
    view, rows, total = _shown()
    names = _names(rows, patience)
    return render_template(
        "confirm_servers/show.html",
        problem=problem,
        view=view,
        rows=rows,
        total=total,
        is_confirmed=view.filters["state"] == CONFIRMED,
        names=names,
        unknown=any(None in one[1:] for some in names.values() for one in some),
    )
