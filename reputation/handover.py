"""The place of the one program that serves a data folder: held by a lock, and handed on with its open sockets.

A successor asks by a socket in the data folder, and is given the descriptors while the predecessor still answers. Both
then hold the same sockets: there is no moment in which a question finds nobody. A program that replaces itself (exec)
would be silent while the new one starts, and gone where that does not start; here the predecessor goes on.

    successor                                 predecessor
    "take over"                          ->
                                         <-   "sockets", with the descriptors; all goes on
    imports what it needs, "ready"       ->   stops all but DNS, keeps what is served
                                         <-   "yours", without the lock
    takes the lock, reads the tables,
    answers, "answering"                 ->   stops DNS, and ends

Where the successor ends before it answers, the predecessor takes its place back. Where it does neither, the predecessor
goes on to answer until it is stopped itself: only one of them may write, and a start may take long.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

from reputation.refusal import Refused

log = logging.getLogger("gatepost.handover")

LOCK, SOCKET = "serve.lock", "serve.sock"
TAKE_OVER, SOCKETS, READY, YOURS, ANSWERING = b"take over", b"sockets", b"ready", b"yours", b"answering"
LONGEST = 64  # octets of a message
MOST_SOCKETS = 250  # the kernel passes on 253 at once
MESSAGE_SECONDS = 10.0
STOPPED_SECONDS = 2.0  # for a successor to answer, once this program was told to end
AGAIN_SECONDS = 10.0  # for the lock of a successor that has just ended
START_SECONDS = 300.0  # for a successor: it unpacks, imports and migrates
LOOK_SECONDS = 0.2  # between two looks at whether this program shall end
PEER = struct.Struct("3i")  # struct ucred: process, user, group
# What accept says where there is no descriptor, or no memory, for one more connection.
NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED)


class Place:
    """The place in a data folder. `hold()` takes it, or raises Refused; `close()` gives it up."""

    def __init__(self, data: Path, is_alone: bool = True, is_written: bool = True) -> None:
        """Without `is_alone` several programs may serve the folder, and no lock is taken.

        Of a folder that cannot be written the lock is taken where its file is there.
        """
        self._data, self._is_alone, self._is_written = data, is_alone, is_written
        self._lock: IO[str] | None = None
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.successor: Successor | None = None

    def hold(self, seconds: float = 0.0) -> None:
        """Take the lock of the folder, within so many seconds. Raise Refused, which names the process that has it."""
        if not self._is_alone or self._lock is not None:
            return
        try:
            self._take(seconds)
        except OSError as error:
            raise Refused(
                f"The data folder {self._data} cannot be locked ({error.strerror}): make room there, let this user "
                "write there, or give another --data."
            ) from None

    def _take(self, seconds: float) -> None:
        file = _lock_file(self._data / LOCK) if self._is_written else _unwritten(self._data / LOCK)
        if file is None:
            log.warning("Without a lock nothing keeps a second program from serving %s, too.", self._data)
            return
        end = time.monotonic() + seconds
        while not (is_ours := _locked(file)) and time.monotonic() < end:
            time.sleep(0.01)
        if not is_ours:
            file.seek(0)
            number = file.read().strip()
            file.close()
            by = f" by process {number}" if number else ""
            raise Refused(
                f"The data folder {self._data} is served already{by}: stop that one, take its place with --take-over, "
                "or give another --data."
            )
        if self._is_written:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        self._lock = file

    def release(self) -> None:
        """Give up the lock, so that a successor can take it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def listen(self, sockets: Callable[[], Sequence[socket.socket]]) -> None:
        """Wait in a thread for a successor, which gets these sockets. It is `successor` when it is ready.

        Where the folder takes no socket, the log says so: then nobody can take this place, and all else goes on.
        """
        self.successor = None
        try:
            self._listener = _listening(self._data)
        except OSError as error:
            log.warning("No successor can take this program's place: %s: %s", self._data / SOCKET, error.strerror)
            return
        self._thread = threading.Thread(target=self._wait, args=(self._listener, sockets), name="handover", daemon=True)
        self._thread.start()

    @property
    def is_listening(self) -> bool:
        """Tell whether a successor can ask for this place."""
        return self._listener is not None

    def stop_listening(self) -> None:
        """End the thread. A successor that is ready stays."""
        if self._listener is not None and self._thread is not None:
            (self._data / SOCKET).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._thread.join(MESSAGE_SECONDS)
            self._listener.close()
            self._listener = None

    def close(self) -> None:
        """Give up the place."""
        self.stop_listening()
        self.release()

    def _wait(self, listener: socket.socket, sockets: Callable[[], Sequence[socket.socket]]) -> None:
        while self.successor is None:
            try:
                connection, _ = listener.accept()
            except OSError as error:
                if error.errno not in NO_ROOM:  # closed
                    return
                log.warning("A successor could not be heard: %s", error.strerror)
                time.sleep(LOOK_SECONDS)
                continue
            successor = Successor(connection)
            if successor.is_ready_with(sockets):
                self.successor = successor
            else:
                connection.close()


class Successor:
    """A program that wants this one's place."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def is_ready_with(self, sockets: Callable[[], Sequence[socket.socket]]) -> bool:
        """Give it the sockets; tell whether it has got ready to take the place."""
        try:
            user = _user(self._connection)
            if user != os.geteuid():
                log.warning("A process of user %d has asked for the sockets of DNS, and got none", user)
                return False
            if _received(self._connection, MESSAGE_SECONDS) != TAKE_OVER:
                return False
            descriptors = [sock.fileno() for sock in sockets()]
            socket.send_fds(self._connection, [SOCKETS], descriptors[:MOST_SOCKETS])
            return _received(self._connection, START_SECONDS) == READY
        except OSError as error:
            log.warning("A successor has gone away before it was ready: %s", error)
            return False

    def takes(self, place: Place, is_stopped: Callable[[], bool] = lambda: False) -> bool:
        """Let it take the place; return when it answers, or False when it has ended, and the place is ours again.

        One that does neither is waited for. Once this program `is_stopped`, it has some seconds left.
        """
        place.release()
        is_over = self._is_answering(is_stopped)
        self._connection.close()
        if not is_over:
            log.error("The successor has ended before it answered, so this program goes on")
            _hold_again(place)
        return is_over

    def _is_answering(self, is_stopped: Callable[[], bool]) -> bool:
        """Wait until it answers, or as long as this program may; False where the successor has ended before."""
        late, end = time.monotonic() + START_SECONDS, float("inf")
        with contextlib.suppress(OSError):
            self._connection.send(YOURS)
            while time.monotonic() < end:
                with contextlib.suppress(TimeoutError):
                    return _received(self._connection, LOOK_SECONDS) == ANSWERING
                if is_stopped():
                    end = min(end, time.monotonic() + STOPPED_SECONDS)
                if time.monotonic() > late:
                    late = float("inf")
                    log.error("The successor has the place and does not answer; meanwhile DNS is served as of before")
            return True
        return False


def _hold_again(place: Place) -> None:
    """Take the lock again; a disk that takes none any more must not end DNS."""
    try:
        place.hold(AGAIN_SECONDS)
    except Refused as error:
        if not isinstance(error.__context__, OSError):  # somebody else serves the folder
            raise
        log.error("%s This program goes on without the lock.", error)


class Predecessor:
    """The program whose place this one takes. `sockets` are those on which it answers."""

    def __init__(self, connection: socket.socket, sockets: list[socket.socket]) -> None:
        self._connection, self.sockets = connection, sockets

    @classmethod
    def asked(cls, data: Path) -> Predecessor | None:
        """Ask the program that serves a folder for its sockets; return None where none does.

        Raise Refused where it is not this user's, or does not answer.
        """
        with contextlib.ExitStack() as opened:
            connection = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            try:
                with _named(data) as name:
                    connection.connect(str(name))
            except (FileNotFoundError, ConnectionRefusedError):
                return None
            except OSError as error:
                _fail(data, error.strerror or str(error))
            sockets = _asked_for(connection, data)
            opened.pop_all()
        return cls(connection, sockets)

    def leave(self, data: Path) -> None:
        """Let it stop all but DNS; return when the place is free. Raise Refused where it does not leave.

        Sockets that nobody has taken out of `sockets` are closed.
        """
        for sock in self.sockets:
            sock.close()
        try:
            self._connection.send(READY)
            if _received(self._connection, START_SECONDS) != YOURS:
                _fail(data, "it has ended meanwhile")
        except OSError as error:
            _fail(data, error.strerror or "it does not leave")

    def end(self) -> None:
        """Let it end: this program answers."""
        with contextlib.suppress(OSError):
            self._connection.send(ANSWERING)
        self._connection.close()


def _listening(data: Path) -> socket.socket:
    with contextlib.ExitStack() as opened:
        made = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        os.fchmod(made.fileno(), 0o600)  # before it has a name: nobody else may ever connect
        with _named(data) as name:
            name.unlink(missing_ok=True)  # of a program that was ended by force
            made.bind(str(name))
        made.listen(1)
        opened.pop_all()
    return made


def _asked_for(connection: socket.socket, data: Path) -> list[socket.socket]:
    if _user(connection) != os.geteuid():
        _fail(data, f"it runs as user {_user(connection)}, and this one as {os.geteuid()}")
    connection.settimeout(MESSAGE_SECONDS)
    try:
        connection.send(TAKE_OVER)
        message, descriptors, *_ = socket.recv_fds(connection, LONGEST, MOST_SOCKETS)
    except OSError as error:
        _fail(data, error.strerror or "it does not answer")
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    if message != SOCKETS:
        _fail(data, "another program is taking it")
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


def _lock_file(path: Path) -> IO[str]:
    """The file, which nobody else may open: whoever can read a file can lock it, and would keep us from starting."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):  # on a file system without modes
        os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "r+")


def _unwritten(path: Path) -> IO[str] | None:
    """The file as it lies in a folder that cannot be written: it can be locked all the same."""
    try:
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "r")
    except OSError:
        return None


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _received(connection: socket.socket, seconds: float) -> bytes:
    connection.settimeout(seconds)
    return connection.recv(LONGEST)


def _user(connection: socket.socket) -> int:
    _, user, _ = PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return int(user)


def _fail(data: Path, why: str) -> NoReturn:
    raise Refused(f"The place of the program that serves {data} cannot be taken: {why}.")


@contextmanager
def _named(data: Path) -> Iterator[Path]:
    """The socket's name by the folder's descriptor: a socket's name has at most 107 octets."""
    try:
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FileNotFoundError(errno.ENOENT, str(data)) from error
    try:
        yield Path(f"/proc/self/fd/{folder}") / SOCKET
    finally:
        os.close(folder)
