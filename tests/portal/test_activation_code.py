"""Administration > Activation Code: the code, and texts that a mail server reads word for word."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from portal.activation_code import MAIL_SERVERS
from portal.app_context import AppContext
from reputation.counting import hours, quotas
from reputation.customers import activation_codes, code_networks, organizations
from reputation.customers.activation_codes import Code
from reputation.store.models import ActivationCode, QuotaDay
from reputation.verdict.counters import Batch
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, Cast
from tests.mta.servers import text
from tests.neighbour import is_others
from tests.portal.conftest import Browser, Clock, content

PAGE = "/administration/activation-code"


class Texts(HTMLParser):
    """Every <pre> of a page by its id, as a browser would copy it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self._open = dict(attrs).get("id") or ""
            self.found[self._open] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found[self._open] += data


@pytest.mark.parametrize("name", [name for server in MAIL_SERVERS for _, name in server.files])
def test_a_text_is_the_template_word_for_word(ada: Browser, cast: Cast, name: str) -> None:
    shown = Texts(ada.get(PAGE).text).found

    # The very text that the tests with real mail servers put into their files.
    expected = text(name, code=cast.acme_code.label, zone="rep.example").removesuffix("\n")
    assert shown[name.replace("_", "-").replace(".", "-")] == expected
    assert cast.acme_code.label in expected


def test_every_mail_server_is_there_with_its_command_and_its_hint(ada: Browser) -> None:
    page = ada.get(PAGE)

    for server in MAIL_SERVERS:
        assert f'id="{server.id}"' in page.text
        assert server.command in content(page) and server.hint in content(page)


def test_the_code_is_shown_with_dashes_and_as_it_stands_in_a_query_name(ada: Browser, cast: Cast) -> None:
    page = ada.get(PAGE).text

    assert f'<code id="code-1-dashed">{cast.acme_code.dashed}</code>' in page
    assert f'<code id="code-1-label">{cast.acme_code.label}</code>' in page


def test_it_is_masked_until_somebody_opens_it(ada: Browser, cast: Cast) -> None:
    page = ada.get(PAGE).text

    outside = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert cast.acme_code.label not in outside and cast.acme_code.dashed not in outside
    assert "••••••" in outside
    assert not re.search(r"<details[^>]* open", page)


def test_the_questions_to_try_name_code_and_zone(ada: Browser, cast: Cast) -> None:
    found = Texts(ada.get(PAGE).text).found

    label = cast.acme_code.label
    assert found["dig-standard"] == f"dig +short 2.0.0.127.{label}.r.rep.example"
    assert found["dig-dynamic"] == f"dig +short 2.0.0.127.{label}.q.rep.example"
    assert found["dig-unlisted"] == f"dig 1.0.0.127.{label}.r.rep.example"
    assert found["dig-active"] == f"dig +short TXT {label}.r.rep.example"


def test_a_standard_subscription_is_given_no_second_lookup_and_none_to_try(
    ada: Browser, boris: Browser, cast: Cast
) -> None:
    page, shown = boris.get(PAGE), Texts(boris.get(PAGE).text).found

    assert f"{cast.basic_code.label}.q." not in page.text and "dig-dynamic" not in page.text
    assert not re.search("dynamic (database|one)|450", content(page))
    for name in ("postfix_main.cf", "postfix_rbl_reply", "exim_acl", "rspamd_rbl.conf", "sendmail.mc", "haraka.js"):
        place = name.replace("_", "-").replace(".", "-")
        expected = text(name, dynamic=False, code=cast.basic_code.label, zone="rep.example").removesuffix("\n")
        assert shown[place] == expected
        assert f"{cast.acme_code.label}.q.rep.example" in Texts(ada.get(PAGE).text).found[place], "Acme's has both"


def test_the_texts_follow_a_change_of_the_subscription(boris: Browser, cast: Cast) -> None:
    def asks_dynamic() -> bool:
        return f"{cast.basic_code.label}.q.rep.example" in Texts(boris.get(PAGE).text).found["exim-acl"]

    assert not asks_dynamic()
    organizations.change_subscription(cast.basic.id, "advanced", NOON, "operator")
    assert asks_dynamic()
    organizations.change_subscription(cast.basic.id, "standard", NOON, "operator")
    assert not asks_dynamic()


@pytest.mark.parametrize(
    ("doors", "asks"),
    [
        (["127.0.0.1:5300"], "@127.0.0.1 -p 5300"),
        (["[2001:db8::1]:53"], "@2001:db8::1 -p 53"),
        (["127.0.0.1:53", "192.0.2.53:53"], "@192.0.2.53 -p 53"),
    ],
)
def test_it_says_where_to_ask(ada: Browser, app_context: AppContext, doors: list[str], asks: str) -> None:
    app_context.dns_addresses = doors

    page = ada.get(PAGE)

    assert asks in content(page)
    assert ("A mail server can ask on port 53 only" in content(page)) == (not doors[0].endswith(":53"))
    assert 'href="/administration/dns-resolver"' in page.text


def test_where_no_address_is_known_that_a_customer_reaches_none_is_named(ada: Browser, app_context: AppContext) -> None:
    app_context.dns_addresses = ["0.0.0.0:5353"]

    assert "To ask Gatepost directly" not in content(ada.get(PAGE))


def test_it_warns_that_the_code_is_a_secret_and_that_a_resolver_remembers(ada: Browser) -> None:
    text = content(ada.get(PAGE))

    assert "The code is a secret." in text
    assert "after up to 60 seconds" in text


def test_it_says_where_test_addresses_are_not_answered(ada: Browser, cast: Cast, app_context: AppContext) -> None:
    app_context.daily_quota = 1
    assert "Test addresses are always answered" in content(ada.get(PAGE))
    code_networks.add(cast.acme.id, "192.0.2.0/24", NOON)
    QuotaDay.create(organization=cast.acme.id, ends_at=quotas.end_of_day(NOON), quota=1, near_at=NOON, over_at=NOON)

    page = content(ada.get(PAGE))

    assert "the daily quota is used up: test addresses are not listed, either." in page
    assert "From outside your code networks nothing is listed." in page and "always answered" not in page


def test_nobody_sees_the_code_of_another_organization(boris: Browser, cast: Cast) -> None:
    page = boris.get(PAGE).text

    assert cast.acme_code.label not in page and cast.acme_code.dashed not in page
    assert cast.basic_code.label in page


def test_every_active_code_is_listed_and_the_texts_use_the_newest(ada: Browser, cast: Cast) -> None:
    newer = activation_codes.issue(cast.acme.id, NOON)

    page = ada.get(PAGE).text

    assert cast.acme_code.dashed in page and newer.dashed in page
    assert newer.label in Texts(page).found["postfix-main-cf"]
    assert cast.acme_code.label not in Texts(page).found["postfix-main-cf"]


def test_without_a_code_it_says_what_that_means_and_who_can_help(ada: Browser) -> None:
    ActivationCode.delete().where(is_others(ActivationCode)).execute()

    page = ada.get(PAGE)

    assert page.status_code == 200
    assert "no active code" in content(page) and "gatepost code issue" in content(page)
    assert "postfix-main-cf" not in page.text


def polled(page: str) -> str | None:
    found = re.search(r'id="asked"[^>]*hx-get="([^"]+)"', page)
    return found[1] if found else None


def test_the_page_waits_for_the_first_question_and_shows_it(ada: Browser, cast: Cast, clock: Clock) -> None:
    page = ada.get(PAGE).text
    address = polled(page)
    assert address and "No mail server has asked" in page
    assert "No mail server has asked" in ada.fragment(address).text
    hours.write(Batch(last_asked={cast.acme.id: NOON + 30}), EMPTY)
    clock.advance(minutes=3)

    answer = ada.fragment(address)

    assert answer.status_code == 286  # it has come: nothing more to wait for
    assert "Last query under your organization's codes" in answer.text and "2 min ago" in answer.text
    assert "<html" not in answer.text
    ticks = re.findall(r'<p id="live-([a-z-]+)" class="note live good" hx-swap-oob="true">', answer.text)
    assert ticks == [server.id for server in MAIL_SERVERS]
    assert "It works:" in answer.text


def test_a_query_from_before_the_page_was_opened_ticks_nothing(ada: Browser, cast: Cast, clock: Clock) -> None:
    hours.write(Batch(last_asked={cast.acme.id: NOON - 60}), EMPTY)

    page = ada.get(PAGE).text

    assert "Last query under your organization's codes" in page
    assert "waiting for the first query" in page and "It works:" not in page
    assert polled(page)


def test_without_javascript_a_link_looks_again_for_the_same_test(ada: Browser, cast: Cast, clock: Clock) -> None:
    again = re.search(r'href="([^"]+unfold=exim[^"]*)">Look again', ada.get(PAGE).text)
    assert again
    clock.advance(minutes=1)
    hours.write(Batch(last_asked={cast.acme.id: clock.now}), EMPTY)

    page = ada.get(again[1].replace("&amp;", "&")).text

    assert re.search(r'<details class="fold" id="exim" open>', page)
    assert "It works:" in page and "12:01:00" in page


def test_the_queries_of_another_organization_tick_nothing(ada: Browser, cast: Cast, clock: Clock) -> None:
    address = polled(ada.get(PAGE).text)
    hours.write(Batch(last_asked={cast.basic.id: NOON + 30}), EMPTY)
    clock.advance(minutes=1)

    assert address and "It works:" not in ada.fragment(address).text


def test_it_does_not_wait_for_ever(ada: Browser, clock: Clock) -> None:
    address = polled(ada.get(PAGE).text)
    assert address
    clock.advance(hours=1)

    answer = ada.fragment(address)

    assert answer.status_code == 286
    assert polled(answer.text) is None
    assert "Look again" in answer.text


def code_id(browser: Browser) -> str:
    """The number of the newest code, as its form sends it."""
    found = re.search(r'name="code" value="(\d+)"', browser.get(PAGE).text)
    assert found
    return found[1]


def answered(app_context: AppContext, code: Code, now: int) -> bool:
    """Whether DNS knows the code."""
    snapshot = app_context.live.current
    assert snapshot
    return snapshot.organization(code.label.encode(), now) >= 0


def test_a_code_is_replaced_and_the_old_one_goes_on_for_some_days(
    ada: Browser, app_context: AppContext, cast: Cast, clock: Clock
) -> None:
    answer = ada.send(f"{PAGE}/replace", page=PAGE, code=code_id(ada), days="3")

    assert answer.status_code == 303
    page = ada.get(PAGE)
    assert "is answered for 3 more days" in content(page) and "ends in 3 days" in content(page)
    new, old = activation_codes.active(cast.acme.id, clock.now)
    assert old.label == cast.acme_code.label
    assert new.label in Texts(page.text).found["postfix-main-cf"]
    assert answered(app_context, new, clock.now) and answered(app_context, old, clock.now)
    assert not answered(app_context, old, clock.now + 3 * 86400)
    assert ada.send(f"{PAGE}/replace", page=PAGE, code=str(old.id), days="3").status_code == 422


@pytest.mark.parametrize("days", ["0", "-1", "91", "x"])
def test_an_overlap_that_is_none_is_refused(ada: Browser, cast: Cast, days: str) -> None:
    answer = ada.send(f"{PAGE}/replace", page=PAGE, code=code_id(ada), days=days)

    assert answer.status_code == 422
    assert "for 1 to 90 days" in content(answer)
    assert len(activation_codes.active(cast.acme.id, NOON)) == 1


def test_who_replaces_a_code_that_ends_gets_one_that_ends_no_later(ada: Browser, cast: Cast) -> None:
    # Else whoever limits a subscription would have limited nothing.
    ActivationCode.update(expires_at=NOON + 5 * 86400).where(ActivationCode.organization == cast.acme.id).execute()

    ada.send(f"{PAGE}/replace", page=PAGE, code=code_id(ada), days="30")

    assert [code.expires_at for code in activation_codes.active(cast.acme.id, NOON)] == [NOON + 5 * 86400] * 2


def test_a_revoked_code_is_unknown_before_the_page_answers(ada: Browser, app_context: AppContext, cast: Cast) -> None:
    assert answered(app_context, cast.acme_code, NOON)
    assert "It is your only code:" in content(ada.get(PAGE))

    ada.send(f"{PAGE}/revoke", page=PAGE, code=code_id(ada))

    assert not answered(app_context, cast.acme_code, NOON)
    text = content(ada.get(PAGE))
    assert "is revoked" in text and "no active code" in text and "No longer active, from the last 30 days" in text
    assert cast.acme_code.dashed not in ada.get(PAGE).text


def test_the_code_of_another_organization_cannot_be_touched(boris: Browser, ada: Browser, cast: Cast) -> None:
    theirs = code_id(ada)

    for act in ("replace", "revoke"):
        assert boris.send(f"{PAGE}/{act}", page=PAGE, code=theirs, days="3").status_code == 422

    assert [code.label for code in activation_codes.active(cast.acme.id, NOON)] == [cast.acme_code.label]


def test_a_viewer_sees_neither_the_code_nor_a_text_that_holds_it(vera: Browser, cast: Cast) -> None:
    page = vera.get(PAGE)

    assert cast.acme_code.label not in page.text and cast.acme_code.dashed not in page.text
    assert "reject_rbl_client YOUR-ACTIVATION-CODE.r.rep.example" in Texts(page.text).found["postfix-main-cf"]
    assert "As a viewer you do not see the code" in content(page)
    main = re.search(r"<main.*</main>", page.text, re.DOTALL)
    assert main and "<form" not in main[0]
    for act in ("replace", "revoke"):
        assert vera.send(f"{PAGE}/{act}", page="/", code="1", days="3").status_code == 403


def test_what_was_done_to_codes_is_in_the_audit_log_without_the_codes(ada: Browser, cast: Cast) -> None:
    ada.send(f"{PAGE}/replace", page=PAGE, code=code_id(ada), days="3")
    ada.send(f"{PAGE}/revoke", page=PAGE, code=code_id(ada))

    log = content(ada.get("/administration/audit-log"))

    assert "Activation code replaced" in log and "Activation code revoked" in log
    assert cast.acme_code.masked in log and cast.acme_code.label not in log
