"""Import: what each line becomes is shown; it is done when a person agrees, and it is what was looked at."""

from __future__ import annotations

import io
import re

import pytest

from reputation.customers import mail_servers, policy
from reputation.intake import listings
from reputation.store.models import AuditEntry, Listing, SenderRule
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.portal.conftest import Browser, content
from tests.reputation.customers.imports import samples

PAGE = "/policy/import"


def looked(browser: Browser, text: str, **fields: str) -> tuple[str, dict[str, str]]:
    """The page after a look, and the fields that the next POST sends."""
    page = browser.send(f"{PAGE}/look", PAGE, text=text, **fields).text
    mark = re.search(r'name="seen" value="(\w+)"', page)
    return page, {"text": text, **fields, "seen": mark[1] if mark else ""}


def test_an_access_map_is_shown_and_then_taken(ada: Browser, cast: Cast) -> None:
    page, fields = looked(ada, samples.POSTFIX + "example.com REJECT\n")

    assert "Blocked sender <span" in page and "192.0.2.0/24" in page
    assert "example.com is the name of a host or a domain" in page
    assert others(SenderRule).count() == 0
    done = ada.send(PAGE, **fields)
    assert done.status_code == 303 and done.location == "/policy"
    assert ("blocked", "192.0.2.7") in policy.existing_rules(cast.acme.id)
    assert "Imported: 2 approved senders, 2 blocked senders, 1 left out." in content(ada.get("/policy"))
    assert [row.who for row in others(AuditEntry) if row.what.startswith("Imported")] == ["ada@acme.example"]


def test_a_file_is_read_and_its_name_is_kept(ada: Browser, cast: Cast) -> None:
    page = ada.send(f"{PAGE}/look", PAGE, file=(io.BytesIO(samples.SPAMASSASSIN.encode()), "local.cf")).text

    assert "local.cf" in page and "Valid mail server <span" in page


def test_a_list_that_says_nothing_asks_what_it_becomes(ada: Browser, cast: Cast) -> None:
    page, fields = looked(ada, samples.PLAIN)
    assert 'value="approved"' in page and 'value="listings"' not in page and "Import 3 lines" not in content_of(page)
    assert ada.send(PAGE, **fields).status_code == 422

    page, fields = looked(ada, samples.PLAIN, becomes="blocked")

    assert "Import 3 lines, leave out 2 lines" in content_of(page)
    assert ada.send(PAGE, **fields).status_code == 303
    assert len(policy.existing_rules(cast.acme.id)) == 3


def content_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_what_was_not_looked_at_is_not_done(ada: Browser, cast: Cast) -> None:
    _, fields = looked(ada, samples.POSTFIX)

    changed = ada.send(PAGE, **{**fields, "text": samples.POSTFIX + "0.0.0.0/0 REJECT\n"})

    assert changed.status_code == 422 and others(SenderRule).count() == 0


def test_rules_that_reach_far_are_confirmed(ada: Browser, cast: Cast) -> None:
    _, fields = looked(ada, "8.0.0.0/8 REJECT\n192.0.2.7 OK\n")

    asked = ada.send(PAGE, **fields)
    assert asked.status_code == 422 and "write here: 8.0.0.0/8" in content(asked)
    assert others(SenderRule).count() == 0
    assert ada.send(PAGE, **fields, confirm="8.0.0.0/8").status_code == 303


@pytest.mark.parametrize(("text", "fields"), [(samples.CROWDSEC, {}), (samples.PLAIN, {"becomes": "listings"})])
def test_listings_are_the_operator_s_alone(ada: Browser, text: str, fields: dict[str, str]) -> None:
    page = ada.send(f"{PAGE}/look", PAGE, text=text, **fields)

    assert page.status_code == 422 and "only the operator of this installation can import them" in content(page)
    assert ada.send(PAGE, text=text, **fields).status_code == 422
    assert others(Listing).count() == 0


@pytest.mark.parametrize("text", [samples.CROWDSEC, samples.CROWDSEC_RAW, samples.ZONE])
def test_where_nothing_is_left_to_choose_the_page_says_at_once_whose_it_is(ada: Browser, text: str) -> None:
    page = ada.send(f"{PAGE}/look", PAGE, text=text)

    assert page.status_code == 422 and "which becomes listings. Listings count for every" in content(page)
    assert "Choose below" not in content(page) and "choose below" not in content(page)


def test_where_another_choice_is_left_it_is_shown(ada: Browser, cast: Cast) -> None:
    page = ada.send(f"{PAGE}/look", PAGE, text=samples.PLAIN, becomes="listings")

    assert page.status_code == 422 and "Choose below what else the lines become" in content(page)
    assert re.findall(r'type="radio" name="becomes" id="[^"]+" value="(\w*)"', page.text) == [
        "approved", "blocked", "servers",
    ]  # fmt: skip


def test_where_one_choice_is_left_it_is_taken(olga: Browser, cast: Cast) -> None:
    page, fields = looked(olga, samples.ZONE)

    assert "choose below" not in content_of(page) and 'type="radio"' not in page
    assert "Import 9 lines" in content_of(page) and 'name="becomes" value="listings"' in page
    assert olga.send(PAGE, **fields).status_code == 303
    assert "198.51.100.7" in {one.network for one in listings.all_listings(NOON)}


def test_what_the_file_says_is_no_choice_where_it_says_nothing(ada: Browser, cast: Cast) -> None:
    page, _ = looked(ada, samples.TREND)

    assert "choose below what they become" in content_of(page) and "As the file says" not in content_of(page)
    assert 'value="approved"' in page


def test_an_operator_imports_bans_with_their_end(olga: Browser, cast: Cast) -> None:
    page, fields = looked(olga, samples.CROWDSEC, category="ETL")
    assert "Listing <span" in page and "The decision has ended" in page

    done = olga.send(PAGE, **fields)

    assert done.location == "/installation/listings"
    assert {one.category for one in listings.all_listings(NOON) if one.network == "192.0.2.7"} == {"ETL"}


@pytest.mark.parametrize("text", [
    '[{"value": "192.0.2.7", "until": "9999-12-31T23:59:59-23:59"}, {"value": "192.0.2.8", "duration": "4h"}]',
    "Sender,Until\n192.0.2.7,9999-12-31\n192.0.2.8,9999-12-30 23:00\n192.0.2.9,99999d\n192.0.2.10,2027-01-01\n",
])  # fmt: skip
def test_an_end_at_the_end_of_all_calendars_is_shown_and_not_an_error(olga: Browser, text: str) -> None:
    page = olga.send(f"{PAGE}/look", PAGE, text=text)

    assert page.status_code == 200 and "Left out" in content(page)


def test_a_zone_becomes_listings_and_the_page_tells_of_feeds(olga: Browser, cast: Cast) -> None:
    page, _ = looked(olga, samples.ZONE)
    assert "A zone that changes is better a feed" in content_of(page)

    page, fields = looked(olga, samples.ZONE, becomes="listings")

    assert olga.send(PAGE, **fields).status_code == 303
    assert "198.51.100.7" in {one.network for one in listings.all_listings(NOON)}


def test_internal_networks_become_valid_mail_servers_of_the_reader(ada: Browser, cast: Cast) -> None:
    _, fields = looked(ada, "internal_networks 198.51.100.25\n")

    assert ada.send(PAGE, **fields).location == "/administration/mail-servers"
    assert "198.51.100.25" in [one.network for one in mail_servers.servers(cast.acme.id)]


@pytest.mark.parametrize(("text", "says"), [
    ("", "Choose a file, or paste a list"),
    ("Dear customer,\n", "cannot be told"),
    ("<html>192.0.2.1</html>", "cannot be told"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_can(ada: Browser, text: str, says: str) -> None:
    page = ada.send(f"{PAGE}/look", PAGE, text=text)

    assert page.status_code == 422 and says in content(page)


def test_a_viewer_may_look_at_nothing_and_import_nothing(vera: Browser, cast: Cast) -> None:
    assert "An administrator of your organization can import lists" in content(vera.get(PAGE))
    assert vera.send(f"{PAGE}/look", "/policy", text=samples.POSTFIX).status_code == 403
    assert vera.send(PAGE, "/policy", text=samples.POSTFIX).status_code == 403


def test_the_page_names_what_can_be_imported(ada: Browser) -> None:
    page = content(ada.get(PAGE))

    assert "An access map or cidr: table of Postfix" in page and "Decisions of CrowdSec as JSON" in page
