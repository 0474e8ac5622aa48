"""A small one file: the real launcher, and a script in place of the program, which says how it was started."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

from onefile import pack
from tests.debian import do_without

SCRIPT = """#!/bin/sh
case "$1" in
  words) shift; for word in "$@"; do echo "$word"; done;;
  process) echo $$;;
  umask) umask;;
  kept) echo "$GATEPOST_UNPACKED";;
  streams) ls -l /proc/self/fd | sed -n 's/.* \\([0-2]\\) -> \\(.*\\)/\\1 \\2/p';;
  end) exit 7;;
  wait) echo ready; exec sleep 300;;
  *) cat "${0%/*}/_internal/part.txt" "${0%/*}/_internal/deep/er/part.txt";;
esac
"""
SAID = "one part\nanother part\n"


def frozen(folder: Path, parts: int = 0) -> Path:
    """A folder as PyInstaller makes it, small, with so many further files of 40 kB."""
    inner = folder / "_internal"
    (inner / "deep" / "er").mkdir(parents=True)
    (folder / "gatepost").write_text(SCRIPT)
    (folder / "gatepost").chmod(0o755)
    (inner / "part.txt").write_text("one part\n")
    (inner / "deep" / "er" / "part.txt").write_text("another part\n")
    (inner / "empty").write_bytes(b"")
    (inner / "link.txt").symlink_to("deep/er/part.txt")
    content = random.Random(1)
    for number in range(parts):
        (inner / f"library-{number}.so").write_bytes(content.randbytes(40_000))
    return folder


def launcher() -> bytes:
    """The launcher, compiled from its source."""
    try:
        return pack.compiled_launcher()
    except SystemExit as without:
        do_without(str(without))


def one_file(launcher: bytes, folder: Path, file: Path, loader: str = pack.ANY, glibc: str = pack.ANY) -> Path:
    """Pack the folder into a file that can be started."""
    pack.write(launcher, folder, file, loader, glibc)
    file.chmod(0o755)
    return file


def environment(**variables: str) -> dict[str, str]:
    """Nothing of this machine's, so that no place is found but those that a test names."""
    return {"PATH": os.environ["PATH"], **variables}


def run(file: Path, *words: str, before: Sequence[str] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """Start it and wait for its end."""
    return subprocess.run(
        [*before, str(file), *words], env=environment(**variables), capture_output=True, text=True, timeout=120
    )


def place_of(file: Path, name: str) -> tuple[int, int]:
    """Where the packed content of a name lies in a one file, and how many octets it has."""
    content = file.read_bytes()
    _, start, size, _ = content[-62:].split()
    for line in content[int(start, 16) :][: int(size, 16)].decode().splitlines()[1:]:
        *numbers, found = line.split(" ", 6)
        if found == name:
            return int(numbers[4]), int(numbers[3])
    raise AssertionError(f"{name} is not in the table")
