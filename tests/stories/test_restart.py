"""A restart that nobody notices: DNS answers from what was served last, and no question finds nobody."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reputation.handover import Predecessor
from tests.stories import systemd
from tests.stories.asking import Asker, Told
from tests.stories.program import SOURCE, Program, Reply, clean_environment, wait_until

KSS = Reply(0, 2, 0)
LISTED, LABELS = "192.0.2.7", "7.2.0.192"
RATE = 5_000  # questions a second, by one thread of Python
HANDOVER_SECONDS = 1.0  # of the slowest answer where both programs answer meanwhile
FIRST_ANSWER_SECONDS = 0.5  # of the processor; imports of the rest go on while it is read
RESTART_SECONDS = 1.0  # where one ends before the other begins, beside what its start takes here twice


@pytest.fixture
def label(program: Program) -> str:
    """The code of an organization; an address is listed."""
    return made(program)


@pytest.fixture
def label_of_source(source: Program) -> str:
    return made(source)


def made(program: Program) -> str:
    added = program.command("organization", "add", "Acme", "--subscription", "advanced", "--json").json["label"]
    list_address(program, LISTED)
    return str(added)


def list_address(program: Program, address: str) -> None:
    done = program.command("listing", "add", address, "--database", "standard", "--category", "KSS", "--reason", "spam")
    assert done.code == 0, done.err


def name(label: str) -> str:
    return f"{LABELS}.{label}.r.rep.example"


def same_door(program: Program) -> str:
    return f"{program.dns[0]}:{program.dns[1]}"


def hold(program: Program) -> int:
    descriptor = os.open(program.data / "gatepost.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def test_dns_answers_before_a_table_can_be_read(program: Program, label: str) -> None:
    program.start()
    door = same_door(program)
    program.stop()
    held = hold(program)
    try:
        program.start(dns=door, dns_alone=True)
        assert program.ask(LABELS, label) == KSS
        assert len(program.lines) == 1, "the portal is not there yet"
    finally:
        os.close(held)
    program.wait_for_portal()
    assert program.ask(LABELS, label) == KSS


def test_the_first_answer_costs_little_of_the_processor(program: Program, label: str) -> None:
    program.start()
    door = same_door(program)
    spent = []
    for _ in range(3):
        program.stop()
        program.start(dns=door, dns_alone=True)
        assert program.ask(LABELS, label) == KSS
        spent.append(time.clock_gettime_ns(~program.pid << 3 | 2) / 1e9)  # of the process with all its threads
        assert f"{program.data}/prepared/standard-feeds" in Path(f"/proc/{program.pid}/maps").read_text()
        program.wait_for_portal()
    assert min(spent) < FIRST_ANSWER_SECONDS, spent


def test_what_was_changed_last_is_served_after_a_kill(program: Program, label: str) -> None:
    program.start()
    wait_until(lambda: (program.data / "prepared" / "recent-listings").exists(), 60, "the first files")
    door = same_door(program)
    program.stop(signal.SIGKILL)
    list_address(program, "192.0.2.99")

    program.start(dns=door, dns_alone=True)

    assert program.ask(LABELS, label) == KSS, "as of before"
    program.wait_for_portal()
    assert program.ask("99.2.0.192", label) == KSS


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-70])


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)


def given_away(file: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file to somebody else")
    os.chown(file, 65534, -1)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (truncated, "is damaged: it has"),
        (flipped, "is damaged"),
        (lambda file: file.chmod(0o666), "may be written by other users (mode 666)"),
        (given_away, "belongs to user 65534"),
        (lambda file: file.unlink(), "is missing"),
        (lambda file: file.write_bytes(b""), "is damaged: it is too short"),
    ],
    ids=["truncated", "flipped", "world-writable", "foreign-owned", "missing", "empty"],
)
def test_a_damaged_file_is_told_and_made_anew(
    source: Program, label_of_source: str, damage: Callable[[Path], object], sentence: str
) -> None:
    source.start()
    door = same_door(source)
    source.stop()
    damage(source.data / "prepared" / "standard-feeds")
    before = len(source.log.read_text())

    source.start(dns=door)

    assert source.ask(LABELS, label_of_source) == KSS
    assert source.stop() == 0
    told = source.log.read_text()[before:]
    assert f"The prepared snapshot is not served, and is made anew from the tables: {source.data}" in told
    assert sentence in told
    source.start(dns=door, dns_alone=True)
    assert source.ask(LABELS, label_of_source) == KSS
    assert source.log.read_text().count("The prepared snapshot is not served") == 1, "it was made anew"


def is_unnoticed(told: Told, seconds: float) -> bool:
    return told.lost == 0 and told.wrong == 0 and told.slowest < seconds


def test_systemd_restarts_it_under_load_and_no_question_is_lost(program: Program, label: str) -> None:
    began = time.monotonic()
    assert program.command("--version").code in (0, 2)  # an executable unpacks itself first
    start = time.monotonic() - began
    udp, tcp = systemd.bound()
    with udp, tcp:
        host, port = udp.getsockname()
        program.words, own = systemd.words(program.words, (udp, tcp)), program.words
        program.start(dns=f"{host}:{port}")
        with Asker(program.dns, name(label), RATE) as asker:
            time.sleep(1)
            for _ in range(2):
                assert program.stop() == 0
                program.start(dns=f"{host}:{port}")
            time.sleep(0.5)
        assert is_unnoticed(asker.told, RESTART_SECONDS + 2 * start), asker.told
        with socket.create_connection((host, port), 5) as connection:
            query = struct.pack("!6H", 1, 0, 1, 0, 0, 0) + b"\3rep\7example\0\0\6\0\1"
            connection.sendall(len(query).to_bytes(2, "big") + query)
            assert connection.recv(4096)[4:6] != b""
        program.words = own


def test_a_successor_takes_its_place_under_load_and_no_question_is_lost(program: Program, label: str) -> None:
    program.start()
    door = same_door(program)
    successor = Program(program.words, program.data)
    try:
        with Asker(program.dns, name(label), RATE) as asker:
            time.sleep(0.5)
            successor.start("--take-over", dns=door)
            assert program.ended() == 0
            assert successor.dns == program.dns
            time.sleep(0.5)
        assert is_unnoticed(asker.told, HANDOVER_SECONDS), asker.told
        assert successor.ask(LABELS, label) == KSS
        list_address(successor, "192.0.2.8")
        wait_until(lambda: successor.ask("8.2.0.192", label) == KSS, 5, "its jobs run")
    finally:
        successor.stop()


def test_where_the_successor_does_not_succeed_the_program_goes_on(source: Program, label_of_source: str) -> None:
    source.start()
    door = same_door(source)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        portal = f"127.0.0.1:{taken.getsockname()[1]}"
        with Asker(source.dns, name(label_of_source), RATE) as asker:
            failed = subprocess.Popen(
                [*SOURCE, "serve", "--take-over", "--data", str(source.data), "--dns", door, "--portal", portal],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={**clean_environment(), "GATEPOST_TRAP": portal, "GATEPOST_TRAP_DOMAIN": "trap.example"},
            )  # fmt: skip
            _, told = failed.communicate(timeout=120)
            time.sleep(0.5)
    assert failed.returncode == 1, told
    assert asker.told.lost == 0 and asker.told.wrong == 0, asker.told


def test_a_program_that_is_told_to_end_while_a_successor_hangs_ends(source: Program, label_of_source: str) -> None:
    source.start()
    predecessor = Predecessor.asked(source.data)
    assert predecessor is not None
    predecessor.leave(source.data)  # and then nothing
    assert source.ask(LABELS, label_of_source) == KSS, "meanwhile it answers"

    assert source.stop() == 0

    predecessor.end()
    for sock in predecessor.sockets:
        sock.close()


def test_the_data_folder_is_the_users_alone(source: Program, tmp_path: Path) -> None:
    program = Program(source.words, tmp_path / "new" / "data")

    done = program.command("organization", "add", "Acme")

    assert done.code == 0 and program.data.stat().st_mode & 0o777 == 0o700, done.err


def test_a_second_program_is_refused_unless_it_is_told_to_take_over(source: Program, label_of_source: str) -> None:
    source.start()

    done = source.command("serve", "--dns", "127.0.0.1:0", "--portal", "127.0.0.1:0")

    assert done.code == 1
    assert f"is served already by process {source.pid}: stop that one, take its place with --take-over" in done.err
    assert source.ask(LABELS, label_of_source) == KSS


def test_nobody_else_may_ask_for_the_sockets(source: Program, label_of_source: str) -> None:
    source.start()
    place = source.data / "serve.sock"

    assert place.stat().st_mode & 0o777 == 0o600
    source.stop()
    assert not place.exists()


def test_sockets_that_do_not_fit_the_settings_are_refused_with_a_sentence(source: Program) -> None:
    udp, tcp = systemd.bound()
    with udp, tcp:
        port = udp.getsockname()[1]
        for sockets, names, dns, sentence in (
            ((udp, tcp), "dns:dns", "127.0.0.1:1053", f"UDP on 127.0.0.1 port {port}, which the setting dns does not"),
            ((udp,), "dns", f"127.0.0.1:{port}", "alone, and DNS needs UDP and TCP: add ListenStream="),
            ((tcp,), "dns", f"127.0.0.1:{port}", "alone, and DNS needs UDP and TCP: add ListenDatagram="),
            ((udp, tcp), "dns:web", f"127.0.0.1:{port}", "those of DNS have FileDescriptorName=dns"),
            ((udp, tcp), "dns", f"127.0.0.1:{port}", "hands over 2 descriptors with 1 names"),
        ):
            words = systemd.words(SOURCE, sockets, names)
            done = subprocess.run(
                [*words, "serve", "--data", str(source.data), "--dns", dns, "--portal", "127.0.0.1:0"],
                capture_output=True, text=True, timeout=60, env=clean_environment(), close_fds=False,
            )  # fmt: skip
            assert done.returncode == 1 and sentence in done.stderr, (names, dns, done.stderr)
