"""Posts to a web address that an organization gave: once, without following redirects, and only to public addresses.

An address inside the network of this machine is refused: a person who may set up a channel must not reach our
neighbours by it.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit, urlunsplit

import urllib3

from reputation.addresses.address import parse_address
from reputation.addresses.reserved import is_public
from reputation.certificate_authorities import trusted
from reputation.refusal import Refused
from reputation.version import VERSION

LONGEST = 500
TIMEOUT = urllib3.Timeout(connect=5.0, read=10.0)


def check_url(url: str, problem: str) -> None:
    """Raise Refused, with the sentence `problem`, for what cannot be a web address to post to."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and len(url) <= LONGEST
    except ValueError:
        fine = False
    if not fine:
        raise Refused(problem)


def post(url: str, body: bytes, headers: Mapping[str, str], may_be_private: bool) -> str:
    """Post the body. Return "" where it was answered with 2xx, or a sentence that says what went wrong."""
    try:
        parts = urlsplit(url)
        sent = {"User-Agent": f"Gatepost/{VERSION}", **headers, "Host": parts.netloc.rpartition("@")[2]}
        with _pool(parts, _address(parts.hostname or "", may_be_private)) as pool:
            target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            # The status is all that is wanted: a body that drips for ever is not waited for.
            answer = pool.urlopen("POST", target, body=body, headers=sent, redirect=False, preload_content=False)
            status = answer.status
            answer.close()
    except (urllib3.exceptions.HTTPError, OSError, ValueError, Refused) as error:
        return f"The last call failed: {error}"
    return "" if 200 <= status < 300 else f"The last call was answered with {status}."


def _pool(parts: SplitResult, address: str) -> urllib3.HTTPConnectionPool:
    """A connection to the very address that was looked at: asked a second time, the name could lead elsewhere."""
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, parts.port or 80, timeout=TIMEOUT, retries=False)
    return urllib3.HTTPSConnectionPool(
        address, parts.port or 443, timeout=TIMEOUT, retries=False, ssl_context=trusted(),
        server_hostname=parts.hostname, assert_hostname=parts.hostname,
    )  # fmt: skip


def _address(host: str, may_be_private: bool) -> str:
    """An address of the host, all of which must be public ones. Refused says which is not."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (socket.gaierror, UnicodeError):
        raise Refused(f"the name {host} is not known.") from None
    inner = [text for text in found if not is_public(parse_address(text.partition("%")[0]))]
    if inner and not may_be_private:
        raise Refused(f"{host} is {inner[0]}, inside this machine's network, where alerts are not sent.")
    return found[0]
