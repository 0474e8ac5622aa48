"""The building of what stands behind DNS, in a thread: whatever it waits for, the main thread hears signals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from serving.ending import Stopped


class Building:
    """A thread that builds. `error` is what kept it from it; `reload` is what SIGHUP calls, once there is anything."""

    def __init__(self, build: Callable[[Building], None], done: Callable[[], None]) -> None:
        """`done` is called once all is built."""
        self.error: BaseException | None = None
        self.reload: Callable[[int], None] | None = None
        self._build, self._done = build, done
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="start", daemon=True)

    def start(self) -> None:
        """Begin to build."""
        self._thread.start()

    def stop(self) -> None:
        """Build nothing more, and return when the thread has ended."""
        self._is_over.set()
        self._thread.join()

    def is_over(self) -> bool:
        """Tell whether the program ends: then nothing is waited for any longer."""
        return self._is_over.is_set()

    def read_settings(self) -> bool:
        """Read the settings again; False while nothing is built yet that could take them."""
        if self.reload is None:
            return False
        self.reload(int(time.time()))
        return True

    def _run(self) -> None:
        try:
            self._build(self)
            self._done()
        except Stopped:
            pass
        except BaseException as error:  # the main thread raises it
            self.error = error
