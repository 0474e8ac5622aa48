"""Protected senders: networks by hand, and mail providers whose networks come from their SPF records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import main
from commands import exemptions
from reputation import jobs
from reputation.addresses.address import parse_network
from reputation.counting.delivery import Delivery
from reputation.intake import protected_senders, spf
from reputation.intake.exemptions import Exemptions
from reputation.intake.protected_senders import AGAIN, DAILY, PROVIDERS, Protected
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import AuditEntry, ProtectedSender
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live
from tests.conftest import NOON
from tests.neighbour import apart, others
from tests.reputation.intake.name_server import Records, serving

NAME = "provider.example"


@pytest.fixture(scope="module")
def served() -> Iterator[Records]:
    with serving() as records:
        yield records


@pytest.fixture
def dns(served: Records) -> Records:
    served.texts, served.broken, served.asked, served.delay = {}, set(), [], 0.0
    served.spf(NAME, "v=spf1 ip4:198.51.100.0/25 ip6:2001:db8:1::/48 -all")
    return served


def only() -> Protected:
    (found,) = apart(protected_senders.all_protected())
    return found


def is_protected(address: str) -> bool:
    return Exemptions().is_protected(parse_network(address))


def test_a_network_is_protected_until_it_is_removed(store: Store) -> None:
    made = protected_senders.add(" 198.51.100.0/24 ", NOON, "olga")

    assert made == only() and (made.kind, made.networks, made.waits) == ("network", ("198.51.100.0/24",), False)
    assert is_protected("198.51.100.7") and not is_protected("198.51.101.7")
    assert protected_senders.names_touching(parse_network("198.51.0.0/16")) == ["198.51.100.0/24"]

    assert protected_senders.remove("198.51.100.0/24", NOON, "olga") == made
    assert not is_protected("198.51.100.7") and apart(protected_senders.all_protected()) == []
    assert [(row.who, row.what) for row in others(AuditEntry).order_by(AuditEntry.id)] == [
        ("olga", "198.51.100.0/24 is protected"), ("olga", "198.51.100.0/24 is no longer protected"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.0/24", "sends no mail over the internet (private, RFC 1918)"),
        ("0.0.0.0/0", "sends no mail over the internet"),
        ("64.0.0.0/11", "is wider than /12"),
        ("2600::/27", "is wider than /28"),
        ("192.0.2.1/24", "did you mean 192.0.2.0/24?"),
        ("192.0.2.0-192.0.2.255", "is a range: write 192.0.2.0/24"),
        ("192.0.2.1-9", "is not an IP address"),
        ("gmail", "is neither a domain nor a network"),
        ("bob@gmail.com", "is neither a domain nor a network"),
        ("", "is neither a domain nor a network"),
        (NAME, "is protected already"),
        (NAME.upper() + ".", "is protected already"),
    ],
)
def test_what_cannot_be_protected_is_refused(store: Store, text: str, said: str) -> None:
    protected_senders.add(NAME, NOON)

    with pytest.raises(Refused) as refusal:
        protected_senders.add(text, NOON)

    assert said in str(refusal.value) and only().name == NAME


def test_what_is_no_protected_sender_is_neither_removed_nor_looked_up(store: Store, dns: Records) -> None:
    protected_senders.add("198.51.100.0/24", NOON)

    for name in (NAME, "198.51.100.1"):
        with pytest.raises(Refused, match="is not a protected sender"):
            protected_senders.remove(name, NOON)
    with pytest.raises(Refused, match="is a network"):
        protected_senders.refresh("198.51.100.0/24", NOON, dns.client())
    assert dns.asked == []


def test_a_provider_is_protected_by_the_networks_of_its_spf_record(store: Store, dns: Records) -> None:
    assert protected_senders.add(NAME, NOON).waits and not is_protected("198.51.100.7")

    found = protected_senders.refresh(NAME, NOON + 5, dns.client())

    assert found == only() and found.networks == ("198.51.100.0/25", "2001:db8:1::/48")
    assert (found.tried_at, found.refreshed_at, found.problem) == (NOON + 5, NOON + 5, "")
    assert is_protected("198.51.100.7") and is_protected("2001:db8:1:2::/64") and not is_protected("198.51.100.200")


@pytest.mark.parametrize("record", ["v=spf1 -all", "v=spf1 +all", "v=spf1 ip4:oops", "", "broken"])
def test_an_answer_that_fails_keeps_the_networks_of_before_and_is_said(store: Store, dns: Records, record: str) -> None:
    protected_senders.add(NAME, NOON)
    before = protected_senders.refresh(NAME, NOON, dns.client())
    dns.texts = {(NAME, "TXT"): [record]} if record else {}
    dns.broken = {NAME} if record == "broken" else set()

    found = protected_senders.refresh(NAME, NOON + DAILY, dns.client())

    assert (found.networks, found.refreshed_at, found.tried_at) == (before.networks, NOON, NOON + DAILY)
    assert NAME in found.problem or "cannot be read" in found.problem
    assert is_protected("198.51.100.7")
    dns.texts, dns.broken = {(NAME, "TXT"): ["v=spf1 ip4:198.51.100.200"]}, set()
    found = protected_senders.refresh(NAME, NOON + 2 * DAILY, dns.client())
    assert (found.networks, found.problem) == (("198.51.100.200",), "") and not is_protected("198.51.100.7")


def test_what_of_an_answer_is_left_out_is_said(store: Store, dns: Records) -> None:
    dns.spf(NAME, "v=spf1 ip4:198.51.100.0/25 ip4:64.0.0.0/11 ip4:10.1.0.0/16")
    protected_senders.add(NAME, NOON)

    found = protected_senders.refresh(NAME, NOON, dns.client())

    assert found.networks == ("198.51.100.0/25",)
    said = ("64.0.0.0/11 is wider than /12, and is left out", "10.1.0.0/16 is left out: private, RFC 1918.")
    assert found.problem == "; ".join(said)


def test_a_domain_is_due_at_once_then_daily_and_sooner_after_a_failure(store: Store, dns: Records) -> None:
    protected_senders.add(NAME, NOON)
    protected_senders.add("198.51.100.0/24", NOON)
    assert protected_senders.due(NOON) == [NAME]

    protected_senders.refresh(NAME, NOON, dns.client())
    assert protected_senders.due(NOON + DAILY - 1) == [] and protected_senders.due(NOON + DAILY) == [NAME]

    dns.broken = {NAME}
    protected_senders.refresh(NAME, NOON + DAILY, dns.client())
    assert protected_senders.due(NOON + DAILY + AGAIN - 1) == []
    assert protected_senders.due(NOON + DAILY + AGAIN) == [NAME]

    protected_senders.look_up_soon(NAME)
    assert protected_senders.due(NOON) == [NAME]


def test_a_domain_that_was_looked_up_in_a_time_to_come_is_due(store: Store, dns: Records) -> None:
    protected_senders.add(NAME, NOON)
    protected_senders.refresh(NAME, NOON, dns.client())
    assert protected_senders.due(NOON - 60) == [], "another node's clock may be a little ahead"

    assert protected_senders.due(NOON - 3600) == [NAME]
    dns.broken = {NAME}
    protected_senders.refresh(NAME, NOON + 2 * DAILY, dns.client())
    assert protected_senders.due(NOON + 2 * DAILY - 3600) == [NAME]


def test_the_job_looks_up_what_is_due_and_says_who_did_not_answer(store: Store, dns: Records) -> None:
    context = jobs.JobContext(store, None, Live(), Delivery(Counters()), records=dns.client())  # type: ignore[arg-type]
    assert jobs.look_up_protected(context, NOON) == ""
    for name in (NAME, "gone.example"):
        protected_senders.add(name, NOON)

    said = jobs.look_up_protected(context, NOON)

    assert said == "Looked up 2 protected senders. No answer: gone.example; what was found before still counts."
    assert is_protected("198.51.100.7")
    assert jobs.look_up_protected(context, NOON + 20) == ""


def test_no_transaction_is_open_while_a_name_server_is_waited_for(store: Store, dns: Records) -> None:
    class Watching(type(dns.client())):  # type: ignore[misc]
        def records(self, name: str, kind: str) -> object:
            assert not store.database.in_transaction()
            return super().records(name, kind)

    protected_senders.add(NAME, NOON)

    assert protected_senders.refresh(NAME, NOON, Watching(["127.0.0.1"], port=dns.port)).networks


def test_twenty_providers_are_offered_until_they_are_protected(store: Store) -> None:
    assert len(PROVIDERS) == 20 and protected_senders.offered() == list(PROVIDERS)
    assert all(spf.domain_name(domain) == domain for one in PROVIDERS for domain in one.domains)
    assert len({domain for one in PROVIDERS for domain in one.domains}) == sum(len(one.domains) for one in PROVIDERS)

    protected_senders.add("gmx.net", NOON)
    assert len(protected_senders.offered()) == 20, "web.de is missing still"
    assert [one.name for one in protected_senders.add_provider("GMX and WEB.DE", NOON)] == ["web.de"]
    assert [one.name for one in protected_senders.offered()].count("GMX and WEB.DE") == 0
    assert protected_senders.add_provider("GMX and WEB.DE", NOON) == []
    with pytest.raises(Refused, match="no such provider"):
        protected_senders.add_provider("Nobody", NOON)


def test_what_is_kept_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protected_senders, "MOST", ProtectedSender.select().count() + 1)
    protected_senders.add("198.51.100.1", NOON)

    with pytest.raises(Refused, match="remove one first"):
        protected_senders.add("198.51.100.2", NOON)


def test_a_domain_that_was_removed_meanwhile_is_passed_over(store: Store, dns: Records) -> None:
    protected_senders.add(NAME, NOON)

    done = protected_senders.refresh_each(["gone.example", NAME], NOON, dns.client())

    assert [one.name for one in done] == [NAME]
    assert json.loads(others(ProtectedSender).get().networks) == ["198.51.100.0/25", "2001:db8:1::/48"]


def test_the_command_looks_a_provider_up_at_once(dns: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks the name server of the test in the place of the machine's."""
    monkeypatch.setattr(exemptions, "TxtRecords", dns.client)

    def told(*words: str) -> str:
        done = CliRunner().invoke(main, ["protect", *words, "--data", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert told("add", NAME).startswith(f"{NAME} is protected: 198.51.100.0/25, 2001:db8:1::/48, of 20")
    dns.spf(NAME, "v=spf1 +all")
    for words in ((NAME,), ()):
        assert "lets everybody send" in told("refresh", *words)
    assert "198.51.100.0/25, 2001:db8:1::/48" in told("list") and "lets everybody send" in told("list")
    assert json.loads(told("list", "--json"))[0]["networks"] == ["198.51.100.0/25", "2001:db8:1::/48"]
    assert "gone.example has no SPF record" in told("add", "gone.example")
