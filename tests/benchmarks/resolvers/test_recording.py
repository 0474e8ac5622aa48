"""What real resolvers send, recorded here: of the names that they ask for, how many are partial."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from benchmarks.peers import Absent
from benchmarks.resolvers import network, walks
from benchmarks.resolvers.programs import KINDS
from benchmarks.resolvers.walks import Sent
from tests import debian

ADDRESSES = 20  # of each IP version


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Sent]:
    for kind in KINDS:
        debian.need(kind.package)
    path: Path = tmp_path_factory.mktemp("walks") / "walks.toml"
    try:
        path.write_text(network.run("walks", ADDRESSES))
    except Absent as reason:
        debian.need_root("may make a network namespace on this system")
        debian.do_without(str(reason))
    return walks.kept(path)


def test_every_resolver_is_recorded_with_all_its_lookups(recorded: list[Sent]) -> None:
    assert [(one.resolver, one.version) for one in recorded] == [
        (kind.name, version) for kind in KINDS for version in (4, 6)
    ]
    assert {one.walks.total() for one in recorded} == {ADDRESSES}


def test_who_minimises_sends_partial_names_and_who_forwards_none(recorded: list[Sent]) -> None:
    for one in recorded:
        minimises = next(kind.minimises for kind in KINDS if kind.name == one.resolver)
        assert (0.4 < one.share < 0.9) if minimises else one.share == 0, one


def test_the_kept_packets_are_those_of_the_resolvers_here(recorded: list[Sent]) -> None:
    """Their form is a matter of the resolver's version: on a newer Debian, `python -m benchmarks walks` records it."""
    kept = [dataclasses.replace(one, walks=None) for one in walks.kept()]  # type: ignore[arg-type]

    assert [dataclasses.replace(one, walks=None) for one in recorded] == kept  # type: ignore[arg-type]
