"""Where alerts are sent to beside mail: what can be set up, and what becomes of it."""

from __future__ import annotations

import pytest

from reputation.notices import deliveries
from reputation.notices.channels import OF_ORGANIZATIONS, webhook
from reputation.notices.channels.channel import AlertBatch, Field, OrganizationChannel
from reputation.refusal import Refused
from reputation.store.models import AlertChannel, AlertMessage, AuditEntry
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.reputation.notices.conftest import Hooked

ADA = "ada@acme.example"
PAGER = OrganizationChannel(
    name="pager",
    title="Pager",
    noun="pager",
    offer="be paged",
    help="",
    fields=(Field("number", "Number", longest=5), Field("pin", "PIN", required=False, secret=True)),
    check=lambda values: None,
    compose=lambda batch: "",
    send=lambda destination, message, may_be_private: "",
)


def test_a_field_that_is_needed_is_asked_for_and_one_that_is_too_long_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="Number is missing"):
        deliveries.choose(cast.acme.id, PAGER, {"pin": "1"}, NOON, ADA)
    with pytest.raises(Refused, match="Number: use at most 5 characters"):
        deliveries.choose(cast.acme.id, PAGER, {"number": "123456"}, NOON, ADA)

    assert others(AlertChannel).count() == 0


def test_a_secret_value_is_kept_and_does_not_stand_in_the_audit_log(cast: Cast) -> None:
    deliveries.choose(cast.acme.id, PAGER, {"number": " 110 ", "pin": "9999", "unknown": "x"}, NOON, ADA)

    assert deliveries.find(cast.acme.id, PAGER).values == {"number": "110", "pin": "9999"}  # type: ignore[union-attr]
    entry = AuditEntry.get(AuditEntry.what == "Pager changed")
    assert (entry.before, entry.after) == ("", "110")


def test_channels_and_organizations_are_set_up_apart(cast: Cast) -> None:
    deliveries.choose(cast.acme.id, PAGER, {"number": "110"}, NOON, ADA)
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": "https://hooks.example/"}, NOON, ADA)
    deliveries.choose(cast.basic.id, PAGER, {"number": "112"}, NOON, "boris")
    deliveries.choose(cast.acme.id, PAGER, {"number": "", "pin": ""}, NOON, ADA)

    assert deliveries.find(cast.acme.id, PAGER) is None
    assert deliveries.find(cast.acme.id, webhook.CHANNEL) is not None
    assert deliveries.find(cast.basic.id, PAGER).values["number"] == "112"  # type: ignore[union-attr]


def test_what_waits_goes_to_the_new_destination_under_a_new_secret(cast: Cast, hooked: Hooked) -> None:
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": "https://old.example/"}, NOON, ADA)
    before = deliveries.find(cast.acme.id, webhook.CHANNEL)
    deliveries.request_trial(cast.acme.id, webhook.CHANNEL, NOON)
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": hooked.url}, NOON, ADA)

    assert deliveries.send_due(NOON, may_be_private=True) == "Sent 1 of 1 messages."
    assert len(hooked.calls) == 1
    after = deliveries.find(cast.acme.id, webhook.CHANNEL)
    assert before and after and before.secret != after.secret


def test_what_is_not_set_up_is_sent_nothing(cast: Cast) -> None:
    deliveries.request_trial(cast.acme.id, webhook.CHANNEL, NOON)
    batch = AlertBatch(None, "the installation", (), "")

    assert deliveries.enqueue(webhook.CHANNEL, batch, NOON) == 0, "the operator has no webhook"
    assert deliveries.send_due(NOON) == ""


def test_a_message_that_is_never_taken_is_given_up(cast: Cast, hooked: Hooked) -> None:
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": hooked.url}, NOON, ADA)
    deliveries.request_trial(cast.acme.id, webhook.CHANNEL, NOON)
    hooked.status = 500

    for day in range(20):
        deliveries.send_due(NOON + day * 86400, may_be_private=True)

    assert len(hooked.calls) == deliveries.TRIES
    assert others(AlertMessage).count() == 0


def test_no_message_waits_for_the_hour_by_which_the_clock_was_set_back(cast: Cast, hooked: Hooked) -> None:
    deliveries.choose(cast.acme.id, webhook.CHANNEL, {"url": hooked.url}, NOON, ADA)
    deliveries.request_trial(cast.acme.id, webhook.CHANNEL, NOON)
    hooked.status = 500
    deliveries.send_due(NOON, may_be_private=True)
    assert deliveries.send_due(NOON - 60, may_be_private=True) == "", "another node's clock may be behind"
    hooked.status = 200

    assert deliveries.send_due(NOON - 3600, may_be_private=True) == "Sent 1 of 1 messages."


def test_the_message_of_a_channel_that_is_gone_is_dropped(cast: Cast) -> None:
    assert PAGER.name not in OF_ORGANIZATIONS
    deliveries.choose(cast.acme.id, PAGER, {"number": "110"}, NOON, ADA)
    deliveries.request_trial(cast.acme.id, PAGER, NOON)

    assert deliveries.send_due(NOON) == "Sent 0 of 1 messages."
    assert deliveries.send_due(NOON) == ""
