"""What runs first in the frozen program (a runtime hook of PyInstaller): the environment is what it was before.

The launcher and PyInstaller's loader leave our libraries in LD_LIBRARY_PATH. The loader of this process has read that;
what this program starts, such as journalctl, is to find the system's own.
"""

import os
import sys

for _name in [name for name in os.environ if name.startswith("_PYI_")]:
    del os.environ[_name]
os.environ.pop("LD_LIBRARY_PATH", None)
_before = os.environ.pop("LD_LIBRARY_PATH_ORIG", "").split(":")  # by PyInstaller's loader, after the launcher
if _system := [folder for folder in _before if folder not in ("", sys._MEIPASS)]:  # type: ignore[attr-defined]
    os.environ["LD_LIBRARY_PATH"] = ":".join(_system)
