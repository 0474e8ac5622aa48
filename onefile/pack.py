"""Packs a frozen program behind the launcher: `python -m onefile.pack FOLDER FILE`, where FOLDER is from PyInstaller.

The file is the launcher, the contents (each packed by zlib), a table of them as text, and a last line that says where
the table is; launcher/archive.c reads it. The same folder makes the same file.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from onefile.glibc import loader_of
from reputation.version import GLIBC, PROGRAM, VERSION

SOURCES = Path(__file__).parent / "launcher"
FLAGS = ("-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Wno-format-truncation", "-static", "-s")
BLOCK = 4096  # octets of the disk that a file takes at least
FOLDER, FILE, LINK = "d", "f", "l"
ANY = "-"  # system will do


class Entry(NamedTuple):
    """A line of the table: kind, rights, name below the folder, and content (a link's is its target)."""

    kind: str
    mode: int
    name: str
    content: bytes


def entries(folder: Path) -> Iterator[Entry]:
    """Go through a folder in the order of names; a folder comes before what lies in it."""
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).parts):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield Entry(LINK, 0o777, name, os.fsencode(os.readlink(path)))
        elif path.is_dir():
            yield Entry(FOLDER, 0o700, name, b"")
        else:
            yield Entry(FILE, 0o700 if name == PROGRAM else 0o600, name, path.read_bytes())


def write(launcher: bytes, folder: Path, file: Path, loader: str = ANY, glibc: str = ANY) -> None:
    """Write the one file. A system must have the file `loader` of glibc, and its glibc must know the symbol `glibc`."""
    lines: list[str] = []
    room, digest = BLOCK, hashlib.sha256()
    with file.open("wb") as packed:
        packed.write(launcher)
        for entry in entries(folder):
            content = zlib.compress(entry.content)
            crc = zlib.crc32(entry.content)
            numbers = f"{len(entry.content)} {len(content)} {packed.tell()} {crc:08x}"
            lines.append(f"{entry.kind} {entry.mode:o} {numbers} {entry.name}\n")
            packed.write(content)
            room += -(-len(entry.content) // BLOCK) * BLOCK or BLOCK
            digest.update(f"{entry.kind} {entry.mode:o} {len(entry.content)} {entry.name}\n".encode() + entry.content)
        head = f"{PROGRAM}-{VERSION}-{digest.hexdigest()[:16]} {loader} {glibc} {room} {len(lines)}\n"
        table, start = (head + "".join(lines)).encode(), packed.tell()
        packed.write(table)
        packed.write(f"\nGATEPOST-ONE-FILE {start:016x} {len(table):016x} {zlib.crc32(table):08x}\n".encode())


def compiled_launcher() -> bytes:
    """Compile the launcher. It is static: it has to run where the program cannot, and say why."""
    compiler = shlex.split(os.environ.get("CC") or "cc")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "launcher")
        words = [*compiler, *FLAGS, "-o", str(made), *map(str, sorted(SOURCES.glob("*.c"))), "-lz"]
        if not shutil.which(compiler[0]) or subprocess.run(words).returncode:
            sys.exit(
                "The launcher of the executable cannot be compiled: it needs a C compiler, and the C library and zlib "
                "to link statically. On Debian: apt-get install gcc libc6-dev zlib1g-dev"
            )
        return made.read_bytes()


def main(folder: str, file: str) -> None:
    """Pack the folder; the file takes its place when it is whole, also where the former one is running."""
    needs = next(Path(folder).rglob(GLIBC), None)
    beside = Path(f"{file}.new")
    beside.parent.mkdir(parents=True, exist_ok=True)
    needed = f"GLIBC_{needs.read_text().strip()}" if needs else ANY
    write(compiled_launcher(), Path(folder), beside, loader_of(Path(folder, PROGRAM)), needed)
    beside.chmod(beside.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    beside.replace(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
