"""Damaged packets by the thousand: never an exception, never silence that is no rule, never a gain for a forger."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsd.access import Access
from tests.dnsd import cast, wire
from tests.dnsd.desk import Desk

CODE = f"{cast.ACME_CODE}.r.rep.example"
WHOLE = [
    wire.query(f"2.113.0.203.{CODE}"),
    wire.query(
        f"2.113.0.203.{CODE}", wire.TXT, flags=wire.RD, additional=(wire.opt(flags=wire.DO, options=wire.COOKIE),)
    ),
    wire.query(cast.reversed_name("2001:db8::2"), additional=(wire.opt(), wire.tsig())),
    wire.query(f"1.0.0.2.{CODE}", additional=(wire.tsig(b"\x03key\xc0\x0c"),)),
    wire.query(CODE, wire.TXT),
    wire.query("rep.example", wire.NS),
    wire.query("other.example", additional=(wire.opt(version=1),)),
    wire.message(wire.question("rep.example", wire.IXFR) + wire.record(wire.SOA, bytes(22)), (1, 0, 1, 0)),
    wire.query(cast.reversed_name("203.0.113.200"), wire.TXT),
]

edits = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 400), st.integers(0, 255)),
        st.tuples(st.just("flip"), st.integers(0, 400), st.integers(0, 7)),
        st.tuples(st.just("cut"), st.integers(0, 400), st.just(0)),
        st.tuples(st.just("drop"), st.integers(0, 400), st.integers(1, 20)),
        st.tuples(st.just("double"), st.integers(0, 400), st.integers(1, 40)),
    ),
    max_size=6,
)


def damaged(packet: bytes, changes: list[tuple[str, int, int]]) -> bytes:
    data = bytearray(packet)
    for what, at, value in changes:
        at %= len(data) + 1
        if what == "cut":
            del data[at:]
        elif what == "drop":
            del data[at : at + value]
        elif what == "double":
            data[at:at] = data[at : at + value]
        elif at < len(data):
            data[at] = value if what == "set" else data[at] ^ 1 << value
    return bytes(data)


packets = st.one_of(
    st.builds(damaged, st.sampled_from(WHOLE), edits),
    st.builds(
        lambda head, tail: head + tail, st.sampled_from(WHOLE).map(lambda packet: packet[:12]), st.binary(max_size=80)
    ),
    st.binary(max_size=200),
)


@pytest.fixture(scope="module")
def shared() -> Desk:
    return Desk(cast.snapshot(), Access(rate=0))


@settings(max_examples=1500)
@given(packet=packets, tcp=st.booleans())
def test_every_packet_gets_a_proper_answer_or_the_silence_of_a_rule(shared: Desk, packet: bytes, tcp: bool):
    reply = shared.ask(packet, tcp=tcp)

    assert "failed" not in shared.counted()
    if len(packet) < 12 or packet[2] & 0x80:
        assert reply is None
        return
    assert reply is not None
    assert reply.wire[:2] == packet[:2]
    assert reply.opcode == packet[2] >> 3 & 15
    assert reply.flags <= {"qr", "aa", "rd", "tc"}
    assert reply.question == packet[12 : 12 + len(reply.question)]
    assert len(reply.wire) <= (65535 if tcp else 1232)
    if reply.rcode in (wire.FORMERR, wire.NOTIMP, wire.BADVERS):
        assert len(reply.wire) <= len(packet)
    if reply.rcode != wire.NOERROR:
        assert not reply.answer


@settings(max_examples=300)
@given(labels=st.lists(st.binary(min_size=1, max_size=20), max_size=8), qtype=st.integers(0, 65535))
def test_any_label_is_legal_and_any_type_is_known(shared: Desk, labels: list[bytes], qtype: int):
    name = (*labels, cast.ACME_CODE.encode(), b"r", b"rep", b"example")

    reply = shared.ask(wire.query(name, qtype), tcp=True)

    assert reply is not None
    assert reply.rcode in (wire.NOERROR, wire.NXDOMAIN, wire.REFUSED)
    assert (reply.rcode == wire.REFUSED) == (qtype in (wire.AXFR, wire.IXFR))


@pytest.mark.parametrize("count", [1, 2, 20])
def test_a_large_packet_of_small_records_is_refused_by_its_counts(shared: Desk, count: int):
    """64 kB of records, and pointers to pointers: parsing them is what a forger wants."""
    chain = b"".join((0xC000 | 12 + 2 * n).to_bytes(2, "big") for n in range(6000))
    packet = wire.message(wire.question("rep.example") + chain * count, (1, 6000, 6000, 6000))[:65535]

    reply = shared.ask(packet)

    assert reply is not None
    assert reply.rcode == wire.FORMERR
