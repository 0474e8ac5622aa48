"""Whoever is locked out is told by letter once a day, by whatever clock."""

from __future__ import annotations

from reputation.customers import failed_logins
from reputation.store.models import Letter, User
from tests.conftest import NOON, Cast
from tests.neighbour import others

ADA = "ada@acme.example"


def letters() -> int:
    return int(others(Letter).count())


def test_a_letter_of_a_time_to_come_is_none_of_today(cast: Cast) -> None:
    User.create(email=ADA, organization=cast.acme.id, role="viewer", password_hash="!", created_at=NOON)
    failed_logins.block(ADA, "192.0.2.1", NOON + 365 * 86400)
    assert letters() == 1

    failed_logins.block(ADA, "192.0.2.1", NOON)
    assert letters() == 2
    for later in (-60, 60, 86399):
        failed_logins.block(ADA, "192.0.2.1", NOON + later)
    assert letters() == 2
