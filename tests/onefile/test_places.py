"""Folders that cannot be used: one sentence says which were tried, what is wrong with each, and what to set."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.debian import need_root
from tests.onefile.packed import SAID, environment, run

NOBODY = 65534
BEGIN = "gatepost: this executable finds no folder to unpack itself into: it needs "
END = ". Set GATEPOST_CACHE to the path of such a folder.\n"
NOEXEC = "no program may run there (it is mounted noexec)"


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What was tried, of a start that found no place."""
    assert done.returncode == 1 and not done.stdout, (done.stdout, done.stderr)
    assert done.stderr.startswith(BEGIN) and done.stderr.endswith(END) and done.stderr.count("\n") == 1, done.stderr
    return done.stderr[len(BEGIN) : -len(END)].partition(" Tried ")[2]


def mounted(file: Path, place: Path, options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A start in a mount namespace of its own, with a tmpfs at the place. What is left in that is printed."""
    need_root("can mount a file system")
    words = f'mount -t tmpfs -o mode=700,{options} tmpfs {place} && "$0" && exit; code=$?; ls -A {place}; exit $code'
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", words, file], env=environment(**variables), capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [("noexec", NOEXEC), ("size=4m", "4 MB are free there"), ("ro", "Read-only file system")],
)
def test_a_folder_that_was_chosen_is_the_only_one_and_nothing_is_left_in_it(
    larger: Path, tmp_path: Path, options: str, sentence: str
) -> None:
    done = mounted(larger, tmp_path, options, GATEPOST_CACHE=str(tmp_path), HOME="/root")

    assert refused(done) == f"{tmp_path}: {sentence}"


def test_how_much_room_it_needs_is_in_the_sentence(larger: Path, tmp_path: Path) -> None:
    said = mounted(larger, tmp_path, "size=4m", GATEPOST_CACHE=str(tmp_path)).stderr

    assert said.startswith(f"{BEGIN}17 MB in one that is its user's alone and where programs may run. Tried ")


def test_a_disk_that_is_full_in_the_middle_keeps_nothing(larger: Path, tmp_path: Path) -> None:
    """The room is less than it seems: there are fewer inodes than files."""
    done = mounted(larger, tmp_path, "size=100m,nr_inodes=50", GATEPOST_CACHE=str(tmp_path))

    assert refused(done).endswith(".so: No space left on device")


def test_where_the_home_forbids_programs_the_next_place_is_taken(small: Path, tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()

    done = mounted(small, home, "noexec", HOME=str(home), TMPDIR=str(temporary))

    assert done.stdout == SAID, done.stderr
    assert list(temporary.glob("gatepost-*/gatepost-0.*"))


def test_all_that_was_tried_is_in_the_sentence(small: Path, tmp_path: Path) -> None:
    need_root("can mount a file system")
    copied = '(umask 077; mkdir /dev/shm/run) && cp "$0" /dev/shm/run/gatepost'
    noexec = "for at in /tmp /var/tmp; do mount -t tmpfs -o noexec tmpfs $at; done"
    words = f"mount -t tmpfs tmpfs /dev/shm && {copied} && {noexec}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"{words}; exec /dev/shm/run/gatepost", small],
        env=environment(HOME="/nonexistent", TMPDIR="relative", CACHE_DIRECTORY="/nowhere"),
        capture_output=True, text=True,
    )  # fmt: skip

    assert refused(done) == (
        "/nowhere: No such file or directory; /nonexistent/.cache/gatepost: No such file or directory; "
        "relative/gatepost-0: write it with all folders above it, from / on; "
        f"/var/tmp/gatepost-0: {NOEXEC}; /tmp/gatepost-0: {NOEXEC}"
    )
    assert not Path("/nonexistent").exists()


def test_a_relative_path_is_refused(small: Path) -> None:
    assert refused(run(small, GATEPOST_CACHE="cache")) == "cache: write it with all folders above it, from / on"


def test_a_folder_that_others_may_write_is_refused_wherever_it_is_on_the_way(small: Path, tmp_path: Path) -> None:
    above, cache = tmp_path / "above", tmp_path / "above" / "cache"
    cache.mkdir(parents=True)

    for mode in (0o777, 0o1777, 0o720):
        cache.chmod(mode)
        assert refused(run(small, GATEPOST_CACHE=str(cache))) == f"{cache}: others may write it (mode {mode:o})"
    cache.chmod(0o700)
    above.chmod(0o770)
    assert refused(run(small, GATEPOST_CACHE=str(cache))) == f"{cache}: others may write {above} (mode 770)"
    assert not list(cache.iterdir())
    above.chmod(0o1777)
    assert run(small, GATEPOST_CACHE=str(cache)).stdout == SAID, "in a sticky folder nobody moves what is another's"


def test_a_folder_of_another_user_is_refused_wherever_it_is_on_the_way(small: Path, tmp_path: Path) -> None:
    need_root("can give a folder to somebody else")
    above, cache = tmp_path / "above", tmp_path / "above" / "cache"
    cache.mkdir(parents=True)

    os.chown(cache, NOBODY, -1)
    said = refused(run(small, GATEPOST_CACHE=str(cache)))
    assert said == f"{cache}: it belongs to user {NOBODY}, and this program runs as user 0"
    os.chown(cache, 0, -1)
    os.chown(above, NOBODY, -1)
    assert refused(run(small, GATEPOST_CACHE=str(cache))) == f"{cache}: {above} belongs to user {NOBODY}"
    assert not list(cache.iterdir())


def test_a_program_that_another_user_has_put_there_is_not_run(small: Path, for_all: Path) -> None:
    """Who is root for a moment, with the home of a user, does not run what that user has unpacked."""
    need_root("can be two users")
    file, home, temporary = for_all / "gatepost", for_all / "home", for_all / "temporary"
    shutil.copy(small, file)
    home.mkdir()
    temporary.mkdir()
    os.chown(home, NOBODY, -1)
    as_user = subprocess.run([file], user=NOBODY, env=environment(HOME=str(home)), capture_output=True, text=True)
    assert as_user.stdout == SAID, as_user.stderr
    (planted,) = home.glob(".cache/gatepost/gatepost-*/gatepost")
    planted.write_text("#!/bin/sh\necho planted\n")

    assert run(file, HOME=str(home), TMPDIR=str(temporary)).stdout == SAID


def test_a_link_to_a_folder_of_ones_own_is_followed(small: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "disk")

    assert run(small, GATEPOST_CACHE=str(tmp_path / "cache")).stdout == SAID
    assert list((tmp_path / "disk").glob("gatepost-*"))


def test_a_folder_that_another_start_holds_for_ever_is_waited_for(small: Path, tmp_path: Path) -> None:
    """One that is stopped in the middle: the others wait, and go on when it has ended."""
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    waiting = subprocess.Popen(
        [small], env=environment(GATEPOST_CACHE=str(tmp_path)), stdout=subprocess.PIPE, text=True
    )
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(0.3)
    os.close(held)
    assert waiting.communicate(timeout=60)[0] == SAID
