"""The seeded data: what the page says of it is so."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import data
from benchmarks.data import Entries, Question
from reputation.addresses.address import Address
from reputation.addresses.reserved import is_public

COUNT = 4_000


@pytest.fixture(scope="module")
def listed() -> Entries:
    return data.entries(COUNT, 200)


@pytest.fixture(scope="module")
def asked(listed: Entries) -> list[Question]:
    return data.questions(listed, 5_000)


def test_entries_have_the_promised_shares_and_never_overlap(listed: Entries) -> None:
    assert len(listed) == COUNT
    assert int((listed.prefix == 32).sum()) == COUNT * 80 // 100
    assert int((listed.prefix == 24).sum()) == COUNT * 15 // 100
    assert set(listed.prefix[listed.prefix < 24].tolist()) <= set(range(16, 24))
    assert (listed.first[1:] > listed.last()[:-1]).all()


def test_entries_are_networks_outside_of_what_is_reserved(listed: Entries) -> None:
    for first, prefix in zip(listed.first.tolist(), listed.prefix.tolist(), strict=True):
        assert is_public(Address(4, first)) and is_public(Address(4, first | (1 << 32 - prefix) - 1)), (first, prefix)
        assert first >> 24 >= 11


def test_ipv6_entries_are_apart_and_aligned_to_nibbles(listed: Entries) -> None:
    lasts = [first | (1 << (128 - prefix)) - 1 for first, prefix in listed.six]

    assert {prefix for _, prefix in listed.six} == {48, 64, 128}
    assert all(last < first for last, (first, _) in zip(lasts, listed.six[1:], strict=False))


def test_the_data_is_the_same_in_every_run(listed: Entries, asked: list[Question]) -> None:
    again = data.entries(COUNT, 200)

    assert (again.first == listed.first).all()
    assert again.six == listed.six
    assert data.questions(again, 5_000) == asked
    assert data.codes(3)[0] == data.codes(1)[0]


def test_a_question_is_listed_exactly_where_it_says_so(listed: Entries, asked: list[Question]) -> None:
    networks6 = [(first, first | (1 << (128 - prefix)) - 1) for first, prefix in listed.six]
    four = [question for question in asked if question.version == 4]

    held = listed.holds(np.array([question.value for question in four], np.uint32)).tolist()

    assert held == [question.is_listed for question in four]
    for question in asked:
        if question.version == 6:
            assert question.is_listed == any(first <= question.value <= last for first, last in networks6)


def test_questions_have_about_the_promised_shares(asked: list[Question]) -> None:
    assert 0.18 < sum(question.is_listed for question in asked) / len(asked) < 0.22
    assert 0.035 < sum(question.version == 6 for question in asked) / len(asked) < 0.065
    assert 0.035 < sum(question.is_txt for question in asked) / len(asked) < 0.065


def test_rules_are_for_addresses_that_are_neither_listed_nor_asked(listed: Entries, asked: list[Question]) -> None:
    found = data.unasked(listed, asked, 300)

    assert len(set(found)) == 300
    assert not listed.holds(np.array(found, np.uint32)).any()
    assert not {question.value for question in asked} & set(found)
