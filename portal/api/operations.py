"""What every call of the API shares: who holds its token, what the token may do, how often, and what is sent.

Each call declares beside its function what it takes and what it answers; from that it is guarded here, and described in
the OpenAPI document. A call has no session: a cookie means nothing to it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from portal.api import schemas
from portal.api.problems import Problem, answer
from portal.api.schemas import Schema
from portal.auth import checks_token
from portal.limits import client_address, limiter
from portal.security import csrf
from reputation.customers import tokens
from reputation.customers.tokens import Bearer
from reputation.refusal import Refused, Unconfirmed

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(blueprint)

LIMIT = "120 per minute"  # for one token; without a token that is known, for one client
JSON = "application/json"
CHALLENGE = 'Bearer realm="gatepost"'
View = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """One call: its place, what it needs, takes and answers. `refused` is the status where the use case refuses."""

    method: str
    path: str
    name: str
    summary: str
    scope: str
    status: int
    answer: Schema | None
    query: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    body: Schema | None = None
    refused: int | None = None
    unready: bool = False  # whether it needs a snapshot, and answers 503 without one
    gathered: bool = False  # whether what it changes waits for the job "publish", which publishes many calls at once
    media: str = JSON  # the type of its answer, which is JSON


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    summary: str,
    scope: str,
    answer: Schema | None,
    status: int = 200,
    query: Mapping[str, Schema] | None = None,
    required: tuple[str, ...] = (),
    body: Schema | None = None,
    refused: int | None = None,
    unready: bool = False,
    gathered: bool = False,
    media: str = JSON,
) -> Callable[[View], View]:
    """Make a function a call of the API: it takes the fields of query and body by name, and returns the answer."""

    def declare(view: View) -> View:
        told = Operation(
            method, path, view.__name__, summary, scope, status, answer, query or {}, required, body, refused, unready,
            gathered, media,
        )  # fmt: skip
        OPERATIONS.append(told)
        blueprint.add_url_rule(path, view.__name__, _guarded(told, view), methods=[method])
        return view

    return declare


def bearer() -> Bearer:
    """Return whom the present call acts for."""
    found: Bearer | None = _bearer_or_none()
    if found is None:
        raise Problem(
            401,
            "Send a token that is in force, as in: Authorization: Bearer gp_…. Administration > API Tokens makes one.",
            {"WWW-Authenticate": CHALLENGE},
        )
    return found


def caller() -> str:
    """Return the key under which the calls of one caller are counted."""
    found = _bearer_or_none()
    return f"token {found.token.id}" if found else client_address()


# One count for all calls of a token together.
by_token = limiter.shared_limit(lambda: LIMIT, scope="api", key_func=caller, override_defaults=False)


def _bearer_or_none() -> Bearer | None:
    if "bearer" not in g:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        g.bearer = tokens.bearer(secret.strip(), g.now) if kind.lower() == "bearer" else None
    found: Bearer | None = g.bearer
    return found


def _guarded(told: Operation, view: View) -> View:
    """The view behind its guard: token, scope, what was sent; and what goes wrong as a problem."""

    @checks_token
    @by_token
    @functools.wraps(view)
    def call() -> Response:
        g.is_gathered = told.gathered
        try:
            _check_scope(told)
            made = view(**_query(told), **_body(told))
        except Problem as problem:
            return answer(problem.status, problem.detail, problem.headers)
        except Refused as refusal:
            if told.refused is None:
                raise
            return answer(told.refused, _sentence(refusal))
        response: Response = Response(status=told.status) if told.answer is None else jsonify(made)
        response.status_code = told.status
        if told.media != JSON:
            response.content_type = told.media
        return response

    return call


def _sentence(refusal: Refused) -> str:
    """What a refusal says, with the field that confirms what has to be confirmed."""
    if isinstance(refusal, Unconfirmed):
        return f"{refusal} To do it all the same, send the field confirm: {refusal.word}"
    return str(refusal)


def _check_scope(told: Operation) -> None:
    token = bearer().token
    if told.scope not in token.scopes:
        challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{told.scope}"'  # RFC 6750 3.1
        lost = " The role of the person to whom it belongs no longer gives it." if told.scope in token.lost else ""
        raise Problem(
            403, f"The token may not do this: it needs the scope {told.scope}.{lost}", {"WWW-Authenticate": challenge}
        )


def _query(told: Operation) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for name, values in request.args.lists():
        if name not in told.query:
            known = ", ".join(told.query) or "nothing"
            raise Problem(400, f"There is no {name[:40]!a} in the query of this address: it takes {known}.")
        if len(values) > 1:
            raise Problem(400, f"Send {name} once.")
        sent[name] = schemas.read_query(told.query[name], values[0])
        _hold(told.query[name], sent[name], name)
    for name in told.required:
        if name not in sent:
            raise Problem(400, f"{name} is missing from the query of this address.")
    usual = {name: schema["default"] for name, schema in told.query.items() if "default" in schema}
    return usual | sent


def _body(told: Operation) -> dict[str, Any]:
    if told.body is None:
        return {}
    if request.mimetype != "application/json":
        raise Problem(415, "Send JSON, with the header Content-Type: application/json.")
    try:
        sent = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        raise Problem(400, "The body is not JSON.") from None
    _hold(told.body, sent, "The body")
    usual = {name: one["default"] for name, one in told.body["properties"].items() if "default" in one}
    return usual | {name: int(value) if isinstance(value, float) else value for name, value in dict(sent).items()}


def _hold(schema: Schema, value: Any, name: str) -> None:
    wrong = schemas.fault(schema, value, name)
    if wrong:
        raise Problem(400, wrong)
