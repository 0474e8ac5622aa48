"""Questions as packets: another reader of DNS understands them."""

from __future__ import annotations

from pathlib import Path

from dnslib import DNSRecord

from benchmarks import data, dnsperf, packets
from benchmarks.data import Question

CODE = data.codes(1)[0]
FOUR = Question(4, 0xC0000201, False, True)
SIX = Question(6, 0x20010DB8 << 96 | 1, True, False)


def test_a_question_is_a_whole_packet_of_its_type(tmp_path: Path) -> None:
    asked = packets.write(tmp_path / "q", [FOUR, SIX], "r.rep.example", [CODE])

    four, six = (DNSRecord.parse(packet) for packet in dnsperf.packets(asked.plain))

    assert str(four.q.qname) == f"1.2.0.192.{CODE}.r.rep.example."
    assert str(six.q.qname) == f"1.{'0.' * 23}8.b.d.0.1.0.0.2.{CODE}.r.rep.example."
    assert (four.q.qtype, six.q.qtype) == (packets.A, packets.TXT)


def test_with_edns_the_same_question_has_one_opt_record(tmp_path: Path) -> None:
    asked = packets.write(tmp_path / "q", [FOUR], "r.rep.example", [CODE])

    (record,) = (DNSRecord.parse(packet) for packet in dnsperf.packets(asked.edns))

    assert str(record.q.qname).startswith("1.2.0.192.")
    assert [(one.rtype, one.edns_len) for one in record.ar] == [(41, 1232)]


def test_the_expected_answers_say_code_record_and_presence(tmp_path: Path) -> None:
    listed_txt = Question(4, 1, True, True)

    asked = packets.write(tmp_path / "q", [FOUR, SIX, listed_txt], "r.rep.example", [CODE])

    assert asked.expected.read_bytes() == bytes((0, 2, 1, 3, 0, 0, 0, 0, 1))


def test_several_codes_are_all_asked(tmp_path: Path) -> None:
    codes = data.codes(5)

    asked = packets.write(tmp_path / "q", [FOUR] * 200, "r.rep.example", codes)

    names = {dnsperf.name(packet).split(".")[4] for packet in dnsperf.packets(asked.plain)}
    assert names == set(codes)


def test_dnsperf_is_given_the_same_questions_as_names(tmp_path: Path) -> None:
    asked = packets.write(tmp_path / "q", [FOUR], "r.rep.example", [CODE])

    assert [dnsperf.name(packet) for packet in dnsperf.packets(asked.plain)] == [f"1.2.0.192.{CODE}.r.rep.example A"]
