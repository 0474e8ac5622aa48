"""As much of a browser as the portal needs: one connection, its cookies, the hidden field of a form, links."""

from __future__ import annotations

import html
import http.client
import re
import urllib.parse
from http.cookies import SimpleCookie


class Refused(Exception):
    """The portal did not show a page; the text says which and why."""


class Browser:
    """One connection to the portal that is kept open, as browsers do."""

    def __init__(self, url: str, cookies: SimpleCookie | None = None) -> None:
        self._url = url
        self._cookies = cookies if cookies is not None else SimpleCookie()
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)

    def another(self) -> Browser:
        """Return a second browser, logged in as the same person."""
        return Browser(self._url, self._cookies)

    def log_in(self, email: str, password: str) -> list[str]:
        """Log in; return the paths of all pages that the menu leads to."""
        self.submit("/login", email=email, password=password)
        links = re.findall(r'<a[^>]*href="(/[^"#]*)"', self.get("/"))
        return ["/", *sorted({html.unescape(link) for link in links} - {"/", "/login"})]

    def get(self, path: str) -> str:
        """Return the page at this path."""
        return self._ask("GET", path, "")

    def submit(self, path: str, to: str = "", **fields: str) -> str:
        """Open the page, fill in its form and send it (to `to` where it is given); return the page that follows."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', self.get(path))
        hidden = {"csrf_token": token[1]} if token else {}
        return self._ask("POST", to or path, urllib.parse.urlencode({**hidden, **fields}))

    def _ask(self, method: str, path: str, body: str) -> str:
        headers = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())}
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": self._url}
        try:
            self._connection.request(method, path, body or None, headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            self._connection.close()  # it was closed while idle; the next request opens it again
            self._connection.request(method, path, body or None, headers)
            response = self._connection.getresponse()
        text = response.read().decode()
        for header in response.headers.get_all("Set-Cookie", []):
            self._cookies.load(header)
        if response.status == 303:
            return self._ask("GET", response.headers["Location"], "")
        if response.status != 200:
            raise Refused(f"{method} {path}: {response.status}")
        return text
