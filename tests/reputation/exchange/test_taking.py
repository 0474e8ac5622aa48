"""What is taken of a peer: verified before it is read, in its order, once, and within bounds; each attack is a test."""

from __future__ import annotations

import gzip
import hashlib
import json
import time

import pytest

from reputation.exchange import batches, entries, heads, introductions, keeping, keys, peers, signed, taking
from reputation.exchange.batches import Place
from reputation.exchange.entries import VolumeEntry
from reputation.exchange.peers import Peer
from reputation.exchange.taking import Taken
from reputation.intake import peer_words
from reputation.intake.estimate import DAY, HALF_LIVES, HOUR, NEAR
from reputation.refusal import Refused
from reputation.store.models import AuditEntry, ExchangedNode, ExchangedVolume, ExchangePeer
from tests.conftest import NOON
from tests.neighbour import apart, others
from tests.reputation.exchange.conftest import MakePeer
from tests.reputation.exchange.maker import Maker, node
from tests.reputation.intake.fetch.server import answer, raw, running

NET, OTHER = "192.0.2.0/24", "198.51.100.0/24"


def take(now: int = NOON, name: str = "beta") -> Taken:
    return taking.take(name, now)


def found(name: str = "beta") -> Peer:
    return peers.find(name)


def words() -> dict[str, tuple[float, float]]:
    return {row.name: (row.spam, row.seen) for row in others(ExchangedNode)}


def test_what_a_peer_gives_is_kept(peer: Maker) -> None:
    nodes = node(NET, 3, 4), node("2001:db8::/32"), node("AS64500 unknown", 9)
    peer.give(*nodes, volumes=(VolumeEntry("AT", NOON // DAY, 7),))

    assert take()[:4] == ("beta", 1, 4, "")
    assert words() == {NET: (3, 4), "2001:db8::/32": (1, 1), "AS64500 unknown": (9, 9)}
    assert [(row.subject, row.volume) for row in others(ExchangedVolume)] == [("AT", 7)]
    assert (found().cursor, found().result, found().problem, found().nodes) == (1, "1 batches, 4 entries.", "", 3)


def test_nothing_counts_twice(peer: Maker) -> None:
    peer.give(node(NET, 3))
    take()

    assert take(NOON + 60) == Taken("beta", 0, 0, "") and words() == {NET: (3, 3)}


def test_sums_add_up_and_fade(peer: Maker) -> None:
    half = HALF_LIVES[NEAR]
    peer.give(node(NET, 4))
    take()
    peer.give(node(NET, 1, 3), at=NOON + half)
    take(NOON + half)

    assert words()[NET] == pytest.approx((3, 5))


def test_what_was_wrong_is_taken_back(peer: Maker) -> None:
    peer.give(node(NET, 4), node(OTHER, 2))
    peer.give(node(NET, -4), node(OTHER, -9))

    assert take().problem == "" and words() == {}


def test_a_peer_that_was_away_catches_up_from_where_it_was(peer: Maker) -> None:
    peer.give(node(NET))
    take()
    for number in range(1, taking.A_TURN + 12):
        peer.give(node(OTHER), at=NOON + number)

    first = take(NOON + DAY // 2)
    assert first.batches == taking.A_TURN and taking.due(NOON + DAY // 2) == ["beta"]  # at once, for the others
    assert take(NOON + DAY // 2).batches == 11 and found().cursor == 62


def test_what_a_batch_tells_is_as_old_as_the_batch(peer: Maker) -> None:
    half = HALF_LIVES[NEAR]
    peer.give(node(NET, 4))
    peer.head(NOON + half)
    take(NOON + half)

    [row] = others(ExchangedNode)
    assert row.at == NOON and peer_words.left(NET, half) == 0.5


def test_a_turn_ends_in_the_midst_of_a_peer_whose_batches_take_longer(
    make_peer: MakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "SECONDS", 2.0)
    for name in ("beta", "gamma"):
        maker = make_peer(name)
        for number in range(9):
            maker.give(node(NET), at=NOON + number)

    def slow(url: str, most: int, etag: str) -> taking.Fetched:
        if url.endswith("/2.batch"):
            time.sleep(taking.SECONDS)
        return taking.fetch_file(url, most, etag)

    [beta] = taking.take_due(NOON + 9, 900, slow)
    assert (beta.name, beta.batches, beta.problem) == ("beta", 2, "") and found().cursor == 2
    assert taking.due(NOON + 9) == ["gamma", "beta"]  # at once, and the other one first
    assert take(NOON + 9).batches == 7


# The Update Framework's attacks, one by one.


def test_arbitrary_software_files_that_another_key_has_signed_are_not_read(peer: Maker, make_peer: MakePeer) -> None:
    other = make_peer("gamma")
    other.give(node(NET, 9))
    for name in ("latest", "1.batch"):
        peer.write(name, other.read(name))

    assert "not signed with the key" in take().problem and words() == {}


def test_arbitrary_software_a_batch_that_was_changed_on_the_way_is_not_read(peer: Maker) -> None:
    batch = peer.give(node(NET, 9))
    for place in range(0, len(batch), 7):
        peer.write("1.batch", batch[:place] + bytes([batch[place] ^ 1]) + batch[place + 1 :])
        assert take().problem != "", place

    assert words() == {} and found().cursor == 0
    peer.write("1.batch", batch)
    assert take().problem == "" and words() == {NET: (9, 9)}


def test_a_head_does_not_pass_for_a_batch_nor_a_batch_for_a_head(peer: Maker) -> None:
    batch = peer.give(node(NET))
    peer.write("latest", batch.partition(b"\n")[0])

    assert "calls itself 'batch'" in take().problem


def test_rollback_an_older_head_is_refused(peer: Maker) -> None:
    peer.give(node(NET))
    old = peer.read("latest")
    peer.give(node(NET), at=NOON + heads.CACHED + 1)
    take(NOON + heads.CACHED + 1)
    peer.write("latest", old)

    assert "goes back from batch 2 to batch 1" in take(NOON + 2 * HOUR).problem and words()[NET][0] > 1.9


def test_a_cache_that_still_has_the_head_of_before_is_no_rollback(peer: Maker) -> None:
    peer.give(node(NET))
    old = peer.read("latest")
    peer.give(node(NET), at=NOON + heads.CACHED)
    take(NOON + heads.CACHED)
    peer.write("latest", old)

    assert take(NOON + heads.CACHED + 60) == Taken("beta", 0, 0, "") and found().head_number == 2
    assert "goes back" in take_after_a_put_back_database(peer)


def take_after_a_put_back_database(peer: Maker) -> str:
    """Its database is of before batch 2, and it goes on from there."""
    peer.place = Place()
    peer.give(node(NET), at=NOON + 2 * HOUR)
    return take(NOON + 2 * HOUR).problem


def test_rollback_another_history_with_the_same_numbers_is_refused(peer: Maker) -> None:
    peer.give(node(NET))
    take()
    peer.place = Place()
    peer.give(node(NET, 500), at=NOON + 60)

    assert "tells two histories" in take(NOON + 60).problem
    peer.give(node(OTHER, 500), at=NOON + 90)
    assert "tells two histories" in take(NOON + 90).problem and words() == {NET: (1, 1)}


def test_freeze_a_head_that_is_held_back_is_noticed_within_a_day(peer: Maker) -> None:
    peer.give(node(NET))
    take()

    assert take(NOON + heads.VALID - 60).problem == ""
    assert take(NOON + heads.VALID + 60).problem.startswith("Nothing new since 24 hours")
    peer.head(NOON + heads.VALID)
    assert take(NOON + heads.VALID + 60).problem == ""


def test_mix_and_match_a_batch_that_the_head_does_not_name_is_refused(peer: Maker) -> None:
    peer.give(node(NET))
    batch = peer.read("1.batch")
    peer.place = Place()
    peer.give(node(NET, 500))
    peer.write("1.batch", batch)

    assert "files of two times are mixed" in take().problem and words() == {}


def test_mix_and_match_a_batch_that_is_newer_than_its_head_is_refused(peer: Maker) -> None:
    peer.give(node(NET))
    batch = peer.give(node(OTHER), at=NOON + 60)
    assert batch == peer.read("2.batch")
    peer.head(NOON + 30)

    assert "files of two times are mixed" in take(NOON + 90).problem and words() == {NET: (1, 1)}
    peer.head(NOON + 60)
    assert take(NOON + 90).problem == "" and set(words()) == {NET, OTHER}


def test_mix_and_match_batches_in_another_order_are_refused(peer: Maker) -> None:
    first, second = peer.give(node(NET)), peer.give(node(OTHER))
    peer.write("1.batch", second)
    peer.write("2.batch", first)

    assert take().problem == "Batch 2 stands in the place of batch 1." and words() == {}


def test_replay_an_old_batch_under_a_new_number_is_refused(peer: Maker) -> None:
    first = peer.give(node(NET))
    peer.give(node(OTHER))
    peer.write("2.batch", first)

    assert take().problem == "Batch 1 stands in the place of batch 2." and words() == {NET: (1, 1)}


def test_endless_data_a_file_beyond_its_bound_is_not_read(peer: Maker) -> None:
    peer.give(node(NET))
    peer.write("1.batch", b"x" * (batches.LARGEST + 1))
    assert "larger than" in take().problem and "feed" not in take().problem

    peer.write("latest", b"{" * (signed.LARGEST + 1))
    assert "larger than" in take().problem


def test_endless_data_a_batch_that_unpacks_to_more_than_its_bound_is_not_read(peer: Maker, make_peer: MakePeer) -> None:
    peer.give_lines(b" " * (entries.LARGEST + 1))
    assert "unpacks to more than" in take().problem

    make_peer("gamma").give_lines(b"[1]\n" * (entries.MOST + 1))
    assert f"{entries.MOST:,} are the most" in take(name="gamma").problem


def test_a_batch_with_more_behind_its_end_is_not_read(peer: Maker) -> None:
    content = entries.write([node(NET)], [])
    packed = gzip.compress(content, mtime=0) + gzip.compress(content, mtime=0)
    said = {
        "number": 1, "previous": "", "made_at": NOON, "entries": 1,
        "hash": hashlib.sha256(packed).hexdigest(), "size": len(packed),
    }  # fmt: skip
    whole = signed.write(signed.BATCH, said, peer.key).encode() + b"\n" + packed
    peer.write("1.batch", whole)
    peer.write("latest", heads.write(Place(1, batches.hash_of(whole)), 1, NOON, peer.key))

    assert "is not whole" in take().problem and words() == {}


@pytest.mark.parametrize("cut", [1, 10, 400, -20])
def test_half_a_batch_is_not_read_and_comes_again(peer: Maker, cut: int) -> None:
    batch = peer.give(node(NET))
    peer.write("1.batch", batch[:cut])
    assert take().problem != "" and words() == {} and found().cursor == 0

    peer.write("1.batch", batch)
    assert take().problem == "" and words() == {NET: (1, 1)}


def test_a_batch_with_a_line_that_cannot_be_read_is_not_kept_in_part(peer: Maker) -> None:
    peer.give_lines(entries.write([node(NET)], []) + b'["node",NaN]\n')

    assert take().problem == "Entry 2 of the batch cannot be read." and words() == {}


def test_slow_retrieval_a_server_that_sends_an_octet_now_and_then_is_left(
    make_peer: MakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "PATIENCE", peers.PATIENCE.__class__(1, 1, 1, 1, redirects=0))
    with running(raw(b"HTTP/1.1 200 OK\r\n\r\n", *[b"{"] * 100, pause=0.2)) as slow:
        make_peer("beta")
        ExchangePeer.update(address=f"{slow.url}/").where(ExchangePeer.name == "beta").execute()
        began = time.monotonic()

        assert "had not sent" in take().problem and time.monotonic() - began < 5


def test_an_address_that_leads_elsewhere_is_not_followed(make_peer: MakePeer) -> None:
    with running(answer(b"", 302, Location="http://127.0.0.1:1/")) as led:
        make_peer("beta")
        ExchangePeer.update(address=f"{led.url}/").where(ExchangePeer.name == "beta").execute()

        assert "redirects" in take().problem and len(led.asked) == 1


@pytest.mark.parametrize(("ahead", "fine"), [(heads.AHEAD, True), (heads.AHEAD + 1, False)])
def test_a_clock_that_is_ahead_is_named(peer: Maker, ahead: int, fine: bool) -> None:
    peer.give(node(NET), at=NOON + ahead)

    problem = take().problem
    assert (problem == "") is fine and ("clock" in problem) is not fine
    assert all(row.at <= NOON for row in others(ExchangedNode))


def test_a_clock_that_went_back_is_named_and_nothing_is_lost(peer: Maker) -> None:
    peer.give(node(NET), at=NOON)
    take()
    peer.give(node(NET), at=NOON - 3 * HOUR)
    assert "goes back" in take(NOON + 60).problem and words() == {NET: (1, 1)}

    peer.head(NOON + 120)
    assert take(NOON + 120).problem == "" and words()[NET][0] > 1.9


def test_newest_spam_is_not_newer_than_the_batch(peer: Maker) -> None:
    peer.give(node(NET, at=NOON + 400 * DAY))
    take()

    assert [row.newest for row in others(ExchangedNode)] == [NOON]


# A stolen key.


def test_a_stolen_key_is_revoked_and_nothing_that_it_signs_counts(peer: Maker) -> None:
    peer.give(node(NET, 9))
    take()
    new = keys.prepare(peer.folder)
    peer.write("revocation", introductions.revoke(peer.key, new.public, NOON))
    peer.write("latest", heads.write(Place(), 1, NOON + 60, new))

    assert take(NOON + 60).problem == "It has revoked its key."
    assert words() == {} and taking.due(NOON + DAY) == []
    assert (found().revoked_at, found().next_key) == (NOON + 60, new.public)
    assert others(AuditEntry).where(AuditEntry.what == "beta has revoked its key").exists()


def test_a_revoked_key_counts_no_more_though_its_owner_gives_nothing_since(peer: Maker) -> None:
    peer.give(node(NET, 9))
    take()
    (peer.folder / "latest").unlink()
    assert "404" in take(NOON + 60).problem and words() == {NET: (9, 9)}
    peer.write("revocation", introductions.revoke(peer.key, keys.Key.new().public, NOON))

    assert take(NOON + 90).problem == "It has revoked its key." and words() == {}


def test_the_new_key_counts_once_the_operator_has_compared_it(peer: Maker) -> None:
    peer.give(node(NET, 9))
    take()
    ExchangePeer.update(judged=50, confirmed=50, weight=0.9).where(ExchangePeer.name == "beta").execute()
    old, new = peer.key, keys.prepare(peer.folder)
    peers.take_revocation(introductions.revoke(old, new.public, NOON), NOON)
    with pytest.raises(Refused, match="not the fingerprint"):
        peers.accept("beta", keys.fingerprint(old.public), NOON)

    peers.accept("beta", found().next_fingerprint.upper(), NOON)
    peer.key, peer.place = new, Place()
    peer.give(node(OTHER), at=NOON + 60)

    assert take(NOON + 60).problem == "" and words() == {OTHER: (1, 1)}
    assert found().weight == 0.1 and found().trust.judged == 0


def test_the_first_statement_holds_and_one_of_another_key_says_nothing(peer: Maker, make_peer: MakePeer) -> None:
    other = make_peer("gamma")
    first, second = (keys.Key.new() for _ in range(2))
    with pytest.raises(Refused, match="that of no peer"):
        peers.take_revocation(introductions.revoke(first, second.public, NOON), NOON)
    peer.write("revocation", introductions.revoke(other.key, second.public, NOON))
    peer.write("latest", heads.write(Place(), 1, NOON, second))
    assert "not signed with the key" in take().problem and found().revoked_at is None

    for next_key in (first, second):
        peers.take_revocation(introductions.revoke(peer.key, next_key.public, NOON), NOON)
    assert found().next_key == first.public and found("gamma").revoked_at is None


# What a peer may say, and how much of it.


def test_what_is_not_taken_or_not_known_is_left_out_and_counted(peer: Maker) -> None:
    lines = [
        ["node", "192.0.2.7", 1, 1, 1, 1], ["node", "2001:db8::/64", 1, 1, 1, 1], ["node", "10.0.0.0/24", 1, 1, 1, 1],
        ["node", "0.0.0.0/0", 1, 1, 1, 1], ["node", "192.0.2.1/24", 1, 1, 1, 1], ["node", "world", 1, 1, 1, 1],
        ["node", "AS0 unknown", 1, 1, 1, 1], ["node", "AS1 x", 1, 1, 1, 1], ["node", NET, 10**7, 1, 1, 1],
        ["node", NET, 1, 1, 0, 1], ["node", NET, 1, 1], ["volume", "Austria", 1, 1], ["hint", "x"],
        ["volume", "ZZ", 1, 1], ["volume", "XQ", 1, 1], ["volume", "UK", 1, 1], ["volume", "at", 1, 1],
        ["node", NET, 1, 1, 1, 1],
    ]  # fmt: skip
    peer.give_lines("".join(f"{json.dumps(line)}\n" for line in lines).encode())

    assert take()[:4] == ("beta", 1, 1, "") and words() == {NET: (1, 1)} and found().left_out == 17


def test_single_addresses_and_statistics_are_taken_where_the_operator_wants_them(peer: Maker) -> None:
    peers.take("beta", False, True, False, NOON)
    peer.give(node("192.0.2.7"), node(NET), volumes=(VolumeEntry("AT", NOON // DAY, 7),))
    take()

    assert words() == {"192.0.2.7": (1, 1)} and not others(ExchangedVolume).exists()
    peers.take("beta", True, False, True, NOON)
    assert words() == {}


def test_sums_of_a_node_and_the_number_of_nodes_have_a_bound(peer: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_NODES", 3)
    for hour in range(5):
        peer.give(node(f"192.0.{hour}.0/24", 1_000_000), at=NOON + hour * HOUR)
    take(NOON + 5 * HOUR)

    assert sorted(words()) == ["192.0.2.0/24", "192.0.3.0/24", "192.0.4.0/24"]
    assert set(words().values()) == {(keeping.MOST_MESSAGES, keeping.MOST_MESSAGES)}


def test_volumes_of_another_week_or_of_tomorrow_are_not_kept(peer: Maker) -> None:
    today = NOON // DAY
    peer.give(volumes=tuple(VolumeEntry("AT", day, 7) for day in (today - 8, today - 7, today, today + 1)))
    take()

    assert {row.day for row in others(ExchangedVolume)} == {(today - 7) * DAY, today * DAY}


def volume_days() -> list[int]:
    """How many volumes are kept of each day, the oldest first."""
    days = [row.day for row in others(ExchangedVolume)]
    return [days.count(day) for day in sorted(set(days))]


def test_the_oldest_days_of_the_statistics_make_room_for_today(peer: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_VOLUMES", 10)
    for day in range(6):
        at = NOON + day * DAY
        peer.give(volumes=tuple(VolumeEntry(f"AS{number}", at // DAY, 7) for number in range(1, 5)), at=at)
        assert take(at).problem == "" and len(others(ExchangedVolume)) <= 10

    assert volume_days() == [4, 4] and max(row.day for row in others(ExchangedVolume)) == (NOON // DAY + 5) * DAY
    assert found().left_out == 0


def test_the_least_volumes_of_a_day_beyond_its_bound_are_left_out(peer: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_A_DAY", 3)
    for hour in range(3):
        told = tuple(VolumeEntry(f"AS{number}", NOON // DAY, number) for number in range(3 * hour + 1, 3 * hour + 5))
        peer.give(volumes=told, at=NOON + hour)
    take(NOON + 3)

    assert {row.subject for row in others(ExchangedVolume)} == {"AS8", "AS9", "AS10"}
    assert found().left_out == 7 and found().result == "3 batches, 5 entries."


def test_statistics_that_are_not_taken_are_counted_as_left_out(peer: Maker) -> None:
    peers.take("beta", True, False, False, NOON)
    peer.give(node(NET), volumes=(VolumeEntry("AT", NOON // DAY, 7),))

    assert take().entries == 1 and found().left_out == 1


# Turns.


def test_it_is_asked_conditionally_once_all_is_there(store: object) -> None:
    head, key = "", keys.Key.new()
    place, batch = batches.make(entries.write([node(NET)], []), 1, Place(), NOON, key)
    head = heads.write(place, 1, NOON, key)
    acts = [answer(head.encode(), ETag='"1"'), answer(batch), answer(b"", 304, Content_Length="0")]
    with running(*acts) as served:
        peers.add(introductions.read(introductions.write("beta", f"{served.url}/", key)), NOON)
        assert take().problem == "" and take(NOON + 1).problem == ""

        assert [(path, sent.get("If-None-Match")) for path, sent in served.asked] == [
            ("/latest", None), ("/1.batch", None), ("/latest", '"1"'),
        ]  # fmt: skip


def test_a_server_that_says_unchanged_to_an_open_question_is_named(store: object) -> None:
    with running(answer(b"", 304, Content_Length="0")) as served:
        key = keys.Key.new()
        peers.add(introductions.read(introductions.write("beta", f"{served.url}/", key)), NOON)

        assert "was not asked that" in take().problem


def test_batches_that_are_no_longer_kept_are_passed_over_and_told(peer: Maker) -> None:
    peer.give(node(NET))
    take()
    for number in range(2, 6):
        peer.give(node(OTHER), at=NOON + number)
    peer.first = 4
    peer.head(NOON + 10)
    (peer.folder / "2.batch").unlink()

    assert take(NOON + 10).batches == 2 and found().problem == "Batches 2 to 3 are no longer there."
    assert take(NOON + 20).problem == "" and found().problem == ""


def test_a_peer_that_fails_is_asked_less_often_and_harms_no_other(make_peer: MakePeer) -> None:
    make_peer("gone")
    make_peer("beta").give(node(NET))

    done = taking.take_due(NOON, 900)

    assert {one.name: bool(one.problem) for one in done} == {"gone": True, "beta": False}
    assert "404" in found("gone").problem and words() == {NET: (1, 1)}
    assert taking.due(NOON + 899) == [] and set(taking.due(NOON + 900)) == {"beta", "gone"}
    taking.take("gone", NOON + DAY)
    assert "gone" not in taking.due(NOON + DAY + 5 * HOUR) and "gone" in taking.due(NOON + DAY + 6 * HOUR)


def test_a_peer_that_was_asked_in_a_time_to_come_has_its_turn(peer: Maker) -> None:
    peer.give(node(NET))
    take(NOON)
    assert taking.due(NOON - 60) == [], "another node's clock may be a little ahead"

    assert taking.due(NOON - HOUR) == ["beta"]


def test_a_peer_that_is_paused_or_forgotten_is_not_asked(peer: Maker) -> None:
    peers.pause("beta", True, NOON)
    assert taking.due(NOON) == []
    peers.pause("beta", False, NOON)
    assert taking.due(NOON) == ["beta"]
    peer.give(node(NET))
    take()
    peers.forget("beta", NOON)

    assert taking.due(NOON) == [] and words() == {} and apart(peers.all_peers()) == []
    with pytest.raises(Refused, match="no peer 'beta'"):
        take()


def test_a_peer_that_is_taken_in_two_places_at_once_counts_once(peer: Maker) -> None:
    peer.give(node(NET))

    def meanwhile(url: str, most: int, etag: str) -> taking.Fetched:
        if url.endswith("1.batch"):
            taking.take("beta", NOON)
        return taking.fetch_file(url, most, etag)

    assert taking.take("beta", NOON, fetching=meanwhile).problem == taking.MEANWHILE and words() == {NET: (1, 1)}


def test_a_batch_is_what_its_description_says(peer: Maker) -> None:
    batch = peer.give(node(NET, 3, 4))
    line, _, packed = batch.partition(b"\n")
    said = json.loads(json.loads(line)["signed"])

    assert gzip.decompress(packed) == f'["node","{NET}",3,4,1,{NOON // HOUR}]\n'.encode()
    assert said["hash"] == hashlib.sha256(packed).hexdigest() and set(said) == {
        "key", "number", "previous", "made_at", "entries", "hash", "size",
    }  # fmt: skip


def test_a_peer_whose_server_asks_to_wait_is_left_alone_for_so_long(store: object) -> None:
    with running(answer(b"", 429, Retry_After="86400"), answer(b"", 404)) as served:
        key = keys.Key.new()
        peers.add(introductions.read(introductions.write("beta", f"{served.url}/", key)), NOON)

        assert "answered 429" in take().problem
        assert taking.due(NOON + 86399) == [] and taking.due(NOON + 86400) == ["beta"]
        take(NOON + 86400)
        assert taking.due(NOON + 86400 + taking.LONGEST_WAIT) == ["beta"], "it asked for nothing more"
