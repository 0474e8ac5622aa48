"""Something of everything that an organization can own, made for Acme, and how to tell it in a page or in the tables.

Whatever of it can hold a text holds MARK, which stands nowhere else. A new kind of thing is made in `belong` and told
in the same words; test_routes.py then looks for it in every answer that somebody else gets.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from portal.app_context import AppContext
from reputation.addresses.address import parse_address
from reputation.counting import hours
from reputation.customers import (
    activation_codes,
    code_networks,
    isp_requests,
    mail_servers,
    one_time_links,
    organizations,
    policy,
    removals,
    second_factor,
    sessions,
    tokens,
    users,
)
from reputation.customers.attachments import Attachment
from reputation.customers.isp_requests import IspDetails
from reputation.intake import feeds, listings, spam_reports
from reputation.intake.spam_reports import Incoming
from reputation.notices import alerts, deliveries
from reputation.notices.channels import webhook
from reputation.store import db
from reputation.store.models import (
    MODELS,
    Alert,
    Feed,
    FeedRevision,
    Isp,
    IspAttachment,
    IspMessage,
    IspRequest,
    Listing,
    NewsItem,
    Organization,
    Proposal,
    QueryLogEntry,
    RemovalRequest,
    Session,
    User,
)
from reputation.verdict.counters import ELSEWHERE, Batch
from reputation.verdict.matches import Match
from reputation.verdict.zones import KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.snapshots import origins

MARK = "quagga"
EMAIL = f"{MARK}@acme.example"
ASN = 64500
KNOWN = origins({"192.0.2.0/24": (ASN, "AT", "Example Net"), "198.51.100.0/24": (64501, "DE", "Other Net")})
SERVER, RULED, ASKED = "203.0.113.201", "203.0.113.202", "192.0.2.203"  # addresses that only Acme has to do with
REPORTED, LISTED = "203.0.113.206", "198.51.100.99"  # in DNS, so no secret: a server of Acme's, and a stranger
AWAY = "198.18.7.0/24"  # from where somebody asked under Acme's code
DAY = 86400


class Belongings(NamedTuple):
    """Numbers and secrets of what Acme owns, and the texts that nobody else may read."""

    organization: int
    code: int
    user: int
    rule: int
    server: int
    token: int
    request: int
    session: int
    log_row: int
    alert: int
    invitation: int
    invitation_token: str
    secret: str
    webhook_secret: str
    label: str
    dashed: str
    # What is the installation's: everybody may see it, or the operator alone.
    listing: int
    news: int
    release: int
    draft: int
    feed: int
    revisions: tuple[int, int]  # of the feed, the older one first
    proposal: int
    removal: int
    removal_token: str

    @property
    def texts(self) -> tuple[str, ...]:
        return (
            MARK, self.label, self.dashed, self.invitation_token, self.secret,
            self.webhook_secret, SERVER, RULED, ASKED, AWAY,
        )  # fmt: skip


def belong(cast: Cast, app_context: AppContext) -> Belongings:
    """Make one of each for Acme, by the use cases that the screens call."""
    acme, who = cast.acme.id, EMAIL
    organizations.rename(acme, f"{MARK.title()} Mail", NOON, who)
    user = users.add(EMAIL, acme, "administrator", "another quiet sentence", NOON)
    second_factor.enrol(user)
    sessions.begin(user.id, "203.0.113.9", f"{MARK} browser", NOON)
    link, address = one_time_links.invite(user, f"new-{EMAIL}", "viewer", NOON, "")
    rule = policy.add_rule(acme, "blocked", RULED, NOON, who, note=f"{MARK} rule")
    policy.add_rule(acme, "approved", f"isp:AS{ASN}", NOON, who, note=f"{MARK} provider")
    gone = policy.add_rule(acme, "blocked", "203.0.113.205", NOON, who, note=f"{MARK} gone")
    policy.remove_rules(acme, [gone.id], NOON, who)
    server = mail_servers.add(acme, SERVER, NOON, who, note=f"{MARK} server")
    mail_servers.add(acme, REPORTED, NOON, who, note=f"{MARK} relay")
    code_networks.add(acme, SERVER, NOON, who, note=f"{MARK} resolver")
    token, secret = tokens.create(user, f"{MARK} token", ["read"], 30, NOON)
    isp_details = IspDetails(
        f"{MARK} lines", ["64500"], ["198.51.100.0/25"], "AT", "https://lines.example", "noc@lines.example",
        "receives", f"{MARK} asks for it, for a reason that is long enough.",
    )  # fmt: skip
    request = isp_requests.submit(user, isp_details, Attachment(f"{MARK}.txt", "text/plain", MARK.encode()), NOON, "")
    isp_requests.ask_back(request.id, f"What does {MARK} mean?", "olga@acme.example", NOON, "")
    deliveries.choose(acme, webhook.CHANNEL, {"url": f"https://{MARK}.example/hook"}, NOON, who)
    alerts.raise_event("evidence", acme, f"{MARK} server", f"{MARK} was reported", NOON)
    spam_reports.accept_many(
        [Incoming(REPORTED, "trap", evidence=f"Subject: {MARK}", dedupe_key=MARK)], NOON - 60, KNOWN
    )
    _count(acme)
    shared = _of_the_installation(app_context)
    app_context.publisher.catch_up(NOON)
    return Belongings(
        organization=acme,
        code=activation_codes.active(acme, NOON)[0].id,
        user=user.id,
        rule=rule.id,
        server=server.id,
        token=token.id,
        request=request.id,
        session=Session.get(Session.user == user.id).id,
        log_row=QueryLogEntry.get(QueryLogEntry.organization == acme).id,
        alert=Alert.get(Alert.organization == acme).id,
        invitation=link.id,
        invitation_token=address.rpartition("/")[2],
        secret=secret,
        webhook_secret=deliveries.find(acme, webhook.CHANNEL).secret,  # type: ignore[union-attr]
        label=cast.acme_code.label,
        dashed=cast.acme_code.dashed,
        **shared,
    )


def _count(organization: int) -> None:
    """Connections of the last hour, of which the query log holds a row."""
    batch = Batch()
    at = NOON - 600
    batch.answers[at - at % 3600, organization, STANDARD, KSS] += 77_311
    batch.last_asked[organization] = at
    batch.turned_away[at - at % 3600, organization, ELSEWHERE, AWAY] += 7
    batch.remember(Match(at, organization, STANDARD, KSS, *parse_address(ASKED)))
    with db.write():
        hours.write(batch, KNOWN, 10)


def _of_the_installation(app_context: AppContext) -> dict[str, Any]:
    listings.add(LISTED, "standard", "ETL", DAY, "Spam run", NOON - 60, "operator@rep.example")
    now = {"created_at": NOON - 60, "author": "operator@rep.example"}
    news = NewsItem.create(kind="spam", title="Seen this week", body="Little.", published_at=NOON - 60, **now)
    release = NewsItem.create(kind="release", title="A new version", body="Here.", published_at=NOON - 60, **now)
    draft = NewsItem.create(kind="spam", title="Not yet", body="A draft.", **now)
    app_context.publisher.catch_up(NOON)
    lines = app_context.data / "list.txt"
    feeds.add("a-list", str(lines), "plain", "KSS", NOON - DAY)
    for day, listed in ((NOON - DAY, 20), (NOON - 60, 21)):
        lines.write_text("".join(f"198.51.100.{number}\n" for number in range(40, 40 + listed)))
        feeds.refresh("a-list", day)
    proposal = Proposal.create(network="198.51.100.90/32", times_listed=4, proposed_at=NOON)
    Isp.create(asn=ASN, name="Example Net", country="AT", created_at=NOON)
    assert app_context.live.current is not None
    token = removals.submit(app_context.live.current, LISTED, "noc@isp.example", "We shut it.", NOON, "")
    return {
        "listing": Listing.get(Listing.network == LISTED).id,
        "news": news.id,
        "release": release.id,
        "draft": draft.id,
        "feed": others(Feed).get().id,
        "revisions": tuple(row.id for row in others(FeedRevision).order_by(FeedRevision.id)),
        "proposal": proposal.id,
        "removal": others(RemovalRequest).get().id,
        "removal_token": token,
    }


def owned(organization: int) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that belongs to an organization, to see whether somebody has changed it."""
    found = {}
    for model in MODELS:
        mine = _mine(model, organization)
        if mine is not None:
            found[model.__name__] = sorted(model.select().where(mine).tuples(), key=repr)
    return found


def _mine(model: Any, organization: int) -> Any:
    """Which rows of a table belong to the organization; None for tables of the installation."""
    fields = model._meta.fields
    if model is Organization:
        return Organization.id == organization
    if "organization" in fields:
        return model.organization == organization
    if "user" in fields:
        return model.user << others(User, User.id).where(User.organization == organization)
    if model in (IspMessage, IspAttachment):
        return model.request << others(IspRequest, IspRequest.id).where(IspRequest.organization == organization)
    return None
