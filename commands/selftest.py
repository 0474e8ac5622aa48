"""`selftest`: the program tests itself in a folder that it throws away: a listing, an answer, a page, a stop."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import click

from commands import fail
from reputation import unpacked

PATIENCE = 60  # seconds; a first start from a slow disk unpacks the executable
LISTED = "192.0.2.99"


@click.command("selftest")
def selftest() -> None:
    """Test the whole program: start it on free ports in a temporary folder, query it, and stop it."""
    told = subprocess.run([*_program(), "--help"], capture_output=True, text=True, timeout=PATIENCE)  # imports them all
    _expect(f"every command is there {told.stderr.strip()}".rstrip(), told.returncode == 0)
    with tempfile.TemporaryDirectory(prefix="gatepost-selftest-") as data:
        label = json.loads(_run(data, "organization", "add", "Selftest", "--subscription", "advanced", "--json"))[
            "label"
        ]
        _run(data, "listing", "add", LISTED, "--database", "standard", "--for", "1h", "--reason", "self-test")
        served = subprocess.Popen(
            [*_program(), "serve", "--data", data, "--dns", "127.0.0.1:0", "--portal", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            dns, portal = _doors(served)
            _expect(
                "a listed address is answered 127.0.0.2",
                _ask(dns, f"99.2.0.192.{label}.r.rep.example") == (0, b"\x7f\0\0\2"),
            )
            _expect("an unlisted one NXDOMAIN", _ask(dns, f"98.2.0.192.{label}.r.rep.example") == (3, b""))
            _expect("the portal shows its page", b"Gatepost" in urllib.request.urlopen(portal, timeout=PATIENCE).read())
        finally:
            served.terminate()
            ended = served.wait(PATIENCE)
        _expect("it stops when told to", ended == 0)
    click.echo("Self-test passed.")


def _program() -> list[str]:
    """How this very program is started again: the executable, or Python with app.py."""
    if getattr(sys, "frozen", False):
        return [str(unpacked.started(os.environ, Path(sys.executable)))]
    return [sys.executable, str(Path(sys.argv[0]).resolve())]


def _run(data: str, *arguments: str) -> str:
    done = subprocess.run([*_program(), *arguments, "--data", data], capture_output=True, text=True, timeout=PATIENCE)
    _expect(f"{' '.join(arguments[:2])} ({done.stderr.strip()})", done.returncode == 0)
    return done.stdout


def _doors(served: subprocess.Popen[str]) -> tuple[tuple[str, int], str]:
    """The doors as `serve` prints them when they are ready."""
    assert served.stdout is not None
    dns = served.stdout.readline().split()
    portal = served.stdout.readline().split()
    _expect("both doors are ready", dns[:2] == ["DNS", "ready"] and portal[:2] == ["Portal", "ready"])
    host, _, port = dns[3].rstrip(",").rpartition(":")
    return (host, int(port)), portal[3]


def _ask(server: tuple[str, int], name: str) -> tuple[int, bytes]:
    """Response code and the last address of the answer to a question of type A."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.sendto(struct.pack("!6H", 7, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1", server)
        reply = asking.recv(4096)
    answers = struct.unpack_from("!H", reply, 6)[0]
    return reply[3] & 15, reply[-4:] if answers else b""


def _expect(what: str, true: bool) -> None:
    click.echo(f"{'ok' if true else 'FAILED'}: {what}")
    if not true:
        fail("The self-test failed: please report the lines above.")
