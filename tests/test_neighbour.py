"""The neighbour is there in every table, and whoever touches it is found."""

from __future__ import annotations

import pytest

from reputation.store.db import Store
from reputation.store.models import MODELS, Alert, Organization, Session
from tests import neighbour
from tests.conftest import NOON, Cast
from tests.neighbour import others


def test_the_neighbour_has_a_row_in_every_table(store: Store) -> None:
    found = neighbour.kept(store.database)

    expected = [model.__name__ for model in MODELS if model not in neighbour.NOBODYS]
    assert [name for name in expected if len(found.get(name, [])) != 1] == [], "give it one in tests/neighbour.py"


@pytest.mark.touches("Session", "Alert", reason="it is what this test is about")
def test_a_changed_row_a_new_one_and_a_lost_one_are_found(store: Store) -> None:
    assert neighbour.changes(store.database) == {}
    session = neighbour.number(Session)

    Session.update(agent="Another").where(Session.id == session).execute()
    Alert.create(organization=neighbour.number(Organization), kind="x", subject="x", text="x", raised_at=NOON)
    assert set(neighbour.changes(store.database)) == {"Session", "Alert"}

    Session.delete().execute()
    assert "became []" in neighbour.changes(store.database)["Session"]


def test_others_are_all_but_the_neighbours_and_those_of_nobody_too(store: Store, cast: Cast) -> None:
    own, nobodys = (
        Alert.create(organization=owner, kind="x", subject="x", text="x", raised_at=NOON).id
        for owner in (cast.acme.id, None)
    )

    assert {row.id for row in others(Alert)} == {own, nobodys}
    assert [row.name for row in others(Organization).order_by(Organization.name)] == ["Acme", "Basic"]
    assert own == neighbour.number(Alert) + 1, "the next number is the one after the neighbour's, in both databases"


def test_the_neighbours_numbers_differ_in_every_table() -> None:
    numbers = [neighbour.number(model) for model in MODELS]

    assert len(set(numbers)) == len(numbers)
