"""Reading a query: what is read whole, what is a fault, and what gets silence."""

from __future__ import annotations

import pytest

from dnsd.packets import Edns, Fault, Query, question_is_unreadable, read
from tests.dnsd import wire

ASKED = "2.113.0.203.code.r.rep.example"


def fault(packet: bytes) -> Fault:
    found = read(packet)
    assert isinstance(found, Fault)
    return found


def query(packet: bytes) -> Query:
    found = read(packet)
    assert isinstance(found, Query)
    return found


def test_a_plain_query_is_read_to_the_last_octet():
    packet = wire.query("MiXed.rep.example", wire.TXT, flags=wire.RD, id=0xBEEF)

    assert query(packet) == Query(
        id=0xBEEF,
        rd=True,
        question=packet[12:],
        labels=(b"MiXed", b"rep", b"example"),
        qtype=wire.TXT,
        qclass=wire.IN,
    )


def test_the_root_has_no_labels():
    assert query(wire.query("")).labels == ()


def test_any_octet_may_stand_in_a_label():
    labels = (b"\0\xff", b"with.dot", b"back\\slash", b" ")

    assert query(wire.query(labels)).labels == labels


def test_flags_that_mean_nothing_in_a_query_are_ignored():
    assert query(wire.query(ASKED, flags=wire.AA | wire.TC | wire.RA | wire.Z | wire.AD | wire.CD | 7)).rd is False


@pytest.mark.parametrize(
    ("opt", "expected"),
    [
        (wire.opt(), Edns(4096, False, 0)),
        (wire.opt(size=0, flags=wire.DO), Edns(0, True, 0)),
        (wire.opt(flags=0x7FFF), Edns(4096, False, 0)),
        (wire.opt(options=wire.COOKIE + wire.option(3)), Edns(4096, False, 0)),
        (wire.opt(options=wire.option(65001, bytes(300))), Edns(4096, False, 0)),
    ],
)
def test_an_opt_record_is_read(opt: bytes, expected: Edns):
    assert query(wire.query(ASKED, additional=(opt,))).edns == expected


@pytest.mark.parametrize("size", range(12))
def test_less_than_a_header_gets_silence(size: int):
    assert read(bytes(size)) is None


def test_a_response_gets_silence_whatever_else_it_holds():
    assert read(wire.query(ASKED, flags=wire.QR)) is None
    assert read(wire.message(flags=wire.QR | 15 << 11, counts=(0, 0, 0, 0))) is None


@pytest.mark.parametrize("opcode", range(1, 16))
def test_an_opcode_we_do_not_speak_is_not_implemented_before_anything_else_is_read(opcode: int):
    packet = wire.message(b"\xff", counts=(9, 9, 9, 9), flags=opcode << 11 | 0x07FF, id=7)

    assert fault(packet) == Fault(7, opcode, False, wire.NOTIMP)


def with_counts(*counts: int) -> bytes:
    return wire.message(wire.question(ASKED), (counts[0], counts[1], counts[2], counts[3]))


POINTER = b"\xc0\x0c"
LONGEST = wire.name((b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 61))
TOO_LONG = wire.name((b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 62))
TAIL = b"\0\1\0\1"

WITHOUT_QUESTION = {
    "no question": wire.message(b"", (0, 0, 0, 0)),
    "two questions": wire.message(wire.question(ASKED) * 2, (2, 0, 0, 0)),
    "two questions, one there": with_counts(2, 0, 0, 0),
    "65535 questions": with_counts(65535, 0, 0, 0),
    "a question that is not there": wire.message(b"", (1, 0, 0, 0)),
    "a name cut in a label": wire.message(b"\x04abc"),
    "a name without its end": wire.message(b"\x03abc"),
    "a question without its class": wire.message(wire.name(ASKED) + b"\0\1"),
    "a pointer to itself": wire.message(POINTER + TAIL),
    "a pointer forward": wire.message(b"\xc0\x20" + TAIL + bytes(40)),
    "a pointer beyond the packet": wire.message(b"\xff\xff" + TAIL),
    "a pointer after a label": wire.message(b"\x03abc\xc0\x0c" + TAIL),
    "a label of type 0x40": wire.message(b"\x41" + b"a" * 65 + b"\0" + TAIL),
    "a label of type 0x80": wire.message(b"\x81" + b"a" * 129 + b"\0" + TAIL),
    "a name of 256 octets": wire.message(TOO_LONG + TAIL),
}
WITH_QUESTION = {
    "an answer, missing": with_counts(1, 1, 0, 0),
    "an answer, present": wire.message(wire.question(ASKED) + wire.record(1, bytes(4)), (1, 1, 0, 0)),
    "an authority, missing": with_counts(1, 0, 1, 0),
    "an authority, present": wire.message(wire.question(ASKED) + wire.record(wire.SOA, bytes(22)), (1, 0, 1, 0)),
    "an additional record, missing": with_counts(1, 0, 0, 1),
    "three additional records": wire.query(ASKED, additional=(wire.opt(), wire.tsig(), wire.tsig())),
    "an additional record of another type": wire.query(ASKED, additional=(wire.record(wire.A, bytes(4)),)),
    "two OPT": wire.query(ASKED, additional=(wire.opt(), wire.opt())),
    "OPT in the answer": wire.message(wire.question(ASKED) + wire.opt(), (1, 1, 0, 0)),
    "OPT in the authority": wire.message(wire.question(ASKED) + wire.opt(), (1, 0, 1, 0)),
    "OPT that is not the root's": wire.query(ASKED, additional=(wire.opt(owner=wire.name("a")),)),
    "OPT whose owner is a pointer": wire.query(ASKED, additional=(wire.opt(owner=POINTER),)),
    "OPT past the packet": wire.query(ASKED, additional=(wire.opt(length=1),)),
    "OPT cut in its head": wire.query(ASKED, additional=(wire.opt()[:8],)),
    "an option past RDLENGTH": wire.query(ASKED, additional=(wire.opt(options=wire.option(10, b"abc", length=4)),)),
    "an option's head cut to 1": wire.query(ASKED, additional=(wire.opt(options=b"\0"),)),
    "an option's head cut to 3": wire.query(ASKED, additional=(wire.opt(options=wire.COOKIE + b"\0\3\0"),)),
    "octets after the last record": wire.query(ASKED) + b"\0",
    "octets after OPT": wire.query(ASKED, additional=(wire.opt(),)) + b"more",
    "TSIG before OPT": wire.query(ASKED, additional=(wire.tsig(), wire.opt())),
    "TSIG of class IN": wire.query(ASKED, additional=(wire.record(wire.TSIG, wire.tsig()[23:], b"\1k\0"),)),
    "TSIG that is empty": wire.query(ASKED, additional=(wire.record(wire.TSIG, b"", rclass=wire.CLASS_ANY),)),
    "TSIG whose MAC is cut": wire.query(
        ASKED,
        additional=(wire.record(wire.TSIG, b"\0" + bytes(8) + b"\0\x20" + bytes(9), rclass=wire.CLASS_ANY),),
    ),
    "TSIG with a tail": wire.query(
        ASKED, additional=(wire.record(wire.TSIG, b"\0" + bytes(16) + b"\0", rclass=wire.CLASS_ANY),)
    ),
    "a record whose owner points forward": wire.query(ASKED, additional=(wire.tsig(owner=b"\xc0\xff"),)),
    "a record whose owner points into a label": wire.query(ASKED, additional=(wire.tsig(owner=b"\xc0\x0d"),)),
    "a record whose owner points at the type": wire.query(
        ASKED, additional=(wire.tsig(owner=(0xC000 | 12 + len(wire.name(ASKED))).to_bytes(2, "big")),)
    ),
    "a record whose owner points at the header": wire.query(ASKED, additional=(wire.tsig(owner=b"\xc0\x04"),)),
    "a record whose owner is 300 octets long": wire.query(ASKED, additional=(wire.tsig(owner=b"\1a" * 150 + b"\0"),)),
    "IXFR with an authority that is no SOA": wire.message(
        wire.question(ASKED, wire.IXFR) + wire.record(wire.A, bytes(4)), (1, 0, 1, 0)
    ),
}


@pytest.mark.parametrize("packet", WITHOUT_QUESTION.values(), ids=WITHOUT_QUESTION)
def test_a_question_that_cannot_be_read_is_a_format_error_without_it(packet: bytes):
    assert fault(packet) == Fault(0x1234, 0, False, wire.FORMERR)


@pytest.mark.parametrize("packet", WITH_QUESTION.values(), ids=WITH_QUESTION)
def test_a_fault_behind_the_question_is_a_format_error_that_repeats_it(packet: bytes):
    found = fault(packet)

    assert found.rcode == wire.FORMERR
    assert found.question == packet[12 : 12 + len(found.question)]
    assert found.question.startswith(wire.name(ASKED))


def test_a_name_of_exactly_255_octets_is_read():
    assert len(LONGEST) == 255
    assert len(query(wire.message(LONGEST + TAIL)).labels) == 4


def test_a_cookie_without_a_question_gets_its_opt_back():
    packet = wire.message(wire.opt(options=wire.COOKIE), (0, 0, 0, 1))

    assert fault(packet) == Fault(0x1234, 0, False, wire.FORMERR, edns=Edns(4096, False, 0))


@pytest.mark.parametrize("version", [1, 2, 255])
def test_a_later_edns_version_is_told_ours(version: int):
    found = fault(wire.query(ASKED, flags=wire.RD, additional=(wire.opt(version=version, options=wire.COOKIE),)))

    assert (found.rcode, found.rd, found.edns) == (wire.BADVERS, True, Edns(4096, False, version))


def test_a_broken_option_is_a_format_error_before_the_version_counts():
    assert fault(wire.query(ASKED, additional=(wire.opt(version=1, options=b"\0"),))).rcode == wire.FORMERR


def test_ixfr_may_show_the_soa_that_its_sender_has():
    packet = wire.message(wire.question(ASKED, wire.IXFR) + wire.record(wire.SOA, bytes(22)), (1, 0, 1, 0))

    assert query(packet).qtype == wire.IXFR


@pytest.mark.parametrize("owner", [wire.name("key.example"), b"\x03key\xc0\x0c", b"\0"])
def test_a_tsig_is_read_with_the_names_as_they_came(owner: bytes):
    found = query(wire.query(ASKED, additional=(wire.opt(), wire.tsig(owner)))).tsig

    assert found is not None
    assert found.owner == owner
    assert found.algorithm == wire.name("hmac-sha256")
    assert found.original_id == 0x1234


@pytest.mark.parametrize("packet", WITH_QUESTION.values(), ids=WITH_QUESTION)
def test_a_message_with_a_readable_question_keeps_its_connection(packet: bytes):
    assert not question_is_unreadable(packet)


@pytest.mark.parametrize(
    "packet",
    [
        wire.query(ASKED),
        wire.query(ASKED, flags=wire.QR),
        wire.message(flags=15 << 11),
        wire.message(b"", (0, 0, 0, 0)),
        with_counts(2, 0, 0, 0),
    ],
)
def test_a_message_that_was_framed_well_keeps_its_connection(packet: bytes):
    assert not question_is_unreadable(packet)


@pytest.mark.parametrize("packet", [b"", bytes(11), wire.message(b""), wire.message(POINTER + TAIL)])
def test_a_message_that_is_no_query_has_lost_the_framing(packet: bytes):
    assert question_is_unreadable(packet)
