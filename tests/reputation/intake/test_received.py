"""Received fields by format: the address that the receiving server wrote, or none, whatever the client says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reputation.addresses.address import parse_address
from reputation.intake import received
from reputation.intake.received import Hop
from tests.conftest import ROOT

TIME = "Tue, 3 Nov 2026 08:12:05 +0000"
AT = 1793693525
REAL = "198.51.100.63"


# One field of each server, folded as the server folds it, of a client with the address REAL that calls itself {h}.
SAMPLES = (ROOT / "tests" / "data" / "received" / "fields.txt").read_text()
FIELDS = {name: field for name, _, field in (text.strip("\n").partition("\n") for text in SAMPLES.split("# ")[1:])}
# Names that clients give themselves to be taken for somebody else. Blanks and parentheses are not in them: servers take
# none of these into the field.
HELOS = (
    "spammer.example",
    "[192.0.2.66]",
    "[IPv6:2001:db8::66]",
    "192.0.2.66",
    "by",
    "from",
    "for",
    "with",
    "x=[192.0.2.66]",
    "=?utf-8?q?x_=28y_[192.0.2.66]=29_by_z?=",
)


@pytest.mark.parametrize("server", FIELDS)
@pytest.mark.parametrize("helo", HELOS)
def test_the_client_is_the_peer_that_the_server_saw(server: str, helo: str) -> None:
    hop = received.read(FIELDS[server].replace("{h}", helo))

    assert hop is not None and hop.client == parse_address(REAL)
    assert hop.at == AT and not hop.is_login


@pytest.mark.parametrize(
    ("field", "client"),
    [
        ("from x (y [IPv6:2001:db8::1]) by mx (Postfix) with ESMTP id 1", "2001:db8::1"),
        ("from x (y [2001:db8::1]) by mx.google.com with ESMTPS id 1", "2001:db8::1"),
        ("from [2001:db8::1] (helo=x) by mx with esmtp (Exim 4.96) id 1", "2001:db8::1"),
        ("from x (2001:db8::1) by mx with Microsoft SMTP Server id 15.1.1.1", "2001:db8::1"),
        ("from x (y [::ffff:203.0.113.1]) by mx with ESMTP", "203.0.113.1"),
        ("from out.example (203.0.113.86) by mx.provider.example; " + TIME, "203.0.113.86"),
        ("from a (b [203.0.113.9]) by mx (Postfix) with ESMTP id 1 for <\"x by y\"@b.example>; " + TIME, "203.0.113.9"),
        ("FROM a (b [203.0.113.9]) BY mx (Postfix) WITH ESMTP id 1", "203.0.113.9"),
    ],
)  # fmt: skip
def test_forms_and_addresses_of_both_kinds_are_read(field: str, client: str) -> None:
    hop = received.read(field)

    assert hop is not None and hop.client == parse_address(client)


@pytest.mark.parametrize(
    "field",
    [
        "",
        "by mx.acme.example (Postfix, from userid 1000) id 1; " + TIME,
        "(qmail 1234 invoked by uid 89); " + TIME,
        "from a by c for <x@[192.0.2.7]>",
        "by c (qmail 1) with [192.0.2.7]",
        "from a (b [300.1.1.1]) by c",
        "from [192.0.2.66] (203.0.113.86) by mx",  # of which is the name that the client gave?
        "from [203.0.113.86] ([192.0.2.66]) by mx",
        "from a (b [203.0.113.9]) (c [192.0.2.66]) by mx",
        "from a (b [192.0.2.66]) by mx (Postfix) with ESMTP id 1 (c [203.0.113.9]) by real with ESMTP id 2",
        "from a (b [192.0.2.66]) by mx (Postfix) with ESMTP (x (c [203.0.113.9]) by real",  # a comment left open
        'from a (b [192.0.2.66]) by mx (Postfix) with ESMTP for <"x (c [203.0.113.9]) by real',
        "from a (b\x00 [192.0.2.66]) by mx (Postfix) with ESMTP id 1",
        "from a\x0b(b [192.0.2.66]) by mx (Postfix) with ESMTP id 1",
        "from a (b [192.0.2.66])\nby mx (Postfix) with ESMTP id 1",  # no fold: a field of its own
        "from a b (c [192.0.2.66]) by mx (Postfix) with ESMTP id 1",
        "from " + "x" * 3000 + " (c [192.0.2.66]) by mx (Postfix) with ESMTP id 1",
        "from localhost ([fe80::1%3]) by mx with mapi id 15.20.1.1 from b (c [192.0.2.66])",
    ],
)
def test_what_is_of_no_format_or_of_two_has_no_client(field: str) -> None:
    assert received.read(field) is None


@pytest.mark.parametrize(
    "field",
    [
        "(qmail 1234 invoked from network); " + TIME,
        "from mx.acme.example by imap.acme.example with LMTP id 8L (envelope-from <a@b>) for <u@acme.example>; " + TIME,
        "from mx.acme.example ([10.0.0.2]) by imap.acme.example with LMTP id 8L (envelope-from <a@b>); " + TIME,
        "from mx.acme.example (localhost [127.0.0.1]) by mx.acme.example (Cyrus 3.6) with LMTPA; " + TIME,
        "from mx.acme.example ([unix socket]) by mx.acme.example (Cyrus 3.6) with LMTPA; " + TIME,
    ],
)
def test_a_server_takes_mail_from_a_program_of_its_own_house(field: str) -> None:
    assert received.read(field) == Hop(None, at=AT)


@pytest.mark.parametrize(
    "field",
    [
        "from [203.0.113.5] (x [203.0.113.5]) (Authenticated sender: bob) by mx (Postfix) with ESMTPSA id 1",
        "from [203.0.113.5] (x [203.0.113.5]) by mx (Postfix) with ESMTPA id 1",
        "from x (y [203.0.113.5]) (authenticated bits=0) by mx (8.17.1/8.17.1) with ESMTP id 1",
        "from x (y [203.0.113.5]) (AUTH: LOGIN bob, TLS: TLSv1.3) by mx with ESMTPS",
        "from x (y [203.0.113.5]) by mx (OpenSMTPD) with ESMTPS id 1 auth=yes user=bob for <a@b>",
        "from [203.0.113.5] (account bob@acme.example HELO x) by mx (CommuniGate Pro SMTP 6.3) with ESMTPS id 1",
        "from x ([203.0.113.5]) by mx (IceWarp 14.0) with ASMTP id 1",
    ],
)
def test_a_user_who_had_logged_in_is_told(field: str) -> None:
    hop = received.read(field)

    assert hop is not None and hop.is_login


@pytest.mark.parametrize("name", ["authenticated.evil.example", "authenticated", "a/b.example", "helo=x", "account"])
def test_a_name_that_a_client_has_in_dns_makes_it_no_user_of_ours(name: str) -> None:
    hop = received.read(f"from x ({name} [203.0.113.5] (may be forged)) by mx (8.17.1/8.17.1) with ESMTP id 1; {TIME}")

    assert hop is not None and hop.client == parse_address("203.0.113.5") and not hop.is_login


@pytest.mark.parametrize(
    "rcpt", ['"(Authenticated sender: x)"', '"(chasquid)"', '"with ESMTPA"', '"by y"', "x;y", '"a(b"']
)
def test_no_recipient_that_a_client_chooses_is_read(rcpt: str) -> None:
    field = f"from [192.0.2.66] (203.0.113.5) by mx (PowerMTA v5.0r8) with ESMTP id 1 for <{rcpt}@b.example>; {TIME}"

    assert received.read(field) == Hop(parse_address("203.0.113.5"), "", "mx", False, AT)


SURE = ("Postfix", "Sendmail", "Exim", "OpenSMTPD", "Haraka", "Gmail", "Amazon SES")
HELO = st.text(
    st.characters(codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters='()<>";@\\,'),
    min_size=1,
    max_size=30,
)


@settings(max_examples=200)
@given(server=st.sampled_from(sorted(FIELDS)), helo=HELO)
def test_no_name_that_a_client_can_choose_changes_the_address(server: str, helo: str) -> None:
    hop = received.read(FIELDS[server].replace("{h}", helo))

    assert hop is None or hop.client == parse_address(REAL)
    # And it hides none where the server tells its own words from the client's.
    assert hop is not None or server not in SURE


# What a client could try where a server took blanks and brackets from it, as none of the table does.
WORDS = st.lists(
    st.sampled_from(
        "a (b·[192.0.2.66]) ([192.0.2.66]) (192.0.2.66) [192.0.2.66] by from mx (Postfix) with ESMTP id 1 ; ( (x ) "
        '(EHLO·x) < > " \\ (Exim·4.96) helo=x (chasquid) for <a@b> LMTP SMTPs (version=x 192.0.2.66 (using·TLS) '
        "(qmail·1·invoked·from·network) ([unix·socket])".split()
    ),
    max_size=8,
)


@settings(max_examples=400)
@given(server=st.sampled_from(sorted(FIELDS)), words=WORDS)
def test_not_even_with_blanks_and_brackets_is_another_address_read(server: str, words: list[str]) -> None:
    hop = received.read(FIELDS[server].replace("{h}", " ".join(words).replace("·", " ")))

    assert hop is None or hop.client == parse_address(REAL)


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_whatever_stands_there_is_read_or_not(text: str) -> None:
    received.read(text)
    received.read(f"from {text} by mx (Postfix) with ESMTP id 1; {text}")
