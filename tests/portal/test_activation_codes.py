"""Installation > Activation Codes: all of them, never whole but once."""

from __future__ import annotations

import re

from portal.app_context import AppContext
from reputation.customers import activation_codes, organizations
from reputation.store.models import LastAsked
from tests.conftest import NOON, Cast
from tests.portal.conftest import Browser, Clock, content

PAGE = "/installation/activation-codes"


def rows(browser: Browser, address: str = PAGE) -> str:
    found = re.search(r"<tbody>.*?</tbody>", browser.get(address).text, re.DOTALL)
    return found[0] if found else ""


def test_codes_are_shown_masked_with_their_organization(olga: Browser, cast: Cast) -> None:
    LastAsked.create(organization=cast.acme.id, first_at=NOON - 900, last_at=NOON - 300)

    page = olga.get(PAGE)

    assert "Acme" in content(page) and "asked 5 min ago" in content(page)
    for code in (cast.acme_code, cast.basic_code):
        assert f"{code.label[:4].upper()}-…" in page.text
        assert code.dashed not in page.text and code.label not in page.text


def test_an_issued_code_is_shown_once_and_answered_at_once(olga: Browser, cast: Cast, app_context: AppContext) -> None:
    answer = olga.send(f"{PAGE}/issue", PAGE, organization="Basic")

    assert answer.status_code == 303
    first, second = olga.get(answer.location), olga.get(answer.location)
    shown = re.search(r'id="new-code"[^>]*>([^<]+)<', first.text)
    assert shown and shown[1] not in second.text
    label = activation_codes.label_of(shown[1])
    assert app_context.live.current and app_context.live.current.organization(label.encode(), NOON) == cast.basic.id


def test_a_code_is_revoked_at_once(olga: Browser, cast: Cast, app_context: AppContext) -> None:
    code = activation_codes.active(cast.basic.id, NOON)[0]

    assert olga.send(f"{PAGE}/{code.id}/revoke", PAGE).status_code == 303

    assert app_context.live.current and app_context.live.current.organization(code.label.encode(), NOON) == -1
    assert "revoked" in rows(olga, f"{PAGE}?organization={cast.basic.id}")
    assert olga.send(f"{PAGE}/{code.id}/revoke", PAGE).status_code == 422


def test_a_code_ends_with_the_day_that_was_chosen_or_never(
    olga: Browser, cast: Cast, app_context: AppContext, clock: Clock
) -> None:
    code = activation_codes.active(cast.basic.id, NOON)[0]

    assert olga.send(f"{PAGE}/{code.id}/end", PAGE, day="2099-01-31").status_code == 303
    assert "31 Jan 2099" in rows(olga) and 'value="2099-01-31"' in rows(olga)
    assert olga.send(f"{PAGE}/{code.id}/end", PAGE, day="").status_code == 303
    assert activation_codes.active(cast.basic.id, NOON)[0].expires_at is None
    assert olga.send(f"{PAGE}/4711/end", PAGE, day="2099-01-31").status_code == 404
    for day in ("2001-01-01", "tomorrow", "9999999-01-01", "2107-01-01"):
        assert olga.send(f"{PAGE}/{code.id}/end", PAGE, day=day).status_code == 422


def test_they_are_filtered_by_organization_and_state(olga: Browser, cast: Cast) -> None:
    activation_codes.revoke(cast.acme_code.label, NOON)

    assert "Basic" not in rows(olga, f"{PAGE}?organization={cast.acme.id}")
    assert "Acme" in rows(olga, f"{PAGE}?state=revoked") and "Basic" not in rows(olga, f"{PAGE}?state=revoked")


def test_the_filter_finds_a_part_of_the_name(olga: Browser, cast: Cast) -> None:
    found = rows(olga, f"{PAGE}?search=ACM")

    assert "Acme" in found and "Basic" not in found
    assert not rows(olga, f"{PAGE}?search=nobody")


def test_a_name_that_nobody_has_gets_a_sentence_and_no_code(olga: Browser, cast: Cast) -> None:
    for typed, sentence in (
        ("Basi", "There is no organization named"),
        (str(cast.basic.id), "There is no"),
        ("", "name"),
    ):
        answer = olga.send(f"{PAGE}/issue", PAGE, organization=typed)

        assert answer.status_code == 422 and sentence in content(answer)
        assert f'id="for" name="organization" value="{typed}"' in answer.text
    assert len(activation_codes.active(cast.basic.id, NOON)) == 1


def test_names_are_suggested_while_one_is_typed_never_more_than_twenty(olga: Browser, cast: Cast) -> None:
    for number in range(30):
        organizations.add(f"Customer {number:02} <b>", "standard", NOON)

    def suggested(query: str) -> list[str]:
        return re.findall(r'<option value="([^"]*)"></option>', olga.get(f"{PAGE}/names?{query}").text)

    assert suggested("organization=BASI") == ["Basic"] and suggested("search=basi") == ["Basic"]
    assert (
        suggested("organization=tomer+2")[0] == "Customer 20 &lt;b&gt;" and len(suggested("organization=tomer+2")) == 10
    )
    assert len(suggested("search=customer")) == len(suggested("")) == 20
    # Without JavaScript the list holds the first of them, and any other name is typed.
    assert olga.get(PAGE).text.count("></option>") == 20
    assert olga.send(f"{PAGE}/issue", PAGE, organization=" Customer  29 <b>").status_code == 303


def test_for_everybody_else_there_is_no_such_page(ada: Browser, vera: Browser, boris: Browser, cast: Cast) -> None:
    code = activation_codes.active(cast.basic.id, NOON)[0]
    for browser in (ada, vera, boris):
        assert browser.get(PAGE).status_code == browser.get(f"{PAGE}/names").status_code == 404
        assert browser.send(f"{PAGE}/{code.id}/revoke", "/").status_code == 404
    assert activation_codes.active(cast.basic.id, NOON)


def test_a_visitor_is_led_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).location == f"/login?next={PAGE}"
