"""All that is known of senders and the steps above them, in memory: what estimate.py computes with, by name.

It takes connections, reports and clean messages one by one, in the order of time, and answers whether a sender is
listed.
"""

from __future__ import annotations

from reputation.addresses.address import Address
from reputation.intake import estimate, learned, steps
from reputation.intake.estimate import Hours, Node, Path, Sender, Verdict
from reputation.intake.learned import Learned

NOWHERE = (0, steps.UNKNOWN)


class SenderMemory:
    """Senders, steps and network hours by name, and what was learned. It is for one thread."""

    def __init__(self) -> None:
        self._senders: dict[str, Sender] = {}
        self._nodes: dict[str, Node] = {}
        self._hours: dict[str, Hours] = {}
        self._origins: dict[str, tuple[int, str]] = {}
        self.learned = Learned()

    def asked(self, address: Address, at: int, asn: int = 0, name: str = "") -> Verdict:
        """Count a connection that asks, and return what is said of it. `asn` and `name` are believed from now on."""
        subject = steps.networks_of(address)[0]
        self._origins.setdefault(subject, (asn, steps.class_of(name, address)))
        path = self.path_of(address)
        found = estimate.after_question(path, at, learned.weight_of_question(self.learned, at))
        if found.sender.asked != path.sender.asked:
            self.learned = learned.after_question(self.learned, at)
        if estimate.is_listed_for_networks_alone(path, at):
            found = estimate.after_deferral(found, at)
        self._keep(address, found)
        return estimate.verdict(found)

    def reported(self, address: Address, at: int, source: str, weight: float = 1.0) -> None:
        """Count a report of spam. Raise KeyError for a source that is unknown."""
        path = self.path_of(address)
        if source == estimate.TRAP:
            self.learned = learned.after_trap(self.learned, at, path.sender)
        elif source == estimate.FILTER:
            self.learned = learned.after_filter(self.learned, at, path.sender, is_spam=True)
        self._keep(address, estimate.after_report(path, at, source, weight, learned.recall(self.learned, at)))

    def found_clean(self, address: Address, at: int, messages: int = 1) -> None:
        """Count messages in which a filter found nothing."""
        path = self.path_of(address)
        self.learned = learned.after_filter(self.learned, at, path.sender, is_spam=False)
        self._keep(address, estimate.after_clean(path, at, messages))

    def path_of(self, address: Address) -> Path:
        """Return all that is known on the way from an address to the world."""
        subject, near, _ = steps.networks_of(address)
        names = self._steps(address)
        nodes = tuple(self._nodes.get(name, NEW) for name in names)
        is_known = steps.has_provider(names)
        return Path(subject, self._senders.get(subject, UNSEEN), nodes, self._hours.get(near, QUIET), is_known)

    def _keep(self, address: Address, path: Path) -> None:
        self._senders[path.name] = path.sender
        self._hours[steps.networks_of(address)[1]] = path.hours
        self._nodes.update(zip(self._steps(address), path.nodes, strict=True))

    def _steps(self, address: Address) -> tuple[str, ...]:
        return steps.steps_of(address, *self._origins.get(steps.networks_of(address)[0], NOWHERE))


NEW, UNSEEN, QUIET = Node(), Sender(), Hours()
