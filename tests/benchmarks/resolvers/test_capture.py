"""The capture: it knows a question from an answer, and counts what got none."""

from __future__ import annotations

import socket
import struct

from dnslib import DNSRecord

from benchmarks.resolvers.capture import TCP, UDP, Capture

SERVICE, CLIENT = "198.18.53.53", "198.18.1.1"
QUESTION = bytes(DNSRecord.question("rep.example").pack())
ANSWER = bytes(DNSRecord.parse(QUESTION).reply().pack())


def packet(source: str, target: str, ports: tuple[int, int], protocol: int, content: bytes) -> bytes:
    ip = bytes((0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0)) + socket.inet_aton(source) + socket.inet_aton(target)
    if protocol == UDP:
        return ip + struct.pack("!4H", *ports, len(content) + 8, 0) + content
    return ip + struct.pack("!2HIIBBHHH", *ports, 0, 0, 5 << 4, 0, 0, 0, 0) + content


def to(content: bytes, protocol: int = UDP, port: int = 53) -> bytes:
    return packet(CLIENT, SERVICE, (40000, port), protocol, content)


def back(content: bytes) -> bytes:
    return packet(SERVICE, CLIENT, (53, 40000), UDP, content)


def seen(*packets: bytes) -> Capture:
    found = Capture()
    for one in packets:
        found.add(one, SERVICE, 53)
    return found


def test_a_question_and_its_answer_are_told_apart() -> None:
    found = seen(to(QUESTION), back(ANSWER))

    assert [one.wire for one in found.of(CLIENT)] == [QUESTION]
    assert (len(found.answers), found.unanswered()) == (1, 0)


def test_a_question_without_an_answer_is_counted() -> None:
    assert seen(to(QUESTION), to(QUESTION), back(ANSWER)).unanswered() == 1


def test_a_truncated_answer_is_one_that_sends_to_tcp() -> None:
    truncated = ANSWER[:2] + bytes([ANSWER[2] | 2]) + ANSWER[3:]

    assert seen(to(QUESTION), back(truncated), to(QUESTION), back(ANSWER)).told_to_use_tcp() == 1


def test_a_segment_is_a_question_where_it_holds_a_whole_message() -> None:
    whole = struct.pack("!H", len(QUESTION)) + QUESTION

    assert [one.is_tcp for one in seen(to(whole, TCP), to(b"", TCP), to(whole[:9], TCP)).questions] == [True]


def test_what_is_asked_elsewhere_is_no_question() -> None:
    assert seen(to(QUESTION, port=5300), packet(CLIENT, CLIENT, (1, 53), UDP, QUESTION)) == Capture()
