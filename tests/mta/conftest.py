"""One post office for each way of asking: Gatepost, Postfix and Exim in a namespace, and unbound between them or not.

Acme is the organization with the code; what it lists, approves and blocks stands in LISTINGS and RULES.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from reputation.resolvers import BY_ID
from tests import debian
from tests.mta import namespace as namespaces
from tests.mta.gatepost import ZONE, Gatepost
from tests.mta.namespace import Namespace
from tests.mta.servers import Mta, postfix_texts, start_exim, start_postfix, start_unbound, text

UNKNOWN_CODE = "n0such0code0n0such0code0n0such0"

# Networks, each with the database and the category that it is listed in.
LISTINGS = (
    ("203.0.113.2", "standard", "KSS"),
    ("203.0.113.3", "standard", "DUL"),
    ("203.0.113.4", "standard", "ETL"),
    ("203.0.113.20", "dynamic", "KSS"),
    ("203.0.113.30", "standard", "KSS"),
    ("203.0.113.30", "dynamic", "KSS"),
    ("2001:db8:2::2", "standard", "KSS"),
    ("2001:db8:2::20", "dynamic", "KSS"),
    ("203.0.113.128/25", "standard", "KSS"),
    ("198.51.100.2", "standard", "KSS"),
    ("198.51.100.3", "standard", "KSS"),
    ("198.51.100.20", "dynamic", "KSS"),
)
RULES = (
    ("approved", "198.51.100.2"),
    ("approved", "198.51.100.20"),
    ("blocked", "192.0.2.10"),
    ("blocked", "192.0.2.128/25"),
    ("approved", "192.0.2.200"),
    ("blocked", "2001:db8:b::/48"),
)
# Well-known senders, whose origin the bundled data knows. No packet goes to them: they are addresses of this namespace.
IN_A_BLOCKED_COUNTRY = "193.0.6.139"
OF_A_BLOCKED_ISP = "8.8.8.8"


@dataclass(frozen=True)
class PostOffice:
    """Gatepost with mail servers that ask it: with Acme's code, and two with a code that nobody has."""

    namespace: Namespace
    gatepost: Gatepost
    mtas: dict[str, Mta]
    strangers: dict[str, Mta]
    cached: bool


@pytest.fixture(scope="package")
def furnished() -> Iterator[Gatepost]:
    """A Gatepost that knows Acme, its listings and rules, and serves nobody: each post office begins with a copy."""
    namespaces.needed()
    with Namespace() as namespace:
        gatepost = Gatepost(namespace, 53)
        furnish(gatepost)
        yield gatepost


@pytest.fixture(scope="package", params=["directly", "through unbound"])
def office(request: pytest.FixtureRequest, furnished: Gatepost) -> Iterator[PostOffice]:
    for package in ("postfix", "exim4-daemon-light", "unbound", "dnsutils"):
        debian.need(package)
    cached = request.param == "through unbound"
    with Namespace() as namespace:
        # Behind unbound Gatepost listens on the port that its own settings name; an MTA itself can ask on 53 alone.
        gatepost = Gatepost(namespace, 5300 if cached else 53)
        gatepost.code = furnished.code
        shutil.copytree(furnished.data, gatepost.data)
        gatepost.serve()
        if cached:
            [lines] = BY_ID["unbound"].lines(ZONE, [("127.0.0.1", gatepost.port)])
            start_unbound(namespace, lines.text)
        mtas, strangers = open_mtas(namespace, gatepost.code, 25), open_mtas(namespace, UNKNOWN_CODE, 2025)
        yield PostOffice(namespace, gatepost, mtas, strangers, cached)


def open_mtas(namespace: Namespace, code: str, port: int) -> dict[str, Mta]:
    postfix = start_postfix(namespace, postfix_texts(code, ZONE), code, port)
    exim = start_exim(namespace, text("exim_acl", code=code, zone=ZONE), code, port + 1)
    return {"postfix": postfix, "exim": exim}


def furnish(gatepost: Gatepost) -> None:
    """Acme with its listings and rules, by the command line."""
    acme, country, isp, *_ = gatepost.commands(
        ("organization", "add", "Acme", "--subscription", "advanced"),
        ("check", IN_A_BLOCKED_COUNTRY, "--organization", "Acme"),
        ("check", OF_A_BLOCKED_ISP, "--organization", "Acme"),
        *(listing(*listed) for listed in LISTINGS),
    )
    gatepost.code = acme["label"]
    origins = (("blocked", f"country:{country['country']}"), ("blocked", f"isp:AS{isp['asn']}"))
    gatepost.commands(*(rule(*words) for words in (*RULES, *origins)))


def listing(
    network: str, database: str, category: str, duration: str = "12h", reason: str = "sent spam to a trap"
) -> tuple[str, ...]:
    """The command that lists a network."""
    where = ("--database", database, "--category", category)
    return ("listing", "add", network, *where, "--for", duration, "--reason", reason)


def rule(action: str, value: str) -> tuple[str, ...]:
    """The command by which Acme approves or blocks."""
    return ("rule", "add", "--organization", "Acme", action, value)


@pytest.fixture(params=["postfix", "exim"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which mail server is meant."""
    name: str = request.param
    return name


@pytest.fixture
def mta(office: PostOffice, kind: str) -> Mta:
    """A mail server that asks under Acme's code."""
    return office.mtas[kind]


@pytest.fixture
def stranger(office: PostOffice, kind: str) -> Mta:
    """A mail server that asks under a code that was never issued."""
    return office.strangers[kind]
