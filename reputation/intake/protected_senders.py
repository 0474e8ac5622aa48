"""Protected senders: whom no evidence lists for others without the operator's word.

A network is written by hand; a mail provider is a domain, whose SPF record is followed (spf.py) and refreshed daily. A
look-up that fails keeps what the last one found, and the row says why. Feeds and listings by hand are no evidence.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from peewee import IntegrityError

from reputation.addresses.address import Network, parse_network
from reputation.addresses.nested import NestedNetworks
from reputation.addresses.reserved import reserved_part
from reputation.clock import was_within
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import ProtectedSender

if TYPE_CHECKING:  # whoever asks what is protected looks nothing up, and does not wait for what does
    from reputation.intake.txt_records import TxtRecords

NUMBERS = re.compile(r"[\da-f]*[.:][\da-f.:/% \u2013-]*", re.IGNORECASE | re.ASCII)  # meant as a network
NETWORK, DOMAIN = "network", "domain"
WIDEST = {4: 12, 6: 28}  # of a network by hand: more than any provider has
MOST = 200  # names
DAILY, AGAIN = 86400, 900  # seconds after a look-up that succeeded, and after one that failed
LONGEST_PROBLEM = 1000


class Provider(NamedTuple):
    """A great mail provider, and the domains whose SPF records name its servers."""

    name: str
    domains: tuple[str, ...]


# The greatest by the mail that they send, for people and for senders of newsletters.
PROVIDERS = (
    Provider("Google (Gmail, Workspace)", ("gmail.com",)),
    Provider("Microsoft (Outlook.com, 365)", ("outlook.com", "spf.protection.outlook.com")),
    Provider("Yahoo and AOL", ("yahoo.com",)),
    Provider("Apple iCloud", ("icloud.com",)),
    Provider("Amazon SES", ("amazonses.com",)),
    Provider("SendGrid", ("sendgrid.net",)),
    Provider("Mailgun", ("mailgun.org",)),
    Provider("Mailchimp and Mandrill", ("servers.mcsv.net", "spf.mandrillapp.com")),
    Provider("Zoho", ("zoho.com",)),
    Provider("Fastmail", ("spf.messagingengine.com",)),
    Provider("Proton", ("_spf.protonmail.ch",)),
    Provider("GMX and WEB.DE", ("gmx.net", "web.de")),
    Provider("T-Online", ("t-online.de",)),
    Provider("OVHcloud", ("mx.ovh.com",)),
    Provider("IONOS", ("_spf-eu.ionos.com", "_spf-us.ionos.com")),
    Provider("Yandex", ("_spf.yandex.net",)),
    Provider("Mail.ru", ("_spf.mail.ru",)),
    Provider("QQ", ("spf.mail.qq.com",)),
    Provider("NetEase (163.com)", ("spf.163.com",)),
    Provider("Orange", ("orange.fr",)),
)


class Protected(NamedTuple):
    """One protected sender; times are Unix seconds, None for a network, and for a domain before its first look-up."""

    id: int
    name: str
    kind: str
    networks: tuple[str, ...]
    added_at: int
    added_by: str
    tried_at: int | None
    refreshed_at: int | None
    problem: str

    @property
    def waits(self) -> bool:
        """Tell whether it is a domain that has not been looked up yet."""
        return self.kind == DOMAIN and self.tried_at is None


def networks() -> NestedNetworks[bool]:
    """Return the networks of all protected senders at this moment."""
    rows = ProtectedSender.select(ProtectedSender.networks).order_by(ProtectedSender.id).tuples()
    return _nested(tuple(text for (text,) in rows))


def all_protected() -> list[Protected]:
    """Return all protected senders by name, domains first."""
    rows = ProtectedSender.select().order_by(ProtectedSender.kind, ProtectedSender.name)
    return [_protected(row) for row in rows]


def names_touching(network: Network) -> list[str]:
    """Return the names of the protected senders that share an address with a network."""
    return [one.name for one in all_protected() if any(parse_network(text).overlaps(network) for text in one.networks)]


def warning(network: str) -> str:
    """Return what somebody should know who lists a network by hand; "" where it touches no protected sender."""
    names = names_touching(parse_network(network))
    return f"It is a protected sender ({', '.join(names[:3])}): evidence alone would not list it." if names else ""


def offered() -> list[Provider]:
    """Return the great mail providers that are not, or not all, protected yet."""
    there = {name for (name,) in ProtectedSender.select(ProtectedSender.name).tuples()}
    return [one for one in PROVIDERS if not there.issuperset(one.domains)]


def add(text: str, now: int, who: str = audit.COMMAND_LINE) -> Protected:
    """Protect a network, or a mail provider by its domain, which is looked up later.

    Raise Refused where it is neither, too wide, reserved, or there already.
    """
    name, kind = _checked(text)
    with db.write():
        if ProtectedSender.select().count() >= MOST:
            raise Refused(f"At most {MOST} senders are protected: remove one first.")
        return _add(name, kind, now, who)


def add_provider(name: str, now: int, who: str = audit.COMMAND_LINE) -> list[Protected]:
    """Protect a provider of PROVIDERS, by all of its domains that are not protected yet.

    Raise Refused where there is no such provider.
    """
    found = next((one for one in PROVIDERS if one.name == name), None)
    if found is None:
        raise Refused("There is no such provider in the table: write its domain.")
    with db.write():
        rows = ProtectedSender.select(ProtectedSender.name).where(ProtectedSender.name << found.domains)
        there = {row.name for row in rows}
        return [_add(domain, DOMAIN, now, who) for domain in found.domains if domain not in there]


def remove(name: str, now: int, who: str = audit.COMMAND_LINE) -> Protected:
    """Protect a sender no longer, and return it. Raise Refused where it is none."""
    with db.write():
        row = _row(name)
        row.delete_instance()
        audit.record(None, who, f"{row.name} is no longer protected", now)
    return _protected(row)


def due(now: int) -> list[str]:
    """Return the domains that are to be looked up now, the one that was tried longest ago first."""
    tried, refreshed = ProtectedSender.tried_at, ProtectedSender.refreshed_at
    is_old = (refreshed.is_null() | ~was_within(refreshed, now, DAILY)) & ~was_within(tried, now, AGAIN)
    rows = ProtectedSender.select(ProtectedSender.name).where(
        (ProtectedSender.kind == DOMAIN) & (tried.is_null() | is_old)
    )
    return [row.name for row in rows.order_by(tried.asc(nulls="first"), ProtectedSender.id)]


def refresh(name: str, now: int, records: TxtRecords) -> Protected:
    """Look up a domain's networks, and keep them; where that fails, keep those of before, and why.

    No transaction is open meanwhile. Raise Refused where it is no protected domain.
    """
    from reputation.intake import spf

    wanted = _protected(_row(name))
    if wanted.kind != DOMAIN:
        raise Refused(f"{wanted.name} is a network, and is not looked up.")
    try:
        found = spf.follow(wanted.name, records)
    except spf.SpfError as error:
        changed: dict[str, Any] = {"problem": str(error)[:LONGEST_PROBLEM]}
    else:
        texts = [str(network) for network in found.networks]
        said = "; ".join(found.remarks)
        changed = {
            "networks": json.dumps(texts),
            "refreshed_at": now,
            "problem": f"{said}."[:LONGEST_PROBLEM] if said else "",
        }
    with db.write():
        ProtectedSender.update(tried_at=now, **changed).where(ProtectedSender.id == wanted.id).execute()
        return _protected(_row(wanted.name))


def refresh_due(now: int, records: TxtRecords) -> list[Protected]:
    """Look up the domains that are due, one after the other; one that fails leaves the others alone."""
    return refresh_each(due(now), now, records)


def refresh_each(names: Iterable[str], now: int, records: TxtRecords) -> list[Protected]:
    """Look up these domains, one after the other; one that was removed meanwhile is passed over."""
    done = []
    for name in names:
        try:
            done.append(refresh(name, now, records))
        except Refused:
            continue
    return done


def look_up_soon(name: str) -> Protected:
    """Make a domain due at the next turn of the scheduler. Raise Refused where it is no protected sender."""
    with db.write():
        row = _row(name)
        is_domain = ProtectedSender.kind == DOMAIN
        ProtectedSender.update(tried_at=None).where((ProtectedSender.id == row.id) & is_domain).execute()
        return _protected(_row(name))


def _checked(text: str) -> tuple[str, str]:
    """The canonical form of a network or a domain, and which of them it is."""
    from reputation.intake import spf

    domain = spf.domain_name(text)
    if domain:
        return domain, DOMAIN
    try:
        network = parse_network(text)
    except ValueError as error:
        if NUMBERS.fullmatch(text.strip()):
            raise Refused(str(error) if str(error).endswith("?") else f"{error}.") from None
        raise Refused(
            f"{text.strip()[:60]!r} is neither a domain nor a network: write gmail.com or 192.0.2.0/24."
        ) from None
    reserved = reserved_part(network)
    if reserved:
        raise Refused(f"{network} sends no mail over the internet ({reserved.reason}): it is never listed anyway.")
    widest = WIDEST[network.version]
    if network.prefix < widest:
        raise Refused(f"{network} is wider than /{widest}, more than any mail provider has: write smaller networks.")
    return str(network), NETWORK


def _add(name: str, kind: str, now: int, who: str) -> Protected:
    texts = json.dumps([name] if kind == NETWORK else [])
    try:
        with db.write():
            row = ProtectedSender.create(name=name, kind=kind, networks=texts, added_at=now, added_by=who)
    except IntegrityError:
        raise Refused(f"{name} is protected already.") from None
    audit.record(None, who, f"{name} is protected", now)
    return _protected(row)


def _row(name: str) -> Any:
    row = ProtectedSender.get_or_none(ProtectedSender.name == _checked(name)[0])
    if row is None:
        raise Refused(f"{name.strip()[:60]} is not a protected sender: `protect list` shows them all.")
    return row


def _protected(row: Any) -> Protected:
    return Protected(
        row.id, row.name, row.kind, tuple(json.loads(row.networks)), row.added_at, row.added_by, row.tried_at,
        row.refreshed_at, row.problem,
    )  # fmt: skip


# A provider has hundreds of networks, which change once a day, and are asked for with each report.
@functools.lru_cache(maxsize=2)
def _nested(texts: tuple[str, ...]) -> NestedNetworks[bool]:
    return NestedNetworks((parse_network(network), True) for text in texts for network in json.loads(text))
