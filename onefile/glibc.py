"""Which C library the frozen program needs: the highest version of glibc's symbols that any of its binaries asks for.

A system runs what was linked against its own glibc or an older one. The bound is a promise, so it is checked at each
build, and the executable says it (`gatepost --version`).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

NEWEST = (2, 36)  # that an executable may need: Debian 12
PROMISE = "GATEPOST_GLIBC"  # another bound, such as 2.31, for a build on an older system
VERSION = re.compile(r"\bName: GLIBC_(\d+(?:\.\d+)+)\b")


class Need(NamedTuple):
    """The version of glibc that a program needs, such as (2, 35), and the binaries that need just that one."""

    version: tuple[int, ...]
    binaries: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the version as people write it."""
        return ".".join(map(str, self.version))


def needed(binaries: Iterable[Path]) -> Need:
    """Return what these binaries need together; (0,) where none of them needs glibc. Other files may be among them."""
    highest: tuple[int, ...] = (0,)
    found: list[str] = []
    for binary in sorted(set(binaries)):
        version = needed_by(binary)
        if version > highest:
            highest, found = version, []
        if version == highest and version > (0,):
            found.append(binary.name)
    return Need(highest, tuple(found))


def needed_by(binary: Path) -> tuple[int, ...]:
    """Return the highest version that one binary asks for, (0,) where it is no binary or needs none."""
    with binary.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            return (0,)
    told = subprocess.run(
        ["readelf", "--version-info", "--wide", binary],
        capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C"},
    ).stdout  # fmt: skip
    # What a library defines itself has other lines; only what it needs of others is looked at.
    needs = told.partition("Version needs section")[2]
    return max((tuple(map(int, version.split("."))) for version in VERSION.findall(needs)), default=(0,))


def promised(environment: Mapping[str, str]) -> tuple[int, ...]:
    """Return the bound of this build. Raise ValueError for one that is no version."""
    return tuple(map(int, environment[PROMISE].split("."))) if environment.get(PROMISE) else NEWEST


def refusal(need: Need, newest: tuple[int, ...] = NEWEST) -> str:
    """Say why a program that needs this may not be built; "" where it may."""
    if need.version <= newest:
        return ""
    bound = ".".join(map(str, newest))
    return (
        f"The executable would need glibc {need.text}, and is promised to run with {bound} (onefile/glibc.py): "
        f"{', '.join(need.binaries)}. Build it on an older system, or say that the promise has changed."
    )


def loader_of(program: Path) -> str:
    """Return the file of glibc that loads a program, such as /lib64/ld-linux-x86-64.so.2; "-" where it names none."""
    told = subprocess.run(
        ["readelf", "--program-headers", "--wide", program],
        capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"},
    ).stdout  # fmt: skip
    named = re.search(r"Requesting program interpreter: ([^\]]+)\]", told)
    return named[1] if named else "-"
