"""What a new password must be, and what is said while it is typed."""

from __future__ import annotations

import time

import pytest

from reputation.customers import passwords

EMAIL, ORGANIZATION = "annabelle@acme.example", "Acme Mail Services"


@pytest.mark.parametrize(("password", "says"), [
    ("too short", "at least 12 characters"),
    ("x" * 201, "at most 200"),
    ("ababababababab", "repeats too few characters"),
    ("annabelle2026!", "contains the email address"),
    ("gatepost Gatepost acme", "words that everybody knows of you"),
    ("acme-mail-services-1", "words that everybody knows of you"),
    ("password1234", "a password that many people use"),
    ("qwertyuiop12", "a password that many people use"),
    ("zxcvbnm,./zxc", "a row of keys"),
    ("abcdefghijklmnop", "a sequence such as abc or 123"),
    ("abcabcabcabcabcxyz", "the same signs again and again"),
])  # fmt: skip
def test_a_weak_password_is_refused_with_its_reason(password: str, says: str) -> None:
    said = passwords.weakness(password, EMAIL, ORGANIZATION)

    assert said is not None and says in said


@pytest.mark.parametrize(
    "password", ["a quiet sentence works", "correct horse battery", "x7Kp2m9QwLz4", "ö" + "ü@çñ" * 3 + "zk"]
)
def test_a_good_password_is_taken(password: str) -> None:
    assert passwords.weakness(password, EMAIL, ORGANIZATION) is None


def test_what_everybody_knows_of_a_person_counts_for_nothing() -> None:
    plain = passwords.weakness("wolpertinger2026", "ann@acme.example", "Acme")
    known = passwords.weakness("wolpertinger2026", "ann@acme.example", "Wolpertinger")

    assert plain is None
    assert known is not None and "everybody knows" in known


@pytest.mark.parametrize(("typed", "good", "says"), [
    ("", False, ""),
    ("password", False, "Very easy to guess"),
    ("x7Kp2m9Qw", False, "it needs 12 characters: 3 more"),
    ("x7Kp2m9QwLz4", True, "Strong."),
    ("annabelle2026!", False, "everybody knows of you"),
    ("summer2026!!", True, "Good."),
])  # fmt: skip
def test_what_is_typed_is_judged_in_words(typed: str, good: bool, says: str) -> None:
    told = passwords.strength(typed, EMAIL, ORGANIZATION)

    assert told.good == good
    assert says in told.sentence


def test_the_hint_and_the_refusal_agree() -> None:
    for password in (
        "summer2026!!",
        "password1234",
        "annabelle2026!",
        "gatepost gatepost",
        "aaaaaaaaaaaaaa",
        "zz" * 101,
    ):
        assert passwords.strength(password, EMAIL, ORGANIZATION).good == (
            passwords.weakness(password, EMAIL, ORGANIZATION) is None
        ), password


def test_of_a_long_password_no_more_than_the_bound_is_estimated() -> None:
    # The estimate's time grows with the square of the length: what is beyond the bound must not reach it.
    strong = "a quiet sentence works " * 3
    assert (
        passwords.strength(strong + "x" * (passwords.LONGEST - len(strong))).score
        == passwords.strength((strong + "x" * 200)[: passwords.ESTIMATED]).score
    )


@pytest.mark.parametrize("signs", ["4@8({[<369&#!1/|0$5+7%2", "{+86(0|0%!<(04!174|6"])
def test_signs_that_stand_for_letters_take_no_time(signs: str) -> None:
    began = time.process_time()

    told = passwords.strength((signs * 8)[: passwords.LONGEST])

    assert time.process_time() - began < 1.0, "without a bound it takes five seconds and more"
    assert told.score >= 0


def test_a_password_of_many_signs_is_still_a_good_one() -> None:
    assert passwords.weakness("k4!r$w0h7t(q2x9", "ann@acme.example") is None
