"""Code Networks in a browser: networks, their notes and what can be undone are readable on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator

from reputation.customers import code_networks
from tests.browser.conftest import DESK, PHONE, Open
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA


def lines(found: Locator) -> int:
    """How many lines of text an element takes: the boxes of a range have one for each."""
    script = """one => { const range = document.createRange(); range.selectNodeContents(one);
        return new Set([...range.getClientRects()].map(box => Math.round(box.bottom / 9))).size }"""
    return int(found.evaluate(script))


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_an_ipv4_network_and_the_button_that_undoes_stand_in_one_line(reader: Open, cast: Cast, width: int) -> None:
    code_networks.add(cast.acme.id, "198.51.100.194/31", NOON, note="x" * code_networks.LONGEST_NOTE)
    user = reader(width=width)
    user.log_in(ADA)
    page = user.go("/administration/code-networks")

    page.get_by_label("Address or network").fill("2001:db8:1234:5678:9abc:def0:1234:5600/120")
    page.get_by_role("button", name="Add", exact=True).click()

    assert lines(page.get_by_role("rowheader", name="198.51.100.194/31")) == 1
    undo = page.get_by_role("button", name="Undo").bounding_box()
    assert undo is not None and undo["height"] < 40, "one line"
    assert user.overflow() == 0 and not user.complaints
