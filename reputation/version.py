"""The version, in one place, and the systems that an executable runs on."""

from __future__ import annotations

import sys
from pathlib import Path

VERSION = "0.1.0"
PROGRAM = "gatepost"
GLIBC = "glibc"  # the file in the executable that names the oldest glibc it runs with, such as 2.35


def stated() -> str:
    """Return the version, and of an executable the oldest system that it runs on, as `--version` says them."""
    home = getattr(sys, "_MEIPASS", None)
    if home is None:
        return f"{PROGRAM}, version {VERSION}"
    oldest = Path(home, GLIBC).read_text().strip()
    return f"{PROGRAM}, version {VERSION}, for {sys.platform.capitalize()} with glibc {oldest} or newer"
