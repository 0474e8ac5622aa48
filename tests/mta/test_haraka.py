"""The text for Haraka is a program of its own: it runs here as in Haraka, and asks a name server of the test."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from dnslib import RCODE, RR, A, DNSRecord
from playwright._impl._driver import compute_driver_executable

from tests.mta.servers import text

CODE, ZONE = "abcdefghjkmnpqrstuvwxyz23456789", "rep.example"
# Haraka gives a plugin these names, the hook's arguments, and its own address of the sender.
HARNESS = """
const [plugin, server, ip, relaying] = JSON.parse(process.argv[2]);
globalThis.DENY = 'DENY';
globalThis.DENYSOFT = 'DENYSOFT';
require('dns').promises.setServers([server]);
const exported = require(plugin);
const connection = {
  relaying: relaying, notes: {}, remote: {ip: ip, is_private: ip.startsWith('10.')},
  logerror: (_, said) => process.stderr.write(said + '\\n'),
};
const hooks = [];
exported.register_hook = (hook, name) => hooks.push([hook, name]);
exported.register();
exported[hooks[0][1]]((code, reply) => {
  process.stdout.write(JSON.stringify({hook: hooks[0][0], code: code || '', reply: reply || ''}));
}, connection);
"""
LISTED = {
    f"25.2.0.192.{CODE}.r.{ZONE}.": "127.0.0.2",
    f"26.2.0.192.{CODE}.q.{ZONE}.": "127.0.0.2",
    "5.2.0.0." + "0." * 20 + f"8.b.d.0.1.0.0.2.{CODE}.r.{ZONE}.": "127.0.0.4",
    f"28.2.0.192.{CODE}.r.{ZONE}.": "203.0.113.9",  # what a resolver that lies would say
}


class NameServer:
    """Answers by UDP with what is listed, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while packet := self._socket.recvfrom(4096):
            if not packet[0]:
                return
            question = DNSRecord.parse(packet[0])
            name = str(question.q.qname)
            self.asked.append(name)
            reply = question.reply()
            if name in LISTED:
                reply.add_answer(RR(name, rdata=A(LISTED[name]), ttl=60))
            else:
                reply.header.rcode = RCODE.NXDOMAIN
            if self.broken:
                reply.header.rcode = RCODE.SERVFAIL
            self._socket.sendto(reply.pack(), packet[1])


@pytest.fixture
def server() -> Iterator[NameServer]:
    made = NameServer()
    yield made
    made.close()


def asked_of(server: NameServer, folder: Path, ip: str, relaying: bool = False) -> dict[str, str]:
    """What the plugin tells Haraka of a sender: the hook's code and the reply."""
    node = compute_driver_executable()[0]
    (folder / "gatepost.js").write_text(text("haraka.js", code=CODE, zone=ZONE))
    (folder / "harness.js").write_text(HARNESS)
    arguments = json.dumps([str(folder / "gatepost.js"), server.address, ip, relaying])
    done = subprocess.run(
        [node, str(folder / "harness.js"), arguments], capture_output=True, text=True, timeout=60, check=True
    )
    answer: dict[str, str] = json.loads(done.stdout)
    return {**answer, "log": done.stderr}


@pytest.mark.parametrize(
    ("ip", "code", "reply"),
    [
        ("192.0.2.25", "DENY", "5.7.1 Service unavailable; connection refused"),
        ("::ffff:192.0.2.25", "DENY", "5.7.1 Service unavailable; connection refused"),
        ("2001:db8::25", "DENY", "5.7.1 Service unavailable; connection refused"),
        ("192.0.2.26", "DENYSOFT", "4.7.1 server temporarily unavailable, please retry"),
        ("192.0.2.27", "", ""),
        ("192.0.2.28", "", ""),
    ],
)
def test_a_sender_is_refused_deferred_or_let_in(
    server: NameServer, tmp_path: Path, ip: str, code: str, reply: str
) -> None:
    answer = asked_of(server, tmp_path, ip)

    assert (answer["hook"], answer["code"], answer["reply"]) == ("rcpt", code, reply)
    assert CODE not in answer["reply"] and answer["log"] == ""


def test_an_unlisted_sender_is_asked_about_in_both_databases_the_standard_one_first(
    server: NameServer, tmp_path: Path
) -> None:
    asked_of(server, tmp_path, "192.0.2.27")

    assert server.asked == [f"27.2.0.192.{CODE}.r.{ZONE}.", f"27.2.0.192.{CODE}.q.{ZONE}."]


@pytest.mark.parametrize(("ip", "relaying"), [("192.0.2.25", True), ("10.0.0.5", False)])
def test_own_users_and_networks_are_not_asked_about(
    server: NameServer, tmp_path: Path, ip: str, relaying: bool
) -> None:
    assert asked_of(server, tmp_path, ip, relaying)["code"] == ""
    assert server.asked == []


def test_where_gatepost_cannot_be_asked_mail_is_accepted_and_the_log_says_so(
    server: NameServer, tmp_path: Path
) -> None:
    server.broken = True

    answer = asked_of(server, tmp_path, "192.0.2.25")

    assert answer["code"] == ""
    assert "Gatepost could not be asked: ESERVFAIL" in answer["log"]
