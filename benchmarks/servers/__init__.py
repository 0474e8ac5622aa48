"""The servers that are compared. Each module owns how one is set up and started; base.py has what they share."""

from benchmarks.servers.base import DidNotStart, Server

__all__ = ["DidNotStart", "Server"]
