"""The neighbour is there in every table, and whoever touches it is found."""

from __future__ import annotations

from reputation.store.db import Store
from reputation.store.models import MODELS
from tests import neighbour


def test_the_neighbour_has_a_row_in_every_table(store: Store) -> None:
    found = neighbour.kept(store.database)

    expected = [model.__name__ for model in MODELS if model not in neighbour.NOBODYS]
    assert [name for name in expected if len(found.get(name, [])) != 1] == [], "give it one in tests/neighbour.py"
