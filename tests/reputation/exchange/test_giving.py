"""What is given: what this installation has seen itself since the last batch, and nothing that is somebody's."""

from __future__ import annotations

import gzip
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reputation.exchange import batches, choices, entries, giving, heads, hub, introductions, keys, turns
from reputation.exchange.batches import Opened, Place
from reputation.exchange.entries import NodeEntry
from reputation.exchange.own_sums import OwnSum
from reputation.intake import purging, spam_reports
from reputation.intake.estimate import DAY, HALF_LIVES, HOUR, NEAR
from reputation.refusal import Refused
from reputation.store import db
from reputation.store.db import Store
from reputation.store.models import AuditEntry, CountryDay, ExchangeBatch, SpamDay
from tests.conftest import NOON, Cast, undone
from tests.neighbour import others
from tests.reputation.exchange.cast import reported

NET = "192.0.2.0/24"


@pytest.fixture
def data(store: Store, tmp_path: Path) -> Path:
    """The data folder of an installation that gives networks."""
    choices.introduce(tmp_path, "Alpha", "https://alpha.example/exchange", NOON, "olga")
    choices.give(True, False, False, NOON, "olga")
    return tmp_path


def opened() -> list[Opened]:
    """All batches, as a peer reads them one after the other."""
    found, place = [], Place()
    for number in giving.kept():
        found.append(batches.opened(giving.batch(number) or b"", choices.current().key, place))
        place = found[-1].place
    return found


def given_nodes() -> list[list[NodeEntry]]:
    return [list(one.entries.nodes) for one in opened()]


def own(spam: float, seen: float, name: str = NET) -> OwnSum:
    return OwnSum(name, spam, seen, 2, NOON)


def turn(data: Path, *sums: OwnSum, at: int = NOON) -> str:
    return turns.give(data, at, source=lambda _since, _now: sums)


def test_nothing_is_made_before_it_is_chosen(store: Store, tmp_path: Path) -> None:
    reported("192.0.2.7")

    assert turns.give(tmp_path, NOON) == "" and not (tmp_path / keys.FILE_NAME).exists()
    with pytest.raises(Refused, match="Say first who you are"):
        choices.give(True, False, False, NOON)


def test_reports_of_the_installation_become_sums_of_networks(data: Path, cast: Cast) -> None:
    reported("192.0.2.7", "192.0.2.8", "198.51.100.9")
    reported("203.0.113.5", organization=cast.acme.id)

    assert turns.give(data, NOON) == "Made batch 1 with 4 entries. Judged 0 words of peers."
    assert {(one.name, one.spam, one.newest_hour) for one in given_nodes()[0]} == {
        (NET, 2, NOON // HOUR), ("192.0.0.0/22", 2, NOON // HOUR),
        ("198.51.100.0/24", 1, NOON // HOUR), ("198.51.100.0/22", 1, NOON // HOUR),
    }  # fmt: skip


def test_what_was_given_is_not_given_again_and_what_is_new_is(data: Path) -> None:
    reported("192.0.2.7")
    turns.give(data, NOON)
    assert turns.give(data, NOON + 60).startswith("Nothing new to give.")
    reported("192.0.2.8", at=NOON + 90)
    turns.give(data, NOON + 120)

    both = [("192.0.0.0/22", 1), (NET, 1)]
    assert [[(one.name, one.spam) for one in batch] for batch in given_nodes()] == [both, both]
    assert [one.place.number for one in opened()] == [1, 2]


def test_a_turn_and_a_look_in_a_time_to_come_put_no_other_off(data: Path) -> None:
    reported("192.0.2.7", at=NOON + HOUR)
    turns.give(data, NOON + HOUR, turns.EVERY)
    with db.write():
        ExchangeBatch.delete().where(ExchangeBatch.number > 0).execute()
    reported("192.0.2.8", at=NOON)

    said = turns.give(data, NOON, turns.EVERY)

    assert said.startswith("Made batch 1 with") and {one.name for one in given_nodes()[0]} >= {NET}
    assert turns.give(data, NOON - 60, turns.EVERY) == "", "another node's clock may be a little ahead"


def test_a_head_is_never_of_before_the_last_one_that_others_have_taken(data: Path) -> None:
    turn(data, own(1, 1))
    turn(data, own(2, 2), at=NOON - 600)

    head = heads.read(choices.current().head.encode(), choices.current().key)
    assert (head.newest.number, head.made_at) == (2, NOON)
    heads.check(head, None, NOON - 600)


def test_behind_its_last_batch_an_installation_gives_nothing_and_says_why(data: Path) -> None:
    turn(data, own(1, 1))

    said = turn(data, own(2, 2), at=NOON - HOUR)

    assert "which is to come: this machine's clock is behind, or was ahead then" in said
    assert choices.current().problem == said and giving.kept() == [1]
    turn(data, own(3, 3), at=NOON + 1)
    assert choices.current().problem == "" and giving.kept() == [1, 2]


@pytest.mark.touches("Alert", reason="every organization is told of what was taken back")
def test_what_is_taken_back_here_is_taken_back_there(data: Path) -> None:
    reported("192.0.2.7")
    turns.give(data, NOON)
    purging.purge("trap", 0, NOON + 30, "olga", "", "a faulty trap")
    turns.give(data, NOON + 60)

    assert [batch[0].spam for batch in given_nodes()] == [1, -1]


def test_single_addresses_are_given_where_the_operator_wants_it_and_clean_ones_never(data: Path) -> None:
    sums = own(1, 5, "192.0.2.7"), own(0, 9, "192.0.2.8"), own(0, 90, "198.51.100.0/24"), own(3, 4)
    turn(data, *sums)
    assert [one.name for one in given_nodes()[0]] == [NET]

    choices.give(True, True, False, NOON)
    turn(data, *sums, at=NOON + 1)
    assert [one.name for one in given_nodes()[1]] == ["192.0.2.7"]


def test_what_a_node_is_not_is_not_given(data: Path) -> None:
    names = (
        "world",
        "unknown",
        "10.0.0.0/24",
        "192.0.2.0/25",
        "0.0.0.0/0",
        "2001:db8::/56",
        "AS64500 unknown",
        "2001:db8::/48",
    )
    turn(data, *[own(5, 5, name) for name in names])

    assert sorted(one.name for one in given_nodes()[0]) == ["2001:db8::/48", "AS64500 unknown"]


def test_a_message_is_given_whole_whatever_its_source_weighs(data: Path) -> None:
    turn(data, own(0.24, 0.24))
    turn(data, own(1.2, 1.2), at=NOON + 1)
    turn(data, own(2.4, 2.4), at=NOON + 2)

    assert [batch[0].spam for batch in given_nodes()] == [1, 1]


def test_a_batch_holds_names_and_numbers_and_nothing_else(data: Path, cast: Cast) -> None:
    spam_reports.accept("192.0.2.7", "trap", NOON, evidence="To: victim@acme.example", reporter="trap@secret.example")
    turns.give(data, NOON)

    [row] = others(ExchangeBatch)
    line, _, packed = bytes(row.content).partition(b"\n")
    lines = [f'["node","{name}",1,1,1,{NOON // HOUR}]' for name in ("192.0.0.0/22", NET)]
    assert gzip.decompress(packed).decode().splitlines() == lines
    assert not any(word in line + gzip.decompress(packed) for word in (b"secret", b"victim", b"acme", b"trap"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(steps=st.lists(st.tuples(st.integers(1, 5 * DAY), st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=6))
def test_what_a_peer_adds_up_is_what_we_have_to_a_message(
    data: Path, store: Store, steps: list[tuple[int, float, float]]
) -> None:
    with undone(store):
        at, spam, seen, told, told_at = NOON, 0.0, 0.0, 0.0, NOON
        for age, more, clean in steps:
            fading = 0.5 ** (age / HALF_LIVES[NEAR])
            at, spam, seen = at + age, spam * fading + more, seen * fading + more + clean
            turn(data, own(spam, seen), at=at)
        for one in opened():
            told = told * 0.5 ** ((one.made_at - told_at) / HALF_LIVES[NEAR]) + sum(
                node.spam for node in one.entries.nodes
            )
            told_at = one.made_at
        told *= 0.5 ** ((at - told_at) / HALF_LIVES[NEAR])

        assert abs(told - spam) <= 0.5 + 1e-6


def test_volumes_are_given_once_an_hour_where_statistics_are(data: Path) -> None:
    choices.give(False, False, True, NOON)
    today = NOON // DAY
    SpamDay.create(asn=64500, day=today * DAY, volume=12)
    CountryDay.create(country="AT", day=(today - 1) * DAY, volume=5)
    for code in ("", "ZZ", "XQ"):  # of which none is a country
        CountryDay.create(country=code, day=today * DAY, volume=5)
    for minutes in (0, 15, 60):
        turn(data, own(5, 5), at=NOON + minutes * 60)

    assert [list(one.entries.volumes) for one in opened()] == [[("AT", today - 1, 5), ("AS64500", today, 12)]] * 2
    assert given_nodes() == [[], []]


def test_the_head_is_renewed_with_each_turn_and_names_what_is_kept(data: Path) -> None:
    for day in range(0, 40, 2):
        turn(data, own(1 + day, 1 + day), at=NOON + day * DAY)
    turn(data, own(0.1, 0.1), at=NOON + 200 * DAY)

    head = heads.read(choices.current().head.encode(), choices.current().key)
    assert (head.made_at, head.newest) == (NOON + 200 * DAY, giving.newest())
    assert giving.kept() == [head.first] == [head.newest.number]


def test_a_key_that_is_another_one_makes_nothing_and_says_so(data: Path) -> None:
    (data / keys.FILE_NAME).unlink()
    assert "no key yet" in turn(data, own(1, 1))
    keys.get_or_create(data)
    assert "put its exchange.key there" in turn(data, own(1, 1)) == choices.current().problem
    assert giving.last() is None


def test_a_key_that_is_made_stands_in_the_audit_log_once(store: Store, tmp_path: Path) -> None:
    made = choices.own_key(tmp_path, NOON, "olga")
    assert choices.own_key(tmp_path, NOON + 1).public == made.public
    choices.introduce(tmp_path, "Alpha", "https://alpha.example/exchange", NOON + 2)

    [row] = others(AuditEntry).where(AuditEntry.what == "Key of the exchange made")
    assert (row.who, row.after) == ("olga", keys.fingerprint(made.public))


def test_a_new_key_begins_with_batch_1_and_the_old_one_says_so(data: Path) -> None:
    old = choices.current().key
    turn(data, own(1, 1))
    made = choices.revoke(data, NOON, "olga")
    turn(data, own(3, 3), at=NOON + 1)

    assert made.key != old and [one.place.number for one in opened()] == [1]
    found = introductions.read_revocation(made.revocation, old)
    assert (found.next_key, found.at) == (made.key, NOON)
    assert introductions.read(made.introduction).key == made.key
    assert others(AuditEntry).where(AuditEntry.what == "Key of the exchange revoked").count() == 1
    choices.give(False, False, False, NOON)
    assert hub.documents() == {"introduction": "", "latest": "", "revocation": made.revocation}


def test_a_key_that_was_being_replaced_when_the_program_ended_is_put_in_place(data: Path) -> None:
    new = keys.prepare(data)
    choices.note(key=new.public)

    assert turn(data, own(1, 1)).startswith("Made batch 1") and keys.read(data).public == new.public


def test_the_private_key_is_readable_by_us_alone_and_in_no_table(data: Path) -> None:
    path = data / keys.FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    private = path.read_text().splitlines()[1]
    stored = "".join(f"{row.before}{row.after}{row.what}" for row in others(AuditEntry)) + repr(choices.current())
    assert private not in stored and private[-20:] not in stored

    os.chmod(path, 0o640)
    with pytest.raises(Refused, match="can be read by others"):
        keys.read(data)


def test_a_turn_comes_when_it_is_time(data: Path) -> None:
    assert turns.give(data, NOON, every=900) != ""
    assert turns.give(data, NOON + 899, every=900) == "" != turns.give(data, NOON + 900, every=900)
    assert turns.give(data, NOON - DAY, every=900) != ""  # a clock that was set back


def test_the_files_of_a_hub_are_those_of_the_portal(data: Path, tmp_path: Path) -> None:
    hub_folder = tmp_path / "hub"
    with pytest.raises(Refused, match="Nothing is given yet"):
        hub.export(hub_folder)
    turn(data, own(1, 1))
    (hub_folder).mkdir()
    (hub_folder / "77.batch").write_text("of before")

    assert hub.export(hub_folder) == 1 and hub.export(hub_folder) == 0
    assert sorted(path.name for path in hub_folder.iterdir()) == ["1.batch", "introduction", "latest"]
    assert (hub_folder / "1.batch").read_bytes() == giving.batch(1)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(Refused, match="cannot be written"):
        hub.export(file)


def test_a_folder_says_that_a_key_was_revoked_though_nothing_is_given_any_more(data: Path, tmp_path: Path) -> None:
    hub_folder = tmp_path / "hub"
    turn(data, own(1, 1))
    hub.export(hub_folder)
    (hub_folder / "robots.txt").write_text("not ours")
    choices.give(False, False, False, NOON)
    assert hub.export(hub_folder) == 0 and [path.name for path in hub_folder.iterdir()] == ["robots.txt"]

    made = choices.revoke(data, NOON)
    assert hub.export(hub_folder) == 0
    assert sorted(path.name for path in hub_folder.iterdir()) == ["revocation", "robots.txt"]
    assert (hub_folder / "revocation").read_text() == made.revocation


def test_the_greatest_batch_is_one_that_others_read() -> None:
    assert giving.MOST_NODES + 4 * giving.MOST_VOLUMES <= entries.MOST


def test_no_more_is_given_than_others_read_and_the_rest_comes_later(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "MOST_NODES", 3)
    sums = [own(1 + number, 1 + number, f"192.0.{number}.0/24") for number in range(1, 6)]
    for second in range(2):
        turn(data, *sums, at=NOON + second)

    told = [one.name for one in itertools.chain(*given_nodes())]
    assert told[0] == "192.0.5.0/24" and sorted(told) == sorted(one.name for one in sums)


def test_a_batch_that_is_damaged_is_not_served_and_the_chain_begins_behind_it(data: Path) -> None:
    for number in range(1, 4):
        turn(data, own(number, number), at=NOON + number)
    content = bytes(ExchangeBatch.get_by_id(2).content)
    ExchangeBatch.update(content=content[:-1]).where(ExchangeBatch.number == 2).execute()

    assert giving.batch(1) and giving.batch(2) is None and giving.batch(3)
    turn(data, own(4, 4), at=NOON + 4)

    assert giving.kept() == [3, 4]
    assert heads.read(choices.current().head.encode(), choices.current().key).first == 3
    turn(data, own(5, 5), at=NOON + 5)
    assert giving.kept() == [3, 4, 5]
