"""The bounds of a feed: five values that its guards check a list against. Each feed may have its own."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from reputation.addresses.address import parse_address

# Resolvers that half the world uses: a list that holds one of them is broken or hostile.
CANARIES = (
    "1.1.1.1", "8.8.8.8", "9.9.9.9",
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2620:fe::fe",
)  # fmt: skip


@dataclass(frozen=True)
class FeedBounds:
    """What a feed may contain.

    `max_bytes` counts octets after unpacking; `widest4` and `widest6` are the shortest prefixes that may be listed;
    `max_change` is the share of change (0.3 is 30%) above which a person has to agree; `canaries` are addresses that
    may never be listed.
    """

    max_bytes: int = 64 << 20
    widest4: int = 8
    widest6: int = 19
    max_change: float = 0.30
    canaries: tuple[str, ...] = CANARIES

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "FeedBounds":
        """Make bounds from these values, as numbers or as people write them, and defaults.

        Raise ValueError, which says what is wrong.
        """
        known = {field.name for field in fields(cls)}
        for name in values:
            if name not in known:
                raise ValueError(f"There is no bound {name!r}; the bounds are {', '.join(sorted(known))}.")
        read: dict[str, Any] = {name: READ[name](name, value) for name, value in values.items()}
        return cls(**read)

    @classmethod
    def from_json(cls, text: str) -> "FeedBounds":
        """Read the bounds from what `to_json` wrote; an empty text means the defaults."""
        return cls.of(json.loads(text or "{}"))

    def to_json(self) -> str:
        """Write only what differs from the defaults, so that the defaults may change with a new version."""
        default = asdict(FeedBounds())
        return json.dumps({name: value for name, value in asdict(self).items() if value != default[name]})


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if not (str(value).isdecimal() and least <= int(value) <= most):
        raise ValueError(f"The bound {name} is a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def _share(name: str, value: Any) -> float:
    try:
        text = str(value)
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not share >= 0:
        raise ValueError(f"The bound {name} is a share such as 0.3 or 30%, not {value!r}.")
    return share


def _addresses(name: str, value: Any) -> tuple[str, ...]:
    """`none` is none at all."""
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    words = [] if value == "none" else words
    try:
        return tuple(str(parse_address(word)) for word in words)
    except ValueError as error:
        raise ValueError(f"The bound {name} holds addresses: {error}.") from None


READ: dict[str, Callable[[str, Any], Any]] = {
    "max_bytes": lambda name, value: _whole(name, value, 1, 1 << 32),
    "widest4": lambda name, value: _whole(name, value, 0, 32),
    "widest6": lambda name, value: _whole(name, value, 0, 128),
    "max_change": _share,
    "canaries": _addresses,
}
