"""The query log in a browser: a rule is one click away from a row, and so is its end."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from reputation.customers import policy
from tests.browser.conftest import DESK, PHONE, Open
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA
from tests.portal.test_query_log import OTHER, SPAMMER, asked


@pytest.mark.parametrize(
    ("width", "script"), [(DESK, True), (PHONE, True), (DESK, False)], ids=["desk", "phone", "without JavaScript"]
)
def test_a_sender_is_blocked_in_all_its_rows_and_let_go_again(
    reader: Open, cast: Cast, width: int, script: bool
) -> None:
    for address, at in ((SPAMMER, NOON - 30), (OTHER, NOON - 20), (SPAMMER, NOON - 10)):
        asked(cast.acme.id, address, at=at)
    sat = reader(width=width, java_script_enabled=script)
    sat.log_in(ADA)
    page = sat.go("/report/query-log?kind=matched")
    rows = page.locator("table.log tbody tr")

    rows.first.get_by_role("button", name=f"Block sender {SPAMMER}").click()

    expect(page.locator(".ruled", has_text="Blocked")).to_have_count(2)
    expect(rows).to_have_count(3)
    expect(rows.nth(1).get_by_role("button", name=f"Approve sender {OTHER}")).to_be_visible()
    assert [rule.value for rule in policy.rules(cast.acme.id)] == [SPAMMER]
    assert "kind=matched" in page.url

    rows.last.get_by_role("button", name=f"Undo {SPAMMER}").click()

    expect(page.locator(".ruled")).to_have_count(0)
    assert policy.rules(cast.acme.id) == []
    assert sat.overflow() == 0
    assert sat.complaints == []
