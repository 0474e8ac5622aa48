"""Every route of the portal, read from its URL map: what it lets in, and an address of it with something in each place.

And what a page offers: the links and the forms that stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.routing import AnyConverter, Map, Rule

from portal.screens import is_for_operator, is_public
from tests.portal.belongings import ASN, Belongings

STATIC = "static"
HERE = "http://localhost"


class Route(NamedTuple):
    """One rule with one method, and what the table of the screens and the marks of its view let in."""

    method: str
    endpoint: str
    rule: Rule
    public: bool
    own: bool
    operator: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    def address(self, belongings: Belongings) -> str:
        """The address with Acme's numbers and secrets in its places."""
        values = {argument: str(fill(self, argument, belongings)) for argument in self.rule.arguments}
        path = Map([self.rule.empty()]).bind("localhost").build(self.endpoint, values)
        more = {"feeds.changes": "old={}&new={}".format(*belongings.revisions)}.get(self.endpoint)
        return f"{path}?{more}" if more else path


def fill(route: Route, argument: str, own: Belongings) -> Any:
    """What stands in a place of an address: what Acme owns, where it is a number of its."""
    table = {
        "asn": ASN,
        "database": "standard",
        "form": "txt",
        "exchange_files.name": "latest",
        "exchange_files.number": 1,
        "screen": "general",
        "code_id": own.code,
        "feed_id": own.feed,
        "first_run.token": "a-token-that-was-printed",
        "isp_request.request_id": own.request,
        "listing_id": own.listing,
        "lookup.token": own.removal_token,
        "one_time_link.token": "whoever-has-it-may-open-it",
        "organization_id": own.organization,
        "policy.number": own.rule,
        "proposal_id": own.proposal,
        "release_news.item_id": own.release,
        "requests.isp.request_id": own.request,
        "requests.answer_isp.request_id": own.request,
        "requests.accept_isp.request_id": own.request,
        "requests.attachment.request_id": own.request,
        "requests.removal.request_id": own.removal,
        "requests.decide_removal.request_id": own.removal,
        "server_id": own.server,
        "spam_news.item_id": own.news,
        "write_news.item_id": own.draft,
    }
    converter = route.rule._converters[argument]
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    blueprint = route.endpoint.partition(".")[0]
    for name in (f"{route.endpoint}.{argument}", f"{blueprint}.{argument}", argument):
        if name in table:
            return table[name]
    raise AssertionError(
        f"{route.name} has a place <{argument}> that the walk cannot fill: say in `fill` of tests/portal/walking.py "
        f'what stands in "{blueprint}.{argument}", which is a number of what Acme owns where it is of an organization'
    )


def routes(app: Flask) -> list[Route]:
    """All of them but the static files."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        public = is_public(rule.endpoint) or getattr(view, "checks_token", False)
        marks = (public, getattr(view, "own", False), is_for_operator(rule.endpoint))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint != STATIC:
                found.append(Route(method, rule.endpoint, rule, *marks))
    assert found
    return sorted(found, key=lambda route: route.name)


class Form(NamedTuple):
    """A form as it stands on a page: where it is sent, how, and what it holds."""

    action: str
    method: str
    fields: dict[str, str]


class Offered(HTMLParser):
    """What a page offers to go to or to send, as whole paths of this portal."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address = address
        self.links: set[str] = set()
        self.forms: list[Form] = []
        self._choice = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.links |= set(self._inner(given[name] for name in ("href", "hx-get", "formaction") if given.get(name)))
        if tag == "form":
            [action] = list(self._inner([given.get("action") or self.address])) or [""]
            self.forms.append(Form(action, given.get("method", "get").upper(), {}))
        for name in ("hx-post", "hx-delete", "hx-put"):
            if given.get(name):
                self.forms.append(Form(next(self._inner([given[name]]), ""), name[3:].upper(), {}))
        if self.forms and given.get("name"):
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        """What would be sent: of check boxes and radio buttons all that are there, of the same name the last one."""
        if tag in ("input", "button"):
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag in ("select", "textarea"):
            self.forms[-1].fields.setdefault(given["name"], "")

    def _inner(self, addresses: Any) -> Iterator[str]:
        for address in addresses:
            parts = urlsplit(urljoin(HERE + self.address, address))
            if f"{parts.scheme}://{parts.netloc}" == HERE:
                yield f"{parts.path}?{parts.query}" if parts.query else parts.path
