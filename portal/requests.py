"""Installation > Requests: what waits for the operator's decision, the most urgent first: ISPs and removals.

The decision itself belongs to `reputation.customers`, which writes the letters and the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.app_context import current
from portal.auth import signed_in_user
from portal.forms import EmptyForm, Form, takes_form, text_field
from portal.isp_request import attached, split
from reputation.addresses.address import parse_address, parse_network
from reputation.countries import COUNTRIES
from reputation.customers import isp_requests, isps, removals
from reputation.customers.isp_requests import IspRequestView

blueprint = Blueprint("requests", __name__, url_prefix="/installation/requests")

NOTHING: Mapping[str, str] = {}  # was written yet


class Waiting(NamedTuple):
    """A line of the queue; `due_at` is None where somebody else has to answer next."""

    kind: str
    what: str
    who: str
    created_at: int
    due_at: int | None
    link: str


class AcceptForm(Form):
    """An ISP as the operator has corrected it."""

    name = text_field()
    asns = text_field()
    country = text_field()
    networks = text_field()
    text = text_field()


class AnswerForm(Form):
    """What the operator answers."""

    text = text_field()


class DecisionForm(Form):
    """The decision on a removal: `accepted` or `declined`, and what is answered."""

    status = text_field()
    answer = text_field()


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the queue, what was decided last, and the ISPs that were accepted."""
    return _queue()


@blueprint.get("/isp/<int:request_id>")
def isp(request_id: int) -> ResponseReturnValue:
    """Show one ISP request, with the form of each decision."""
    return _isp(_request(request_id))


@blueprint.post("/isp/<int:request_id>/accept")
@takes_form(AcceptForm, lambda form, problem, request_id: _isp(_request(request_id), problem, form.texts))
def accept_isp(form: AcceptForm, request_id: int) -> ResponseReturnValue:
    """Accept the ISP as the operator has corrected it."""
    found = _request(request_id)
    isp_details = split(form.asns.data), form.name.data, form.country.data, split(form.networks.data)
    isp_requests.accept(found.id, isp_details, form.text.data, signed_in_user().email, g.now, _place())
    flash(f"{isp_details[1]} is known from now on: rules decide by it, and statistics name it.")
    return redirect(url_for("requests.show"), 303)


@blueprint.post("/isp/<int:request_id>/<any(ask, decline):act>")
@takes_form(AnswerForm, lambda _form, problem, request_id, act: _isp(_request(request_id), problem))
def answer_isp(form: AnswerForm, request_id: int, act: str) -> ResponseReturnValue:
    """Ask the requester something, or decline with a reason."""
    found = _request(request_id)
    use_case = isp_requests.ask_back if act == "ask" else isp_requests.decline
    use_case(found.id, form.text.data, signed_in_user().email, g.now, _place())
    flash("The question is sent." if act == "ask" else f"The request for {found.isp_details.name} is declined.")
    return redirect(url_for("requests.show"), 303)


@blueprint.get("/isp/<int:request_id>/attachment")
def attachment(request_id: int) -> ResponseReturnValue:
    """Send the file that came with a request, for download."""
    return attached(isp_requests.attachment(request_id))


@blueprint.post("/isps/<int:asn>/remove")
@takes_form(EmptyForm, lambda _form, problem, asn: _queue(problem))
def remove_isp(_form: EmptyForm, asn: int) -> ResponseReturnValue:
    """Remove an accepted ISP: its networks belong again to what the table of origins says."""
    gone = isps.remove(asn, g.now, signed_in_user().email)
    flash(f"{gone.name} is forgotten: its addresses again belong to the ISP that the table of origins names.")
    return redirect(url_for("requests.show"), 303)


@blueprint.get("/removal/<int:request_id>")
def removal(request_id: int) -> ResponseReturnValue:
    """Show one removal request, with what lists the address."""
    return _removal(request_id)


@blueprint.post("/removal/<int:request_id>")
@takes_form(DecisionForm, lambda form, problem, request_id: _removal(request_id, problem, form.texts))
def decide_removal(form: DecisionForm, request_id: int) -> ResponseReturnValue:
    """Remove our own listings of the address, or decline with a reason."""
    status = form.status.data
    if removals.request(request_id) is None:
        abort(404)
    done = removals.decide(request_id, status, form.answer.data, signed_in_user().email, g.now)
    more = f" Published lists still hold it: {', '.join(done.still)}." if done.still else ""
    flash(f"The removal of {done.request.address} is {status}.{more}")
    return redirect(url_for("requests.show"), 303)


def _place() -> str:
    return current().lookup_url


def _request(request_id: int) -> IspRequestView:
    return isp_requests.find(request_id) or abort(404)


def _queue(problem: str = "") -> str:
    waiting = [_of_isp(one) for one in isp_requests.waiting()]
    for one in removals.open_requests():
        link = url_for("requests.removal", request_id=one.id)
        waiting.append(Waiting("Removal", one.address, one.email, one.created_at, one.due_at, link))
    waiting.sort(key=lambda one: (one.due_at is None, one.due_at or one.created_at))
    return render_template(
        "requests/show.html",
        waiting=waiting,
        decided=isp_requests.decided(20),
        removed=removals.answered_requests(20),
        isps=isps.all_isps(),
        problem=problem,
        now=g.now,
    )


def _of_isp(one: IspRequestView) -> Waiting:
    link = url_for("requests.isp", request_id=one.id)
    who = f"{one.requested_by}, {one.organization}"
    return Waiting("ISP", one.isp_details.name, who, one.created_at, one.due_at, link)


def _isp(found: IspRequestView, problem: str = "", given: Mapping[str, str] = NOTHING) -> str:
    return render_template(
        "requests/isp.html",
        found=found,
        problem=problem,
        countries=COUNTRIES,
        holders=_holders(found),
        given=given,
        now=g.now,
    )


def _holders(found: IspRequestView) -> list[tuple[str, str]]:
    """The networks that are asked for, each with whom its first address belongs to at present."""
    snapshot = current().live.current
    if snapshot is None:
        return []
    told = []
    for text in found.isp_details.networks:
        network = parse_network(text)
        origin = snapshot.origins.origin(network.version, network.first)
        told.append((text, f"AS{origin.asn} {origin.isp}, {origin.country or 'country unknown'}" if origin.asn else ""))
    return told


def _removal(request_id: int, problem: str = "", given: Mapping[str, str] = NOTHING) -> str:
    found = removals.request(request_id) or abort(404)
    standing = removals.standing_of(parse_address(found.address), g.now)
    return render_template(
        "requests/removal.html", found=found, standing=standing, problem=problem, given=given, now=g.now
    )
