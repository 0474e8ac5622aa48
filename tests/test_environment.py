"""`environment.sh`: which Python it takes, when it makes .venv anew, and what it says when it cannot.

The Pythons are a script of ours that pretends to a version, makes a small .venv, and writes down what it was asked for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT
from tests.debian import do_without

NAMES = ("python3.13", "python3.12", "python3.11", "python3")
FAKE = """
import os, pathlib, shutil, sys
version, flaw, real, me, asked = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
if flaw == "shim":
    sys.exit("the shim knows no such Python")
sys.version_info = tuple(map(int, version.split(".")))
if asked[0] == "-c":
    if flaw == "bare":
        sys.modules["ensurepip"] = None
    exec(asked[1])
    sys.exit()
with open("asked.log", "a") as log:
    print(version, *asked, file=log)
if asked[:2] == ["-m", "venv"]:
    place = pathlib.Path(asked[-1])
    shutil.rmtree(place, ignore_errors=True)
    (place / "lib" / f"python{version}" / "site-packages" / "pip").mkdir(parents=True)
    (place / "bin").mkdir()
    shutil.copy(me, place / "bin" / "python")
    (place / "bin" / "pip").write_text(f"#!{place}/bin/python{version}\\n")
elif asked[:2] == ["-m", "pip"] and flaw != "":
    sys.exit(flaw) if flaw != "unreachable" else os.execv(real, [real, *asked])
"""


class Ran(NamedTuple):
    """What a call printed, its exit code, and what the Pythons were asked for in it."""

    code: int
    out: str
    asked: list[str]


class Place:
    """A checkout with nothing but what makes an environment, on a machine that has the Pythons that a test gives it."""

    def __init__(self, root: Path) -> None:
        self.root, self.programs = root / "checkout", root / "bin"
        for folder in (self.root, self.programs):
            folder.mkdir()
        (root / "fake.py").write_text(FAKE)
        for name in ("environment.sh", "Makefile"):
            shutil.copy(ROOT / name, self.root)
        for name in ("requirements.lock", "requirements-dev.lock"):
            (self.root / name).write_text(f"gatepost-of-{name}==1 --hash=sha256:{'0' * 64}\n")
        for name in NAMES:
            self.has(name, "3.0", "shim")

    def has(self, name: str, version: str = "", flaw: str = "", place: Path | None = None) -> Path:
        """Put a Python here under a name."""
        file = (place or self.programs) / name
        words = (
            sys.executable,
            "-I",
            "-S",
            self.programs.parent / "fake.py",
            version or name[6:],
            flaw,
            sys.executable,
        )
        file.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in words) + ' "$0" "$@"\n')
        file.chmod(0o755)
        return file

    def run(self, *words: str, **variables: str) -> Ran:
        """Call it as `make` does, or the words given."""
        log = self.root / "asked.log"
        log.unlink(missing_ok=True)
        environment = {"PATH": f"{self.programs}:{os.defpath}", "HOME": str(self.root), "LC_ALL": "C", **variables}
        done = subprocess.run(
            words or ("sh", "environment.sh", "requirements.lock"), cwd=self.root, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, log.read_text().splitlines() if log.exists() else [])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def made_by(ran: Ran) -> list[str]:
    """The versions of the Pythons that made an environment."""
    return [line.split()[0] for line in ran.asked if " -m venv --clear " in line]


def installed(ran: Ran) -> list[str]:
    """The lock files that were installed."""
    return [line.split()[-1] for line in ran.asked if " -m pip install " in line]


def test_the_newest_python_that_runs_is_taken_and_not_a_shim(place: Place) -> None:
    place.has("python3.12")
    place.has("python3.11")
    place.has("python3", "3.11")

    ran = place.run()

    assert (ran.code, made_by(ran), installed(ran)) == (0, ["3.12"], ["requirements.lock"])


def test_one_that_cannot_make_an_environment_is_passed_over(place: Place) -> None:
    place.has("python3.13", flaw="bare")
    place.has("python3.11")

    assert made_by(place.run()) == ["3.11"]


def test_a_second_call_does_nothing_and_a_new_lock_is_installed_into_the_same(place: Place) -> None:
    place.has("python3.11")
    place.run()

    assert place.run() == Ran(0, "", [])

    (place.root / "requirements.lock").write_text("another==1\n")
    ran = place.run()
    assert (made_by(ran), installed(ran)) == ([], ["requirements.lock"])


def test_a_newer_python_that_appears_does_not_take_a_working_environment_away(place: Place) -> None:
    place.has("python3.11")
    place.run()
    newer = place.has("python3.13")

    assert place.run() == Ran(0, "", [])

    ran = place.run(PYTHON=str(newer))
    assert made_by(ran) == ["3.13"] and "its Python is 3.11, and 3.13 is asked for" in ran.out


def test_an_environment_whose_python_is_gone_is_made_anew(place: Place) -> None:
    place.has("python3.11")
    place.run()
    (place.root / ".venv" / "bin" / "python").unlink()

    ran = place.run()

    assert (ran.code, made_by(ran), installed(ran)) == (0, ["3.11"], ["requirements.lock"])
    assert "Making .venv anew: its Python is gone" in ran.out


def test_an_environment_whose_python_has_become_another_is_made_anew(place: Place) -> None:
    place.has("python3", "3.11")
    place.run()
    place.has("python3", "3.13")
    place.has("python", "3.13", place=place.root / ".venv" / "bin")

    ran = place.run()

    assert (made_by(ran), installed(ran)) == (["3.13"], ["requirements.lock"])
    assert "its Python has become 3.13" in ran.out


def test_an_environment_that_was_moved_is_made_anew(place: Place) -> None:
    place.has("python3.11")
    place.run()
    place.root = place.root.rename(place.root.parent / "moved to here")

    ran = place.run()

    assert made_by(ran) == ["3.11"] and "it was made at another path" in ran.out
    assert place.run() == Ran(0, "", [])


def test_an_environment_of_too_old_a_python_is_made_anew(place: Place) -> None:
    place.has("python3.11")
    (place.root / ".venv" / "bin").mkdir(parents=True)
    place.has("python", "3.9", place=place.root / ".venv" / "bin")

    ran = place.run()

    assert made_by(ran) == ["3.11"] and "its Python is 3.9, and Gatepost needs 3.11 or newer" in ran.out


@pytest.mark.parametrize(
    ("version", "flaw", "says"),
    [
        ("3.9", "", "Gatepost needs Python 3.11 or newer, and python3 is Python 3.9."),
        ("3.13", "bare", "which is Python 3.13, cannot make an environment. On Debian: apt-get install python3-venv"),
        ("3.13", "shim", "There is no Python here. On Debian: apt-get install python3-venv"),
    ],
)
def test_without_a_python_that_will_do_it_says_what_to_install(
    place: Place, version: str, flaw: str, says: str
) -> None:
    place.has("python3", version, flaw)

    ran = place.run()

    assert ran.code == 1 and says in ran.out and len(ran.out.splitlines()) == 1
    assert not (place.root / ".venv").exists()


def test_a_python_that_is_asked_for_and_does_not_run_is_named(place: Place) -> None:
    place.has("python3.11")

    ran = place.run(PYTHON="/nowhere/python3.12")

    assert ran.code == 1 and ran.out.startswith("/nowhere/python3.12 does not run.")


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a web server that refuses everything."""
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(403)

    do_CONNECT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize("way", ["PIP_INDEX_URL", "PIP_PROXY", "nowhere"])
def test_an_index_out_of_reach_or_a_proxy_that_refuses_is_one_sentence(place: Place, refusing: str, way: str) -> None:
    place.has("python3.11", flaw="unreachable")
    ways = {"PIP_INDEX_URL": refusing} if way == "PIP_INDEX_URL" else {"PIP_INDEX_URL": "https://127.0.0.1:9/simple"}
    if way == "PIP_PROXY":
        ways["PIP_PROXY"] = refusing

    ran = place.run(PIP_CONFIG_FILE=os.devnull, PIP_RETRIES="1", **ways)

    assert ran.code == 1 and installed(ran) == ["requirements.lock"]
    assert "pip got nothing from its package index" in ran.out and "HTTPS_PROXY=" in ran.out
    assert ("Connection refused" in ran.out, "403 Forbidden" in ran.out) == (way == "nowhere", way == "PIP_PROXY")
    assert len(ran.out.splitlines()) == 2  # what it does, and the sentence


def test_what_failed_to_be_installed_is_tried_again(place: Place) -> None:
    place.has("python3.11", flaw="ERROR: one bad moment")
    place.run()

    assert installed(place.run()) == ["requirements.lock"]


def test_what_else_pip_cannot_do_is_shown_in_its_own_words(place: Place) -> None:
    place.has("python3.11", flaw="ERROR: No space left on device")

    ran = place.run()

    assert ran.code == 1 and "No space left on device" in ran.out and ".venv/pip.log" in ran.out


def test_make_run_installs_what_running_needs_and_make_setup_the_rest(place: Place) -> None:
    if not shutil.which("make"):
        do_without("there is no make: apt-get install make")
    place.has("python3.11")

    ran = place.run("make", "run")
    assert (ran.code, installed(ran)) == (0, ["requirements.lock"]), ran.out
    assert ran.asked[-1] == "3.11 app.py serve" and "3.11 setup.py --quiet build_ext" in ran.asked[-2]

    assert installed(place.run("make", "setup")) == ["requirements-dev.lock"]


def test_the_makefile_calls_no_script_whose_path_may_be_an_old_one() -> None:
    makefile = (ROOT / "Makefile").read_text()

    assert makefile.count("$(VENV)/bin/") == makefile.count("$(VENV)/bin/python\n") == 1
    assert ".venv/bin" not in makefile
