"""Policy in a browser: what appears while somebody types, and the slider that stands for its buttons."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from reputation.customers import policy
from reputation.customers.policy import settings
from tests.browser.conftest import DESK, PHONE, Open
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, BORIS


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_what_a_rule_would_change_appears_while_it_is_typed(reader: Open, cast: Cast, width: int) -> None:
    policy.add_rule(cast.acme.id, "approved", "203.0.113.25", NOON)
    user = reader(width=width)
    user.log_in(ADA)
    page = user.go("/policy?list=blocked")

    page.locator("#sender").press_sequentially("austria")
    page.get_by_role("button", name="Austria country:AT").click()
    expect(page.locator("#sender")).to_have_value("country:AT")
    expect(page.locator("#sender")).to_be_focused()
    page.locator("#sender").fill("203.0.113.0/24")
    expect(page.locator("#effect")).to_contain_text("203.0.113.25 is approved and stays approved")
    page.locator("#sender").press("Enter")

    expect(page.get_by_role("row", name="203.0.113.0/24")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("No blocked sender yet")).to_be_visible()
    assert user.overflow() == 0 and not user.complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("script", [True, False])
def test_a_rule_for_the_whole_internet_is_typed_a_second_time(
    reader: Open, cast: Cast, width: int, scheme: str, script: bool
) -> None:
    user = reader(width=width, scheme=scheme, java_script_enabled=script)
    user.log_in(ADA)
    page = user.go("/policy?list=blocked")
    page.locator("#sender").fill("0.0.0.0/0")
    page.locator("#rule-form").get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_text("0.0.0.0/0 is wider than /8")).to_be_visible()
    assert policy.rules(cast.acme.id) == []

    page.get_by_label("Confirm").fill("0.0.0.0/0")
    assert user.overflow() == 0
    page.locator("#rule-form").get_by_role("button", name="Block", exact=True).click()

    expect(page.get_by_role("row", name="0.0.0.0/0")).to_be_visible()
    assert not user.complaints


def test_one_box_ticks_all_and_they_go_together(reader: Open, cast: Cast) -> None:
    for end in range(3):
        policy.add_rule(cast.acme.id, "approved", f"192.0.2.{end}", NOON)
    user = reader()
    user.log_in(ADA)
    page = user.go("/policy")

    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Remove ticked rules").click()

    expect(page.get_by_text("3 rules are removed.")).to_be_visible()
    assert policy.rules(cast.acme.id) == [] and not user.complaints


def test_the_slider_and_the_buttons_of_the_level_follow_each_other(reader: Open, cast: Cast) -> None:
    user = reader()
    user.log_in(ADA)
    page = user.go("/policy/reputation-settings")
    slider = page.get_by_role("slider", name="Level")

    slider.press("ArrowRight")
    expect(page.get_by_role("radio", name="3 · Aggressive")).to_be_checked()
    expect(slider).to_have_attribute("aria-valuetext", "3, Aggressive")
    expect(page.locator("#dynamic-effect")).not_to_be_empty()
    page.get_by_role("radio", name="0 · Off").check()
    expect(slider).to_have_value("0")
    page.locator("#dynamic").get_by_role("button", name="Save").click()

    expect(page.get_by_text("The level is 0, off.")).to_be_visible()
    assert settings.chosen(cast.acme.id).level == 0 and not user.complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_sections_of_the_settings_are_those_of_the_subscription(
    reader: Open, cast: Cast, width: int, scheme: str
) -> None:
    sections = {ADA: ["Enable Standard Settings", "Dynamic Settings"], BORIS: ["Enable Standard Settings"]}
    for email, titles in sections.items():
        user = reader(width=width, scheme=scheme)
        user.log_in(email)
        page = user.go("/policy/reputation-settings")

        expect(page.locator("main h2")).to_have_text(titles)
        expect(page.get_by_role("slider", name="Level")).to_have_count(len(titles) - 1)
        expect(page.get_by_role("button", name="Save")).to_have_count(len(titles))
        assert user.overflow() == 0 and not user.complaints


def test_clearing_a_category_warns_at_once(reader: Open, cast: Cast) -> None:
    user = reader()
    user.log_in(ADA)
    page = user.go("/policy/reputation-settings")

    page.get_by_label("ETL").uncheck()

    expect(page.get_by_text("ETL is cleared.")).to_be_visible()
    assert settings.chosen(cast.acme.id).etl and not user.complaints
