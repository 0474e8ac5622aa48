"""The place of a program is held by one, handed to a successor with its sockets, and taken back where that fails."""

from __future__ import annotations

import os
import socket
import stat
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation import handover
from reputation.handover import LOCK, SOCKET, Place, Predecessor
from reputation.refusal import Refused
from tests.descriptors import none_left
from tests.stories.program import wait_until


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        yield made


@pytest.fixture
def place(tmp_path: Path, udp: socket.socket) -> Iterator[Place]:
    """A program that serves a folder and waits for a successor."""
    made = Place(tmp_path)
    made.hold()
    made.listen(lambda: [udp])
    yield made
    made.close()


def asked(data: Path) -> Predecessor:
    predecessor = Predecessor.asked(data)
    assert predecessor is not None
    return predecessor


def close(predecessor: Predecessor) -> None:
    for sock in predecessor.sockets:
        sock.close()
    predecessor._connection.close()


def test_a_folder_has_one_program(place: Place, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=f"is served already by process {os.getpid()}: stop that one, take its place"):
        Place(tmp_path).hold()
    place.close()

    other = Place(tmp_path)
    other.hold()
    other.close()


def test_a_successor_gets_the_same_socket_and_then_the_place(place: Place, tmp_path: Path, udp: socket.socket) -> None:
    predecessor = asked(tmp_path)
    assert [sock.getsockname() for sock in predecessor.sockets] == [udp.getsockname()]
    assert not predecessor.sockets[0].get_inheritable() and place.successor is None, "it is not ready yet"
    new = Place(tmp_path)
    events: list[str] = []

    def succeed() -> None:
        predecessor.leave(tmp_path)
        new.hold()
        events.append("answering")
        predecessor.end()

    thread = threading.Thread(target=succeed)
    thread.start()
    wait_until(lambda: place.successor is not None, 5, "the successor is ready")
    place.stop_listening()
    assert place.successor is not None and place.successor.takes(place)
    assert events == ["answering"]
    thread.join()
    new.close()
    close(predecessor)


def test_a_successor_that_ends_before_it_answers_leaves_the_place(place: Place, tmp_path: Path) -> None:
    predecessor = asked(tmp_path)
    thread = threading.Thread(target=lambda: (predecessor.leave(tmp_path), close(predecessor)))
    thread.start()
    wait_until(lambda: place.successor is not None, 5, "the successor is ready")

    assert place.successor is not None and not place.successor.takes(place)

    thread.join()
    with pytest.raises(Refused, match="is served already"):
        Place(tmp_path).hold()


@pytest.fixture
def hanging(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Predecessor]:
    """What a successor has of its predecessor that was told to leave, and hears no more of it."""
    monkeypatch.setattr(handover, "START_SECONDS", 0.3)
    monkeypatch.setattr(handover, "MESSAGE_SECONDS", 0.3)
    monkeypatch.setattr(handover, "LOOK_SECONDS", 0.05)
    predecessor = asked(tmp_path)
    predecessor._connection.send(handover.READY)
    wait_until(lambda: place.successor is not None, 5, "the successor is ready")
    yield predecessor
    close(predecessor)


def test_a_successor_that_takes_long_is_waited_for(
    place: Place, hanging: Predecessor, caplog: pytest.LogCaptureFixture
) -> None:
    told = threading.Timer(1.0, lambda: (hanging._connection.recv(64), hanging.end()))  # long after it should have
    told.start()

    assert place.successor is not None and place.successor.takes(place)

    assert caplog.text.count("has the place and does not answer") == 1
    told.join()


def test_a_program_that_is_stopped_waits_no_longer_for_a_successor_that_hangs(
    place: Place, hanging: Predecessor, tmp_path: Path
) -> None:
    assert place.successor is not None and place.successor.takes(place, lambda: True)

    new = Place(tmp_path)
    new.hold()  # it was left to the successor
    new.close()


def test_nobody_else_may_lock_the_place(tmp_path: Path) -> None:
    (tmp_path / LOCK).touch(0o644)  # of an earlier version
    place = Place(tmp_path)
    place.hold()

    assert stat.S_IMODE((tmp_path / LOCK).stat().st_mode) == 0o600
    place.close()


def test_one_that_goes_away_before_it_is_ready_changes_nothing(place: Place, tmp_path: Path) -> None:
    close(asked(tmp_path))

    again = asked(tmp_path)

    assert place.successor is None and again.sockets
    close(again)


def test_the_socket_is_the_users_alone(place: Place, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600


def test_another_user_gets_no_socket(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel tells who has connected; here it is as if the program were another user's."""
    own, seen = handover._user, threading.get_ident()
    monkeypatch.setattr(handover, "_user", lambda one: own(one) + (threading.get_ident() != seen))

    with pytest.raises(Refused, match="cannot be taken"):
        Predecessor.asked(tmp_path)

    assert place.successor is None


def test_a_successor_does_not_believe_another_users_program(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "_user", lambda _: os.geteuid() + 1)

    with pytest.raises(Refused, match=f"it runs as user {os.geteuid() + 1}, and this one as {os.geteuid()}"):
        Predecessor.asked(tmp_path)


def test_the_kernel_says_who_has_connected() -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with one, other:
        assert handover._user(one) == os.geteuid()
        assert struct.calcsize("3i") == handover.PEER.size


def test_other_words_get_no_socket(place: Place, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
        stranger.connect(str(tmp_path / SOCKET))
        stranger.send(b"give me all")
        assert stranger.recv(64) == b""
    assert place.successor is None


def test_where_nobody_serves_there_is_no_predecessor(tmp_path: Path) -> None:
    assert Predecessor.asked(tmp_path) is None
    assert Predecessor.asked(tmp_path / "missing") is None
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as left:  # by a program that was ended by force
        left.bind(str(tmp_path / SOCKET))
    assert Predecessor.asked(tmp_path) is None

    place = Place(tmp_path)
    place.hold()
    place.listen(list)
    close(asked(tmp_path))
    place.close()
    assert not (tmp_path / SOCKET).exists() and (tmp_path / LOCK).exists()


def test_a_folder_with_a_long_name_can_be_handed_on(tmp_path: Path, udp: socket.socket) -> None:
    data = tmp_path / ("long" * 40)
    data.mkdir()
    place = Place(data)
    place.hold()
    place.listen(lambda: [udp])

    close(asked(data))

    place.close()


def test_a_folder_that_takes_no_socket_keeps_nobody_from_serving(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / SOCKET).mkdir()  # as good as a file system without sockets
    place = Place(tmp_path)
    place.hold()

    place.listen(list)

    assert f"No successor can take this program's place: {tmp_path / SOCKET}: Is a directory" in caplog.text
    place.close()


def test_several_nodes_of_one_database_take_no_lock(tmp_path: Path) -> None:
    one, other = Place(tmp_path, is_alone=False), Place(tmp_path, is_alone=False)
    one.hold()
    other.hold()


def test_where_no_descriptor_is_left_for_a_successor_the_next_one_is_heard(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(handover, "LOOK_SECONDS", 0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as early:
        with none_left():
            early.connect(str(tmp_path / SOCKET))
            early.close()
            wait_until(lambda: "could not be heard" in caplog.text, 10, "it is said")

    again = asked(tmp_path)
    assert again.sockets
    close(again)


def test_of_a_folder_that_cannot_be_written_the_lock_is_taken_as_it_lies(tmp_path: Path) -> None:
    before = Place(tmp_path)
    before.hold()
    before.close()
    place = Place(tmp_path, is_written=False)
    place.hold()

    with pytest.raises(Refused, match="is served already"):
        Place(tmp_path, is_written=False).hold()
    place.close()


def test_without_a_lock_in_such_a_folder_it_is_said_that_nothing_keeps_a_second_one_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Place(tmp_path, is_written=False).hold()

    assert "Without a lock nothing keeps a second program" in caplog.text and not list(tmp_path.iterdir())
