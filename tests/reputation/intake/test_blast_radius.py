"""What each writer of input can do to others, at most: a test for each row of docs/threat-model.md.

Everything goes in through its own door. What is looked at is the whole effect: what four organizations that have
nothing to do with it, one at each level, are told by both databases before and after.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple

import pytest

from dnsd.access import Access, AccessResult
from dnsd.apex import Apex
from dnsd.resolver import Resolver
from reputation.addresses.address import Address, parse_address
from reputation.counting import hours, precision, turned_away
from reputation.counting.delivery import Delivery
from reputation.customers import code_networks, mail_servers, organizations, removals
from reputation.customers.policy import sender_rules
from reputation.customers.policy import settings as reputation_settings
from reputation.intake import escalation, feeds, listings, protected_senders, questions, spam_reports
from reputation.intake.complaints import ComplaintReader
from reputation.intake.estimate import COMPLAINT, DAY, HEAVIEST, HOUR
from reputation.intake.maillog import Follower, LogSource
from reputation.intake.messages import TrustedNetworks
from reputation.intake.reporters import Reporters
from reputation.intake.spam_reports import Incoming, ReportBatch, accept, accept_many
from reputation.intake.trap import Mailboxes, Trap
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import NotCounted, UncountedMessages
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store.models import ActivationCode, AuditEntry, Letter, QueryHour, SpamReport
from reputation.verdict.counters import ELSEWHERE, Counters
from reputation.verdict.decision import Decision, decide
from reputation.verdict.live import Live
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import DYNAMIC, STANDARD
from tests.conftest import NOON, Cast
from tests.dnsd import wire
from tests.dnsd.cast import reversed_name
from tests.neighbour import others
from tests.reputation.intake.conftest import Zone, signed
from tests.reputation.intake.feeds.cast import FeedFile
from tests.reputation.intake.maillog.log_lines import delivered, postfix, refused, stamp, unknown
from tests.reputation.intake.name_server import serving
from tests.reputation.intake.test_arf import report
from tests.snapshots import origins

SENDER = "203.0.113.9"  # who sends, and is rightly listed
VICTIM, BESIDE, SIX = "209.85.220.66", "209.85.220.67", "2001:db8:7::66"
NETWORK = "209.85.220.0/24"
BYSTANDERS = (VICTIM, BESIDE, SIX, "203.0.113.10", "198.51.100.25")
OFFER = "From: a@spammer.example\nSubject: Offer\nMessage-ID: <1@spammer.example>\n\ntext\n"
MAILBOXES = Mailboxes(("trap.example",), "fbl@acme.example", ("127.0.0.2/32",), ("127.0.0.3/32",), "mx.trap.example")
STAYS = {1: 0, 2: 10 * HOUR, 3: 10 * HOUR, 4: 12 * HOUR}  # of a stranger after one message to a trap

Answers = dict[tuple[str, str, int], Decision]


class World:
    """An installation with customers: Acme, Basic and City write, and an organization at each level looks on."""

    def __init__(self, cast: Cast) -> None:
        self.acme, self.basic = cast.acme.id, cast.basic.id
        self.city = organizations.add("City", "advanced", NOON)[0].id
        self.lookers_on = {}
        for level in STAYS:
            self.lookers_on[level] = organizations.add(f"Level {level}", "advanced", NOON)[0].id
            reputation_settings.choose_level(self.lookers_on[level], level, NOON, "dora")
        self.publisher = Publisher(Live(), lambda: origins({}), lambda _: origins({}), "")

    def snapshot(self, now: int = NOON) -> Snapshot:
        self.publisher.catch_up(now)
        assert self.publisher.live.current is not None
        return self.publisher.live.current

    def told(self, address: str, now: int = NOON, database: int = DYNAMIC) -> dict[int, int]:
        """For how many seconds from now an organization at each level is told that the address is listed."""
        served = self.snapshot(now)
        found = {}
        for level, owner in self.lookers_on.items():
            one = decide(served, database, owner, *parse_address(address), now)
            found[level] = max(one.until - now, 0) if one.code else 0
        return found

    def levels(self, address: str, now: int = NOON) -> list[int]:
        """The levels at which others are told that the address is listed."""
        return [level for level, seconds in self.told(address, now).items() if seconds]

    def own(self, owner: int, address: str, now: int = NOON) -> int:
        """What one organization is told."""
        return int(decide(self.snapshot(now), DYNAMIC, owner, *parse_address(address), now).code)

    def is_in_a_feed(self, address: str, now: int = NOON) -> bool:
        return set(self.told(address, now, STANDARD).values()) != {0}

    def answers(self, addresses: Iterable[str], owners: Iterable[int], now: int) -> list[Decision]:
        served, asked = self.snapshot(now), [parse_address(address) for address in addresses]
        return [
            decide(served, database, owner, *address, now)
            for database in (STANDARD, DYNAMIC)
            for owner in owners
            for address in asked
        ]

    @contextmanager
    def nothing_for_others(self, *addresses: str, beside: Iterable[int] = ()) -> Iterator[None]:
        """What happens inside changes no answer about these addresses for anybody but the organizations `beside`."""
        writers = {self.acme, self.basic, self.city}
        owners = [*self.lookers_on.values(), *sorted(writers - {*beside})]
        before = self.answers(addresses or BYSTANDERS, owners, NOON)
        yield
        assert self.answers(addresses or BYSTANDERS, owners, NOON) == before


@pytest.fixture
def world(cast: Cast) -> World:
    return World(cast)


class Door(NamedTuple):
    """The trap's door; `count` writes what came in, as its queue does."""

    trap: Trap
    came: list[Incoming]

    def send(
        self, content: str | bytes, source: str, to: tuple[str, ...] = ("x@trap.example",), sender: str = "a@b.example"
    ) -> None:
        with smtplib.SMTP(*self.trap.address, local_hostname="c", timeout=10, source_address=(source, 0)) as client:
            client.sendmail(sender, list(to), content)

    def count(self, now: int = NOON) -> ReportBatch:
        batch = accept_many(self.came, now)
        self.came.clear()
        return batch


@pytest.fixture
def door() -> Iterator[Door]:
    came: list[Incoming] = []
    trap = Trap(("127.0.0.1", 0), MAILBOXES, came.append, kept=UncountedMessages(), wall_clock=lambda: float(NOON))
    trap.start()
    yield Door(trap, came)
    trap.stop()


def relayed(client: str = SENDER, helo: str = "c", more: str = "") -> str:
    """A message as a relay of ours hands it over; the client has chosen its HELO, and all below the first field."""
    first = f"Received: from {helo} (unknown [{client}])\n\tby mx.acme.example (Postfix) with ESMTP id 4F1\n"
    return f"{first}Received: from x (y [{VICTIM}]) by z (Postfix) with ESMTP id 1\n{more}{OFFER}"


@pytest.fixture
def log(tmp_path: Path) -> Callable[..., None]:
    """Lines that a program writes into its log, which is followed."""
    path, following = tmp_path / "mail.log", {}

    def write(*lines: str, program: str = "postfix") -> None:
        if program not in following:
            path.touch()
            following[program] = Follower(LogSource(program, path))
            following[program].read_new(NOON)
        with path.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)
        following[program].read_new(NOON)

    return write


# A question.


@pytest.mark.parametrize("listed", [False, True])
def test_a_question_changes_no_answer_under_whosever_code(world: World, listed: bool) -> None:
    if listed:
        accept(VICTIM, "trap", NOON)
    counters = Counters()
    with world.nothing_for_others():
        for database in (STANDARD, DYNAMIC):
            for address in (VICTIM, BESIDE, SIX):
                asked = parse_address(address)
                said = decide(world.snapshot(), database, world.acme, *asked, NOON)
                for _ in range(200):
                    counters.record(world.acme, database, said, *asked, NOON)
                    counters.other("unknown code", NOON, "203.0.113.0/24")
        asked_counts(counters)
        escalation.propose_or_list(escalation.LIST, NOON)


def test_a_question_from_elsewhere_counts_for_nobody(world: World) -> None:
    counters = Counters()
    code_networks.add(world.acme, "192.0.2.53", NOON)
    code = ActivationCode.get(ActivationCode.organization == world.acme).label
    live = Live()
    live.swap(world.snapshot())
    resolver = Resolver(Apex("rep.example"), live, counters, Access(rate=0), lambda: NOON)
    accept(VICTIM, "trap", NOON)
    live.swap(world.snapshot())
    with world.nothing_for_others():
        for address in (VICTIM, BESIDE):
            packet = wire.query(reversed_name(address, code=code, database="q"))
            for _ in range(200):
                found = wire.read(resolver.answer(packet, ("198.51.100.9", 4000)) or b"")
                assert found.rcode == wire.NXDOMAIN
        asked_counts(counters)

    assert others(QueryHour).count() == 0
    assert turned_away.total(world.acme, ELSEWHERE, NOON) == 400


def asked_counts(counters: Counters, now: int = NOON) -> None:
    """What the counters hold becomes figures, and evidence."""
    hours.flush(Delivery(counters), origins({}), now, then=lambda matches: questions.count(matches, origins({}), now))


def ask(world: World, address: str, now: int = NOON) -> None:
    counters = Counters(1)
    said = decide(world.snapshot(now), DYNAMIC, world.lookers_on[2], *parse_address(address), now)
    counters.record(world.lookers_on[2], DYNAMIC, said, *parse_address(address), now)
    asked_counts(counters, now)


def test_who_comes_again_passes_where_its_network_alone_is_listed(world: World) -> None:
    accept_many([Incoming(f"209.85.220.{number}", "trap") for number in range(1, 6)], NOON)
    assert world.levels(VICTIM) == world.levels(BESIDE) == [1, 2, 3, 4]

    with world.nothing_for_others(VICTIM, BESIDE, "209.85.220.1", SIX):
        ask(world, VICTIM)
        ask(world, "209.85.220.1")
    later = NOON + 5 * 60
    ask(world, BESIDE, later)

    assert world.levels(VICTIM, later) == [], "it was deferred five minutes ago"
    assert world.levels(BESIDE, later) == [1, 2, 3, 4], "nobody else passes for it"
    assert world.levels("209.85.220.1", later) == [1, 2, 3, 4], "nor does a sender that sent spam itself"
    accept(VICTIM, "trap", later)
    assert world.levels(VICTIM, later) == [1, 2, 3, 4]


def test_questions_about_all_of_a_network_keep_it_on_its_list(world: World) -> None:
    accept_many([Incoming(f"209.85.220.{number}", "trap") for number in range(1, 8)], NOON)
    with world.nothing_for_others(VICTIM):
        for number in range(100, 256):
            ask(world, f"209.85.220.{number}")
        accept("209.85.220.8", "trap", NOON)


def test_questions_without_a_code_use_up_the_limit_of_their_own_network() -> None:
    access = Access(clock=lambda: 0.0)

    def ask(network: int) -> AccessResult:
        return access.spend(Address(4, (203 << 24) + (network << 8) + 9))

    assert [ask(0) for _ in range(100)] == [AccessResult.ANSWER] * 100
    assert AccessResult.ANSWER not in {ask(0) for _ in range(1000)}
    # By chance a network may share its bucket; which one, nobody can choose.
    assert [ask(network) for network in range(1, 21)].count(AccessResult.ANSWER) >= 18


# Mail to a trap.


def test_mail_to_a_trap_lists_whoever_connected_and_nobody_else(world: World, door: Door) -> None:
    with world.nothing_for_others():
        for helo in ("c", f"[{VICTIM}]", f"x[{VICTIM}]", f"{VICTIM} (x [{VICTIM}])"):
            door.send(relayed(helo=helo), "127.0.0.2")
        door.send(relayed(client=VICTIM), "127.0.0.9")  # of a stranger, who claims to be a relay
        door.count()

    assert world.told(SENDER) == STAYS, "the four are one message, which counts once a day"


def test_a_message_is_taken_out_of_a_trap_by_nothing_that_its_sender_writes(world: World, door: Door) -> None:
    door.send(relayed(), "127.0.0.2", to=("x@trap.example", "fbl@acme.example"))
    door.count()

    assert world.levels(SENDER) == [2, 3, 4]


@pytest.mark.parametrize(("messages", "levels"), [(1, [4]), (8, [2, 3, 4])])
def test_a_server_that_somebody_has_made_write_to_a_trap_is_listed_and_nobody_else(
    world: World, door: Door, messages: int, levels: list[int]
) -> None:
    spam_reports.clean_many({"198.51.100.77": 100}, NOON)
    with world.nothing_for_others():
        for client in (SENDER, "198.51.100.77"):
            for number in range(messages):
                door.send(relayed(client, more=f"List-Unsubscribe: <x>\nSubject: {number}\n"), "127.0.0.2")
        door.count()

    assert world.levels(SENDER) == levels
    assert world.levels("198.51.100.77") == [4], "whoever sends us much good mail"


def test_many_addresses_of_one_sender_list_their_network_and_those_around_it_and_no_other(
    world: World, door: Door
) -> None:
    with world.nothing_for_others(BESIDE, SIX, "198.51.100.25", "203.0.111.9", "203.0.116.9"):
        for number in range(10):
            door.send(relayed(f"203.0.113.{number}"), "127.0.0.2")
        door.count()

    assert world.told("203.0.113.200") == {1: 3 * HOUR, 2: 12 * HOUR, 3: 12 * HOUR, 4: 12 * HOUR}
    assert world.levels("203.0.112.9") == world.levels("203.0.115.9") != []


def test_one_address_lists_no_network_however_much_it_sends(world: World, door: Door) -> None:
    with world.nothing_for_others("203.0.113.10", "203.0.112.9"):
        for number in range(60):
            door.send(relayed(SENDER, more=f"Subject: {number}\n"), "127.0.0.2")
        door.count()


@pytest.mark.parametrize("how", ["well rated", "confirmed", "protected"])
def test_a_network_is_left_to_its_addresses_for_the_good_ones_in_it(world: World, door: Door, how: str) -> None:
    good = "203.0.113.200"
    if how == "well rated":
        spam_reports.clean_many({good: 100}, NOON)
    elif how == "protected":
        protected_senders.add(good, NOON)
    else:
        made = mail_servers.add(world.city, good, NOON)
        mail_servers.confirm(made.id, made.network, NOON)
    with world.nothing_for_others(good, *() if how == "well rated" else ("203.0.113.201",)):
        for number in range(50):
            door.send(relayed(f"203.0.113.{number}"), "127.0.0.2")
        door.count()


def test_what_a_relay_of_ours_does_not_vouch_for_lists_nobody(world: World, door: Door) -> None:
    below = f"Received: from x ([{VICTIM}]) by y\n"
    with world.nothing_for_others(*BYSTANDERS, SENDER):
        for field in (
            f"from [{VICTIM}] by mx.acme.example with something\n{below}",
            f"from x (y [{SENDER}]) by mx.acme.example (Postfix) with ESMTPSA id 1\n{below}",
            f"by mx.acme.example (Postfix, from userid 33) id 1\n{below}",
            "from mx2.acme.example (y [127.0.0.2]) by mx.acme.example (Postfix) with ESMTP id 1\n",
        ):
            door.send(f"Received: {field}{OFFER}", "127.0.0.2")
        door.count()


# Logs.

TAIL = 'from=<"{}"@b.example> to=<y@acme.example> proto=ESMTP helo=<[{}]>'
HOSTILE = (
    f"postfix/smtpd[1]: A1: milter-reject: END-OF-MESSAGE from x[{VICTIM}]: 5.7.1 spam",
    f"x[{VICTIM}]", f"client=x[{VICTIM}]", f"\u2028{stamp()} mx postfix/cleanup[1]: A1: milter-reject: END-OF-MESSAGE "
    f"from x[{VICTIM}]: 5.7.1 Spam message rejected; from=<a@b> to=<c@d> proto=ESMTP helo=<e>",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_in_a_log_lists_nobody_whom_it_names(world: World, log: Callable[..., None], text: str) -> None:
    tail = TAIL.format(text, VICTIM)
    denied = "554 5.7.1 <x@d.example>: Relay access denied"
    with world.nothing_for_others(*BYSTANDERS, SENDER):
        log(
            postfix("smtpd", f"NOQUEUE: reject: RCPT from x[{SENDER}]: {denied}; {tail}"),
            postfix("cleanup", f"4F1: milter-reject: END-OF-MESSAGE from x[{SENDER}]: 4.7.1 Try again later; {tail}"),
            postfix("cleanup", f"4F2: message-id=<{text}>"),
            f"{stamp()} mx other[1]: {text}",
        )
    with world.nothing_for_others():
        log(postfix("cleanup", f"4F3: milter-reject: END-OF-MESSAGE from x[{SENDER}]: 5.7.1 Spam; {tail}"))
    assert world.levels(SENDER) == [2, 3, 4]


@pytest.mark.parametrize("text", (f"[{VICTIM}]", "x rejected by x ACL: spam"))
def test_the_same_in_a_log_of_exim(world: World, log: Callable[..., None], text: str) -> None:
    host = f"H=({text}) [{SENDER}]"
    with world.nothing_for_others():
        log(
            f'2026-09-21 12:00:00 {host} F=<"{text}"@b.example> rejected RCPT <x@y>: relay not permitted',
            program="exim",
        )


def test_a_refused_message_lists_its_client_and_nobody_else(world: World, log: Callable[..., None]) -> None:
    with world.nothing_for_others():
        log(refused(f"a[{SENDER}]"), refused(f"a[{SENDER}]"))  # the same message, told twice
        log(*[unknown("a[203.0.113.20]")] * 3)

    assert world.told(SENDER) == STAYS
    assert world.levels("203.0.113.20") == [], "three mistyped recipients in an hour are mistakes"
    log(unknown("a[203.0.113.20]"))
    assert 4 in world.levels("203.0.113.20")


def test_clean_mail_buys_a_rating_for_its_client_alone(world: World, log: Callable[..., None]) -> None:
    with world.nothing_for_others():
        log(*[line for number in range(100) for line in delivered(f"a[{SENDER}]", f"AB{number}")])
    for number in range(40):
        accept(SENDER, "trap", NOON, dedupe_key=str(number))
        accept("203.0.113.10", "trap", NOON, dedupe_key=str(number))

    assert world.levels(SENDER) == [4], "level 2 tolerates 1.5 times the 28 that the hundred count as"
    assert world.levels("203.0.113.10") == [1, 2, 3, 4], "its neighbour has bought nothing"
    for number in range(40, 43):
        accept(SENDER, "trap", NOON, dedupe_key=str(number))
    assert world.levels(SENDER) == [2, 3, 4], "a hundred messages buy no more than that"


def test_clean_mail_ends_no_stay(world: World, log: Callable[..., None]) -> None:
    accept(SENDER, "trap", NOON)
    with world.nothing_for_others(*BYSTANDERS, SENDER):
        log(*[line for number in range(200) for line in delivered(f"a[{SENDER}]", f"AB{number}")])


@pytest.mark.parametrize("name", (VICTIM, f"{VICTIM}.b.example", "spam.b.example", "mx.acme.example", "localhost"))
def test_a_name_that_a_client_gives_its_address_decides_nothing(
    world: World, log: Callable[..., None], door: Door, name: str
) -> None:
    with world.nothing_for_others(VICTIM, BESIDE, SIX, "198.51.100.25"):
        log(*delivered(f"{name}[198.51.100.9]", "AB1"), refused(f"{name}[{SENDER}]"))
        received = f"Received: from {name} ({name} [203.0.113.20]) by mx.acme.example (Postfix) with ESMTP id 4F1\n"
        door.send(received + OFFER, "127.0.0.2")
        door.count()

    assert world.levels(SENDER) == world.levels("203.0.113.20") == [2, 3, 4]
    assert world.levels("198.51.100.9") == []


# Complaints.


def complaint(about: str = VICTIM, text: str = "", at: int = NOON) -> bytes:
    fields = f"Feedback-Type: abuse\nSource-IP: {about}\nArrival-Date: {formatdate(at)}"
    return report(fields, f"Subject: {text}\n")


def test_a_complaint_of_a_stranger_lists_nobody(world: World, door: Door) -> None:
    with world.nothing_for_others(*BYSTANDERS, "127.0.0.4"):
        for number in range(30):
            door.send(
                complaint(text=str(number)), "127.0.0.4", to=("fbl@acme.example",), sender="abuse@provider.example"
            )
        assert door.count().accepted == 0


def test_a_known_reporter_counts_as_one_trap_a_day_however_much_it_sends(world: World, door: Door) -> None:
    spam_reports.clean_many({"198.51.100.77": 100}, NOON)
    with world.nothing_for_others(BESIDE, SIX, SENDER):
        for about in (VICTIM, "198.51.100.77"):
            for number in range(25):
                door.send(complaint(about, str(number)), "127.0.0.3", to=("fbl@acme.example",))
        batch = door.count()

    assert batch.accepted == 2 * 5
    assert world.levels(VICTIM) == [4], "less than a message to a trap, which speaks of the network, too"
    assert world.levels("198.51.100.77") == [4]
    with world.nothing_for_others(VICTIM):
        door.send(complaint(text="later"), "127.0.0.3", to=("fbl@acme.example",))
        door.count(NOON + DAY - 1)
    assert world.levels(VICTIM, NOON + DAY) == [], "what comes beyond it renews no stay"


def test_a_known_reporter_lists_no_network_alone(world: World) -> None:
    with world.nothing_for_others("209.85.220.200"):
        accept_many(
            [
                Incoming(f"209.85.220.{number}", COMPLAINT, reporter="fbl", dedupe_key=f"{number} {turn}")
                for number in range(100)
                for turn in range(5)
            ],
            NOON,
        )
    assert world.levels("209.85.220.7") == [4]


def test_a_known_reporters_word_ends_with_the_age_of_the_message(world: World, door: Door) -> None:
    with world.nothing_for_others():
        door.send(complaint(at=NOON - 3 * DAY - 1), "127.0.0.3", to=("fbl@acme.example",))
        assert door.count() == (0, 0, [])


def test_a_signature_counts_for_the_named_domain_and_no_other(world: World, zone: Zone, private: bytes) -> None:
    keys = TxtRecords(["127.0.0.1"], port=zone.port, patience=1.0)
    reader = ComplaintReader(TrustedNetworks(), Reporters(["provider.example"], keys))
    stranger = parse_address("198.51.100.66")
    changed = signed(complaint(), private).replace(b"209.85.220.66", b"209.85.220.67")
    with world.nothing_for_others():
        for content in (
            complaint(),
            signed(complaint(), private, domain="provider.example.evil.example"),
            signed(complaint(), private, domain="evil.example"),
            signed(complaint(), private, selector="none"),  # no key in DNS
            signed(complaint(), private, selector="broken"),  # no answer: it comes again
            changed,
        ):
            with pytest.raises(NotCounted):
                reader.read(content, stranger, NOON)
    with world.nothing_for_others(BESIDE, SIX, SENDER):
        accept_many([reader.read(signed(complaint(text=str(n)), private), stranger, NOON) for n in range(30)], NOON)

    assert world.levels(VICTIM) == [4]


# Organizations.


@pytest.mark.parametrize("source", ["filter", COMPLAINT])
@pytest.mark.parametrize("who", ["acme", "basic"])
def test_one_organization_lists_for_itself_alone(world: World, source: str, who: str) -> None:
    owner = getattr(world, who)
    with world.nothing_for_others(*BYSTANDERS, "209.85.220.200", beside=[owner]):
        for number in range(60):
            accept(f"209.85.220.{number}", source, NOON, organization_id=owner)
        for turn in range(300):
            accept(VICTIM, source, NOON, organization_id=owner, weight=HEAVIEST, dedupe_key=str(turn))
        accept(SIX, source, NOON, organization_id=owner)

    assert world.own(world.acme, VICTIM) == (2 if who == "acme" else 0), "standard does not ask the dynamic database"
    assert world.own(world.acme, "209.85.220.200") == 0


def test_two_organizations_list_at_levels_3_and_4_and_three_at_all(world: World) -> None:
    with world.nothing_for_others(BESIDE, SIX, SENDER):
        for owner, levels in ((world.acme, []), (world.basic, [3, 4]), (world.city, [1, 2, 3, 4])):
            for turn in range(10):
                accept(VICTIM, "filter", NOON, organization_id=owner, dedupe_key=str(turn))
            assert world.levels(VICTIM) == levels


def test_two_organizations_list_no_network_at_the_default_level(world: World) -> None:
    accept_many(
        [
            Incoming(f"209.85.220.{number}", "filter", organization_id=owner)
            for number in range(60)
            for owner in (world.acme, world.basic)
        ],
        NOON,
    )

    assert world.levels("209.85.220.200") == [] and world.levels("209.85.220.7") == [3, 4]


def test_one_organization_renews_what_a_trap_has_said_at_levels_3_and_4_for_as_long_as_that_is_remembered(
    world: World,
) -> None:
    accept(VICTIM, "trap", NOON)
    for hour in range(4, 120, 4):
        accept(VICTIM, "filter", NOON + hour * HOUR, organization_id=world.acme)

    remembered = 40 * HOUR  # until a tenth of the one message is left
    assert world.levels(VICTIM, NOON + remembered - 4 * HOUR) == [3, 4]
    assert world.levels(VICTIM, NOON + remembered + 12 * HOUR) == []


@pytest.mark.parametrize("said", ["own server", "approved sender"])
def test_what_an_organization_calls_its_own_or_approves_holds_for_itself_alone(
    world: World, tmp_path: Path, said: str
) -> None:
    feed = FeedFile(tmp_path)
    with world.nothing_for_others(beside=[world.acme]):
        if said == "own server":
            mail_servers.add(world.acme, NETWORK, NOON)
        else:
            sender_rules.add_rule(world.acme, "approved", NETWORK, NOON, "dora")
    feed.publish(f"{NETWORK}\n203.0.113.0/24\n")
    with pytest.raises(Refused):
        accept(VICTIM, "filter", NOON, organization_id=world.acme)
    accept(VICTIM, "trap", NOON)

    assert world.is_in_a_feed(VICTIM) and world.told(VICTIM) == STAYS
    for number in range(10):
        accept(f"209.85.220.{number}", "trap", NOON)
    assert world.levels("209.85.220.200") == [1, 2, 3, 4], "nor does it keep the network off"


def test_an_organization_silences_no_complaint_of_others(world: World) -> None:
    for turn in range(50):
        accept(VICTIM, COMPLAINT, NOON, organization_id=world.acme, dedupe_key=f"{turn} of ours")

    for turn in range(5):
        assert accept(VICTIM, COMPLAINT, NOON, reporter="fbl", dedupe_key=str(turn)).is_new
        assert accept(VICTIM, COMPLAINT, NOON, organization_id=world.city, dedupe_key=f"of City {turn}").is_new
    assert world.told(VICTIM)[4] >= HOUR and world.own(world.city, VICTIM) == 2


@pytest.mark.parametrize("source", ["filter", COMPLAINT])
def test_the_mark_that_an_organization_gives_a_report_silences_nobody_elses(world: World, source: str) -> None:
    mail_servers.add(world.basic, VICTIM, NOON)
    with pytest.raises(Refused):
        accept(VICTIM, source, NOON, organization_id=world.basic, dedupe_key="message 4F1AB3")
    for owner in (world.acme, world.city, None):
        assert accept(VICTIM, source, NOON, organization_id=owner, dedupe_key="message 4F1AB3").is_new
        assert not accept(VICTIM, source, NOON, organization_id=owner, dedupe_key="message 4F1AB3").is_new

    assert spam_reports.state_of(VICTIM, NOON, world.city).level == (2 if source == "filter" else 3)


def test_an_organization_pushes_out_nothing_that_others_have_said(world: World) -> None:
    for number in range(9):
        accept(f"203.0.113.{number}", "trap", NOON, evidence="Subject: Offer")
    for number in range(9):
        flood = [Incoming(f"203.0.113.{number}", "filter", organization_id=world.acme)] * spam_reports.KEPT_REPORTS
        accept_many(flood[: spam_reports.KEPT_REPORTS if number < 2 else 30], NOON)

    kept = others(SpamReport).where(SpamReport.source == "trap")
    assert [row.evidence for row in kept] == ["Subject: Offer"] * 9
    accept("203.0.113.9", "trap", NOON)
    assert world.levels("203.0.113.200") == [1, 2, 3, 4], "the network is listed for what the traps have said"


# What others publish.


def test_a_feeds_publisher_lists_within_its_bounds(world: World, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    many = "".join(f"198.51.{n}.0/24\n" for n in range(100, 200))
    assert feed.publish(many).status == "new"
    with world.nothing_for_others():
        for text, status in (
            (many + "64.0.0.0/7\n", "refused"),
            (many + "1.1.1.1\n", "refused"),
            ("", "refused"),
            (many + "45.0.0.0/8\n", "held"),
            (many + "".join(f"192.0.{n}.0/24\n" for n in range(2, 40)), "held"),
        ):
            assert feed.publish(text).status == status
    assert feed.publish(many + f"{VICTIM}\n10.0.0.1\n").status == "new"
    assert world.is_in_a_feed(VICTIM) and not world.is_in_a_feed(BESIDE) and not world.is_in_a_feed("10.0.0.1")
    assert world.levels(VICTIM) == []


def test_a_list_of_good_senders_lets_through_no_more_than_its_bounds(world: World, tmp_path: Path) -> None:
    spam = FeedFile(tmp_path)
    spam.publish(f"{VICTIM}\n{BESIDE}\n")
    good = tmp_path / "good"
    feeds.add("good", str(good), "plain", "KSS", NOON, purpose="approve")
    wide6 = "".join(f"2a00:{n:x}::/32\n" for n in range(300))
    for text in ("64.0.0.0/7\n", f"{parse_address(VICTIM)}/8\n", "0.0.0.0/0\n", f"{VICTIM}\n{wide6}"):
        good.write_text(text)
        assert feeds.refresh("good", NOON).status == "refused"
        assert world.is_in_a_feed(VICTIM) and world.is_in_a_feed(BESIDE)
    good.write_text(f"{VICTIM}\n")
    assert feeds.refresh("good", NOON).status == "new"
    assert not world.is_in_a_feed(VICTIM) and world.is_in_a_feed(BESIDE)


def test_a_list_on_watch_and_how_often_a_list_was_right_change_no_answer(world: World, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path, purpose="watch")
    with world.nothing_for_others(*BYSTANDERS):
        feed.publish(f"{VICTIM}\n{BESIDE}\n203.0.113.0/24\n")
        spam_reports.clean_many({f"203.0.113.{number}": 1000 for number in range(100, 200)}, NOON)
    for number in range(4):  # one sender counts once, whatever it sends
        spam_reports.clean_many({"203.0.113.100": 1000}, NOON + number)

    assert precision.of_feed(feed.state.id, NOON).in_full == precision.Precision(spam=0, clean=100)
    assert precision.prior(precision.Precision(spam=0, clean=100)) == 0


def test_a_list_whose_publisher_has_bought_its_precision_lists_nobody_and_no_network(
    world: World, tmp_path: Path
) -> None:
    """He sends the spam himself that his list foretells, and then adds whom he means to harm."""
    feed = FeedFile(tmp_path)
    feed.publish("203.0.113.0/24\n")
    accept_many([Incoming(f"203.0.113.{number}", "trap") for number in range(60)], NOON)
    assert precision.worth(precision.of_feed(feed.state.id, NOON)) > 4
    spam_reports.clean_many({f"198.51.100.{number}": 10 for number in range(100)}, NOON)
    feed.publish(f"203.0.113.0/24\n{NETWORK}\n")
    assert world.is_in_a_feed(VICTIM) and world.levels(VICTIM) == []
    accept(VICTIM, "complaint", NOON)
    assert world.levels(VICTIM) == [4], "as without the list"
    assert world.levels(BESIDE) == []

    spam_reports.clean_many({VICTIM: 8}, NOON)
    accept(VICTIM, "filter", NOON)
    assert world.levels(VICTIM) == [4], "a message that our filter was wrong about"


def test_a_small_feed_takes_in_no_great_part_of_the_internet_without_a_person(world: World, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    assert feed.publish("203.0.113.0/24\n").status == "new"
    with world.nothing_for_others("45.1.2.3", VICTIM):
        assert feed.publish("203.0.113.0/24\n45.0.0.0/8\n").status == "held"
    assert feed.publish("203.0.113.0/24\n209.85.220.0/24\n198.51.100.0/24\n").status == "new"


def test_a_providers_record_keeps_off_what_evidence_says_to_others_and_nothing_else(
    world: World, tmp_path: Path
) -> None:
    FeedFile(tmp_path).publish(f"{VICTIM}\n203.0.113.10\n")
    listings.add(BESIDE, "dynamic", "ETL", HOUR, "By hand", NOON)
    protected_senders.add("provider.example", NOON)
    with serving() as dns, world.nothing_for_others():
        for record in ("v=spf1 +all", "v=spf1 ip4:0.0.0.0/1 -all", "v=spf1 include:none.example -all"):
            dns.spf("provider.example", record)
            assert protected_senders.refresh("provider.example", NOON, dns.client()).networks == ()
        dns.spf("provider.example", f"v=spf1 ip4:{NETWORK} -all")
        assert protected_senders.refresh("provider.example", NOON, dns.client()).networks == (NETWORK,)

    accept(VICTIM, "trap", NOON)
    accept("203.0.113.10", "trap", NOON)
    assert world.levels(VICTIM) == [] and world.is_in_a_feed(VICTIM)
    assert world.levels(BESIDE) == [1, 2, 3, 4] and world.levels("203.0.113.10") == [2, 3, 4]
    protected_senders.remove("provider.example", NOON)
    accept(VICTIM, "trap", NOON)
    assert world.levels(VICTIM) == [2, 3, 4], "what was seen of it is kept"


# Visitors and operators.


def test_a_visitor_who_asks_for_a_removal_changes_nothing(world: World) -> None:
    listings.add(VICTIM, "dynamic", "ETL", HOUR, "By hand", NOON)
    with world.nothing_for_others():
        for number in range(5):
            removals.submit(world.snapshot(), VICTIM, f"v{number}@b.example", "Mended", NOON, "https://rep.example")
        for address, email in ((BESIDE, "v@b.example"), (VICTIM, "v1@b.example")):
            with pytest.raises(Refused):
                removals.submit(world.snapshot(), address, email, "Mended", NOON, "https://rep.example")

    assert others(Letter).where(Letter.to == "v1@b.example").count() == 1


def test_an_operators_word_counts_for_everybody_and_is_in_the_audit_log(world: World) -> None:
    protected_senders.add(VICTIM, NOON, "olga")
    with world.nothing_for_others():
        accept(VICTIM, "hand", NOON, who="olga")
        with pytest.raises(Refused):
            accept("10.0.0.1", "hand", NOON, who="olga")
    assert protected_senders.warning(VICTIM)
    listings.add(VICTIM, "dynamic", "ETL", HOUR, "Spam", NOON, "olga")
    accept(SENDER, "hand", NOON, who="olga")

    assert world.told(VICTIM) == dict.fromkeys(STAYS, HOUR) and world.told(SENDER) == STAYS
    said = [row.what for row in others(AuditEntry).where(AuditEntry.who == "olga").order_by(AuditEntry.id)]
    assert [what.partition(" ")[0] for what in said] == [VICTIM, "Spam", "Listed", "Spam"]


def test_repeat_offenders_wait_for_the_operator(world: World) -> None:
    for day in range(escalation.STAYS):
        accept(VICTIM, "trap", NOON - (escalation.STAYS - 1 - day) * DAY)
    with world.nothing_for_others():
        assert escalation.propose_or_list(escalation.PROPOSE, NOON)
    [waiting] = [one for one in escalation.waiting() if one.network == VICTIM]
    escalation.decide(waiting.id, True, NOON, "olga")

    assert world.is_in_a_feed(VICTIM)
