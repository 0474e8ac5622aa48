"""Compiles the hot path with Cython: the same files that run interpreted. `make setup` calls it where a compiler is.

    python setup.py build_ext --build-lib build/compiled --build-temp build/temp

GATEPOST_BOUNDSCHECK=1 makes the build that the tests also run: every index is checked.
"""

import os
import shutil
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

from reputation.compiled import MODULES, STAMP, digest

CHECKED = bool(os.environ.get("GATEPOST_BOUNDSCHECK"))
C_FILES = Path("build/checked-c" if CHECKED else "build/c")


class Build(build_ext):
    """Leaves a stamp of the sources beside what it built, so that an old build is never used, and says when it was."""

    def run(self) -> None:
        if not shutil.which(os.environ.get("CC", "cc")):
            sys.exit("There is no C compiler: Gatepost runs interpreted, at about a tenth of the speed.")
        super().run()
        (Path(self.build_lib) / STAMP).write_text(digest())
        os.utime(C_FILES)


extensions = [
    Extension(name, [name.replace(".", "/") + ".py"], extra_compile_args=["-O3", "-fno-strict-aliasing"])
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
