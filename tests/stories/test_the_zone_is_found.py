"""The zone's name server has an address without a setting, or the start says what to set."""

from __future__ import annotations

import socket

from tests.stories.program import A, Program


def test_the_name_server_has_the_address_at_which_dns_is_served(program: Program) -> None:
    program.start(dns="127.0.0.2:0")

    reply = program.ask_name("ns.rep.example", A)

    assert socket.inet_ntoa(reply[-4:]) == "127.0.0.2"
    assert "Only this machine can ask by DNS, because dns listens on 127.0.0.2:" in program.log.read_text()


def test_served_on_every_address_it_has_the_one_that_was_set_and_else_the_start_says_so(source: Program) -> None:
    source.start(dns="0.0.0.0:0")
    assert "ns.rep.example has no address" in source.log.read_text()
    assert 'nameserver = ["ns.rep.example=192.0.2.53"]' in source.log.read_text()
    source.stop()
    source.log.write_text("")

    source.start("--nameserver", "ns.rep.example=192.0.2.53", dns="0.0.0.0:0")

    source.dns = ("127.0.0.1", source.dns[1])
    assert socket.inet_ntoa(source.ask_name("ns.rep.example", A)[-4:]) == "192.0.2.53"
    assert "address" not in source.log.read_text()
