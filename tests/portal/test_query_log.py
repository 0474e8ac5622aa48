"""Report > Query Log."""

from __future__ import annotations

import re

import pytest

from portal.app_context import AppContext
from reputation.addresses.address import parse_address
from reputation.customers import policy
from reputation.insight import query_log
from reputation.store import db
from reputation.store.models import AuditEntry, QueryLogEntry
from reputation.verdict.decision import decide
from reputation.verdict.matches import Match, Matches
from reputation.verdict.origins import Origins
from reputation.verdict.zones import BLOCKED_ADDRESS, DYNAMIC, KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import is_others, others
from tests.portal.conftest import Browser, content
from tests.snapshots import origins

PAGE = "/report/query-log"
KNOWN = origins({"192.0.2.0/24": (64500, "AT", "Example Net"), "198.51.100.0/24": (64501, "DE", "Other Net")})
SPAMMER, OTHER = "192.0.2.7", "198.51.100.7"


def asked(
    organization: int, address: str, code: int = KSS, at: int = NOON, database: int = STANDARD, known: Origins = KNOWN
) -> None:
    """As the flush writes it."""
    version, value = parse_address(address)
    with db.write():
        choices = {organization: query_log.chosen(organization)}
        query_log.write(Matches([Match(at, organization, database, code, version, value)]), known, choices, 10)


@pytest.fixture
def two(cast: Cast) -> None:
    asked(cast.acme.id, SPAMMER, at=NOON - 60)
    asked(cast.acme.id, OTHER, code=0, at=NOON - 30)


def addresses(text: str) -> list[str]:
    return re.findall(r'class="address"[^>]*>([^<]+)<', text)


def test_rows_are_shown_newest_first_with_what_decided(two: None, ada: Browser) -> None:
    page = ada.get(PAGE)

    assert addresses(page.text) == [OTHER, SPAMMER]
    assert "KSS, known spam source" in content(page)
    assert "not listed stands for 10" in content(page)


def test_it_says_what_is_not_in_it(two: None, ada: Browser) -> None:
    said = content(ada.get(PAGE))

    assert "one in 10 is, and stands for the others" in said
    assert "A cache in front of Gatepost answers repeated queries by itself" in said


def test_nobody_sees_another_organizations_rows(two: None, boris: Browser) -> None:
    assert SPAMMER not in boris.get(PAGE).text
    assert SPAMMER not in boris.get(f"{PAGE}/query-log.csv").text


def test_a_visitor_is_sent_to_the_login(two: None, visitor: Browser) -> None:
    assert visitor.get(PAGE).status_code == 303
    assert visitor.get(f"{PAGE}/query-log.csv").status_code == 303


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=192.0.2.0/24", [SPAMMER]),
        ("search=198.51.100.7", [OTHER]),
        ("search=0.0.0.0/0", [OTHER, SPAMMER]),
        ("search=2001:db8::/32", []),
        ("kind=matched", [SPAMMER]),
        ("kind=sampled", [OTHER]),
        ("database=dynamic", []),
        ("database=standard", [OTHER, SPAMMER]),
        ("answer=standard-2", [SPAMMER]),
        ("answer=dynamic-2", []),
        ("answer=standard-2&database=dynamic", []),
        ("country=DE", [OTHER]),
        ("asn=64500", [SPAMMER]),
        ("asn=as64501", [OTHER]),
        ("country=DE&asn=64500", []),
    ],
)
def test_a_filter_finds_its_rows_and_no_others(two: None, ada: Browser, query: str, found: list[str]) -> None:
    page = ada.get(f"{PAGE}?{query}")

    assert (page.status_code, addresses(page.text)) == (200, found)


def test_a_span_of_time_is_meant_in_the_readers_time_zone(cast: Cast, ada: Browser) -> None:
    from reputation.store.models import User

    User.update(time_zone="Europe/Vienna").where(is_others(User)).execute()
    asked(cast.acme.id, SPAMMER, at=NOON)  # 14:00 in Vienna, in summer

    day = "2026-09-21"
    assert addresses(ada.get(f"{PAGE}?from={day}T14:00&to={day}T14:01").text) == [SPAMMER]
    assert addresses(ada.get(f"{PAGE}?from={day}T14:01").text) == []
    assert addresses(ada.get(f"{PAGE}?to={day}T14:00").text) == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("search=nonsense", "is not an IP address"),
        ("search=192.0.2.1/24", "did you mean 192.0.2.0/24"),
        ("asn=many", "Write the number of an AS"),
        ("asn=99999999999", "Write the number of an AS"),
        ("from=yesterday", "Write a day and a time"),
        ("to=0001-01-01T00:00", ""),
    ],
)
def test_what_the_filter_cannot_read_is_said_beside_it(two: None, ada: Browser, query: str, sentence: str) -> None:
    page = ada.get(f"{PAGE}?{query}")

    assert sentence in content(page)
    assert page.status_code == (422 if sentence else 200)
    assert addresses(page.text) == []


def test_pages_lead_from_the_newest_to_the_oldest_and_back(cast: Cast, ada: Browser) -> None:
    for number in range(120):
        asked(cast.acme.id, f"192.0.2.{number}", at=NOON - 200 + number // 2)  # two in each second
    seen, pages, path = [], 0, PAGE
    while path:
        page = ada.get(path).text
        seen += addresses(page)
        pages += 1
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1] if older else ""

    assert (pages, seen) == (3, [f"192.0.2.{number}" for number in reversed(range(120))])
    newer = re.search(r'rel="prev" href="([^"]+)"', page)
    assert newer
    assert addresses(ada.get(newer[1]).text) == [f"192.0.2.{number}" for number in range(69, 19, -1)]


def test_a_page_says_which_rows_it_shows(cast: Cast, ada: Browser) -> None:
    for number in range(60):
        asked(cast.acme.id, f"192.0.2.{number}", at=NOON - 60 * number)

    assert "50 rows, the newest first: from 21 Sep 2026, 11:11 to 21 Sep 2026, 12:00 ." in content(ada.get(PAGE))
    assert "1 row that matches the filter; there are no more." in content(ada.get(f"{PAGE}?search=192.0.2.7"))


def test_of_a_long_log_it_is_told_that_there_are_more_rows_than_are_counted(
    two: None, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "2 rows of your organization." in content(ada.get(PAGE))

    for module in (query_log, query_log.retention):
        monkeypatch.setattr(module, "MOST_COUNTED", 1)

    assert "More than 1 row of your organization." in content(ada.get(PAGE))


def test_a_place_that_makes_no_sense_is_the_first_page(two: None, ada: Browser) -> None:
    assert addresses(ada.get(f"{PAGE}?before=x.y").text) == [OTHER, SPAMMER]


def test_the_file_holds_the_rows_of_the_filter(two: None, ada: Browser) -> None:
    lines = ada.get(f"{PAGE}/query-log.csv?kind=matched").text.splitlines()

    assert lines[1] == '2026-09-21T11:59:00Z,192.0.2.7,AT,64500,AS64500,standard,127.0.0.2,"KSS, known spam source",1'
    assert len(lines) == 2


def test_a_filter_that_cannot_be_read_gives_no_file(two: None, ada: Browser) -> None:
    assert ada.get(f"{PAGE}/query-log.csv?search=nonsense").status_code == 422


def act(verb: str, address: str) -> str:
    """What the button of the row with this address sends."""
    return f"{verb} {QueryLogEntry.get(QueryLogEntry.address == address).id} {address}"


def rule(browser: Browser, verb: str, address: str) -> str:
    row = QueryLogEntry.get(QueryLogEntry.address == address)
    answer = browser.send(f"{PAGE}/rule", page=PAGE, act=act(verb, address))
    assert answer.status_code == 303
    assert answer.location.endswith(f"#row-{row.id}")
    return content(browser.get(answer.location))


def test_a_click_blocks_a_sender_and_the_next_takes_that_back(
    two: None, cast: Cast, ada: Browser, app_context: AppContext
) -> None:
    said = rule(ada, "blocked", OTHER)
    assert "Blocked Undo" in said
    assert app_context.live.current
    version, value = parse_address(OTHER)
    assert decide(app_context.live.current, STANDARD, cast.acme.id, version, value, NOON).code == BLOCKED_ADDRESS

    said = rule(ada, "undo-blocked", OTHER)
    assert "Undo" not in said
    assert policy.rules(cast.acme.id) == []


def test_a_click_approves_a_sender(two: None, cast: Cast, ada: Browser) -> None:
    assert "Approved Undo" in rule(ada, "approved", SPAMMER)

    made = policy.rules(cast.acme.id)
    assert [(one.action, one.value, one.note) for one in made] == [("approved", SPAMMER, "From the query log")]


def test_htmx_gets_the_table_with_the_rule_in_it(two: None, cast: Cast, ada: Browser) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', ada.get(PAGE).text)
    assert token
    form = {"csrf_token": token[1], "act": act("approved", SPAMMER), "kind": "matched"}

    answer = ada.client.post(f"{PAGE}/rule", data=form, headers={"HX-Request": "true"})

    assert (answer.status_code, addresses(answer.text)) == (200, [SPAMMER])
    assert "<html" not in answer.text and "Approved" in answer.text


def test_a_rule_that_is_refused_says_why_in_its_row(two: None, ada: Browser) -> None:
    rule(ada, "approved", SPAMMER)

    again = ada.send(f"{PAGE}/rule", page=PAGE, act=act("approved", SPAMMER))

    assert again.status_code == 422
    assert f"{SPAMMER} is approved already." in content(again)


@pytest.mark.parametrize("sent", ["", "approved", "listed 1 192.0.2.7", "undo-", "blocked 1 nonsense"])
def test_a_click_that_no_button_makes_changes_nothing(two: None, cast: Cast, ada: Browser, sent: str) -> None:
    assert ada.send(f"{PAGE}/rule", page=PAGE, act=sent).status_code == 422
    assert policy.rules(cast.acme.id) == []


def test_the_filter_stays_after_a_click(two: None, ada: Browser) -> None:
    answer = ada.send(f"{PAGE}/rule", page=PAGE, act=act("approved", SPAMMER), kind="matched")

    assert answer.location.startswith(f"{PAGE}?kind=matched")


def test_a_click_keeps_the_rows_on_the_page_though_newer_ones_came(two: None, cast: Cast, ada: Browser) -> None:
    pinned = re.search(r'name="before" value="([^"]+)"', ada.get(PAGE).text)
    assert pinned
    asked(cast.acme.id, "192.0.2.99", at=NOON)

    answer = ada.send(f"{PAGE}/rule", page=PAGE, act=act("approved", SPAMMER), before=pinned[1])

    assert addresses(ada.get(answer.location).text) == [OTHER, SPAMMER]


def test_rows_of_the_same_address_change_together(cast: Cast, ada: Browser) -> None:
    for at in (NOON - 2, NOON - 1):
        asked(cast.acme.id, SPAMMER, at=at)
    ids = [row.id for row in others(QueryLogEntry).order_by(QueryLogEntry.id)]

    page = ada.get(PAGE).text

    for one, other in (ids, ids[::-1]):
        assert re.search(rf'hx-select="#row-{one}"[^>]*hx-select-oob="#row-{other}"', page)


def test_a_viewer_reads_and_changes_nothing(two: None, cast: Cast, vera: Browser, ada: Browser) -> None:
    page = vera.get(PAGE)

    assert addresses(page.text) == [OTHER, SPAMMER]
    assert "An administrator of your organization can change this." in content(page)
    assert "/rule" not in page.text and "Approve" not in page.text
    for path in ("rule", "setting", "delete"):
        assert vera.send(f"{PAGE}/{path}", page=PAGE, act=act("blocked", OTHER)).status_code == 403
    assert policy.rules(cast.acme.id) == []


def test_a_masked_log_shows_networks_that_cannot_be_approved(cast: Cast, ada: Browser) -> None:
    assert ada.send(f"{PAGE}/setting", page=PAGE, query_log="masked").status_code == 303
    asked(cast.acme.id, SPAMMER)

    page = ada.get(PAGE)

    assert addresses(page.text) == ["192.0.2.0/24"]
    assert "Approve sender" not in page.text
    assert "Addresses are masked from now on." in content(page)


def test_turning_the_log_off_offers_to_delete_what_there_is(two: None, cast: Cast, ada: Browser) -> None:
    ada.send(f"{PAGE}/setting", page=PAGE, query_log="off")
    asked(cast.acme.id, "192.0.2.99")
    said = content(ada.get(PAGE))
    assert "still contains what was written before: 2 rows" in said

    ada.send(f"{PAGE}/delete", page=PAGE)

    assert query_log.row_count(cast.acme.id) == 0
    said = content(ada.get(PAGE))
    assert "2 rows of the query log are deleted." in said
    assert "The query log of your organization is off" in said
    assert [row.what for row in others(AuditEntry).where(AuditEntry.what.startswith("Query log"))] == [
        "Query log setting changed",
        "Query log deleted",
    ]


def test_deleting_touches_nobody_elses_rows(two: None, cast: Cast, boris: Browser) -> None:
    boris.send(f"{PAGE}/delete", page=PAGE)

    assert query_log.row_count(cast.acme.id) == 2


def test_a_setting_that_does_not_exist_is_refused(ada: Browser) -> None:
    answer = ada.send(f"{PAGE}/setting", page=PAGE, query_log="maybe")

    assert answer.status_code == 422
    assert "The query log is on, masked or off" in content(answer)


def test_an_empty_log_says_what_to_do(ada: Browser) -> None:
    assert "Nothing has been asked yet." in content(ada.get(PAGE))
    assert "No row of the log matches this filter." in content(ada.get(f"{PAGE}?kind=matched"))


def test_a_dynamic_match_is_told_as_one(cast: Cast, ada: Browser) -> None:
    asked(cast.acme.id, SPAMMER, database=DYNAMIC)

    assert "Dynamic 127.0.0.2" in content(ada.get(PAGE))
    assert "Dynamic listing at your level" in content(ada.get(PAGE))
