"""Alerts: raised once, cleared when it is over, and told in one letter to those who want it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from peewee import chunked

from dnsd.access import Access
from dnsd.apex import Apex
from dnsd.resolver import Resolver
from reputation import faults
from reputation.clock import Clock
from reputation.counting import hours, quotas
from reputation.counting.delivery import Delivery
from reputation.customers import code_networks, users
from reputation.intake import feeds, listings
from reputation.notices import (
    alerts,
    checks,
    deliveries,
    digest,
    looking,
    notifier,
)
from reputation.notices.channels import webhook
from reputation.notices.channels.mail.transport import recipients
from reputation.notices.channels.webhook.transport import signature
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store import db
from reputation.store.db import Store
from reputation.store.models import (
    Feed,
    FeedRevision,
    Letter,
    MailServer,
    Organization,
    OtherHour,
    QueryHour,
    SpamReport,
)
from reputation.verdict.counters import ELSEWHERE, Counters
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, Cast
from tests.dnsd import wire
from tests.neighbour import is_others, others
from tests.reputation.notices.conftest import Hooked

PASSWORD = "a quiet sentence works"
PORTAL = "https://reputation.example"


def own_server(organization_id: int, network: str) -> None:
    MailServer.create(organization=organization_id, network=network, created_at=NOON)


def published(now: int) -> Live:
    live = Live()
    Publisher(live, lambda: EMPTY, lambda _: EMPTY, "").catch_up(now)
    return live


def found(organization_id: int | None) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.subject, one.cleared_at is None) for one in alerts.recent(organization_id)]


def letters() -> list[tuple[str, str]]:
    return [(letter.to, letter.subject) for letter in others(Letter).order_by(Letter.id)]


@pytest.mark.parametrize(
    ("network", "listing"),
    [
        ("198.51.100.7/32", "198.51.100.7"),
        ("198.51.100.0/28", "198.51.100.9"),
        ("198.51.100.7/32", "198.51.100.0/24"),
        ("2001:db8::25/128", "2001:db8::/64"),
    ],
)
def test_an_own_server_that_is_listed_is_told_to_its_organization_alone(cast: Cast, network: str, listing: str) -> None:
    own_server(cast.acme.id, network)
    own_server(cast.basic.id, "203.0.113.1/32")
    listings.add(listing, "dynamic", "ETL", 3600, "Spam run", NOON)

    def look(now: int) -> str:
        return checks.run_checks(published(now).current, Path("/"), Clock(), now)

    assert look(NOON) == "1 alerts have begun."
    assert look(NOON + 60) == "", "what lasts is not raised again"
    assert found(cast.acme.id) == [("listed server", network, True)] and found(cast.basic.id) == []
    assert "the dynamic database: Spam run" in alerts.recent(cast.acme.id)[0].text
    look(NOON + 3600)
    assert found(cast.acme.id) == [("listed server", network, False)], "the stay has ended"


def test_a_neighbour_of_a_server_that_is_listed_is_no_alert(cast: Cast) -> None:
    own_server(cast.acme.id, "198.51.100.8/29")
    for neighbour in ("198.51.100.7", "198.51.100.16"):
        listings.add(neighbour, "standard", "KSS", 3600, "Spam run", NOON)

    assert checks.listed_servers(published(NOON).current, NOON) == {}


def test_reports_that_name_an_own_server_are_told_for_a_day(cast: Cast) -> None:
    own_server(cast.acme.id, "198.51.100.0/28")
    for at, address in ((NOON, "198.51.100.3"), (NOON - 86401, "198.51.100.4"), (NOON, "198.51.100.16")):
        SpamReport.create(address=address, source="complaint", reported_at=at)

    assert list(checks.evidence(NOON)) == [(cast.acme.id, "198.51.100.0/28")]
    assert checks.evidence(NOON + 86400) == {}


def fill(model: Any, rows: list[dict[str, Any]]) -> None:
    with db.write():
        for some in chunked(rows, 2000):
            model.insert_many(some).execute()


def test_ten_thousand_servers_are_held_against_ten_thousand_reports_and_askers(cast: Cast) -> None:
    """By look-ups: server by server it would be two hundred million comparisons each minute."""
    places = list(enumerate(f"100.{number >> 8}.{number & 255}" for number in range(10_000)))
    fill(MailServer, [{"organization": cast.acme.id, "network": f"{at}.0/29", "created_at": NOON} for _, at in places])
    # Of each second server a report is about its last address and the asker is around it; of the others, beside it.
    told = [{"address": f"{at}.{7 + number % 2}", "source": "complaint", "reported_at": NOON} for number, at in places]
    fill(SpamReport, told)
    asked = {"hour": NOON, "kind": "unknown code", "packets": 1}
    fill(OtherHour, [asked | {"network": f"{at}.{number % 2 * 64}/26"} for number, at in places])

    assert set(checks.evidence(NOON)) == {(cast.acme.id, f"{at}.0/29") for _, at in places[::2]}
    assert set(checks.unknown_codes(NOON)) == {(cast.acme.id, f"{at}.0/26") for _, at in places[::2]}


def test_two_organizations_that_share_an_address_are_both_told(cast: Cast) -> None:
    own_server(cast.acme.id, "198.51.100.0/28")
    own_server(cast.acme.id, "198.51.100.3")
    own_server(cast.basic.id, "198.51.100.0/28")
    SpamReport.create(address="198.51.100.3", source="complaint", reported_at=NOON)

    assert set(checks.evidence(NOON)) == {
        (cast.acme.id, "198.51.100.0/28"), (cast.acme.id, "198.51.100.3"), (cast.basic.id, "198.51.100.0/28"),
    }  # fmt: skip


def test_feeds_that_fail_or_are_held_are_the_operators(cast: Cast) -> None:
    for name, status in (("good", "good"), ("bad", "failed"), ("stopped", "held")):
        Feed.create(
            name=name, source="x", format="plain", category="KSS", database="standard", every=3600, duration=0,
            status=status, message=f"it is {status}", created_at=NOON,
        )  # fmt: skip

    checks.run_checks(None, Path("/"), Clock(), NOON)

    assert {kind: text for kind, text, _ in found(None)} == {"feed failing": "bad", "feed held": "stopped"}
    Feed.update(status="good").where(is_others(Feed)).execute()
    checks.run_checks(None, Path("/"), Clock(), NOON + 60)
    assert alerts.lasting(None) == []


@pytest.mark.parametrize(("asker", "is_ours"), [("198.51.100.0/24", True), ("203.0.113.0/24", False), ("", False)])
def test_a_known_network_that_asks_under_an_unknown_code_is_told(cast: Cast, asker: str, is_ours: bool) -> None:
    own_server(cast.acme.id, "198.51.100.7/32")
    OtherHour.create(hour=NOON, kind="unknown code", network=asker, packets=12)

    told = checks.unknown_codes(NOON)

    assert bool(told) == is_ours
    assert not told or "asked 12 times" in told[cast.acme.id, "198.51.100.0/24"]


def test_a_second_lookup_that_is_not_subscribed_to_raises_no_alert(cast: Cast) -> None:
    """From the packet to the alert: Basic's own server asks in the dynamic database, a mistyped code beside it."""
    own_server(cast.basic.id, "198.51.100.7/32")
    own_server(cast.acme.id, "203.0.113.7/32")
    counters = Counters()
    resolver = Resolver(Apex("rep.example"), published(NOON), counters, Access(), lambda: NOON)

    def asks(client: str, below: str) -> None:
        for kind in (wire.A, wire.TXT):
            assert resolver.answer(wire.query(f"2.113.0.203.{below}.rep.example", kind), (client, 40000))
        hours.flush(Delivery(counters), EMPTY, NOON)
        checks.run_checks(None, Path("/"), Clock(), NOON)

    asks("198.51.100.7", f"{cast.basic_code.label}.q")
    assert found(cast.basic.id) == found(cast.acme.id) == [] == alerts.lasting(None)
    asks("203.0.113.7", f"{'z' * 31}.r")
    assert found(cast.acme.id) == [("unknown code", "203.0.113.0/24", True)] and found(cast.basic.id) == []


def test_what_was_raised_in_a_time_to_come_holds_no_alert_up(cast: Cast) -> None:
    users.add("olga@acme.example", cast.acme.id, "operator", PASSWORD, NOON)
    alerts.raise_event("disk", None, "/srv", "Nearly full.", NOON + 3600)

    assert notifier.notify(PORTAL, NOON) == "Told 1 alerts in 1 messages."
    assert alerts.raise_event("disk", None, "/srv", "Nearly full.", NOON)
    assert not alerts.raise_event("disk", None, "/srv", "Nearly full.", NOON - 60)


def test_a_clock_that_was_set_is_told_to_the_operator_once_a_day_each_way(cast: Cast) -> None:
    passes = [1000.0]
    wall = [NOON + 0.0]
    clock = Clock(lambda: wall[0], lambda: passes[0])
    assert checks.clock_jump(clock) == {}

    def set_by(seconds: float) -> None:
        passes[0] += 1
        wall[0] += 1 + seconds
        clock.look()
        checks.run_checks(None, Path("/"), clock, int(wall[0]))

    for seconds in (-3600.0, 7200.0, -1800.0):
        set_by(seconds)

    told = [(alert.subject, alert.text) for alert in alerts.recent(None) if alert.kind == checks.CLOCK]
    assert [subject for subject, _ in told] == ["set forward", "set back"]
    assert told[1][1].startswith("The clock of this machine was set back by 3,600 seconds, to ")


def test_a_full_disk_is_the_operators(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looking.full_disk(Path("/")) == {}
    monkeypatch.setattr(looking, "FEW_BYTES", 1 << 60)
    monkeypatch.setattr(looking, "SMALL_SHARE", 1.0)
    assert "MB left" in looking.full_disk(Path("/"))["/"]
    checks.run_checks(None, Path("/"), Clock(), NOON)
    assert found(None) == [("disk", "/", True)]


def test_what_is_raised_within_a_minute_is_one_letter_to_each_who_wants_it(cast: Cast) -> None:
    ada = users.add("ada@acme.example", cast.acme.id, "administrator", PASSWORD, NOON)
    users.add("olga@acme.example", cast.acme.id, "operator", PASSWORD, NOON)
    users.add("vera@acme.example", cast.acme.id, "viewer", PASSWORD, NOON)
    users.add("boris@basic.example", cast.basic.id, "administrator", PASSWORD, NOON)
    alerts.update_current(
        "listed server", {(cast.acme.id, "198.51.100.7/32"): "One.", (cast.acme.id, "198.51.100.8/32"): "Two."}, NOON
    )
    alerts.update_current("feed failing", {(None, "drop"): "Feed drop failed."}, NOON)

    assert notifier.notify(PORTAL, NOON + 59) == ""
    assert notifier.notify(PORTAL, NOON + 60) == "Told 3 alerts in 3 messages."
    assert notifier.notify(PORTAL, NOON + 120) == ""

    assert sorted(to for to, _ in letters()) == ["ada@acme.example", "olga@acme.example", "olga@acme.example"]
    text = Letter.get(Letter.to == "ada@acme.example").text
    assert "- One.\n- Two." in text and "drop" not in text and f"{PORTAL}/administration/alerts" in text
    users.choose_alerts(ada.id, False)
    assert recipients(cast.acme.id) == ["olga@acme.example"]


def test_a_webhook_is_called_with_a_signature_and_again_until_it_is_answered(cast: Cast, hooked: Hooked) -> None:
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": hooked.url}, NOON, "ada")
    alerts.update_current("listed server", {(cast.acme.id, "198.51.100.7/32"): "One."}, NOON)
    notifier.notify(PORTAL, NOON + 60)
    hooked.status = 503

    deliveries.send_due(NOON + 60, may_be_private=True)
    assert deliveries.find(cast.acme.id, webhook.CHANNEL).status == "The last call was answered with 503."  # type: ignore[union-attr]
    hooked.status = 204
    assert deliveries.send_due(NOON + 61, may_be_private=True) == ""
    assert deliveries.send_due(NOON + 90, may_be_private=True) == "Sent 1 of 1 messages."
    assert deliveries.send_due(NOON + 900, may_be_private=True) == ""

    headers, body = hooked.calls[-1]
    assert headers["X-Gatepost-Signature"] == signature(deliveries.find(cast.acme.id, webhook.CHANNEL).secret, body)  # type: ignore[union-attr]
    assert json.loads(body)["alerts"][0] | {"raised_at": 0} == {
        "kind": "listed server", "subject": "198.51.100.7/32", "text": "One.", "raised_at": 0, "cleared_at": None,
    }  # fmt: skip


def test_a_webhook_inside_the_network_of_this_machine_is_not_called(cast: Cast, hooked: Hooked) -> None:
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": hooked.url}, NOON, "ada")
    deliveries.request_trial(cast.acme.id, webhook.CHANNEL, NOON)

    deliveries.send_due(NOON)

    assert hooked.calls == []
    assert "inside this machine's network" in deliveries.find(cast.acme.id, webhook.CHANNEL).status  # type: ignore[union-attr]


@pytest.mark.parametrize("url", ["ftp://example.org", "example.org/hook", "https://", "https://example.org:x/"])
def test_an_address_that_is_none_is_refused_with_what_to_write(cast: Cast, url: str) -> None:
    with pytest.raises(Refused, match=r"https://example\.org/hook"):
        deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": url}, NOON, "ada")


def test_a_webhook_that_is_taken_away_is_called_no_more(cast: Cast, hooked: Hooked) -> None:
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": hooked.url}, NOON, "ada")
    deliveries.request_trial(cast.acme.id, webhook.CHANNEL, NOON)
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": ""}, NOON, "ada")

    assert deliveries.send_due(NOON, may_be_private=True) == "" and hooked.calls == []


def count(organization_id: int, hours: Iterable[tuple[int, int, int, int]]) -> None:
    with db.write():
        for hour, database, code, queries in hours:
            QueryHour.create(organization=organization_id, hour=hour, database=database, code=code, queries=queries)


def test_the_digest_has_the_figures_of_the_week_that_ended_and_is_written_once(store: Store, cast: Cast) -> None:
    users.add("ada@acme.example", cast.acme.id, "administrator", PASSWORD, NOON)
    Organization.update(created_at=NOON - 30 * 86400).where(is_others(Organization)).execute()
    end = digest.monday(NOON)
    last = end - 3600
    older = end - 7 * 86400 - 3600
    hours = [(last, 0, 0, 70), (last, 0, 2, 30), (last, 1, 2, 5), (last, 1, 0, 65), (end, 0, 2, 1000), (older, 0, 2, 7)]
    count(cast.acme.id, hours)

    assert digest.write(PORTAL, NOON).startswith("Wrote 1 digests")
    assert digest.write(PORTAL, NOON + 3600) == ""
    text = others(Letter).get().text
    figures = dict(re.findall(r"(?m)^(\w+)(?: \(queries\))? +(\d+   \(the week before: \d+\))$", text))
    assert figures == {
        "Asked": "100   (the week before: 7)",
        "Refused": "30   (the week before: 7)",
        "Deferred": "5   (the week before: 0)",
        "Matched": "35   (the week before: 7)",
    }
    assert "No alert." in text
    assert digest.write(PORTAL, NOON + 7 * 86400).startswith("Wrote 2"), "and the neighbour's first one"


def test_the_digest_of_a_standard_subscription_speaks_of_nothing_deferred(store: Store, cast: Cast) -> None:
    for email, owner in (("ada@acme.example", cast.acme.id), ("boris@basic.example", cast.basic.id)):
        users.add(email, owner, "administrator", PASSWORD, NOON)
    Organization.update(created_at=NOON - 30 * 86400).where(is_others(Organization)).execute()
    for owner in (cast.acme.id, cast.basic.id):
        count(owner, [(digest.monday(NOON) - 3600, 0, 2, 9)])

    digest.write(PORTAL, NOON)

    texts = {letter.to: letter.text for letter in others(Letter)}
    assert "Refused" in texts["ada@acme.example"] and "Refused" in texts["boris@basic.example"]
    assert "Deferred" in texts["ada@acme.example"] and "Deferred" not in texts["boris@basic.example"]


def test_a_name_that_is_none_stops_no_other_call(cast: Cast, hooked: Hooked) -> None:
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": "https://a..b/"}, NOON, "ada")
    deliveries.choose(cast.basic.id, webhook.CHANNEL, {"url": hooked.url}, NOON, "boris")
    deliveries.request_trial(cast.acme.id, webhook.CHANNEL, NOON)
    deliveries.request_trial(cast.basic.id, webhook.CHANNEL, NOON)

    assert deliveries.send_due(NOON, may_be_private=True) == "Sent 1 of 2 messages."
    assert "is not known" in deliveries.find(cast.acme.id, webhook.CHANNEL).status  # type: ignore[union-attr]


def test_a_subject_that_is_too_long_to_keep_is_one_alert(cast: Cast) -> None:
    found = {(None, "x" * 500): "The disk is full."}

    assert alerts.update_current("disk", found, NOON) == 1  # type: ignore[arg-type]
    assert alerts.update_current("disk", found, NOON + 60) == 0  # type: ignore[arg-type]
    assert len(alerts.lasting(None)) == 1


def test_a_new_organization_gets_no_digest_of_weeks_before_it(cast: Cast) -> None:
    users.add("ada@acme.example", cast.acme.id, "administrator", PASSWORD, NOON)

    assert digest.write(PORTAL, NOON) == ""


def look(now: int) -> None:
    checks.run_checks(None, Path("/"), Clock(), now)


def test_a_quota_is_told_at_eighty_per_cent_and_when_it_is_used_up_once_a_day(cast: Cast) -> None:
    midnight = NOON - NOON % 86400 + 86400
    Organization.update(daily_quota=100).where(Organization.id == cast.acme.id).execute()
    for hour, queries in enumerate((80, 15, 10)):
        QueryHour.create(organization=cast.acme.id, hour=NOON + hour * 3600, database=0, code=0, queries=queries)
        for minute in range(3):
            quotas.follow(0, NOON + hour * 3600 + minute * 60)
            look(NOON + hour * 3600 + minute * 60)

    assert found(cast.acme.id) == [("quota", "2026-09-21", True), ("quota near", "2026-09-21", False)]
    assert found(None) == [("quota", "2026-09-21 Acme", True)] and found(cast.basic.id) == []
    assert "used up at 14:00 UTC" in alerts.lasting(cast.acme.id)[0].text
    look(midnight)
    assert alerts.lasting(cast.acme.id) == alerts.lasting(None) == []


def test_the_letters_of_a_used_up_quota_go_to_the_organization_and_to_the_operator_once(cast: Cast) -> None:
    users.add("ada@acme.example", cast.acme.id, "administrator", PASSWORD, NOON)
    users.add("olga@basic.example", cast.basic.id, "operator", PASSWORD, NOON)
    Organization.update(daily_quota=100).where(Organization.id == cast.acme.id).execute()
    QueryHour.create(organization=cast.acme.id, hour=NOON, database=0, code=0, queries=100)

    for minute in range(60):
        quotas.follow(0, NOON + minute * 60)
        look(NOON + minute * 60)
        notifier.notify(PORTAL, NOON + minute * 60 + 60)

    letters = {row.to: row.text for row in others(Letter)}
    assert others(Letter).count() == len(letters) == 2
    assert "Your daily quota of 100 connections" in letters["ada@acme.example"]
    assert "Acme used up its daily quota" in letters["olga@basic.example"]


def test_a_code_that_is_used_from_elsewhere_is_told_once_a_day_however_many_ask(cast: Cast) -> None:
    users.add("ada@acme.example", cast.acme.id, "administrator", PASSWORD, NOON)
    code_networks.add(cast.acme.id, "192.0.2.53", NOON)
    counters = Counters()
    for minute in range(120):
        for number in range(30):
            counters.turn_away(cast.acme.id, ELSEWHERE, f"203.0.{number}.0/24", NOON + minute * 60)
        hours.flush(Delivery(counters), EMPTY, NOON + minute * 60)
        look(NOON + minute * 60)
        notifier.notify(PORTAL, NOON + minute * 60 + 60)

    assert found(cast.acme.id) == [("elsewhere", "activation code", False)]
    assert found(cast.basic.id) == [] == found(None)
    [letter] = others(Letter)
    assert "such as 203.0.0.0/24, 203.0.1.0/24, 203.0.2.0/24: 30 packets" in " ".join(letter.text.split())


def test_nobody_is_told_of_elsewhere_where_the_codes_may_be_used_from_anywhere_again(cast: Cast) -> None:
    counters = Counters()
    counters.turn_away(cast.acme.id, ELSEWHERE, "203.0.113.0/24", NOON)
    hours.flush(Delivery(counters), EMPTY, NOON)

    look(NOON)

    assert found(cast.acme.id) == []


def test_a_stored_list_that_is_damaged_is_an_alert_until_it_is_healed(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("192.0.2.1\n")
    feeds.add("torn", str(file), "plain", "KSS", NOON)
    feeds.refresh("torn", NOON)
    FeedRevision.update(state="damaged", damage="its checksum does not match").where(is_others(FeedRevision)).execute()

    checks.run_checks(None, Path("/"), Clock(), NOON + 60)
    assert found(None) == [("damaged list", "torn", True)]
    Feed.update(etag="").where(Feed.name == "torn").execute()
    feeds.refresh("torn", NOON + 120)
    checks.run_checks(None, Path("/"), Clock(), NOON + 120)

    assert found(None) == [("damaged list", "torn", False)]


def test_a_fault_that_stands_since_a_time_to_come_is_told(cast: Cast) -> None:
    faults.raised("job:prune", "The job prune failed.", NOON)
    try:
        assert checks.other_faults(NOON + 119) == {}
        assert checks.other_faults(NOON - 3600) == {(None, "job:prune"): "The job prune failed."}
    finally:
        faults.gone("job:prune", NOON)
