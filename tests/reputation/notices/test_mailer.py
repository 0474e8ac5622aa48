"""Letters: sent once, tried again where the server could not take them, and given up with the reason."""

from __future__ import annotations

import itertools

import pytest

from reputation.notices import mailer, outbox
from reputation.notices.mailer import SmtpServer, deliver
from reputation.store.db import Store
from reputation.store.models import Letter
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.notices.conftest import Postbox

ADA = "ada@acme.example"


def server(postbox: Postbox) -> SmtpServer:
    return SmtpServer(postbox.url, "", "https://reputation.acme.example")


def test_a_letter_is_sent_whole_and_once(store: Store, postbox: Postbox) -> None:
    outbox.write(ADA, "Hallo\r\nBcc: all@acme.example", "Grüße\nvon hier", NOON)

    assert deliver(server(postbox), NOON) == "Sent 1 of 1 letters."
    assert deliver(server(postbox), NOON) == ""

    [letter] = postbox.letters
    assert letter["To"] == ADA and letter["From"] == "Gatepost <gatepost@reputation.acme.example>"
    assert letter["Subject"] == "Hallo Bcc: all@acme.example" and letter["Bcc"] is None
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == "Grüße\nvon hier\n"
    assert mailer.waiting() == 0
    assert others(Letter).get().text == "", "a link that is good once is not kept"


def test_without_a_mail_server_letters_wait(store: Store) -> None:
    outbox.write(ADA, "Hallo", "Text", NOON)

    assert deliver(SmtpServer(), NOON) == ""
    assert mailer.waiting() == 1


def test_a_letter_is_tried_again_later_and_later_and_given_up_after_days(store: Store) -> None:
    outbox.write(ADA, "Hallo", "Text", NOON)
    nobody = SmtpServer("smtp://127.0.0.1:1", "gatepost@acme.example")
    tries, now = [], NOON
    while not others(Letter).get().given_up:
        assert deliver(nobody, now)
        tries.append(now - NOON)
        now = others(Letter).get().next_try_at
        assert deliver(nobody, now - 1) == "", "not a second before its time"

    assert tries[:4] == [0, 120, 420, 1320]
    assert all(later - earlier <= 6 * 3600 for earlier, later in itertools.pairwise(tries))
    assert 5 * 86400 < tries[-1] < 6 * 86400
    assert "refused" in others(Letter).get().problem
    assert deliver(nobody, now + 86400) == ""


def test_no_letter_waits_for_the_hour_by_which_the_clock_was_set_back(store: Store) -> None:
    outbox.write(ADA, "Hallo", "Text", NOON)
    nobody, tries, now = SmtpServer("smtp://127.0.0.1:1", "gatepost@acme.example"), 0, NOON
    while tries < 8:
        assert deliver(nobody, now)
        tries += 1
        assert deliver(nobody, now) == "" and deliver(nobody, now - 60) == "", "another node's clock may be behind"
        now -= 3600  # and what was to be tried later is to be tried too late
        assert deliver(nobody, now), f"after {tries} tries"
        tries += 1
        now = others(Letter).get().next_try_at


def test_a_letter_is_not_given_up_for_an_age_that_only_the_clock_says(store: Store, postbox: Postbox) -> None:
    outbox.write(ADA, "Hallo", "Text", NOON)
    nobody, ahead = SmtpServer("smtp://127.0.0.1:1", "gatepost@acme.example"), NOON + 30 * 86400
    deliver(nobody, NOON)
    deliver(nobody, ahead)

    deliver(server(postbox), ahead + 300)

    assert [letter["To"] for letter in postbox.letters] == [ADA]


def test_one_letter_that_is_refused_does_not_hold_up_the_others(store: Store, postbox: Postbox) -> None:
    postbox.refused = {"gone@acme.example": "550 no such person", "full@acme.example": "452 no room"}
    for to in ("gone@acme.example", "full@acme.example", ADA):
        outbox.write(to, "Hallo", "Text", NOON)

    deliver(server(postbox), NOON)

    assert [letter["To"] for letter in postbox.letters] == [ADA]
    by_person = {letter.to: letter for letter in others(Letter)}
    assert by_person["gone@acme.example"].given_up and "550 no such person" in by_person["gone@acme.example"].problem
    assert not by_person["full@acme.example"].given_up and by_person["full@acme.example"].next_try_at == NOON + 120
    postbox.refused = {}
    deliver(server(postbox), NOON + 120)
    assert [letter["To"] for letter in postbox.letters] == [ADA, "full@acme.example"]


@pytest.mark.parametrize(
    ("sender", "portal", "expected"),
    [
        ("robot@acme.example", "https://x.example", "robot@acme.example"),
        ("", "https://x.example:8443", "gatepost@x.example"),
        ("", "", "gatepost@localhost"),
    ],
)
def test_our_mail_comes_from_a_name_of_ours(sender: str, portal: str, expected: str) -> None:
    assert SmtpServer("smtp://127.0.0.1", sender, portal).mail_from == expected


def test_a_letter_that_cannot_be_written_down_holds_up_no_other(store: Store, postbox: Postbox) -> None:
    outbox.write("ada\nBcc: all@acme.example", "Hallo", "Text", NOON)
    outbox.write(ADA, "Hallo", "Text", NOON)

    deliver(server(postbox), NOON)

    assert [letter["To"] for letter in postbox.letters] == [ADA]
    assert others(Letter).where(Letter.to != ADA).get().given_up


def test_letters_are_kept_for_two_weeks_whether_they_were_sent_or_not(store: Store) -> None:
    outbox.write(ADA, "Old", "Text", NOON - mailer.KEPT - 1)
    outbox.write(ADA, "New", "Text", NOON)

    assert mailer.prune(NOON) == 1
    assert [letter.subject for letter in others(Letter)] == ["New"]
