"""Policy > New ISP Request, and its other side, Installation > Requests: from a wish to a rule that decides."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.app_context import AppContext
from reputation.addresses.address import parse_address
from reputation.customers import isp_requests, policy
from reputation.store.models import IspAttachment, IspRequest, Letter
from reputation.verdict.decision import decide
from reputation.verdict.zones import BLOCKED_ISP, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.portal.conftest import ADA, OLGA, Browser, Clock, content, logged_in

PAGE, QUEUE = "/policy/isp-request", "/installation/requests"
USUAL = {
    "name": "Example Net",
    "asns": "",
    "networks": "192.0.2.0/25\n2001:db8:5::/48",
    "country": "AT",
    "website": "www.example.net",
    "contact": "abuse@example.net",
    "relation": "customer",
    "reason": "We rent servers there & <b>there</b>.",
}
PDF = b"%PDF-1.4 a small one"


def ask(browser: Browser, file: tuple[bytes, str] | None = None, **fields: str) -> TestResponse:
    hidden = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', browser.get(PAGE).text)
    assert hidden
    data: dict[str, object] = {"csrf_token": hidden[1], **USUAL, **fields}
    if file:
        data["attachment"] = (io.BytesIO(file[0]), file[1])
    return browser.client.post(PAGE, data=data, content_type="multipart/form-data")


def asked(browser: Browser, **fields: str) -> int:
    answer = ask(browser, **fields)
    assert answer.status_code == 303, content(answer)
    return int(answer.location.rpartition("/")[2])


def letters(to: str) -> list[str]:
    return [f"{row.subject}\n{row.text}" for row in others(Letter).where(Letter.to == to).order_by(Letter.id)]


def accept(olga: Browser, number: int, **fields: str) -> TestResponse:
    given = {"name": "Example Net", "asns": "", "country": "AT", "networks": "192.0.2.0/25", "text": "Welcome."}
    return olga.send(f"{QUEUE}/isp/{number}/accept", f"{QUEUE}/isp/{number}", **given | fields)


def code(app_context: AppContext, organization: int, text: str) -> int:
    assert app_context.live.current
    address = parse_address(text)
    return decide(app_context.live.current, STANDARD, organization, address.version, address.value, NOON).code


def test_a_request_shows_what_was_asked_and_tells_the_operator(ada: Browser, olga: Browser) -> None:
    number = asked(ada)

    text = content(ada.get(f"{PAGE}/{number}"))
    assert "192.0.2.0/25, 2001:db8:5::/48" in text and "Austria" in text and "https://www.example.net" in text
    assert "We are its customer" in text and "open: the operator answers" in text
    assert "<b>there" not in ada.get(f"{PAGE}/{number}").text
    assert "Example Net" in content(ada.get(PAGE))
    (letter,) = letters(OLGA)
    assert "ISP request: Example Net" in letter and QUEUE in letter
    assert "ISP: Example Net" in content(olga.get(QUEUE)) and "in 2 days" in content(olga.get(QUEUE))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Write how the ISP is called."),
        ("reason", "", "Write why the ISP should be known."),
        ("networks", "", "Name at least one AS number or one network"),
        ("networks", "10.0.0.0/8", "private or reserved"),
        ("networks", "0.0.0.0/0", "wider than /8"),
        ("networks", "192.0.2.1/24", "192.0.2.0/24"),
        ("asns", "ASX", "is no AS number"),
        ("asns", "99999999999999", "is no AS number"),
        ("website", "javascript:alert(1)", "no address of a web site"),
        ("website", "http://", "no address of a web site"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_what_was_written_stays(
    ada: Browser, cast: Cast, field: str, value: str, sentence: str
) -> None:
    answer = ask(ada, **{field: value})

    assert answer.status_code == 422
    assert sentence in content(answer)
    assert "abuse@example.net" in answer.text
    assert not others(IspRequest).exists() and not others(Letter).exists()


def test_an_attachment_is_for_its_organization_and_the_operator_to_take_away(
    ada: Browser, vera: Browser, boris: Browser, olga: Browser
) -> None:
    made = ask(ada, (PDF, "../../ür kunde.pdf"))
    assert made.status_code == 303
    number = int(made.location.rpartition("/")[2])

    for browser in (ada, vera):
        answer = browser.get(f"{PAGE}/{number}/attachment")
        assert (answer.status_code, answer.data) == (200, PDF)
        assert answer.headers["Content-Type"] == "application/pdf"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment; ") and "filename*=UTF-8''%C3%BCr%20kunde.pdf" in disposition
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    assert olga.get(f"{QUEUE}/isp/{number}/attachment").data == PDF
    assert boris.get(f"{PAGE}/{number}/attachment").status_code == 404
    assert boris.get(f"{QUEUE}/isp/{number}/attachment").status_code == 404


def test_an_attached_text_says_how_its_letters_are_written(ada: Browser) -> None:
    made = ask(ada, ("Häfen".encode(), "notes.txt"))

    answer = ada.get(f"{made.location}/attachment")

    assert (answer.headers["Content-Type"], answer.text) == ("text/plain; charset=utf-8", "Häfen")
    assert answer.headers["Content-Disposition"] == "attachment; filename=notes.txt"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ((b"", "empty.pdf"), "is empty"),
        ((b"<script>", "page.html"), "is none of these kinds"),
        ((b"<script>", "page.pdf"), "not what its name says"),
        ((b"\x00\x01", "notes.txt"), "not what its name says"),
    ],
)
def test_an_attachment_of_another_kind_or_size_is_refused(ada: Browser, file: tuple[bytes, str], sentence: str) -> None:
    answer = ask(ada, file)

    assert answer.status_code == 422
    assert sentence in content(answer)
    assert not others(IspAttachment).exists() and not others(IspRequest).exists()


def test_an_accepted_isp_is_what_a_rule_decides_by_and_statistics_name(
    ada: Browser, olga: Browser, app_context: AppContext, cast: Cast
) -> None:
    number = asked(ada)
    assert accept(olga, number).status_code == 303

    text = content(ada.get(f"{PAGE}/{number}"))
    assert "AS4200000000" in text and "Welcome." in text and "accepted" in text
    policy.add_rule(cast.acme.id, "blocked", "isp:AS4200000000", NOON)
    app_context.publisher.catch_up(NOON)
    assert code(app_context, cast.acme.id, "192.0.2.5") == BLOCKED_ISP
    assert code(app_context, cast.acme.id, "192.0.2.200") == 0
    assert code(app_context, cast.basic.id, "192.0.2.5") == 0
    assert app_context.live.current and app_context.live.current.origins.isp_name(4200000000) == "Example Net"
    assert "Example Net" in content(ada.get("/check?address=192.0.2.5"))
    assert any("Accepted" in letter and f"{PAGE}/{number}" in letter for letter in letters(ADA))
    assert "AS4200000000" in content(olga.get(QUEUE))


def test_the_operator_can_correct_what_is_accepted(ada: Browser, olga: Browser, app_context: AppContext) -> None:
    number = asked(ada)

    assert accept(olga, number, name="Better Name", asns="AS64777", networks="203.0.113.0/24").status_code == 303

    assert app_context.live.current
    origin = app_context.live.current.origins.origin(4, parse_address("203.0.113.9").value)
    assert origin == (64777, "AT", "Better Name")


def test_what_cannot_be_accepted_is_refused_and_the_request_waits_on(ada: Browser, olga: Browser) -> None:
    number = asked(ada)

    answer = accept(olga, number, networks="10.0.0.0/8")

    assert answer.status_code == 422 and "private or reserved" in content(answer)
    assert 'value="Example Net"' in answer.text
    found = isp_requests.find(number)
    assert found and found.status == "open"


def test_the_operator_asks_back_and_the_requester_answers(
    ada: Browser, vera: Browser, olga: Browser, clock: Clock
) -> None:
    number = asked(ada)
    clock.advance(hours=5)
    decide_page = f"{QUEUE}/isp/{number}"

    assert olga.send(f"{decide_page}/ask", decide_page, text="Which networks <i>exactly</i>?").status_code == 303
    assert "waiting for their answer" in content(olga.get(QUEUE))
    assert any("Which networks" in letter for letter in letters(ADA))
    page = ada.get(f"{PAGE}/{number}")
    assert "waiting for your answer" in content(page) and "<i>exactly" not in page.text
    assert "An administrator of Acme can answer." in content(vera.get(f"{PAGE}/{number}"))

    assert ada.send(f"{PAGE}/{number}/reply", f"{PAGE}/{number}", text="All of them.").status_code == 303
    found = isp_requests.find(number)
    assert found and (found.status, found.due_at) == ("open", clock.now + 2 * 86400)
    assert [(entry.by_operator, entry.who) for entry in found.said] == [(True, OLGA), (False, ADA)]
    assert any("All of them." in letter for letter in letters(OLGA))
    assert ada.send(f"{PAGE}/{number}/reply", f"{PAGE}/{number}", text=" ").status_code == 422


def test_a_request_is_declined_with_a_reason(ada: Browser, olga: Browser) -> None:
    number = asked(ada)
    page = f"{QUEUE}/isp/{number}"

    assert olga.send(f"{page}/decline", page, text="").status_code == 422
    assert olga.send(f"{page}/decline", page, text="It is known as AS64500.").status_code == 303

    assert "It is known as AS64500." in content(ada.get(f"{PAGE}/{number}"))
    assert any("Declined: It is known as AS64500." in letter for letter in letters(ADA))
    assert "Nobody waits for an answer" in content(olga.get(QUEUE))
    assert ada.send(f"{PAGE}/{number}/reply", "/administration/password", text="But…").status_code == 422


def test_a_request_can_be_withdrawn_until_it_is_decided(ada: Browser, olga: Browser) -> None:
    number = asked(ada)

    assert ada.send(f"{PAGE}/{number}/withdraw", f"{PAGE}/{number}").status_code == 303

    assert "withdrawn" in content(ada.get(PAGE))
    assert accept(olga, asked(ada, name="Other")).status_code == 303
    page = "/administration/password"
    assert olga.send(f"{QUEUE}/isp/{number}/decline", page, text="Late").status_code == 422


def test_an_overdue_request_is_told_as_such_and_comes_first(ada: Browser, app: Flask, clock: Clock) -> None:
    asked(ada, name="Old Net")
    clock.advance(hours=49)
    asked(logged_in(app, ADA), name="New Net")  # a session does not last so long

    text = content(logged_in(app, OLGA).get(QUEUE))
    assert "overdue" in text and text.index("Old Net") < text.index("New Net")


def test_an_accepted_isp_can_be_forgotten(ada: Browser, olga: Browser, app_context: AppContext) -> None:
    accept(olga, asked(ada))

    assert olga.send(f"{QUEUE}/isps/4200000000/remove", QUEUE).status_code == 303

    assert app_context.live.current and app_context.live.current.origins.asn(4, parse_address("192.0.2.5").value) == 0
    assert olga.send(f"{QUEUE}/isps/4200000000/remove", "/administration/password").status_code == 422


def test_a_viewer_sees_the_requests_and_no_form(ada: Browser, vera: Browser) -> None:
    number = asked(ada)

    page = vera.get(PAGE)
    assert "Example Net" in content(page) and "An administrator of Acme can send a request." in content(page)
    assert "<textarea" not in page.text and "<textarea" not in vera.get(f"{PAGE}/{number}").text
    assert vera.send(PAGE, "/administration/password", **USUAL).status_code == 403
    assert vera.send(f"{PAGE}/{number}/withdraw", "/administration/password").status_code == 403


def test_another_organization_sees_nothing_of_it(ada: Browser, boris: Browser) -> None:
    number = asked(ada)

    assert "Example Net" not in content(boris.get(PAGE))
    assert boris.get(f"{PAGE}/{number}").status_code == 404
    for act in ("reply", "withdraw"):
        assert boris.send(f"{PAGE}/{number}/{act}", PAGE, text="x").status_code == 404
    found = isp_requests.find(number)
    assert found and not found.said and found.status == "open"


def test_the_queue_is_for_the_operator_alone(ada: Browser, vera: Browser, boris: Browser) -> None:
    number = asked(ada)
    for browser in (ada, vera, boris):
        assert browser.get(QUEUE).status_code == 404
        assert browser.get(f"{QUEUE}/isp/{number}").status_code == 404
        for act in ("accept", "ask", "decline"):
            answer = browser.send(f"{QUEUE}/isp/{number}/{act}", "/administration/password", text="x", name="x")
            assert answer.status_code == 404
    found = isp_requests.find(number)
    assert found and found.status == "open"


def test_a_visitor_is_led_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).location == f"/login?next={PAGE}"
    assert visitor.get(QUEUE).location == f"/login?next={QUEUE}"
