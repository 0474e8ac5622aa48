"""Whose certificates are believed where this program asks another machine over TLS: a list, an alert, a letter.

It opens nothing, and knows no protocol.
"""

from __future__ import annotations

import ssl

import certifi


def trusted() -> ssl.SSLContext:
    """Make a context that believes Mozilla's authorities, and the machine's own.

    An organization may have an authority for its own servers. Reading them all takes some 30 ms: ask only where a
    connection is made.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context
