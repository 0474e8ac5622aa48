"""Policy > Settings: approved and blocked senders."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

from portal.app_context import AppContext
from reputation.addresses.address import parse_address
from reputation.customers import policy
from reputation.customers.policy import NewRule, Rule
from reputation.insight.query_log import key_of
from reputation.store.models import AuditEntry, QueryLogEntry
from reputation.verdict.decision import decide
from reputation.verdict.zones import BLOCKED_ADDRESS, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.portal.conftest import ADA, Browser, Clock, content
from tests.snapshots import origins

PAGE = "/policy"
BLOCKED = "/policy?list=blocked"
MANY = "/policy/many?list=blocked"
KNOWN = origins({"192.0.2.0/24": (64500, "AT", "Example Net"), "203.0.113.0/24": (64501, "DE", "Other Net")})


@pytest.fixture
def origins_known(app_context: AppContext, cast: Cast) -> None:
    app_context.publisher._seed = lambda: KNOWN
    del app_context.publisher.loaded["origins"]
    app_context.publisher.catch_up(NOON)


def asked(cast: Cast, address: str, times: int = 1, weight: int = 1) -> None:
    for _ in range(times):
        QueryLogEntry.create(
            organization=cast.acme.id, asked_at=NOON - 60, address=address, address_key=key_of(address),
            database=STANDARD, code=0, weight=weight,
        )  # fmt: skip


def rules(cast: Cast) -> list[tuple[str, str]]:
    return [(one.action, one.value) for one in policy.rules(cast.acme.id)]


def added(cast: Cast, action: str, *values: str, note: str = "", end: int | None = None) -> list[Rule]:
    return [policy.add_rule(cast.acme.id, action, value, NOON, ADA, note, end) for value in values]


def shown(page: TestResponse) -> list[str]:
    return re.findall(r'name="selected" value="\d+" aria-label="([^"]+)"', page.text)


def code(app_context: AppContext, cast: Cast, address: str, now: int = NOON) -> int:
    assert app_context.live.current
    return decide(app_context.live.current, STANDARD, cast.acme.id, *parse_address(address), now).code


def undone(browser: Browser, page: str = PAGE) -> TestResponse:
    """Press the Undo of the message at the top of a page."""
    said = browser.get(page).text.partition('class="note good"')[2]
    action = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', said, re.DOTALL)
    assert action, "there is no Undo"
    return browser.client.post(action[1], data=dict(re.findall(r'name="(\w+)" value="([^"]*)"', action[2])))


def test_a_sender_is_blocked_and_dns_says_so_before_the_page_answers(
    ada: Browser, cast: Cast, app_context: AppContext
) -> None:
    answer = ada.send(PAGE, BLOCKED, list="blocked", sender="203.0.113.0/24", note="Snowshoe range")

    assert (answer.status_code, answer.location) == (303, BLOCKED)
    assert code(app_context, cast, "203.0.113.7") == BLOCKED_ADDRESS
    page = ada.get(BLOCKED)
    assert shown(page) == ["203.0.113.0/24"]
    assert "203.0.113.0/24 is blocked. In DNS now; every mail server sees it by 12:05:00 at the latest." in content(
        page
    )
    assert "Snowshoe range" in content(page) and "Blocked Senders 1" in content(page)


def test_undo_takes_an_added_rule_away_again(ada: Browser, cast: Cast, app_context: AppContext) -> None:
    ada.send(PAGE, BLOCKED, list="blocked", sender="203.0.113.0/24")

    assert undone(ada, BLOCKED).status_code == 303
    assert rules(cast) == []
    assert code(app_context, cast, "203.0.113.7") == 0
    assert "Undone: 1 rule is taken away again" in content(ada.get(PAGE))


def test_a_rule_with_an_end_says_so(ada: Browser, cast: Cast) -> None:
    ada.send(PAGE, PAGE, list="approved", sender="192.0.2.7", until="7d")

    assert policy.rules(cast.acme.id)[0].expires_at == NOON + 7 * 86400
    assert "in 7 days" in content(ada.get(PAGE))


@pytest.mark.parametrize(
    ("sender", "says"),
    [
        ("192.0.2.1/24", "did you mean 192.0.2.0/24?"),
        ("192.0.2.999", "is not an IP address"),
        ("", "is not an IP address"),
        ("country:Austria", "two letters"),
    ],
)
def test_a_sender_that_cannot_be_read_is_said_at_its_field_and_kept(
    ada: Browser, cast: Cast, sender: str, says: str
) -> None:
    answer = ada.send(PAGE, PAGE, list="approved", sender=sender, note="Kept")

    assert answer.status_code == 422
    assert says in content(answer)
    assert 'aria-invalid="true"' in answer.text and 'value="Kept"' in answer.text
    assert rules(cast) == []


def test_a_rule_that_stands_already_is_refused(ada: Browser, cast: Cast) -> None:
    added(cast, "approved", "192.0.2.7")

    answer = ada.send(PAGE, PAGE, list="approved", sender="192.0.2.7")

    assert answer.status_code == 422 and "192.0.2.7 is approved already" in content(answer)


def test_a_name_offers_countries_and_isps_to_choose_from(origins_known: None, ada: Browser, cast: Cast) -> None:
    answer = ada.send(PAGE, PAGE, list="approved", sender="exam")

    assert answer.status_code == 422
    assert "Which sender do you mean?" in content(answer)
    assert 'name="chosen" value="isp:AS64500"' in answer.text
    assert 'value="country:AT"' in ada.send(f"{PAGE}/try", PAGE, list="approved", sender="austria").text
    assert 'value="isp:AS64501"' in ada.send(f"{PAGE}/try", PAGE, list="approved", sender="64501").text


def test_a_chosen_suggestion_stands_in_the_form_without_javascript(origins_known: None, ada: Browser) -> None:
    page = ada.send(f"{PAGE}/try", PAGE, list="blocked", sender="exam", note="Why", chosen="isp:AS64500")

    assert page.status_code == 200
    assert 'name="sender" value="isp:AS64500"' in page.text and 'value="Why"' in page.text
    assert "isp:AS64500 is Example Net." in content(page)


def test_htmx_gets_the_effect_alone_and_the_form_where_a_suggestion_was_taken(
    origins_known: None, ada: Browser
) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', ada.get(PAGE).text)
    assert token
    fields = {"csrf_token": token[1], "list": "blocked", "sender": "country:AT"}

    alone = ada.client.post(f"{PAGE}/try", data=fields, headers={"HX-Request": "true"})
    form = ada.client.post(f"{PAGE}/try", data={**fields, "chosen": "country:AT"}, headers={"HX-Request": "true"})

    assert "<form" not in alone.text and "country:AT is Austria" in re.sub("<[^>]+>", "", alone.text)
    assert form.text.strip().startswith("<form") and "<html" not in form.text


def test_before_saving_the_page_says_what_the_rule_would_have_changed(ada: Browser, cast: Cast) -> None:
    asked(cast, "203.0.113.7", times=3)
    asked(cast, "198.51.100.7", times=2)

    said = content(ada.send(f"{PAGE}/try", BLOCKED, list="blocked", sender="203.0.113.0/24"))

    assert (
        "If this had been in force for the last seven days: 3 of 5 connections would have had another answer." in said
    )
    assert "203.0.113.7 3 not listed refused, 127.0.0.10" in said
    assert rules(cast) == []


def test_an_estimate_says_so(ada: Browser, cast: Cast) -> None:
    asked(cast, "203.0.113.7", weight=10)

    said = content(ada.send(f"{PAGE}/try", BLOCKED, list="blocked", sender="203.0.113.7"))

    assert "10 of 10 connections" in said and "(estimated: the query log holds a sample" in said


def test_without_a_log_nothing_is_said_of_the_last_days(ada: Browser) -> None:
    said = content(ada.send(f"{PAGE}/try", BLOCKED, list="blocked", sender="203.0.113.7"))

    assert "Your query log holds no connection of the last seven days" in said


def test_overlaps_are_said_before_saving(ada: Browser, cast: Cast) -> None:
    added(cast, "approved", "203.0.113.25", "192.0.2.0/24")

    def said(action: str, sender: str) -> str:
        return content(ada.send(f"{PAGE}/try", PAGE, list=action, sender=sender))

    assert "203.0.113.25 is approved and stays approved: the longer prefix decides." in said(
        "blocked", "203.0.113.0/24"
    )
    assert "Covered already by 192.0.2.0/24, approved" in said("approved", "192.0.2.7")
    assert "192.0.2.0/24 is approved too, and approved wins" in said("blocked", "192.0.2.0/24")


def test_an_address_fills_the_form_in(ada: Browser) -> None:
    page = ada.get(f"{BLOCKED}&sender=203.0.113.7&note=Again")

    assert 'name="sender" value="203.0.113.7"' in page.text and 'value="Again"' in page.text


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("partner", {"192.0.2.0/24"}),
        ("192.0.2.7", {"192.0.2.0/24"}),
        ("192.0.0.0/16", {"192.0.2.0/24"}),
        ("example net", {"isp:AS64500"}),
        ("germany", {"country:DE"}),
        ("ada@", {"192.0.2.0/24", "2001:db8::/32", "country:DE", "isp:AS64500"}),
        ("nothing like it", set()),
    ],
)
def test_rules_are_found_by_address_name_note_and_person(
    origins_known: None, ada: Browser, cast: Cast, search: str, found: set[str]
) -> None:
    added(cast, "approved", "192.0.2.0/24", note="A partner")
    added(cast, "approved", "country:DE", "isp:AS64500", "2001:db8::/32")
    added(cast, "blocked", "192.0.2.9")

    assert set(shown(ada.get(f"{PAGE}?search={search}"))) == found


def test_the_list_is_filtered_sorted_and_paged_by_its_address(ada: Browser, cast: Cast) -> None:
    wanted = [NewRule("approved", f"192.0.2.{end}") for end in range(60)]
    policy.add_rules(cast.acme.id, wanted, NOON, ADA)
    added(cast, "approved", "country:AT")

    first = ada.get(f"{PAGE}?sort=sender")
    assert shown(first)[:3] == ["192.0.2.0", "192.0.2.1", "192.0.2.2"] and len(shown(first)) == 50
    assert "61 rules, page 1 of 2" in content(first)
    assert shown(ada.get(f"{PAGE}?sort=-sender"))[0] == "country:AT"
    assert shown(ada.get(f"{PAGE}?sort=sender&page=2"))[-1] == "country:AT"
    assert shown(ada.get(f"{PAGE}?kind=country")) == ["country:AT"]
    assert shown(ada.get(PAGE))[0] == "country:AT"  # the newest first


def test_one_rule_is_removed_by_its_button_and_brought_back(ada: Browser, cast: Cast, app_context: AppContext) -> None:
    end = NOON + 3600
    one, _ = added(cast, "blocked", "203.0.113.7", "203.0.113.8", note="Why", end=end)
    ada.send(f"{PAGE}/remove", BLOCKED, only=str(one.id), back=BLOCKED)

    assert rules(cast) == [("blocked", "203.0.113.8")]
    assert "203.0.113.7 is no longer blocked." in content(ada.get(BLOCKED))
    ada.send(f"{PAGE}/remove", BLOCKED, only=str(policy.rules(cast.acme.id)[0].id), back=BLOCKED)
    assert undone(ada, BLOCKED).status_code == 303
    back = policy.rules(cast.acme.id)[0]
    assert (back.value, back.note, back.expires_at, back.created_by) == ("203.0.113.8", "Why", end, ADA)
    assert code(app_context, cast, "203.0.113.8") == BLOCKED_ADDRESS


def test_those_that_are_ticked_are_removed_together_and_come_back_together(ada: Browser, cast: Cast) -> None:
    made = added(cast, "approved", *(f"192.0.2.{end}" for end in range(5)))
    token = re.search(r'name="csrf_token" value="([^"]+)"', ada.get(PAGE).text)
    assert token
    ticked = [str(one.id) for one in made[:3]]

    answer = ada.client.post(
        f"{PAGE}/remove", data={"csrf_token": token[1], "selected": ticked, "back": f"{PAGE}?sort=sender"}
    )

    assert answer.location == f"{PAGE}?sort=sender"
    assert rules(cast) == [("approved", "192.0.2.3"), ("approved", "192.0.2.4")]
    assert "3 rules are removed." in content(ada.get(PAGE))
    ada.client.post(f"{PAGE}/remove", data={"csrf_token": token[1], "selected": str(made[3].id)})
    undone(ada)
    assert len(rules(cast)) == 2


def test_the_way_back_leads_nowhere_else(ada: Browser) -> None:
    assert ada.send(f"{PAGE}/remove", PAGE, back="https://elsewhere.example/").location == PAGE
    assert ada.send(f"{PAGE}/remove", PAGE, back="//elsewhere.example/policy").location == PAGE


def test_a_rule_is_changed_and_changed_back(ada: Browser, cast: Cast, app_context: AppContext) -> None:
    one = added(cast, "approved", "192.0.2.7", note="Partner", end=NOON + 5000)[0]
    page = f"{PAGE}/rule/{one.id}"
    assert 'value="2026-09-21T13:23:20"' in ada.get(page).text

    answer = ada.send(page, page, list="blocked", sender="203.0.113.7", note="No partner", until="2026-09-22T08:00")

    assert (answer.status_code, answer.location) == (303, BLOCKED)
    changed = policy.rules(cast.acme.id)[0]
    assert (changed.action, changed.value, changed.note) == ("blocked", "203.0.113.7", "No partner")
    assert changed.expires_at == NOON + 20 * 3600
    assert code(app_context, cast, "203.0.113.7") == BLOCKED_ADDRESS
    entry = others(AuditEntry).order_by(AuditEntry.id.desc()).get()
    assert entry.before == "approved 192.0.2.7 (Partner, until 2026-09-21 13:23:20 UTC)"
    assert entry.after == "blocked 203.0.113.7 (No partner, until 2026-09-22 08:00:00 UTC)"
    undone(ada, BLOCKED)
    assert policy.rules(cast.acme.id)[0][:5] == one[:5]
    assert policy.rules(cast.acme.id)[0].expires_at == NOON + 5000


def test_a_change_is_tried_before_it_is_saved(ada: Browser, cast: Cast) -> None:
    one = added(cast, "blocked", "203.0.113.7")[0]
    asked(cast, "203.0.113.7", times=2)
    page = f"{PAGE}/rule/{one.id}"

    said = content(ada.send(f"{page}/try", page, list="approved", sender="203.0.113.7"))

    assert "0 of 2" not in said and "If this had been in force" in said
    assert rules(cast) == [("blocked", "203.0.113.7")]


def test_a_change_that_cannot_be_is_said_on_the_rules_page(ada: Browser, cast: Cast) -> None:
    one, _ = added(cast, "blocked", "203.0.113.7", "203.0.113.8")
    page = f"{PAGE}/rule/{one.id}"

    answer = ada.send(page, page, list="blocked", sender="203.0.113.8", note="", until="")

    assert answer.status_code == 422 and "203.0.113.8 is blocked already, by another rule" in content(answer)
    past = ada.send(page, page, list="blocked", sender="203.0.113.7", until="2020-01-01T00:00")
    assert past.status_code == 422 and "is past already" in content(past)


def test_nobody_reaches_another_organizations_rules(ada: Browser, boris: Browser, cast: Cast) -> None:
    one = added(cast, "approved", "192.0.2.7")[0]

    assert "192.0.2.7" not in boris.get(PAGE).text
    assert "192.0.2.7" not in boris.get(f"{PAGE}/rules.csv").text
    assert boris.get(f"{PAGE}/rule/{one.id}").status_code == 404
    for path in (f"{PAGE}/rule/{one.id}", f"{PAGE}/rule/{one.id}/try"):
        assert boris.send(path, PAGE, list="blocked", sender="203.0.113.7").status_code == 404
    boris.send(f"{PAGE}/remove", PAGE, only=str(one.id))
    boris.send(f"{PAGE}/undo", PAGE, added=one.batch)
    assert rules(cast) == [("approved", "192.0.2.7")]
    ada.send(f"{PAGE}/remove", PAGE, only=str(one.id))
    gone = re.search(r'name="removed" value="(\w+)"', ada.get(PAGE).text)
    assert gone
    boris.send(f"{PAGE}/undo", PAGE, removed=gone[1])
    assert policy.rules(cast.basic.id) == [] and rules(cast) == []


def test_a_viewer_sees_the_rules_and_no_form(vera: Browser, cast: Cast) -> None:
    one = added(cast, "approved", "192.0.2.7", note="Partner")[0]

    for path in (PAGE, f"{PAGE}/rule/{one.id}", f"{PAGE}/many"):
        page = vera.get(path)
        main = page.text[page.text.index("<main") :]
        assert page.status_code == 200 and 'name="sender"' not in main and "<textarea" not in main
        assert "An administrator of your organization can" in content(page)
    assert "Partner" in content(vera.get(PAGE)) and "Partner" in content(vera.get(f"{PAGE}/rule/{one.id}"))
    for path in (PAGE, f"{PAGE}/remove", f"{PAGE}/undo", f"{PAGE}/many", f"{PAGE}/rule/{one.id}"):
        assert vera.send(path, PAGE, list="approved", sender="192.0.2.9", only=str(one.id)).status_code == 403
    assert rules(cast) == [("approved", "192.0.2.7")]


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/many", f"{PAGE}/rules.csv", f"{PAGE}/rule/1"])
def test_a_visitor_is_sent_to_the_login(visitor: Browser, cast: Cast, path: str) -> None:
    assert visitor.get(path).status_code == 303


def test_there_are_two_lists(ada: Browser) -> None:
    assert ada.get(f"{PAGE}?list=grey").status_code == 404


PASTED = (
    "203.0.113.7 Snowshoe\n\n203.0.113.8, 203.0.113.9\n192.0.2.1/24\nnonsense\n203.0.113.7\n# a remark\ncountry:AT\n"
)


def test_pasted_lines_are_looked_at_before_any_of_them_is_added(ada: Browser, cast: Cast) -> None:
    added(cast, "blocked", "203.0.113.9")
    asked(cast, "203.0.113.7", times=4)

    page = ada.send("/policy/many/look", MANY, list="blocked", text=PASTED)

    said = content(page)
    assert page.status_code == 200
    assert "To be added 3 rules" in said and "Exist already 1" in said and "Named twice 1" in said
    assert "Cannot be read 2" in said
    assert "4 192.0.2.1/24 '192.0.2.1/24' has bits set beyond its prefix: did you mean 192.0.2.0/24?" in said
    assert "If these rules had been in force for the last seven days: 4 of 4 connections" in said
    assert "nonsense" in page.text[page.text.index("<textarea") :]
    assert len(rules(cast)) == 1


def test_what_was_looked_at_is_added_and_undone_together(ada: Browser, cast: Cast, app_context: AppContext) -> None:
    page = ada.send("/policy/many/look", MANY, list="blocked", text=PASTED)
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    assert seen and "Add 4 rules, leave out 2 lines" in content(page)

    answer = ada.send("/policy/many", MANY, list="blocked", text=PASTED, seen=seen[1])

    assert (answer.status_code, answer.location) == (303, BLOCKED)
    values = ["203.0.113.7", "203.0.113.8", "203.0.113.9", "country:AT"]
    assert rules(cast) == [("blocked", value) for value in values]
    assert code(app_context, cast, "203.0.113.8") == BLOCKED_ADDRESS
    assert "4 rules are added. 2 lines were left out." in content(ada.get(BLOCKED))
    ada.send("/policy/many", MANY, list="blocked", text=PASTED, seen=seen[1])  # all stand already: nothing happens
    policy.remove_rules(cast.acme.id, [one.id for one in policy.rules(cast.acme.id)], NOON, ADA)
    ada.send("/policy/many", MANY, list="blocked", text=PASTED, seen=seen[1])
    assert undone(ada, BLOCKED).status_code == 303
    assert rules(cast) == []


def test_a_text_that_was_changed_since_is_looked_at_again(ada: Browser, cast: Cast) -> None:
    page = ada.send("/policy/many/look", MANY, list="blocked", text="203.0.113.7")
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    assert seen

    answer = ada.send("/policy/many", MANY, list="blocked", text="203.0.113.7\n203.0.113.8", seen=seen[1])

    assert answer.status_code == 422 and "To be added 2" in content(answer)
    assert rules(cast) == []


def test_an_empty_text_and_a_file_that_is_none_are_refused(ada: Browser) -> None:
    empty = ada.send("/policy/many/look", MANY, list="blocked", text=" \n")
    assert empty.status_code == 422 and "Paste some senders" in content(empty)
    token = re.search(r'name="csrf_token" value="([^"]+)"', ada.get(MANY).text)
    assert token
    data = {"csrf_token": token[1], "list": "blocked", "text": "", "file": (io.BytesIO(b"PK\0\1"), "rules.xlsx")}
    binary = ada.client.post("/policy/many/look", data=data)
    assert binary.status_code == 422 and "save the table as CSV" in content(binary)


def test_the_csv_comes_back_as_it_went(ada: Browser, cast: Cast) -> None:
    end = NOON + 86400
    added(cast, "approved", "192.0.2.0/24", note="=1+1, a partner")
    added(cast, "blocked", "country:AT", "isp:AS64500", "2001:db8::/32", note="Häfen; „quoted“", end=end)
    before = [(one.action, one.value, one.note, one.expires_at) for one in policy.rules(cast.acme.id)]

    file = ada.get(f"{PAGE}/rules.csv").data
    lines = list(csv.reader(io.StringIO(file.decode())))
    assert lines[1][:5] == ["approved", "192.0.2.0/24", "'=1+1, a partner", "", ""]
    assert lines[2][1:6] == ["country:AT", "Häfen; „quoted“", "2026-09-22T12:00:00Z", "Austria", "2026-09-21T12:00:00Z"]
    policy.remove_rules(cast.acme.id, [one.id for one in policy.rules(cast.acme.id)], NOON, ADA)
    token = re.search(r'name="csrf_token" value="([^"]+)"', ada.get(MANY).text)
    assert token
    data = {"csrf_token": token[1], "list": "blocked", "text": "", "file": (io.BytesIO(file), "sender-rules.csv")}
    page = ada.client.post("/policy/many/look", data=data)
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    assert text and seen
    assert ada.send("/policy/many", MANY, list="blocked", text=unescape(text[1]), seen=seen[1]).status_code == 303
    assert [(one.action, one.value, one.note, one.expires_at) for one in policy.rules(cast.acme.id)] == before


def test_rules_that_have_ended_are_told_of_and_offered_again(ada: Browser, cast: Cast, clock: Clock) -> None:
    added(cast, "blocked", "203.0.113.7", note="A wave", end=NOON + 60)
    clock.advance(seconds=60)
    policy.end_rules(clock.now)

    page = ada.get(BLOCKED)

    assert "1 rule ended in the last 30 days" in content(page) and "203.0.113.7" in content(page)
    assert 'href="/policy?list=blocked&amp;sender=203.0.113.7&amp;note=A+wave"' in page.text


@pytest.mark.parametrize("action", ["approved", "blocked"])
def test_a_rule_that_reaches_too_far_is_added_once_its_network_is_typed(ada: Browser, cast: Cast, action: str) -> None:
    page = f"{PAGE}?list={action}" if action == "blocked" else PAGE
    asked(cast, "203.0.113.7", weight=5)

    answer = ada.send(PAGE, page, list=action, sender="0.0.0.0/0")
    assert answer.status_code == 422
    assert "0.0.0.0/0 is wider than /8" in answer.text and "write here: 0.0.0.0/0" in answer.text
    # One figure and not two: the dry run stands below it.
    assert "If this had been in force" in content(answer) and "connections of the last 7 days" not in content(answer)
    assert 'name="confirm"' in answer.text and 'name="confirm"' not in ada.get(page).text
    assert rules(cast) == []

    assert ada.send(PAGE, page, list=action, sender="0.0.0.0/0", confirm="0.0.0.0/0").status_code == 303
    assert rules(cast) == [(action, "0.0.0.0/0")]


def test_a_rule_that_is_changed_to_reach_too_far_is_typed_and_its_undo_is_not(ada: Browser, cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "blocked", "0.0.0.0/0", NOON, confirm="0.0.0.0/0")
    page = f"{PAGE}/rule/{made.id}"

    assert ada.send(page, list="blocked", sender="192.0.2.1").status_code == 303
    assert undone(ada, BLOCKED).status_code == 303
    assert rules(cast) == [("blocked", "0.0.0.0/0")]
    refused = ada.send(page, list="approved", sender="0.0.0.0/0")
    assert refused.status_code == 422 and 'name="confirm"' in refused.text
    assert ada.send(page, list="approved", sender="0.0.0.0/0", confirm="0.0.0.0/0").status_code == 303


def test_pasted_rules_that_reach_too_far_are_added_once_they_are_typed(ada: Browser, cast: Cast) -> None:
    text = "0.0.0.0/0\n::/0\n192.0.2.1"
    looked = ada.send(f"{PAGE}/many/look", MANY, list="blocked", text=text)
    seen = re.search(r'name="seen" value="(\w+)"', looked.text)
    assert seen
    sent = {"list": "blocked", "text": text, "seen": seen[1]}

    refused = ada.send(f"{PAGE}/many", MANY, **sent)
    assert refused.status_code == 422
    assert "write here: 2 networks" in refused.text and 'name="confirm"' in refused.text
    assert rules(cast) == []
    assert ada.send(f"{PAGE}/many", MANY, **sent, confirm="2 networks").status_code == 303
    assert len(rules(cast)) == 3


def test_the_country_that_is_meant_is_offered(ada: Browser) -> None:
    page = ada.send(f"{PAGE}/try", PAGE, list="blocked", sender="UK").text

    assert page.index('value="country:GB"') < page.index('value="country:UA"')
    assert "Did you mean GB, United Kingdom?" in ada.send(PAGE, PAGE, list="blocked", sender="country:UK").text
