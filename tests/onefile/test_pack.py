"""The packing: the same folder makes the same file, and what is in the folder is what comes out."""

from __future__ import annotations

import os
from pathlib import Path

from onefile import pack
from tests.onefile import packed


def tree(folder: Path) -> dict[str, object]:
    """What lies in a folder: of each name its content, its target, or None for a folder."""
    return {
        path.relative_to(folder).as_posix(): os.readlink(path)
        if path.is_symlink()
        else None
        if path.is_dir()
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.name != ".seal"
    }


def unpacked(file: Path, cache: Path) -> Path:
    done = packed.run(file, GATEPOST_CACHE=str(cache), GATEPOST_UNPACK_ONLY="1")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def test_what_was_packed_is_unpacked(launcher: bytes, tmp_path: Path) -> None:
    frozen = packed.frozen(tmp_path / "frozen", parts=3)
    (frozen / "_internal" / "a name with blanks, and ü.txt").write_text("text")
    file = packed.one_file(launcher, frozen, tmp_path / "file")

    folder = unpacked(file, tmp_path / "cache")

    assert tree(folder) == tree(frozen)
    assert (folder / "gatepost").stat().st_mode & 0o7777 == 0o700
    assert (folder / "_internal" / "part.txt").stat().st_mode & 0o7777 == 0o600
    assert (folder / "_internal").stat().st_mode & 0o7777 == 0o700


def test_the_same_folder_makes_the_same_file_whenever_it_is_packed(launcher: bytes, tmp_path: Path) -> None:
    first, second = packed.frozen(tmp_path / "first"), packed.frozen(tmp_path / "second")
    os.utime(second / "gatepost", (1, 1))

    pack.write(launcher, first, tmp_path / "one")
    pack.write(launcher, second, tmp_path / "two")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_any_other_content_has_a_folder_of_another_name(launcher: bytes, tmp_path: Path) -> None:
    first, second = packed.frozen(tmp_path / "first"), packed.frozen(tmp_path / "second")
    (second / "_internal" / "part.txt").write_text("one Part\n")
    files = [packed.one_file(launcher, folder, tmp_path / f"{folder.name}-file") for folder in (first, second)]

    names = [unpacked(file, tmp_path / file.name[:3]).name for file in files]

    assert names[0] != names[1] and all(name.startswith("gatepost-") for name in names)


def test_a_file_that_runs_may_be_packed_anew(launcher: bytes, tmp_path: Path) -> None:
    frozen, file = packed.frozen(tmp_path / "frozen"), tmp_path / "dist" / "gatepost"
    pack.main(str(frozen), str(file))
    with file.open("rb") as running:
        pack.main(str(frozen), str(file))
        assert running.read() == file.read_bytes()

    assert [path.name for path in file.parent.iterdir()] == ["gatepost"]
    assert packed.run(file, HOME=str(tmp_path)).stdout == packed.SAID
