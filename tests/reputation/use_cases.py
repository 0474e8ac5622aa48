"""Every use case that writes, called once in a house where somebody has something of everything.

A name is that of the function below `reputation`. test_all_or_nothing.py runs each of them, and fails for a function
that writes and stands neither in USE_CASES nor in one of the lists of exceptions.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyotp

from portal.app_context import AppContext
from reputation.counting import bots, hours, precision, query_log, quotas, turned_away, volumes, watched
from reputation.counting.delivery import Delivery
from reputation.counting.query_log import LogBounds
from reputation.counting.volumes import WEEK, week_of
from reputation.customers import (
    activation_codes,
    code_networks,
    failed_logins,
    half_logins,
    imports,
    isp_requests,
    isps,
    mail_servers,
    one_time_links,
    organizations,
    policy,
    removals,
    second_factor,
    sessions,
    tokens,
    user_admin,
    users,
)
from reputation.customers import quotas as chosen_quotas
from reputation.customers.attachments import Attachment
from reputation.customers.isp_requests import IspDetails
from reputation.customers.policy import NewRule, settings
from reputation.customers.users import PortalUser
from reputation.exchange import choices, giving, introductions, keeping, keys, learning, peers
from reputation.exchange.batches import Opened, Place
from reputation.exchange.entries import Entries, NodeEntry, VolumeEntry
from reputation.exchange.introductions import Introduction
from reputation.exchange.own_sums import OwnSum
from reputation.insight import news, weekly_news
from reputation.insight.query_log import retention
from reputation.intake import (
    escalation,
    feeds,
    listing_history,
    listings,
    origins,
    protected_senders,
    purging,
    questions,
    spam_reports,
    times_ahead,
    uncounted,
)
from reputation.intake.listings import NewListing
from reputation.intake.spam_reports import Incoming
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import Uncounted, UncountedMessages
from reputation.notices import alerts, deliveries, digest, mailer, notifier
from reputation.notices.channels import webhook
from reputation.publisher import Publisher
from reputation.store import clock_seen, db, health, secrets, serials
from reputation.store.models import (
    BotSeen,
    FormerRule,
    Organization,
    OtherHour,
    Proposal,
    RemovalRequest,
    SecondFactor,
    SenderScore,
    SpamWeek,
    WatchedDay,
)
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live
from reputation.verdict.matches import Match, Matches
from reputation.verdict.origins import EMPTY
from reputation.verdict.snapshot import Snapshot
from tests.conftest import NOON, ROOT, make_cast
from tests.portal.belongings import ASN, DAY, EMAIL, KNOWN, LISTED, RULED, SERVER, Belongings, belong

WHO, PASSWORD, SENDER = "olga@rep.example", "another quiet sentence", "203.0.113.240"
IMPORTED = "192.0.2.77 REJECT\n192.0.2.78 OK\n"
ZONE = ":127.0.0.2:Listed\n192.0.2.7\n"
COMBINED = ROOT / "tests" / "data" / "origins" / "combined.tsv"
LATER = NOON + 3000 * DAY
NO_DNS = TxtRecords(["127.0.0.1"], port=1, patience=0.5)  # nobody listens there
ISP = (["64510"], "More lines", "AT", ["198.51.100.128/25"])


OURS = "https://ours.example/exchange/"
BETA, REVOKED, NEXT = (keys.Key.new() for _ in range(3))
SUMS = [OwnSum("203.0.113.0/24", 3, 4, 1, NOON), OwnSum("198.51.100.0/24", 2, 2, 1, NOON)]


def introduced(name: str, key: keys.Key | None = None) -> Introduction:
    """Another installation, as it introduces itself."""
    key = key or keys.Key.new()
    return introductions.read(introductions.write(name, f"https://{name.lower()}.example/exchange/", key))


def with_key(folder: Path) -> Path:
    """Another folder with the same key."""
    made = Path(tempfile.mkdtemp(dir=folder))
    shutil.copy(folder / keys.FILE_NAME, made)
    return made


def exchange(folder: Path) -> None:
    """What the house has of an exchange: it gives, knows two peers, and one of them has said something."""
    choices.introduce(folder, "Ours", OURS, NOON)
    choices.give(True, False, False, NOON)
    giving.make(folder, SUMS[:1], choices.current(), NOON)
    for name, key in (("Beta", BETA), ("Revoked", REVOKED)):
        peers.add(introduced(name, key), NOON)
    peers.take_revocation(introductions.revoke(REVOKED, NEXT.public, NOON), NOON)
    said = Entries((NodeEntry("198.51.100.0/24", 3, 3, 1, 1),), (VolumeEntry("AT", NOON // DAY, 7),))
    keeping.keep(peers.row_of("Beta"), Opened(Place(1, "1" * 64), NOON, said), NOON)
    learning.look([], NOON)


class House(NamedTuple):
    """Who lives there, and what they have: numbers and secrets, which a copy of the database shares."""

    acme: int
    basic: int
    own: Belongings
    ada: PortalUser  # administers Acme
    vera: PortalUser  # may look, has a second step, and a link to a new password
    gus: PortalUser  # was deactivated
    code: int  # another code of Acme's
    batch: str  # of rules that were added together
    reset_token: str
    otp_secret: str
    recovery_code: str
    session_token: str
    half_token: str
    discarded: int  # a piece of news
    confirmed: int  # a mail server
    snapshot: Snapshot
    folder: Path


def asked_about(house: House) -> Matches:
    """Questions: one about an address whose network is listed, and one about another."""
    return Matches([Match(NOON, house.acme, 1, code, 4, (203 << 24) + (113 << 8) + code) for code in (0, 2)])


def furnish(folder: Path) -> House:
    """Make the house in the database that is open; `folder` is where its lists lie."""
    live = Live()
    context = AppContext(
        publisher=Publisher(live, lambda: EMPTY, lambda _: EMPTY, ""), live=live, counts=Delivery(Counters()),
        zone="rep.example", data=folder, lookup_url="http://127.0.0.1", dns_addresses=[], dns_runs="compiled",
        started_at=NOON, secret_key="k" * 64,
    )  # fmt: skip
    cast = make_cast()
    own = belong(cast, context)
    acme = cast.acme.id
    users.add(WHO, acme, "operator", PASSWORD, NOON)
    ada, vera, gus = (
        users.add(f"{name}@acme.example", acme, role, PASSWORD, NOON)
        for name, role in (("ada", "administrator"), ("vera", "viewer"), ("gus", "viewer"))
    )
    user_admin.deactivate(ada, gus, NOON)
    otp_secret = second_factor.enrol(vera).secret
    recovery_codes = second_factor.confirm(vera, pyotp.TOTP(otp_secret).at(NOON), NOON)
    _, reset_address = one_time_links.reset(vera, NOON, "")
    policy.add_rule(acme, "blocked", "192.0.2.90", NOON, WHO, expires_at=NOON + DAY)
    added = policy.add_rules(acme, [NewRule("blocked", f"192.0.2.{number}") for number in (91, 92)], NOON, WHO)
    gone = news.add_draft("spam", "Gone", "Nothing.", "2026-W20", NOON)
    assert gone
    discarded = next(item.id for item in news.all_items() if item.title == "Gone")
    news.discard(discarded, WHO, NOON)
    RemovalRequest.create(
        address="192.0.2.1", status="declined", created_at=NOON - 500 * DAY, answered_at=NOON - 400 * DAY
    )
    listings.add("198.51.100.98", "standard", "KSS", DAY, "Spam run", NOON)
    listings.add("198.51.100.97", "dynamic", "KSS", DAY, "Spam run", NOON)
    SenderScore.create(
        network="203.0.113.241/32", neighbourhood="203.0.113.0/24", at=NOON, times_listed=50, level2_until=NOON + DAY
    )
    Proposal.create(network="203.0.113.242/32", times_listed=9, proposed_at=NOON, decided_at=NOON, decision="declined")
    confirmed = mail_servers.add(acme, "203.0.113.207", NOON).id
    mail_servers.confirm(confirmed, "203.0.113.207", NOON, WHO)
    protected_senders.add("provider.example", NOON, WHO)
    protected_senders.refresh("provider.example", NOON, NO_DNS)
    exchange(folder)
    one_waits().write()
    BotSeen.create(organization=acme, hour=NOON, address="192.0.2.203", asn=ASN)
    SpamWeek.create(week=week_of(NOON) - WEEK, asn=ASN, volume=3)
    OtherHour.create(hour=NOON, kind="txt", packets=3)
    _lists(folder)
    alerts.raise_event("disk", None, "disk", "The disk is full.", NOON - 600)
    context.publisher.catch_up(NOON)
    assert live.current is not None
    return House(
        acme=acme, basic=cast.basic.id, own=own, ada=ada, vera=vera, gus=gus,
        code=activation_codes.issue(acme, NOON).id, batch=added.batch,
        reset_token=reset_address.rpartition("/")[2], otp_secret=otp_secret, recovery_code=recovery_codes[0],
        session_token=sessions.begin(ada.id, "192.0.2.9", "A browser", NOON),
        half_token=half_logins.begin(ada.id, NOON), discarded=discarded, confirmed=confirmed,
        snapshot=live.current, folder=folder,
    )  # fmt: skip


def one_waits() -> UncountedMessages:
    """A message that counts for nobody and is not written yet."""
    messages = UncountedMessages()
    messages.add(Uncounted(NOON, "trap", "no hop", "192.0.2.30"))
    return messages


def _lists(folder: Path) -> None:
    """A paused list, one of which a refresh is held, and one on watch of which something was counted."""
    for name in ("paused", "held"):
        feeds.add(name, str(folder / name), "plain", "KSS", NOON - DAY)
    feeds.pause("paused", NOON, WHO)
    (folder / "tried").write_text(f"{SENDER}\n198.51.100.97\n")
    tried = feeds.add("tried", str(folder / "tried"), "plain", "KSS", NOON - DAY, purpose="watch")
    feeds.refresh("tried", NOON - 60)
    with db.write():
        precision.count([("198.51.100.97", True)], NOON)
    WatchedDay.create(organization=Organization.get(), day=NOON, feed=tried.id, matched=False, connections=1)
    for count in (100, 10):
        (folder / "held").write_text("".join(f"198.51.100.{number}\n" for number in range(count)))
        feeds.refresh("held", NOON - 60)


DETAILS = IspDetails(
    "Other lines", ["64511"], ["198.51.100.128/25"], "AT", "https://lines.example", "noc@lines.example", "receives",
    "Acme asks for it, for a reason that is long enough.",
)  # fmt: skip

USE_CASES: dict[str, Callable[[House], Any]] = {
    "counting.bots.prune": lambda h: bots.prune(NOON + 100 * DAY),
    "counting.bots.prune_seen": lambda h: bots.prune_seen(NOON + 100 * DAY),
    "counting.hours.prune": lambda h: hours.prune(NOON + 2000 * DAY),
    "counting.quotas.follow": lambda h: quotas.follow(100, NOON),
    "counting.turned_away.prune": lambda h: turned_away.prune(NOON + 2000 * DAY),
    "counting.volumes.store_ranks": lambda h: volumes.store_ranks(NOON),
    "counting.precision.prune": lambda h: precision.prune(NOON + 2000 * DAY),
    "counting.watched.prune": lambda h: watched.prune(NOON + 2000 * DAY),
    "customers.activation_codes.end_at": lambda h: activation_codes.end_at(h.acme, h.code, NOON + DAY, NOON, WHO),
    "customers.activation_codes.issue": lambda h: activation_codes.issue(h.acme, NOON, WHO),
    "customers.activation_codes.revoke": lambda h: activation_codes.revoke(h.own.label, NOON, WHO),
    "customers.activation_codes.revoke_own": lambda h: activation_codes.revoke_own(h.acme, h.code, NOON, WHO),
    "customers.code_networks.add": lambda h: code_networks.add(h.acme, "192.0.2.53", NOON, WHO),
    "customers.code_networks.add_mail_servers": lambda h: code_networks.add_mail_servers(h.acme, NOON, WHO),
    "customers.code_networks.remove": lambda h: code_networks.remove(
        h.acme, code_networks.networks(h.acme)[0].id, NOON, WHO
    ),
    "customers.code_networks.remove_all": lambda h: code_networks.remove_all(h.acme, NOON, WHO),
    "customers.quotas.choose": lambda h: chosen_quotas.choose(h.acme, 100, 0, NOON, WHO),
    "customers.activation_codes.rotate": lambda h: activation_codes.rotate(h.acme, h.own.code, 5, NOON, WHO),
    "customers.isp_requests.accept": lambda h: isp_requests.accept(h.own.request, ISP, "Welcome.", WHO, NOON, ""),
    "customers.isp_requests.ask_back": lambda h: isp_requests.ask_back(h.own.request, "And why?", WHO, NOON, ""),
    "customers.isp_requests.decline": lambda h: isp_requests.decline(h.own.request, "It is not.", WHO, NOON, ""),
    "customers.isp_requests.reply": lambda h: isp_requests.reply(h.acme, h.own.request, "So.", h.ada, NOON, ""),
    "customers.isp_requests.submit": lambda h: isp_requests.submit(
        h.ada, DETAILS, Attachment("why.txt", "text/plain", b"why"), NOON, ""
    ),
    "customers.isp_requests.withdraw": lambda h: isp_requests.withdraw(h.acme, h.own.request, h.ada, NOON),
    "customers.isps.accept": lambda h: isps.accept(*ISP, NOON, WHO),
    "customers.isps.remove": lambda h: isps.remove(ASN, NOON, WHO),
    "customers.mail_servers.add": lambda h: mail_servers.add(h.acme, "203.0.113.99", NOON, WHO),
    "customers.mail_servers.change": lambda h: mail_servers.change(h.acme, h.own.server, SERVER, "New", NOON, WHO),
    "customers.mail_servers.confirm": lambda h: mail_servers.confirm(h.own.server, SERVER, NOON, WHO),
    "customers.mail_servers.remove": lambda h: mail_servers.remove(h.acme, h.own.server, NOON, WHO),
    "customers.mail_servers.withdraw_confirmation": lambda h: mail_servers.withdraw_confirmation(
        h.confirmed, "203.0.113.207", NOON, WHO
    ),
    "customers.one_time_links.accept": lambda h: one_time_links.accept(h.own.invitation_token, PASSWORD, NOON),
    "customers.one_time_links.choose_password": lambda h: one_time_links.choose_password(h.reset_token, PASSWORD, NOON),
    "customers.one_time_links.invite": lambda h: one_time_links.invite(h.ada, "new@acme.example", "viewer", NOON, ""),
    "customers.one_time_links.make_reset_link": lambda h: one_time_links.make_reset_link(h.ada, h.vera, NOON, ""),
    "customers.failed_logins.note": lambda h: failed_logins.note(EMAIL, failed_logins.WRONG_CODE, "192.0.2.9", NOON),
    "customers.failed_logins.block": lambda h: failed_logins.block(EMAIL, "192.0.2.9", NOON),
    "customers.half_logins.begin": lambda h: half_logins.begin(h.ada.id, NOON),
    "customers.half_logins.end": lambda h: half_logins.end(h.half_token),
    "customers.one_time_links.prune": lambda h: one_time_links.prune(NOON + 400 * DAY),
    "customers.one_time_links.reset": lambda h: one_time_links.reset(h.vera, NOON, ""),
    "customers.one_time_links.withdraw": lambda h: one_time_links.withdraw(h.acme, h.own.invitation, NOON, WHO),
    "customers.organizations.add": lambda h: organizations.add("New", "standard", NOON, WHO),
    "customers.organizations.change_subscription": lambda h: organizations.change_subscription(
        h.acme, "standard", NOON, WHO
    ),
    "customers.organizations.rename": lambda h: organizations.rename(h.acme, "Another", NOON, WHO),
    "customers.policy.sender_rules.add_rule": lambda h: policy.add_rule(h.acme, "blocked", "192.0.2.77", NOON, WHO),
    "customers.imports.planning.carry_out": lambda h: imports.carry_out(
        imports.plan(IMPORTED, imports.Choice(), h.acme, NOON), "access", h.acme, NOON, WHO
    ),
    "customers.imports.planning.add_feed": lambda h: imports.add_feed(
        imports.plan(ZONE, imports.Choice("feed"), None, NOON), "zone", "/nowhere/zone", NOON, WHO
    ),
    "customers.policy.sender_rules.add_rules": lambda h: policy.add_rules(
        h.acme, [NewRule("blocked", "192.0.2.78"), NewRule("approved", "country:AT")], NOON, WHO
    ),
    "customers.policy.sender_rules.change_rule": lambda h: policy.change_rule(
        h.acme, h.own.rule, NewRule("approved", "192.0.2.80"), NOON, WHO
    ),
    "customers.policy.sender_rules.end_rules": lambda h: policy.end_rules(NOON + 2 * DAY),
    "customers.policy.sender_rules.prune_removed_rules": lambda h: policy.prune_removed_rules(NOON + 60 * DAY),
    "customers.policy.sender_rules.remove_batch": lambda h: policy.remove_batch(h.acme, h.batch, NOON, WHO),
    "customers.policy.sender_rules.remove_rule": lambda h: policy.remove_rule(h.acme, "blocked", RULED, NOON, WHO),
    "customers.policy.sender_rules.remove_rules": lambda h: policy.remove_rules(h.acme, [h.own.rule], NOON, WHO),
    "customers.policy.sender_rules.restore": lambda h: policy.restore(
        h.acme, FormerRule.get(FormerRule.organization == h.acme).batch, NOON, WHO
    ),
    "customers.policy.settings.choose_categories": lambda h: settings.choose_categories(
        h.acme, False, True, True, NOON, WHO
    ),
    "customers.policy.settings.choose_level": lambda h: settings.choose_level(h.acme, 4, NOON, WHO),
    "customers.removals.decide": lambda h: removals.decide(h.own.removal, "accepted", "", WHO, NOON),
    "customers.removals.prune": lambda h: removals.prune(NOON),
    "customers.removals.submit": lambda h: removals.submit(
        h.snapshot, "198.51.100.98", "noc@isp.example", "We shut it.", NOON, ""
    ),
    "customers.second_factor.check": lambda h: second_factor.check(
        h.vera.id, pyotp.TOTP(h.otp_secret).at(NOON + 60), NOON + 60
    ),
    "customers.second_factor.confirm": lambda h: second_factor.confirm(
        users.with_email(EMAIL), pyotp.TOTP(SecondFactor.get_by_id(h.own.user).secret).at(NOON), NOON
    ),
    "customers.second_factor.enrol": lambda h: second_factor.enrol(h.ada),
    "customers.second_factor.remove": lambda h: second_factor.remove(h.vera, NOON, WHO),
    "customers.second_factor.renew_recovery_codes": lambda h: second_factor.renew_recovery_codes(
        h.vera, PASSWORD, NOON
    ),
    "customers.second_factor.turn_off": lambda h: second_factor.turn_off(h.vera, PASSWORD, NOON),
    "customers.second_factor.use_recovery_code": lambda h: second_factor.use_recovery_code(
        h.vera, h.recovery_code, NOON
    ),
    "customers.sessions.begin": lambda h: sessions.begin(h.ada.id, "192.0.2.9", "Another browser", NOON + DAY),
    "customers.sessions.close": lambda h: sessions.close(h.session_token),
    "customers.sessions.end": lambda h: sessions.end(h.own.user, h.own.session, NOON),
    "customers.sessions.end_others": lambda h: sessions.end_others(h.own.user, "", NOON),
    "customers.tokens.create": lambda h: tokens.create(h.ada, "New", ["read"], 30, NOON),
    "customers.tokens.revoke": lambda h: tokens.revoke(h.acme, h.own.token, NOON, WHO),
    "customers.user_admin.change_role": lambda h: user_admin.change_role(h.ada, h.vera, "administrator", NOON),
    "customers.user_admin.deactivate": lambda h: user_admin.deactivate(h.ada, h.vera, NOON),
    "customers.user_admin.reactivate": lambda h: user_admin.reactivate(h.ada, h.gus, NOON),
    "customers.user_admin.reset_two_step": lambda h: user_admin.reset_two_step(h.ada, h.vera, NOON),
    "customers.users.add": lambda h: users.add("new@acme.example", h.acme, "viewer", PASSWORD, NOON, WHO),
    "customers.users.authenticate": lambda h: users.authenticate(EMAIL, PASSWORD, NOON + 60),
    "customers.users.change_password": lambda h: users.change_password(h.ada, PASSWORD, "a third quiet sentence", NOON),
    "customers.users.choose_alerts": lambda h: users.choose_alerts(h.ada.id, False),
    "customers.users.choose_time_zone": lambda h: users.choose_time_zone(h.ada, "Europe/Vienna", NOON),
    "customers.users.set_password": lambda h: users.set_password(h.ada.id, "argon2"),
    "exchange.choices.give": lambda h: choices.give(False, True, True, NOON, WHO),
    "exchange.choices.own_key": lambda h: choices.own_key(Path(tempfile.mkdtemp(dir=h.folder)), NOON, WHO),
    "exchange.choices.introduce": lambda h: choices.introduce(h.folder, "Other", OURS, NOON, WHO),
    "exchange.choices.revoke": lambda h: choices.revoke(with_key(h.folder), NOON, WHO),
    "exchange.giving.make": lambda h: giving.make(h.folder, SUMS, choices.current(), NOON + DAY),
    "exchange.learning.prune": lambda h: learning.prune(LATER),
    "exchange.peers.accept": lambda h: peers.accept("Revoked", keys.fingerprint(NEXT.public), NOON, WHO),
    "exchange.peers.add": lambda h: peers.add(introduced("New"), NOON, WHO, "Beta"),
    "exchange.peers.forget": lambda h: peers.forget("Beta", NOON, WHO),
    "exchange.peers.pause": lambda h: peers.pause("Beta", True, NOON, WHO),
    "exchange.peers.take": lambda h: peers.take("Beta", False, True, False, NOON, WHO),
    "exchange.peers.take_revocation": lambda h: peers.take_revocation(
        introductions.revoke(BETA, NEXT.public, NOON), NOON, WHO
    ),
    "exchange.peers.vouch": lambda h: peers.vouch("Beta", "Revoked", NOON, WHO),
    "insight.news.add_draft": lambda h: news.add_draft("spam", "New", "Text.", "2026-W30", NOON),
    "insight.news.discard": lambda h: news.discard(h.own.news, WHO, NOON),
    "insight.news.edit": lambda h: news.edit(h.own.news, "spam", "New", "Text.", NOON, WHO, NOON),
    "insight.news.publish": lambda h: news.publish(h.own.draft, NOON, WHO, NOON),
    "insight.news.restore": lambda h: news.restore(h.discarded, WHO, NOON),
    "insight.news.unpublish": lambda h: news.unpublish(h.own.news, WHO, NOON),
    "insight.news.write": lambda h: news.write("spam", "New", "Text.", None, WHO, NOON),
    "insight.query_log.retention.choose": lambda h: retention.choose(h.acme, "off", NOON, WHO),
    "insight.weekly_news.draft": lambda h: weekly_news.draft(KNOWN, NOON + 7 * DAY),
    "intake.escalation.decide": lambda h: escalation.decide(h.own.proposal, True, NOON, WHO),
    "intake.escalation.propose_or_list": lambda h: escalation.propose_or_list("list", NOON),
    "intake.escalation.prune": lambda h: escalation.prune(LATER),
    "intake.feeds.editing.add": lambda h: feeds.add("new", str(h.folder / "new"), "plain", "KSS", NOON),
    "intake.feeds.editing.edit": lambda h: feeds.edit(
        "a-list", str(h.folder / "new"), "plain", "ETL", NOON, "dynamic", 7200, 7200, {}, WHO
    ),
    "intake.feeds.editing.pause": lambda h: feeds.pause("a-list", NOON, WHO),
    "intake.feeds.editing.refresh_soon": lambda h: feeds.refresh_soon("a-list", NOON),
    "intake.feeds.editing.remove": lambda h: feeds.remove("a-list", NOON, WHO),
    "intake.feeds.editing.resume": lambda h: feeds.resume("paused", NOON, WHO),
    "intake.feeds.editing.serve": lambda h: feeds.serve("tried", NOON, WHO),
    "intake.feeds.editing.set_bounds": lambda h: feeds.set_bounds("a-list", {"widest4": 16}, NOON, WHO),
    "intake.feeds.editing.watch": lambda h: feeds.watch("a-list", NOON, WHO),
    "intake.feeds.taking.take": lambda h: feeds.take(["drop", "cins"], NOON, True, WHO),
    "intake.feeds.revisions.accept": lambda h: feeds.accept("held", NOON, WHO),
    "intake.feeds.revisions.refuse": lambda h: feeds.refuse("held", NOON, WHO),
    "intake.feeds.revisions.rollback": lambda h: feeds.rollback("a-list", NOON, WHO),
    "intake.listing_history.prune": lambda h: listing_history.prune(LATER),
    "intake.listings.add_many": lambda h: listings.add_many(
        [NewListing(LISTED, "Spam run", NOON + DAY)], "standard", "KSS", NOON, WHO
    ),
    "intake.listings.add": lambda h: listings.add(LISTED, "dynamic", "ETL", DAY, "Spam run", NOON, WHO),
    "intake.listings.remove": lambda h: listings.remove(LISTED, "standard", NOON, WHO),
    "intake.listings.sweep": lambda h: listings.sweep(NOON + 2 * DAY),
    "intake.listings.take_back": lambda h: listings.take_back(h.own.listing, NOON, WHO),
    "intake.origins.revisions.import_files": lambda h: origins.import_files([COMBINED], NOON),
    "intake.protected_senders.add": lambda h: protected_senders.add("other.example", NOON, WHO),
    "intake.protected_senders.add_provider": lambda h: protected_senders.add_provider("GMX and WEB.DE", NOON, WHO),
    "intake.protected_senders.look_up_soon": lambda h: protected_senders.look_up_soon("provider.example"),
    "intake.protected_senders.refresh": lambda h: protected_senders.refresh("provider.example", NOON + 60, NO_DNS),
    "intake.protected_senders.remove": lambda h: protected_senders.remove("provider.example", NOON, WHO),
    "intake.purging.purge": lambda h: purging.purge("trap", 0, NOON + 60, WHO),
    "intake.times_ahead.put_back": lambda h: times_ahead.put_back(NOON - DAY),
    "intake.questions.count": lambda h: questions.count(asked_about(h), KNOWN, NOON + 600),
    "intake.spam_reports.accept": lambda h: spam_reports.accept(SENDER, "trap", NOON, origins=KNOWN),
    "intake.spam_reports.accept_many": lambda h: spam_reports.accept_many(
        [Incoming(f"203.0.113.{number}", "trap") for number in range(100, 130)], NOON, KNOWN
    ),
    "intake.spam_reports.clean_many": lambda h: spam_reports.clean_many({SENDER: 5}, NOON),
    "intake.uncounted.UncountedMessages.write": lambda h: one_waits().write(),
    "intake.uncounted.prune": lambda h: uncounted.prune(LATER),
    "notices.alerts.mark_notified": lambda h: alerts.mark_notified(alerts.not_notified(), NOON),
    "notices.alerts.prune": lambda h: alerts.prune(LATER),
    "notices.alerts.raise_event": lambda h: alerts.raise_event("disk", None, "other", "The disk is full.", NOON),
    "notices.alerts.update_current": lambda h: alerts.update_current("disk", {(None, "disk"): "It is full."}, NOON),
    "notices.deliveries.choose": lambda h: deliveries.choose(
        h.acme, webhook.CHANNEL, {"url": "https://other.example/"}, NOON, WHO
    ),
    "notices.deliveries.request_trial": lambda h: deliveries.request_trial(h.acme, webhook.CHANNEL, NOON),
    "notices.digest.write": lambda h: digest.write("", NOON + 7 * DAY),
    "notices.mailer.prune": lambda h: mailer.prune(LATER),
    "notices.notifier.notify": lambda h: notifier.notify("", NOON + 120),
    "store.clock_seen.note": lambda h: clock_seen.note(NOON),
    "store.health.note_write": lambda h: health.note_write(NOON),
    "store.serials.raise_to": lambda h: serials.raise_to(NOON, NOON),
    "store.secrets.get_or_create": lambda h: secrets.get_or_create("another"),
}

# Thousands of rows go in steps of their own, so that nobody waits for seconds: what fails midway is done by calling it
# again, and a step that was done stands in the audit log.
IN_STEPS: dict[str, Callable[[House], Any]] = {
    "counting.query_log.prune": lambda h: query_log.prune(LogBounds(rows=0), NOON),
    "customers.organizations.remove": lambda h: organizations.remove(h.basic, "Basic", NOON, WHO),
    "insight.query_log.retention.delete_all": lambda h: retention.delete_all(h.acme, NOON, WHO),
}

# These are steps of a use case above: whoever calls them has begun the transaction.
PARTS = {
    "counting.bots.add_matches", "counting.delivery.prune", "counting.hours.write", "counting.other_packets.add",
    "counting.precision.count",
    "counting.precision.count_clean", "counting.precision.count_reports", "counting.query_log.write",
    "counting.turned_away.add", "counting.volumes.add", "counting.volumes.add_matches", "counting.watched.add",
    "customers.attachments.keep", "customers.sessions.end_all", "customers.users.add_with_hash",
    "exchange.choices.note", "exchange.given_sums.prune", "exchange.given_sums.save", "exchange.keeping.forget_words",
    "exchange.keeping.keep", "exchange.peers.mark_revoked",
    "intake.feeds.attempts.begin", "intake.feeds.ending.set_ends", "intake.feeds.revisions.end_approvals",
    "intake.feeds.revisions.give_up_held", "intake.feeds.revisions.hold", "intake.feeds.revisions.make_live",
    "intake.feeds.revisions.read_anew",
    "publisher.damaged_lists.heal", "publisher.damaged_lists.remove", "publisher.damaged_origins.remove_others",
    "publisher.purposes.record_change",
    "intake.forgiving.forgive", "intake.forgiving.review",
    "intake.listing_history.note", "intake.network_listings.review", "intake.network_listings.review_passes",
    "intake.network_listings.review_told",
    "intake.network_listings.drop_passes", "intake.network_listings.save_passes",
    "intake.network_listings.sweep_passes", "intake.report_listings.drop",
    "intake.report_listings.drop_alone", "intake.report_listings.sweep_alone", "intake.report_listings.write",
    "intake.report_listings.write_alone", "intake.sender_scores.clear", "intake.sender_scores.save",
    "intake.sender_scores.forget", "intake.sender_scores.prune_own", "intake.sender_scores.save_own",
    "intake.step_sums.Paths.save",
    "intake.step_sums.prune", "intake.step_sums.save_learned", "intake.step_sums.save_nodes",
    "notices.channels.mail.transport.enqueue", "notices.deliveries.enqueue", "notices.outbox.write",
    "store.audit.record", "store.changes.prune_listing_changes", "store.changes.record_change",
    "store.changes.record_listings", "store.db.add_counts", "store.db.write_rows",
}  # fmt: skip

# Each does one thing after another, each of which stands or falls by itself, or cannot be called in this house.
OTHERS = {
    "intake.questions.bound": "senders are forgotten some thousand at a time, each time by itself",
    "intake.spam_reports.prune": "senders are forgotten some thousand at a time, each time by itself",
    "counting.delivery.Delivery.flush": "each batch by itself, and once: tests/reputation/counting/test_delivery.py",
    "counting.hours.flush": "what fails is kept to be counted again: tests/reputation/counting/test_hours.py",
    "counting.query_log.sweep": "the steps of query_log.prune and retention.delete_all",
    "customers.sessions.find": "a page is shown though nobody can write who opened it: tests/portal/test_unwell.py",
    "customers.tokens.bearer": "a call is answered though nobody can write who made it: tests/portal/test_unwell.py",
    "store.health.look": "it tells what it finds, and tries to write: tests/reputation/store/test_health.py",
    "customers.users.first_run": "nobody may be there yet: tests/reputation/customers/test_customers.py",
    "exchange.taking.take": "it fetches, and keeps each batch by itself: tests/reputation/exchange/test_taking.py",
    "exchange.taking.take_due": "each peer by itself: a fault in one leaves the others alone",
    "exchange.learning.look": "some nodes in each transaction: one that was broken off judges nothing twice",
    "exchange.turns.give": "it learns, and then gives: what was learned is kept though giving fails",
    "exchange.turns.list_told": "some networks in each transaction, each of which says what is known then",
    "exchange.turns.take": "each peer by itself: a fault in one leaves the others alone",
    "publisher.Publisher.finish": "it catches up, and writes files: tests/reputation/test_prepared_files.py",
    "publisher.Publisher.catch_up": "it writes where the tables were put back: tests/reputation/test_publisher.py",
    "intake.feeds.refreshing.refresh": "that it has begun outlives what fails: tests/reputation/test_all_or_nothing.py",
    "intake.feeds.refreshing.refresh_all": "each feed by itself: a fault in one leaves the others alone",
    "intake.feeds.refreshing.refresh_due": "each feed by itself: a fault in one leaves the others alone",
    "intake.protected_senders.refresh_due": "each domain by itself: one that fails leaves the others alone",
    "intake.protected_senders.refresh_each": "each domain by itself: one that fails leaves the others alone",
    "intake.report_queue.accept_and_keep_refused": "it makes the queue's writer, which calls accept_many",
    "intake.maillog.follower.Follower.read_new": "a log is read part by part, and each with its place",
    "intake.origins.revisions.refresh": "it fetches, and then writes as import_files does",
    "intake.origins.revisions.replace_damaged": "it fetches, and then writes as import_files does",
    "intake.feeds.revisions.looked_at": "it reads, and sets aside what is damaged",
    "publisher.damaged_lists.set_aside": "each list by itself: tests/reputation/test_publisher_damaged.py",
    "publisher.damaged_origins.set_aside": "each table by itself: tests/reputation/intake/test_origins.py",
    "publisher.damaged_origins.wait_until": "one row",
    "notices.checks.run_checks": "each kind of alert by itself",
    "notices.deliveries.send_due": "each message by itself: what was sent cannot be taken back",
    "notices.mailer.deliver": "each letter by itself: what was sent cannot be taken back",
}
JOBS = "jobs."  # a job calls use cases that stand above, one after the other
