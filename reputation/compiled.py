"""Chooses between the compiled modules of the hot path and the same files interpreted. It imports no other room.

`setup.py` compiles into build/compiled, for each Python into a folder of its own; a package that has compiled modules
looks there first. They are not used where GATEPOST_INTERPRETED is set, and where they are older than the source.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = (
    "reputation.verdict.steps",
    "reputation.verdict.origins",
    "reputation.verdict.organization_steps",
    "reputation.verdict.rules",
    "reputation.verdict.snapshot",
    "reputation.verdict.decision",
    "reputation.verdict.live",
    "reputation.verdict.tally",
    "dnsd.rate_limit",
    "dnsd.writing",
    "dnsd.questions",
    "dnsd.texts",
    "dnsd.walk",
    "dnsd.fastpath",
    "dnsd.loop",
)
DECLARATIONS = ("reputation/verdict/atomics.pxd", "dnsd/netio.pxd", "setup.py")
STAMP = "sources.sha256"
SUFFIX = EXTENSION_SUFFIXES[0]  # of a compiled module, as in ".cpython-311-x86_64-linux-gnu.so"
ABI = SUFFIX.split(".")[1]  # which Python, on which machine: one cannot load what was compiled for another


def folder() -> Path:
    """Return the folder of the modules compiled for this Python, in build/compiled or what GATEPOST_COMPILED names."""
    return Path(os.environ.get("GATEPOST_COMPILED") or ROOT / "build" / "compiled") / ABI


def digest() -> str:
    """Return the SHA-256 of the sources, which the stamp beside the compiled modules is compared with."""
    names = [module.replace(".", "/") + ending for module in MODULES for ending in (".py", ".pxd")]
    found = hashlib.sha256()
    for name in sorted([*names, *DECLARATIONS]):
        file = ROOT / name
        found.update(file.read_bytes() if file.exists() else b"")
    return found.hexdigest()


def use_compiled(path: list[str], package: str) -> None:
    """Make a package look for its modules among the compiled ones first.

    An executable has them in place already.
    """
    if not getattr(sys, "frozen", False) and usable():
        path.insert(0, str(folder() / package.replace(".", "/")))


@functools.cache
def usable() -> bool:
    """Tell whether compiled modules of the present source exist, and nobody asked for the interpreted ones."""
    stamp = folder() / STAMP
    if os.environ.get("GATEPOST_INTERPRETED") or not stamp.exists():
        return False
    if stamp.read_text().strip() != digest():
        print(
            "gatepost: the compiled modules are older than the source and are left alone: `make setup`", file=sys.stderr
        )
        return False
    return True


def will_be_compiled() -> bool:
    """Tell whether the hot path will run compiled, before any of its modules is imported."""
    return bool(getattr(sys, "frozen", False)) or usable()


def is_compiled() -> bool:
    """Tell whether the hot path runs compiled in this process."""
    decision = sys.modules.get("reputation.verdict.decision")
    return decision is not None and not str(decision.__file__).endswith(".py")
