"""What can hang: servers that say nothing, clients that read nothing, a database that is frozen."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.stories.program import Program, children


class Silent:
    """A server on loopback that takes every connection and never says a word."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *exc: object) -> None:
        for sock in (self._listener, *self.taken):
            sock.close()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.taken.append(self._listener.accept()[0])


def half_a_mail(door: tuple[str, int]) -> socket.socket:
    """A client of SMTP that stays in the middle of a message."""
    client = socket.create_connection(door, 5)
    client.sendall(b"EHLO a.example\r\nMAIL FROM:<>\r\nRCPT TO:<a@trap.example>\r\nDATA\r\nSubject: never ends\r\n")
    client.recv(1024)
    return client


def half_a_question(door: tuple[str, int]) -> socket.socket:
    """A client of DNS over TCP that has sent the length of a question and no more."""
    client = socket.create_connection(door, 5)
    client.sendall(b"\0\x20")
    return client


def unread_pages(portal: str, path: str) -> socket.socket:
    """A browser that asks for much and takes nothing of it."""
    host, _, port = portal.removeprefix("http://").rpartition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(5)
    client.connect((host, int(port)))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() * 60)
    return client


@contextlib.contextmanager
def frozen(url: str) -> Iterator[None]:
    """The PostgreSQL server of this database stands still meanwhile: it takes connections, and answers nothing."""
    with psycopg.connect(url) as connection:
        found = connection.execute("select setting from pg_settings where name = 'data_directory'").fetchone()
    assert found
    server = int(Path(found[0], "postmaster.pid").read_text().split()[0])
    processes = [*children(server), server]
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(processes):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


@contextlib.contextmanager
def away(url: str) -> Iterator[None]:
    """Nobody gets into this database of PostgreSQL meanwhile, and whoever is in it is put out."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"alter database {name} allow_connections false")
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        try:
            yield
        finally:
            connection.execute(f"alter database {name} allow_connections true")


def readers(program: Program) -> list[int]:
    """The processes that any thread of the program has started, such as the one that reads a list."""
    threads = Path(f"/proc/{program.pid}/task").iterdir()
    with contextlib.suppress(FileNotFoundError):  # a thread that has just ended
        return [int(number) for thread in threads for number in (thread / "children").read_text().split()]
    return []


def counted(program: Program, url: str) -> int:
    """How many questions under a code stand in the tables, by the hour."""
    if url:
        with psycopg.connect(url) as connection:
            found = connection.execute("select coalesce(sum(queries), 0) from query_hour").fetchone()
    else:
        with contextlib.closing(sqlite3.connect(program.data / "gatepost.sqlite3")) as file:
            found = file.execute("select coalesce(sum(queries), 0) from query_hour").fetchone()
    assert found
    return int(found[0])
