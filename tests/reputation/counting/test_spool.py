"""What waits on disk waits in order, within bounds, and is never changed once it was tried."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reputation.counting import batch_file, spool
from reputation.counting.batch_file import NamedBatch, questions
from reputation.counting.spool import LOST, Spool
from reputation.verdict.counters import HOUR, Batch, Counters
from reputation.verdict.decision import Decision
from reputation.verdict.zones import FOREVER, KSS, STANDARD
from tests.conftest import NOON

OURS, THEIRS = "0" * 32, "1" * 32
LISTED = Decision(KSS, FOREVER, "KSS", "")


def named(name: str, at: int = NOON, asked: int = 1, database: str = OURS) -> NamedBatch:
    counters = Counters()
    for number in range(asked):
        counters.record(3, STANDARD, LISTED, 4, number, at)
    return NamedBatch(name, database, at, counters.drain(at))


def opened(data: Path) -> Spool:
    """A spool with the turn to deliver."""
    made = Spool(data)
    made.is_for(OURS)
    assert made.take_turn()
    return made


def delivered(one: Spool, database: str = OURS) -> list[tuple[str, int]]:
    """Take all that waits, as names and questions."""
    found = []
    one.look()
    while (next_one := one.first(database)) is not None:
        found.append((next_one.name, questions(next_one.batch)))
        one.remove(next_one.name)
    return found


def files(data: Path, ending: str = ".counts") -> list[Path]:
    return sorted((data / "counts").glob(f"*{ending}"))


def test_batches_wait_in_files_of_their_user_alone(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("a"), was_tried=True)

    assert stat.S_IMODE((tmp_path / "counts").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "counts").iterdir()}
    assert set(modes.values()) == {0o600} and len(modes) == 3, modes


def test_they_are_found_in_the_order_in_which_they_were_counted(tmp_path: Path) -> None:
    one = opened(tmp_path)
    for number, at in enumerate((NOON, NOON + 5, NOON + 9, NOON + 2 * HOUR)):
        one.add(named(f"a-{number}", at), was_tried=True)
    one.close()

    assert delivered(opened(tmp_path)) == [("a-0", 1), ("a-1", 1), ("a-2", 1), ("a-3", 1)]
    assert files(tmp_path) == []


def test_a_file_grows_within_its_hour_until_it_is_tried(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("a"), was_tried=False)
    one.add(named("b", NOON + 5, 2), was_tried=False)
    assert [(path.name, len(files(tmp_path))) for path in files(tmp_path)] == [(files(tmp_path)[0].name, 1)]

    tried = one.first(OURS)
    assert tried and (tried.name, tried.at, questions(tried.batch)) == ("a", NOON + 5, 3)
    one.add(named("c", NOON + 9), was_tried=False)
    one.add(named("d", NOON + HOUR), was_tried=False)

    assert one.first(OURS) == tried
    assert delivered(one) == [("a", 3), ("c", 1), ("d", 1)]


def test_what_was_tried_before_a_restart_does_not_grow_after_it(tmp_path: Path) -> None:
    before = opened(tmp_path)
    before.add(named("a"), was_tried=False)
    before.close()

    after = opened(tmp_path)
    after.look()
    after.add(named("b", NOON + 1), was_tried=False)

    assert delivered(after) == [("a", 1), ("b", 1)]


def test_one_program_delivers_a_folder_and_the_other_only_writes(tmp_path: Path) -> None:
    one, other = opened(tmp_path), Spool(tmp_path)

    assert not other.take_turn()
    other.add(named("b"), was_tried=False)
    other.add(named("c"), was_tried=False)
    assert len(files(tmp_path)) == 2, "what another program may be trying does not grow"

    assert delivered(one) == [("b", 1), ("c", 1)]
    other.look()
    assert other.first(OURS) is None
    one.close()
    assert other.take_turn()


def test_a_file_that_another_program_has_delivered_is_passed_over(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("a"), was_tried=True)
    one.add(named("b"), was_tried=True)
    files(tmp_path)[0].unlink()

    found = one.first(OURS)

    assert found and found.name == "b" and one.figures(OURS).batches == 1


def test_a_damaged_file_is_set_aside_and_named_and_the_others_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = opened(tmp_path)
    for name in "abc":
        one.add(named(name), was_tried=True)
    damaged = files(tmp_path)[1]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    one.close()

    after = opened(tmp_path)

    assert delivered(after) == [("a", 1), ("c", 1)]
    assert after.figures(OURS).set_aside == (damaged.with_suffix(".damaged").name,)
    assert caplog.text.count(f"in no figure: {damaged} is damaged: it is not as it was written") == 1


def test_a_file_that_is_damaged_while_it_waits_is_set_aside_too(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("a"), was_tried=True)
    one.add(named("b"), was_tried=True)
    files(tmp_path)[0].write_bytes(b"")

    assert delivered(one) == [("b", 1)]
    assert len(one.figures(OURS).set_aside) == 1


def test_a_file_of_another_version_stays_where_it_is(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("a"), was_tried=True)
    [path] = files(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"counts 1", b"counts 9", 1))
    one.close()

    after = opened(tmp_path)

    assert delivered(after) == [] and files(tmp_path) == [path]
    assert after.figures(OURS).foreign == (path.name,) and after.figures(OURS).batches == 0


def test_what_was_counted_for_another_database_waits_for_it(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("theirs", database=THEIRS), was_tried=True)
    one.add(named("ours"), was_tried=True)
    one.add(named("unknown", database=""), was_tried=True)

    assert delivered(one) == [("ours", 1), ("unknown", 1)]
    assert len(one.figures(OURS).foreign) == 1 and one.figures(THEIRS).batches == 1
    assert delivered(one, THEIRS) == [("theirs", 1)]


def test_for_which_database_was_counted_is_known_after_a_restart(tmp_path: Path) -> None:
    assert Spool(tmp_path).database == ""
    opened(tmp_path).close()

    assert Spool(tmp_path).database == OURS


def test_beyond_the_first_bound_the_sums_are_kept_and_single_connections_are_counted_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MOST", 20_000)
    one = opened(tmp_path)
    for number in range(40):
        one.add(named(f"a-{number}", NOON + number, 100), was_tried=number % 2 == 0)

    found = [batch_file.read(path).batch for path in files(tmp_path)]
    size = sum(path.stat().st_size for path in files(tmp_path))

    assert sum(map(questions, found)) == 4000, "each is still counted in its hour"
    assert sum(len(batch.matches) + batch.matches_lost for batch in found) == 4000
    assert sum(batch.matches_lost for batch in found) > 3000 and size < 40_000
    assert one.lost == 0


def test_beyond_the_second_bound_it_is_said_how_many_questions_were_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MOST", 0)
    monkeypatch.setattr(spool, "MOST_SUMS", 2_000)
    one = opened(tmp_path)
    for number in range(20):
        one.add(named(f"a-{number}", NOON + number * HOUR, 10), was_tried=True)

    found = [batch_file.read(path).batch for path in files(tmp_path)]
    counted, lost = sum(map(questions, found)), sum(batch.others[at, LOST] for batch in found for at, _ in batch.others)

    assert 0 < counted < 200 and counted + lost == 200 and one.lost == lost
    assert one.figures(OURS).lost == lost


def test_a_disk_that_takes_nothing_loses_and_doubles_nothing(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("a"), was_tried=False)
    [path] = files(tmp_path)
    blocked = path.with_name(f"{path.name}.new")
    blocked.mkdir()
    again = named("b", asked=2)
    for _ in range(3):
        with pytest.raises(OSError):
            one.add(again, was_tried=False)

    blocked.rmdir()
    one.add(again, was_tried=False)

    assert delivered(one) == [("a", 3)]


def test_what_a_killed_program_had_not_finished_is_removed(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("a"), was_tried=True)
    one.close()
    unfinished = tmp_path / "counts" / "00000000001-000001-0.counts.new"
    unfinished.write_bytes(b"gatepost")

    assert delivered(opened(tmp_path)) == [("a", 1)]
    assert not unfinished.exists()


def test_a_file_that_cannot_be_removed_is_not_tried_for_ever(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.add(named("a"), was_tried=True)
    one.add(named("b"), was_tried=True)
    path = files(tmp_path)[0]
    path.unlink()
    path.mkdir()  # so it cannot be removed as a file

    one.remove("a")

    found = one.first(OURS)
    assert found and found.name == "b"
    assert one.figures(OURS).foreign == (path.name,)


def test_nothing_was_counted_and_nothing_waits(tmp_path: Path) -> None:
    one = Spool(tmp_path)
    one.look()

    assert not one.take_turn() and one.first(OURS) is None and not Batch()
    assert not (tmp_path / "counts").exists()
    assert one.figures(OURS) == spool.Waiting()
