"""A PostgreSQL server of the tests' own: made in a temporary folder, reached on loopback, gone after the session.

It never touches a cluster of the system. Nothing here knows what is stored; `new_database` gives a test an empty one.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import debian
from tests.ports import free_port

# A server that is thrown away need not survive a power cut.
CARELESS = (
    "-cfsync=off",
    "-csynchronous_commit=off",
    "-cfull_page_writes=off",
    "-cautovacuum=off",
    "-cmax_wal_size=64MB",
)
MEMORY, ROOM = Path("/dev/shm"), 1 << 30  # a file system in memory, and the octets that it must have free


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of an empty database on a private server; the server's user may make more of them."""
    binaries = newest(debian.need("postgresql"))
    version = [*as_plain_user(), str(binaries / "postgres"), "--version"]
    if subprocess.run(version, cwd="/", env=environment(binaries), capture_output=True).returncode:
        debian.do_without(f"a plain user may not enter {binaries}: clone the repository where everyone may")
    with server(binaries) as url:
        yield url


def new_database(url: str, like: str = "template1") -> str:
    """Makes a database on the server of `url`, empty or a copy of another one, and returns its URL."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        # Copying files takes a third of the time of the write-ahead log; before version 15 it was the only way.
        strategy = "strategy file_copy" if connection.info.server_version >= 150000 else ""
        connection.execute(f"create database {name} template {like} {strategy}")
    return f"{url.rpartition('/')[0]}/{name}"


def drop_database(url: str) -> None:
    """Takes the database away, whoever is still connected to it."""
    server_url, _, name = url.rpartition("/")
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def newest(root: Path) -> Path:
    """The folder with initdb and postgres, of the highest version below `root`."""
    return max(root.glob("usr/lib/postgresql/*/bin"), key=lambda folder: float(folder.parent.name))


@contextlib.contextmanager
def server(binaries: Path) -> Iterator[str]:
    """Runs a server in a folder and on a port of its own; yields the URL of its database `gatepost`."""
    with cluster(binaries) as folder, running(binaries, folder, free_port()) as port:
        yield new_named(f"postgresql://gatepost@127.0.0.1:{port}")


@contextlib.contextmanager
def cluster(binaries: Path) -> Iterator[Path]:
    """The folder of a server that does not run yet."""
    folder = Path(tempfile.mkdtemp(prefix="gatepost-postgresql-", dir=place()))
    try:
        if user := plain_user():
            os.chown(folder, user.pw_uid, user.pw_gid)
        options = ("-D", folder / "data", "-U", "gatepost", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        initdb: list[str | Path] = [*as_plain_user(), binaries / "initdb", *options]
        subprocess.run(initdb, cwd=folder, env=environment(binaries), check=True, capture_output=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_named(server_url: str) -> str:
    with psycopg.connect(f"{server_url}/postgres", autocommit=True) as connection:
        connection.execute("create database gatepost")
    return f"{server_url}/gatepost"


def place() -> Path | None:
    """Where its files go: into memory where there is room, which makes a database in a twentieth of the time."""
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if has_room else None


@contextlib.contextmanager
def running(binaries: Path, folder: Path, port: int) -> Iterator[int]:
    """Runs the server of a cluster, which can be stopped and run again."""
    argv = [*as_plain_user(), "setpriv", "--pdeathsig", "KILL", "--", str(binaries / "postgres"), *CARELESS]
    argv += [
        "-D",
        str(folder / "data"),
        "-clisten_addresses=127.0.0.1",
        f"-cport={port}",
        f"-cunix_socket_directories={folder}",
    ]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(argv, cwd=folder, env=environment(binaries), stdout=log, stderr=log)
    try:
        wait_for(port, process, folder / "log")
        yield port
    finally:
        process.send_signal(signal.SIGINT)  # "fast": it ends sessions that a failed test left open
        process.wait(30)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://gatepost@127.0.0.1:{port}/postgres").close()
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def as_plain_user() -> list[str]:
    """The words before a command that run it as another than root, as whom PostgreSQL refuses to run."""
    user = plain_user()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"] if user else []


def plain_user() -> pwd.struct_passwd | None:
    """The user to become; None where we are no root in the first place."""
    known = {user.pw_name: user for user in pwd.getpwall()}
    return None if os.geteuid() else known.get("postgres") or known["nobody"]


def environment(binaries: Path) -> dict[str, str]:
    """Without a PG* variable of the person who runs the tests; with the libraries that lie beside the server."""
    root = binaries.parents[4]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return plain | {"LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": debian.libraries(root)}
