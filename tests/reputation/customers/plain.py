"""Who may come in, as the help tells it: people, their sessions, links that work once, and API tokens, in plain lists.

What has ended is found by comparing times, and what belongs to whom by going through all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

IDLE = 12 * 3600
DAYS = {"invitation": 7 * 86400, "password": 86400}
IN_CHARGE = ("administrator", "operator")
# What a program may do for each role, as the help of the page API Tokens tells it.
VIEWERS = {"read", "feeds"}
ADMINISTRATORS = VIEWERS | {"rules", "mail-servers", "code-networks", "reports"}
MAY = {"viewer": VIEWERS, "administrator": ADMINISTRATORS, "operator": ADMINISTRATORS | {"listings"}}


@dataclass
class Person:
    email: str
    organization: str
    role: str
    password: str
    active: bool = True


@dataclass
class Session:
    """A browser in which somebody is logged in, until twelve hours after the last page that was opened."""

    token: str
    who: Person
    begun: int
    seen: int
    address: str

    def is_over(self, now: int) -> bool:
        return now >= self.seen + IDLE


@dataclass
class Link:
    purpose: str
    token: str
    organization: str
    email: str
    role: str
    ends: int
    made_by: str


@dataclass
class Token:
    """What a program shows. It belongs to a person, and never does more than that person may now."""

    secret: str
    who: Person
    name: str
    scopes: set[str]
    ends: float = inf
    used: int | None = None

    def does(self, now: int) -> set[str]:
        """Nothing where it has ended: by its time, or with its person."""
        return self.scopes & MAY[self.who.role] if self.who.active and now < self.ends else set()


@dataclass
class Doors:
    """Everybody and everything that opens a door, the oldest first."""

    people: list[Person] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)

    def person(self, email: str) -> Person | None:
        return next((one for one in self.people if one.email == email), None)

    def session(self, token: str, now: int) -> Session | None:
        return next((one for one in self.sessions if one.token == token and not one.is_over(now)), None)

    def of(self, who: Person, now: int) -> list[Session]:
        """A person's sessions, the one that was seen last first."""
        mine = [one for one in self.sessions if one.who is who and not one.is_over(now)]
        return sorted(reversed(mine), key=lambda one: -one.seen)

    def open_page(self, token: str, now: int) -> None:
        """It prolongs the session; when somebody was seen is written once a minute."""
        session = self.session(token, now)
        if session and now - session.seen >= 60:
            session.seen = now

    def end(self, which: list[Session]) -> None:
        self.sessions = [one for one in self.sessions if one not in which]

    def link(self, purpose: str, token: str, now: int) -> Link | None:
        return next(
            (one for one in self.links if (one.purpose, one.token) == (purpose, token) and now < one.ends), None
        )

    def make_link(self, purpose: str, token: str, who: Person, email: str, role: str, now: int) -> None:
        """An older one for the same, in the same organization, ends."""
        same = (purpose, who.organization, email)
        self.links = [one for one in self.links if (one.purpose, one.organization, one.email) != same]
        self.links.append(Link(purpose, token, who.organization, email, role, now + DAYS[purpose], who.email))

    def is_accepted(self, link: Link | None, is_good: bool) -> bool:
        """Whether a link with a password opens the door: an invitation where the address has no account yet."""
        return link is not None and is_good and (link.purpose == "password" or self.person(link.email) is None)

    def change_password(self, who: Person, password: str, kept: str = "") -> None:
        who.password = password
        self.end([one for one in self.sessions if one.who is who and one.token != kept])

    def may_administer(self, actor: Person, target: Person) -> bool:
        """Not oneself, so that somebody stays in charge, and an operator only as an operator."""
        return actor is not target and (target.role != "operator" or actor.role == "operator")

    def deactivate(self, target: Person) -> None:
        target.active = False
        self.end([one for one in self.sessions if one.who is target])
        self.links = [one for one in self.links if one.purpose != "password" or one.email != target.email]
        self.links = [one for one in self.links if one.made_by != target.email]

    def change_role(self, target: Person, role: str) -> None:
        """What the person could not do now does not go on: links for another role, and any of a viewer's."""
        target.role = role
        gives = {"viewer": [], "administrator": ["viewer", "administrator"]}
        self.links = [one for one in self.links if one.made_by != target.email or one.role in gives.get(role, [*MAY])]

    def remove(self, organization: str) -> None:
        """An organization goes with everything that it owns."""
        self.people = [one for one in self.people if one.organization != organization]
        self.sessions = [one for one in self.sessions if one.who.organization != organization]
        self.links = [one for one in self.links if one.organization != organization]
        self.tokens = [one for one in self.tokens if one.who.organization != organization]
