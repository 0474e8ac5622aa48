"""Fragments: who gets one, and who a whole page."""

from __future__ import annotations

import pytest

from tests.portal.conftest import Browser

PAGES = [
    "/",
    "/statistics",
    "/report/query-log",
    "/administration/activation-code",
    "/administration/mail-servers",
    "/installation/feeds",
]


@pytest.mark.parametrize("path", PAGES)
def test_htmx_gets_a_part_and_the_browsers_history_a_whole_page(olga: Browser, path: str) -> None:
    assert "<html" not in olga.fragment(path).text
    assert "<html" in olga.get(path, HX_Request="true", HX_History_Restore_Request="true").text
    assert "<html" in olga.get(path).text
