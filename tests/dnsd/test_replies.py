"""Putting replies together: flags, echo, OPT, truncation, TXT strings."""

from __future__ import annotations

import pytest

from dnsd import packets, records, replies
from dnsd.replies import Extended, Reply
from tests.dnsd import wire

ASKED = "2.113.0.203.CoDe.r.rep.example"


def parsed(**parts: object) -> packets.Query:
    found = packets.read(wire.query(ASKED, **parts))  # type: ignore[arg-type]
    assert isinstance(found, packets.Query)
    return found


def pack(query: packets.Query, reply: Reply, limit: int = 1232) -> wire.Reply:
    return wire.read(replies.pack(query, reply, limit))


def txt(query: packets.Query, words: str) -> Reply:
    return Reply(wire.NOERROR, True, (records.text(query.labels, 60, words),))


def test_a_reply_echoes_id_rd_and_the_question_byte_for_byte():
    query = parsed(flags=wire.RD, id=0xABCD)

    reply = pack(query, Reply(wire.NXDOMAIN, True))

    assert (reply.id, reply.rcode, reply.flags) == (0xABCD, wire.NXDOMAIN, {"qr", "aa", "rd"})
    assert reply.question == query.question


def test_nothing_but_rd_is_copied_from_the_flags():
    query = parsed(flags=wire.TC | wire.RA | wire.Z | wire.AD | wire.CD | wire.AA | 9)

    assert pack(query, Reply(wire.REFUSED)).flags == {"qr"}


def test_the_owner_of_an_answer_is_a_pointer_to_the_question():
    query = parsed()

    reply = pack(query, Reply(wire.NOERROR, True, (records.return_code(query.labels, 300, 2),)))

    assert reply.wire[12 + len(query.question) :].startswith(b"\xc0\x0c")
    assert reply.addresses == ["127.0.0.2"]
    assert reply.answer[0].ttl == 300


def test_a_query_without_opt_gets_none():
    assert pack(parsed(), Reply(wire.REFUSED, extended=Extended(20))).additional == []


def test_opt_goes_back_with_do_and_our_size_and_nothing_else():
    query = parsed(additional=(wire.opt(size=512, flags=wire.DO | 0x7FFF, options=wire.COOKIE),))

    assert pack(query, Reply(wire.NXDOMAIN)).additional == [wire.Record((), wire.OPT, 1232, wire.DO, b"")]


def test_an_extended_error_has_its_words():
    reply = pack(parsed(additional=(wire.opt(),)), Reply(wire.REFUSED, extended=Extended(20, "elsewhere")))

    assert reply.extended_errors == [20]
    assert reply.opt is not None
    assert reply.opt.rdata.endswith(b"elsewhere")


@pytest.mark.parametrize(
    ("edns", "tcp", "limit"),
    [
        (None, False, 512),
        (0, False, 512),
        (100, False, 512),
        (511, False, 512),
        (512, False, 512),
        (800, False, 800),
        (1232, False, 1232),
        (4096, False, 1232),
        (65535, False, 1232),
        (None, True, 65535),
        (512, True, 65535),
    ],
)
def test_a_reply_is_as_large_as_asked_and_no_larger_than_a_path_bears(edns: int | None, tcp: bool, limit: int):
    asked = None if edns is None else packets.Edns(edns, False, 0)

    assert replies.size_limit(asked, tcp) == limit


def test_what_does_not_fit_is_truncated_with_question_and_opt_and_no_part_of_the_answer():
    query = parsed(additional=(wire.opt(flags=wire.DO),))
    whole = txt(query, "word " * 300)

    reply = pack(query, whole, limit=512)

    assert reply.flags == {"qr", "aa", "tc"}
    assert reply.counts == (1, 0, 0, 1)
    assert reply.question == query.question
    assert reply.do


def test_a_reply_that_fits_to_the_octet_is_whole():
    query = parsed()
    whole = txt(query, "word " * 50)
    size = len(replies.pack(query, whole, 65535))

    assert "tc" not in pack(query, whole, size).flags
    assert "tc" in pack(query, whole, size - 1).flags


@pytest.mark.parametrize(
    ("words", "sizes"),
    [("", [0]), ("a" * 255, [255]), ("a" * 256, [255, 1]), ("ü" * 128, [254, 2]), ("€" * 86, [255, 3])],
)
def test_text_is_cut_into_strings_where_a_character_ends(words: str, sizes: list[int]):
    query = parsed()

    reply = pack(query, txt(query, words))

    assert [len(string) for string in reply.strings] == sizes
    assert "".join(string.decode() for string in reply.strings) == words, "each is a text by itself"
    assert reply.text == words


def test_text_has_an_end():
    query = parsed()

    reply = pack(query, txt(query, "€" * 70000), limit=65535)

    assert reply.text == "€" * (4000 // 3)


def test_control_characters_never_reach_an_mta():
    query = parsed()

    assert pack(query, txt(query, "one\r\n250 two\0")).text == "one  250 two "


def test_badvers_has_its_upper_bits_in_opt():
    found = packets.read(wire.query(ASKED, additional=(wire.opt(version=1),)))
    assert isinstance(found, packets.Fault)

    reply = wire.read(replies.error(found))

    assert reply.wire[3] & 15 == 0
    assert reply.opt is not None
    assert reply.opt.ttl == 1 << 24
    assert (reply.rcode, reply.counts) == (wire.BADVERS, (1, 0, 0, 1))


@pytest.mark.parametrize("opt", [(), (wire.opt(),)], ids=["plain", "edns"])
def test_an_unknown_key_is_told_so_by_an_unsigned_tsig(opt: tuple[bytes, ...]):
    owner = b"\x03key\xc0\x0c"
    query = parsed(additional=(*opt, wire.tsig(owner)))
    assert query.tsig is not None

    reply = wire.read(replies.unknown_key(query, query.tsig))

    assert (reply.rcode, reply.flags) == (wire.NOTAUTH, {"qr"})
    signature = reply.additional[-1]
    assert signature.owner[0] == b"key"
    assert (signature.rtype, signature.rclass, signature.ttl) == (wire.TSIG, wire.CLASS_ANY, 0)
    # MAC size 0, the ID, BADKEY, no other data
    assert signature.rdata.endswith(bytes.fromhex("012c 0000 1234 0011 0000"))
    assert len(reply.additional) == 1 + len(opt)


def test_the_last_resort_needs_four_octets():
    reply = wire.read(replies.last_resort(wire.query(ASKED, flags=wire.RD), wire.SERVFAIL))

    assert (reply.id, reply.rcode, reply.flags, reply.counts) == (0x1234, wire.SERVFAIL, {"qr", "rd"}, (0, 0, 0, 0))
