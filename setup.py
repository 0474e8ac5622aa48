"""Compiles the hot path with Cython: the same files that run interpreted. `make compile` calls it.

    python setup.py build_ext --build-lib build/compiled --build-temp build/temp

Each Python compiles into a folder of its own inside, so that two of them may work in one checkout.
GATEPOST_BOUNDSCHECK=1 makes the build that the tests also run: every index is checked.
"""

import os
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

from reputation.compiled import ABI, MODULES, STAMP, digest

CHECKED = bool(os.environ.get("GATEPOST_BOUNDSCHECK"))
C_FILES = Path("build/checked-c" if CHECKED else "build/c")


def missing() -> str:
    """Say what is missing to compile, and which package of Debian brings it; return "" where all is there."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not shutil.which(compiler):
        return f"There is no C compiler ({compiler}). On Debian: apt-get install gcc python3-dev"
    if not header.exists():
        return f"The headers of this Python are missing ({header}). On Debian: apt-get install python3-dev"
    return ""


class Build(build_ext):
    """Leaves a stamp of the sources beside what it built, so that an old build is never used, and says when it was."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.build_lib, self.build_temp = (str(Path(place, ABI)) for place in (self.build_lib, self.build_temp))

    def run(self) -> None:
        super().run()
        (Path(self.build_lib) / STAMP).write_text(digest())
        os.utime(C_FILES)


if without := missing():
    sys.exit(without)  # before Cython has worked for half a minute
extensions = [
    # Without what a debugger needs (-g0), which takes a quarter of the compiler's time and most of each file.
    Extension(name, [name.replace(".", "/") + ".py"], extra_compile_args=["-O3", "-g0", "-fno-strict-aliasing"])
    for name in MODULES
]
setup(
    name="gatepost-hot-path",
    ext_modules=cythonize(
        extensions,
        build_dir=str(C_FILES),
        force=C_FILES.exists() and C_FILES.stat().st_mtime < Path(__file__).stat().st_mtime,  # other options, other C
        compiler_directives={
            "boundscheck": CHECKED,
            "initializedcheck": CHECKED,  # every column is there once its owner is made; to look stops vectorizing
            "wraparound": False,
            "cdivision": True,
            "language_level": 3,
        },
    ),
    cmdclass={"build_ext": Build},
    py_modules=[],
    packages=[],
)
