"""`address-port`: an address and a port a line, `192.0.2.1:25` or `[2001:db8::1]:25`, as lists of proxies have it."""

import re
from collections.abc import Iterator

from reputation.intake.formats.lines import Reading
from reputation.intake.formats.plain import uncommented

FORM = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\d.]+)):(\d{1,5})")


def read_ports(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read one address with its port a line; return the number of lines. The port is not kept."""
    line = 0
    for line, content in enumerate(lines, 1):
        text = uncommented(content.strip())
        if not text:
            continue
        found = FORM.fullmatch(text)
        if found and int(found[3]) < 1 << 16:
            reading.sections[0].add(found[1] or found[2], line)
        else:
            reading.fault(line, text, "not an address and a port, such as 192.0.2.1:25 or [2001:db8::1]:25")
    return line
