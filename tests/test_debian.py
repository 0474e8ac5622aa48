"""What becomes of a test whose Debian package is missing."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests import debian
from tests.conftest import ROOT
from tests.debian import Package

NOWHERE = Package("nowhere", "usr/bin/nowhere-to-be-found")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(debian.PACKAGES, "nowhere", NOWHERE)


def test_a_test_without_its_package_is_skipped_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"nowhere is missing: run `python -m tests.debian` as root"):
        debian.need("nowhere")


def test_in_ci_a_test_without_its_package_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="nowhere is missing"):
        debian.need("nowhere")


def test_a_package_that_cannot_be_brought_is_told_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("os.geteuid", lambda: 0)

    assert debian.bring(NOWHERE) == "cannot: there is no apt-get here: bring nowhere by the means of this system"


def test_only_root_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert "only root may install it" in debian.bring(NOWHERE)


def test_an_ordinary_user_is_spared_in_ci_too_what_root_alone_may_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    with pytest.raises(pytest.skip.Exception, match="only root may do it: run the tests as root"):
        debian.need_root("may do it")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    debian.need_root("may do it")


def test_ci_says_so_to_the_tests_and_runs_them_as_everybody_does(tmp_path: Path) -> None:
    """What CI calls is run, with a `make` that only tells how it was called."""
    (tmp_path / "make").write_text('#!/bin/sh\necho "CI=$CI make $*"\n')
    (tmp_path / "make").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run([ROOT / ".ci" / "run"], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == "CI=true make test\n"


# Where a test is skipped by pytest itself, and so in CI too: of none is the reason a package that is missing.
SKIPS = {
    "tests/debian.py": "it is the place that fails in CI, and what only root may do",
    "tests/dnsd/test_fastpath.py": "of the interpreted modules alone",
    "tests/dnsd/test_loop.py": "of the compiled modules alone, beside a run of the interpreted ones",
    "tests/dnsd/test_runs.py": "of modules that check their indexes, which have a run of their own",
    "tests/dnsd/test_sched_slice.py": "of newer kernels, and of processors that are known",
    "tests/dnsd/test_sockets.py": "of root alone",
    "tests/reputation/counting/test_connections.py": "of SQLite alone",
    "tests/reputation/insight/test_shared_volumes.py": "of SQLite alone",
    "tests/reputation/intake/fetch/test_files.py": "of an ordinary user alone",
    "tests/reputation/intake/lists.py": "published lists are not ours to keep here",
    "tests/reputation/test_publisher_memory.py": "of glibc alone",
    "tests/reputation/verdict/test_column_file.py": "of root alone",
    "tests/stories/test_restart.py": "of root alone",
    "tests/stories/test_surroundings.py": "of root alone, who can become somebody else",
    "tests/stories/test_without_the_database.py": "of root alone, who can become somebody else",
    "tests/stories/test_from_a_list_to_an_answer.py": "published lists are not ours to keep here",
}


def test_no_other_skip_hides_what_is_missing_from_ci() -> None:
    direct = re.compile(r"pytest\.(skip\(|importorskip|mark\.(skip|xfail))")
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]

    found = {str(path.relative_to(ROOT)) for path in tests if direct.search(path.read_text())}
    assert found == set(SKIPS), "use `need` or `do_without` of tests/debian.py, or say here what it is of"
