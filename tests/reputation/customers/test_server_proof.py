"""What speaks for a mail server that an organization names: what others saw of it, and never its own word."""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_address
from reputation.counting import hours
from reputation.customers import audit_log, mail_servers, server_proof
from reputation.customers.reverse_names import ReverseNames, ask_confirmed
from reputation.customers.server_proof import ServerProof
from reputation.intake import spam_reports
from reputation.refusal import Refused
from reputation.store import db
from reputation.store.models import MailServer
from reputation.verdict.counters import Batch
from reputation.verdict.matches import Match
from reputation.verdict.zones import KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others
from tests.snapshots import origins

KNOWN = origins({"203.0.113.0/24": (64500, "AT", "Example Net"), "2001:db8::/32": (64501, "DE", "Other Net")})


def asked_about(organization: int, *addresses: str) -> None:
    batch = Batch()
    batch.last_asked[organization] = NOON - 600
    for address in addresses:
        batch.remember(Match(NOON - 600, organization, STANDARD, KSS, *parse_address(address)))
    with db.write():
        hours.write(batch, KNOWN, 10)


def proof(cast: Cast, network: str) -> ServerProof:
    made = mail_servers.add(cast.acme.id, network, NOON)
    (found, _) = mail_servers.claimed(False, 0, 50)
    return server_proof.proofs(apart(found), KNOWN, NOON)[made.id]


def test_of_a_server_nothing_is_known_but_its_provider(cast: Cast) -> None:
    assert proof(cast, "203.0.113.9") == ServerProof(64500, "Example Net", "AT", ("203.0.113.9",), 0, 0, 0)


def test_what_others_asked_and_reported_is_told_and_what_its_owner_asked_is_not(cast: Cast) -> None:
    asked_about(cast.acme.id, *["203.0.113.9"] * 50)
    asked_about(cast.basic.id, "203.0.113.9", "203.0.113.9", "203.0.113.10")
    spam_reports.accept("203.0.113.9", "trap", NOON - 60)
    spam_reports.accept("203.0.113.10", "trap", NOON - 60)
    spam_reports.clean_many({"203.0.113.9": 7, "203.0.113.10": 100}, NOON)

    found = proof(cast, "203.0.113.9")

    assert (found.connections, found.delivered, found.reports) == (2, 7, 1)


@pytest.mark.parametrize("network", ["203.0.113.0/24", "203.0.113.0/28", "203.0.112.0/20"])
def test_of_a_network_the_busiest_addresses_are_named(cast: Cast, network: str) -> None:
    asked_about(cast.basic.id, "203.0.113.1", *["203.0.113.2"] * 3, *["203.0.113.3"] * 2, *["203.0.113.4"] * 4,
                "198.51.100.1")  # fmt: skip
    spam_reports.clean_many({"203.0.113.9": 7, "203.0.111.10": 100}, NOON)

    found = proof(cast, network)

    assert found.addresses == ("203.0.113.4", "203.0.113.2", "203.0.113.3")
    assert (found.connections, found.delivered) == (10, 7)


def test_a_network_of_ipv6_is_known_by_its_64s(cast: Cast) -> None:
    asked_about(cast.basic.id, "2001:db8:1:2::9")
    spam_reports.clean_many({"2001:db8:1:2::9": 7, "2001:db8:1:300::9": 2, "2001:db8:2::9": 100}, NOON)

    assert (proof(cast, "2001:db8:1::/48").delivered, proof(cast, "2001:db8:1:2::25").delivered) == (9, 7)
    assert proof(cast, "2001:db8:1:2::/64").addresses == ("2001:db8:1:2::9",)


def test_the_operator_confirms_what_was_looked_at_and_withdraws_it(cast: Cast) -> None:
    made = mail_servers.add(cast.acme.id, "203.0.113.9", NOON, note="MX")

    done = mail_servers.confirm(made.id, "203.0.113.9", NOON + 60, "olga")

    assert (done.organization, done.server.confirmed_at, done.confirmed_by) == ("Acme", NOON + 60, "olga")
    assert apart(mail_servers.claimed(True, 0, 50)[0]) == [done]
    assert apart(mail_servers.claimed(False, 0, 50)[0]) == []
    with pytest.raises(Refused, match="confirmed already, by olga"):
        mail_servers.confirm(made.id, "203.0.113.9", NOON + 60, "otto")

    gone = mail_servers.withdraw_confirmation(made.id, "203.0.113.9", NOON + 120, "olga")

    assert gone.server == made and mail_servers.find_claimed("Acme", "203.0.113.9/32") == gone
    with pytest.raises(Refused, match="is not confirmed"):
        mail_servers.withdraw_confirmation(made.id, "203.0.113.9", NOON + 120, "olga")
    for organization in (cast.acme.id, None):
        told = [(one.who, one.what) for one in audit_log.entries(organization, "confirmed", "", 0, 10)]
        assert told == [
            ("olga", "Valid mail server 203.0.113.9 of Acme no longer confirmed"),
            ("olga", "Valid mail server 203.0.113.9 of Acme confirmed"),
        ]


def test_another_network_in_the_place_of_the_one_looked_at_is_not_confirmed(cast: Cast) -> None:
    """Whoever changes the row while the operator reads the proof gets nothing for it."""
    made = mail_servers.add(cast.acme.id, "203.0.113.9", NOON)
    mail_servers.change(cast.acme.id, made.id, "198.51.100.0/24", "", NOON)

    with pytest.raises(Refused, match="another network is in its place"):
        mail_servers.confirm(made.id, "203.0.113.9", NOON)
    with pytest.raises(Refused, match="is gone"):
        mail_servers.confirm(made.id + 1, "203.0.113.9", NOON)
    assert others(MailServer).get().confirmed_at is None


def test_a_change_of_the_network_withdraws_the_confirmation_and_one_of_the_note_does_not(cast: Cast) -> None:
    made = mail_servers.add(cast.acme.id, "203.0.113.9", NOON)
    mail_servers.confirm(made.id, "203.0.113.9", NOON)

    _, now = mail_servers.change(cast.acme.id, made.id, "203.0.113.9", "MX in Graz", NOON)
    assert now.confirmed_at == NOON
    _, now = mail_servers.change(cast.acme.id, made.id, "203.0.113.8/31", "MX in Graz", NOON)
    assert now.confirmed_at is None
    row = others(MailServer).get()
    assert (row.confirmed_at, row.confirmed_by) == (None, "")


def test_a_server_that_is_removed_and_added_again_waits_again(cast: Cast) -> None:
    made = mail_servers.add(cast.acme.id, "203.0.113.9", NOON)
    mail_servers.confirm(made.id, "203.0.113.9", NOON)
    mail_servers.remove(cast.acme.id, made.id, NOON)

    assert mail_servers.add(cast.acme.id, "203.0.113.9", NOON).confirmed_at is None


def test_those_that_wait_come_the_oldest_first_and_by_page(cast: Cast) -> None:
    for place, network in enumerate(["203.0.113.9", "203.0.113.8", "203.0.113.7"]):
        mail_servers.add((cast.acme.id, cast.basic.id)[place % 2], network, NOON - place)
    found, total = mail_servers.claimed(False, 0, 50)

    assert [one.server.network for one in apart(found)] == ["203.0.113.7", "203.0.113.8", "203.0.113.9"]
    assert [one.organization for one in apart(found)] == ["Acme", "Basic", "Acme"]
    assert total == 4 and mail_servers.claimed(False, 1, 2) == (found[1:3], 4)
    with pytest.raises(Refused, match="not among the valid mail servers of an organization 'Basic'"):
        mail_servers.find_claimed("Basic", "203.0.113.9")
    with pytest.raises(Refused, match="is not an IP address"):
        mail_servers.find_claimed("Basic", "mx.basic.example")


def test_a_name_counts_as_confirmed_where_it_leads_back() -> None:
    """The machine's own resolver is asked: /etc/hosts names 127.0.0.1, and nobody names an address of no use."""
    assert ask_confirmed("127.0.0.1") == "localhost"
    assert ask_confirmed("240.0.0.1") == ""
    names = ReverseNames(ask_confirmed)
    assert names.find(["127.0.0.1"], 10) == {"127.0.0.1": "localhost"}
