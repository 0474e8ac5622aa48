"""What is written of a snapshot is all of it, and is read again as it was: by an argument, and by an answer."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from reputation.addresses.address import parse_address
from reputation.verdict import column_file, prepared, shapes
from reputation.verdict.column_file import UnusableFile
from reputation.verdict.decision import decide
from reputation.verdict.organization_steps import OrganizationListings, OrganizationSteps
from reputation.verdict.prepared import FEEDS, OWN, PARTS, RECENT
from reputation.verdict.rules import APPROVED
from reputation.verdict.shapes import Kind, OwnLayer, RecentLayer
from reputation.verdict.snapshot import Layer, Snapshot
from reputation.verdict.zones import BLOCKED_ADDRESS, BLOCKED_COUNTRY, BLOCKED_ISP, DATABASE_NAMES, FOREVER
from tests.conftest import NOON, ROOT
from tests.snapshots import ACME, ACME_CODE, BASIC, layer, snapshot

UNTIL = (NOON + 10, NOON + 20, 0, FOREVER)
LISTED = [("192.0.2.0/24", UNTIL, "a list ☂"), ("192.0.2.7", (0, NOON + 5, 0, 0), "$"), ("2001:db8::/32", UNTIL, "six")]
ASKED = ("192.0.2.7", "192.0.2.9", "198.51.100.3", "198.51.100.77", "203.0.113.5", "2001:db8::7", "2001:db9::1", "::")


@pytest.fixture
def made() -> Snapshot:
    return snapshot(
        standard=LISTED,
        dynamic=[("198.51.100.0/26", UNTIL, "moves")],
        own_standard=[("203.0.113.0/24", UNTIL, "ours")],
        sender_rules={"198.51.100.64/26": BLOCKED_ADDRESS, "192.0.2.8/31": (APPROVED, NOON + 30), "2001:db9::/48": 10},
        isps={64500: (BLOCKED_ISP, NOON + 9)},
        countries={"AT": BLOCKED_COUNTRY, "DE": APPROVED},
        known_origins={"203.0.113.0/28": (64500, "AT", "Näme"), "2001:db8::/33": (64501, "DE", "Other")},
        lookup_url="https://rep.example/?a=",
    )


def kept(data: Path, made: Snapshot, database: str = "") -> None:
    """Write the parts of a snapshot as the publisher does."""
    for name, part in parts_of(made).items():
        state = {"database": database, "id": "one", "above": "one", "serial": made.serial}
        prepared.write_part(data, name, part, state)


def parts_of(made: Snapshot) -> dict[str, object]:
    by_name = {"standard": made.standard, "dynamic": made.dynamic}
    return {
        "policies": made.policies,
        "origins": made.origins,
        **{FEEDS[name]: by_name[name].feeds for name in DATABASE_NAMES},
        OWN: {name: OwnLayer(by_name[name].own, by_name[name].alone, {4: frozenset([24]), 6: frozenset()}, True)
              for name in DATABASE_NAMES},
        RECENT: {name: RecentLayer(by_name[name].recent if by_name[name].has_recent else None,
                                   by_name[name].recent_alone) for name in DATABASE_NAMES},
    }  # fmt: skip


def answers(one: Snapshot) -> list[object]:
    found: list[object] = [one.serial, one.lookup_url, one.organization(ACME_CODE, NOON)]
    for organization in (ACME, BASIC):
        for database in range(2):
            for text in ASKED:
                version, value = parse_address(text)
                found += [decide(one, database, organization, version, value, NOON + late) for late in (0, 6, 15, 40)]
                found.append(one.origins.origin(version, value))
    return found


def test_a_snapshot_answers_as_the_one_that_was_written(made: Snapshot, tmp_path: Path) -> None:
    kept(tmp_path, made)

    found = prepared.read(tmp_path, "", made.lookup_url)

    assert found is not None and answers(found.snapshot) == answers(made)
    own = found.parts[OWN].value["standard"]
    assert own.prefixes == {4: frozenset([24]), 6: frozenset()} and own.is_nested


def test_what_holds_for_one_organization_alone_is_kept_with_what_has_changed_since(tmp_path: Path) -> None:
    chance = random.Random(5782)
    starts4, starts6 = sorted(chance.sample(range(1 << 32), 50)), sorted(chance.sample(range(1 << 62), 50))
    steps = OrganizationSteps([0, 0, 50, 50], starts4, [0, 0, 20, 50], [start << 66 for start in starts6])
    alone = OrganizationListings(steps, [1] * 50, [chance.randrange(2) for _ in starts6])
    own = {name: OwnLayer(layer([("192.0.2.0/24", UNTIL, "x")]), alone, {4: frozenset(), 6: frozenset()})
           for name in DATABASE_NAMES}  # fmt: skip
    columns = shapes.Columns()
    written = shapes.OWN_LISTINGS.write(own, columns)
    column_file.write(tmp_path / "own", written[0], columns)

    read = shapes.OWN_LISTINGS.read(written, column_file.read(tmp_path / "own").columns)["dynamic"].alone

    for organization in range(5):
        for version, starts in ((4, starts4), (6, [start << 66 for start in starts6])):
            for start in starts:
                for value in (start - 1, start, start + 1):
                    assert read.value(organization, version, value) == alone.value(organization, version, value)


@pytest.mark.parametrize(
    ("module", "name", "kind"),
    [
        ("steps", "Steps4", shapes.STEPS4), ("steps", "Steps6", shapes.STEPS6), ("snapshot", "Layer", shapes.LAYER),
        ("origins", "Origins", shapes.ORIGINS), ("origins", "IspNames", shapes.NAMES),
        ("rules", "Rules", shapes.RULES), ("rules", "OriginRules", shapes.ORIGIN_RULES),
        ("snapshot", "Policies", shapes.POLICIES), ("organization_steps", "OrganizationListings", shapes.ALONE),
        ("organization_steps", "OrganizationSteps", shapes.ALONE_STEPS),
    ],
)  # fmt: skip
def test_every_argument_of_a_part_has_its_line(module: str, name: str, kind: Kind) -> None:
    tree = ast.parse((ROOT / "reputation/verdict" / f"{module}.py").read_text())
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    (init,) = (node for node in found.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")

    assert kind.arguments == tuple(argument.arg for argument in init.args.args[1:])


def test_half_a_snapshot_is_not_served(made: Snapshot, tmp_path: Path) -> None:
    kept(tmp_path, made)
    for name in PARTS:
        file = prepared.path(tmp_path, name)
        content = file.read_bytes()
        file.unlink()
        with pytest.raises(UnusableFile, match=f"{file} is missing"):
            prepared.read(tmp_path, "", "")
        file.write_bytes(content)
        file.chmod(0o600)
    assert prepared.read(tmp_path, "", "") is not None


def test_a_part_in_anothers_place_is_refused(made: Snapshot, tmp_path: Path) -> None:
    kept(tmp_path, made)
    prepared.path(tmp_path, FEEDS["dynamic"]).rename(prepared.path(tmp_path, FEEDS["standard"]))

    with pytest.raises(UnusableFile, match="of another database or part"):
        prepared.read(tmp_path, "", "")


def test_what_was_made_of_another_database_is_not_served(made: Snapshot, tmp_path: Path) -> None:
    kept(tmp_path, made, prepared.database_id("postgresql://one.example/gatepost"))

    assert prepared.read(tmp_path, prepared.database_id("postgresql://one.example/gatepost"), "") is not None
    for other in ("", "postgresql://two.example/gatepost"):
        with pytest.raises(UnusableFile, match="of another database or part"):
            prepared.read(tmp_path, prepared.database_id(other), "")


def test_columns_that_do_not_fit_together_are_refused(made: Snapshot, tmp_path: Path) -> None:
    kept(tmp_path, made)
    columns = shapes.Columns()
    head = {"part": "policies", "state": {"database": ""}, "value": shapes.LAYER.write(Layer(), columns)}
    column_file.write(prepared.path(tmp_path, "policies"), head, columns)

    with pytest.raises(UnusableFile, match="is damaged: KeyError"):
        prepared.read(tmp_path, "", "")


def test_what_has_changed_counts_above_its_own_layers_alone(made: Snapshot, tmp_path: Path) -> None:
    kept(tmp_path, made)
    gone = {name: RecentLayer(layer([("203.0.113.0/24", (0, 0, 0, 0), "")]), OrganizationListings())
            for name in DATABASE_NAMES}  # fmt: skip
    address = parse_address("203.0.113.5")
    for above, is_listed in (("one", False), ("another", True)):
        prepared.write_part(tmp_path, RECENT, gone, {"database": "", "above": above, "serial": 9})
        found = prepared.read(tmp_path, "", "")
        assert found is not None and found.snapshot.serial == 9
        assert bool(found.snapshot.standard.own_at(address, NOON)) == is_listed


def test_without_any_file_there_is_no_prepared_snapshot(tmp_path: Path) -> None:
    assert prepared.read(tmp_path, "", "") is None
