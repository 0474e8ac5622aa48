"""A body that was cut short is a failure or a doubt, never a shorter list: servers of every kind, on real sockets."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tracemalloc
import zlib
from http.server import BaseHTTPRequestHandler

import pytest
from backports import zstd

from reputation.intake.fetch import Fetched, FetchError, Patience, fetch
from reputation.intake.fetch.ends import doubt
from tests.reputation.intake.fetch.server import Act, answer, raw, running

LIST = b"192.0.2.1\n198.51.100.0/24\n"
CUT = b"192.0.2.1\n198.51.100.1"  # of 198.51.100.17
BOUND = 1 << 20
HASTY = Patience(connect=2, read=2, deadline=10, tries=1, pause=0.01)
OK, OK_1_0 = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n"


def fetched_from(*acts: Act) -> Fetched:
    with running(*acts) as site:
        return fetch(site.url, BOUND, patience=HASTY)


def test_fewer_bytes_than_were_named_are_counted() -> None:
    with pytest.raises(FetchError, match="it ended early, 26 of 100 bytes came"):
        fetched_from(raw(OK + b"Content-Length: 100\r\n\r\n" + LIST))


@pytest.mark.parametrize("more", [b"7\n", b"7\n" * 40_000], ids=["few", "many"])
def test_more_bytes_than_were_named_are_no_list(more: bytes) -> None:
    """What was named ends in the middle of an address, which is that of somebody else."""
    with pytest.raises(FetchError, match=f"sent more than the {len(CUT)} bytes that it named"):
        fetched_from(raw(OK + b"Content-Length: %d\r\n\r\n" % len(CUT) + CUT + more))


def test_a_connection_that_is_kept_open_is_not_waited_for() -> None:
    def act(handler: BaseHTTPRequestHandler) -> None:
        answer(LIST)(handler)
        handler.wfile.flush()
        handler.connection.settimeout(5)
        handler.connection.recv(1)  # until the client goes

    assert fetched_from(act).body == LIST


@pytest.mark.parametrize("coding", ["gzip", "chunked, gzip", "gzip, chunked"])
def test_a_transfer_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    head = OK + f"Transfer-Encoding: {coding}\r\n\r\n".encode()
    with pytest.raises(FetchError, match=f"coded as {re.escape(coding)}, which was not asked for"):
        fetched_from(raw(head + b"a\r\n192.0.2.1\n\r\n0\r\n\r\n"))


@pytest.mark.parametrize("head", [OK_1_0, OK + b"Connection: close\r\n", OK + b"Content-Length: many\r\n"])
def test_a_body_that_ends_with_its_connection_is_doubted_where_its_last_line_has_no_end(head: bytes) -> None:
    whole, cut = (fetched_from(raw(head + b"\r\n" + body)) for body in (LIST, CUT))

    assert (whole.body, whole.doubt) == (LIST, "")
    assert cut.body == CUT
    assert "neither how long the list is nor where it ends" in cut.doubt and "'198.51.100.1'" in cut.doubt


@pytest.mark.parametrize("act", [
    raw(OK + b"Content-Length: %d\r\n\r\n" % len(CUT) + CUT),
    raw(OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(CUT) + CUT + b"\r\n0\r\n\r\n"),
    raw(OK_1_0 + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(CUT, mtime=0)),
], ids=["length", "chunks", "coding"])  # fmt: skip
def test_a_body_whose_end_is_told_needs_no_last_newline(act: Act) -> None:
    found = fetched_from(act)

    assert (found.body, found.doubt) == (CUT, "")


@pytest.mark.parametrize("body", [
    gzip.compress(LIST, mtime=0), bz2.compress(LIST), lzma.compress(LIST), zstd.compress(LIST),
    b'{"a": [1, 2]}', b"[1,\n2]",
    b"\xef\xbb\xbf[1]", b"", b"x" * 90 + b"\xab\xcd\xefMaxMind.com\xe9metadata",
], ids=["gzip", "bzip2", "xz", "zstd", "object", "array", "with a mark", "nothing", "mmdb"])  # fmt: skip
def test_what_tells_its_own_end_is_not_doubted(body: bytes) -> None:
    assert doubt("lists.example", body) == ""


@pytest.mark.parametrize(
    "body",
    [b'{"a": 1}\n{"a": 2}', b'{"a": [1, 2', b"[" * 100_000, b"192.0.2.1\n\xff\x00" + b"7" * 99],
    ids=["lines", "cut", "deep", "no text"],
)
def test_what_does_not_is_and_its_last_line_is_shown_as_it_can_be(body: bytes) -> None:
    found = doubt("lists.example", body)

    assert found.startswith("lists.example said neither") and found.isprintable() and len(found) < 300


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_coding_that_is_cut_off_says_after_how_much(coding: str) -> None:
    body = (gzip.compress if coding == "gzip" else zlib.compress)(LIST * 99)[:-9]
    with pytest.raises(
        FetchError, match=rf"\({coding}\) is damaged or cut off, of {len(body)} bytes: its end is missing"
    ):
        fetched_from(answer(body, Content_Encoding=coding))


def test_nothing_changed_is_no_answer_to_who_has_nothing() -> None:
    with pytest.raises(FetchError, match="says that nothing has changed, and was not asked that"):
        fetched_from(answer(b"", 304))


def test_a_document_is_not_read_where_dns_is_answered() -> None:
    hostile = b"[" + b"[]," * (4 << 20) + b"[]]"  # read, it would take a gigabyte
    tracemalloc.start()
    try:
        assert doubt("lists.example", hostile) == ""
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("body", [b'[["192.0.2.1"], ["192.0.2.2"]', b'{"a": ["192.0.2.1"]', b'{"a": 1}\n{"b": 2}'])
def test_a_document_that_has_no_end_is_doubted(body: bytes) -> None:
    assert "may be cut short" in doubt("lists.example", body)
