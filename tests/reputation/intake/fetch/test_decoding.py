"""What a body holds comes out of it, within bounds on its octets, on its parts and on the time that it takes."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from backports import zstd

from reputation.intake.fetch.decoding import DecodingError, TooLong, decoded

LIST = b"192.0.2.1\n198.51.100.0/24\n"
BOUND = 1_000_000
# A frame says of what window it wants to be read, of which the size of the content is not told: 1 << 10 + the number.
WINDOW_8_MB, WINDOW_16_MB = (
    b"\x28\xb5\x2f\xfd\x00" + bytes([power - 10 << 3]) + zstd.compress(LIST)[6:] for power in (23, 24)
)
EMPTY = {"gzip": gzip.compress(b"", mtime=0), "deflate": zlib.compress(b""), "zstd": zstd.compress(b"")}


class Late(Exception):
    """The deadline has passed."""


@pytest.mark.parametrize(("coding", "body"), [
    ("gzip", gzip.compress(LIST, mtime=0)), ("deflate", zlib.compress(LIST)), ("deflate", zlib.compress(LIST)[2:-4]),
    ("br", brotli.compress(LIST)), ("zstd", zstd.compress(LIST)),
    ("gzip", b"".join(gzip.compress(LIST[at : at + 1], mtime=0) for at in range(len(LIST))) + bytes(100_000)),
    ("zstd", b"\x50\x2a\x4d\x18\x04\0\0\0skip" + zstd.compress(LIST)),
], ids=["gzip", "deflate", "deflate without a header", "br", "zstd", "gzip in many parts",
        "zstd with a skipped frame"])  # fmt: skip
def test_what_was_packed_comes_out(coding: str, body: bytes) -> None:
    assert decoded(body, coding, BOUND) == LIST


def test_a_content_of_several_pieces_comes_out() -> None:
    content = b"".join(zlib.crc32(b"%d" % number).to_bytes(4) for number in range(200_000))

    for coding, pack in (("gzip", gzip.compress), ("zstd", zstd.compress), ("br", lambda body: brotli.compress(body))):
        assert decoded(pack(content), coding, BOUND) == content
        with pytest.raises(TooLong):
            decoded(pack(content), coding, len(content) - 1)


def test_a_window_of_zstd_is_at_most_the_one_that_the_web_allows() -> None:
    assert decoded(WINDOW_8_MB, "zstd", BOUND) == LIST
    with pytest.raises(DecodingError):
        decoded(WINDOW_16_MB, "zstd", BOUND)


@pytest.mark.parametrize("coding", EMPTY)
def test_a_body_of_empty_parts_is_damaged(coding: str) -> None:
    asked: list[int] = []
    body = EMPTY[coding] * 1_000_000

    with pytest.raises(DecodingError, match="an empty part"):
        decoded(body, coding, BOUND, lambda: asked.append(1))

    assert len(asked) < 10
    assert decoded(EMPTY[coding], coding, BOUND) == b"", "an empty list is one"


@pytest.mark.parametrize(("coding", "part"), [("gzip", gzip.compress(b"1", mtime=0)), ("zstd", zstd.compress(b"1")),
                                              ("zstd", b"\x5f\x2a\x4d\x18\0\0\0\0")],
    ids=["gzip", "zstd", "skipped frames"],
)  # fmt: skip
def test_a_body_has_at_most_a_thousand_parts(coding: str, part: bytes) -> None:
    asked: list[int] = []

    assert len(decoded(part * 1000, coding, BOUND)) in (0, 1000)
    with pytest.raises(DecodingError, match="more than 1,000 parts"):
        decoded(part * 1_000_000, coding, BOUND, lambda: asked.append(1))

    assert len(asked) == 1000, "and each is looked at once"


@pytest.mark.parametrize(("coding", "body"), [
    ("gzip", gzip.compress(bytes(BOUND), mtime=0)), ("br", brotli.compress(bytes(BOUND))),
    ("zstd", zstd.compress(bytes(BOUND))),
], ids=["gzip", "br", "zstd"])  # fmt: skip
def test_the_deadline_is_asked_meanwhile(coding: str, body: bytes) -> None:
    def late() -> None:
        raise Late

    with pytest.raises(Late):
        decoded(body, coding, BOUND, late)
