"""The RFC 8906 section 8 questions, asked by dig: an asker that we did not write."""

from __future__ import annotations

import subprocess

import pytest

from tests.debian import need
from tests.dnsd import cast

LISTED = cast.reversed_name("203.0.113.2")


def dig(served: tuple[str, int], *words: str) -> str:
    tool = need("dnsutils") / "usr/bin/dig"
    argv = [str(tool), f"@{served[0]}", "-p", str(served[1]), "+tries=1", "+time=5", "+norec", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("+noedns", LISTED), ("status: NOERROR", "flags: qr aa;", "127.0.0.2")),
        ((LISTED, "TXT"), ("Known spam source 203.0.113.2", "EDNS: version: 0", "udp: 1232")),
        ((cast.reversed_name("2001:db8::2"),), ("status: NOERROR", "127.0.0.2")),
        ((cast.reversed_name("203.0.113.5"),), ("status: NXDOMAIN", "IN\tSOA")),
        (("rep.example", "SOA"), ("flags: qr aa;", "hostmaster.rep.example. 2026 3600 600 604800 300")),
        (("+edns=1", "+noednsneg", LISTED), ("status: BADVERS", "EDNS: version: 0", "ANSWER: 0, AUTHORITY: 0")),
        (("+ednsopt=100", LISTED), ("status: NOERROR", "127.0.0.2")),
        (("+ednsflags=0x40", LISTED), ("status: NOERROR", "EDNS: version: 0, flags:;")),
        (("+zflag", LISTED), ("status: NOERROR", "flags: qr aa;")),
        (("+opcode=15", "+header-only", "+noedns", LISTED), ("status: NOTIMP", "opcode: RESERVED15", "QUERY: 0")),
        (("+dnssec", LISTED), ("status: NOERROR", "flags: do;")),
        (("+ad", "+cd", LISTED), ("flags: qr aa;",)),
        (("www.other.example",), ("status: REFUSED", "EDE: 20 (Not Authoritative)")),
        (("CH", "TXT", "version.bind"), ("status: REFUSED",)),
        (("TYPE1000", LISTED), ("status: NOERROR", "ANSWER: 0, AUTHORITY: 1")),
    ],
)
def test_dig_reads_the_answer(
    served: tuple[str, int], transport: str, words: tuple[str, ...], expected: tuple[str, ...]
):
    said = dig(served, transport, *words)

    assert "malformed" not in said and "WARNING" not in said
    for part in expected:
        assert part in said


def test_dig_comes_again_by_tcp_where_an_answer_is_truncated(served: tuple[str, int]):
    said = dig(served, "+bufsize=512", cast.reversed_name("203.0.113.200"), "TXT")

    assert "Truncated, retrying in TCP mode" in said
    assert "seen in many places" in said


def test_dig_keeps_a_connection_open_for_several_questions(served: tuple[str, int]):
    said = dig(served, "+tcp", "+keepopen", LISTED, cast.reversed_name("203.0.113.3"))

    assert "127.0.0.2" in said and "127.0.0.3" in said


def test_dig_reads_notauth_for_a_key_that_we_do_not_have(served: tuple[str, int]):
    said = dig(served, "-y", "hmac-sha256:key.example:c2VjcmV0c2VjcmV0", LISTED)

    assert "status: NOTAUTH" in said
    assert "BADKEY" in said
