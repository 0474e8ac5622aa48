"""The executable in a root file system with the C library alone: no shell, no certificates, no time zones."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.debian import do_without, need_root
from tests.stories.program import EXECUTABLE

# The files of glibc, as every distribution has them; the loader is the one that /bin/sh names.
GLIBC = (
    "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2",
    "libnss_files.so.2", "libnss_dns.so.2", "libmvec.so.1",
)  # fmt: skip
INSIDE = """
for at in proc dev; do mount --rbind /$at $0/$at || exit 99; done
exec chroot $0 /usr/local/bin/gatepost "$@"
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A root file system with glibc and the executable."""
    need_root("changes the root of a program")
    if not Path(EXECUTABLE[0]).exists():
        do_without("dist/gatepost is not built: `make build` makes it")
    told = subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True).stdout
    library = re.search(r"libc\.so\.6 => (\S+)", told)
    loader = re.search(r"^\s*(/\S*ld-linux\S*)", told, re.M)
    assert library and loader, told
    for name in GLIBC:
        copy(Path(library[1]).parent / name, tmp_path)
    copy(Path(loader[1]), tmp_path)
    for folder in ("proc", "dev", "root", "tmp", "usr/local/bin", "etc"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(EXECUTABLE[0], tmp_path / "usr" / "local" / "bin" / "gatepost")
    return tmp_path


def copy(file: Path, root: Path) -> None:
    """Bring a file of this system there, at the same place, where this system has it."""
    if file.exists():
        place = root / file.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)


def run(bare: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", INSIDE, bare, *words],
        env={"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


def test_it_tests_itself_with_the_c_library_alone(bare: Path) -> None:
    done = run(bare, "selftest")

    assert done.returncode == 0 and "Self-test passed." in done.stdout, (done.stdout, done.stderr)
    assert list((bare / "root" / ".cache" / "gatepost").glob("gatepost-*"))
    assert not list((bare / "tmp").iterdir())


def test_a_system_without_glibc_is_told_in_a_sentence(bare: Path) -> None:
    for found in (*bare.rglob("ld-linux*"), *bare.rglob("libc.so.6")):
        found.unlink()

    done = run(bare, "--version")

    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert "it needs glibc, and this system has none (/lib" in done.stderr
    assert not (bare / "root" / ".cache").exists()
