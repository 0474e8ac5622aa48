"""A program of its own: sends packets of every kind, whole and damaged, as fast as it can; prints how many.

python -m tests.dnsd.flood HOST PORT SECONDS SEED
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from random import Random

from dnsd.apex import Apex
from tests.dnsd import cast, chance, wire

PACKETS = 20_000  # that are drawn; they are sent over and over
SOCKETS = 16


def packets(seed: str) -> list[bytes]:
    """Those of chance worlds, most of them under a code of the cast's, so that they are answered."""
    drawing = Random(seed)
    worlds = [chance.world(drawing)._replace(apex=Apex(cast.ZONE), zone=wire.name(cast.ZONE)) for _ in range(20)]
    drawn = [chance.packet(drawing, drawing.choice(worlds), chance.EVE).wire for _ in range(PACKETS)]
    return [packet.replace(chance.ACME_CODE, cast.ACME_CODE.encode()) for packet in drawn]


def main() -> None:
    host, port, seconds, seed = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    sending = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(SOCKETS)]
    for each in sending:
        each.connect((host, port))
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # nobody reads the replies
    all_packets, sent = packets(seed), 0
    end = time.monotonic() + seconds
    print("sending", flush=True)
    while time.monotonic() < end:
        for number, packet in enumerate(all_packets):
            with contextlib.suppress(OSError):
                sending[number % SOCKETS].send(packet)
        sent += len(all_packets)
    print(sent)


if __name__ == "__main__":
    main()
