"""Gatepost as a user starts it: the command line fills a data folder, `serve` answers. Compiled, or interpreted.

A data folder is made once, and copied for each variant of policy that is compared.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers.base import DidNotStart, Server, environment
from reputation.customers import organizations, policy
from reputation.store import db
from reputation.store.models import ActivationCode, Organization, SenderRule

ROOT = Path(__file__).parents[2]
ORGANIZATION, EMAIL, PASSWORD = "Bench", "bench@rep.example", "a long enough sentence"
FEED = "bench"
# A feed may change as it likes here, and be as large as it is; of ten million addresses drawn by lot some are a great
# mail provider's, which no true list should hold.
BOUNDS = ("max_bytes=4000000000", "max_change=1000000", "canaries=192.0.2.1")
PATIENCE = 600  # seconds for a command, such as the import of ten million entries


@dataclass(frozen=True)
class Installation:
    """A data folder, and how long the import of its feed took (seconds; 0: it has none)."""

    data: Path
    import_seconds: float = 0.0

    def copy(self, name: str) -> Installation:
        """Copy it to a folder of its own, for another variant."""
        return Installation(Path(shutil.copytree(self.data, self.data.parent / name)), self.import_seconds)

    def command(self, *words: str, stdin: str = "") -> Any:
        """Run a command and return what it printed as JSON."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "app.py"), *words, "--json", "--data", str(self.data)],
            input=stdin, capture_output=True, text=True, timeout=PATIENCE, env=environment(),
        )  # fmt: skip
        if done.returncode:
            raise DidNotStart(f"`{' '.join(words)}`: {done.stderr.strip()}")
        return json.loads(done.stdout)

    @contextmanager
    def store(self) -> Iterator[None]:
        """Open its tables, for what would take a thousand commands."""
        store = db.open_store("", self.data, ROOT / "migrations")
        try:
            with store.database.connection_context():
                yield
        finally:
            store.close()


def install(data: Path, code: str) -> Installation:
    """Make a new installation: one organization with this activation code, and one person who can log in."""
    made = Installation(data)
    made.command("organization", "add", ORGANIZATION, "--subscription", "advanced")
    add = ("user", "add", EMAIL, "--organization", ORGANIZATION, "--role", "administrator", "--password-stdin")
    made.command(*add, stdin=f"{PASSWORD}\n")
    with made.store():
        ActivationCode.update(label=code).execute()
    return made


def with_feed(made: Installation, list_: Path) -> Installation:
    """Import this list by the command line."""
    bounds = [word for bound in BOUNDS for word in ("--bound", bound)]
    made.command("feed", "add", FEED, "--source", str(list_), "--format", "plain", "--category", "KSS", *bounds)
    began = time.perf_counter()
    (refreshed,) = made.command("feed", "refresh", FEED)
    if refreshed["status"] != "new":
        raise DidNotStart(f"the feed was not taken: {refreshed['message']}")
    return Installation(made.data, time.perf_counter() - began)


def with_rules(made: Installation, addresses: Sequence[int], now: int) -> Installation:
    """Add a rule for each address, and one for a country and an ISP of which no address is asked about."""
    with made.store(), db.write():
        number = organizations.by_name(ORGANIZATION).id
        for at, value in enumerate(addresses):
            policy.add_rule(number, policy.ACTIONS[at % 2], ".".join(map(str, value.to_bytes(4))), now)
        # QZ is free for private use (ISO 3166-1): no address is there, and the portal would not take it.
        SenderRule.create(organization=number, action="blocked", kind="country", value="country:QZ", created_at=now)
        policy.add_rule(number, "blocked", "isp:AS64500", now)  # RFC 5398: for documentation
    return made


def with_organizations(made: Installation, codes: Sequence[str], now: int) -> Installation:
    """Add an organization for each code beyond the first."""
    with made.store(), db.write():
        for code in codes[1:]:
            _, issued = organizations.add(f"Bench {code[:8]}", "advanced", now)
            ActivationCode.update(label=code).where(ActivationCode.label == issued.label).execute()
        assert Organization.select().count() == len(codes)
    return made


class Gatepost(Server):
    """`serve` on a data folder, with as many loops for each DNS address as `loops` says."""

    def __init__(
        self, folder: Path, installation: Installation, zone: str, name: str = "Gatepost", interpreted: bool = False,
        loops: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(folder)
        self.name = name
        self.data = installation.data
        self._zone, self._interpreted, self._loops = zone, interpreted, loops

    def command(self) -> list[str]:
        """Return the command line of `serve`."""
        doors = ["--dns", f"127.0.0.1:{self.port}", "--portal", "127.0.0.1:0"]
        return [sys.executable, str(ROOT / "app.py"), "serve", "--data", str(self.data), *doors, "--zone", self._zone]

    def variables(self) -> Mapping[str, str]:
        """Return the settings that are given by environment: interpreted or not, and the number of loops."""
        interpreted = {"GATEPOST_INTERPRETED": "1"} if self._interpreted else {}
        return {**interpreted, "GATEPOST_DNS_THREADS": str(self._loops), "PYTHONUNBUFFERED": "1"}

    def start(self, cores: tuple[int, ...], first: bytes) -> None:
        """Start it as every server; raise DidNotStart where it runs interpreted instead of compiled, or the reverse."""
        super().start(cores, first)
        runs, wanted = self._announced(r"DNS ready on .*, (\w+)"), "interpreted" if self._interpreted else "compiled"
        if runs != wanted:
            raise DidNotStart(f"Gatepost runs {runs} where it should run {wanted}: `make setup` compiles what changed")

    def load_seconds(self) -> float:
        """Return how many seconds its lists took from the tables, or from the file of before, to the snapshot.

        Its log says so, a moment after it has answered from that file.
        """
        return float(self._announced(r"standard feeds published, ([\d.]+) s"))

    def imports(self) -> int:
        """Return how many times it has imported a changed feed so far."""
        return len(re.findall(r"standard feeds published", self.log.read_text())) - 1

    @property
    def portal(self) -> str:
        """Return the portal's URL."""
        return self._announced(r"Portal ready on (\S+)")

    def _announced(self, pattern: str) -> str:
        """A part of the lines that it prints when both doors are open, which is after its first answer."""
        deadline = time.monotonic() + 60
        while not (found := re.findall(pattern, self.log.read_text())):
            if time.monotonic() > deadline:
                raise DidNotStart(f"{self.name} never said what was waited for")
            time.sleep(0.01)
        return str(found[-1])


class Successor(Gatepost):
    """A Gatepost that takes the place of a running one, as an upgrade does: the same data, port and settings."""

    def __init__(self, folder: Path, running: Gatepost) -> None:
        installation = Installation(running.data)
        super().__init__(folder, installation, running._zone, running.name, running._interpreted, running._loops)
        self.port = running.port

    def command(self) -> list[str]:
        """Return the command line of `serve`."""
        return [*super().command(), "--take-over"]


def is_compiled() -> bool:
    """Tell whether the hot path was compiled here, as `serve` would run it."""
    program = "import reputation.verdict.decision, reputation.compiled as c; print(c.is_compiled())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, env=environment(),
    )  # fmt: skip
    return done.stdout.strip() == "True"
