"""What every portal of the tests writes anew though it is always the same: code, made of templates and of addresses.

A program makes one portal and keeps it; the tests make one for each test, and spent more than half of their time on
this. `share()` keeps the code for the process. Nothing else is shared: each portal has its own templates and rules,
made of that code, and a template that has changed is compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class Templates(BytecodeCache):
    """The code of each template, by its place and its text."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


class SharedRule(Rule):
    """A rule whose function that makes its address is written once, whichever portal it belongs to."""

    written: dict[Any, Any] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:  # these go through the rule's own converters
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in self.written:
            self.written[key] = super()._compile_builder(append_unknown)
        return self.written[key]


TEMPLATES = Templates()


def share() -> None:
    """Let every portal that this process makes from now on take the code from the first one that needed it."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": TEMPLATES}
    Flask.url_rule_class = SharedRule
