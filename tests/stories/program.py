"""The real program, started as a user would: from its source, or the executable. Stopped by its own process id."""

from __future__ import annotations

import html
import http.cookiejar
import json
import os
import queue
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

from tests.conftest import ROOT, RUNS
from tests.ports import free_port

SOURCE = (sys.executable, str(ROOT / "app.py"))
EXECUTABLE = (str(ROOT / "dist" / "gatepost"),)
PATIENCE = 300  # seconds; for a start, which unpacks an executable, on a machine with other work
A, TXT = 1, 16


class Done(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


class Reply(NamedTuple):
    """A DNS reply: its rcode, the last octet of the A record (0 without one), and how many records of authority."""

    rcode: int
    octet: int
    authority: int


class Program:
    """One installation in a folder of its own. Ports are free ones, so tests do not meet."""

    def __init__(self, words: tuple[str, ...], data: Path) -> None:
        self.words, self.data = words, data
        self.lines: list[str] = []
        self.dns: tuple[str, int] = ("", 0)
        self.portal = ""
        self._process: subprocess.Popen[str] | None = None
        self._printed: queue.Queue[str] = queue.Queue()

    def command(self, *arguments: str, stdin: str = "", **variables: str) -> Done:
        """Run a command to its end."""
        done = subprocess.run(
            [*self.words, *arguments, "--data", str(self.data)],
            input=stdin, capture_output=True, text=True, timeout=PATIENCE, env={**clean_environment(), **variables},
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *flags: str, dns: str = "", dns_alone: bool = False, **variables: str) -> None:
        """Serve; returns when both doors have printed their lines, or that of DNS alone.

        The port of DNS is one that stays free for a successor.
        """
        self.launch(*flags, dns=dns, **variables)
        self.wait_for_dns()
        if not dns_alone:
            self.wait_for_portal()

    def launch(self, *flags: str, dns: str = "", **variables: str) -> None:
        """Serve, and wait for nothing."""
        dns = dns or f"127.0.0.1:{free_port()}"
        with (self.log).open("a") as log:
            self._process = subprocess.Popen(
                [*self.words, "serve", "--data", str(self.data), "--dns", dns, "--portal", "127.0.0.1:0", *flags],
                stdout=subprocess.PIPE, stderr=log, text=True, env={**clean_environment(), **variables},
                close_fds=False,  # what a test has made inheritable, as systemd does
            )  # fmt: skip
        self._printed = queue.Queue()
        assert self._process.stdout is not None
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()

    def wait_for_dns(self) -> None:
        """Return when it has printed its first line."""
        self.lines = [self._line()]
        host, _, port = self.lines[0].split()[3].rstrip(",").rpartition(":")
        self.dns = (host.strip("[]"), int(port))

    def wait_for_portal(self) -> None:
        """Return when it has printed the line of the portal."""
        while not self.lines[-1].startswith("Portal ready"):
            self.lines.append(self._line())
        self.portal = self.lines[-1].split()[3]

    def first_run_line(self) -> str:
        """The line after the doors, which a new installation prints."""
        return self._line()

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None
        return self._process.pid

    def ended(self) -> int:
        """Wait until it has ended by itself; return its exit code."""
        assert self._process is not None
        return self._process.wait(PATIENCE)

    def send(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """End it and return its exit code; a program that has ended already gives the code it ended with."""
        if self._process is None:
            return 0
        if with_signal == signal.SIGKILL:
            # What was started may have started others, such as journalctl.
            for child in children(self._process.pid):
                os.kill(child, signal.SIGKILL)
        if self._process.poll() is None:
            self._process.send_signal(with_signal)
        code = self._process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return code

    def ask(self, address_labels: str, label: str, database: str = "r", qtype: int = A) -> Reply:
        """What DNS says of a reversed address, such as `1.2.0.192`, under an activation code."""
        reply = self.ask_name(f"{address_labels}.{label}.{database}.rep.example", qtype)
        answers, authority = struct.unpack_from("!HH", reply, 6)
        return Reply(reply[3] & 15, reply[-1] if answers and qtype == A else 0, authority)

    def ask_name(self, name: str, qtype: int = A) -> bytes:
        """The whole reply to one question over UDP."""
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(5)
            asking.sendto(struct.pack("!6H", 77, 0, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, qtype, 1), self.dns)
            return asking.recv(4096)

    def _line(self) -> str:
        line = self._printed.get(timeout=PATIENCE)
        assert line, f"it ended before it was ready:\n{self.log.read_text()[-3000:]}"
        return line.rstrip("\n")

    def _listen(self, stdout: IO[str]) -> None:
        """Hand over what it prints, line by line, and an empty text at its end."""
        for line in stdout:
            self._printed.put(line)
        self._printed.put("")


class Browser:
    """Just enough of a browser to send forms: cookies, and the hidden fields of the form on the page."""

    def __init__(self, base: str) -> None:
        self.base = base
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))

    def get(self, path: str) -> str:
        return self._read(urllib.request.Request(urllib.parse.urljoin(self.base, path)))

    def submit(self, path: str, **fields: str) -> str:
        """Open the page, fill its form in, send it, and follow to the page that comes."""
        hidden = dict(re.findall(r'<input[^>]*name="(csrf_token)"[^>]*value="([^"]*)"', self.get(path)))
        body = urllib.parse.urlencode({**hidden, **fields}).encode()
        request = urllib.request.Request(urllib.parse.urljoin(self.base, path), body, {"Referer": self.base})
        return self._read(request)

    def _read(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=30) as response:
                return html.unescape(response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return html.unescape(error.read().decode())


def clean_environment() -> dict[str, str]:
    """Without the variables that would set up the program under test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_") or name in RUNS}


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def came_and_went(is_there: Callable[[], bool]) -> tuple[float, float]:
    """Ask until it was there and is gone again.

    Return when the last question was sent that found it, and when the answer came that did not, in Unix seconds.
    """
    found, end = 0.0, time.monotonic() + PATIENCE
    while time.monotonic() < end:
        asked = time.time()
        if is_there():
            found = asked
        elif found:
            return found, time.time()
        time.sleep(0.05)
    raise AssertionError(f"within {PATIENCE} s it {'did not go' if found else 'did not come'}")


def wait_until(true: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as it is true; fail with what was waited for when the time is over."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)
