"""Runs a program of the tests in a network of its own, where addresses can be added and nobody else is.

Root makes one; an ordinary user does it as root of a user namespace, which Debian allows and some systems refuse.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import debian

ROOT = Path(__file__).resolve().parent.parent


def run(module: str, *words: str) -> str:
    """Runs `python -m module words` there and returns what it printed; the test is skipped where it is refused."""
    debian.need("iproute2")
    become = [] if os.geteuid() == 0 else ["--map-root-user"]
    namespace = ["unshare", *become, "--net"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        debian.need_root("may make a network namespace on this system")
        debian.do_without("this system refuses a network namespace")
    command = [*namespace, sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
