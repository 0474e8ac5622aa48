"""The numbers of the DNS protocol that Gatepost speaks, by name. It has no behaviour.

Unknown numbers arrive all the time (RFC 3597), so none of these is ever looked up in a table that could refuse one.
"""

from __future__ import annotations

HEADER_SIZE = 12
LONGEST_NAME = 255  # octets on the wire, RFC 1035 2.3.4
LONGEST_LABEL = 63
PLAIN_UDP_SIZE = 512  # a reply to a query without EDNS, RFC 1035 4.2.1
EDNS_SIZE = 1232  # fits every path unfragmented; what NSD and Knot say too
TCP_SIZE = 65535
# Octets that are read of a packet over UDP, in either build. A longer one is cut, and FORMERR then: nobody honest sends
# it, since our OPT says EDNS_SIZE (RFC 6891 6.2.4), and whoever gets FORMERR asks again without options (7).
LONGEST_UDP_QUERY = 1536

# Header flags, RFC 1035 4.1.1
QR = 0x8000
AA = 0x0400
TC = 0x0200
RD = 0x0100
DO = 0x8000  # in the TTL field of OPT, RFC 6891 6.1.4

QUERY = 0  # the one opcode that is answered

NOERROR = 0
FORMERR = 1
SERVFAIL = 2
NXDOMAIN = 3
NOTIMP = 4
REFUSED = 5
NOTAUTH = 9
BADVERS = 16  # needs the upper bits that OPT carries
BADKEY = 17  # stands in the TSIG record only, RFC 8945 5.2.1

A = 1
NS = 2
SOA = 6
TXT = 16
AAAA = 28
OPT = 41
TSIG = 250
IXFR = 251
AXFR = 252
ANY = 255

IN = 1
CLASS_ANY = 255

EXTENDED_ERROR = 15  # the EDNS option, RFC 8914 2

# Extended errors, RFC 8914 4
OTHER_ERROR = 0
NOT_READY = 14
PROHIBITED = 18
NOT_AUTHORITATIVE = 20
NOT_SUPPORTED = 21
