"""/api/v1: what programs ask and change, under a token."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.api import document, operations
from portal.api.operations import OPERATIONS
from portal.app_context import AppContext
from portal.times import iso_or_none
from reputation.addresses.address import parse_address
from reputation.counting import quotas
from reputation.customers import mail_servers, policy, tokens, user_admin, users
from reputation.customers.tokens import OPERATOR_SCOPES, SCOPES
from reputation.intake import feeds, listings, spam_reports
from reputation.store.models import AuditEntry, QueryHour, WatchedDay
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.zones import BLOCKED_ADDRESS, DYNAMIC, DYNAMIC_LISTING, KSS, STANDARD
from tests.conftest import NOON, ROOT, Cast
from tests.neighbour import others
from tests.portal.conftest import ADA, BORIS, OLGA, PASSWORD, Browser, Clock

ALL = (*SCOPES, *OPERATOR_SCOPES)
DAY = 86400


class Program:
    """A program with a token."""

    def __init__(self, client: FlaskClient, secret: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def post(self, path: str, **body: Any) -> TestResponse:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)

    def delete(self, path: str, **query: Any) -> TestResponse:
        return self.client.delete(f"/api/v1{path}", query_string=query, headers=self.headers)


@pytest.fixture
def program(app: Flask, cast: Cast) -> Callable[..., Program]:
    """A program with these scopes, of Acme's operator or of somebody else's."""

    def make(*scopes: str, of: str = OLGA) -> Program:
        wanted = scopes or ALL
        _, secret = tokens.create(users.with_email(of), f"Program {wanted}", wanted, 30, NOON)
        return Program(app.test_client(), secret)

    return make


def problem(answer: TestResponse, status: int) -> str:
    """The sentence of a problem, which is held to its form (RFC 9457)."""
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    told = answer.get_json(force=True)
    assert (told["type"], told["status"]) == ("about:blank", status) and told["title"]
    return str(told["detail"])


def test_an_address_is_checked_as_dns_answers(
    program: Callable[..., Program], cast: Cast, app_context: AppContext
) -> None:
    listings.add("192.0.2.7", "standard", "KSS", DAY, "Spam", NOON)
    app_context.publisher.catch_up(NOON)

    told = program("read").get("/check", address="192.0.2.7").json

    assert told["standard"] == {
        "listed": True,
        "code": "127.0.0.2",
        "reason": "Spam",
        "decided_by": "KSS",
        "until": "2026-09-22T12:00:00Z",
    }
    assert told["dynamic"]["listed"] is False and told["dynamic"]["until"] is None


def test_a_check_says_why_with_the_parts_of_the_estimate(program: Callable[..., Program], cast: Cast) -> None:
    for address in ("203.0.113.7", "203.0.113.7", "203.0.113.8"):
        spam_reports.accept(address, "trap", NOON)
    spam_reports.accept("203.0.113.7", "complaint", NOON, organization_id=cast.acme.id)

    told = program("read").get("/check", address="203.0.113.7").json["why"]

    assert told["sentence"].startswith("3 messages were seen from 203.0.113.0/24 in ten days, all of them spam; 2 of")
    assert told["estimate"] == pytest.approx(0.963, abs=0.001) and told["level"] == 1
    assert [part["what"] for part in told["parts"]][::4] == ["203.0.113.7", "all mail"]
    assert told["parts"][0] == {
        "what": "203.0.113.7", "spam": 2, "seen": 2, "share": 1.0, "estimate": told["estimate"],
    }  # fmt: skip
    own = told["listed"][0]
    assert own == {
        "kind": "address", "network": "203.0.113.7", "level": 2, "until": "2026-09-22T00:00:00Z", "passes": False,
    }  # fmt: skip
    assert any(line.startswith("Your organization reported it once") for line in told["lines"])
    others = program("read", of=BORIS).get("/check", address="203.0.113.7").json["why"]
    assert not any("Your organization" in line for line in others["lines"])
    assert others["sentence"] == told["sentence"]


def test_a_check_says_that_a_database_is_not_part_of_the_subscription(
    program: Callable[..., Program], cast: Cast, app_context: AppContext
) -> None:
    listings.add("192.0.2.7", "dynamic", "ETL", DAY, "Bot", NOON)
    app_context.publisher.catch_up(NOON)

    told = program("read", of=BORIS).get("/check", address="192.0.2.7").json

    assert told["dynamic"] == {
        "listed": False,
        "code": None,
        "reason": "The dynamic database belongs to the advanced subscription.",
        "decided_by": "subscription",
        "until": None,
    }
    assert program("read").get("/check", address="192.0.2.7").json["dynamic"]["listed"], "Acme's includes it"


def test_before_the_first_snapshot_a_check_says_to_wait(
    program: Callable[..., Program], app_context: AppContext
) -> None:
    caller = program("read")
    app_context.live = Live()

    answer = caller.get("/check", address="192.0.2.7")

    assert "ask again in a few seconds" in problem(answer, 503)
    assert answer.headers["Retry-After"] == "5"


def test_a_rule_is_added_listed_and_removed_and_dns_knows_at_once(
    program: Callable[..., Program], cast: Cast, app_context: AppContext
) -> None:
    caller = program("read", "rules")

    def code() -> int:
        assert app_context.live.current
        return decide(app_context.live.current, STANDARD, cast.acme.id, *parse_address("192.0.2.7"), NOON).code

    added = caller.post("/rules", action="blocked", value="192.0.2.0/24", note="Snowshoe")
    assert added.status_code == 201
    rule = {"action": "blocked", "kind": "network", "value": "192.0.2.0/24", "note": "Snowshoe"}
    assert added.json == rule | {"created_at": "2026-09-21T12:00:00Z", "expires_at": None}
    assert code() == BLOCKED_ADDRESS
    assert caller.get("/rules").json == {"rules": [added.json]}

    assert caller.delete("/rules", action="blocked", value="192.0.2.0/24").status_code == 204
    assert (code(), caller.get("/rules").json) == (0, {"rules": []})
    noted = others(AuditEntry).where(AuditEntry.what.startswith("Sender rule"))
    assert {row.who for row in noted} == {"API token Program ('read', 'rules')"}


def test_a_rule_may_end_and_is_then_not_listed(program: Callable[..., Program], clock: Clock) -> None:
    caller = program("read", "rules")

    added = caller.post("/rules", action="blocked", value="192.0.2.7", duration=3600)
    assert added.json["expires_at"] == "2026-09-21T13:00:00Z"
    assert len(caller.get("/rules").json["rules"]) == 1
    clock.advance(hours=1)

    assert caller.get("/rules").json == {"rules": []}


def test_what_a_use_case_refuses_is_told_in_its_words(program: Callable[..., Program]) -> None:
    caller = program("rules")
    caller.post("/rules", action="blocked", value="country:at")

    assert "country:AT is blocked already" in problem(caller.post("/rules", action="blocked", value="country:AT"), 409)
    assert "did you mean 192.0.2.0/24" in problem(caller.post("/rules", action="blocked", value="192.0.2.1/24"), 409)
    assert "There is no rule" in problem(caller.delete("/rules", action="blocked", value="192.0.2.9"), 404)


def test_one_organizations_token_reaches_nothing_of_anothers(program: Callable[..., Program], cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON)
    QueryHour.create(organization=cast.acme.id, hour=NOON, database=STANDARD, code=KSS, queries=5)
    stranger = program("read", "rules", of=BORIS)

    assert stranger.get("/rules").json == {"rules": []}
    assert stranger.get("/queries/hours").json["queries"] == 0
    problem(stranger.delete("/rules", action="blocked", value="192.0.2.7"), 404)
    assert len(policy.rules(cast.acme.id)) == 1


def test_a_mail_server_is_added_listed_and_removed(program: Callable[..., Program], cast: Cast) -> None:
    caller, stranger = program("read", "mail-servers"), program("mail-servers", of=BORIS)

    added = caller.post("/mail-servers", network="192.0.2.0/28", note="Vienna")
    assert added.status_code == 201
    told = {"network": "192.0.2.0/28", "note": "Vienna", "created_at": "2026-09-21T12:00:00Z", "is_confirmed": False}
    assert added.json == told
    assert "already" in problem(caller.post("/mail-servers", network="192.0.2.0/28"), 409)
    problem(stranger.delete("/mail-servers", network="192.0.2.0/28"), 404)
    assert caller.get("/mail-servers").json == {"mail_servers": [added.json]}

    assert caller.delete("/mail-servers", network="192.0.2.0/28").status_code == 204
    assert caller.get("/mail-servers").json == {"mail_servers": []}
    assert "not among the valid mail servers" in problem(caller.delete("/mail-servers", network="192.0.2.0/28"), 404)
    assert "did you mean" in problem(caller.delete("/mail-servers", network="192.0.2.1/28"), 404)


def test_figures_are_those_of_the_reports(program: Callable[..., Program], cast: Cast) -> None:
    for database, code, count in (
        (STANDARD, 0, 15),
        (STANDARD, KSS, 5),
        (DYNAMIC, 0, 14),
        (DYNAMIC, DYNAMIC_LISTING, 1),
    ):
        QueryHour.create(organization=cast.acme.id, hour=NOON, database=database, code=code, queries=count)
    tried = feeds.add("tried", "https://lists.example/x", "plain", "KSS", NOON, purpose="watch")
    WatchedDay.create(organization=cast.acme.id, day=NOON - NOON % 86400, feed=tried.id, matched=False, connections=10)
    caller = program("read")

    hours, days = caller.get("/queries/hours").json, caller.get("/queries/days", days=2, database="standard").json
    shares = caller.get("/queries/percentages", days=1).json

    assert (hours["queries"], hours["matched"], hours["by"]["KSS"], hours["by"]["Dynamic"]) == (20, 6, 5, 1)
    assert len(hours["points"]) == 13
    assert hours["points"][-1] == {"begins": "2026-09-21T12:00:00Z", "queries": 20, "matched": 6, "by": hours["by"]}
    assert [point["queries"] for point in days["points"]] == [None, 20]
    assert (days["matched"], "Dynamic" in days["by"]) == (5, False)
    assert shares["shares"][0] == {"decided_by": "KSS", "queries": 5, "percent": 25.0}
    assert shares["on_watch"] == [{"list": "tried", "database": "standard", "would_match": 10, "matched_without": 0}]


def test_own_listings_are_made_read_page_by_page_and_removed(
    program: Callable[..., Program], cast: Cast, clock: Clock
) -> None:
    clock.now = now = int(time.time())  # what is published is published by the world's clock
    _, secret = tokens.create(users.with_email(OLGA), "Traps", ("read", "listings"), 0, now)
    caller = Program(program("read").client, secret)
    listed = {"network": "192.0.2.7", "database": "standard", "category": "KSS", "duration": 3600, "reason": "Spam"}

    made = caller.post("/listings", **listed)
    listings.add("192.0.2.8", "dynamic", "ETL", DAY, "Bot", now + 1)

    assert made.status_code == 201
    assert made.json["expires_at"] == iso_or_none(now + 3600)
    page = caller.get("/listings", limit=1, offset=1).json
    assert (page["total"], [one["network"] for one in page["listings"]]) == (3, ["192.0.2.7"]), "with the neighbour's"
    assert caller.get("/check", address="192.0.2.7").json["standard"]["listed"]

    assert caller.delete("/listings", network="192.0.2.7", database="standard").status_code == 204
    assert not caller.get("/check", address="192.0.2.7").json["standard"]["listed"]
    problem(caller.delete("/listings", network="192.0.2.7", database="standard"), 404)


def test_what_may_not_be_listed_is_refused(program: Callable[..., Program]) -> None:
    listed = {"network": "10.0.0.0/8", "database": "standard", "category": "KSS", "duration": 3600, "reason": "Spam"}

    assert problem(program().post("/listings", **listed), 409)


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_every_call_needs_a_token_and_its_scope(
    app: Flask, program: Callable[..., Program], one: operations.Operation
) -> None:
    path = f"/api/v1{one.path}"
    without = program(*(scope for scope in ALL if scope != one.scope))

    nobody = app.test_client().open(path, method=one.method)
    wrong = app.test_client().open(path, method=one.method, headers={"Authorization": "Bearer gp_wrong"})
    lesser = without.client.open(path, method=one.method, headers=without.headers)

    for answer in (nobody, wrong):
        assert "Send a token that is in force" in problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert f"needs the scope {one.scope}" in problem(lesser, 403)
    assert "insufficient_scope" in lesser.headers["WWW-Authenticate"]


def test_a_token_that_has_ended_is_none(program: Callable[..., Program], clock: Clock) -> None:
    caller = program("read")
    clock.advance(hours=31 * 24)

    problem(caller.get("/rules"), 401)


def test_a_dismissed_persons_token_is_none_at_the_next_call(program: Callable[..., Program], cast: Cast) -> None:
    """The attacker: who is about to be dismissed makes a token first, with no end."""
    caller = program("read", "rules", of=ADA)
    assert caller.get("/rules").status_code == 200

    user_admin.deactivate(users.with_email(OLGA), users.with_email(ADA), NOON)

    for answer in (caller.get("/rules"), caller.post("/rules", action="approved", value="192.0.2.0/24")):
        assert "Send a token that is in force" in problem(answer, 401)
    assert policy.rules(cast.acme.id) == []


def test_a_token_does_no_more_than_its_persons_role_gives_now(program: Callable[..., Program], cast: Cast) -> None:
    caller = program(*SCOPES, of=ADA)
    assert caller.post("/rules", action="blocked", value="192.0.2.0/24").status_code == 201

    user_admin.change_role(users.with_email(OLGA), users.with_email(ADA), "viewer", NOON)

    assert len(caller.get("/rules").json["rules"]) == 1
    refused = problem(caller.post("/rules", action="approved", value="192.0.2.0/24"), 403)
    assert refused.endswith("scope rules. The role of the person to whom it belongs no longer gives it.")
    problem(caller.post("/spam-reports", address="203.0.113.7", source="filter", evidence="seen"), 403)
    problem(caller.post("/mail-servers", network="192.0.2.7"), 403)


def test_the_listings_end_when_the_operator_stops_being_one(program: Callable[..., Program], cast: Cast) -> None:
    caller = program("reports", "listings")
    users.add("ole@basic.example", cast.basic.id, "operator", PASSWORD, NOON)
    listed = {"network": "192.0.2.7", "database": "standard", "category": "KSS", "duration": 3600, "reason": "Spam"}
    assert caller.post("/listings", **listed).status_code == 201
    user_admin.change_role(users.with_email("ole@basic.example"), users.with_email(OLGA), "administrator", NOON)

    assert "no longer gives it" in problem(caller.post("/listings", **listed), 403)
    problem(caller.delete("/listings", network="192.0.2.7", database="standard"), 403)
    trapped = {"address": "203.0.113.7", "source": "trap", "evidence": "seen"}
    assert "scope listings" in problem(caller.post("/spam-reports", **trapped), 403)
    assert caller.post("/spam-reports", **trapped | {"source": "filter"}).status_code == 201


def test_a_session_opens_nothing_and_none_is_begun(ada: Browser, program: Callable[..., Program]) -> None:
    assert ada.get("/api/v1/rules").status_code == 401
    assert "Set-Cookie" not in program("read").get("/rules").headers


def test_a_token_opens_no_page(app: Flask, program: Callable[..., Program]) -> None:
    assert app.test_client().get("/report/query-log", headers=program().headers).status_code == 303


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("GET", "/check", None, 400, "address is missing"),
        ("GET", "/check?address=nonsense", None, 400, "address is an address such as"),
        ("GET", "/check?address=fe80::1%25eth0", None, 400, "address is an address such as"),
        ("GET", "/check?address=192.0.2.1&address=192.0.2.2", None, 400, "Send address once."),
        ("GET", "/check?address=192.0.2.1&level=4", None, 400, "There is no 'level' in the query"),
        ("GET", "/queries/days?days=many", None, 400, "days is a whole number from 1 to 1098"),
        ("GET", "/queries/days?days=0", None, 400, "days is a whole number from 1 to 1098"),
        ("GET", "/queries/days?database=all", None, 400, "database is one of both, standard, dynamic"),
        ("POST", "/rules", "{", 400, "The body is not JSON."),
        ("POST", "/rules", "[]", 400, "Send a JSON object."),
        ("POST", "/rules", '{"action": "blocked"}', 400, "value is missing"),
        ("POST", "/rules", '{"action": 1, "value": "192.0.2.1"}', 400, "action is a text"),
        ("POST", "/rules", '{"action": "maybe", "value": "192.0.2.1"}', 400, "action is one of approved, blocked"),
        ("POST", "/rules", '{"action": "blocked", "value": "some net"}', 400, "value cannot be read"),
        ("POST", "/rules", '{"action": "blocked", "value": "192.0.2.1", "x": 1}', 400, "There is no 'x'"),
        (
            "POST",
            "/rules",
            '{"action": "blocked", "value": "192.0.2.1", "note": "a\\u0000"}',
            400,
            "control characters",
        ),
        ("POST", "/rules", '{"action": "blocked", "value": "192.0.2.1", "note": "\\ud800"}', 400, "note is a text"),
        ("POST", "/rules", '{"action": "blocked", "value": "192.0.2.1\\n"}', 400, "value cannot be read"),
        ("GET", "/nothing", None, 404, "no such address in the API"),
        ("PUT", "/rules", None, 405, "takes no such method"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_send(
    program: Callable[..., Program], method: str, path: str, body: str | None, status: int, says: str
) -> None:
    caller = program()
    content_type = "application/json" if body else None

    answer = caller.client.open(
        f"/api/v1{path}", method=method, data=body, content_type=content_type, headers=caller.headers
    )

    assert says in problem(answer, status)
    assert status != 405 or "DELETE" in answer.headers["Allow"]


def test_a_form_is_no_json(program: Callable[..., Program]) -> None:
    caller = program()

    answer = caller.client.post("/api/v1/rules", data={"action": "blocked"}, headers=caller.headers)

    assert "Content-Type: application/json" in problem(answer, 415)


def test_a_body_without_an_end_is_too_large(program: Callable[..., Program]) -> None:
    caller = program()
    long = json.dumps({"action": "blocked", "value": "x" * 3_000_000})

    answer = caller.client.post("/api/v1/rules", data=long, content_type="application/json", headers=caller.headers)

    problem(answer, 413)


def test_one_token_asks_so_often_and_another_is_not_slowed(
    program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "LIMIT", "3 per minute")
    busy, calm = program("read"), program("read", "rules")

    answers = [busy.get(path) for path in ("/rules", "/listings", "/rules", "/listings")]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "Too many requests" in problem(answers[3], 429)
    assert int(answers[3].headers["Retry-After"]) > 0
    assert calm.get("/rules").status_code == 200


def test_a_fault_is_told_without_its_story(program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch) -> None:
    caller = program()
    monkeypatch.setattr(policy, "rules", lambda _: 1 // 0)

    assert "division" not in problem(caller.get("/rules"), 500)


def test_the_document_is_served_to_everybody_and_names_every_call(app: Flask) -> None:
    told = app.test_client().get("/api/v1/openapi.json").get_json()

    assert told["openapi"] == "3.1.0"
    assert told["servers"] == [{"url": "http://127.0.0.1/api/v1"}]
    calls = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    assert calls == {(one.method, one.path) for one in OPERATIONS}


def test_docs_api_md_is_what_the_calls_say_of_themselves(app: Flask) -> None:
    served = app.test_client().get("/api/v1/api.md")

    assert served.text == document.markdown()
    assert (ROOT / "docs" / "api.md").read_text() == document.markdown(), "run: python -m portal.api > docs/api.md"


# What reaches too far


@pytest.mark.parametrize(("value", "says"), [
    ("0.0.0.0/0", "0.0.0.0/0 is wider than /8 and holds 1.1.1.1 (the resolver of Cloudflare)"),
    ("::/0", "wider than /19"),
    ("8.0.0.0/8", "holds 8.8.8.8"), ("40.0.0.0/8", "mail of Microsoft"),
])  # fmt: skip
def test_a_rule_that_reaches_too_far_is_added_once_its_network_is_repeated(
    program: Callable[..., Program], cast: Cast, value: str, says: str
) -> None:
    writer = program("rules")
    sent = {"action": "blocked", "value": value}

    for confirm in ({}, {"confirm": "yes"}, {"confirm": "192.0.2.0/24"}):
        refused = writer.post("/rules", **sent, **confirm)
        assert refused.status_code == 409
        assert says in refused.json["detail"]
        assert refused.json["detail"].endswith(f"To do it all the same, send the field confirm: {value}")
        assert not policy.rules(cast.acme.id)
    assert writer.post("/rules", **sent, confirm=value).status_code == 201
    assert [one.value for one in policy.rules(cast.acme.id)] == [value]


def test_a_listing_that_reaches_too_far_is_made_once_its_network_is_repeated(program: Callable[..., Program]) -> None:
    operator = program("listings")
    sent = {"network": "64.0.0.0/3", "database": "standard", "category": "KSS", "duration": 3600, "reason": "Spam"}

    refused = operator.post("/listings", **sent)

    assert (refused.status_code, "wider than /8" in refused.json["detail"]) == (409, True)
    assert operator.post("/listings", **sent, confirm="64.0.0.0/3").status_code == 201


@pytest.mark.parametrize("address", ["8.8.8.8", "40.92.1.1"])
def test_a_report_about_a_canary_warns(program: Callable[..., Program], address: str) -> None:
    sent = {"address": address, "source": "filter", "evidence": "pills"}

    assert "which half the world uses" in program("reports").post("/spam-reports", **sent).json["warning"]


def test_a_country_that_there_is_not_is_refused_with_the_one_that_is_meant(program: Callable[..., Program]) -> None:
    refused = program("rules").post("/rules", action="blocked", value="country:UK")

    assert (refused.status_code, "Did you mean GB, United Kingdom?" in refused.json["detail"]) == (409, True)


# Spam reports and history


def test_a_spam_report_lists_its_sender_and_is_in_its_history(program: Callable[..., Program]) -> None:
    reporter = program("reports")
    sent = {"address": "203.0.113.77", "source": "filter", "evidence": "pills", "dedupe_key": "<1@x>"}

    reported = reporter.post("/spam-reports", **sent)
    assert reported.status_code == 201
    assert reported.json == {
        "address": "203.0.113.77",
        "subject": "203.0.113.77",
        "counted": True,
        "level": 2,
        "shared_level": 0,
        "warning": "",
    }
    assert reporter.post("/spam-reports", **sent).json["counted"] is False

    reader = program("read")
    told = reader.get("/history", address="203.0.113.77").json
    assert told["listed"] == told["events"] == [], "it is listed for one organization alone"

    spoken = program("reports", "listings").post("/spam-reports", **{**sent, "dedupe_key": "<2@x>"}).json
    assert (spoken["level"], spoken["shared_level"]) == (2, 2), "such a token speaks for the installation"
    told = reader.get("/history", address="203.0.113.77").json
    assert [event["what"] for event in told["events"]] == ["listed"] and len(told["listed"]) == 1
    assert "pills" not in str(told)


def test_spam_reports_are_gathered_and_published_together_where_a_rule_is_in_dns_at_once(
    program: Callable[..., Program], app_context: AppContext
) -> None:
    app_context.publisher.catch_up(NOON)
    before, reporter = app_context.live.current, program("reports")

    for last in range(3):
        reporter.post("/spam-reports", address=f"203.0.113.{last}", source="complaint", evidence="seen")
        assert app_context.live.current is before

    assert app_context.publisher.catch_up(NOON) == ["listings"]
    gathered = app_context.live.current
    program("rules").post("/rules", action="blocked", value="192.0.2.9")
    assert app_context.live.current is not gathered


@pytest.mark.parametrize(("scopes", "status"), [(("reports",), 403), (("reports", "listings"), 201), (("read",), 403)])
def test_a_trap_is_the_operators_to_name(program: Callable[..., Program], scopes: tuple[str, ...], status: int) -> None:
    answer = program(*scopes).post("/spam-reports", address="203.0.113.79", source="trap", evidence="seen")

    assert answer.status_code == status


def test_a_report_that_may_list_nobody_is_refused_with_the_reason(program: Callable[..., Program]) -> None:
    answer = program("reports").post("/spam-reports", address="10.0.0.1", source="complaint", evidence="seen")

    assert answer.status_code == 409 and "private" in answer.json["detail"]


def test_a_code_network_is_added_listed_and_removed(
    program: Callable[..., Program], cast: Cast, app_context: AppContext
) -> None:
    caller, stranger = program("read", "code-networks"), program("read", "code-networks", of=BORIS)
    mail_servers.add(cast.acme.id, "198.51.100.25", NOON)

    added = caller.post("/code-networks", network="192.0.2.0/28", note="Resolvers")
    assert added.status_code == 201
    assert added.json == {"network": "192.0.2.0/28", "note": "Resolvers", "created_at": "2026-09-21T12:00:00Z"}
    snapshot = app_context.live.current
    assert snapshot and not snapshot.may_ask_from(cast.acme.id, parse_address("203.0.113.1"))
    assert "already" in problem(caller.post("/code-networks", network="192.0.2.0/28"), 409)
    problem(stranger.delete("/code-networks", network="192.0.2.0/28"), 404)
    assert stranger.get("/code-networks").json == {"code_networks": [], "warning": "", "turned_away": []}
    told = caller.get("/code-networks").json
    assert told["code_networks"] == [added.json] and "198.51.100.25" in told["warning"]

    assert caller.delete("/code-networks", network="192.0.2.0/28").status_code == 204
    assert caller.get("/code-networks").json["code_networks"] == []
    assert "not among the networks" in problem(caller.delete("/code-networks", network="192.0.2.0/28"), 404)


def test_the_list_of_networks_needs_a_scope_of_its_own(program: Callable[..., Program], cast: Cast) -> None:
    caller = program("read", "rules", "mail-servers", of=ADA)

    assert "scope code-networks" in problem(caller.post("/code-networks", network="192.0.2.7"), 403)
    assert "scope code-networks" in problem(caller.delete("/code-networks", network="192.0.2.7"), 403)


def test_the_quota_is_told_and_cannot_be_set(
    program: Callable[..., Program], cast: Cast, app_context: AppContext
) -> None:
    caller = program(*ALL)
    assert caller.get("/quota").json == {
        "quota": None, "used": None, "ends_at": None, "over_at": None, "turned_away": 0,
    }  # fmt: skip

    app_context.daily_quota = 20
    QueryHour.create(organization=cast.acme.id, hour=NOON, database=STANDARD, code=KSS, queries=20)
    quotas.follow(20, NOON)

    assert caller.get("/quota").json == {
        "quota": 20,
        "used": 20,
        "ends_at": "2026-09-22T00:00:00Z",
        "over_at": "2026-09-21T12:00:00Z",
        "turned_away": 0,
    }
    assert caller.post("/quota", quota=10**6).status_code == 405
