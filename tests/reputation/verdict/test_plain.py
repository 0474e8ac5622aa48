"""What DNS, the portal and a dry run answer is what the plain model answers, after any changes, at any address.

The same changes are made by the real use cases, published from the real tables, and made to the lists of the model.
"""

from __future__ import annotations

from contextlib import ExitStack
from copy import deepcopy
from ipaddress import ip_address, ip_network
from math import inf
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dnsd.access import Access
from reputation.addresses.address import parse_address, parse_network
from reputation.addresses.reserved import reserved_part
from reputation.counting.delivery import Delivery
from reputation.counting.query_log import key_of
from reputation.customers import activation_codes, isps, mail_servers, organizations, policy
from reputation.customers.policy import NewRule
from reputation.customers.policy import settings as reputation_settings
from reputation.customers.policy.dry_run import dry_run
from reputation.insight import address_check, lookup
from reputation.intake import feeds, forgiving, listings, report_listings
from reputation.intake.exemptions import Exemptions
from reputation.intake.feeds import revisions
from reputation.jobs import JobContext, publish
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store import changes, db
from reputation.store.db import Store
from reputation.store.models import Feed, FeedRevision, QueryLogEntry
from reputation.verdict.counters import Counters
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.origins import Origins
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.tally import Tally
from reputation.verdict.zones import DATABASE_LABELS, DATABASE_NAMES, FOREVER
from tests.conftest import NOON, undone
from tests.dnsd import wire
from tests.dnsd.cast import reversed_name
from tests.dnsd.desk import Desk
from tests.dnsd.fast import Fast
from tests.meant import meant
from tests.reputation.intake.lists import read
from tests.reputation.verdict.plain import (
    CATEGORIES,
    DATABASES_OF,
    Answer,
    Listing,
    Organization,
    Reply,
    Rule,
    World,
    holds,
    network_of,
    sender_of,
)
from tests.snapshots import origins

ACME, BASIC = "Acme", "Basic"  # with an advanced and a standard subscription at first
WHO = "ada@acme.example"
TABLE = {"203.0.113.0/24": (64500, "AT"), "203.0.113.64/26": (64501, "DE"), "2001:db8::/33": (64500, "DE"),
         "0.0.0.0/1": (64502, "AT"), "ffff::/16": (64502, "")}  # fmt: skip

# Inside one another, side by side, and at both ends of the address spaces and of the halves of an IPv6 address.
NETWORKS = ["203.0.113.0/24", "203.0.113.0/25", "203.0.113.64/26", "203.0.113.127", "203.0.113.128", "203.0.113.128/26",
            "2001:db8::/32", "2001:db8::/33", "2001:db8::/64", "2001:db8:0:1::/64", "2001:db8::ffff:ffff:ffff:ffff",
            "2001:db8:0:1::"]  # fmt: skip
OUTERMOST = ["0.0.0.0", "255.255.255.255", "0.0.0.0/0", "224.0.0.0/3", "127.0.0.0/8", "::", "::/0", "ffff::/16",
             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:203.0.113.64/122"]  # fmt: skip
RANGES = ["203.0.113.5-203.0.113.126", "203.0.113.127-203.0.113.129", "0.0.0.0-0.255.255.255",
          "2001:db8::1-2001:db8::9", "2001:db8::ffff-2001:db8:0:1:0:0:0:ffff"]  # fmt: skip
ORIGINS = ["isp:AS64500", "isp:AS64501", "isp:AS64510", "country:AT", "country:DE", "country:FR"]
FEEDS = {"bots": ("standard", "ETL"), "drop": ("standard", "KSS"), "more drop": ("standard", "KSS"),
         "homes": ("standard", "DUL"), "now": ("dynamic", "KSS")}  # fmt: skip
STAY = 600


def interesting() -> list[str]:
    """Test addresses, and both ends of every network and range, those before and behind it, and all of it mapped."""
    found = {ip_address(f"127.0.0.{last}") for last in (0, 1, 2, 3, 4, 5, 10, 11, 12, 13)} | {ip_address("127.0.1.2")}
    for text in (*NETWORKS, *OUTERMOST, *RANGES, *TABLE):
        first, last = text.split("-") if "-" in text else map(str, (ip_network(text)[0], ip_network(text)[-1]))
        for end, step in ((ip_address(first), -1), (ip_address(last), 1)):
            found |= {end} | ({end + step} if 0 <= int(end) + step < 1 << end.max_prefixlen else set())
    four = sorted(str(address) for address in found if address.version == 4)
    return [*four, *(f"::ffff:{text}" for text in four[::3]), *sorted(str(one) for one in found if one.version == 6)]


ADDRESSES = interesting()
PARSED = {text: parse_address(text) for text in ADDRESSES}
AT_ONCE = 4  # addresses that the slower ways of asking are asked about, after each change others

names = some.sampled_from([ACME, BASIC])
actions = some.sampled_from(policy.ACTIONS)
stays = some.sampled_from([1, 60, STAY])
senders = some.sampled_from(NETWORKS + OUTERMOST) | some.sampled_from(ORIGINS)
some_rules = some.lists(some.tuples(actions, senders, some.none() | stays), min_size=1, max_size=6)
some_senders = some.lists(some.tuples(actions, senders), max_size=10, unique=True)
contents = some.lists(some.sampled_from(NETWORKS + OUTERMOST + RANGES), min_size=1, max_size=5)
categories = some.sets(some.sampled_from(list(CATEGORIES)))


class Answers(RuleBasedStateMachine):
    """Two organizations with an installation's lists; whatever is written is taken back at the end."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(undone(store))
        self.now, self.turn = NOON, 0
        self.world = World({}, TABLE, NOON)
        self.numbers: dict[str, int] = {}
        self.code_ids: dict[str, int] = {}
        self.replaced: set[str] = set()
        for name, subscription in ((ACME, "advanced"), (BASIC, "standard")):
            customer, code = organizations.add(name, subscription, NOON)
            self.numbers[name] = customer.id
            self.world.organizations[customer.id] = Organization(subscription, name=name)
            self.know(customer.id, code)
        self.own: dict[tuple[str, str, str, str], Listing] = {}
        self.fetched: dict[str, list[tuple[list[str], int]]] = {}
        self.paused: set[str] = set()
        table = {network: (*where, f"Net {where[0]}") for network, where in TABLE.items()}
        self.publisher, self.desk = Publisher(Live(), lambda: origins(table), never, ""), Desk(access=Access(rate=0))
        self.job = JobContext(store, self.publisher, self.publisher.live, Delivery(Counters()))

    def teardown(self) -> None:
        self.undo.close()

    # What people and jobs do

    @initialize(acme=some_rules, basic=some_rules, first=contents, second=contents, third=contents)
    def begin(self, acme: Any, basic: Any, first: Any, second: Any, third: Any) -> None:
        self.add_rules(ACME, acme)
        self.add_rules(BASIC, basic)
        self.change_codes(ACME, 0, "issue")
        self.change_codes(ACME, 0, "end")
        for name, content in (("bots", first), ("drop", second), ("now", third)):
            self.fetch(name, content)

    @rule(name=names, wanted=some_rules)
    def add_rules(self, name: str, wanted: list[tuple[str, str, int | None]]) -> None:
        new = [NewRule(action, sender, "", stay and self.now + stay) for action, sender, stay in wanted]
        added = meant(policy.add_rules, self.numbers[name], new, self.now, WHO)
        rules = self.of(name).rules
        before = len(rules)
        # Of the same rule twice in one batch the last is meant; one that is there already stays as it is.
        for one in {(one.action, canonical(one.value)): one for one in new}.values():
            if not has(rules[:before], one.action, canonical(one.value)):
                rules.append(Rule(one.action, canonical(one.value), one.expires_at or inf))
        assert added.added == len(rules) - before
        self.publish()

    @rule(name=names, place=some.integers(0, 30))
    def remove_rule(self, name: str, place: int) -> None:
        rules = self.of(name).rules
        if rules:
            gone = rules.pop(place % len(rules))
            policy.remove_rule(self.numbers[name], gone.action, gone.sender, self.now)
            self.publish()

    @rule(name=names, chosen=categories, level=some.integers(0, 4))
    def choose(self, name: str, chosen: set[str], level: int) -> None:
        asker, number = self.of(name), self.numbers[name]
        asker.categories = chosen
        reputation_settings.choose_categories(
            number, *(each in chosen for each in ("KSS", "DUL", "ETL")), self.now, WHO
        )
        if asker.subscription == "advanced":
            asker.level = level
            reputation_settings.choose_level(number, level, self.now, WHO)
        else:
            with pytest.raises(Refused):
                reputation_settings.choose_level(number, level, self.now, WHO)
        self.publish()

    @rule(name=names, subscription=some.sampled_from(["standard", "advanced"]))
    def subscribe(self, name: str, subscription: str) -> None:
        self.of(name).subscription = subscription
        organizations.change_subscription(self.numbers[name], subscription, self.now, WHO)
        self.publish()

    @rule(name=names, place=some.integers(0, 9), what=some.sampled_from(["issue", "revoke", "end", "go on", "replace"]))
    def change_codes(self, name: str, place: int, what: str) -> None:
        number, codes = self.numbers[name], self.of(name).codes
        label = list(codes)[place % len(codes)]
        which = number, self.code_ids[label]
        is_active = codes[label] > self.now
        if what == "issue":
            self.know(number, activation_codes.issue(number, self.now))
        elif not is_active or (what == "replace" and label in self.replaced):
            with pytest.raises(Refused):
                activation_codes.rotate(*which, 1, self.now, WHO)
        elif what == "revoke":
            activation_codes.revoke_own(*which, self.now, WHO)
            codes[label] = self.now
        elif what == "replace":
            new, _ = activation_codes.rotate(*which, 1, self.now, WHO)
            self.know(number, new, codes[label])
            codes[label] = min(codes[label], self.now + 86400)
            self.replaced.add(label)
        else:
            end = self.now + 60 if what == "end" else None
            activation_codes.end_at(*which, end, self.now, WHO)
            codes[label] = end or inf
        self.publish()

    @rule(name=some.sampled_from(list(FEEDS)), content=contents)
    def fetch(self, name: str, content: list[str]) -> None:
        self.fetched.setdefault(name, []).append((content, self.now))
        store_fetch(name, content, self.now)
        self.publish()

    @rule(name=some.sampled_from(list(FEEDS)))
    def pause_or_resume(self, name: str) -> None:
        if name in self.fetched:
            (feeds.resume if name in self.paused else feeds.pause)(name, self.now, WHO)
            self.paused ^= {name}
            self.publish()

    @rule(network=some.sampled_from(NETWORKS), database=some.sampled_from(DATABASE_NAMES),
          category=some.sampled_from(list(CATEGORIES)), stay=stays)  # fmt: skip
    def list_by_hand(self, network: str, database: str, category: str, stay: int) -> None:
        reason, until = f"by hand, {category} {network}", self.now + stay
        meant(listings.add, network, database, category, stay, reason, self.now)
        ends: dict[str | int, float] = (
            {category: until} if database == "standard" else dict.fromkeys((1, 2, 3, 4), until)
        )
        self.own[database, network, category, "hand"] = Listing(database, network, ends, reason)
        self.publish()

    @rule(network=some.sampled_from(NETWORKS), levels=some.tuples(*[some.just(0) | stays] * 4).filter(any))
    def list_by_reports(self, network: str, levels: tuple[int, ...]) -> None:
        ends = tuple(stay and self.now + stay for stay in levels)
        with db.write():
            report_listings.write({network: (ends, f"reported {network}")}, self.now)  # type: ignore[dict-item]
        listed = Listing("dynamic", network, dict(enumerate(ends, 1)), f"reported {network}")
        self.own["dynamic", network, "ETL", "reports"] = listed
        self.publish()

    @rule(name=names, network=some.sampled_from(NETWORKS),
          levels=some.tuples(*[some.just(0) | stays] * 4).filter(any))  # fmt: skip
    def list_for_one_alone(self, name: str, network: str, levels: tuple[int, int, int, int]) -> None:
        ends = tuple(stay and self.now + stay for stay in levels)
        with db.write():
            report_listings.write_alone({(self.numbers[name], network): ends}, self.now)  # type: ignore[dict-item]
        listed = Listing("dynamic", network, dict(enumerate(ends, 1)), "The organization that", name)
        self.own[f"alone for {name}", network, "", ""] = listed
        self.publish()

    @rule(network=some.sampled_from(NETWORKS), database=some.sampled_from(DATABASE_NAMES))
    def take_off(self, network: str, database: str) -> None:
        if database == "dynamic" and forgiving.is_listed_for_networks(parse_network(network), self.now):
            return  # a sender that passes by a person's word, of which this model knows nothing
        gone = [key for key in self.own if key[:2] == (database, network)]
        if gone:
            assert listings.remove(network, database, self.now) == len(gone)
        else:
            with pytest.raises(Refused):
                listings.remove(network, database, self.now)
        self.own = {key: one for key, one in self.own.items() if key not in gone}
        self.publish()

    @rule(asn=some.sampled_from([64501, 64510]), country=some.sampled_from(["", "FR"]), networks=some.lists(
        some.sampled_from(NETWORKS[:8]), max_size=3))  # fmt: skip
    def accept_isp(self, asn: int, country: str, networks: list[str]) -> None:
        isps.accept([asn], f"Net {asn}", country, networks, self.now, WHO)
        kept = [network for network, (number, _) in self.world.isps.items() if number == asn]
        self.world.isps |= {network: (asn, country) for network in (*kept, *networks)}
        self.publish()

    @rule(name=names, network=some.sampled_from(["203.0.113.127", "203.0.113.64/26", "2001:db8:0:1::7"]))
    def have_a_mail_server(self, name: str, network: str) -> None:
        if network not in self.of(name).mail_servers:
            mail_servers.add(self.numbers[name], network, self.now)
            self.of(name).mail_servers.append(network)

    @rule(name=names, data=some.data())
    def confirm_a_mail_server(self, name: str, data: some.DataObject) -> None:
        waiting = sorted({*self.of(name).mail_servers} - {*self.of(name).confirmed})
        if waiting:
            network = data.draw(some.sampled_from(waiting))
            one = next(one for one in mail_servers.servers(self.numbers[name]) if one.network == network)
            mail_servers.confirm(one.id, network, self.now)
            self.of(name).confirmed.append(network)

    @rule(data=some.data(), turn_of_the_job=some.booleans())
    def time_passes(self, data: some.DataObject, turn_of_the_job: bool) -> None:
        """To just before the end of a rule, of a code or of a listing, and on to that second."""
        some_ends = data.draw(some.sampled_from(self.ends()))
        end = data.draw(some.sampled_from(sorted({end for end in some_ends if end > self.now}) or [self.now + 60]))
        if end - 1 > self.now:
            self.now = end - 1
            self.every_address_is_decided_alike()
            self.every_door_says_the_same()
        self.now = end
        if turn_of_the_job:
            self.run_jobs()

    @rule(name=names, adds=some_senders, place=some.integers(0, 30), chosen=some.none() | categories,
          level=some.none() | some.integers(0, 4))  # fmt: skip
    def try_out(self, name: str, adds: list[tuple[str, str]], place: int, chosen: Any, level: int | None) -> None:
        """A dry run tells of each address whose answer would be another one, were these changes made."""
        self.run_jobs()
        asker, number = self.of(name), self.numbers[name]
        asked = list({PARSED[text]: text for text in self.next_addresses(10)}.values())
        gone = [(one.action, one.sender) for one in asker.rules][place : place + 2]
        values: dict[str, Any] = {} if chosen is None else {each.lower(): each in chosen for each in CATEGORIES}
        values |= {} if level is None else {"level": level}
        log_questions(number, asked, self.now)

        effect = dry_run(self.snapshot, number, self.now, adds, gone, values)

        other = deepcopy(asker)
        other.rules = [one for one in other.rules if (one.action, one.sender) not in gone]
        other.rules += [Rule(action, canonical(sender)) for action, sender in adds]
        other.categories = asker.categories if chosen is None else chosen
        other.level = asker.level if level is None else level
        expected = set()
        for text in asked:
            for database in DATABASES_OF[asker.subscription]:
                codes = [self.world.answer(database, one, text, self.now).code for one in (asker, other)]
                if codes[0] != codes[1]:
                    expected.add((str(PARSED[text]), 1, *codes, DATABASE_NAMES.index(database)))
        assert {tuple(one) for one in effect.addresses} == expected
        assert effect.different == len(expected)

    # What is asked after each of it

    @invariant()
    def every_address_is_decided_alike(self) -> None:
        for number, asker in self.world.organizations.items():
            for database, name in enumerate(DATABASE_NAMES):
                for text, address in PARSED.items():
                    made = decide(self.snapshot, database, number, *address, self.now)
                    expected = self.world.answer(name, asker, text, self.now)
                    assert (made.code, made.until, made.decided_by) == (
                        expected.code, min(expected.until, FOREVER), expected.decided_by,
                    ), f"{text} in the {name} database for {number}: {made}"  # fmt: skip
                    assert any(one in made.reason for one in expected.reasons), f"{text}: {made}, {expected}"

    @invariant()
    def every_door_says_the_same(self) -> None:
        exemptions = Exemptions(self.publisher.origins)
        codes = ["z" * 31, *(label for asker in self.world.organizations.values() for label in asker.codes)]
        for place, text in enumerate(self.next_addresses(AT_ONCE)):
            self.by_dns(text, codes[place::AT_ONCE])
            self.in_the_portal(text)
            self.of_reports(exemptions, text)
        self.without_a_policy(text)

    def by_dns(self, text: str, codes: list[str]) -> None:
        fast = Fast(self.snapshot, Tally())
        for label in codes:
            for letter, database in zip(DATABASE_LABELS, DATABASE_NAMES, strict=True):
                packet = wire.query(reversed_name(text, label, letter.decode()))
                expected = self.world.reply(database, label, text, self.now)
                self.desk.clock.now = self.now
                for reply in (self.desk.ask(packet), fast.ask(packet, self.now)):
                    if reply:  # what is not the plain case the fast path leaves to the other
                        assert told(reply) == expected, f"{text} under {label} in {letter.decode()}: {reply}"

    def in_the_portal(self, text: str) -> None:
        for number, asker in self.world.organizations.items():
            said = address_check.check(self.snapshot, number, text, self.now)
            for database, name in zip((said.standard, said.dynamic), DATABASE_NAMES, strict=True):
                answer = self.world.answer(name, asker, text, self.now)
                if name not in DATABASES_OF[asker.subscription]:
                    answer = Answer(decided_by="subscription")
                code = f"127.0.0.{answer.code}" if answer.code else None
                until = None if answer.until == inf else answer.until
                assert (database.listed, database.code, database.until, database.decided_by) == (
                    bool(answer.code), code, until, answer.decided_by,
                )  # fmt: skip

    def without_a_policy(self, text: str) -> None:
        """The page for senders: each category and the lowest level that list the address, and who does."""
        found = lookup.look_up(self.snapshot, PARSED[text], self.now)
        expected = []
        for slots in ([[each] for each in CATEGORIES] + [[1, 2, 3, 4]]) if not is_test(text) else []:
            database = "dynamic" if 1 in slots else "standard"
            listed = {slot: one for slot in slots if (one := self.world.listed(database, slot, text, self.now))}
            if listed:
                until = max(one[0] for one in listed.values())
                expected.append((database, next(iter(listed)), None if until == inf else until))
        assert [(one.database, one.level or one.category, one.until) for one in found] == expected
        assert lookup.is_listed(self.snapshot, PARSED[text], self.now) == bool(expected)

    def of_reports(self, exemptions: Exemptions, text: str) -> None:
        """Until the job has removed rules that have ended, they exempt as they did."""
        address = PARSED[text]
        waits = any(one.end <= self.now for asker in self.world.organizations.values() for one in asker.rules)
        if waits or reserved_part(parse_network(str(address))):
            return
        for number, asker in self.world.organizations.items():
            assert bool(exemptions.why(address, number)) == self.world.is_exempt(asker, text), f"{text} for {number}"

    # How

    @property
    def snapshot(self) -> Snapshot:
        assert self.publisher.live.current is not None
        return self.publisher.live.current

    def of(self, name: str) -> Organization:
        return self.world.organizations[self.numbers[name]]

    def know(self, number: int, code: activation_codes.Code, end: float = inf) -> None:
        self.world.organizations[number].codes[code.label] = end
        self.code_ids[code.label] = code.id

    def publish(self) -> None:
        """As the portal does after each change."""
        self.world.listings = self.listed()
        if changes.POLICIES in self.publisher.catch_up(self.now):
            self.world.rules_as_of = self.now
        self.desk.live.swap(self.snapshot)

    def run_jobs(self) -> None:
        for asker in self.world.organizations.values():
            asker.rules = [one for one in asker.rules if one.end > self.now]
        self.own = {key: one for key, one in self.own.items() if max(one.ends.values()) > self.now}
        listings.sweep(self.now)
        publish(self.job, self.now)
        self.publish()

    def listed(self) -> list[Listing]:
        found = list(self.own.values())
        for name, fetches in self.fetched.items():
            database, category = FEEDS[name]
            for content, at in () if name in self.paused else fetches if database == "dynamic" else fetches[-1:]:
                ends = {category: inf} if database == "standard" else dict.fromkeys((1, 2, 3, 4), at + STAY)
                found += [Listing(database, addresses, {**ends}, name) for addresses in content]
        return found

    def ends(self) -> list[list[int]]:
        """When rules end, when codes do, and when listings do."""
        rules = [one.end for asker in self.world.organizations.values() for one in asker.rules]
        codes = [end for asker in self.world.organizations.values() for end in asker.codes.values()]
        listed = [end for one in self.world.listings for end in one.ends.values()]
        return [[int(end) for end in ends if 0 < end < inf] for ends in (rules, codes, listed)]

    def next_addresses(self, count: int) -> list[str]:
        self.turn += count
        return [ADDRESSES[place % len(ADDRESSES)] for place in range(self.turn - count, self.turn)]


def canonical(sender: str) -> str:
    """As the rules have it: an IPv4 network in the form of IPv6 is the IPv4 network."""
    if sender.startswith(("isp:", "country:")):
        return sender
    network = network_of(sender)
    return str(network[0] if network.num_addresses == 1 else network)


def has(rules: list[Rule], action: str, sender: str) -> bool:
    return any((one.action, one.sender) == (action, sender) for one in rules)


def is_test(text: str) -> bool:
    return holds("127.0.0.0/8", sender_of(text))


def told(reply: wire.Reply) -> Reply:
    rcode = {wire.NOERROR: "NOERROR", wire.NXDOMAIN: "NXDOMAIN"}[reply.rcode]
    (record,) = reply.answer or reply.authority
    return Reply(rcode, record.rdata[3] if reply.answer else 0, record.ttl)


def never(content: bytes) -> Origins:
    raise AssertionError("no table of origins was imported")


def store_fetch(name: str, content: list[str], now: int) -> None:
    """What a fetch leaves in the tables; how it gets there is the business of other tests."""
    database, category = FEEDS[name]
    ranges = read("\n".join(content)).ranges
    four, six = ranges.to_blobs()
    with db.write():
        feed, _ = Feed.get_or_create(name=name, defaults={
            "source": "x", "format": "plain", "category": category, "database": database, "every": STAY,
            "duration": STAY, "created_at": now,
        })  # fmt: skip
        revision = FeedRevision.create(feed=feed, state="held", fetched_at=now, seen_at=now, hash="",
                                       entries=ranges.count, ranges4=four, ranges6=six)  # fmt: skip
        revisions.make_live(feed, revision, now)


def log_questions(number: int, asked: list[str], now: int) -> None:
    """The query log, as if a mail server had just asked both databases about these addresses."""
    log = QueryLogEntry
    log.delete().where(log.organization == number).execute()
    rows = [
        (number, now, str(PARSED[text]), key_of(str(PARSED[text])), database, 0)
        for text in asked
        for database in (0, 1)
    ]
    columns = (log.organization, log.asked_at, log.address, log.address_key, log.database, log.code)
    log.insert_many(rows, columns).execute()


def test_everybody_is_answered_as_the_plain_model_answers(store: Store) -> None:
    run_state_machine_as_test(lambda: Answers(store), settings=settings(max_examples=10, stateful_step_count=18))
