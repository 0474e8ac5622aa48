"""Has a list read by a process of its own, waits for it, and makes a sentence of what went wrong.

The process may use so much memory and time, and is ended when it wants more. At most two run at a time. What it answers
is bounded before it is read, and checked before it is used.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from reputation.intake.importing import COMMAND, answers
from reputation.intake.importing.answers import Answer, BadAnswer
from reputation.intake.importing.limits import Limits, chosen
from reputation.intake.importing.lists import ListOrder, ReadList, checked
from reputation.intake.importing.spool import Spool
from reputation.thread_priority import lowered

log = logging.getLogger("gatepost.import")

ROOT = Path(__file__).resolve().parents[3]
AT_ONCE = 2
PATIENCE = 15.0  # seconds for which a person waits while two others are read
MOST_SAID = 8000  # octets of standard error that the log gets
BESIDE_THE_LIST = 64 << 20  # octets that an answer may have beyond the bound of its list
FRAME = 1 << 16
# What the process needs of the environment; passwords, which may be there, are not among it.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "GATEPOST_COMPILED", "GATEPOST_INTERPRETED")


class NotRead(Exception):
    """A list was not read, for a reason that is not in its text. The text of the error is for a person.

    `is_spent`: the process was given what it may use, or ended; the same would come of the next attempt.
    """

    def __init__(self, text: str, is_spent: bool = True) -> None:
        """`text` says what was wrong and what to do."""
        super().__init__(text)
        self.is_spent = is_spent


class _Ended(NamedTuple):
    """How a process ended: its exit status, as subprocess has it, what it wrote, and why we ended it, if we did."""

    status: int
    content: bytearray
    said: str
    reason: str


class _State:
    """What the whole program shares: whose turn it is, which processes run, and by what the last one was confined."""

    def __init__(self) -> None:
        self.turns = threading.BoundedSemaphore(AT_ONCE)
        self.lock = threading.Lock()
        self.running: set[subprocess.Popen[bytes]] = set()
        self.held: tuple[str, ...] | None = None


_state = _State()


def holds() -> tuple[str, ...] | None:
    """Return by what the last process was confined, in words for a screen; None while none has run."""
    return _state.held


def stop() -> None:
    """End the processes that run, and start no others until limits are set again."""
    with _state.lock:
        chosen.is_stopped = True
        for process in _state.running:
            process.kill()


def put_aside(content: bytes | Iterable[bytes]) -> Spool:
    """Put a list aside for a process to read; close it afterwards. Raise NotRead where the disk has no room."""
    try:
        return Spool(chosen.folder, content)
    except OSError as error:
        raise _no_room(error) from None


def read_list(spool: Spool, order: ListOrder, patience: float | None = None) -> ReadList:
    """Read a list in a process of its own.

    `patience` are the seconds to wait until it may begin; None is the time that a list may take. Raise FormatError
    where the list cannot be used, NotRead where it was not read.
    """
    answer = run(spool, order.words(), order.parts, order.bounds.max_bytes + BESIDE_THE_LIST, patience)
    try:
        return checked(answer, order)
    except BadAnswer as error:
        raise _no_answer(str(error)) from None


def run(
    spool: Spool,
    order: dict[str, Any],
    parts: Callable[[], Mapping[str, bytes | Iterable[bytes]]],
    most: int,
    patience: float | None = None,
) -> Answer:
    """Run an order in a process of its own; return its answer of at most `most` octets. Raise NotRead.

    `parts` brings what goes with the order.
    """
    limits = chosen.limits
    if not _state.turns.acquire(timeout=limits.seconds if patience is None else patience):
        raise NotRead(f"{AT_ONCE} other lists are being read at the moment: try again in a minute.", is_spent=False)
    try:
        bounds = {"memory": limits.memory, "seconds": limits.seconds, "nice": max(0, lowered() - _niceness())}
        try:
            spool.order({**order, **bounds}, parts())
            ended = _done(spool, limits, most)
        except OSError as error:
            raise _no_room(error) from None
    finally:
        _state.turns.release()
    return _answer(ended, limits)


def _done(spool: Spool, limits: Limits, most: int) -> _Ended:
    """Start the process, and wait for its end."""
    descriptor = spool.for_reading()
    try:
        process = subprocess.Popen(
            _words(), stdin=descriptor, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(), cwd="/"
        )
    except OSError as error:
        raise NotRead(f"The process that reads lists cannot be started: {error.strerror or error}.") from None
    finally:
        os.close(descriptor)
    with process, _known(process):
        content, said, reason = _heard(process, limits, most)
        if reason:
            process.kill()
        return _Ended(process.wait(), content, said.decode("utf-8", "replace"), reason)


@contextlib.contextmanager
def _known(process: subprocess.Popen[bytes]) -> Iterator[None]:
    with _state.lock:
        _state.running.add(process)
        if chosen.is_stopped:
            process.kill()
    try:
        yield
    finally:
        with _state.lock:
            _state.running.discard(process)
        process.kill()  # whatever happened here, it does not go on


def _heard(process: subprocess.Popen[bytes], limits: Limits, most: int) -> tuple[bytearray, bytearray, str]:
    """What it writes until it ends, on standard output and error; and why it has to be ended, if so."""
    assert process.stdout is not None and process.stderr is not None
    content, said = bytearray(), bytearray()
    end = time.monotonic() + limits.seconds
    with selectors.DefaultSelector() as waiting:
        for stream, into in ((process.stdout, content), (process.stderr, said)):
            waiting.register(stream, selectors.EVENT_READ, into)
        while waiting.get_map():
            left = end - time.monotonic()
            if left <= 0:
                return content, said, "time"
            for key, _ in waiting.select(left):
                if not _took(key.fileobj, key.data):
                    waiting.unregister(key.fileobj)
            del said[:-MOST_SAID]
            if len(content) > most:
                return content, said, "size"
    return content, said, ""


def _took(stream: Any, into: bytearray) -> bool:
    """Read what is there; tell whether there may be more."""
    source: IO[bytes] = stream
    piece = os.read(source.fileno(), FRAME)
    into += piece
    return bool(piece)


def _answer(ended: _Ended, limits: Limits) -> Answer:
    """The answer of a process that has ended. Raise NotRead, which says why there is none."""
    if chosen.is_stopped:
        raise NotRead("The program was stopped while it read the list.", is_spent=False)
    if ended.reason == "time" or ended.status == -signal.SIGXCPU:
        raise NotRead(
            f"The list takes too long: it was not read within {limits.seconds} s. Set import_time higher, or take a "
            "shorter list."
        )
    if ended.reason == "size":
        raise _no_answer("it was longer than the list may be")
    if ended.status:
        _log(ended.said or _signal_of(ended.status))
        raise _ended_by(ended.status)
    try:
        answer = answers.read(ended.content)
        note_held(answers.texts(answer.head, "held", 10))
        fault = answers.text(answer.head, "fault") if "fault" in answer.head else ""
        text = answers.text(answer.head, "text") if "text" in answer.head else ""
    except BadAnswer as error:
        raise _no_answer(str(error)) from None
    if fault == "memory":
        raise NotRead(
            f"The list is too large: to read it takes more than {limits.memory >> 20:,} MB of memory. Set "
            "import_memory higher, or take a shorter list."
        )
    if fault:
        _log(text)
        raise NotRead("An internal error, which the log shows in full.")
    return answer


def _ended_by(status: int) -> NotRead:
    """What became of a process that answered nothing."""
    if status > 0:
        return _no_answer(f"it ended with status {status}")
    if status == -signal.SIGKILL:
        return NotRead(
            "The process that read the list was ended from outside (SIGKILL), as Linux does where memory is short. "
            "Give the machine more memory, set import_memory lower, or take a shorter list."
        )
    return _no_answer(f"it was ended by {_signal_of(status)}")


def _signal_of(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _no_answer(why: str) -> NotRead:
    return NotRead(f"The process that read the list gave no answer that can be used: {why}. The log may say more.")


def _no_room(error: OSError) -> NotRead:
    where = f"in {chosen.folder}" if chosen.folder else "in the folder for temporary files"
    return NotRead(f"The list could not be put aside {where}: {error.strerror or error}.", is_spent=False)


def note_held(held: tuple[str, ...] | None) -> None:
    """Note by what the last process was confined; the log has a line where that is new."""
    is_news, _state.held = held != _state.held, held
    if held and is_news:
        log.info("Lists are read in a process of their own, confined by: %s.", ", ".join(held))


def _log(said: str) -> None:
    log.error("the process that reads lists: %s", "".join(sign if sign.isprintable() else "\n" for sign in said))


def _words() -> list[str]:
    """The command line of the process: this program, from its source or as the executable."""
    if getattr(sys, "frozen", False):
        return [sys.executable, COMMAND]
    return [sys.executable, str(ROOT / "app.py"), COMMAND]


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name in KEPT}
    if unpacked := getattr(sys, "_MEIPASS", ""):  # an executable brings its libraries along
        own["LD_LIBRARY_PATH"] = unpacked
    # One thread, and one heap: what a library would set aside for others counts as used.
    return own | {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)
