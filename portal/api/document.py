"""The API's description, made from what each call says of itself: an OpenAPI 3.1 document, and docs/api.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.api.operations import LIMIT, OPERATIONS, Operation
from portal.api.problems import CONTENT_TYPE
from portal.api.schemas import Schema
from reputation.counting.connections import DEFINITIONS
from reputation.customers.tokens import OPERATOR_SCOPES, SCOPES
from reputation.version import VERSION

PROBLEM = {
    "type": "object",
    "description": "Problem Details (RFC 9457); `detail` says what to do.",
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
# What any call may answer, beside what it is for.
PROBLEMS = {
    400: "What was sent does not fit this description.",
    401: "No token, or one that is not valid, such as one whose person is deactivated.",
    403: "The token lacks the scope, or its person's role no longer gives it.",
    429: "Too many requests; Retry-After says when to send the next one.",
}
REFUSED = {404: "Not found.", 409: "Refused: it exists already, or is not possible; the detail says why."}
DONE = {200: "What was asked for.", 201: "Created, and in DNS.", 204: "Removed, and no longer in DNS."}
GATHERED = "Accepted, and in DNS within a second."
ABOUT = f"""How programs use Gatepost. Every request carries a token (Administration > API Tokens) in the header
`Authorization: Bearer gp_…`. It acts for the token's organization, and the token must have the scope of the call. It
belongs to the person who made it: it may do no more than that person's role gives now, and ends with the account. The
limit of a token is {LIMIT}. All times are UTC. Errors are answered as `{CONTENT_TYPE}`."""


def openapi(server: str) -> dict[str, Any]:
    """Return the OpenAPI document; `server` is the URL that the paths are relative to."""
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gatepost", "version": VERSION, "description": ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def markdown() -> str:
    """Return docs/api.md: the same document for people."""
    return "\n".join(_lines()) + "\n"


def _operation(one: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": f"Needs the scope `{one.scope}`.",
        "responses": _responses(one),
    }
    if one.query:
        told["parameters"] = [
            {"name": name, "in": "query", "required": name in one.required, "schema": schema}
            for name, schema in one.query.items()
        ]
    if one.body:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": one.body}}}
    return told


def _responses(one: Operation) -> dict[str, Any]:
    done: dict[str, Any] = {"description": GATHERED if one.gathered else DONE[one.status]}
    if one.answer is not None:
        done["content"] = {one.media: {"schema": one.answer}}
    shape = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(one.status): done,
        **{str(status): {"description": text, "content": shape} for status, text in _problems(one).items()},
    }


def _problems(one: Operation) -> dict[int, str]:
    found = dict(PROBLEMS)
    if one.refused:
        found[one.refused] = REFUSED[one.refused]
    if one.body:
        found |= {413: "The body is larger than 2 MB.", 415: "The body is not JSON."}
    if one.unready:
        found[503] = "Nothing is loaded yet."
    return dict(sorted(found.items()))


def _lines() -> Iterator[str]:
    yield from ("# The API", "", ABOUT, "")
    yield "The same as an OpenAPI 3.1 document, for programs: `/api/v1/openapi.json`, and this page: `/api/v1/api.md`."
    yield from (
        "",
        "```",
        'curl -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:8080/api/v1/check?address=192.0.2.1"',
    )
    yield from ("```", "", "## Scopes", "", "| scope | what a token with it may do |", "|---|---|")
    for scope, text in SCOPES.items():
        yield f"| `{scope}` | {text} |"
    for scope, text in OPERATOR_SCOPES.items():
        yield f"| `{scope}` | {text}; only the operator can give it |"
    yield from ("", "## What is counted", "")
    yield from (f"- **{word}**: {text}" for word, text in DEFINITIONS.items())
    yield from ("", "## Calls")
    for one in OPERATIONS:
        yield from _call(one)


def _call(one: Operation) -> Iterator[str]:
    yield from ("", f"### `{one.method} /api/v1{one.path}`", "", f"{one.summary}. Scope `{one.scope}`.", "")
    taken = [(name, schema, name in one.required, "query") for name, schema in one.query.items()]
    if one.body:
        needed = one.body["required"]
        taken += [(name, schema, name in needed, "body") for name, schema in one.body["properties"].items()]
    if taken:
        yield from ("| field | where | what |", "|---|---|---|")
        yield from (f"| `{name}` | {where} | {_told(schema, required)} |" for name, schema, required, where in taken)
        yield ""
    fields = one.answer["properties"] if one.answer else {}
    names = ", ".join(f"`{name}`" for name in fields)
    yield f"Answers {one.status}{f' with {names}' if names else ''}; or {', '.join(map(str, _problems(one)))}."


def _told(schema: Schema, required: bool) -> str:
    if "enum" in schema:
        what = ", ".join(f"`{value}`" for value in schema["enum"])
    elif "anyOf" in schema:
        what = "an IPv4 or IPv6 address"
    elif schema["type"] == "integer":
        what = f"a number from {schema['minimum']} to {schema['maximum']}"
    else:
        what = f"a text of at most {schema['maxLength']} characters"
    if "description" in schema:
        what += f": {schema['description'].rstrip('.')}"
    if "default" in schema:
        what += f"; `{schema['default']}` by default" if schema["default"] != "" else "; may be left out"
    return what if required or "default" in schema else f"{what}; may be left out"
