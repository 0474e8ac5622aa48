"""Requests that come through a reverse proxy of ours: the proxy says who sent them, and whether by https.

Everybody can write these headers. So they are believed only from a proxy in the named networks, and of the addresses in
X-Forwarded-For only the last, which that proxy has seen itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from wsgiref.types import StartResponse

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from reputation.addresses.address import Network, parse_address, parse_network


class WsgiApp(Protocol):
    """An application as WSGI defines it (PEP 3333), its arguments named as Flask names them."""

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]: ...


def init_app(app: Flask, networks: Sequence[str]) -> None:
    """Believe what proxies in these networks say of a client; requests from elsewhere are left as they are."""
    app.wsgi_app = _trust(app.wsgi_app, networks)  # type: ignore[method-assign]


def _trust(app: WsgiApp, networks: Sequence[str]) -> WsgiApp:
    trusting = ProxyFix(app, x_for=1, x_proto=1)
    proxies = [parse_network(text) for text in networks]

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if not _is_among(environ.get("REMOTE_ADDR", ""), proxies):
            return app(environ, start_response)
        # One clean address: an open quotation mark from the client would swallow what the proxy has added behind it.
        forwarded = {**environ, "HTTP_X_FORWARDED_FOR": _client(environ)}
        return trusting(forwarded, start_response)

    return answer


def _is_among(remote: str, proxies: Sequence[Network]) -> bool:
    try:
        version, value = parse_address(remote)
    except ValueError:  # such as a socket that has no address
        return False
    return any(one.version == version and one.first <= value <= one.last for one in proxies)


def _client(environ: dict[str, Any]) -> str:
    """The last address that is named; where that is none, the proxy itself."""
    try:
        return str(parse_address(environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]))
    except ValueError:
        return str(environ["REMOTE_ADDR"])
