"""A copy of the repository in a folder, for those who change files and see what happens."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def copy_repository(root: Path, to: Path) -> None:
    """Copy every file of the repository at `root` that git knows, or would add, to the folder `to`."""
    words = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(words, cwd=root, capture_output=True, check=True).stdout
    for name in filter(None, os.fsdecode(listed).split("\0")):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, to / name)
