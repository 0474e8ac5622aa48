"""What is printed and logged. A stream that is closed, or that nobody reads any more, ends nothing."""

from __future__ import annotations

import logging
import os
import sys

import click

log = logging.getLogger("gatepost")

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
LINE = "%(asctime)s %(name)s %(levelname)s %(message)s"


class LogHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes the log to stderr. Where that cannot be written, there is nowhere to say so."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Report a line that cannot be made; one that cannot be written is lost."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def open_closed() -> None:
    """Open to nowhere what is closed of stdin, stdout and stderr.

    Otherwise the first file or socket would get the number of one, and in it what is printed.
    """
    for number, (name, mode) in enumerate(STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it takes the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, errors="backslashreplace", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a character that the language of this terminal lacks ends no program
            reconfigure(errors="backslashreplace")


def start_log(level: str) -> None:
    """Write the log to stderr from this level on."""
    logging.basicConfig(level=level.upper(), format=LINE, handlers=[LogHandler()])


def say(*lines: str) -> None:
    """Print lines for people, at once; where they reach nobody any more, the log says so, and the program goes on."""
    try:
        for line in lines:
            click.echo(line)
        sys.stdout.flush()
    except OSError as error:
        log.warning("What is printed on stdout reaches nobody (%s); the program goes on.", error.strerror)
        _lead_nowhere(sys.stdout.fileno())


def _lead_nowhere(number: int) -> None:
    """Lead a descriptor to nowhere: what waits in the buffer of its stream would fail again at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
