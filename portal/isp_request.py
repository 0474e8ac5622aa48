"""Policy > New ISP Request: ask that an ISP be known here by name and networks, and follow the request."""

from __future__ import annotations

import re
from io import BytesIO

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Length

from portal.app_context import current
from portal.auth import can_edit, signed_in_user
from portal.forms import (
    Form,
    accepted_by,
    choices,
    name_field,
    required,
    takes_form,
    text_field,
)
from reputation.countries import COUNTRIES
from reputation.customers import attachments, isp_requests, isps
from reputation.customers.attachments import Attachment
from reputation.customers.isp_requests import (
    LONGEST_LINE,
    LONGEST_TEXT,
    RELATIONS,
    IspDetails,
    IspRequestView,
)

blueprint = Blueprint("isp_request", __name__, url_prefix="/policy/isp-request")


def _text(label: str, sentence: str = "", rows: int = 3, **attributes: object) -> TextAreaField:
    rules = [Length(max=LONGEST_TEXT, message=f"Use at most {LONGEST_TEXT:,} characters.")]
    return TextAreaField(
        label, [required(sentence), *rules] if sentence else rules, render_kw={"rows": rows, **attributes}
    )


def _line(label: str, **attributes: object) -> StringField:
    too_long = Length(max=LONGEST_LINE, message=f"Use at most {LONGEST_LINE} characters.")
    return StringField(label, [too_long], render_kw={"autocomplete": "off", **attributes})


def _file(sent: FileStorage | None) -> Attachment | None:
    """What was chosen in a file field; None for nothing. It may be read again."""
    if not sent:
        return None
    sent.seek(0)
    return attachments.checked(sent.filename or "", sent.read(attachments.LARGEST + 1))


class IspForm(Form):
    """What is known of the ISP, and why it is asked for."""

    name = name_field("ISP name", "Write how the ISP is called.", isps.LONGEST_NAME, autocomplete="off")
    asns = _line("AS numbers", spellcheck="false")
    networks = _text("Networks", spellcheck="false")
    country = SelectField("Country", choices=choices([("", "Not known, or several"), *COUNTRIES.items()]))
    website = _line("Web site", inputmode="url", spellcheck="false")
    contact = _line("Contact at the ISP")
    relation = SelectField("The ISP and you", choices=choices(RELATIONS.items()))
    reason = _text("Reason", "Write why the ISP should be known.", 4)
    attachment = FileField("Attachment", render_kw={"accept": ",".join(attachments.KINDS)})
    validate_attachment = accepted_by(_file)


class ReplyForm(Form):
    """The forms of a request's page; `text` is sent where something is said."""

    text = text_field()


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the organization's own requests, and the form for a new one."""
    return _page(IspForm(formdata=None))


@blueprint.post("")
@takes_form(IspForm, lambda form, problem: _page(form, problem))
def submit(form: IspForm) -> ResponseReturnValue:
    """Send a request to the operator."""
    file = _file(form.attachment.data)
    made = isp_requests.submit(signed_in_user(), _wish(form), file, g.now, current().lookup_url)
    flash(f"The request for {made.isp_details.name} is sent. It is answered within two days.")
    return redirect(url_for("isp_request.one", request_id=made.id), 303)


@blueprint.get("/<int:request_id>")
def one(request_id: int) -> ResponseReturnValue:
    """Show one request with everything that was said about it."""
    return _one(_own(request_id))


@blueprint.post("/<int:request_id>/reply")
@takes_form(ReplyForm, lambda _form, problem, request_id: _one(_own(request_id), problem))
def reply(form: ReplyForm, request_id: int) -> ResponseReturnValue:
    """Answer what the operator asked, or add something to the request."""
    found, text = _own(request_id), form.text.data
    isp_requests.reply(signed_in_user().organization.id, found.id, text, signed_in_user(), g.now, current().lookup_url)
    flash("Your answer is sent.")
    return redirect(url_for("isp_request.one", request_id=found.id), 303)


@blueprint.post("/<int:request_id>/withdraw")
@takes_form(ReplyForm, lambda _form, problem, request_id: _one(_own(request_id), problem))
def withdraw(_form: ReplyForm, request_id: int) -> ResponseReturnValue:
    """Withdraw a request."""
    found = _own(request_id)
    isp_requests.withdraw(signed_in_user().organization.id, found.id, signed_in_user(), g.now)
    flash(f"The request for {found.isp_details.name} is withdrawn.")
    return redirect(url_for("isp_request.show"), 303)


@blueprint.get("/<int:request_id>/attachment")
def attachment(request_id: int) -> ResponseReturnValue:
    """Send the file that came with one of the organization's own requests."""
    return attached(isp_requests.attachment(request_id, signed_in_user().organization.id))


def attached(file: Attachment | None) -> Response:
    """Send a file for download: it is never shown in the portal's own pages, whatever is in it."""
    if file is None:
        abort(404)
    kind = file.content_type.partition(";")[0]  # Flask names the charset of a text
    response = send_file(BytesIO(file.content), kind, as_attachment=True, download_name=file.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"  # as of every page: Flask would let a browser keep it
    return response


def split(text: str) -> list[str]:
    """Split a text at commas, spaces and line ends."""
    return [part for part in re.split(r"[\s,;]+", text) if part]


def _own(request_id: int) -> IspRequestView:
    return isp_requests.find(request_id, signed_in_user().organization.id) or abort(404)


def _wish(form: IspForm) -> IspDetails:
    return IspDetails(
        form.name.data or "", split(form.asns.data or ""), split(form.networks.data or ""), str(form.country.data),
        form.website.data or "", form.contact.data or "", str(form.relation.data), form.reason.data or "",
    )  # fmt: skip


def _page(form: IspForm, problem: str = "") -> str:
    requests = isp_requests.for_organization(signed_in_user().organization.id)
    return render_template(
        "isp_request/show.html",
        form=form,
        problem=problem,
        requests=requests,
        changes=can_edit(),
        kinds=attachments.KINDS,
        largest=attachments.LARGEST >> 20,
    )


def _one(found: IspRequestView, problem: str = "") -> str:
    return render_template(
        "isp_request/one.html", found=found, problem=problem, countries=COUNTRIES, changes=can_edit(), now=g.now
    )
