"""/lists: what this installation lists itself, for firewalls and other DNSBL servers, under a token with scope `feeds`.

A program that fetches again says what it has (If-None-Match, RFC 9110 13.1.2), and gets 304 where nothing has changed.
Firewalls often know no bearer token, so the token may also be the password of a login (RFC 7617) with any name.
"""

from __future__ import annotations

from hashlib import blake2b
from io import BytesIO

from flask import Blueprint, Response, abort, g, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from portal.app_context import current
from portal.auth import checks_token, signed_in_user
from portal.forms import whole_number
from portal.limits import client_address, limiter
from reputation.customers import tokens
from reputation.customers.tokens import Bearer
from reputation.export.formats import FORMS, Head
from reputation.export.listed import entries
from reputation.verdict.subscriptions import NOT_INCLUDED, includes
from reputation.verdict.zones import DATABASE_NAMES, DATABASES, DYNAMIC

blueprint = Blueprint("firewall_lists", __name__, url_prefix="/lists")

SCOPE = "feeds"
LEVELS = (1, 2, 3, 4)
USUAL_LEVEL = 2
SHORTEST = 60  # seconds after which a fetch may bring something new to a firewall that asks often


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the lists of the reader's subscription, with the URLs to copy."""
    subscription = signed_in_user().organization.subscription
    databases = [DATABASE_NAMES[each] for each in DATABASES if includes(subscription, each)]
    return render_template("firewall_lists/show.html", forms=FORMS, databases=databases, base=current().lookup_url)


@blueprint.get("/<database>.<form>")
@checks_token
@limiter.limit("120 per minute", key_func=client_address)
def fetch(database: str, form: str) -> ResponseReturnValue:
    """Send one list in one format. `version` is 4 or 6, `level` that of the dynamic database."""
    asker = _bearer()
    if isinstance(asker, Response):
        return asker
    version, level = (
        request.args.get("version", 4, type=whole_number),
        request.args.get("level", USUAL_LEVEL, type=whole_number),
    )
    if database not in DATABASE_NAMES or form not in FORMS or version not in (4, 6) or level not in LEVELS:
        g.problem = f"Lists are /lists/standard.FORM and /lists/dynamic.FORM, with FORM one of {', '.join(FORMS)}."
        abort(404)
    which = DATABASE_NAMES.index(database)
    if not includes(asker.organization.subscription, which):
        return _refused(403, NOT_INCLUDED)
    snapshot = current().live.current
    if snapshot is None:
        abort(503)
    listed = list(entries(snapshot, which, version, level, g.now))
    head = Head(database, version, level if which == DYNAMIC else 0, current().zone, g.now, snapshot.lookup_url)
    # Of what is listed until when, and not of the moment in the heading: a list that stays the same is sent once.
    tag = blake2b(repr((form, head._replace(now=0), listed)).encode(), digest_size=12).hexdigest()
    chosen = FORMS[form]
    text = BytesIO("".join(chosen.write(head, listed)).encode())
    name = f"{head.set_name}.{chosen.ending}"
    response = send_file(text, chosen.content_type, as_attachment=True, download_name=name, etag=tag)
    response.headers["Cache-Control"] = f"private, max-age={SHORTEST}"
    return response


def _bearer() -> Bearer | Response:
    """Whom the token of the request speaks for, or the answer that says what is wrong with it."""
    given = request.authorization
    secret = (given.token or given.password or "") if given else ""
    found = tokens.bearer(secret, g.now) if secret else None
    if found is None:
        return _refused(
            401, "Send a token with scope feeds: Authorization: Bearer gp_…, or as the password of a login."
        )
    if SCOPE not in found.token.scopes:
        return _refused(403, "The token has no scope feeds: make one with it under Administration, API Tokens.")
    return found


def _refused(status: int, sentence: str) -> Response:
    response = make_response(f"{sentence}\n", status, {"Content-Type": "text/plain; charset=utf-8"})
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Gatepost", Basic realm="Gatepost"'
    return response
