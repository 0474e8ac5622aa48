"""Reputation Settings: categories and level, with what was before in the audit log."""

from __future__ import annotations

import pytest

from reputation.customers.policy import settings
from reputation.customers.policy.settings import Chosen
from reputation.refusal import Refused
from reputation.store import changes
from reputation.store.models import AuditEntry, ReputationSettings
from tests.conftest import NOON, Cast
from tests.neighbour import is_others, others

ANN = "ann@acme.example"


def generation() -> int:
    return changes.generations()[changes.POLICIES]


def test_all_categories_and_level_2_until_something_else_is_chosen(cast: Cast) -> None:
    ReputationSettings.delete().where(is_others(ReputationSettings)).execute()

    assert settings.chosen(cast.acme.id) == Chosen(True, True, True, 2)


def test_a_category_is_cleared_with_before_and_after(cast: Cast) -> None:
    marked = generation()

    before = settings.choose_categories(cast.acme.id, kss=True, dul=False, etl=True, now=NOON, who=ANN)

    assert before == Chosen() and settings.chosen(cast.acme.id) == Chosen(dul=False)
    assert settings.chosen(cast.basic.id) == Chosen()
    entry = others(AuditEntry).order_by(AuditEntry.id.desc()).get()
    assert (entry.who, entry.what) == (ANN, "Reputation Settings changed")
    assert (entry.before, entry.after) == ("categories KSS, DUL, ETL; level 2", "categories KSS, ETL; level 2")
    assert generation() == marked + 1


def test_where_there_is_no_row_yet_one_is_made(cast: Cast) -> None:
    ReputationSettings.delete().where(is_others(ReputationSettings)).execute()

    settings.choose_categories(cast.acme.id, False, False, False, NOON, ANN)
    settings.choose_level(cast.acme.id, 4, NOON, ANN)

    assert settings.chosen(cast.acme.id) == Chosen(False, False, False, 4)
    assert settings.chosen(cast.acme.id).categories == "none"


def test_choosing_the_same_again_changes_nothing(cast: Cast) -> None:
    marked = generation()

    settings.choose_level(cast.acme.id, 2, NOON, ANN)

    assert generation() == marked
    assert not others(AuditEntry).where(AuditEntry.who == ANN).exists()


@pytest.mark.parametrize("level", [-1, 5])
def test_there_are_five_levels(cast: Cast, level: int) -> None:
    with pytest.raises(Refused, match="from 0 to 4"):
        settings.choose_level(cast.acme.id, level, NOON, ANN)


def test_a_level_needs_the_advanced_subscription(cast: Cast) -> None:
    with pytest.raises(Refused, match="advanced subscription"):
        settings.choose_level(cast.basic.id, 3, NOON, ANN)

    assert settings.chosen(cast.basic.id).level == 2


def test_level_0_is_chosen_like_any_other_and_stays(cast: Cast) -> None:
    marked = generation()

    settings.choose_level(cast.acme.id, 0, NOON, ANN)

    assert settings.chosen(cast.acme.id) == Chosen(level=0) and settings.chosen(cast.basic.id) == Chosen()
    entry = others(AuditEntry).order_by(AuditEntry.id.desc()).get()
    assert (entry.before, entry.after) == (
        "categories KSS, DUL, ETL; level 2", "categories KSS, DUL, ETL; level 0",
    )  # fmt: skip
    assert generation() == marked + 1
