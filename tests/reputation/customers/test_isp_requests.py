"""ISP requests and the ISPs that come of them, on both databases."""

from __future__ import annotations

import pytest

from reputation.customers import (
    attachments,
    isp_requests,
    isps,
    users,
)
from reputation.customers.isp_requests import DEADLINE, IspDetails
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store import changes
from reputation.store.models import AuditEntry, IspAttachment, IspMessage, Letter, Organization
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others

PLACE = "https://reputation.example"
WISH = IspDetails("Example Net", ["AS64500"], ["192.0.2.0/25"], "at", "", "", "receives", "We get mail from it.")


@pytest.fixture
def ada(cast: Cast) -> PortalUser:
    users.add("olga@acme.example", cast.acme.id, "operator", "a quiet sentence works", NOON)
    return users.add("ada@acme.example", cast.acme.id, "administrator", "a quiet sentence works", NOON)


def test_a_request_goes_its_way_with_a_letter_and_an_audit_line_at_each_step(ada: PortalUser) -> None:
    made = isp_requests.submit(ada, WISH, attachments.checked("a.txt", b"x"), NOON, PLACE)
    assert (made.status, made.due_at, made.isp_details.asns, made.isp_details.country) == (
        "open",
        NOON + DEADLINE,
        [64500],
        "AT",
    )

    asked = isp_requests.ask_back(made.id, "Who runs it?", "olga", NOON + 10, PLACE)
    assert (asked.status, asked.due_at) == ("asked", None)
    answered = isp_requests.reply(ada.organization.id, made.id, "They do.", ada, NOON + 20, PLACE)
    assert answered and (answered.status, answered.due_at) == ("open", NOON + 20 + DEADLINE)
    done = isp_requests.accept(made.id, ([64500], "Example Net", "AT", []), "", "olga", NOON + 30, PLACE)

    assert (done.status, done.answered_at) == ("accepted", NOON + 30)
    assert [row.to for row in others(Letter).order_by(Letter.id)] == [
        "olga@acme.example", "ada@acme.example", "olga@acme.example", "ada@acme.example",
    ]  # fmt: skip
    steps = [row.what for row in others(AuditEntry).where(AuditEntry.at > NOON).order_by(AuditEntry.id)]
    assert len(steps) == 4 and "ISP Example Net accepted" in steps
    assert isp_requests.waiting() == [] and apart(isp_requests.decided()) == [done]


def test_what_another_organization_asked_is_nobody_elses(ada: PortalUser, cast: Cast) -> None:
    made = isp_requests.submit(ada, WISH, attachments.checked("a.txt", b"x"), NOON, PLACE)

    assert isp_requests.find(made.id, cast.basic.id) is None
    assert isp_requests.attachment(made.id, cast.basic.id) is None
    assert isp_requests.reply(cast.basic.id, made.id, "x", ada, NOON, PLACE) is None
    assert isp_requests.withdraw(cast.basic.id, made.id, ada, NOON) is None
    assert isp_requests.for_organization(cast.basic.id) == []
    assert isp_requests.attachment(made.id, cast.acme.id) is not None
    assert not others(IspMessage).exists()


def test_a_decided_request_is_not_decided_again(ada: PortalUser) -> None:
    made = isp_requests.submit(ada, WISH, None, NOON, PLACE)
    isp_requests.decline(made.id, "No.", "olga", NOON, PLACE)

    with pytest.raises(Refused, match="declined already"):
        isp_requests.accept(made.id, ([64500], "Example Net", "AT", []), "", "olga", NOON, PLACE)
    assert apart(isps.all_isps()) == []


def test_twenty_wait_and_no_more(ada: PortalUser) -> None:
    for _ in range(20):
        isp_requests.submit(ada, WISH, None, NOON, PLACE)

    with pytest.raises(Refused, match="20 requests of yours"):
        isp_requests.submit(ada, WISH, None, NOON, PLACE)


def test_an_attachment_is_bounded() -> None:
    with pytest.raises(Refused, match="larger than 1 MB"):
        attachments.checked("a.txt", b"x" * (attachments.LARGEST + 1))
    assert attachments.checked("C:\\papers\\a.TXT", b"x").name == "a.TXT"
    assert attachments.checked("n" * 300 + ".csv", b"x").name.endswith(".csv")


def test_an_attachment_goes_with_its_organization(ada: PortalUser, cast: Cast) -> None:
    isp_requests.submit(ada, WISH, attachments.checked("a.txt", b"x"), NOON, PLACE)

    Organization.get_by_id(cast.acme.id).delete_instance()

    assert not others(IspAttachment).exists()


def test_isps_without_a_number_get_one_after_the_other(cast: Cast) -> None:
    numbers = [isps.accept([], name, "", [network], NOON, "olga") for name, network in
               (("One", "192.0.2.0/25"), ("Two", "192.0.2.128/25"))]  # fmt: skip

    assert numbers == [(4_200_000_000,), (4_200_000_001,)]
    assert changes.generations()[changes.ORIGINS] == 2


def test_an_isp_that_is_accepted_again_keeps_its_networks_and_takes_those_of_others(cast: Cast) -> None:
    isps.accept([64500, 64501], "Example", "AT", ["192.0.2.0/25"], NOON, "olga")
    isps.accept([64777], "Other", "DE", ["198.51.100.0/24"], NOON, "olga")
    isps.accept([64500], "Example Net", "", ["198.51.100.0/24"], NOON, "olga")

    found = {isp.asn: (isp.name, isp.country, isp.networks) for isp in apart(isps.all_isps())}
    assert found == {
        64500: ("Example Net", "", ("192.0.2.0/25", "198.51.100.0/24")),
        64501: ("Example", "AT", ()),
        64777: ("Other", "DE", ()),
    }
