"""Repeat Offenders: proposed to the operator, who lists or leaves them."""

from __future__ import annotations

import pytest

from reputation.intake import escalation, listings, spam_reports
from tests.conftest import NOON
from tests.neighbour import apart
from tests.portal.conftest import Browser, Clock, content

PATH = "/installation/repeat-offenders"


@pytest.fixture
def proposed(clock: Clock, olga: Browser) -> int:
    """An offender that waits; its number."""
    for turn in range(escalation.STAYS):
        spam_reports.accept("203.0.113.66", "trap", NOON - (escalation.STAYS - 1 - turn) * 86400)
    escalation.propose_or_list("propose", NOON)
    return escalation.waiting()[0].id


def standard() -> list[str]:
    return [one.network for one in apart(listings.all_listings(NOON)) if one.database == "standard"]


def test_without_any_the_page_says_who_would_come(olga: Browser) -> None:
    assert "No sender is proposed" in content(olga.get(PATH))


def test_the_operator_lists_one_for_a_month(olga: Browser, proposed: int) -> None:
    assert "203.0.113.66" in content(olga.get(PATH))

    assert olga.send(f"{PATH}/{proposed}", PATH, decision="list").status_code == 303
    assert standard() == ["203.0.113.66"]
    assert "as KSS for 30 days" in content(olga.get(PATH)) and escalation.waiting() == []


def test_the_operator_leaves_one(olga: Browser, proposed: int) -> None:
    olga.send(f"{PATH}/{proposed}", PATH, decision="leave")

    assert standard() == [] and escalation.waiting() == []


def test_one_that_was_decided_meanwhile_says_so(olga: Browser, proposed: int) -> None:
    olga.get(PATH)
    token = olga.send(f"{PATH}/{proposed}", PATH, decision="leave")
    assert token.status_code == 303
    again = olga.send(f"{PATH}/{proposed}", "/administration/password", decision="list")

    assert again.status_code == 422 and "decided already" in content(again)
    assert standard() == []


@pytest.mark.parametrize("reader", ["ada", "vera", "boris"])
def test_to_everybody_else_there_is_no_such_page(request: pytest.FixtureRequest, reader: str, proposed: int) -> None:
    browser: Browser = request.getfixturevalue(reader)

    assert browser.get(PATH).status_code == 404
    assert browser.send(f"{PATH}/{proposed}", "/administration/password", decision="list").status_code == 404
    assert standard() == []
