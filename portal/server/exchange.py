"""One request and its answer, as cheroot reads the one and writes the other.

The head is read when it has arrived as a whole, and the application is asked when the body has: so neither waits for
the client. What stands between is connection.py's.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from typing import Any

from cheroot import wsgi
from cheroot.server import HTTPRequest

from portal.server.bodies import Body, ChunkedBody, KnownBody
from portal.server.outgoing import ClientGoneError

log = logging.getLogger("gatepost.portal")

CONTENT_LENGTH, TRANSFER_ENCODING = b"Content-Length", b"Transfer-Encoding"
# RFC 9112 5.1, 5.2: what else cheroot would read as a header, a proxy before us may read as another one, or not at all.
HEADER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:")
LENGTHS = re.compile(rb"^content-length[ \t]*:", re.IGNORECASE | re.MULTILINE)


class Settings(wsgi.Server):
    """What cheroot's requests ask of their server. It opens no socket and starts no thread."""

    def __init__(self, app: Callable[..., Any], address: tuple[str, int], head_octets: int, idle: float) -> None:
        super().__init__(address, app, server_name="Gatepost", timeout=int(idle))
        self.software = "Gatepost"
        self.max_request_header_size = head_octets
        self.is_ending = False

    @property
    def can_add_keepalive_connection(self) -> bool:
        """Tell whether a client may send another request on the same connection."""
        return not self.is_ending


class _Writer:
    """Where cheroot writes an answer."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.write = send


class Exchange:
    """A request whose head has arrived. It is what cheroot takes for its connection."""

    ssl_env: dict[str, Any] | None = None

    def __init__(self, settings: Settings, peer: tuple[Any, ...], head: bytes, send: Callable[[bytes], None]) -> None:
        """Read the head. What is wrong with it is sent at once; then it is not `is_understood`."""
        self.remote_addr, self.remote_port = str(peer[0]), int(peer[1])
        self.rfile: io.BytesIO = io.BytesIO(head)
        self.wfile = _Writer(send)
        self._request = HTTPRequest(settings, self)
        self.body: Body | None = None
        try:
            self._request.parse_request()
        except ValueError:  # of a URL with half an address in brackets, among others
            self._refuse("400 Bad Request", "This request cannot be read.")
        self.is_understood = (
            bool(self._request.ready) and self._has_plain_headers(head) and self._has_a_body_with_an_end(head)
        )

    def begin_body(self, most: int) -> Body:
        """Return the body that is to arrive, of at most so many octets."""
        length = int(self._request.inheaders.get(CONTENT_LENGTH, b"0"))
        self.body = ChunkedBody(most) if self._request.chunked_read else KnownBody(length, most)
        return self.body

    def respond(self) -> bool:
        """Ask the application and send what it answers; tell whether the client may go on. Any thread calls it.

        Raise ClientGoneError where the client is gone.
        """
        self._give_body()
        try:
            self._request.respond()
        except ClientGoneError:
            raise
        except Exception:
            log.exception("A request could not be answered")
            if not self._request.sent_headers:
                self._refuse("500 Internal Server Error", "Something went wrong here; the log says what happened.")
            return False
        return not self._request.close_connection

    def _has_plain_headers(self, head: bytes) -> bool:
        """Whether each line has a name of its own."""
        lines = head.lstrip(b"\r\n").split(b"\r\n")[1:]
        is_plain = all(HEADER.match(line) for line in lines if line)
        if not is_plain:
            self._refuse("400 Bad Request", "A header of this request has no name.")
        return is_plain

    def _has_a_body_with_an_end(self, head: bytes) -> bool:
        """Whether it is clear where the body ends: who reads it another way than a proxy before us answers others."""
        headers, is_chunked = self._request.inheaders, self._request.chunked_read
        lengths = LENGTHS.findall(head)
        if is_chunked or TRANSFER_ENCODING in headers:
            is_clear = is_chunked and not lengths
        else:
            is_clear = len(lengths) < 2 and headers.get(CONTENT_LENGTH, b"0").isdigit()
        if not is_clear:
            self._refuse("400 Bad Request", "It is not clear how long the body of this request is.")
        return is_clear

    def _give_body(self) -> None:
        """The body as one of a known length: the application need not know that it came in chunks.

        Of one that is too large it sees the length alone, and refuses that.
        """
        body = self.body
        assert body is not None
        headers = self._request.inheaders
        if body.is_too_large:
            self._request.close_connection = True  # what follows on this connection is the body still
        if self._request.chunked_read:
            self._request.chunked_read = False
            del headers[TRANSFER_ENCODING]
            headers[CONTENT_LENGTH] = b"%d" % (len(body.content) if not body.is_too_large else 1 << 40)
        self.rfile = io.BytesIO(body.content)

    def _refuse(self, status: str, sentence: str) -> None:
        self.wfile.write(refusal(status, sentence))


def refusal(status: str, sentence: str) -> bytes:
    """Return an answer that has a status, such as `408 Request Timeout`, and a sentence, and is the last one."""
    lines = [
        f"HTTP/1.1 {status}", "Server: Gatepost", f"Content-Length: {len(sentence) + 1}",
        "Content-Type: text/plain; charset=utf-8", "Connection: close", "", f"{sentence}\n",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()
