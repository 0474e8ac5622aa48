"""For whom a report lists its sender, to the end: in the tables, in every answer, and on the pages of others.

The addresses are those that were listed for everybody by one organization's word.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reputation.addresses.address import parse_address
from reputation.counting import hours
from reputation.counting.delivery import Delivery
from reputation.customers import organizations, removals
from reputation.customers.policy import settings as reputation_settings
from reputation.insight import lookup
from reputation.intake import agreement, listings, protected_senders, purging, report_listings, spam_reports
from reputation.intake.estimate import COMPLAINT, DAY, HOUR
from reputation.intake.spam_reports import Incoming, accept, accept_many
from reputation.publisher import Publisher
from reputation.store.db import Store
from reputation.store.models import (
    Listing,
    Organization,
    OrganizationListing,
    OrganizationScore,
    RemovalRequest,
    SpamReport,
    VolumeHour,
)
from reputation.verdict.counters import Counters
from reputation.verdict.decision import Decision, decide
from reputation.verdict.live import Live
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import DYNAMIC
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.snapshots import origins

GREAT = "209.85.220.41"  # an outbound server of a great mail provider
AROUND = "209.85.220.0/24"
SIX = "2001:db8:7::63"

Asked = Callable[..., Decision]


@pytest.fixture
def customers(cast: Cast) -> dict[str, int]:
    """Four organizations by name: Acme, Basic, City and Dove."""
    more = {name: organizations.add(name, "advanced", NOON)[0].id for name in ("City", "Dove")}
    return {"Acme": cast.acme.id, "Basic": cast.basic.id, **more}


@pytest.fixture
def publisher(store: Store) -> Publisher:
    return Publisher(Live(), lambda: origins({}), lambda content: origins({}), "")


@pytest.fixture
def ask(publisher: Publisher) -> Asked:
    """What the dynamic database says of an address to an organization."""

    def asked(organization_id: int, address: str = GREAT, now: int = NOON) -> Decision:
        publisher.catch_up(now)
        return decide(served(publisher), DYNAMIC, organization_id, *parse_address(address), now)

    return asked


def served(publisher: Publisher) -> Snapshot:
    assert publisher.live.current is not None
    return publisher.live.current


def report(owner: int | None, address: str = GREAT, source: str = "filter", at: int = NOON) -> spam_reports.Accepted:
    return accept(address, source, at, organization_id=owner, evidence="Subject: buy")


def shared() -> list[str]:
    return [row.network for row in others(Listing)]


@pytest.mark.parametrize("address", [GREAT, SIX])
def test_one_report_lists_for_its_organization_at_once_and_for_nobody_else(
    customers: dict[str, int], ask: Asked, address: str
) -> None:
    made = report(customers["Acme"], address)

    assert (made.level, made.shared_level) == (2, 0)
    assert shared() == []
    found = ask(customers["Acme"], address)
    assert (found.code, found.until, found.reason) == (2, made.expiries[1], report_reason())
    assert [ask(customers[name], address).code for name in ("Basic", "City", "Dove")] == [0, 0, 0]
    assert ask(customers["Acme"], address, made.expiries[1]).code == 0, "it ends to the second"


def report_reason() -> str:
    return "The organization that you write to has seen spam from this sender; the listing ends by itself"


def test_a_standard_organizations_report_lists_nothing_for_the_others(customers: dict[str, int], ask: Asked) -> None:
    for number in range(30):
        report(customers["Basic"], f"209.85.220.{number}")

    assert shared() == []
    assert ask(customers["Acme"]).code == ask(customers["Acme"], "209.85.220.200").code == 0


def test_its_word_agrees_with_that_of_others_like_anybodys(customers: dict[str, int], ask: Asked) -> None:
    for name in ("Basic", "Acme"):
        made = report(customers[name])
    assert (made.level, made.shared_level) == (2, 3)
    reputation_settings.choose_level(customers["Dove"], 3, NOON, "dora")
    assert [ask(customers[name]).code for name in ("Acme", "City", "Dove")] == [2, 0, 2]

    assert report(customers["City"]).shared_level == 2
    assert ask(customers["Dove"]).code == 2
    assert shared() == [GREAT]


def test_ten_addresses_of_one_organization_list_no_network(customers: dict[str, int], ask: Asked) -> None:
    accept_many([Incoming(f"209.85.220.{n}", "filter", organization_id=customers["Acme"]) for n in range(200)], NOON)

    assert shared() == []
    assert ask(customers["Acme"], "209.85.220.7").code == 2
    assert ask(customers["Acme"], "209.85.220.254").code == 0, "nor for itself: nobody reported this one"


def test_ten_addresses_of_one_complaint_provider_list_no_network(store: Store) -> None:
    for number in range(40):
        for turn in range(5):
            accept(f"209.85.220.{number}", COMPLAINT, NOON, reporter="fbl.example", dedupe_key=f"{number} {turn}")

    assert AROUND not in shared() and len(shared()) == 40


def test_a_network_is_listed_where_independent_reporters_saw_spam_all_over_it(customers: dict[str, int]) -> None:
    names = ("Acme", "Basic", "City")
    for number in range(4):
        for name in names:
            report(customers[name], f"209.85.220.{number}")

    assert AROUND in shared()


def test_what_is_listed_for_one_alone_is_on_no_public_page(customers: dict[str, int], publisher: Publisher) -> None:
    for owner in customers.values():
        report(owner, f"203.0.113.{owner}")
    publisher.catch_up(NOON)

    for owner in customers.values():
        address = parse_address(f"203.0.113.{owner}")
        assert lookup.look_up(served(publisher), address, NOON) == []
        assert not lookup.is_listed(served(publisher), address, NOON)


def test_an_organization_that_came_later_is_answered(customers: dict[str, int], ask: Asked) -> None:
    report(customers["Acme"])
    assert ask(customers["Acme"]).code == 2

    late, _ = organizations.add("Late", "advanced", NOON)

    assert ask(late.id).code == 0


def test_the_longer_of_both_listings_holds(customers: dict[str, int], ask: Asked) -> None:
    first = report(None, source="trap", at=NOON - HOUR // 2)
    assert ask(customers["Acme"]).until == first.expiries[1]

    own = report(customers["Acme"])

    assert ask(customers["Acme"]).until == own.expiries[1] > first.expiries[1]
    assert ask(customers["City"]).until == first.expiries[1]


def test_removed_by_the_operator_it_is_gone_for_everybody(customers: dict[str, int], ask: Asked) -> None:
    report(customers["Acme"])
    report(customers["City"], "198.51.100.7")

    assert listings.remove(GREAT, "dynamic", NOON) == 1

    assert ask(customers["Acme"]).code == 0 and ask(customers["City"], "198.51.100.7").code == 2
    assert [row.network for row in others(OrganizationScore)] == ["198.51.100.7"]


def test_a_network_that_is_removed_takes_what_is_listed_for_one_alone_along(customers: dict[str, int]) -> None:
    for address in (GREAT, SIX, "198.51.100.7"):
        report(customers["Acme"], address)

    assert listings.remove("209.85.220.0/24", "dynamic", NOON) == 1
    assert listings.remove("2001:db8:7::/48", "dynamic", NOON) == 1
    assert [row.network for row in others(OrganizationListing)] == ["198.51.100.7"]


@pytest.mark.touches("Alert", reason="every organization is told")
def test_reports_that_are_taken_back_are_taken_back_for_everybody(customers: dict[str, int], ask: Asked) -> None:
    for name in ("Acme", "City"):
        accept(GREAT, "filter", NOON, organization_id=customers[name], reporter=name)
    assert shared() == [GREAT]

    purged = purging.purge("filter", NOON - 1, NOON, "olga", "Acme")

    assert (purged.reports, purged.released) == (1, 1)
    assert shared() == []
    assert [ask(customers[name]).code for name in ("Acme", "City")] == [0, 2]


def test_an_organization_that_goes_takes_its_word_along(customers: dict[str, int]) -> None:
    report(customers["Dove"])

    Organization.delete().where(Organization.id == customers["Dove"]).execute()

    # Its reports must not become the installation's, which count for everybody.
    assert [others(model).count() for model in (SpamReport, OrganizationScore, OrganizationListing)] == [0, 0, 0]


def test_one_organization_fills_no_more_than_its_bound(
    customers: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_listings, "MOST_ALONE", 3)
    report(customers["City"], "198.51.100.7", at=NOON - HOUR)
    for number in range(5):
        report(customers["Acme"], f"203.0.113.{number}", at=NOON + number)

    kept = {(row.organization_id, row.network) for row in others(OrganizationListing)}
    assert kept == {
        (customers["City"], "198.51.100.7"), *((customers["Acme"], f"203.0.113.{number}") for number in (2, 3, 4)),
    }  # fmt: skip


@pytest.mark.touches("SpamReport", reason="a report is forgotten after its time, whoever made it")
def test_what_has_ended_is_swept_and_what_has_faded_is_forgotten(customers: dict[str, int]) -> None:
    made = report(customers["Acme"])
    assert listings.sweep(max(made.expiries) - 1) == 0 and others(OrganizationListing).count() == 1

    assert listings.sweep(max(made.expiries)) == 1

    assert others(OrganizationListing).count() == 0
    spam_reports.prune(NOON + DAY)
    assert others(OrganizationScore).count() == 1, "something is left of it"
    spam_reports.prune(NOON + 40 * DAY)
    assert others(OrganizationScore).count() == 0


@pytest.mark.parametrize("address", [GREAT, SIX])
def test_a_protected_sender_is_listed_at_level_4_for_those_who_report_it_and_for_no_others(
    customers: dict[str, int], ask: Asked, address: str
) -> None:
    protected_senders.add("2001:db8:7::/48" if ":" in address else AROUND, NOON, "olga")
    for name in customers:
        reputation_settings.choose_level(customers[name], 4, NOON, "dora") if name != "Basic" else None
    for source in ("trap", "filter", COMPLAINT, "hand"):
        report(None, address, source)
    report(customers["Basic"], address)
    made = report(customers["Acme"], address)

    assert (made.level, made.shared_level, shared()) == (4, 0, [])
    assert [ask(customers[name], address).code for name in ("Acme", "City", "Dove")] == [2, 0, 0]
    reputation_settings.choose_level(customers["Acme"], 3, NOON, "dora")
    assert ask(customers["Acme"], address).code == 0
    assert others(SpamReport).count() == 6, "the reports are kept"


def test_the_setting_says_how_many_must_agree(customers: dict[str, int]) -> None:
    agreement.require((4, 4, 4, 4))
    try:
        found = [report(customers[name]).shared_level for name in ("Acme", "Basic", "City", "Dove")]
    finally:
        agreement.require(agreement.NEEDED)

    assert found == [0, 0, 0, 1]


def test_a_trial_says_what_a_report_would_do_for_whom(customers: dict[str, int]) -> None:
    report(customers["Acme"])

    tried = spam_reports.trial(Incoming(GREAT, "filter", organization_id=customers["City"]), NOON)

    assert (tried.level, tried.shared_level) == (2, 3)
    assert report(customers["City"])._replace(address=tried.address) == tried


def test_complaints_of_one_organization_use_up_nobody_elses_day(customers: dict[str, int]) -> None:
    accept_many([Incoming(GREAT, COMPLAINT, organization_id=customers["Acme"]) for _ in range(10)], NOON)

    assert accept(GREAT, COMPLAINT, NOON).shared_level == 4, "a known complaint provider is heard"
    assert report(customers["Basic"], source=COMPLAINT).is_new


def test_a_key_that_one_organization_guessed_keeps_nobody_elses_report_out(customers: dict[str, int]) -> None:
    key = "<1@list.example>"
    assert accept(GREAT, "filter", NOON, organization_id=customers["Acme"], dedupe_key=key).is_new

    assert not accept(GREAT, "filter", NOON, organization_id=customers["Acme"], dedupe_key=key).is_new
    assert accept(GREAT, "filter", NOON, organization_id=customers["Basic"], dedupe_key=key).is_new
    assert accept(GREAT, "filter", NOON, dedupe_key=key).is_new


@pytest.mark.touches("Alert", reason="a purge tells every organization")
def test_many_reports_of_one_organization_push_out_no_word_of_others(customers: dict[str, int]) -> None:
    accept(GREAT, "trap", NOON, evidence="Subject: first")
    accept_many([Incoming(GREAT, "filter", 0.01, customers["Acme"]) for _ in range(spam_reports.KEPT_REPORTS)], NOON)
    accept_many([Incoming(GREAT, COMPLAINT, 0.01, customers["Acme"])], NOON)

    trap = others(SpamReport).where((SpamReport.subject == GREAT) & (SpamReport.source == "trap")).get()
    assert trap.evidence == "Subject: first"
    assert others(SpamReport).where(SpamReport.organization == customers["Acme"]).count() == spam_reports.KEPT_REPORTS
    purging.purge("filter", NOON, NOON, "operator")
    assert shared() == [GREAT], "what the trap saw is still known, and lists it"


def test_a_network_is_not_listed_by_complaints_and_a_trap_of_weeks_ago(customers: dict[str, int]) -> None:
    addresses = [f"209.85.220.{host}" for host in range(10)]
    accept_many([Incoming(address, "trap") for address in addresses], NOON)
    assert AROUND in shared()

    later = NOON + 20 * DAY
    listings.sweep(later)
    accept_many([Incoming(address, COMPLAINT) for address in addresses for _ in range(5)], later)

    assert AROUND not in shared()
    assert set(addresses) <= set(shared())


def test_an_organizations_reports_move_no_figure_of_spam_volume(customers: dict[str, int], ask: Asked) -> None:
    before = _volume()

    accept_many([Incoming(GREAT, "filter", organization_id=customers["Acme"]) for _ in range(50)], NOON)
    assert _volume() == before
    _asked_about_it(customers["Acme"], ask)
    assert _volume() == before, "what it alone is answered is no sight of a listed sender"

    accept(GREAT, "filter", NOON)
    assert _volume() == before + 1
    _asked_about_it(customers["Acme"], ask)
    assert _volume() == before + 11


def _volume() -> int:
    return sum(row.volume for row in VolumeHour.select())


def _asked_about_it(owner: int, ask: Asked) -> None:
    counters, made = Counters(), ask(owner)
    assert made.code
    for _ in range(10):
        counters.record(owner, DYNAMIC, made, *parse_address(GREAT), NOON)
    hours.flush(Delivery(counters), origins({}), NOON)


def test_an_accepted_request_for_removal_ends_what_was_listed_for_one_alone(
    customers: dict[str, int], ask: Asked
) -> None:
    report(customers["Acme"])
    assert ask(customers["Acme"]).code
    asked = RemovalRequest.create(
        address=GREAT, email="ada@sender.example", reason="", created_at=NOON, due_at=NOON, token_hash="x" * 64
    )

    assert removals.decide(asked.id, removals.ACCEPTED, "", "olga@example.com", NOON).removed == 1
    assert not ask(customers["Acme"]).code
