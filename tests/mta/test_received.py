"""What a real Postfix and a real Exim write about a client names the client, whatever it calls itself."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation.addresses.address import parse_address
from reputation.intake.messages import TrustedNetworks, first_untrusted, raw, read
from tests import debian
from tests.mta import namespace as namespaces
from tests.mta.namespace import Namespace, Program
from tests.mta.servers import HOST, exim, start_postfix
from tests.stories.program import wait_until

RELAY = parse_address("127.0.0.1")
CLIENTS = ("198.51.100.63", "2001:db8:7::63")
HELOS = (
    "spammer.example",
    "[192.0.2.66]",
    "192.0.2.66",
    "[IPv6:2001:db8::66]",
    "by",
    "x (y [192.0.2.66]) by z (Postfix) with ESMTP id 1",
    "=?utf-8?q?x_=28y_[192.0.2.66]=29_by_z_=28Postfix=29_with_SMTP_id_1?=",
    "x\tby z (qmail 1 invoked from network)",
)
FORGED = "Received: from x (y [192.0.2.66]) by z (Postfix) with ESMTP id 1\r\nSubject: {}\r\n\r\ntext\r\n"


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    namespaces.needed()
    with Namespace() as made:
        for client in CLIENTS:
            made.address(client)
        yield made


def send(namespace: Namespace, port: int, client: str, helo: str, subject: str) -> bool:
    """One whole message; whether the server takes it from somebody of that name."""
    with smtplib.SMTP(timeout=60) as smtp:
        smtp.sock = namespace.connect("::1" if ":" in client else "127.0.0.1", port, client)
        smtp.getreply()
        smtp.docmd("EHLO", helo)
        smtp.docmd("MAIL", "FROM:<someone@sender.example>")
        if smtp.docmd("RCPT", f'TO:<"x) by y (z [192.0.2.66]"@{HOST}>')[0] != 250:
            smtp.docmd("RCPT", f"TO:<postmaster@{HOST}>")
        if smtp.docmd("DATA")[0] != 354:
            return False
        smtp.sock.sendall(FORGED.format(subject).encode() + b".\r\n")
        return smtp.getreply()[0] == 250


def sent(namespace: Namespace, port: int) -> dict[str, str]:
    """By the subject of each message, who sent it."""
    senders = {}
    for client in CLIENTS:
        for number, helo in enumerate(HELOS):
            subject = f"{number} of {'six' if ':' in client else 'four'}"
            if send(namespace, port, client, helo, subject):
                senders[subject] = client
    assert len(senders) > len(CLIENTS)
    return senders


def found(headers: list[bytes]) -> dict[str, str]:
    relays = TrustedNetworks([str(RELAY)])
    messages = map(read, headers)
    return {raw(message, "subject")[0].strip(): str(first_untrusted(message, relays, RELAY)) for message in messages}


def test_behind_postfix_the_client_is_named(namespace: Namespace) -> None:
    texts = dict.fromkeys(("postfix_main.cf", "postfix_rbl_reply", "postscreen_main.cf", "postscreen_dnsbl_reply"), "")
    texts["postfix_main.cf"] = "defer_transports = local\n"
    start_postfix(namespace, texts, "no code")
    senders = sent(namespace, 25)
    root, queue = debian.need("postfix"), namespace.folder / "postfix-25" / "queue"
    libraries = {"LD_LIBRARY_PATH": f"{root}/usr/lib/postfix:{debian.libraries(root)}"}

    def waiting() -> list[Path]:
        # Only here does a message rest: of one that moves while it is read, postcat shows nothing.
        return [file for file in (queue / "deferred").rglob("*") if file.is_file()]

    wait_until(lambda: len(waiting()) == len(senders), 60, "every message is in the queue")
    etc = namespace.folder / "etc-postfix-25"
    shown = namespace.run(Program((root / "usr/sbin/postcat", "-h", *waiting()), etc, libraries))
    assert shown.returncode == 0, shown.stderr
    headers = [f"Received: from{text}".encode() for text in shown.stdout.split("Received: from")[1:]]

    # Each message has two fields: that of Postfix, and the forged one below it.
    assert found([first + second for first, second in zip(headers[::2], headers[1::2], strict=True)]) == senders


def test_behind_exim_the_client_is_named(namespace: Namespace) -> None:
    namespace.start(exim(namespace, "", 26, "-bdf", "-odq"), 26)
    senders = sent(namespace, 26)
    files = list((namespace.folder / "exim-26" / "spool" / "input").rglob("*-H"))

    # In a spool file three digits and a letter stand before each field.
    headers = [b"Received:" + file.read_bytes().partition(b"P Received:")[2] for file in files]
    headers = [header.replace(b"\n\n", b"\n") for header in headers]
    cut = [b"".join(line[5:] if line[:3].isdigit() else line for line in h.splitlines(True)) for h in headers]
    assert found(cut) == senders
