"""Fetching from web servers: real ones on loopback, the well-behaved and the others."""

import base64
import gzip
import select
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import brotli
import pytest
from backports import zstd

from reputation.intake.fetch import (
    Fetched,
    FetchError,
    Patience,
    checked_key_header,
    checked_source,
    fetch,
    use_proxy,
)
from reputation.intake.fetch.waiting import seconds_to_wait
from reputation.version import VERSION
from tests.conftest import ROOT
from tests.ports import free_port
from tests.reputation.intake.fetch.server import Act, answer, only, raw, running

LIST = b"192.0.2.1\n198.51.100.0/24\n"
BOUND = 1 << 20
HASTY = Patience(connect=2, read=2, deadline=10, tries=1, pause=0.01)
STUBBORN = Patience(connect=2, read=2, deadline=10, tries=3, pause=0.01)
TLS = ROOT / "tests" / "data" / "tls"
HEAD = b"HTTP/1.1 200 OK\r\n"


def test_a_list_comes_whole_with_its_validators() -> None:
    with running(answer(LIST, ETag='"v1"', Last_Modified="Thu, 02 Apr 2026 15:51:19 GMT")) as site:
        fetched = fetch(f"{site.url}/list?key=secret", BOUND)

    assert fetched == Fetched(LIST, '"v1"', "Thu, 02 Apr 2026 15:51:19 GMT")
    path, headers = site.asked[0]
    assert path == "/list?key=secret"
    assert headers["User-Agent"] == f"Gatepost/{VERSION}"
    assert "If-None-Match" not in headers and "If-Modified-Since" not in headers


def test_an_unchanged_list_is_not_sent_again() -> None:
    with running(answer(b"", 304)) as site:
        fetched = fetch(site.url, BOUND, '"v1"', "Thu, 02 Apr 2026 15:51:19 GMT")

    assert fetched == Fetched(None, '"v1"', "Thu, 02 Apr 2026 15:51:19 GMT")
    assert site.asked[0][1]["If-None-Match"] == '"v1"'
    assert site.asked[0][1]["If-Modified-Since"] == "Thu, 02 Apr 2026 15:51:19 GMT"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(status: int) -> None:
    with running(answer(b"busy", status), answer(LIST)) as site:
        assert fetch(site.url, BOUND, patience=STUBBORN).body == LIST

    assert len(site.asked) == 2


DATE = "Thu, 02 Apr 2026 15:51:19 GMT"


@pytest.mark.parametrize("status,headers,wait", [
    (429, {"Retry_After": "7200"}, 7200),
    (429, {}, 3600),
    (429, {"Retry_After": "soon"}, 3600),
    (429, {"Retry_After": "999999999999"}, 7 * 86400),
    (429, {"Retry_After": "Thu, 02 Apr 2026 16:51:19 GMT", "Date": DATE}, 3600),
    (503, {"Retry_After": "120"}, 120),
    (503, {"Retry_After": "Thu, 02 Apr 2026 15:51:49 GMT", "Date": DATE}, 30),
    (403, {"Retry_After": "60"}, 60),
    (404, {}, 0),
])  # fmt: skip
def test_a_server_that_says_when_to_come_again_is_not_asked_before(
    status: int, headers: dict[str, str], wait: int
) -> None:
    with running(only(b"", status, **headers)) as site, pytest.raises(FetchError, match=f"answered {status}") as caught:
        fetch(site.url, BOUND, patience=STUBBORN)

    assert caught.value.wait == wait and len(site.asked) == 1


NOW = datetime(2026, 4, 2, 15, 51, 19, tzinfo=UTC)


@pytest.mark.parametrize("status,headers,wait", [
    (429, {"Retry-After": "0"}, 3600),
    (429, {"Retry-After": "-5"}, 3600),
    (503, {"Retry-After": "00000000000000120"}, 120),
    (503, {"Retry-After": "9" * 5000}, 7 * 86400),
    (503, {"Retry-After": "Thu, 02 Apr 2026 16:51:19 GMT"}, 3600),
    (503, {"Retry-After": "Thu, 02 Apr 2026 16:51:19 GMT", "Date": "yesterday"}, 3600),
    (503, {"Retry-After": "Thu, 02 Apr 2026 16:51:19 GMT", "Date": "Thu, 02 Apr 2026 16:51:09 GMT"}, 10),
    (503, {"Retry-After": "Thu, 02 Apr 2026 14:51:19 GMT"}, 0),
    (503, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, 7 * 86400),
    (503, {"Retry-After": "Fri, 99 Foo 2026 99:99:99 GMT"}, 0),
    (301, {"Retry-After": "30"}, 30),
    (301, {}, 0),
])  # fmt: skip
def test_how_long_a_server_wants_to_be_left_alone(status: int, headers: dict[str, str], wait: int) -> None:
    assert seconds_to_wait(status, headers, NOW) == wait


def test_a_redirect_that_asks_to_wait_is_followed_by_who_has_waited() -> None:
    with running(answer(LIST)) as other:
        later = answer(b"", 302, Location=other.url, Retry_After="120")
        soon = answer(b"", 302, Location=other.url, Retry_After="1")
        with running(later, later, soon) as site:
            with pytest.raises(FetchError, match="leads to another address, which is not ready yet") as caught:
                fetch(site.url, BOUND, patience=HASTY)
            assert caught.value.wait == 120 and not other.asked
            assert fetch(site.url, BOUND, patience=HASTY, has_waited=True).body == LIST
            began = time.monotonic()
            assert fetch(site.url, BOUND, patience=HASTY).body == LIST
            assert time.monotonic() - began >= 1


@pytest.mark.parametrize("encoding", ["compress", "gzip, br"])
def test_a_list_that_is_packed_as_nobody_asked_is_refused(encoding: str) -> None:
    with (
        running(answer(b"x", Content_Encoding=encoding)) as site,
        pytest.raises(FetchError, match=f"packed as {encoding}"),
    ):
        fetch(site.url, BOUND, patience=HASTY)

    assert site.asked[0][1]["Accept-Encoding"] == "gzip, deflate, br, zstd"


@pytest.mark.parametrize("header", ["Auth-Key: abc", "X-API-KEY: abc", "Key: abc"])
def test_a_key_is_sent_to_the_source_and_to_nobody_else(header: str) -> None:
    name = header.partition(":")[0].title()
    with running(answer(LIST)) as other, running(answer(b"", 302, Location=f"{other.url}/x"), answer(LIST)) as site:
        fetch(site.url, BOUND, patience=HASTY, key_header=header)
        fetch(site.url, BOUND, patience=HASTY, key_header=header)

    assert [asked[1].get(name) for asked in site.asked] == ["abc", "abc"]
    assert [asked[1].get(name) for asked in other.asked] == [None]


@pytest.mark.parametrize("text", ["Auth-Key", "Cookie: a", "Host: x", "Key: ", "Key: a\r\nX: y", "Key: é", ": x"])
def test_what_is_no_header_for_a_key_is_refused(text: str) -> None:
    with pytest.raises(FetchError, match="A key is written as NAME: VALUE"):
        checked_key_header(text)


def test_every_question_goes_through_the_proxy_with_its_login() -> None:
    with running(answer(LIST)) as proxy:
        use_proxy(proxy.url.replace("://", "://me:p%40ss@"))
        try:
            assert fetch("http://lists.example/drop.txt", BOUND, patience=HASTY).body == LIST
        finally:
            use_proxy("")

    path, headers = proxy.asked[0]
    assert path == "http://lists.example/drop.txt"
    assert headers["Proxy-Authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()


def test_a_proxy_that_is_not_there_is_named_as_the_setting() -> None:
    use_proxy("http://127.0.0.1:9")
    try:
        with pytest.raises(FetchError, match=r"outgoing_proxy|refused the connection"):
            fetch("http://lists.example/drop.txt", BOUND, patience=HASTY)
    finally:
        use_proxy("")


def test_after_some_tries_the_last_answer_is_the_error() -> None:
    with running(answer(b"", 503)) as site, pytest.raises(FetchError, match=r"127\.0\.0\.1 answered 503 Service Unav"):
        fetch(site.url, BOUND, patience=STUBBORN)

    assert len(site.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204])
def test_a_refusal_is_final(status: int) -> None:
    with running(answer(b"", status)) as site, pytest.raises(FetchError, match=f"127.0.0.1 answered {status}"):
        fetch(site.url, BOUND, patience=STUBBORN)

    assert len(site.asked) == 1


@pytest.mark.parametrize("act", [
    raw(HEAD + b"Content-Length: 100\r\n\r\n" + LIST),
    raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1a\r\n" + LIST + b"\r\n20\r\nhalf"),
    raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1a\r\n" + LIST + b"\r\n"),
    raw(b""),
    raw(b"nonsense\r\n\r\n"),
], ids=["short", "chunk cut", "no last chunk", "nothing", "no http"])  # fmt: skip
def test_a_list_that_breaks_off_is_not_taken_but_asked_for_again(act: Act) -> None:
    with running(act) as site, pytest.raises(FetchError, match="broke off before the list was whole"):
        fetch(site.url, BOUND, patience=HASTY)
    with running(act, answer(LIST)) as site:
        assert fetch(site.url, BOUND, patience=STUBBORN).body == LIST


def test_chunked_and_compressed_transfers_are_undone() -> None:
    packed = gzip.compress(LIST)
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)

    with running(raw(HEAD + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n" + chunked)) as site:
        assert fetch(site.url, BOUND, patience=HASTY).body == LIST
    with running(answer(packed, Content_Encoding="gzip")) as site:
        assert fetch(site.url, BOUND, patience=HASTY).body == LIST


CODED = {
    "gzip": gzip.compress(LIST), "x-gzip": gzip.compress(LIST[:9]) + gzip.compress(LIST[9:]),
    "deflate": zlib.compress(LIST), "br": brotli.compress(LIST), "zstd": zstd.compress(LIST),
}  # fmt: skip


@pytest.mark.parametrize("coding", CODED)
def test_every_coding_that_is_asked_for_is_undone(coding: str) -> None:
    with running(answer(CODED[coding], Content_Encoding=coding.upper())) as site:
        assert fetch(site.url, BOUND, patience=HASTY).body == LIST


def test_deflate_without_its_header_is_undone_as_well() -> None:
    with running(answer(zlib.compress(LIST)[2:-4], Content_Encoding="deflate")) as site:
        assert fetch(site.url, BOUND, patience=HASTY).body == LIST


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("damage", ["cut", "other octets", "more behind"])
def test_a_coding_that_is_damaged_or_ends_too_soon_is_no_list(coding: str, damage: str) -> None:
    whole = CODED[coding]
    body = {"cut": whole[:-6], "other octets": b"\xff" * 40, "more behind": whole + b"\xffmore"}[damage]

    with running(answer(body, Content_Encoding=coding)) as site, pytest.raises(FetchError, match="damaged or cut off"):
        fetch(site.url, BOUND, patience=HASTY)


@pytest.mark.parametrize("act", [
    answer(b"x" * 1001),
    raw(HEAD + b"Connection: close\r\n\r\n" + b"x" * 100_000),
    raw(HEAD + b"Content-Length: 99999999999\r\n\r\n"),
    answer(gzip.compress(bytes(500_000)), Content_Encoding="gzip"),
    answer(zlib.compress(bytes(500_000)), Content_Encoding="deflate"),
    answer(brotli.compress(bytes(10_000_000)), Content_Encoding="br"),
    answer(zstd.compress(bytes(10_000_000)), Content_Encoding="zstd"),
], ids=["announced", "not announced", "announced only", "gzip", "deflate", "br", "zstd"])  # fmt: skip
def test_a_list_above_its_bound_is_refused(act: Act) -> None:
    with running(act) as site, pytest.raises(FetchError, match=r"larger than 1,000 bytes.*feed bound NAME max_bytes"):
        fetch(site.url, 1000, patience=STUBBORN)

    assert len(site.asked) == 1


def test_a_list_of_exactly_its_bound_is_taken() -> None:
    with running(answer(b"x" * 1000)) as site:
        assert len(fetch(site.url, 1000).body or b"") == 1000


@pytest.mark.parametrize("drip", [
    raw(HEAD + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 900, pause=0.005),
    raw(HEAD, *[b"X-Slow: 1\r\n"] * 90, pause=0.05),
    raw(*[bytes([byte]) for byte in HEAD * 20], pause=0.013),
], ids=["body", "headers", "status line"])  # fmt: skip
def test_a_server_that_drips_is_left_at_the_deadline(drip: Act) -> None:
    patience = Patience(connect=2, read=5, deadline=0.6, tries=5, pause=0.01)
    dry = threading.Event()

    def act(handler: BaseHTTPRequestHandler) -> None:
        drip(handler)  # for more than 4 s of pauses, none as long as the read timeout
        dry.set()

    with running(act) as site:
        with pytest.raises(FetchError, match=r"had not sent the list after 0\.6 s"):
            fetch(site.url, BOUND, patience=patience)
        assert not dry.is_set(), "it was left while it dripped"
        assert len(site.asked) <= 1, "the deadline is that of all tries"


def test_a_server_that_says_nothing_is_left_after_the_read_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FetchError, match=r"sent nothing for 0\.3 s"):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", BOUND, patience=Patience(read=0.3, tries=1))


def test_a_tls_handshake_that_stalls_ends_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FetchError, match="had not sent the list"):
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        fetch(url, BOUND, patience=Patience(connect=9, read=9, deadline=0.4, tries=1))


def test_redirects_are_followed_to_a_bound() -> None:
    with running(answer(b"", 301, Location="/b"), answer(b"", 307, Location="list"), answer(LIST)) as site:
        assert fetch(site.url + "/a", BOUND, patience=HASTY).body == LIST
    assert [path for path, _ in site.asked] == ["/a", "/b", "/list"]

    with running(answer(b"", 302, Location="/again")) as site, pytest.raises(FetchError, match="more than 5 times"):
        fetch(site.url, BOUND, patience=STUBBORN)
    assert len(site.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"])
def test_a_redirect_to_anything_but_the_web_is_refused(target: str) -> None:
    with (
        running(answer(b"", 302, Location=target)) as site,
        pytest.raises(FetchError, match=r"not by (file|ftp|gopher)"),
    ):
        fetch(site.url, BOUND, patience=HASTY)


SECRETS = ("hunter2", "hidden-one")


@pytest.mark.parametrize("source", [
    "https://olga:hunter2@127.0.0.1:99999/l?apikey=hidden-one",
    "https://olga:hunter2@127.0.0.1:abc/l?apikey=hidden-one",
    "https://olga:hunter2@/l?apikey=hidden-one",
    "https://olga:hunter2@[x/l?apikey=hidden-one",
    "file://olga:hunter2@elsewhere/hidden-one",
    "http://ol\u0159a:hunter2@127.0.0.1:9/l?apikey=hidden-one",
])  # fmt: skip
def test_no_message_shows_a_password_or_a_key(source: str) -> None:
    with pytest.raises(FetchError) as found:
        fetch(source, BOUND, patience=HASTY, key_header="Key: hidden-one")

    assert not any(secret in str(found.value) for secret in SECRETS)


@pytest.mark.parametrize("target", [
    "http://[x", "http://olga:hunter2@127.0.0.1:99999/", "http://olga:hunter2@127.0.0.1:abc/", "http:///", "http://\u0159:hunter2@a/",
])  # fmt: skip
def test_a_redirect_to_what_is_no_url_is_explained(target: str) -> None:
    site: Act = answer(b"", 302, Location=target.encode().decode("latin-1"))
    with running(site) as server, pytest.raises(FetchError, match="URL") as found:
        fetch(server.url, BOUND, patience=HASTY, key_header="Key: secret-word")

    assert "hunter2" not in str(found.value)


def test_a_length_of_thousands_of_digits_is_too_large() -> None:
    with running(raw(HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n192.0.2.1\n")) as site:
        with pytest.raises(FetchError, match="larger than"):
            fetch(site.url, BOUND, patience=HASTY)


@pytest.mark.parametrize("source,says", [
    ("ftp://127.0.0.1/list", "not by ftp"),
    ("http:///list", "names no host"),
    ("https://", "names no host"),
    ("http://[::1/list", "names no host"),
    ("http://127.0.0.1:port/list", "is not a URL: its port is no number from 1 to 65535"),
    ("http://127.0.0.1:99999/list", "its port is no number"),
    ("http://127.0.0.1:0/list", "its port is no number"),
    ("http://127.0.0.1:-1/list", "its port is no number"),
])  # fmt: skip
def test_a_source_that_cannot_be_fetched_is_refused_when_it_is_given(source: str, says: str) -> None:
    with pytest.raises(FetchError, match=says):
        checked_source(source)
    with pytest.raises(FetchError, match=says):
        fetch(source, BOUND, patience=HASTY)


def test_an_unknown_host_is_called_one() -> None:
    with pytest.raises(FetchError, match=r"The host nowhere\.invalid is not known"):
        fetch("http://nowhere.invalid/list", BOUND, patience=STUBBORN)


def test_a_closed_port_refuses_the_connection() -> None:
    port = free_port()

    with pytest.raises(FetchError, match=r"127\.0\.0\.1 refused the connection: connection refused"):
        fetch(f"http://127.0.0.1:{port}/", BOUND, patience=HASTY)


def test_no_message_shows_what_a_url_keeps_secret() -> None:
    with running(answer(b"", 404)) as site, pytest.raises(FetchError) as caught:
        fetch(site.url.replace("://", "://me:pass%20word@") + "/?key=secret", BOUND, patience=HASTY)

    assert "secret" not in str(caught.value) and "pass" not in str(caught.value)
    assert site.asked[0][1]["Authorization"] == "Basic bWU6cGFzcyB3b3Jk"


@pytest.fixture
def tls() -> Iterator[ssl.SSLContext]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    yield context


def test_a_self_signed_certificate_is_refused(tls: ssl.SSLContext) -> None:
    with running(answer(LIST), tls=tls) as site:
        with pytest.raises(FetchError, match=r"127\.0\.0\.1 cannot be trusted: .*self-signed certificate"):
            fetch(site.url, BOUND, patience=STUBBORN)

    assert site.asked == []


def test_a_certificate_that_the_machine_trusts_is_taken(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))

    with running(answer(LIST), tls=tls) as site:
        assert fetch(site.url, BOUND, patience=HASTY).body == LIST
        with pytest.raises(FetchError, match="cannot be trusted"):
            fetch(site.url.replace("127.0.0.1", "localhost"), BOUND, patience=HASTY)


class Relay(threading.Thread):
    """A proxy that takes one CONNECT with a login, and passes octets both ways until a side is done."""

    def __init__(self, login: bytes) -> None:
        super().__init__()
        self.login, self.head = login, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://me:p%40ss@127.0.0.1:{self.door.getsockname()[1]}"

    def run(self) -> None:
        with self.door, self.door.accept()[0] as client:
            while b"\r\n\r\n" not in self.head:
                self.head += client.recv(1024)
            if self.login not in self.head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            host, _, port = self.head.split()[1].decode().partition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.pass_on(client, server)

    def pass_on(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        while True:
            for source in select.select([client, server], [], [], 5)[0]:
                octets = source.recv(1 << 16)
                if not octets:
                    return
                other[source].sendall(octets)


@pytest.mark.parametrize("login,is_let_in", [(b"bWU6cEBzcw==", True), (b"another", False)])
def test_a_list_by_https_goes_through_the_proxy_and_is_verified(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, login: bytes, is_let_in: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    relay = Relay(login)
    relay.start()
    use_proxy(relay.url)
    try:
        with running(answer(LIST), tls=tls) as site:
            if is_let_in:
                assert fetch(site.url, BOUND, patience=HASTY).body == LIST
            else:
                with pytest.raises(FetchError, match="outgoing_proxy"):
                    fetch(site.url, BOUND, patience=HASTY)
    finally:
        use_proxy("")
        relay.join(5)
    assert relay.head.startswith(b"CONNECT 127.0.0.1:")
    assert b"proxy-authorization: basic bwu6cebzcw==" in relay.head.lower()
    assert len(site.asked) == is_let_in


def test_https_does_not_lead_back_to_http(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))

    with running(answer(LIST)) as plain, running(answer(b"", 302, Location=plain.url), tls=tls) as site:
        with pytest.raises(FetchError, match="redirects from https to an address without"):
            fetch(site.url, BOUND, patience=HASTY)


def test_an_http_server_is_no_https_server() -> None:
    with running(answer(LIST)) as site, pytest.raises(FetchError, match=r"cannot be trusted|broke off"):
        fetch(site.url.replace("http:", "https:"), BOUND, patience=HASTY)


def test_a_fetch_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    with running(answer(LIST)) as site:
        fetch(site.url, BOUND)

    assert threading.active_count() == before
