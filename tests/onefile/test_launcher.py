"""The launcher: where it unpacks, that a later start unpacks nothing, and that nothing is left behind by a kill."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.debian import need, need_root
from tests.onefile import packed
from tests.onefile.packed import SAID, environment, one_file, run

NOBODY = 65534


def folder_of(base: Path) -> Path:
    """The one unpacked program below a base."""
    (found,) = base.iterdir()
    return found


def inodes(base: Path) -> dict[Path, tuple[int, int]]:
    """Of each file the inode, and when it was changed last."""
    found = {path: path.lstat() for path in base.rglob("*") if not path.is_dir()}
    return {path: (status.st_ino, status.st_ctime_ns) for path, status in found.items()}


@contextmanager
def running(file: Path, cache: Path) -> Iterator[subprocess.Popen[str]]:
    """The program as it runs."""
    started = subprocess.Popen(
        [file, "wait"], env=environment(GATEPOST_CACHE=str(cache)), stdout=subprocess.PIPE, text=True
    )
    try:
        assert started.stdout is not None and started.stdout.readline() == "ready\n"
        yield started
    finally:
        started.kill()
        started.communicate()


def test_a_later_start_unpacks_nothing(small: Path, tmp_path: Path) -> None:
    assert run(small, HOME=str(tmp_path)).stdout == SAID
    before = inodes(tmp_path)

    assert run(small, HOME=str(tmp_path)).stdout == SAID

    assert inodes(tmp_path) == before and len(before) == 6, "with the seal"
    assert folder_of(tmp_path / ".cache" / "gatepost").stat().st_mode & 0o7777 == 0o700


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        (("GATEPOST_CACHE", "CACHE_DIRECTORY", "XDG_CACHE_HOME", "HOME", "TMPDIR"), "gatepost_cache"),
        (("CACHE_DIRECTORY", "XDG_CACHE_HOME", "HOME", "TMPDIR"), "cache_directory"),
        (("XDG_CACHE_HOME", "HOME", "TMPDIR"), "xdg_cache_home/gatepost"),
        (("HOME", "TMPDIR"), "home/.cache/gatepost"),
        (("TMPDIR",), f"tmpdir/gatepost-{os.geteuid()}"),
    ],
)
def test_the_first_place_that_the_environment_names_is_taken(
    small: Path, tmp_path: Path, variables: tuple[str, ...], place: str
) -> None:
    for name in variables:
        (tmp_path / name.lower()).mkdir()

    done = run(small, **{name: str(tmp_path / name.lower()) for name in variables})

    assert done.stdout == SAID, done.stderr
    assert [path.parent for path in tmp_path.rglob("gatepost-0.*")] == [tmp_path / place]


def test_words_process_exit_code_and_mask_are_those_of_the_start(small: Path, tmp_path: Path) -> None:
    where = {"GATEPOST_CACHE": str(tmp_path / "cache")}

    assert run(small, "words", "a b", "", "--x", **where).stdout == "a b\n\n--x\n"
    assert run(small, "end", **where).returncode == 7
    assert run(small, "umask", before=("sh", "-c", 'umask 0027; exec "$0" "$@"'), **where).stdout == "0027\n"
    started = subprocess.Popen([small, "process"], env=environment(**where), stdout=subprocess.PIPE, text=True)
    assert started.communicate()[0] == f"{started.pid}\n", "nothing stands between systemd and the program"


def test_closed_streams_stay_closed(small: Path, tmp_path: Path) -> None:
    """A folder under the number of a stream would be written to, or keep Python from starting."""
    for closed in ("0<&-", "0<&- 2>&-"):
        done = run(
            small, "streams", before=("sh", "-c", f'exec "$0" "$@" {closed}'), GATEPOST_CACHE=str(tmp_path / "cache")
        )
        assert "gatepost" not in done.stdout and str(tmp_path) not in done.stdout


def flipped(folder: Path) -> None:
    part = folder / "_internal" / "part.txt"
    part.write_bytes(b"onf part\n")


def replaced_by_a_link(folder: Path) -> None:
    (folder / "elsewhere.txt").write_text("planted\n")
    (folder / "_internal" / "part.txt").unlink()
    (folder / "_internal" / "part.txt").symlink_to(folder / "elsewhere.txt")


def replaced_by_a_folder(folder: Path) -> None:
    (folder / "_internal" / "part.txt").unlink()
    (folder / "_internal" / "part.txt").mkdir()
    (folder / "_internal" / "part.txt" / "full").write_text("")


def moved_away(folder: Path) -> None:
    (folder / "_internal" / "deep").rename(folder / "moved")
    (folder / "_internal" / "deep").symlink_to(folder / "moved")
    (folder / "moved" / "er" / "part.txt").write_text("planted\n")


def half_written(folder: Path) -> None:
    (folder / "_internal" / "part.txt").unlink()
    (folder / "_internal" / "part.txt.new").write_text("on")


@pytest.mark.parametrize(
    "damage",
    [
        flipped,
        replaced_by_a_link,
        replaced_by_a_folder,
        moved_away,
        half_written,
        lambda folder: (folder / "_internal" / "part.txt").write_bytes(b"one"),
        lambda folder: (folder / "_internal" / "part.txt").unlink(),
        lambda folder: (folder / "_internal" / "link.txt").unlink(),
        lambda folder: (folder / "_internal" / "part.txt").chmod(0o666),
        lambda folder: (folder / "gatepost").chmod(0o600),
        lambda folder: shutil.rmtree(folder / "_internal"),
        lambda folder: shutil.rmtree(folder),
        lambda folder: folder.chmod(0o777),
        lambda folder: (folder / ".seal").write_text("sealed\n"),
    ],
    ids=[
        "flipped", "a link", "a folder", "moved", "half", "truncated", "removed", "no link", "writable",
        "not executable", "no parts", "no folder", "open to others", "another seal",
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_written_anew(
    small: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    assert run(small, GATEPOST_CACHE=str(tmp_path)).stdout == SAID
    folder = folder_of(tmp_path)
    damage(folder)

    done = run(small, GATEPOST_CACHE=str(tmp_path))

    assert done.stdout == SAID and not done.stderr
    assert folder.stat().st_mode & 0o7777 == 0o700
    assert (folder / "_internal" / "part.txt").stat().st_mode & 0o7777 == 0o600
    assert not list(folder.rglob("*.new"))


def test_a_program_that_runs_keeps_the_file_that_it_has_open(small: Path, tmp_path: Path) -> None:
    assert run(small, GATEPOST_CACHE=str(tmp_path)).returncode == 0
    part = folder_of(tmp_path) / "_internal" / "part.txt"
    part.write_text("One part\n")

    with part.open() as opened:
        assert run(small, GATEPOST_CACHE=str(tmp_path)).stdout == SAID
        assert opened.read() == "One part\n", "it is not written into: it would be mapped"


def test_a_kill_at_any_moment_leaves_one_folder_which_the_next_start_completes(larger: Path, tmp_path: Path) -> None:
    cache, temporary = tmp_path / "cache", tmp_path / "temporary"
    temporary.mkdir()
    moments, partial = random.Random(), 0
    for _ in range(25):
        started = subprocess.Popen(
            [larger], env=environment(GATEPOST_CACHE=str(cache), TMPDIR=str(temporary)), stdout=subprocess.DEVNULL
        )
        time.sleep(moments.uniform(0, 0.15))
        started.send_signal(signal.SIGKILL)
        started.wait()
        partial += cache.exists() and any(cache.iterdir()) and not list(cache.glob("*/.seal"))
        if list(cache.glob("*/.seal")):
            shutil.rmtree(cache)
    assert partial, "some of them were unpacking"

    assert run(larger, GATEPOST_CACHE=str(cache), TMPDIR=str(temporary)).stdout == SAID

    assert len(list(folder_of(cache).rglob("library-*.so"))) == 400
    assert not list(cache.rglob("*.new")) and not list(temporary.iterdir())


def test_starts_at_the_same_time_unpack_it_once_and_all_run(larger: Path, tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [larger], env=environment(GATEPOST_CACHE=str(tmp_path / "cache")), stdout=subprocess.PIPE, text=True
        )
        for _ in range(8)
    ]

    assert [process.communicate(timeout=120)[0] for process in started] == [SAID] * 8
    assert len(list(folder_of(tmp_path / "cache").rglob("library-*.so"))) == 400


def test_what_other_versions_have_left_is_removed_unless_a_program_lives_in_it(small: Path, tmp_path: Path) -> None:
    abandoned, lived_in = (tmp_path / f"gatepost-0.0.{number}-{16 * f'{number}'}" for number in (1, 2))
    others = [tmp_path / name for name in ("notes", "gatepost-data", f"gatepost-{16 * 'a'}", f"gatepost-1-{16 * 'g'}")]
    for folder in (abandoned, lived_in, *others):
        (folder / "_internal").mkdir(parents=True)
        (folder / "_internal" / "part").write_text("")
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    (tmp_path / "gatepost-link").symlink_to(outside)
    held = os.open(lived_in, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    try:
        assert run(small, GATEPOST_CACHE=str(tmp_path)).stdout == SAID
        assert not abandoned.exists() and (lived_in / "_internal" / "part").exists()
        assert all((own / "_internal" / "part").exists() for own in others), "nobody else's files are touched"
        assert outside.exists()
    finally:
        os.close(held)

    assert run(small, GATEPOST_CACHE=str(tmp_path)).stdout == SAID
    assert not lived_in.exists()


def test_two_versions_that_run_do_not_take_away_each_other(small: Path, larger: Path, tmp_path: Path) -> None:
    with running(small, tmp_path), running(larger, tmp_path):
        assert len(list(tmp_path.iterdir())) == 2
        assert run(small, GATEPOST_CACHE=str(tmp_path)).stdout == SAID
        assert len(list(tmp_path.iterdir())) == 2
    assert run(small, GATEPOST_CACHE=str(tmp_path)).stdout == SAID
    assert len(list(tmp_path.iterdir())) == 1


def test_systemd_leaves_alone_the_folder_of_a_program_that_runs(small: Path, tmp_path: Path) -> None:
    need_root("cleans up as systemd does")
    root = need("systemd-standalone-tmpfiles")
    (tmp_path / "other" / "deep").mkdir(parents=True)
    (tmp_path / "other" / "deep" / "file").write_text("")
    rules = tmp_path.parent / "rules.conf"
    rules.write_text(f"e {tmp_path} - - - 0\n")

    def clean() -> None:
        subprocess.run([root / "usr/bin/systemd-tmpfiles", "--clean", rules], check=True)

    with running(small, tmp_path):
        folder = folder_of_two(tmp_path)
        before = inodes(folder)
        clean()
        assert inodes(folder) == before
        assert not (tmp_path / "other" / "deep" / "file").exists(), "all else is removed"
    clean()
    assert not list(folder.rglob("*.txt")), "nobody lives in it"
    assert run(small, GATEPOST_CACHE=str(tmp_path)).stdout == SAID


def folder_of_two(base: Path) -> Path:
    (found,) = base.glob("gatepost-*")
    return found


def test_the_program_is_told_what_it_holds(small: Path, tmp_path: Path) -> None:
    lock, file, base = run(small, "kept", GATEPOST_CACHE=str(tmp_path)).stdout.split()

    assert int(lock) > 2 and int(file) > 2 and base == str(tmp_path)


def test_a_damaged_file_says_so(small: Path, tmp_path: Path) -> None:
    content = small.read_bytes()
    for number, damaged in enumerate((content[:-1], content[:-100], content[:-200] + b"?" * 138 + content[-62:])):
        file = tmp_path / f"file-{number}"
        file.write_bytes(damaged)
        file.chmod(0o755)

        done = run(file, GATEPOST_CACHE=str(tmp_path / "cache"))

        assert done.returncode == 1 and done.stderr.startswith("gatepost: this executable cannot start: it is damaged")
        assert done.stderr.count("\n") == 1 and not (tmp_path / "cache").exists()


def test_damaged_contents_are_refused_and_not_run(small: Path, tmp_path: Path) -> None:
    content, (at, size) = bytearray(small.read_bytes()), packed.place_of(small, "_internal/part.txt")
    content[at + size // 2] ^= 0x10
    file = tmp_path / "file"
    file.write_bytes(content)
    file.chmod(0o755)

    done = run(file, GATEPOST_CACHE=str(tmp_path / "cache"))

    assert done.returncode == 1 and "it is damaged: copy it here once more" in done.stderr
    assert not list((tmp_path / "cache").iterdir()), "nothing is left behind"


def test_a_system_that_is_too_old_is_told_in_a_sentence(launcher: bytes, tmp_path: Path) -> None:
    frozen = packed.frozen(tmp_path / "frozen")
    new = one_file(launcher, frozen, tmp_path / "new", glibc="GLIBC_9.99")
    old = one_file(launcher, frozen, tmp_path / "old", glibc="GLIBC_2.4")

    assert run(old, GATEPOST_CACHE=str(tmp_path / "cache")).stdout == SAID
    said = run(new, GATEPOST_CACHE=str(tmp_path / "cache")).stderr
    assert "cannot start: it needs glibc 9.99 or newer, and this system's is older (" in said
    none = one_file(launcher, frozen, tmp_path / "none", loader="/lib/nowhere.so")
    said = run(none, GATEPOST_CACHE=str(tmp_path / "cache")).stderr
    assert "cannot start: it needs glibc, and this system has none (/lib/nowhere.so is missing)." in said


def test_the_launcher_needs_no_library_of_the_system(small: Path) -> None:
    told = subprocess.run(["readelf", "--program-headers", small], capture_output=True, text=True, check=True).stdout

    assert "INTERP" not in told and "LOAD" in told


def test_it_refuses_to_be_setuid(small: Path, for_all: Path) -> None:
    need_root("can make a program setuid")
    file = for_all / "gatepost"
    shutil.copy(small, file)
    file.chmod(0o4755)

    done = subprocess.run([file], user=NOBODY, env=environment(), capture_output=True, text=True)

    assert done.returncode == 1 and "it must not be setuid or setgid" in done.stderr
