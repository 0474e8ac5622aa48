"""A small network of its own, in which mail servers listen on port 25 and a client may come from any address.

A network namespace holds the addresses and ports; every program in it also has its own /etc, so that a configuration
lies where its text says (/etc/postfix/rbl_reply), and not one file of the machine is touched. No packet leaves it.
It knows how to start, reach and end programs; what they are is servers.py's subject.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from tests import debian

CLONE_NEWNET = 0x40000000
PREFIX = "gatepost-"
NAMES = Path("/run/netns")
# What a program finds in its /etc; a private copy, because mail servers want users of their own.
ETC = ("group", "hosts", "ld.so.cache", "localtime", "nsswitch.conf", "passwd", "protocols", "services")
# Asks without long waits: the tests with a dead server would else sit through the resolver's 5 seconds a try.
RESOLV_CONF = "nameserver 127.0.0.1\noptions timeout:1 attempts:2\n"


@dataclass(frozen=True)
class Program:
    """What to run: the command line, and what it finds around it."""

    argv: Sequence[object]
    etc: Path  # mounted as its /etc
    environment: dict[str, str] = field(default_factory=dict)  # variables to add to ours
    log: Path = Path(os.devnull)  # for what it prints

    def variables(self) -> dict[str, str]:
        """Without the settings of a Gatepost that whoever runs the tests may have of their own."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_")}
        return ours | self.environment


class Namespace:
    """A network namespace with a scratch `folder` that every user may enter. Use it in a `with` statement.

    What runs in it ends with it, also when the tests themselves are killed.
    """

    def __init__(self) -> None:
        self.name = f"{PREFIX}{os.getpid()}-{time.monotonic_ns()}"
        self.folder = Path()
        self._ends = ExitStack()
        self._processes = Path()

    def __enter__(self) -> Namespace:
        sweep()
        with ExitStack() as made:
            ip("netns", "add", self.name)
            made.callback(ip, "netns", "del", self.name)
            ip("-n", self.name, "link", "set", "lo", "up")
            # pytest's tmp_path is closed to other users, and daemons give up root.
            self.folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-"))
            made.callback(shutil.rmtree, self.folder)
            self.folder.chmod(0o755)
            self._processes = made.enter_context(process_namespace())
            self._ends = made.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._ends.close()

    def etc(self, name: str) -> Path:
        """A new folder that becomes the /etc of the programs started with it."""
        folder = self.folder / f"etc-{name}"
        folder.mkdir()
        for file in ETC:
            if Path("/etc", file).exists():
                shutil.copy(Path("/etc", file), folder / file)
        (folder / "resolv.conf").write_text(RESOLV_CONF)
        return folder

    def start(self, program: Program, port: int = 0, host: str = "127.0.0.1") -> Process:
        """Starts a program that stays in the foreground; returns when its TCP port is open, at once if it has none."""
        process = Process(self._command(program), program)
        self._ends.callback(process.stop)
        if not port:
            return process
        for _ in range(200):
            try:
                self.connect(host, port).close()
                return process
            except OSError:
                if not process.alive():
                    break
                time.sleep(0.1)
        raise RuntimeError(f"{program.argv[0]} did not open port {port}:\n{program.log.read_text()}")

    def run(self, program: Program, given: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a program to its end, with `given` on its standard input."""
        argv, variables = self._command(program), program.variables()
        return subprocess.run(argv, input=given, env=variables, capture_output=True, text=True, timeout=60)

    def _command(self, program: Program) -> list[str]:
        """The command line that runs a program in here."""
        # `ip netns exec` has already given it mounts of its own: this one is seen by no other process.
        mount = ("sh", "-c", 'mount --bind "$0" /etc && exec "$@"', program.etc)
        enter = ("nsenter", f"--pid={self._processes}", "--")
        return [str(word) for word in ("ip", "netns", "exec", self.name, *mount, *enter, *program.argv)]

    def address(self, source: str) -> None:
        """Gives the namespace the address `source`, so that a client can come from there."""
        bits = ip_address(source).max_prefixlen
        # nodad: an IPv6 address is otherwise tentative for a second and cannot be used.
        words = ("addr", "replace", f"{source}/{bits}", "dev", "lo", *(("nodad",) if bits == 128 else ()))
        ip("-n", self.name, *words)

    def connect(self, host: str, port: int, source: str | None = None) -> socket.socket:
        """A TCP connection inside the namespace, from the address `source`."""
        origin = (source, 0) if source else None
        return self.inside(lambda: socket.create_connection((host, port), 60, origin))

    def inside(self, make: Callable[[], socket.socket]) -> socket.socket:
        """What `make` returns when called inside. setns() holds for one thread; a socket stays where it was made."""
        made: list[socket.socket | OSError] = []

        def enter() -> None:
            try:
                setns(NAMES / self.name)
                made.append(make())
            except OSError as error:
                made.append(error)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]


class Process:
    """A program that runs in a namespace until `stop`, or until the namespace ends."""

    def __init__(self, argv: Sequence[str], program: Program) -> None:
        with open(program.log, "a") as log:
            self._entered = subprocess.Popen(
                argv, env=program.variables(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def alive(self) -> bool:
        return self._entered.poll() is None

    def stop(self) -> None:
        """Asks it to end, and waits; one that does not listen is killed after ten seconds. Safe to call again."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            # `nsenter` waits for the program, and passes no signal on.
            for child in children(self._entered.pid):
                with suppress(ProcessLookupError):
                    os.kill(child, number)
            with suppress(subprocess.TimeoutExpired):
                self._entered.wait(10)
                return


@contextmanager
def process_namespace() -> Iterator[Path]:
    """The path of a new process namespace, by which one enters it. When this ends, so does every process in it.

    The first process of such a namespace takes all others with it, also those that left their parent, as Postfix's
    do. Here that is a `cat` which reads from us: it ends when we close the pipe, and when we are killed.
    """
    with subprocess.Popen(("unshare", "--pid", "--fork", "cat"), stdin=subprocess.PIPE) as first:
        while not children(first.pid):
            time.sleep(0.01)
        yield Path(f"/proc/{first.pid}/ns/pid_for_children")


def children(pid: int) -> list[int]:
    """The processes that the process `pid` started and that live."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def setns(path: Path) -> None:
    """Moves the calling thread into the network namespace at `path`."""
    with open(path) as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True, text=True)


def needed() -> None:
    """Skips the test of an ordinary user; where namespaces cannot be made, skips it too (with CI=true: fails it)."""
    debian.need("iproute2")
    debian.need_root("may make a network namespace that has a name")
    try:
        with Namespace() as namespace:
            done = namespace.run(Program(("true",), namespace.etc("probe")))
    except subprocess.CalledProcessError as error:
        debian.do_without(f"this system refuses a network namespace: {error.stderr.strip()}")
    if done.returncode:
        debian.do_without(f"this system refuses a mount in a network namespace: {done.stderr.strip()}")


def sweep() -> None:
    """Removes what test runs that were killed have left: namespaces of ours whose maker no longer lives."""
    for path in [*NAMES.glob(f"{PREFIX}*"), *Path(tempfile.gettempdir()).glob(f"{PREFIX}[0-9]*")]:
        maker = path.name.removeprefix(PREFIX).partition("-")[0]
        if maker.isdigit() and not Path("/proc", maker).exists():
            if path.parent == NAMES:
                subprocess.run(("ip", "netns", "del", path.name), capture_output=True)
            else:
                shutil.rmtree(path, ignore_errors=True)
