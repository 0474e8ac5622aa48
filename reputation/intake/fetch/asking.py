"""With what a question goes out: the header that carries a key, and the proxy through which it goes.

The key is for the source alone: where that leads to another host, the key stays behind. The proxy is the
installation's, and is set once when the program starts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from reputation.intake.fetch.fetched import FetchError

if TYPE_CHECKING:
    import urllib3

KEY_HEADERS = ("Auth-Key", "X-API-KEY", "Key", "API-Key", "X-Auth-Token", "X-Auth-Key", "Authorization")
WORD = re.compile(r"[!-~](?:[ -~]{0,498}[!-~])?")

_proxy = ""


def use_proxy(url: str) -> None:
    """Send every question through the proxy at this URL, `http://user:password@host:port`; "" is none."""
    global _proxy
    _proxy = url


def checked_key_header(text: str) -> str:
    """Return `NAME: VALUE` as it is kept; "" is none. Raise FetchError where it is no header for a key."""
    if not text.strip():
        return ""
    name, colon, value = (part.strip() for part in text.partition(":"))
    known = {each.lower(): each for each in KEY_HEADERS}
    if not colon or name.lower() not in known or not WORD.fullmatch(value):
        raise FetchError(f"A key is written as NAME: VALUE, where the name is one of {', '.join(KEY_HEADERS)}.")
    return f"{known[name.lower()]}: {value}"


def key_for(url: str, source: str, key_header: str) -> dict[str, str]:
    """Return the header of the key for this URL, which is that of the source or where it led to."""
    if not key_header or not is_same_place(url, source):
        return {}
    name, _, value = key_header.partition(": ")
    return {name: value}


def pool_manager(**options: object) -> urllib3.PoolManager:
    """Return connection pools, through the proxy where one is set."""
    import urllib3  # every command sets the proxy, and few fetch

    if not _proxy:
        return urllib3.PoolManager(**options)  # type: ignore[arg-type]
    parts = urlsplit(_proxy)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    headers = urllib3.make_headers(proxy_basic_auth=login) if login else None
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return urllib3.ProxyManager(bare, proxy_headers=headers, **options)  # type: ignore[arg-type]


def is_same_place(url: str, other: str) -> bool:
    """Tell whether both lead to the same host, by the same scheme and port: where a key for one may go to the other."""
    try:
        return _place(url) == _place(other)
    except ValueError:  # what is no URL is nowhere
        return False


def _place(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.hostname, parts.port
