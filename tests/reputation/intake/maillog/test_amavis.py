"""amavis: the category and the client, of which a further address in brackets is not one."""

from __future__ import annotations

import pytest

from tests.reputation.intake.maillog.log_lines import counted, read, stamp, why

VICTIM = "192.0.2.66"
CLIENT = "[203.0.113.10]:4444 [192.0.2.66]"
END = "quarantine: W/spam-x.gz, Queue-ID: 4F1AB2, Message-ID: <1@b>, mail_id: ab1, Hits: 21.1, size: 123, 456 ms"
MAIL = f"<a@b.example> -> <y@acme.example>, {END}"


def amavis(text: str) -> str:
    """A line of amavis."""
    return f"{stamp()} mx amavis[7]: (12345-01) {text}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"Blocked SPAM {{DiscardedInbound,Quarantined}}, {CLIENT} {MAIL}", "spam"),
        (f"Blocked SPAM {{RejectedInbound}}, [203.0.113.10]:4444 {MAIL}", "spam"),
        (f"Passed SPAMMY {{RelayedTaggedInbound}}, {CLIENT} {MAIL}", "spam"),
        (f"Passed CLEAN {{RelayedInbound}}, {CLIENT} {MAIL}", "clean"),
    ],
)
def test_a_category_counts_for_the_client(text: str, kind: str) -> None:
    told, _ = read("amavis", [amavis(text)])

    assert [(one.event.kind, *one.message) for one in told] == [(kind, "4F1AB2", "203.0.113.10")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"Blocked SPAM {{DiscardedInternal}}, MYNETS LOCAL {CLIENT} {MAIL}", "one of our own servers"),
        (f"Blocked SPAM {{DiscardedInbound}}, ORIGINATING {CLIENT} {MAIL}", "a logged-in user"),
        (f"Blocked SPAM {{DiscardedInbound}}, {CLIENT} <> -> <y@acme.example>, {END}", "the null sender"),
        # Without the client that the mail server gives (XFORWARD), the address is one of the message.
        (f"Blocked SPAM {{DiscardedInbound}}, [{VICTIM}] {MAIL}", "no client that is certain"),
        (f"Blocked SPAM {{DiscardedInbound}}, {MAIL}", "no client that is certain"),
    ],
)
def test_what_is_no_evidence_says_why(text: str, reason: str) -> None:
    assert why("amavis", [amavis(text)]) == {reason: 1}


@pytest.mark.parametrize(
    "text",
    [
        f"Blocked INFECTED (Eicar) {{DiscardedInbound}}, {CLIENT} {MAIL}",
        f'Blocked BANNED (x.exe,"SPAM {{DiscardedInbound}}, [{VICTIM}]:1 <a@b>") {{DiscardedInbound}}, {CLIENT} {MAIL}',
        f"Passed BAD-HEADER-1 {{RelayedInbound}}, {CLIENT} {MAIL}",
        f"extra modules loaded: Blocked SPAM {{DiscardedInbound}}, [{VICTIM}]:1 {MAIL}",
    ],
)
def test_other_categories_count_for_nothing(text: str) -> None:
    assert counted("amavis", [amavis(text)]) == []


def test_a_sender_with_a_queue_id_does_not_name_another_message() -> None:
    sender = '<"x> -> <y>, Queue-ID: AAAA, "@b.example>'
    text = f"Blocked SPAM {{DiscardedInbound}}, {CLIENT} {sender} -> <y@acme.example>, {END}"

    assert [one.message for one in read("amavis", [amavis(text)])[0]] == [("4F1AB2", "203.0.113.10")]
