"""Requests to add an ISP: an organization makes one, both sides discuss it, and the operator decides.

Each step writes to the audit log, and a letter to the side that has to answer. isps.py keeps the ISPs that were
accepted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from reputation.customers import attachments, isps
from reputation.customers.attachments import Attachment
from reputation.customers.users import PortalUser
from reputation.notices import outbox
from reputation.notices.channels.mail.transport import recipients
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import IspMessage, IspRequest, Organization

DEADLINE = 2 * 86400  # seconds within which the operator has the next word
MOST_WAITING = 20  # of one organization
LONGEST_TEXT = 4000
LONGEST_LINE = 254
# What an organization has to do with the ISP.
RELATIONS = {
    "receives": "We receive mail from it",
    "customer": "We are its customer",
    "runs": "We run it",
    "other": "Something else",
}
WAITING = ("open", "asked")


class IspDetails(NamedTuple):
    """What is requested. AS numbers and networks are as they were written until they are checked."""

    name: str
    asns: Sequence[Any]
    networks: Sequence[str]
    country: str
    website: str
    contact: str
    relation: str
    reason: str


class RequestMessage(NamedTuple):
    """One message of the discussion about a request."""

    by_operator: bool
    who: str
    text: str
    at: int


class IspRequestView(NamedTuple):
    """A request.

    `status` is open, asked (the organization has to answer), accepted, declined or withdrawn. `due_at` is the time
    (Unix seconds) by which the operator should answer, None where nobody waits for that; `attachment` is a file's name,
    or "".
    """

    id: int
    organization_id: int
    organization: str
    isp_details: IspDetails
    status: str
    requested_by: str
    created_at: int
    answered_at: int | None
    due_at: int | None
    said: tuple[RequestMessage, ...]
    attachment: str

    @property
    def relation(self) -> str:
        """Return the organization's relation to the ISP, in words."""
        return RELATIONS.get(self.isp_details.relation, self.isp_details.relation)


def submit(actor: PortalUser, isp_details: IspDetails, file: Attachment | None, now: int, place: str) -> IspRequestView:
    """Make a request; the operators get a letter. Raise Refused where a value is not allowed."""
    isp_details = _checked(isp_details)
    organization = actor.organization
    with db.write():
        db.lock_for_transaction(f"isp requests of {organization.id}")
        mine = (IspRequest.organization == organization.id) & (IspRequest.status << WAITING)
        if IspRequest.select().where(mine).count() >= MOST_WAITING:
            raise Refused(f"{MOST_WAITING} requests of yours are not decided yet: withdraw those you no longer need.")
        details = isp_details._asdict()
        row = IspRequest.create(
            organization=organization.id,
            name=details.pop("name"),
            details=json.dumps(details),
            created_at=now,
            requested_by=actor.email,
        )
        if file:
            attachments.keep(row.id, file)
        audit.record(organization.id, actor.email, f"ISP {isp_details.name} requested", now, after=isp_details.reason)
        text = f"{organization.name} asks that the ISP {isp_details.name} be known.\n\n{isp_details.reason}\n"
        _tell_operators(f"ISP request: {isp_details.name}", text, now, place)
        return _request(row)


def reply(
    organization_id: int, request_id: int, text: str, actor: PortalUser, now: int, place: str
) -> IspRequestView | None:
    """Add a message of the organization; return None where it has no such request.

    Raise Refused where the text is empty or too long, or the request is decided.
    """
    text = _text(text, "Write your answer.")
    with db.write():
        row = _row(request_id, organization_id)
        if row is None:
            return None
        _still_waiting(row)
        _say(row, False, actor.email, text, now, "open")
        audit.record(organization_id, actor.email, f"Answered about the ISP request {row.name}", now)
        _tell_operators(f"ISP request: {row.name}", f"{actor.email} writes:\n\n{text}\n", now, place)
        return _request(row)


def withdraw(organization_id: int, request_id: int, actor: PortalUser, now: int) -> IspRequestView | None:
    """Withdraw a request; return None where the organization has none such. Raise Refused where it is decided."""
    with db.write():
        row = _row(request_id, organization_id)
        if row is None:
            return None
        _still_waiting(row)
        _decide(row, "withdrawn", now)
        audit.record(organization_id, actor.email, f"ISP request {row.name} withdrawn", now)
        return _request(row)


def accept(
    request_id: int,
    isp_details: tuple[Sequence[Any], str, str, Sequence[str]],
    text: str,
    who: str,
    now: int,
    place: str,
) -> IspRequestView:
    """Accept a request and add the ISP as the operator has written it: AS numbers, name, country and networks.

    From then on rules and statistics know it. Raise Refused where the request is decided or a value is not allowed.
    """
    with db.write():
        row = _wanted(request_id)
        numbers = isps.accept(*isp_details, now, who)
        known = ", ".join(f"AS{number}" for number in numbers)
        said = " ".join(f"Accepted: rules and statistics know it as {known}. {text.strip()[:LONGEST_TEXT]}".split())
        _say(row, True, who, said, now, "accepted")
        _decide(row, "accepted", now, said)
        audit.record(row.organization_id, who, f"ISP request {row.name} accepted", now, after=known)
        _tell_requester(row, said, now, place)
        return _request(row)


def ask_back(request_id: int, text: str, who: str, now: int, place: str) -> IspRequestView:
    """Ask the organization a question, which it has to answer. Raise Refused where the request is decided."""
    text = _text(text, "Write what you want to know.")
    with db.write():
        row = _wanted(request_id)
        _say(row, True, who, text, now, "asked")
        audit.record(row.organization_id, who, f"Asked back about the ISP request {row.name}", now, after=text)
        _tell_requester(row, text, now, place)
        return _request(row)


def decline(request_id: int, text: str, who: str, now: int, place: str) -> IspRequestView:
    """Decline a request with a reason. Raise Refused where the reason is missing or the request is decided."""
    text = _text(text, "Write why: the organization reads it.")
    with db.write():
        row = _wanted(request_id)
        _say(row, True, who, text, now, "declined")
        _decide(row, "declined", now, text)
        audit.record(row.organization_id, who, f"ISP request {row.name} declined", now, after=text)
        _tell_requester(row, f"Declined: {text}", now, place)
        return _request(row)


def for_organization(organization_id: int) -> list[IspRequestView]:
    """Return an organization's requests, the newest first."""
    rows = IspRequest.select(IspRequest, Organization).join(Organization)
    return _requests(rows.where(IspRequest.organization == organization_id).order_by(IspRequest.id.desc()))


def find(request_id: int, organization_id: int | None = None) -> IspRequestView | None:
    """Return a request of this organization, or of any where it is None; None where there is none such."""
    row = _row(request_id, organization_id)
    return _request(row) if row else None


def waiting() -> list[IspRequestView]:
    """Return the undecided requests: first those that the operator has to answer, the longest waiting first."""
    rows = IspRequest.select(IspRequest, Organization).join(Organization)
    found = _requests(rows.where(IspRequest.status << WAITING))
    return sorted(found, key=lambda one: (one.due_at is None, one.due_at or one.created_at))


def decided(limit: int = 50) -> list[IspRequestView]:
    """Return the requests that were decided last, the newest first."""
    rows = IspRequest.select(IspRequest, Organization).join(Organization).where(IspRequest.status.not_in(WAITING))
    return _requests(rows.order_by(IspRequest.answered_at.desc(), IspRequest.id.desc()).limit(limit))


def attachment(request_id: int, organization_id: int | None = None) -> Attachment | None:
    """Return the file of a request of this organization, or of any where it is None; None without a file."""
    return attachments.for_request(request_id) if _row(request_id, organization_id) else None


def _checked(isp_details: IspDetails) -> IspDetails:
    checked = isps.check(isp_details.asns, isp_details.name, isp_details.country, isp_details.networks)
    if isp_details.relation not in RELATIONS:
        raise Refused("Say what your relation to the ISP is: choose one from the list.")
    return IspDetails(
        checked.name, checked.asns, checked.networks, checked.country, _website(isp_details.website),
        _line(isp_details.contact, "The contact"), isp_details.relation,
        _text(isp_details.reason, "Write why the ISP should be known."),
    )  # fmt: skip


def _website(text: str) -> str:
    text = _line(text, "The web site")
    if not text:
        return ""
    text = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not parts.username
    except ValueError:
        fine = False
    if not fine:
        raise Refused(f"{text[:80]!r} is no address of a web site: write https://www.example.net.")
    return text


def _line(text: str, what: str) -> str:
    line = " ".join(text.split())
    if len(line) > LONGEST_LINE:
        raise Refused(f"{what} has at most {LONGEST_LINE} characters.")
    return line


def _text(text: str, sentence: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(sentence)
    if len(text) > LONGEST_TEXT:
        raise Refused(f"A text has at most {LONGEST_TEXT:,} characters; this one has {len(text):,}.")
    return text


def _row(request_id: int, organization_id: int | None) -> Any:
    mine = IspRequest.id == request_id
    if organization_id is not None:
        mine &= IspRequest.organization == organization_id
    return IspRequest.get_or_none(mine)


def _wanted(request_id: int) -> Any:
    """A request that the operator can decide."""
    db.lock_for_transaction(f"isp request {request_id}")
    row = _row(request_id, None)
    if row is None:
        raise Refused("There is no such request any more: reload the page.")
    _still_waiting(row)
    return row


def _still_waiting(row: Any) -> None:
    if row.status not in WAITING:
        raise Refused(f"This request is {row.status} already: reload the page to see what was said.")


def _say(row: Any, by_operator: bool, who: str, text: str, now: int, status: str) -> None:
    IspMessage.create(request=row.id, by_operator=by_operator, who=who, text=text, at=now)
    row.status = status
    row.save()


def _decide(row: Any, status: str, now: int, answer: str = "") -> None:
    row.status, row.answered_at, row.answer = status, now, answer
    row.save()


def _tell_operators(subject: str, text: str, now: int, place: str) -> None:
    for operator in recipients(None):
        outbox.write(operator, subject, f"{text}\n{place}/installation/requests\n", now)


def _tell_requester(row: Any, text: str, now: int, place: str) -> None:
    link = f"{place}/policy/isp-request/{row.id}"
    outbox.write(row.requested_by, f"Your ISP request: {row.name}", f"{text}\n\n{link}\n", now)


def _requests(rows: Any) -> list[IspRequestView]:
    found = list(rows)
    ids = [row.id for row in found]
    said: dict[int, list[RequestMessage]] = {}
    for message in IspMessage.select().where(IspMessage.request << ids).order_by(IspMessage.id):
        entry = RequestMessage(message.by_operator, message.who, message.text, message.at)
        said.setdefault(message.request_id, []).append(entry)
    names = attachments.names(ids)
    return [_made(row, tuple(said.get(row.id, ())), names.get(row.id, "")) for row in found]


def _request(row: Any) -> IspRequestView:
    return _requests([row])[0]


def _made(row: Any, said: tuple[RequestMessage, ...], attachment_name: str) -> IspRequestView:
    waits_since = max([row.created_at, *(entry.at for entry in said if not entry.by_operator)])
    details = IspDetails(name=row.name, **json.loads(row.details))
    return IspRequestView(
        row.id, row.organization_id, row.organization.name, details, row.status, row.requested_by,
        row.created_at, row.answered_at, waits_since + DEADLINE if row.status == "open" else None,
        said, attachment_name,
    )  # fmt: skip
