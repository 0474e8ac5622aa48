"""Who reports: a network or a signature that the operator named, verified against a key that comes by real DNS."""

from __future__ import annotations

import contextlib
import logging
import socket
import time

import pytest

from reputation.addresses.address import parse_address
from reputation.intake.messages import read
from reputation.intake.reporters import Reporters
from reputation.intake.txt_records import NoAnswer, TxtRecords
from reputation.intake.uncounted import NotCounted
from tests.reputation.intake.conftest import Zone, signed
from tests.reputation.intake.test_arf import jmrp, report


@pytest.fixture
def reporters(zone: Zone) -> Reporters:
    return known(zone, "provider.example")


def known(zone: Zone, *named: str) -> Reporters:
    return Reporters(named, TxtRecords(["127.0.0.1"], port=zone.port, patience=1.0))


def name_of(reporters: Reporters, content: bytes, peer: str = "198.51.100.9") -> str:
    return reporters.name_of(content, read(content), parse_address(peer))


def test_a_reporter_is_known_by_its_network_without_a_look_up(zone: Zone) -> None:
    reporters = known(zone, "192.0.2.0/24", "2001:db8::/32", "provider.example")

    assert name_of(reporters, report(), "192.0.2.30") == "192.0.2.30"
    assert name_of(reporters, report(), "2001:db8::1") == "2001:db8::1"
    assert name_of(reporters, report()) == "" and zone.asked == []
    assert reporters.name_of(report(), read(report()), None) == ""


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("way", [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")])
def test_a_reporter_is_known_by_a_signature_of_its_domain(
    reporters: Reporters, zone: Zone, private: bytes, ends: bytes, way: tuple[bytes, bytes]
) -> None:
    content = signed(report().replace(b"\n", ends), private, canonicalize=way)

    assert name_of(reporters, content) == "provider.example"
    assert zone.asked == ["s1._domainkey.provider.example."]


def test_of_an_address_the_author_counts_and_the_domain_must_sign(zone: Zone, private: bytes) -> None:
    reporters = known(zone, "staff@hotmail.example")

    assert name_of(reporters, signed(jmrp(), private, "hotmail.example")) == "staff@hotmail.example"
    other = jmrp().replace(b"<staff@", b"<anybody@")
    assert name_of(reporters, signed(other, private, "hotmail.example")) == "", "any customer of it could sign so"
    pretended = jmrp().replace(b"<staff@hotmail.example>", b'"staff@hotmail.example" <anybody@hotmail.example>')
    assert name_of(reporters, signed(pretended, private, "hotmail.example")) == ""
    assert name_of(reporters, signed(jmrp(), private, "evil.example")) == ""


def test_what_was_changed_or_added_is_not_covered(reporters: Reporters, private: bytes) -> None:
    content = signed(report(), private)

    assert name_of(reporters, content.replace(b"203.0.113.9", b"203.0.113.8")) == ""
    assert name_of(reporters, content.replace(b"Subject: FW", b"Subject: complaint")) == ""
    assert name_of(reporters, b"From: x@provider.example\n" + content) == ""
    assert name_of(reporters, content + b"\n--part\n") == ""
    # The length of a body, beyond which anything may follow.
    assert name_of(reporters, signed(report(), private, length=True)) == ""
    assert name_of(reporters, signed(report(), private, include_headers=[b"from"])) == ""


def test_where_content_type_is_not_signed_the_body_tells_its_boundary(reporters: Reporters, private: bytes) -> None:
    content = signed(report(), private, include_headers=[b"from", b"subject"])

    assert name_of(reporters, content) == "provider.example"
    # Another boundary would make a report of what a spammer wrote into the original.
    assert name_of(reporters, content.replace(b'boundary="part"', b'boundary="mine"')) == ""


@pytest.mark.parametrize("domain", ["evil.example", "sub.provider.example", "provider.example.evil.example"])
def test_a_signature_of_another_domain_is_not_looked_up(
    reporters: Reporters, zone: Zone, private: bytes, domain: str
) -> None:
    assert name_of(reporters, signed(report(), private, domain)) == "" and zone.asked == []


def test_without_a_key_the_signature_is_none(reporters: Reporters, private: bytes) -> None:
    assert name_of(reporters, signed(report(), private, selector="unknown")) == ""


@pytest.mark.parametrize("selector", ["broken", "s1"])
def test_a_key_that_cannot_be_fetched_now_is_said(
    reporters: Reporters, zone: Zone, private: bytes, selector: str
) -> None:
    zone.fails = selector == "s1"

    with pytest.raises(NotCounted) as said:
        name_of(reporters, signed(report(), private, selector=selector))
    assert said.value.why == "no key"


def test_a_name_server_that_is_silent_costs_its_patience_once_in_half_a_minute() -> None:
    minute = [100.0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        records = TxtRecords(["127.0.0.1"], port=port, patience=0.2, clock=lambda: minute[0])
        began = time.monotonic()
        for _ in range(1000):
            with pytest.raises(NoAnswer):
                records.text("s1._domainkey.provider.example")
        assert time.monotonic() - began < 5
        silent.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while silent.recv(2000):
                pass
        minute[0] += 31
        with pytest.raises(NoAnswer):
            records.text("s1._domainkey.provider.example")
        assert silent.recv(2000), "it is asked again"


def test_signatures_without_end_are_bounded_in_look_ups(reporters: Reporters, zone: Zone) -> None:
    forged = b"".join(
        b"DKIM-Signature: v=1; a=rsa-sha256; d=provider.example; s=n%d; h=from:subject:content-type; bh=YQ==; b=YQ==\n"
        % number
        for number in range(50)
    )

    assert name_of(reporters, forged + report()) == "" and len(zone.asked) <= 3


@pytest.mark.parametrize(
    "signature",
    [
        b"v=1; a=rsa-sha256; d=provider.example; s=s1; h=from:subject:content-type; bh=YQ==; b=YQ==",
        b"v=1; a=rsa-sha256; d=provider.example; s=\xff; h=from:subject:content-type; bh=YQ==; b=YQ==",
        b"v=1; a=rsa-sha256; d=provider.example; s=..; h=from:subject:content-type; bh=YQ==; b=YQ==",
        b"v=1; a=ed25519-sha256; d=provider.example; s=s1; h=from:subject:content-type; bh=YQ==; b=YQ==",
        b"d=provider.example; d=provider.example",
        b";;;",
        b"",
        b"b=" + b" " * 100_000,
    ],
)
def test_whatever_stands_in_place_of_a_signature_is_none_and_nothing_is_logged(
    reporters: Reporters, signature: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    assert name_of(reporters, b"DKIM-Signature: " + signature + b"\n" + report()) == ""
    assert not [record for record in caplog.records if "dkim" in record.name]


def test_a_body_of_blanks_is_no_burden(reporters: Reporters, private: bytes) -> None:
    content = signed(report(), private)

    assert name_of(reporters, content + b" " * 1_000_000 + b"x") == ""
    assert name_of(reporters, content + b"\r\n" * 200_000 + b"x") == ""


def test_without_a_resolver_no_signature_is_known(private: bytes) -> None:
    assert name_of(Reporters(["provider.example"]), signed(report(), private)) == ""
