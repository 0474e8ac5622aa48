"""Tries, in the process that reads lists, what it must not be able to do, and answers what became of each attempt."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable, Mapping
from typing import Any

from reputation.intake.importing import answers, spool

REFUSED = "refused"


def try_here(order: Mapping[str, Any], parts: Mapping[str, spool.Part]) -> answers.Answer:
    """Try everything; an attempt that is `refused` failed, any other answer says what it brought."""
    return answers.Answer({"tried": {name: _outcome(attempt, order) for name, attempt in ATTEMPTS.items()}}, ())


def _outcome(attempt: Callable[[Mapping[str, Any]], object], order: Mapping[str, Any]) -> str:
    try:
        return str(attempt(order))[:100]
    except OSError:
        return REFUSED


def _read(order: Mapping[str, Any]) -> bytes:
    with open(order["file"], "rb") as file:
        return file.read(100)


def _write(order: Mapping[str, Any]) -> int:
    with open(order["folder"] + "/written", "wb") as file:
        return file.write(b"x")


def _listen(order: Mapping[str, Any]) -> str:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return str(listening.getsockname())


def _connect(order: Mapping[str, Any]) -> str:
    with socket.create_connection(("127.0.0.1", order["port"]), 1) as connection:
        return str(connection.getpeername())


def _pair(order: Mapping[str, Any]) -> str:
    one, other = socket.socketpair()
    with one, other:
        return str(one.family)


def _start(order: Mapping[str, Any]) -> int:
    child = os.fork()
    if not child:
        os._exit(0)
    return child


ATTEMPTS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "read a file": _read,
    "see a file": lambda order: os.stat(order["file"]),
    "list a folder": lambda order: os.listdir(order["folder"]),
    "write a file": _write,
    "remove a file": lambda order: os.remove(order["file"]),
    "write what it was given": lambda order: os.write(0, b"x"),
    "connect": _connect,
    "listen": _listen,
    "open a socket of this machine": _pair,
    "start a process": _start,
    "run a program": lambda order: os.execv("/bin/true", ["true"]),
    "reach its parent": lambda order: os.kill(order["parent"], 0),
    "read its parent's bounds": lambda order: resource.prlimit(order["parent"], resource.RLIMIT_NOFILE),
}
