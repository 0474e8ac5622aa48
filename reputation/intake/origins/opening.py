"""Opens a file of origins: packed by gzip, bzip2, xz or zstd, or an archive (zip, tar) of several tables.

Nothing is unpacked beyond a bound; an archive is damaged as a whole or not at all.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from typing import NamedTuple

from reputation.intake.formats.lines import FormatError
from reputation.intake.formats.packing import EMPTY_ZIP, ZIP, TooLarge, unpacked
from reputation.refusal import Refused

MAX_BYTES = 256 << 20  # of an opened file, or of all of an archive together; the published ones have about 40 MB
MOST_MEMBERS = 100
TAR_MAGIC = 257  # where a tar file says `ustar`
# What archives hold beside their tables.
BESIDE = (".txt", ".md", ".html", ".pdf", ".md5", ".sha256")


class Member(NamedTuple):
    """One table: its name, with the folders that an archive has it in, and what it holds."""

    name: str
    content: bytes


def open_tables(content: bytes, name: str) -> list[Member]:
    """Return the tables in a file. Raise Refused where it is damaged, cut off or too large."""
    if len(content) > MAX_BYTES:
        raise _too_large(name)
    try:
        plain = content if content.startswith((ZIP, EMPTY_ZIP)) else unpacked(content, MAX_BYTES)
        if plain.startswith((ZIP, EMPTY_ZIP)):
            return _bounded(_from_zip(plain, name))
        if plain[TAR_MAGIC : TAR_MAGIC + 5] == b"ustar":
            return _bounded(_from_tar(plain, name))
    except TooLarge:
        raise _too_large(name) from None
    except (FormatError, zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError, EOFError, OSError,
            zlib.error) as error:  # fmt: skip
        raise Refused(f"{name} is damaged or cut off ({str(error).rstrip('.')}): load it again.") from error
    return [Member(name, plain)]


def _from_zip(content: bytes, name: str) -> list[Member]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [info for info in archive.infolist() if not info.is_dir() and _is_table(info.filename)]
        _check(sum(info.file_size for info in files), len(files), name)
        found = []
        left = MAX_BYTES
        for info in files:
            with archive.open(info) as file:
                found.append(Member(info.filename, file.read(left + 1)))
            left -= len(found[-1].content)
            _check(MAX_BYTES - left, len(files), name)
    return found


def _from_tar(content: bytes, name: str) -> list[Member]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        files = [info for info in archive if info.isreg() and _is_table(info.name)]
        _check(sum(info.size for info in files), len(files), name)
        return [Member(info.name, _content(archive, info)) for info in files]


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(info)
    content = file.read() if file else b""
    if len(content) != info.size:
        raise EOFError("its end is missing")
    return content


def _is_table(name: str) -> bool:
    return not name.lower().endswith(BESIDE)


def _check(size: int, members: int, name: str) -> None:
    if size > MAX_BYTES:
        raise TooLarge(name)
    if members > MOST_MEMBERS:
        raise Refused(f"{name} holds {members} files: take the archive as its publisher has it.")


def _bounded(members: list[Member]) -> list[Member]:
    if not members:
        raise Refused("The archive holds no table of origins.")
    return members


def _too_large(name: str) -> Refused:
    return Refused(f"{name} is larger than {MAX_BYTES >> 20} MB: it is not a table of countries and ISPs.")
