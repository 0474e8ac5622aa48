"""What says that it is damaged is told from what is away, busy or wrong."""

from __future__ import annotations

import pytest
from peewee import PeeweeException

from reputation.store import damage, db
from reputation.store.db import Store

# What PostgreSQL says of a page or a value that it cannot read, raised by the server itself.
TORN = "DO $$ BEGIN RAISE EXCEPTION 'invalid page in block 7' USING ERRCODE = '{}'; END $$"


@pytest.mark.parametrize("state", ["XX000", "XX001", "XX002"])
def test_a_torn_value_of_postgresql_is_damage_and_its_transaction_goes_on(store: Store, state: str) -> None:
    if store.is_sqlite:
        store.database.execute_sql("SELECT 1")
        return
    with db.write():
        with pytest.raises(damage.Damaged, match=r"cannot read it.*invalid page in block 7"), damage.named():
            store.database.execute_sql(TORN.format(state))
        assert store.database.execute_sql("SELECT 1").fetchone()[0] == 1


def test_a_text_that_is_none_is_damage(store: Store) -> None:
    if not store.is_sqlite:
        return
    with pytest.raises(damage.Damaged, match="UTF-8"), damage.named():
        store.database.execute_sql("SELECT CAST(x'ff41' AS TEXT)").fetchall()


def test_other_errors_stay_as_they_are(store: Store) -> None:
    with pytest.raises(PeeweeException, match=r"no such table|does not exist"), damage.named():
        store.database.execute_sql("SELECT * FROM nobody")
    with pytest.raises(ZeroDivisionError), damage.named():
        _ = 1 // 0
