"""The executable over the years: its folder is emptied, its file replaced, it is killed, and it goes on."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.debian import do_without
from tests.stories.program import EXECUTABLE, Browser, Program, children, clean_environment, wait_until

EMAIL, PASSWORD = "olga@acme.example", "a quiet sentence works"
# What anybody can see; each is read from the folder, if not for the first time.
PUBLIC = ("/login", "/lookup", "/criteria", "/static/portal.css", "/static/vendor/htmx/htmx.min.js")
WRONG = ("Something went wrong here", "There is no such page", "Not ready yet")
START_SECONDS = 1.5  # of the processor, for a start that unpacks nothing
BACK = "Files had been removed from the unpacked program, and are there again"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir(mode=0o700)
    return tmp_path / "cache"


@pytest.fixture
def one_file(tmp_path: Path) -> Iterator[Program]:
    """An installation of a copy of the executable; a test may replace it."""
    if not Path(EXECUTABLE[0]).exists():
        do_without("dist/gatepost is not built: `make build` makes it")
    copy = tmp_path / "gatepost"
    shutil.copy(EXECUTABLE[0], copy)
    made = Program((str(copy),), tmp_path / "data")
    yield made
    made.stop()


def unpacked(cache: Path) -> Path:
    (found,) = cache.glob("gatepost-*")
    return found


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


def wait_for_files(folder: Path, whole: set[Path]) -> None:
    wait_until(lambda: files(folder) == whole, 60, "all files are there again")


def failed(browser: Browser, pages: tuple[str, ...] = PUBLIC) -> list[str]:
    return [page for page in pages if any(words in browser.get(page) for words in WRONG)]


def operator(program: Program, cache: Path) -> None:
    """Let there be somebody who may see every screen."""
    where = {"GATEPOST_CACHE": str(cache)}
    assert program.command("organization", "add", "Acme", **where).code == 0
    added = program.command(
        "user", "add", EMAIL, "--organization", "Acme", "--role", "operator", "--password-stdin",
        stdin=PASSWORD, **where,
    )  # fmt: skip
    assert added.code == 0, added.err


def failed_screens(browser: Browser) -> list[str]:
    """Go through every screen to which the menu leads, each for the first time, and say which do not work."""
    browser.submit("/login", email=EMAIL, password=PASSWORD)
    seen, ahead, wrong = {"/logout"}, ["/", "/help/general", "/help/feeds", "/help/evidence"], []
    while ahead:
        page = ahead.pop()
        seen.add(page)
        text = browser.get(page)
        wrong += [page] if any(words in text for words in WRONG) else []
        ahead += sorted({*re.findall(r'href="(/[a-z/-]*)"', text)} - seen - {*ahead})
    assert len(seen) > 30, seen
    return wrong


def test_a_removed_folder_comes_back_below_the_program_that_runs(one_file: Program, cache: Path) -> None:
    operator(one_file, cache)
    one_file.start(GATEPOST_CACHE=str(cache))
    folder = unpacked(cache)
    whole = files(folder)

    shutil.rmtree(folder, ignore_errors=True)
    wait_for_files(folder, whole)
    wait_until(lambda: BACK in one_file.log.read_text(), 30, "it is told")

    browser = Browser(one_file.portal)
    assert failed(browser) == []
    assert failed_screens(browser) == []
    assert "Traceback" not in one_file.log.read_text()
    assert one_file.command("check", "192.0.2.1", "--organization", "Acme", GATEPOST_CACHE=str(cache)).code == 0
    assert one_file.stop() == 0
    assert files(folder) == whole, "one folder, and nothing beside it"


def test_a_file_at_a_time_as_cleaners_of_old_files_take_them(one_file: Program, cache: Path) -> None:
    one_file.start(GATEPOST_CACHE=str(cache))
    whole = files(unpacked(cache))

    for path in whole:
        path.unlink(missing_ok=True)
    wait_for_files(unpacked(cache), whole)

    assert failed(Browser(one_file.portal)) == []


def test_pages_that_were_shown_are_shown_while_files_come_back(one_file: Program, cache: Path) -> None:
    one_file.start(GATEPOST_CACHE=str(cache))
    browser, ended = Browser(one_file.portal), threading.Event()
    shown = ("/login", "/lookup", "/criteria")
    assert failed(browser, shown) == []
    wrong: list[str] = []

    def look() -> None:
        while not ended.wait(0.05):
            wrong.extend(failed(browser, shown[:1]))

    thread = threading.Thread(target=look)
    thread.start()
    whole = files(unpacked(cache))
    shutil.rmtree(unpacked(cache) / "_internal" / "templates", ignore_errors=True)
    wait_for_files(unpacked(cache), whole)
    ended.set()
    thread.join()

    assert not wrong


def test_where_the_files_cannot_come_back_it_is_a_fault_that_is_told(one_file: Program, cache: Path) -> None:
    one_file.start(GATEPOST_CACHE=str(cache))

    cache.chmod(0o777)
    shutil.rmtree(unpacked(cache) / "_internal" / "templates", ignore_errors=True)

    told = "cannot be written again; restart Gatepost: gatepost: this executable finds no folder"
    wait_until(lambda: told in one_file.log.read_text(), 30, "a sentence")
    assert f"{cache}: others may write it (mode 777)" in one_file.log.read_text()


def test_the_file_may_be_replaced_while_it_runs(one_file: Program, cache: Path, tmp_path: Path) -> None:
    """An upgrade: what the running program reads later is still its own."""
    operator(one_file, cache)
    one_file.start(GATEPOST_CACHE=str(cache))
    whole = files(unpacked(cache))
    (tmp_path / "new").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "new").chmod(0o755)

    (tmp_path / "new").replace(one_file.words[0])
    shutil.rmtree(unpacked(cache) / "_internal" / "static", ignore_errors=True)
    wait_for_files(unpacked(cache), whole)

    browser = Browser(one_file.portal)
    assert failed(browser) == []
    browser.submit("/login", email=EMAIL, password=PASSWORD)
    assert failed(browser, ("/", "/installation/system", "/policy", "/help/general", "/report/queries-per-day")) == []


def test_it_is_one_process_and_a_kill_leaves_nothing_but_what_the_next_start_uses(
    one_file: Program, cache: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    where = {"GATEPOST_CACHE": str(cache), "TMPDIR": str(temporary)}
    one_file.start(**where)
    assert children(one_file.pid) == []
    whole = files(unpacked(cache))

    one_file.stop(signal.SIGKILL)
    for moment in (0.05, 0.2, 0.5, 1.0):
        started = subprocess.Popen(
            [*one_file.words, "serve", "--data", one_file.data, "--dns", "127.0.0.1:0", "--portal", "127.0.0.1:0"],
            env={**clean_environment(), **where}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(moment)
        started.kill()
        started.wait()

    assert files(unpacked(cache)) == whole and not list(temporary.iterdir())


def test_a_later_start_takes_a_fraction_of_the_first(one_file: Program, cache: Path) -> None:
    one_file.command("organization", "list", GATEPOST_CACHE=str(cache))
    spent = []
    for _ in range(3):
        before = os.times()
        one_file.command("organization", "list", GATEPOST_CACHE=str(cache))
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)

    assert min(spent) < START_SECONDS, spent


def test_what_it_starts_finds_the_libraries_of_the_system(one_file: Program, cache: Path, tmp_path: Path) -> None:
    """Its own are others', and journalctl would not start with them."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "journalctl").write_text(
        f"#!/bin/sh\nenv > {tmp_path}/told\nmv {tmp_path}/told {tmp_path}/said\n"
    )
    (tmp_path / "bin" / "journalctl").chmod(0o755)
    one_file.start(
        GATEPOST_CACHE=str(cache), GATEPOST_MAIL_LOG="postfix:journal", PATH=f"{tmp_path}/bin:{os.environ['PATH']}",
        LD_LIBRARY_PATH="/srv/own",
    )  # fmt: skip

    wait_until((tmp_path / "said").exists, 60, "it asks the journal")

    said = dict(line.partition("=")[::2] for line in (tmp_path / "said").read_text().splitlines())
    assert said["LD_LIBRARY_PATH"] == "/srv/own"
    assert not [name for name in said if name.startswith("_PYI_") or name == "GATEPOST_UNPACKED"]
