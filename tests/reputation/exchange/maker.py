"""Another installation, as far as others see it: a folder of files on a web server, and the key that signs them."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from reputation.exchange import batches, entries, heads, introductions, keys
from reputation.exchange.batches import Place
from reputation.exchange.entries import NodeEntry, VolumeEntry
from tests.conftest import NOON

HOUR = 3600


class Maker:
    """It makes files as another installation would, and others that it should not."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.url = folder, url
        self.key = keys.get_or_create(folder)
        self.place, self.first = Place(), 1

    @property
    def introduction(self) -> str:
        return introductions.write(self.folder.name, self.url, self.key)

    def give(self, *nodes: NodeEntry, at: int = NOON, volumes: tuple[VolumeEntry, ...] = ()) -> bytes:
        """Make the next batch and its head; return the batch."""
        return self.give_lines(entries.write(nodes, volumes), at)

    def give_lines(self, content: bytes, at: int = NOON) -> bytes:
        self.place, batch = batches.make(content, content.count(b"\n"), self.place, at, self.key)
        self.write(f"{self.place.number}.batch", batch)
        self.head(at)
        return batch

    def head(self, at: int = NOON) -> None:
        self.write("latest", heads.write(self.place, self.first, at, self.key))

    def write(self, name: str, content: bytes | str) -> None:
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


def node(name: str, spam: int = 1, seen: int | None = None, at: int = NOON) -> NodeEntry:
    return NodeEntry(name, spam, spam if seen is None else seen, 1, at // HOUR)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder; return its URL."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
