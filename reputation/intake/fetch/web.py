"""Lists from web servers: conditional requests, a few tries, TLS verified, and bounds on octets and seconds."""

import re
import ssl
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from reputation.certificate_authorities import trusted
from reputation.intake.fetch.asking import key_for, pool_manager
from reputation.intake.fetch.deadline import Deadline, Passed
from reputation.intake.fetch.decoding import ACCEPTED, CODINGS, DecodingError, TooLong, decoded
from reputation.intake.fetch.ends import doubt
from reputation.intake.fetch.fetched import Fetched, FetchError, NotThere, too_large
from reputation.intake.fetch.patience import Patience
from reputation.intake.fetch.waiting import seconds_to_wait
from reputation.version import VERSION

USER_AGENT = f"Gatepost/{VERSION}"
AT_ONCE = 1 << 16
KEPT = 600  # seconds that the authorities are kept in memory
WORTH_ANOTHER_TRY = {500, 502, 503, 504}  # but not where the answer says when to come again, as a 429 does
PACKED = {"", "identity", *CODINGS}
REDIRECTS = {301, 302, 303, 307, 308}
WAITED = 5  # seconds that a redirect may ask for and that are waited at once; others are for the next turn


class _Again(Exception):
    """This try failed in a way that may pass."""


def from_url(
    url: str,
    max_bytes: int,
    etag: str,
    modified: str,
    patience: Patience,
    key_header: str = "",
    has_waited: bool = False,
) -> Fetched:
    """Fetch at most `max_bytes` octets from a URL, unless `etag` and `modified` are still valid. Raise FetchError.

    `key_header` is `NAME: VALUE`, for the host of this URL alone. `has_waited`: it has told to wait, and that was done.
    """
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    with Deadline(patience.deadline) as deadline, _pools(deadline, patience) as pools:
        asked = _Asked(pools, deadline, headers, max_bytes, patience, url, key_header, has_waited)
        try:
            return asked.in_some_tries(url)
        except Passed:
            raise FetchError(f"{_host(url)} had not sent the list after {patience.deadline:g} s.") from None


def _pools(deadline: Deadline, patience: Patience) -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=patience.connect, read=patience.read)
    authorities = _authorities(int(time.monotonic()) // KEPT, ssl.get_default_verify_paths())
    pools = pool_manager(ssl_context=authorities, timeout=timeout, retries=False, headers={})
    deadline.watch(pools)
    return pools


@lru_cache(maxsize=1)
def _authorities(_turn: int, _of_the_machine: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    """Whose certificates are believed, read once in a while: to read them costs twenty times what a fetch does."""
    return trusted()


class _Asked(NamedTuple):
    """One question to the network, from its first try to its last."""

    pools: urllib3.PoolManager
    deadline: Deadline
    headers: dict[str, str]
    max_bytes: int
    patience: Patience
    source: str
    key_header: str
    has_waited: bool

    def in_some_tries(self, url: str) -> Fetched:
        """Try until the list has come, or a try fails for good. Raise FetchError."""
        pause = self.patience.pause
        for left in reversed(range(self.patience.tries)):
            try:
                return self.once(url)
            except _Again as fault:
                if not left:
                    raise FetchError(str(fault)) from None
            time.sleep(min(pause, self.deadline.left()))
            pause *= 2
        raise AssertionError("a fetch has at least one try")

    def once(self, url: str) -> Fetched:
        """Try once, and follow redirects. Raise FetchError, or _Again where another try may help."""
        for _ in range(self.patience.redirects + 1):
            response = self._request(url)
            try:
                if response.status not in REDIRECTS or "Location" not in response.headers:
                    return self._read(url, response)
                self._wait_before_redirect(url, response)
                url = _redirected(url, response.headers["Location"])
            finally:
                response.close()
        raise FetchError(f"{_host(url)} redirects more than {self.patience.redirects} times: check the URL.")

    def _request(self, url: str) -> urllib3.BaseHTTPResponse:
        check_url(url)
        try:
            headers = self.headers | _login(url) | key_for(url, self.source, self.key_header)
            return self.pools.request("GET", url, headers=headers, redirect=False, preload_content=False)
        except ValueError:  # LocationParseError is one, and so is a login that no header can hold
            raise FetchError(f"The address of {_host(url)} is not a URL: check its login and its port.") from None
        except (HTTPError, OSError) as error:
            self.deadline.check()
            raise _explained(error, url, self.patience) from None

    def _wait_before_redirect(self, url: str, response: urllib3.BaseHTTPResponse) -> None:
        """Wait as long as the redirect asks; where that is long, raise FetchError: the next turn waits."""
        wait = seconds_to_wait(response.status, response.headers, datetime.now(UTC))
        if self.has_waited:
            return
        if wait > WAITED:
            raise FetchError(f"{_host(url)} leads to another address, which is not ready yet.", wait)
        time.sleep(min(wait, self.deadline.left()))
        self.deadline.check()

    def _read(self, url: str, response: urllib3.BaseHTTPResponse) -> Fetched:
        if response.status == 304 and not {"If-None-Match", "If-Modified-Since"} & self.headers.keys():
            raise FetchError(f"{_host(url)} says that nothing has changed, and was not asked that.")
        if response.status == 304:
            return Fetched(None, self.headers.get("If-None-Match", ""), self.headers.get("If-Modified-Since", ""))
        if response.status != 200:
            refusal = f"{_host(url)} answered {response.status} {response.reason or ''}".rstrip() + "."
            wait = seconds_to_wait(response.status, response.headers, datetime.now(UTC))
            again = response.status in WORTH_ANOTHER_TRY and not wait
            fault = NotThere if response.status in (404, 410) else FetchError
            raise _Again(refusal) if again else fault(refusal, wait)
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in PACKED:
            raise FetchError(f"{_host(url)} sent the list packed as {encoding[:20]}, which was not asked for.")
        coded = response.headers.get("Transfer-Encoding", "").strip().lower()
        if coded not in ("", "identity", "chunked"):
            raise FetchError(f"{_host(url)} sent the list coded as {coded[:20]}, which was not asked for.")
        has_end = coded == "chunked" or response.length_remaining is not None or encoding in CODINGS
        body = self._decoded(url, self._body(url, response), encoding)
        said = "" if has_end else doubt(_host(url), body)
        return Fetched(body, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""), said)

    def _body(self, url: str, response: urllib3.BaseHTTPResponse) -> bytes:
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and int(length[:20]) > self.max_bytes:  # int() raises where thousands of digits stand
            raise too_large(f"The list of {_host(url)}", self.max_bytes)
        body = bytearray()
        self.deadline.has_surplus = False
        try:
            # read1 comes back with what has arrived; read would wait for a full buffer, past any deadline
            while chunk := response.read1(AT_ONCE, decode_content=False):
                self.deadline.check()
                body += chunk
                if len(body) > self.max_bytes:
                    raise too_large(f"The list of {_host(url)}", self.max_bytes)
        except (HTTPError, OSError, ValueError) as error:
            self.deadline.check()
            raise _explained(error, url, self.patience) from None
        self.deadline.check()
        response.close()  # which looks whether more has come than was said
        if self.deadline.has_surplus:
            raise FetchError(
                f"{_host(url)} sent more than the {len(body):,} bytes that it named: which of them are the list?"
            )
        return bytes(body)

    def _decoded(self, url: str, body: bytes, encoding: str) -> bytes:
        try:
            return decoded(body, encoding, self.max_bytes, self.deadline.check)
        except TooLong:
            raise too_large(f"The list of {_host(url)}", self.max_bytes) from None
        except DecodingError as error:
            raise FetchError(
                f"{_host(url)} sent a list whose compression ({encoding}) is damaged or cut off, of {len(body):,} "
                f"bytes: {error}."
            ) from None


def check_url(url: str) -> None:
    """Raise FetchError where a URL is neither http nor https, or names no host or an impossible port."""
    scheme = url.partition("://")[0].lower()
    if scheme not in ("http", "https"):
        raise FetchError(f"A list comes by http, by https or from a file, not by {scheme}.")
    if not _host(url):
        raise FetchError(f"What begins with {scheme}:// is not a URL: it names no host.")
    if not _has_port(url):
        raise FetchError(f"The address of {_host(url)} is not a URL: its port is no number from 1 to 65535.")


def _redirected(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
    except ValueError:
        raise FetchError(f"{_host(url)} redirects to an address that is not a URL.") from None
    if url.lower().startswith("https:") and not target.lower().startswith("https:"):
        raise FetchError(
            f"{_host(url)} redirects from https to an address without: that would not be the list for sure."
        )
    return target


def _login(url: str) -> dict[str, str]:
    """The header for `https://user:password@host/`, which urllib3 leaves to us."""
    parts = urlsplit(url)
    if parts.username is None:
        return {}
    return urllib3.make_headers(basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")


def _host(url: str) -> str:
    """The host alone: a URL may hold a password or a key, which no message should show."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _has_port(url: str) -> bool:
    """Whether its port is one, or is left out."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _explained(error: Exception, url: str, patience: Patience) -> Exception:
    """The error in a sentence, and whether another try may help."""
    host = _host(url)
    if isinstance(error, NameResolutionError):
        return FetchError(f"The host {host} is not known: DNS has no address for it. Check the URL.")
    if isinstance(error, ProxyError):
        return _Again(f"The proxy did not reach {host}: check the setting outgoing_proxy.")
    if isinstance(error, SSLError):
        return FetchError(f"{host} cannot be trusted: {_about_tls(error)}.")
    if isinstance(error, ReadTimeoutError):
        return _Again(f"{host} sent nothing for {patience.read:g} s.")
    if isinstance(error, NewConnectionError):
        return _Again(f"{host} refused the connection: {_reason(error)}.")
    if isinstance(error, ConnectTimeoutError):  # in some versions of urllib3 the parent of the one above
        return _Again(f"{host} could not be reached within {patience.connect:g} s.")
    ended = _ended_early(error)
    if ended:
        total = ended.partial + ended.expected
        came = f"it ended early, {ended.partial:,} of {total:,} bytes came"
        return _Again(f"The connection to {host} broke off before the list was whole: {came}.")
    return _Again(f"The connection to {host} broke off before the list was whole.")


def _ended_early(error: Exception) -> IncompleteRead | None:
    if isinstance(error, IncompleteRead):
        return error
    found = [one for one in (*error.args, error.__cause__) if isinstance(one, IncompleteRead)]
    return found[0] if found else None


def _about_tls(error: Exception) -> str:
    found = re.search(r"certificate verify failed: ([^(]+)", str(error))
    if found:
        return f"its certificate does not prove it ({found[1].strip()})"
    return "the TLS handshake failed; is it an https server?"


def _reason(error: Exception) -> str:
    found = error.__cause__
    return (found.strerror or str(found)).lower() if isinstance(found, OSError) else "no answer"
