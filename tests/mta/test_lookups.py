"""What an administrator's own look sees, and what a suspicious resolver makes of our answers."""

from __future__ import annotations

import pytest

from tests.mta.conftest import UNKNOWN_CODE, PostOffice, listing
from tests.mta.gatepost import ZONE, query_name
from tests.mta.namespace import Program
from tests.mta.servers import exim, text


def dig(office: PostOffice, name: str, kind: str = "A") -> str:
    """The status and the data of the answer, as `dig` shows them: `NOERROR 127.0.0.2`."""
    words = ("dig", "+time=5", "+tries=1", "+nocomments", "+noall", "+answer", "+comments", name, kind)
    done = office.namespace.run(Program(words, office.namespace.folder / "etc-gatepost"))
    status = done.stdout.partition("status: ")[2].partition(",")[0]
    answers = [line for line in done.stdout.splitlines() if line and not line.startswith(";")]
    return " ".join([status, *(line.split(None, 4)[4] for line in answers)])


@pytest.mark.parametrize("label", ["r", "q"])
def test_the_test_address_is_listed_in_both_databases(office: PostOffice, label: str) -> None:
    assert dig(office, f"2.0.0.127.{office.gatepost.code}.{label}.{ZONE}") == "NOERROR 127.0.0.2"


@pytest.mark.parametrize("label", ["r", "q"])
def test_the_local_host_is_never_listed(office: PostOffice, label: str) -> None:
    assert dig(office, f"1.0.0.127.{office.gatepost.code}.{label}.{ZONE}") == "NXDOMAIN"


def test_the_code_alone_says_that_it_is_active(office: PostOffice) -> None:
    assert "active" in dig(office, f"{office.gatepost.code}.r.{ZONE}", "TXT")


def test_an_unknown_code_is_never_answered_with_an_address(office: PostOffice) -> None:
    assert dig(office, query_name("203.0.113.2", UNKNOWN_CODE, "standard")) == "NXDOMAIN"


def test_an_unlisted_address_hides_no_listed_neighbour(office: PostOffice) -> None:
    # Whatever was denied on the way to the first stands in unbound's cache, and denies all that lies below it.
    unlisted, listed = (
        query_name(address, office.gatepost.code, "standard") for address in ("203.0.113.97", "203.0.113.2")
    )

    assert dig(office, unlisted) == "NXDOMAIN"
    assert dig(office, listed) == "NOERROR 127.0.0.2"


def test_an_unlisted_ipv4_address_hides_no_ipv6_address_that_lies_below_it(office: PostOffice) -> None:
    # 1.0.0.2 is the end of 2.0.0.1 reversed, and of all of 2001::/16 as well.
    assert dig(office, query_name("2.0.0.1", office.gatepost.code, "standard")) == "NOERROR"
    assert dig(office, query_name("2001:db8:2::2", office.gatepost.code, "standard")) == "NOERROR 127.0.0.2"


def test_a_listing_made_while_gatepost_serves_is_found(office: PostOffice) -> None:
    office.gatepost.commands(listing("203.0.113.61", "standard", "ETL"))
    office.gatepost.wait_for(4, "203.0.113.61")

    assert dig(office, query_name("203.0.113.61", office.gatepost.code, "standard")) == "NOERROR 127.0.0.4"


def test_exims_dry_run_shows_what_would_be_said_to_an_address(office: PostOffice) -> None:
    acl = text("exim_acl", code=office.gatepost.code, zone=ZONE)
    session = "EHLO sender.example\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster@mx.example>\r\nQUIT\r\n"
    done = office.namespace.run(exim(office.namespace, acl, 27, "-bh", "203.0.113.2"), given=session)

    assert "550-5.7.1 Service unavailable; connection refused:" in done.stdout
