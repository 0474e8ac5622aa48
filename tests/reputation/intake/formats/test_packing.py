"""gzip and zip around a list."""

import bz2
import gzip
import io
import lzma
import time
import zipfile
from collections.abc import Callable

import pytest
from backports import zstd

from reputation.intake.formats import FormatError, parse
from tests.reputation.intake.lists import listed, read

BOMB = b"# \n" * 1_000_000
LIST = b"192.0.2.1\n198.51.100.0/24\n"
# A frame that wants a window of 256 MB, of which the size of the content is not told.
WIDE = b"\x28\xb5\x2f\xfd\x00" + bytes([18 << 3]) + zstd.compress(LIST)[6:]


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("body", [
    gzip.compress(LIST),
    gzip.compress(LIST[:10]) + gzip.compress(LIST[10:]),
    zipped({"list.txt": LIST}),
    zipped({"folder/": b"", "folder/list.txt": LIST}, zipfile.ZIP_STORED),
    zipped({"list.txt": LIST}, zipfile.ZIP_LZMA),
    bz2.compress(LIST),
    bz2.compress(LIST[:10]) + bz2.compress(LIST[10:]),
    lzma.compress(LIST),
    lzma.compress(LIST[:10]) + bytes(8) + lzma.compress(LIST[10:]),
    zstd.compress(LIST),
    zstd.compress(LIST[:10]) + zstd.compress(LIST[10:]),
], ids=["gzip", "gzip in two parts", "zip", "zip with a folder", "zip by lzma", "bzip2", "bzip2 in two parts", "xz",
        "xz in two parts", "zstd", "zstd in two parts"])  # fmt: skip
def test_a_packed_list_is_known_by_its_first_bytes(body: bytes) -> None:
    assert listed(read(body).ranges) == ["192.0.2.1", "198.51.100.0/24"]


@pytest.mark.parametrize(
    "body",
    [gzip.compress(BOMB), zipped({"list.txt": BOMB}), bz2.compress(BOMB), lzma.compress(BOMB), zstd.compress(BOMB)],
    ids=["gzip", "zip", "bzip2", "xz", "zstd"],
)
def test_a_file_that_unpacks_to_more_than_its_bound_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError, match="unpacks to more than 1,000,000 bytes"):
        parse(body, "plain", 1_000_000)


@pytest.mark.parametrize("body,says", [
    (gzip.compress(LIST)[:-9], "damaged or cut off"),
    (gzip.compress(LIST)[:-6] + bytes(6), "damaged or cut off"),
    (b"\x1f\x8b" + bytes(40), "damaged or cut off"),
    (zipped({"list.txt": LIST})[:-10], "cannot be opened"),
    (b"PK\x03\x04", "cannot be opened"),
    (bz2.compress(LIST)[:-5], "bzip2 file is damaged or cut off"),
    (b"BZh9" + bytes(40), "bzip2 file is damaged or cut off"),
    (bz2.compress(LIST) + b"more", "bzip2 file is damaged or cut off"),
    (lzma.compress(LIST)[:-5], "xz file is damaged or cut off"),
    (lzma.compress(LIST, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 512 << 20}]), "xz file is damaged"),
    (b"\x28\xb5\x2f\xfd" + bytes([0xFF]) * 40, "zstd file is damaged or cut off"),
    (zstd.compress(LIST)[:-5], "zstd file is damaged or cut off"),
    (zstd.compress(LIST) + b"more", "zstd file is damaged or cut off"),
    (WIDE, "zstd file is damaged or cut off"),
    (zipped({}), "holds 0 files"),
    (zipped({"a": LIST, "b": LIST}), "holds 2 files"),
], ids=["cut gzip", "a wrong sum", "no gzip", "cut zip", "no zip", "cut bzip2", "no bzip2", "more behind bzip2",
        "cut xz", "xz with a huge dictionary", "no zstd", "cut zstd",
        "more behind zstd", "zstd with a huge window", "an empty zip", "a zip of two"])  # fmt: skip
def test_a_damaged_archive_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(body)


def test_a_zip_whose_content_was_damaged_is_refused() -> None:
    body = bytearray(zipped({"list.txt": LIST}, zipfile.ZIP_STORED))
    body[body.index(b"192.0")] = ord("2")

    with pytest.raises(FormatError, match=r"damaged|cannot be opened"):
        read(bytes(body))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd.compress])
def test_a_file_of_a_million_parts_is_refused_at_once(pack: Callable[[bytes], bytes]) -> None:
    began = time.process_time()
    with pytest.raises(FormatError, match="more than 1,000 parts"):
        read(pack(b"#") * 1_000_000)
    with pytest.raises(FormatError, match="an empty part stands before others"):
        read(pack(b"") * 1_000_000)

    assert time.process_time() - began < 20, "with a copy of the rest for each part it takes hours"


def test_zstd_frames_that_hold_nothing_for_the_reader_are_passed_over() -> None:
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0size"

    body = skipped + zstd.compress(LIST[:10]) + skipped + zstd.compress(LIST[10:])

    assert listed(read(zstd.compress(b"# a list\n") + body).ranges) == ["192.0.2.1", "198.51.100.0/24"]
