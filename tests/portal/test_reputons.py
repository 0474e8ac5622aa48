"""Reputons, as a program asks for them: RFC 7071 and 7072, over a real socket."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from flask import Flask

from portal.app_context import AppContext
from portal.server import PortalServer
from reputation.customers import tokens, users
from reputation.intake import spam_reports
from reputation.verdict.live import Live
from tests.conftest import NOON, ROOT, Cast
from tests.portal.conftest import ADA, BORIS

SENDER = "203.0.113.7"
SCRIPT = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "reputons.md").read_text(), re.DOTALL)[0]


class Client:
    """A program that knows the portal's address and a token, and nothing else."""

    def __init__(self, url: str, app_context: AppContext) -> None:
        self.url = app_context.lookup_url = url
        self.read, self.reports = (_token(ADA, scope) for scope in ("read", "reports"))

    def template(self) -> str:
        with urlopen(f"{self.url}/.well-known/repute-template") as answer:
            assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
            return str(answer.read().decode()).strip()

    def ask(self, subject: str, assertion: str = "spam", application: str = "email-id", token: str = "") -> Any:
        url = self.template()
        for name, value in (("application", application), ("subject", subject), ("assertion", assertion)):
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        with urlopen(Request(url, headers={"Authorization": f"Bearer {token or self.read}"})) as answer:
            assert answer.headers["Content-Type"] == "application/reputon+json"
            return json.load(answer)

    def refused(self, *asked: str, **more: str) -> tuple[int, str]:
        with pytest.raises(HTTPError) as refusal:
            self.ask(*asked, **more)
        assert refusal.value.headers["Content-Type"] == "application/problem+json"
        return refusal.value.code, json.load(refusal.value)["detail"]


@pytest.fixture
def client(app: Flask, cast: Cast, app_context: AppContext) -> Iterator[Client]:
    server = PortalServer(app, "127.0.0.1", 0)
    server.start()
    yield Client(server.url, app_context)
    server.stop()


def _token(of: str, scope: str) -> str:
    return tokens.create(users.with_email(of), scope, (scope,), 30, NOON)[1]


def trap(address: str, count: int = 1) -> None:
    for _ in range(count):
        spam_reports.accept(address, "trap", NOON, evidence="To secret@trap.example", reporter="secret@trap.example")


def test_a_sender_of_spam_is_rated_with_all_that_the_rfc_wants(client: Client) -> None:
    trap(SENDER, 2)

    told = client.ask(SENDER)

    assert told["application"] == "email-id"
    [reputon] = told["reputons"]
    # What is left to the usual: each step leans on the one above it with 2, 4 and 8 messages, and has seen so many.
    usual = 2 / (2.4 + 2) * 4 / (2 + 4) * 8 / (2 + 8)
    assert reputon == {
        "rater": "rep.example", "assertion": "spam", "rated": SENDER, "rating": 0.95,
        "confidence": pytest.approx(1 - usual, abs=0.001), "sample-size": 2, "generated": NOON, "expires": NOON + 60,
        "email-id-identity": "ipv4",
    }  # fmt: skip
    assert len(str(reputon["rating"])) <= 5, "no more than three decimals"


def test_a_neighbour_is_rated_by_its_network_with_less_confidence(client: Client) -> None:
    trap(SENDER, 2)

    [own], [neighbours] = (client.ask(address)["reputons"] for address in (SENDER, "203.0.113.8"))

    assert 0.6 < neighbours["rating"] < own["rating"] and neighbours["confidence"] < own["confidence"]


def test_of_whom_nothing_is_known_there_is_no_reputon(client: Client) -> None:
    trap(SENDER, 2)

    assert client.ask("192.0.2.1") == {"application": "email-id", "reputons": []}


def test_an_ipv6_address_is_rated_by_its_64(client: Client) -> None:
    trap("2001:db8:1234:5678::1", 2)

    [reputon] = client.ask("2001:DB8:1234:5678:9abc:def0:1234:5678")["reputons"]

    assert reputon["rated"] == "2001:db8:1234:5678:9abc:def0:1234:5678"
    assert reputon["email-id-identity"] == "ipv6" and reputon["rating"] > 0.9


def test_all_assertions_are_spam_and_the_others_have_none(client: Client) -> None:
    trap(SENDER)

    assert client.ask(SENDER, "") == client.ask(SENDER, "spam")
    assert [client.ask(SENDER, other)["reputons"] for other in ("malware", "fraud")] == [[], []]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"subject": "mail.example"}, "subject is an address such as 192.0.2.1"),
        ({"subject": "203.0.113.0/24"}, "subject is an address"),
        ({"subject": ""}, "subject is an address"),
        ({"application": "baseball"}, "application is one of email-id."),
        ({"assertion": "tall"}, "assertion cannot be read: One of abusive, fraud, invalid-recipients, malware, spam"),
    ],
)
def test_what_is_not_understood_gets_a_sentence(client: Client, asked: dict[str, str], says: str) -> None:
    status, detail = client.refused(**{"subject": SENDER, **asked})

    assert status == 400 and says in detail


def test_it_wants_a_token_that_may_read(client: Client) -> None:
    assert client.refused(SENDER, token="none")[0] == 401
    assert client.refused(SENDER, token=client.reports) == (403, "The token may not do this: it needs the scope read.")


def test_what_an_organization_reports_alone_is_told_to_nobody_as_a_number(client: Client, cast: Cast) -> None:
    spam_reports.accept(SENDER, "complaint", NOON, organization_id=cast.acme.id)

    assert client.ask(SENDER)["reputons"] == client.ask(SENDER, token=_token(BORIS, "read"))["reputons"] == []


def test_no_trap_and_no_reporter_is_named(client: Client) -> None:
    trap(SENDER)

    told = json.dumps(client.ask(SENDER))

    assert "secret" not in told and "trap" not in told


def test_before_anything_is_loaded_it_says_to_wait(client: Client, app_context: AppContext) -> None:
    app_context.live = Live()

    assert client.refused(SENDER) == (503, "Nothing is loaded yet: ask again in a few seconds.")


@pytest.mark.parametrize(("address", "points"), [(SENDER, 2.7), ("192.0.2.1", 0)])
def test_the_script_of_the_documentation_gives_points(client: Client, address: str, points: float) -> None:
    trap(SENDER, 2)

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, address], env={**os.environ, "GATEPOST": client.url, "TOKEN": client.read},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert float(done.stdout) == points
