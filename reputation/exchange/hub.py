"""Our files in a folder, for any web server, cache or CDN to hand on: the same as the portal serves."""

from __future__ import annotations

import os
from pathlib import Path

from reputation.exchange import choices, giving
from reputation.refusal import Refused

INTRODUCTION, HEAD, REVOCATION, ENDING = "introduction", "latest", "revocation", ".batch"


def documents() -> dict[str, str]:
    """Return the files that may change, by name; "" is one that is not there.

    That a key was revoked is said whether anything is given or not.
    """
    choice = choices.current()
    is_given = choice.gives and bool(choice.head)
    return {
        INTRODUCTION: choice.introduction if is_given else "",
        REVOCATION: choice.revocation,
        HEAD: choice.head if is_given else "",
    }


def export(folder: Path) -> int:
    """Make a folder hold all files, and none that is no longer there; return how many batches were written anew.

    The head comes last, so that it never names a batch that is not there. Where nothing is given any more, only the
    statement that a key was revoked is left. Raise Refused where nothing was given, or the folder cannot be written.
    """
    found = documents()
    numbers = giving.kept() if found[HEAD] else []
    if not any(found.values()) and not any((folder / name).exists() for name in found):
        raise Refused("Nothing is given yet: choose what with `exchange give`, and wait for the first turn.")
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o755)  # a web server reads it, as another user
        written = sum(_write_batch(folder, number) for number in numbers)
        for name, text in found.items():
            if text:
                _write(folder / name, text.encode())
            else:
                (folder / name).unlink(missing_ok=True)
        for path in folder.glob(f"*{ENDING}"):
            if path.stem.isdecimal() and int(path.stem) not in numbers:
                path.unlink()
    except OSError as error:
        raise Refused(f"{folder} cannot be written: {error.strerror}.") from None
    return written


def _write_batch(folder: Path, number: int) -> bool:
    path, content = folder / f"{number}{ENDING}", giving.batch(number)
    if content is None or (path.exists() and path.read_bytes() == content):
        return False
    _write(path, content)
    return True


def _write(path: Path, content: bytes) -> None:
    """Write beside, and rename when it is whole: whoever reads meanwhile has the file of before."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.chmod(0o644)
    os.replace(beside, path)
