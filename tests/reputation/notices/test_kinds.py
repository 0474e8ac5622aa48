"""Kinds of alerts: what is raised has its row, and everything that is said of a kind comes from there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation import faults
from reputation.clock import Clock
from reputation.notices import alerts, checks, looking, notifier
from reputation.notices.checks import DAY, KINDS, AlertKind
from reputation.store.models import ExchangeChoice, ExchangePeer, Letter, User
from tests.conftest import NOON, ROOT, Cast
from tests.neighbour import others


def raised_by_name() -> Iterator[str]:
    """The names of kinds that are written down where an alert is raised."""
    for file in sorted((ROOT / "reputation").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("alerts.raise_event", "alerts.update_current"):
                if isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)


def test_what_is_raised_elsewhere_has_its_row_and_no_row_is_raised_by_nobody() -> None:
    assert set(raised_by_name()) == {kind.name for kind in KINDS if kind.find is None}
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert [kind.name for kind in KINDS if len(kind.name) > 30] == [], "the store keeps 30 characters"


def test_a_kind_that_is_added_is_looked_for_told_and_described(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    User.create(
        organization=cast.acme.id, email="olga@acme.example", password_hash="", role="operator", created_at=NOON
    )
    found: checks.Found = {(None, "node 2"): "Node 2 is not heard of."}
    kind = AlertKind("silent node", "A node is silent", "it may be down.", lambda sight: found, for_operator=True)
    monkeypatch.setattr(checks, "KINDS", (kind,))
    monkeypatch.setattr(checks, "TITLES", {kind.name: kind.title})

    assert checks.run_checks(None, Path("/"), Clock(), NOON) == "1 alerts have begun."
    assert checks.run_checks(None, Path("/"), Clock(), NOON + 20) == ""
    notifier.notify("https://reputation.example", NOON + 60)
    assert others(Letter).get().subject == "Gatepost: A node is silent: node 2"
    assert checks.describe() == "- **A node is silent** (for the operator): it may be down."
    found.clear()
    checks.run_checks(None, Path("/"), Clock(), NOON + 80)
    assert alerts.lasting(None) == []


def test_a_mail_log_that_says_nothing_is_told_to_the_operator_while_it_lasts(cast: Cast) -> None:
    checks.run_checks(None, Path("/"), Clock(), NOON, {"exim:/var/log/mail.log": "No line is one of Exim's."})

    [alert] = alerts.lasting(None)
    assert (alert.kind, alert.text) == ("mail log", "No line is one of Exim's.")
    checks.run_checks(None, Path("/"), Clock(), NOON + 60)
    assert alerts.lasting(None) == []


def test_what_cannot_be_told_clears_nothing(cast: Cast) -> None:
    alerts.update_current("listed server", {(cast.acme.id, "198.51.100.7/32"): "One."}, NOON)

    checks.run_checks(None, Path("/"), Clock(), NOON + 60)

    assert len(alerts.lasting(cast.acme.id)) == 1, "nothing is published, so nobody knows whether it is still listed"


def test_what_does_not_last_is_told_once_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = AlertKind(
        "restart", "It was restarted", "", lambda sight: {(None, "restart"): "It was restarted."}, lasts=False
    )
    monkeypatch.setattr(checks, "KINDS", (kind,))

    times = (NOON, NOON + 60, NOON + 86400)
    assert [bool(checks.run_checks(None, Path("/"), Clock(), now)) for now in times] == [True, False, True]
    assert alerts.lasting(None) == []


def test_an_exchange_that_stands_still_for_a_day_is_told_and_a_revoked_key_at_once(cast: Cast) -> None:
    given = {"address": "https://x.example/", "added_at": NOON, "problem": "It refused the connection."}
    for number, name in enumerate(("silent", "paused", "revoked")):
        ExchangePeer.create(key=f"{number}" * 43, name=name, paused=name == "paused", **given)
    ExchangePeer.update(revoked_at=NOON).where(ExchangePeer.name == "revoked").execute()

    assert list(looking.exchange(NOON + DAY - 1)) == ["revoked"]
    assert looking.exchange(NOON + DAY)["silent"] == (
        "Nothing was taken from silent for a day. It refused the connection."
    )
    ExchangeChoice.create(id=1, problem="The key is another one.")
    assert "ourselves" in looking.exchange(NOON)


def test_a_fault_without_a_row_of_its_own_is_told_once_it_has_lasted(cast: Cast) -> None:
    faults.raised("job:prune", "The job prune failed: no room.", NOON)
    faults.raised("clock", "It is an hour ahead.", NOON)

    checks.run_checks(None, Path("/"), Clock(), NOON + 60)
    assert alerts.lasting(None) == []
    checks.run_checks(None, Path("/"), Clock(), NOON + 120)
    assert [(one.kind, one.subject) for one in alerts.lasting(None)] == [("fault", "job:prune")]
    faults.gone("job:prune", NOON + 150)
    checks.run_checks(None, Path("/"), Clock(), NOON + 180)
    assert alerts.lasting(None) == []
