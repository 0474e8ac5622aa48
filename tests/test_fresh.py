"""What `make fresh` reads from README, and that it refuses before it makes anything."""

from __future__ import annotations

import pytest

from tests import fresh
from tests.conftest import ROOT
from tests.fresh import FIVE, TWO, Failed, Readme

README = Readme((ROOT / "README.md").read_text())


def test_readme_names_the_packages_and_the_two_commands() -> None:
    assert README.commands(TWO) == [
        "apt-get install git make python3-venv",
        "apt-get install gcc python3-dev",
        "make run",
        "make test",
    ]


def test_readme_names_what_to_type_for_an_answer_by_dns() -> None:
    assert README.one(FIVE, "dig ").endswith(" 2.0.0.127.CODE.r.rep.example")
    assert (README.gatepost(), README.package_of_dig()) == (".venv/bin/python app.py", "dnsutils")


def test_a_readme_without_a_command_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(Failed, match="has no commands under ## Two commands"):
        Readme("# Gatepost\n\n## Two commands\n\nNone.\n").commands(TWO)
    with pytest.raises(Failed, match="has 0 commands that begin with make run"):
        Readme("## Two commands\n\n    make test\n").one(TWO, "make run")


def test_only_root_may_make_a_root_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.argv", ["fresh"])

    with pytest.raises(SystemExit, match="sudo make fresh"):
        fresh.main()
