"""The Debian packages that the tests need: which they are, where their programs lie, and how they come here.

`python -m tests.debian` brings what is missing and prints one line a package; it never fails by itself. A test says
`need("unbound")` and gets the folder below which the package's files lie, or is skipped with the reason.

Two ways, because two kinds of package. A tool (chromium, dig, ip) is installed. A server is only unpacked, into a
folder of its own under .cache/debian: Postfix and Exim exclude each other as packages, and installing any server
starts a service on the machine. An unpacked one leaves the machine as it was. This module starts nothing.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "debian"
APT = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "APT::Sandbox::User=root")


@dataclass(frozen=True)
class Package:
    """A Debian package, and the file (a pattern below /) by which one sees that it is there."""

    name: str
    file: str
    unpacked: bool = False


PACKAGES = {
    package.name: package
    for package in (
        Package("chromium", "usr/bin/chromium"),
        Package("dnsutils", "usr/bin/dig"),
        Package("iproute2", "*bin/ip"),
        Package("postgresql", "usr/lib/postgresql/*/bin/initdb", unpacked=True),
        Package("postfix", "usr/sbin/postfix", unpacked=True),
        Package("exim4-daemon-light", "usr/sbin/exim4", unpacked=True),
        Package("unbound", "usr/sbin/unbound", unpacked=True),
        Package("bind9", "usr/sbin/named", unpacked=True),
        Package("knot-resolver", "usr/sbin/kresd", unpacked=True),
        Package("pdns-recursor", "usr/sbin/pdns_recursor", unpacked=True),
        Package("dnsmasq-base", "usr/sbin/dnsmasq", unpacked=True),
        Package("systemd-resolved", "usr/bin/resolvectl", unpacked=True),
        Package("rspamd", "usr/bin/rspamd", unpacked=True),
        Package("systemd-journal-remote", "lib/systemd/systemd-journal-remote", unpacked=True),
        Package("rsyslog", "usr/sbin/rsyslogd", unpacked=True),
        Package("acl", "bin/setfacl", unpacked=True),
        Package("systemd-standalone-tmpfiles", "usr/bin/systemd-tmpfiles", unpacked=True),
        Package("rbldnsd", "usr/sbin/rbldnsd", unpacked=True),
        Package("nftables", "usr/sbin/nft", unpacked=True),
        Package("ipset", "usr/sbin/ipset", unpacked=True),
        Package("bind9", "usr/sbin/named", unpacked=True),
        Package("pdns-recursor", "usr/sbin/pdns_recursor", unpacked=True),
        Package("knot-resolver", "usr/sbin/kresd", unpacked=True),
        Package("dnsmasq-base", "usr/sbin/dnsmasq", unpacked=True),
    )
}


class NotHad(Exception):
    """A package cannot be brought here; the text is the reason, and what to do."""


def need(name: str) -> Path:
    """The folder that is / for the package's files; the test is skipped where it is missing (with CI=true: failed)."""
    root = where(PACKAGES[name])
    if root is None:
        do_without(f"the Debian package {name} is missing: run `python -m tests.debian` as root, or `make test`")
    return root


def do_without(reason: str) -> NoReturn:
    """Skips the test that asks, with the reason. In CI nothing may be missing, so there the same is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def need_root(reason: str) -> None:
    """Skips the test that asks where an ordinary user runs the tests: that is no lack, in CI neither."""
    if os.geteuid() != 0:
        pytest.skip(f"only root {reason}: run the tests as root")


def where(package: Package) -> Path | None:
    """The folder that is / for the package's files, or None; a package of the system itself goes first."""
    roots = (Path("/"), CACHE / package.name)
    return next((root for root in roots if any(root.glob(package.file))), None)


def libraries(root: Path) -> str:
    """The LD_LIBRARY_PATH with which a program below `root` finds the libraries that were unpacked beside it."""
    folders = [*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*")] if root != Path("/") else []
    return ":".join(map(str, folders))


def bring(package: Package) -> str:
    """Installs or unpacks what is missing; returns what to print of it."""
    if where(package):
        return "present"
    try:
        (unpack if package.unpacked else install)(package.name)
    except NotHad as reason:
        return f"cannot: {reason}"
    if not where(package):
        return f"cannot: it came without {package.file}"
    return f"unpacked in {CACHE / package.name}" if package.unpacked else "installed"


def install(name: str) -> None:
    if os.geteuid() != 0:
        raise NotHad(f"only root may install it: sudo apt-get install --no-install-recommends {name}")
    apt("install", "--no-install-recommends", name)


def unpack(name: str) -> None:
    """Fetches the package and what it depends on and the system lacks, and lays their files below CACHE/name."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        names = sorted({name, *missing(name)})
        apt("download", *names, folder=folder)
        tree = Path(folder, "tree")
        for archive in Path(folder).glob("*.deb"):
            run("dpkg-deb", "-x", str(archive), str(tree))
        shutil.rmtree(CACHE / name, ignore_errors=True)
        # The one step by which it appears: a folder of that name is always whole.
        tree.rename(CACHE / name)
        (CACHE / name).chmod(0o755)


def missing(name: str) -> Iterator[str]:
    """What apt would install with the package: the lines `Inst NAME (VERSION ...)` of a dry run."""
    plan = apt("install", "--simulate", "--no-install-recommends", name)
    return (line.split()[1] for line in plan.splitlines() if line.startswith("Inst "))


def apt(*words: str, folder: str = "/") -> str:
    """Runs apt-get; when that fails, once more after `apt-get update`: lists may be absent or out of date."""
    if not shutil.which("apt-get"):
        raise NotHad(f"there is no apt-get here: bring {words[-1]} by the means of this system")
    try:
        return run(*APT, *words, folder=folder)
    except NotHad:
        update()
        return run(*APT, *words, folder=folder)


@functools.cache  # once a run is enough
def update() -> None:
    with contextlib.suppress(NotHad):  # what is asked next says better what is missing
        run(*APT, "update")


def run(*argv: str, folder: str = "/") -> str:
    """Runs a command and returns what it printed; NotHad with the last line of its complaint when it fails."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        raise NotHad(f"`{' '.join(argv)}`: {lines[-1]}")
    return done.stdout


def main() -> None:
    for package in PACKAGES.values():
        print(f"{package.name}: {bring(package)}", flush=True)


if __name__ == "__main__":
    main()
