"""One public list as the catalogue has it: what it is, where, in which form, and on which terms."""

from typing import NamedTuple

HOUR = 3600
DAY = 24 * HOUR
NOT_COMMERCIAL = "not for commercial use"
NOT_PASSED_ON = "not to be passed on"


class Known(NamedTuple):
    """One public list.

    `category`, `database` and `every` (seconds between two fetches) are what we suggest; `least` is the least time
    between two fetches, by what its publisher asks for or how often it is made, 0 where nobody says. `bounds` are the
    bounds in which it differs from the usual ones. `limits` says in a few words what its terms do not allow. `small`:
    recommended for a small mail server. `removal` is the page where a listed sender asks to be
    removed, where that is not the list's own `page`.
    """

    key: str
    name: str
    publisher: str
    about: str
    source: str
    format: str
    category: str
    database: str
    every: int
    terms: str
    page: str
    bounds: tuple[tuple[str, str], ...] = ()
    removal: str = ""
    least: int = 0
    limits: str = ""
    small: bool = False

    @property
    def where_to_ask(self) -> str:
        """Return the page that leads a listed sender off the list, or at least to its publisher."""
        return self.removal or self.page
