"""What postscreen tells a listed sender, with the texts that the portal prints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.mta.conftest import PostOffice
from tests.mta.servers import Mta


@pytest.fixture
def postscreen(office: PostOffice) -> Mta:
    postfix = office.mtas["postfix"]
    return replace(postfix, port=postfix.port + 1000)


@pytest.mark.parametrize("listed", ["203.0.113.2", "2001:db8:2::2"])
def test_postscreen_refuses_a_listed_sender_in_the_name_of_the_database(postscreen: Mta, listed: str) -> None:
    reply = postscreen.offer(listed)

    assert reply.code == 550
    assert reply.text.endswith("blocked using r.rep.example")


def test_postscreen_lets_an_unlisted_sender_pass_to_smtpd(postscreen: Mta) -> None:
    assert postscreen.offer("203.0.113.98").code == 250


def test_postscreen_leaves_a_dynamically_listed_sender_to_smtpd_which_defers_it(postscreen: Mta) -> None:
    assert postscreen.offer("203.0.113.20").code == 450
