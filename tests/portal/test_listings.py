"""Installation > Listings: by hand, found again, taken out and put back."""

from __future__ import annotations

import re

import pytest

from portal.app_context import AppContext
from reputation.addresses.address import parse_address
from reputation.intake import listings
from reputation.store import db
from reputation.store.models import Listing
from reputation.verdict.decision import decide
from reputation.verdict.zones import DYNAMIC, ETL, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others
from tests.portal.conftest import OLGA, Browser, Clock, content

PAGE = "/installation/listings"
HOUR = 3600
USUAL = {
    "network": "192.0.2.0/24",
    "database": "standard",
    "category": "ETL",
    "duration": "2h",
    "reason": "Sends worms",
}


def code(app_context: AppContext, cast: Cast, text: str, database: int = STANDARD, now: int = NOON) -> int:
    assert app_context.live.current
    address = parse_address(text)
    return decide(app_context.live.current, database, cast.acme.id, address.version, address.value, now).code


def table(browser: Browser, address: str = PAGE) -> str:
    found = re.search(r"<tbody>.*?</tbody>", browser.get(address).text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def undo(browser: Browser) -> tuple[str, dict[str, str]]:
    """Where the button of the last sentence leads, and what it sends."""
    form = re.search(
        r'class="note good".*?<form method="post" action="([^"]+)">(.*?)</form>', browser.get(PAGE).text, re.DOTALL
    )
    assert form
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    fields.pop("csrf_token")
    return form[1], fields


@pytest.mark.parametrize(("database", "number", "answer"), [("standard", STANDARD, ETL), ("dynamic", DYNAMIC, 2)])
def test_a_listing_by_hand_is_in_dns_before_the_page_answers_and_ends_to_the_second(
    olga: Browser, cast: Cast, app_context: AppContext, database: str, number: int, answer: int
) -> None:
    assert olga.send(PAGE, **USUAL | {"database": database}).status_code == 303

    assert code(app_context, cast, "192.0.2.9", number, NOON + 2 * HOUR - 1) == answer
    assert code(app_context, cast, "192.0.2.9", number, NOON + 2 * HOUR) == 0
    assert "Sends worms" in table(olga) and "in 2 h 0 min" in table(olga)


def test_what_was_just_listed_can_be_undone(olga: Browser, cast: Cast, app_context: AppContext) -> None:
    olga.send(PAGE, **USUAL)

    path, fields = undo(olga)
    assert olga.send(path, PAGE, **fields).status_code == 303

    assert code(app_context, cast, "192.0.2.9") == 0


def test_what_was_listed_a_second_time_is_undone_itself_and_no_network_around_it(
    olga: Browser, cast: Cast, app_context: AppContext
) -> None:
    first = listings.add("2001:db8::/64", "standard", "ETL", HOUR, "Worms", NOON)
    for prefix in range(32, 44):
        listings.add(f"2001:db8::/{prefix}", "standard", "ETL", HOUR, "Around", NOON)
    olga.send(PAGE, **USUAL | {"network": "2001:db8::/64"})

    path, fields = undo(olga)
    olga.send(path, PAGE, **fields)

    assert path == f"{PAGE}/{first.id}/remove"
    left = [one.network for one in apart(listings.all_listings(NOON))]
    assert len(left) == 12 and "2001:db8::/64" not in left


def test_what_was_removed_can_be_put_back_with_its_end(
    olga: Browser, cast: Cast, app_context: AppContext, clock: Clock
) -> None:
    listings.add("192.0.2.0/24", "standard", "ETL", 2 * HOUR, "A & <b>", NOON, OLGA)
    listings.add("192.0.2.0/24", "standard", "KSS", 2 * HOUR, "Another", NOON, OLGA)
    row = Listing.get(Listing.category == "ETL")

    assert olga.send(f"{PAGE}/{row.id}/remove", PAGE).status_code == 303
    assert [one.category for one in apart(listings.all_listings(NOON))] == ["KSS"]
    clock.advance(minutes=30)
    path, fields = undo(olga)
    fields["reason"] = fields["reason"].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    assert olga.send(path, PAGE, **fields).status_code == 303

    back = next(one for one in apart(listings.all_listings(NOON)) if one.category == "ETL")
    assert (back.expires_at, back.reason) == (NOON + 2 * HOUR, "A & <b>")
    assert code(app_context, cast, "192.0.2.9") == ETL


def test_a_listing_is_put_back_for_no_longer_than_one_may_be_made(olga: Browser, cast: Cast) -> None:
    olga.send(PAGE, **USUAL)
    olga.send(f"{PAGE}/{others(Listing).get().id}/remove", PAGE)
    path, fields = undo(olga)

    for until in (NOON + 10 * 366 * 24 * HOUR, 2**32 - 1):
        answer = olga.send(path, PAGE, **fields | {"until": str(until)})
        assert answer.status_code == 422 and "at most ten years" in answer.text
    assert not others(Listing).exists()


def test_a_removal_that_is_undone_too_late_says_so(olga: Browser, cast: Cast, clock: Clock) -> None:
    olga.send(PAGE, **USUAL)
    olga.send(f"{PAGE}/{others(Listing).get().id}/remove", PAGE)
    path, fields = undo(olga)
    clock.advance(hours=3)

    assert olga.send(path, PAGE, **fields).status_code == 422
    assert not others(Listing).exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("network", "", "Write an address or a network"),
        ("network", "10.0.0.1", "private, RFC 1918"),
        ("network", "192.0.2.1/24", "192.0.2.0/24"),
        ("network", "mail.example", "mail.example"),
        ("duration", "ever", "is no duration"),
        ("duration", "99999w", "between one second and ten years"),
        ("reason", "", "Write why: the sender reads it."),
        ("reason", "x" * 401, "at most 400 characters"),
    ],
)
def test_what_cannot_be_listed_is_refused_beside_its_field(
    olga: Browser, cast: Cast, field: str, value: str, sentence: str
) -> None:
    answered = olga.send(PAGE, **USUAL | {field: value})

    assert answered.status_code == 422
    assert sentence in content(answered) and 'aria-invalid="true"' in answered.text
    assert not others(Listing).exists()


def test_an_address_finds_what_holds_it_and_words_find_reasons(olga: Browser, cast: Cast) -> None:
    listings.add("192.0.2.0/24", "standard", "ETL", HOUR, "Worms", NOON)
    listings.add("192.0.2.7", "dynamic", "KSS", HOUR, "Traps", NOON)
    listings.add("2001:db8::/32", "standard", "DUL", HOUR, "Homes 100%", NOON)

    def found(query: str) -> list[str]:
        # Each reason stands twice: in its column on a desk, and under the address on a phone.
        return list(dict.fromkeys(re.findall(r"Worms|Traps|Homes", table(olga, f"{PAGE}?{query}"))))

    assert found("search=192.0.2.7&sort=network") == ["Worms", "Traps"]
    assert found("search=192.0.2.8") == ["Worms"]
    assert found("search=2001:db8::9") == ["Homes"]
    assert found("search=trap") == ["Traps"]
    assert found("search=100%25") == ["Homes"] and found("search=%25x") == []
    assert found("database=dynamic") == ["Traps"] and found("category=DUL") == ["Homes"]
    assert found("source=reports") == []


def test_a_listing_by_reports_is_removed_after_a_question_and_without_a_way_back(
    olga: Browser, cast: Cast, app_context: AppContext
) -> None:
    with db.write():
        row = Listing.create(
            database="dynamic", network="192.0.2.7", category="KSS", reason="Spam traps", source="reports",
            created_at=NOON, expires_at=NOON + HOUR, level1_until=NOON + HOUR, level2_until=NOON + HOUR,
            level3_until=NOON + HOUR, level4_until=NOON + HOUR,
        )  # fmt: skip

    assert "which cannot be undone" in content(olga.get(PAGE))
    assert olga.send(f"{PAGE}/{row.id}/remove", PAGE).status_code == 303
    assert not others(Listing).exists()
    assert "Undo" not in content(olga.get(PAGE))


def test_many_are_paged_and_found_without_reading_all(olga: Browser, cast: Cast) -> None:
    for number in range(60):
        listings.add(f"192.0.2.{number}", "standard", "ETL", HOUR, "Worms", NOON)

    assert "61 listings, page 1 of 2" in content(olga.get(PAGE))
    assert table(olga).count("Remove") == 50 and table(olga, f"{PAGE}?page=2").count("Remove") == 12


def test_for_everybody_else_there_is_no_such_page(ada: Browser, vera: Browser, boris: Browser, cast: Cast) -> None:
    listings.add("192.0.2.7", "standard", "KSS", HOUR, "Traps", NOON)
    for browser in (ada, vera, boris):
        assert browser.get(PAGE).status_code == 404
        assert browser.send(PAGE, "/", **USUAL).status_code == 404
        assert browser.send(f"{PAGE}/{others(Listing).get().id}/remove", "/").status_code == 404
    assert others(Listing).count() == 1


def test_a_visitor_is_led_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).location == f"/login?next={PAGE}"


def test_a_network_that_reaches_too_far_is_listed_once_it_is_typed(
    olga: Browser, cast: Cast, app_context: AppContext
) -> None:
    wanted = USUAL | {"network": "64.0.0.0/3"}

    asked = olga.send(PAGE, **wanted)
    assert asked.status_code == 422
    assert "64.0.0.0/3 is wider than /8" in asked.text and "write here: 64.0.0.0/3" in asked.text
    assert 'name="confirm"' in asked.text and 'name="confirm"' not in olga.get(PAGE).text
    assert olga.send(PAGE, **wanted, confirm="64.0.0.0/2").status_code == 422
    assert code(app_context, cast, "65.0.0.1") == 0

    assert olga.send(PAGE, **wanted, confirm="64.0.0.0/3").status_code == 303
    assert code(app_context, cast, "65.0.0.1") == ETL
    listed = others(Listing).get()
    olga.send(f"{PAGE}/{listed.id}/remove")
    path, fields = undo(olga)
    assert olga.send(path, PAGE, **fields).status_code == 303
    assert code(app_context, cast, "65.0.0.1") == ETL
