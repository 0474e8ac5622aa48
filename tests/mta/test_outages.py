"""Mail flows on while Gatepost is not there or broken, and is refused again when it is back.

All senders here are of 203.0.113.128/25, which is listed; each comes once, so that no cache knows it before the outage.
"""

from __future__ import annotations

from tests.mta.conftest import PostOffice


def test_mail_flows_while_gatepost_is_stopped(office: PostOffice) -> None:
    with office.gatepost.stopped():
        assert codes(office, "203.0.113.130") == {250}


def test_mail_flows_while_gatepost_answers_servfail(office: PostOffice) -> None:
    with office.gatepost.answering_servfail():
        assert codes(office, "203.0.113.131") == {250}


def test_a_listed_sender_is_refused_again_after_an_outage(office: PostOffice) -> None:
    with office.gatepost.stopped():
        pass

    assert codes(office, "203.0.113.132") == {550}


def codes(office: PostOffice, address: str) -> set[int]:
    return {mta.offer(address).code for mta in office.mtas.values()}
