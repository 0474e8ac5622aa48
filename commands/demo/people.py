"""Organizations and people of the demo, and what they did: servers, rules, requests, news, reports, alerts."""

from __future__ import annotations

import json
from typing import NamedTuple

from commands.demo import world
from reputation.counting import hours
from reputation.customers import activation_codes, code_networks, isp_requests, mail_servers, organizations, policy
from reputation.customers import users as accounts
from reputation.customers.isp_requests import IspDetails
from reputation.intake import escalation, listings, protected_senders, spam_reports
from reputation.intake.spam_reports import Incoming
from reputation.notices import alerts, checks
from reputation.store import db
from reputation.store.models import NewsItem, Organization, OtherHour, ProtectedSender, RemovalRequest, User
from reputation.verdict.counters import ELSEWHERE, Batch
from reputation.verdict.origins import EMPTY
from reputation.verdict.snapshot import Snapshot

PASSWORD = "a demo for everybody"
HOUR, DAY = 3600, 86400
WHO = "demo"


class DemoPerson(NamedTuple):
    """A person of the demo: the email to log in with, the role, the organization and the time zone."""

    email: str
    role: str
    organization: str
    time_zone: str


PEOPLE = (
    DemoPerson("olga@acme.example", "operator", "Acme Mail", "Europe/Vienna"),
    DemoPerson("ada@acme.example", "administrator", "Acme Mail", "Europe/Vienna"),
    DemoPerson("vera@acme.example", "viewer", "Acme Mail", "America/New_York"),
    DemoPerson("boris@birch.example", "administrator", "Birch School", "UTC"),
    DemoPerson("cleo@corvus.example", "administrator", "Corvus Hosting", "Asia/Kolkata"),
)
SUBSCRIPTIONS = {"Acme Mail": "advanced", "Birch School": "standard", "Corvus Hosting": "advanced"}
CONFIRMED = 2  # the host whose server the operator has confirmed
OWN_SERVERS = {"Acme Mail": [(14, 2), (14, 3)], "Corvus Hosting": [(12, 5)]}  # place of the ISP, and the host
RULES = (
    ("approved", (13, 4), "Our accountants"),
    ("approved", (17, 11), "Supplier in Osaka, listed by mistake"),
    ("blocked", (10, 3), "Wrote to everybody in May"),
    ("blocked", "country:NG", "No business there"),
    ("approved", "isp:AS64510", ""),
    ("blocked", "isp:AS64500", "Hosting without an abuse desk"),
)
NEWS = (
    ("spam", 3, "Island Colo doubles within a month",
     "Connections from **Island Colo** (AS64506) that met a listing have doubled since last month, most of them from "
     "two small networks.\n\n- Look at *Botnet Activity* in the ISP Spam List\n- An organization that never writes to "
     "customers there can block the ISP under *Policy › Settings*"),
    ("spam", 17, "Fewer home lines in the lists", "The list of home lines is shorter: two ISPs closed port 25."),
    ("release", 9, "Dry run before a rule is saved",
     "*Policy › Settings* now says before you save how many connections of the last seven days would have been "
     "answered otherwise."),
)  # fmt: skip

# Protected domains of the demo, their networks, and what was left out of the answer.
PROVIDERS = (
    ("mail.example", [str(world.home4(16)), str(world.home4(17))], ""),
    ("post.example", [str(world.home4(15))], "64.0.0.0/11 is wider than /12, and is left out."),
)

WISH = IspDetails(
    "Danube Business Lines", ["AS65544"], [str(world.home4(23))], "AT", "https://danube.example", "noc@danube.example",
    "receives", "A daughter of Danube Regional with addresses of its own: we approve one and not the other.",
)  # fmt: skip


def address(place: int, host: int) -> str:
    """Return an IPv4 address of the ISP at this place in ISPS, by its number in the network."""
    return str(world.home4(place)[host])


def make(at: int) -> None:
    """Add the organizations and people, and what they chose before the first connection."""
    begin = at - 57 * DAY
    for name, subscription in SUBSCRIPTIONS.items():
        organizations.add(name, subscription, begin, WHO)
    numbers = {row.name: row.id for row in Organization.select()}
    for user in PEOPLE:
        accounts.add(user.email, numbers[user.organization], user.role, PASSWORD, begin, WHO)
        User.update(time_zone=user.time_zone, last_login_at=at - HOUR).where(User.email == user.email).execute()
    for name, servers in OWN_SERVERS.items():
        for place, host in servers:
            note = f"mx{host}.{name.split()[0].lower()}.example"
            made = mail_servers.add(numbers[name], address(place, host), begin, WHO, note)
            if host == CONFIRMED:
                mail_servers.confirm(made.id, made.network, begin + DAY, "olga@acme.example")
    code_networks.add_mail_servers(numbers["Acme Mail"], begin, "ada@acme.example")
    for network, note in (("127.0.0.0/8", "this machine, to try it"), ("2001:db8:53::/48", "resolvers of the office")):
        code_networks.add(numbers["Acme Mail"], network, begin, "ada@acme.example", note)
    for action, value, note in RULES:
        text = value if isinstance(value, str) else address(*value)
        policy.add_rule(numbers["Acme Mail"], action, text, begin, "ada@acme.example", note)
    for kind, days, title, body in NEWS:
        timestamp = at - days * DAY
        NewsItem.create(
            kind=kind, title=title, body=body, published_at=timestamp, created_at=timestamp, author="olga@acme.example"
        )


def make_what_follows(snapshot: Snapshot, at: int) -> None:
    """Add what came of the traffic: reports, listings, requests, alerts."""
    _come_from_elsewhere(Organization.get(Organization.name == "Acme Mail").id, at)
    for days in range(6, -1, -1):
        reports = [
            Incoming(
                address(place, 28),
                source,
                evidence="Subject: Your parcel is waiting",
                dedupe_key=f"{place} {days} {source}",
            )
            for place in range(0, 12, 1 + days % 2)
            for source in ("trap", "complaint")
        ]
        reports.append(Incoming(address(6, 29), "trap", evidence="Subject: Invoice 4711", dedupe_key=f"again {days}"))
        if days in (0, 3):
            reports.append(
                Incoming(address(14, 2), "complaint", evidence="Subject: Newsletter", dedupe_key=f"own {days}")
            )
        spam_reports.accept_many(reports, at - days * DAY - 2 * HOUR, snapshot.origins)
        clean = [address(days, 8), *(address(place, 14) for place in range(16, 24))]
        spam_reports.clean_many(dict.fromkeys(clean, 3), at - days * DAY - 2 * HOUR)
    listings.add(address(4, 30), "standard", "ETL", 5 * DAY, "Spam run seen by hand", at - DAY, "olga@acme.example")
    listings.add(
        address(2, 30), "dynamic", "ETL", 12 * HOUR, "Misbehaves since this morning", at - HOUR, "olga@acme.example"
    )
    escalation.propose_or_list(escalation.PROPOSE, at)
    acme = Organization.get(Organization.name == "Acme Mail").id
    ada = accounts.user(User.get(User.email == "ada@acme.example").id)
    assert ada is not None
    isp_requests.submit(ada, WISH, None, at - 20 * HOUR, "")
    RemovalRequest.create(
        address=address(2, 30), email="postmaster@lotus.example", reason="We closed the account that sent it.",
        created_at=at - 5 * HOUR, due_at=at + 43 * HOUR,
    )  # fmt: skip
    for network in ("", "198.51.100.0/24"):
        OtherHour.create(hour=at - at % HOUR, kind="unknown code", network=network, packets=41)
    _protect(at)
    alerts.update_current("evidence", checks.evidence(at), at)
    alerts.update_current("unknown code", checks.unknown_codes(at), at)
    activation_codes.rotate(acme, activation_codes.active(acme, at)[0].id, 7, at - HOUR, "ada@acme.example")


def _protect(at: int) -> None:
    """Protect a network and two providers, whose records are invented: nobody is asked."""
    protected_senders.add(str(world.home4(13)), at - 30 * DAY, "olga@acme.example")
    for name, networks, problem in PROVIDERS:
        protected_senders.add(name, at - 30 * DAY, "olga@acme.example")
        found = {"tried_at": at - HOUR, "refreshed_at": at - HOUR, "networks": json.dumps(networks), "problem": problem}
        ProtectedSender.update(found).where(ProtectedSender.name == name).execute()


def _come_from_elsewhere(acme: int, at: int) -> None:
    """Packets under Acme's code from networks that may not use it: a forgotten resolver, and somebody unknown."""
    batch = Batch()
    for hours_ago, network, packets in (
        (3, "203.0.113.0/24", 212),
        (4, "203.0.113.0/24", 187),
        (30, "2001:db8:7700::/56", 41),
    ):
        hour = at - at % HOUR - hours_ago * HOUR
        batch.turned_away[hour, acme, ELSEWHERE, network] += packets
        batch.others[hour, ELSEWHERE] += packets
    with db.write():
        hours.write(batch, EMPTY)
