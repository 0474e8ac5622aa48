"""What reaches too far is confirmed by a person who has read what it would do, and by nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from app import main
from reputation.addresses.address import parse_network
from reputation.customers import mail_servers, policy
from reputation.customers.policy import NewRule
from reputation.insight.query_log import key_of
from reputation.intake import listings, reach
from reputation.intake.bounds import CANARIES, FeedBounds
from reputation.intake.exemptions import Exemptions
from reputation.intake.formats import parse
from reputation.intake.guards import GuardError, guard
from reputation.refusal import Refused, Unconfirmed
from reputation.store.db import Store
from reputation.store.models import Listing, QueryLogEntry, ReputationSettings
from reputation.verdict.zones import DYNAMIC, STANDARD
from tests.conftest import NOON, Cast, make_cast
from tests.neighbour import others

HOUR = 3600


@pytest.fixture
def cast(store: Store) -> Cast:
    return make_cast()


def asked(organization_id: int, address: str, weight: int, code: int = 0, database: int = STANDARD) -> None:
    QueryLogEntry.create(
        organization=organization_id, asked_at=NOON - 60, address=address, address_key=key_of(address),
        database=database, code=code, weight=weight,
    )  # fmt: skip


def list_it(network: str, confirm: str = "", database: str = "standard") -> None:
    listings.add(network, database, "KSS", HOUR, "Spam", NOON, confirm=confirm)


def refusal_of(network: str, database: str = "standard") -> str:
    with pytest.raises(Unconfirmed) as refusal:
        list_it(network, database=database)
    assert refusal.value.word == network
    return str(refusal.value)


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (
            "64.0.0.0/3",
            "64.0.0.0/3 is wider than /8 and holds 66.163.184.0/21 (mail of Yahoo). That is 536,870,912 addresses, ",
        ),
        ("8.0.0.0/8", "8.0.0.0/8 holds 8.8.8.8 (the resolver of Google)."),
        ("8.8.8.8", "8.8.8.8 holds 8.8.8.8"),
        ("2001:4860:4860::/48", "the resolver of Google"),
        ("2a00::/12", "2a00::/12 is wider than /19"),
        ("40.107.0.0/16", "mail of Microsoft"),
    ],
)
def test_a_listing_by_hand_that_reaches_too_far_waits_for_its_network(store: Store, network: str, says: str) -> None:
    make_cast()

    assert says in refusal_of(network)
    for confirm in ("yes", "64.0.0.0", "0.0.0.0/0", " "):
        with pytest.raises(Unconfirmed):
            list_it(network, confirm)
    assert others(Listing).count() == 0
    list_it(network, f" {network} ")
    assert [row.network for row in others(Listing)] == [network]


@pytest.mark.parametrize("network", ["9.128.0.0/9", "198.51.0.0/16", "40.107.3.4", "2a02::/19"])
def test_a_listing_within_the_bounds_needs_no_word(store: Store, network: str) -> None:
    list_it(network)

    assert others(Listing).count() == 1


def test_the_bounds_of_a_listing_by_hand_are_those_of_feeds(store: Store) -> None:
    for text in (*CANARIES, "64.0.0.0/3", "8.0.0.0/8", "9.128.0.0/9", "198.51.100.0/24", "40.107.3.4", "2000::/15"):
        network = parse_network(text)
        try:
            guard(parse(f"{text}\n".encode(), "plain"), FeedBounds())
            is_fine = True
        except GuardError:
            is_fine = False
        assert is_fine is (reach.fault(network, refuses=True) == ""), text


def test_a_feed_that_holds_a_great_part_of_all_addresses_is_refused() -> None:
    bounds = FeedBounds.of({"canaries": "none"})
    eighths = [f"{first}.0.0.0/8\n" for first in range(64, 93)]

    with pytest.raises(GuardError, match="The list holds 11% of all IPv4 addresses, more than 10%"):
        guard(parse("".join(eighths).encode(), "plain"), bounds)
    guard(parse("".join(eighths[:20]).encode(), "plain"), bounds)
    guard(parse("".join(eighths).encode(), "plain"), FeedBounds.of({"canaries": "none", "max_coverage": "12%"}))
    with pytest.raises(GuardError, match="of all IPv6 addresses"):
        guard(
            parse(b"2600::/12\n2a00::/12\n2400::/11\n3000::/6\n", "plain"),
            FeedBounds.of({"canaries": "none", "widest6": 0}),
        )


def test_it_says_whom_it_meets_and_what_it_would_have_refused(cast: Cast) -> None:
    mail_servers.add(cast.acme.id, "9.1.2.3", NOON)
    server = mail_servers.add(cast.basic.id, "9.1.2.4", NOON)
    mail_servers.confirm(server.id, "9.1.2.4", NOON)
    policy.add_rule(cast.acme.id, "approved", "9.7.0.0/16", NOON)
    asked(cast.acme.id, "9.5.5.5", 40)
    asked(cast.basic.id, "9.5.5.5", 2)
    asked(cast.acme.id, "9.7.7.7", 500)  # approved
    asked(cast.acme.id, "9.5.5.6", 3, code=2)  # refused already
    asked(cast.acme.id, "198.51.100.1", 55)
    asked(cast.acme.id, "9.5.5.5", 7, database=DYNAMIC)

    # of all organizations: the neighbour has asked once
    said = refusal_of("9.0.0.0/8")

    assert "9.0.0.0/8 holds 9.9.9.9 (the resolver of Quad9)." in said
    assert "holds valid mail servers that are confirmed: 9.1.2.4." in said
    assert "Valid mail servers in it: 9.1.2.3 of Acme." in said
    assert "Approved senders in it, which stay accepted: 1." in said
    assert "Of 601 connections of the last 7 days it would have refused 42 that were not." in said


def test_only_those_are_counted_for_whom_the_listing_counts(cast: Cast) -> None:
    asked(cast.acme.id, "9.5.5.5", 40)
    asked(cast.basic.id, "9.5.5.5", 2)
    asked(cast.acme.id, "9.5.5.5", 7, database=DYNAMIC)
    ReputationSettings.update(kss=False).where(ReputationSettings.organization == cast.acme.id).execute()

    assert "Of 3 connections of the last 7 days it would have refused 2 that were not." in refusal_of("9.0.0.0/8")
    assert "it would have deferred 7 that were not" in refusal_of("9.0.0.0/8", "dynamic")


def test_of_a_long_log_an_even_part_stands_for_all(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(64):
        asked(cast.acme.id, f"9.5.5.{number}", 2)
    monkeypatch.setattr(reach, "COUNTED_FROM", 0)
    monkeypatch.setattr(reach, "MOST_ROWS", 20)
    rows = others(QueryLogEntry).order_by(QueryLogEntry.id)
    for place, row in enumerate(rows, 1):  # one in 2**n rows has level n or a higher one
        QueryLogEntry.update(sample_level=(place & -place).bit_length() - 1).where(QueryLogEntry.id == row.id).execute()

    said = str(rule_refusal(cast, ("blocked", "9.0.0.0/8")))

    assert "Of about 128 connections of the last 7 days it would have refused 128 that were not." in said


def test_a_confirmed_mail_server_is_not_listed_by_one_click(cast: Cast) -> None:
    server = mail_servers.add(cast.acme.id, "198.51.100.25", NOON)
    mail_servers.confirm(server.id, "198.51.100.25", NOON)

    assert "holds valid mail servers that are confirmed" in refusal_of("198.51.100.0/24")


def rule_refusal(cast: Cast, *rules: tuple[str, str]) -> Unconfirmed:
    with pytest.raises(Unconfirmed) as refusal:
        policy.add_rules(cast.acme.id, [NewRule(*one) for one in rules], NOON, "ada@acme.example")
    assert not policy.rules(cast.acme.id)
    return refusal.value


@pytest.mark.parametrize("action", ["approved", "blocked"])
@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "128.0.0.0/1"])
def test_a_rule_for_the_whole_internet_waits_for_its_network(cast: Cast, action: str, network: str) -> None:
    with pytest.raises(Unconfirmed, match="is wider than"):
        policy.add_rule(cast.acme.id, action, network, NOON)
    made = policy.add_rule(cast.acme.id, action, network, NOON, confirm=network)

    assert made.value == network
    assert policy.restore(cast.acme.id, _removed(cast, made.id), NOON, "ada@acme.example").added == 1


def _removed(cast: Cast, number: int) -> str:
    return policy.remove_rules(cast.acme.id, [number], NOON, "ada@acme.example")[0]


def test_it_says_what_an_approval_would_let_through(cast: Cast) -> None:
    asked(cast.acme.id, "198.51.100.1", 9, code=2)
    asked(cast.acme.id, "198.51.100.2", 1)
    asked(cast.basic.id, "198.51.100.1", 90, code=2)

    said = str(rule_refusal(cast, ("approved", "128.0.0.0/1")))

    assert "Of 10 connections of the last 7 days it would have accepted 9 that were not." in said


def test_a_resolver_or_a_provider_may_be_approved_and_private_networks_too(cast: Cast) -> None:
    for network in ("8.8.8.8", "40.92.0.0/15", "10.0.0.0/8", "fc00::/7"):
        policy.add_rule(cast.acme.id, "approved", network, NOON)

    assert len(policy.rules(cast.acme.id)) == 4


def test_many_networks_that_are_each_small_are_confirmed_by_their_number(cast: Cast) -> None:
    rules = [("blocked", f"{first}.0.0.0/8") for first in (*range(20, 40), *range(41, 54), 55)]

    refusal = rule_refusal(cast, *rules)

    assert "Together they hold 13% of all IPv4 addresses." in str(refusal)
    assert refusal.word == "34 networks"
    wanted = [NewRule(*one) for one in rules]
    assert policy.add_rules(cast.acme.id, wanted, NOON, "ada", "34 networks").added == 34


def test_several_that_reach_too_far_are_confirmed_together_whatever_they_say(cast: Cast) -> None:
    refusal = rule_refusal(cast, ("approved", "0.0.0.0/0"), ("blocked", "8.0.0.0/8"), ("blocked", "192.0.2.1"))

    assert refusal.word == "2 networks"


def test_who_confirms_one_network_has_not_confirmed_the_rest(cast: Cast) -> None:
    many = [("blocked", f"{first}.0.0.0/8") for first in (*range(20, 40), *range(41, 54), 55)]

    refusal = rule_refusal(cast, *many, ("blocked", "18.0.0.0/7"))

    assert "Together they hold 14% of all IPv4 addresses." in str(refusal)
    assert "18.0.0.0/7 is wider than /8." in str(refusal)
    assert refusal.word == "35 networks"
    with pytest.raises(Unconfirmed):
        wanted = [NewRule(*one) for one in (*many, ("blocked", "18.0.0.0/7"))]
        policy.add_rules(cast.acme.id, wanted, NOON, "ada", "18.0.0.0/7")


HALVES = ("17.58.0.0/17", "17.58.128.0/17")


def test_rules_that_hold_a_canary_together_are_confirmed(cast: Cast) -> None:
    refusal = rule_refusal(cast, *(("blocked", half) for half in HALVES), ("blocked", "192.0.2.1"))

    assert "17.58.0.0/17, 17.58.128.0/17 hold 17.58.0.0/16 (mail of Apple) together." in str(refusal)
    assert refusal.word == "2 networks"


def test_a_rule_that_holds_a_canary_with_those_that_stand_is_confirmed(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "approved", HALVES[0], NOON)
    policy.add_rule(cast.basic.id, "blocked", HALVES[0], NOON)
    made = policy.add_rule(cast.acme.id, "blocked", HALVES[1], NOON)
    policy.change_rule(cast.acme.id, made.id, NewRule("blocked", HALVES[0]), NOON)

    with pytest.raises(Unconfirmed, match=r"17\.58\.128\.0/17 and what is blocked already hold 17\.58\.0\.0/16"):
        policy.add_rule(cast.acme.id, "blocked", HALVES[1], NOON)
    policy.add_rule(cast.acme.id, "blocked", HALVES[1], NOON, confirm=HALVES[1])
    policy.add_rule(cast.acme.id, "blocked", "17.58.3.0/24", NOON)  # held already, and confirmed

    assert len(policy.rules(cast.acme.id)) == 4


def test_a_listing_that_holds_a_canary_with_those_that_stand_is_confirmed(store: Store) -> None:
    list_it(HALVES[0])
    list_it(HALVES[1], database="dynamic")

    assert "17.58.128.0/17 and what is listed by hand already hold 17.58.0.0/16 (mail of Apple) together" in refusal_of(
        HALVES[1]
    )
    list_it(HALVES[1], HALVES[1])
    list_it(HALVES[1])  # anew
    listings.add(HALVES[0], "dynamic", "KSS", HOUR, "Spam", NOON, confirm=HALVES[0])


def test_a_rule_that_is_changed_to_reach_further_is_confirmed_and_its_note_is_not(cast: Cast) -> None:
    made = policy.add_rule(cast.acme.id, "approved", "8.0.0.0/8", NOON)
    for wanted in (NewRule("blocked", "8.0.0.0/8"), NewRule("approved", "0.0.0.0/0")):
        with pytest.raises(Unconfirmed):
            policy.change_rule(cast.acme.id, made.id, wanted, NOON)
    policy.change_rule(cast.acme.id, made.id, NewRule("approved", "8.0.0.0/8", "a note"), NOON)
    policy.change_rule(cast.acme.id, made.id, NewRule("blocked", "8.0.0.0/8"), NOON, "ada", "8.0.0.0/8")

    assert [one.action for one in policy.rules(cast.acme.id)] == ["blocked"]


def test_no_network_that_holds_a_canary_is_listed_by_evidence(store: Store) -> None:
    exempt = Exemptions()

    assert exempt.any_in(parse_network("8.8.8.0/24"))
    assert not exempt.any_in(parse_network("8.8.9.0/24"))


@pytest.mark.parametrize(
    ("address", "says"),
    [("8.8.8.8", "the resolver of Google"), ("40.92.3.4", "mail of Microsoft"), ("198.51.100.1", ""), ("x", "")],
)
def test_who_reports_a_canary_is_warned(store: Store, address: str, says: str) -> None:
    assert bool(reach.warning(address)) is bool(says)
    assert says in reach.warning(address)


def test_a_rule_for_a_country_that_there_is_not_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="Did you mean GB"):
        policy.add_rule(cast.acme.id, "blocked", "country:UK", NOON)


def test_the_command_line_asks_for_the_network_and_takes_it(tmp_path: Path) -> None:
    data = str(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, [*words, "--data", data])
        return done.exit_code, done.output

    run("organization", "add", "Acme")
    listing = ("listing", "add", "64.0.0.0/3", "--database", "standard", "--reason", "Spam")
    rule = ("rule", "add", "--organization", "Acme", "approved", "0.0.0.0/0")
    for words, network in ((listing, "64.0.0.0/3"), (rule, "0.0.0.0/0")):
        code, said = run(*words)
        assert (code, f"add --confirm {network}." in said) == (1, True), said
        assert run(*words, "--confirm", network)[0] == 0
    assert "the resolver of Google" in run("report", "8.8.8.8", "--reason", "Spam")[1]
    assert "Did you mean GB" in run("rule", "add", "--organization", "Acme", "blocked", "country:UK")[1]
