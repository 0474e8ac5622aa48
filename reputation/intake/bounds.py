"""The bounds of a feed: seven values that its guards check a list against. Each feed may have its own.

What a person lists, blocks or approves is checked against the usual ones (reach.py).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from reputation.addresses.address import parse_network
from reputation.durations import parse_duration

# Resolvers that half the world uses, and networks from which the greatest mail providers have sent for many years (by
# their SPF records). A list that holds all of one is broken or hostile; a single address of a network proves nothing.
CANARY_NAMES = {
    "1.1.1.1": "the resolver of Cloudflare",
    "8.8.8.8": "the resolver of Google",
    "9.9.9.9": "the resolver of Quad9",
    "2606:4700:4700::1111": "the resolver of Cloudflare",
    "2001:4860:4860::8888": "the resolver of Google",
    "2620:fe::fe": "the resolver of Quad9",
    "17.58.0.0/16": "mail of Apple",
    "40.92.0.0/15": "mail of Microsoft",
    "40.107.0.0/16": "mail of Microsoft",
    "54.240.0.0/18": "mail of Amazon SES",
    "66.163.184.0/21": "mail of Yahoo",
    "98.137.64.0/21": "mail of Yahoo",
    "104.47.0.0/17": "mail of Microsoft",
    "149.72.0.0/16": "mail of SendGrid",
    "167.89.0.0/17": "mail of SendGrid",
    "194.25.134.0/24": "mail of T-Online",
    "209.85.128.0/17": "mail of Google",
    "212.227.17.0/24": "mail of GMX",
    "2a00:1450:4000::/36": "mail of Google",
    "2a01:111:f400::/48": "mail of Microsoft",
}
CANARIES = tuple(CANARY_NAMES)


@dataclass(frozen=True)
class FeedBounds:
    """What a feed may contain.

    `max_bytes` counts octets after unpacking; `widest4` and `widest6` are the shortest prefixes that may be listed;
    `max_change` is the share of change (0.3 is 30%) above which a person has to agree; `max_coverage` is the share of
    all addresses of one IP version that may be listed; `canaries` are addresses and networks none of which may be
    listed as a whole. `max_age` is the age in seconds at which its content is no longer served; 0 is none.
    """

    max_bytes: int = 64 << 20
    widest4: int = 8
    widest6: int = 19
    max_change: float = 0.30
    max_coverage: float = 0.10
    canaries: tuple[str, ...] = CANARIES
    max_age: int = 0

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
        return tuple(str(parse_network(word)) for word in words)
    except ValueError as error:
        raise ValueError(f"The bound {name} holds addresses or networks: {error}.") from None


def _age(name: str, value: Any) -> int:
    """`none` and 0 are none at all."""
    if value in ("none", "", 0, "0"):
        return 0
    try:
        return value if isinstance(value, int) and value > 0 else parse_duration(str(value))
    except ValueError:
        raise ValueError(f"The bound {name} is an age such as 7d or 12h, or none, not {value!r}.") from None


READ: dict[str, Callable[[str, Any], Any]] = {
    "max_bytes": lambda name, value: _whole(name, value, 1, 1 << 32),
    "widest4": lambda name, value: _whole(name, value, 0, 32),
    "widest6": lambda name, value: _whole(name, value, 0, 128),
    "max_change": _share,
    "max_coverage": _share,
    "canaries": _addresses,
    "max_age": _age,
}
