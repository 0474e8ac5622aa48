"""Bodies in chunks, cut anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.server.bodies import FEW_CHUNKS, BadBodyError, ChunkedBody, KnownBody


def written(chunks: list[bytes], trailer: bytes = b"") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailer + b"\r\n"


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=8),
    st.lists(st.integers(0, 400), max_size=12),
    st.sampled_from([b"", b"A: b\r\n", b"A: b\r\nC: d\r\n"]),
    st.binary(max_size=20),
)
def test_wherever_it_is_cut_the_content_is_the_same_and_nothing_behind_it_is_taken(
    chunks: list[bytes], cuts: list[int], trailer: bytes, behind: bytes
) -> None:
    wire = written(chunks, trailer) + behind
    body, buffer, whole, start = ChunkedBody(1000), bytearray(), False, 0
    for end in [*sorted(cut for cut in cuts if cut < len(wire)), len(wire)]:
        buffer += wire[start:end]
        start = end
        whole = whole or body.take(buffer)

    assert whole and body.content == b"".join(chunks) and buffer == behind


def test_a_body_beyond_the_bound_is_too_large_before_it_has_arrived() -> None:
    body = ChunkedBody(10)

    assert not body.take(bytearray(b"8\r\n12345678\r\n3\r\n"))
    assert body.is_too_large


def test_very_many_very_small_chunks_are_refused() -> None:
    body = ChunkedBody(1 << 20)

    with pytest.raises(BadBodyError, match="too small"):
        body.take(bytearray(b"1\r\nx\r\n" * (FEW_CHUNKS + 1)))
    assert ChunkedBody(1 << 20).take(bytearray(written([b"x" * 100] * FEW_CHUNKS * 3)))


def test_a_trailer_without_end_is_refused() -> None:
    with pytest.raises(BadBodyError, match="trailer"):
        ChunkedBody(10).take(bytearray(b"0\r\n" + b"A: b\r\n" * 5000))


def test_of_a_known_length_as_much_is_taken() -> None:
    body, buffer = KnownBody(3, 10), bytearray(b"ab")

    assert not body.take(buffer)
    buffer += b"cGET"
    assert body.take(buffer) and body.content == b"abc" and buffer == b"GET"
