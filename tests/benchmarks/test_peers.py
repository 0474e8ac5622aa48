"""The rbldnsd that somebody names, measured beside Debian's."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.peers import Absent
from benchmarks.results import NEWER
from benchmarks.servers.rbldnsd import Rbldnsd


def test_an_rbldnsd_that_is_named_runs_with_the_same_sets_under_a_name_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(peers.VARIABLE, "/bin/true")

    server = Rbldnsd(tmp_path, "code.r.rep.example", (Path("four"), Path("six")), program=peers.newer_rbldnsd())

    assert server.name == NEWER
    assert Path(server.command()[0]) == Path("/bin/true").resolve()
    assert server.command()[-2:] == ["code.r.rep.example:ip4trie:four", "code.r.rep.example:ip6trie:six"]


@pytest.mark.parametrize("named", ["", "/nowhere/rbldnsd", "a file", "."])
def test_where_no_program_is_named_the_table_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").touch(0o644)
    monkeypatch.setenv(peers.VARIABLE, named)

    with pytest.raises(Absent, match=r"GATEPOST_BENCH_RBLDNSD.* no program"):
        peers.newer_rbldnsd()
