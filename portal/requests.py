"""Installation > Requests: what waits for the operator's word, the most urgent first: ISPs and removals.

A decision is the customers' rooms': they write the letters and the audit log.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.app_context import current
from portal.auth import signed_in_user
from portal.isp_request import attached, split
from reputation.addresses.address import parse_network
from reputation.customers import isp_requests, isps, removals
from reputation.customers.countries import COUNTRIES
from reputation.customers.isp_requests import IspRequestView
from reputation.refusal import Refused

blueprint = Blueprint("requests", __name__, url_prefix="/installation/requests")


class Waiting(NamedTuple):
    """A line of the queue; `due_at` is None where somebody else has the next word."""

    kind: str
    what: str
    who: str
    created_at: int
    due_at: int | None
    link: str


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The queue, what was decided last, and the ISPs that were accepted."""
    return _queue()


@blueprint.get("/isp/<int:request_id>")
def isp(request_id: int) -> ResponseReturnValue:
    """One ISP request, with the form of each decision."""
    return _isp(_request(request_id))


@blueprint.post("/isp/<int:request_id>/accept")
def accept_isp(request_id: int) -> ResponseReturnValue:
    """Know the ISP, as the operator has put it."""
    found, given = _request(request_id), request.form
    isp_details = (
        split(given.get("asns", "")),
        given.get("name", ""),
        given.get("country", ""),
        split(given.get("networks", "")),
    )
    try:
        isp_requests.accept(found.id, isp_details, given.get("text", ""), signed_in_user().email, g.now, _place())
    except Refused as refusal:
        return _isp(found, str(refusal)), 422
    flash(f"{isp_details[1]} is known from now on: rules decide by it, and statistics name it.")
    return redirect(url_for("requests.show"), 303)


@blueprint.post("/isp/<int:request_id>/<any(ask, decline):act>")
def answer_isp(request_id: int, act: str) -> ResponseReturnValue:
    """Ask something back, or decline with a reason."""
    found, text = _request(request_id), request.form.get("text", "")
    use_case = isp_requests.ask_back if act == "ask" else isp_requests.decline
    try:
        use_case(found.id, text, signed_in_user().email, g.now, _place())
    except Refused as refusal:
        return _isp(found, str(refusal)), 422
    flash("The question is sent." if act == "ask" else f"The request for {found.isp_details.name} is declined.")
    return redirect(url_for("requests.show"), 303)


@blueprint.get("/isp/<int:request_id>/attachment")
def attachment(request_id: int) -> ResponseReturnValue:
    """The file that came with a request, to take away."""
    return attached(isp_requests.attachment(request_id))


@blueprint.post("/isps/<int:asn>/remove")
def remove_isp(asn: int) -> ResponseReturnValue:
    """Forget an accepted ISP: its networks are again what the table of origins says."""
    try:
        gone = isps.remove(asn, g.now, signed_in_user().email)
    except Refused as refusal:
        return _queue(str(refusal)), 422
    flash(f"{gone.name} is forgotten: its addresses belong again to whom the table of origins names.")
    return redirect(url_for("requests.show"), 303)


@blueprint.get("/removal/<int:request_id>")
def removal(request_id: int) -> ResponseReturnValue:
    """One removal request, with what lists the address."""
    return _removal(request_id)


@blueprint.post("/removal/<int:request_id>")
def decide_removal(request_id: int) -> ResponseReturnValue:
    """Remove our own listings of the address, or decline with a reason."""
    status, answer = request.form.get("status", ""), request.form.get("answer", "")
    if removals.request(request_id) is None:
        abort(404)
    try:
        done = removals.decide(request_id, status, answer, signed_in_user().email, g.now)
    except Refused as refusal:
        return _removal(request_id, str(refusal)), 422
    more = f" Published lists still hold it: {', '.join(done.still)}." if done.still else ""
    flash(f"The removal of {done.request.address} is {status}.{more}")
    return redirect(url_for("requests.show"), 303)


def _place() -> str:
    return current().lookup_url


def _request(request_id: int) -> IspRequestView:
    return isp_requests.one(request_id) or abort(404)


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
        isps=isps.everything(),
        problem=problem,
        now=g.now,
    )


def _of_isp(one: IspRequestView) -> Waiting:
    link = url_for("requests.isp", request_id=one.id)
    who = f"{one.requested_by}, {one.organization}"
    return Waiting("ISP", one.isp_details.name, who, one.created_at, one.due_at, link)


def _isp(found: IspRequestView, problem: str = "") -> str:
    return render_template(
        "requests/isp.html",
        found=found,
        problem=problem,
        countries=COUNTRIES,
        holders=_holders(found),
        given=request.form,
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


def _removal(request_id: int, problem: str = "") -> str:
    found = removals.request(request_id) or abort(404)
    return render_template("requests/removal.html", found=found, problem=problem, given=request.form, now=g.now)
