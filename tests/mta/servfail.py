"""A DNS server that answers SERVFAIL to everything, over UDP and TCP: `python servfail.py PORT`, until it is ended."""

from __future__ import annotations

import sys
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer, ThreadingUDPServer

from dnslib import RCODE, DNSRecord


def servfail(wire: bytes) -> bytes:
    reply = DNSRecord.parse(wire).reply(ra=0)
    reply.header.rcode = RCODE.SERVFAIL
    return bytes(reply.pack())


class Datagram(StreamRequestHandler):
    def setup(self) -> None:
        self.wire, self.socket = self.request

    def handle(self) -> None:
        self.socket.sendto(servfail(self.wire), self.client_address)

    def finish(self) -> None:
        pass


class Stream(StreamRequestHandler):
    def handle(self) -> None:
        while length := self.rfile.read(2):
            reply = servfail(self.rfile.read(int.from_bytes(length)))
            self.wfile.write(len(reply).to_bytes(2) + reply)


def main(port: int) -> None:
    ThreadingTCPServer.allow_reuse_address = True
    udp = ThreadingUDPServer(("127.0.0.1", port), Datagram)
    threading.Thread(target=udp.serve_forever, daemon=True).start()
    ThreadingTCPServer(("127.0.0.1", port), Stream).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
