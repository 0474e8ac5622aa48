"""Fragments: parts of a page that htmx fetches and swaps. One view renders both: the page includes the fragment."""

from __future__ import annotations

from typing import cast

from flask import request
from htmx_flask.requests import HtmxAwareRequest

STOP_POLLING = 286  # the status that makes htmx swap once more and then ask no further


def is_fragment_request() -> bool:
    """Tell whether htmx asks for a fragment, and not a person for a page.

    What the browser's history restores is a whole page, though htmx fetches it.
    """
    htmx = cast(HtmxAwareRequest, request).htmx
    return bool(htmx) and not htmx.history_restore_request
