"""The key of this installation (Ed25519, RFC 8032): a file of its own in the data folder, and what is signed with it.

The private key is in no table, log or dump of the database. A public key is written as base64url without padding, 43
characters; its fingerprint is what two people compare.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from reputation.refusal import Refused

FILE_NAME, NEXT_NAME, OLD_NAME = "exchange.key", "exchange.key.next", "exchange.key.revoked"
LARGEST = 4096  # octets of a key file
READERS = 0o077  # permissions that a private key must not have


class Key:
    """A private key, with its public one as text."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = written(private.public_key().public_bytes_raw())

    @classmethod
    def new(cls) -> Key:
        """Make a key that is kept nowhere."""
        return cls(Ed25519PrivateKey.generate())

    def sign(self, content: bytes) -> str:
        """Return the signature over these octets, as text."""
        return written(self._private.sign(content))


def there_is(data: Path) -> bool:
    """Tell whether this installation has a key."""
    return (data / FILE_NAME).exists()


def get_or_create(data: Path) -> Key:
    """Return the key in the data folder; the first call makes it. Raise Refused where it cannot be used."""
    if not there_is(data):
        with contextlib.suppress(FileExistsError):  # another process was faster, and its key is the one
            _write(data / FILE_NAME, Ed25519PrivateKey.generate())
    return read(data)


def read(data: Path, name: str = FILE_NAME) -> Key:
    """Return the key in the data folder. Raise Refused where there is none, or others can read it."""
    path = data / name
    try:
        if path.stat().st_mode & READERS:
            raise Refused(f"{path} can be read by others: chmod 600 it. If somebody may have, `exchange revoke` it.")
        with path.open("rb") as file:
            found = serialization.load_pem_private_key(file.read(LARGEST), None)
    except FileNotFoundError:
        raise Refused("This installation has no key yet: `exchange key` makes one.") from None
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refused(f"{path} holds no key that is known here: put it back from a copy.") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise Refused(f"{path} holds a key of another kind, and Ed25519 is wanted: put it back from a copy.")
    return Key(found)


def prepare(data: Path) -> Key:
    """Make the next key, beside the one that is there; `put_in_place` makes it the one in use."""
    (data / NEXT_NAME).unlink(missing_ok=True)
    _write(data / NEXT_NAME, Ed25519PrivateKey.generate())
    return read(data, NEXT_NAME)


def put_in_place(data: Path) -> None:
    """Put the next key in the place of the one that is there, which is kept beside it."""
    os.replace(data / FILE_NAME, data / OLD_NAME)
    os.replace(data / NEXT_NAME, data / FILE_NAME)


def find(data: Path, public: str) -> Key:
    """Return the key in the data folder whose public key this is. Raise Refused where it is not there.

    Where a program ended while it replaced its key, that is done now.
    """
    found = read(data)
    if found.public != public and (data / NEXT_NAME).exists() and read(data, NEXT_NAME).public == public:
        put_in_place(data)
        return read(data)
    if found.public != public:
        raise Refused(
            f"The key in {data} is {fingerprint(found.public)}, and this installation is known by "
            f"{fingerprint(public)}: put its {FILE_NAME} there, on each node, or make the other one known with "
            "`exchange introduce`."
        )
    return found


def is_signed(public: str, content: bytes, signature: str) -> bool:
    """Tell whether the signature is that of this public key over these octets."""
    try:
        Ed25519PublicKey.from_public_bytes(octets(public, 32)).verify(octets(signature, 64), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def checked(public: str) -> str:
    """Return a public key as it is kept. Raise Refused where the text is none."""
    try:
        Ed25519PublicKey.from_public_bytes(octets(public, 32))
    except ValueError:
        raise Refused("This is no public key: it has 43 letters, digits, - and _.") from None
    return public


def fingerprint(public: str) -> str:
    """Return what people compare: 24 digits of the hash of a public key, in groups of four."""
    digits = short(public)[:24]
    return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def short(public: str) -> str:
    """Return 32 digits of the hash of a public key, as the name of a folder."""
    return hashlib.sha256(public.encode()).hexdigest()[:32]


def written(content: bytes) -> str:
    """Write octets as base64url without padding (RFC 4648 5)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def octets(text: str, count: int) -> bytes:
    """Read base64url of so many octets, written as `written` writes it. Raise ValueError."""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from None
    if len(found) != count or written(found) != text:
        raise ValueError("another number of octets, or written in another way")
    return found


def _write(path: Path, private: Ed25519PrivateKey) -> None:
    """Write the key beside its place, readable by this user alone, and give it its name when it is whole."""
    content = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
