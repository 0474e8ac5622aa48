"""What signals ask of the program: to end, to hurry with it, to read its settings again. All others are harmless.

A handler only notes what came: it interrupts the main thread anywhere, also where that holds the lock of the log. The
main thread looks at the notes and acts.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from types import FrameType

log = logging.getLogger("gatepost")

ENDINGS = (signal.SIGTERM, signal.SIGINT)
# They mean nothing here, and would end the program by the system's default.
MEANINGLESS = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPWR, signal.SIGIO, signal.SIGVTALRM, signal.SIGPROF)
# Ignored without a word: whoever writes to somebody who has left, or at a terminal from the background, gets one.
IGNORED = (signal.SIGPIPE, signal.SIGTTOU, signal.SIGTTIN)
LOOK_SECONDS = 0.2  # between two looks: one long sleep can miss a signal for another thread


class Signals:
    """What has come since `listen()`.

    `endings` is how often the program was told to end. Where it `ends_at_once`, the main thread does so by SystemExit.
    """

    def __init__(self) -> None:
        self.endings = 0
        self.ends_at_once = True
        self.shall_reload = False
        self._meaningless: list[int] = []
        self._has_terminal = _has_terminal()
        self._stays = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # as nohup wants it

    def listen(self) -> None:
        """Note signals from now on; only the main thread may call it."""
        for number in ENDINGS:
            signal.signal(number, self._end)
        signal.signal(signal.SIGHUP, self._hang_up)
        for number in MEANINGLESS:
            signal.signal(number, self._mean_nothing)
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)

    def wait(self) -> None:
        """Wait for a moment, and say what has come that means nothing."""
        time.sleep(LOOK_SECONDS)
        while self._meaningless:
            log.info("%s has come, and means nothing here.", signal.Signals(self._meaningless.pop()).name)

    def is_hurried(self) -> bool:
        """Tell whether the program was told to end more than once."""
        return self.endings > 1

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.endings += 1
        if self.ends_at_once:
            sys.exit(0)

    def _hang_up(self, number: int, frame: FrameType | None) -> None:
        """Of whom the terminal is gone, nobody can end it by Ctrl-C any more: it ends."""
        if self._has_terminal and not self._stays and not _has_terminal():
            self._end(number, frame)
        else:
            self.shall_reload = True

    def _mean_nothing(self, number: int, _frame: FrameType | None) -> None:
        self._meaningless.append(number)


def _has_terminal() -> bool:
    """Whether the process has a terminal that can still be opened."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
