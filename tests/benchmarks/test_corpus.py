"""Real mail is read from the corpus: who handed it over, when, and what people said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.verdicts.corpus import client_of, read, replayed, time_of
from reputation.refusal import Refused

MESSAGE = """From spam@sender.example  Thu Aug 22 16:58:24 2002
Received: from localhost (localhost [127.0.0.1]) by mx.example; Thu, 22 Aug 2002 11:58:24 -0400
Received: from pop.example [203.0.113.9]
\tby localhost with POP3 (fetchmail-5.9.0); Thu, 22 Aug 2002 16:58:24 +0100
Received: from bot.example (bot.example [{client}])
\tby mx.example [203.0.113.8] (8.9.3) with ESMTP; Thu, 22 Aug 2002 16:55:29 +0100
Received: from forged.example [198.51.100.99] by bot.example

text
"""


def message(client: str = "192.0.2.7") -> str:
    return MESSAGE.format(client=client)


def corpus(folder: Path, **counts: int) -> Path:
    """A folder of groups with so many messages, all of one client."""
    for group, count in counts.items():
        (folder / group.replace("_", "-")).mkdir()
        for number in range(count):
            made = {"text": message().replace("16:58:24 2002", f"16:{number:02}:24 2002")}
            (folder / group.replace("_", "-") / f"{number}.json").write_text(json.dumps(made))
    return folder


def test_the_client_is_the_first_public_one_and_no_mailbox_that_was_fetched() -> None:
    assert str(client_of(message())) == "192.0.2.7"
    assert str(client_of(message("10.0.0.1"))) == "198.51.100.99"
    assert client_of("Subject: none\n\n") is None


def test_the_time_is_that_of_the_delivery() -> None:
    assert time_of(message()) == 1030035504
    assert time_of("Received: x") == time_of("From a@b  Thu Foo 22 16:58:24 2002") == 0


def test_folders_say_what_is_spam_and_what_is_not_a_group_is_left_out(tmp_path: Path) -> None:
    found = list(read(corpus(tmp_path, spam_1=2, easy_ham_2=3, other=4)))

    assert [one.is_spam for one in found] == [False] * 3 + [True] * 2


def test_a_sender_of_nothing_but_spam_is_deferred_after_its_first_messages(tmp_path: Path) -> None:
    assert replayed(corpus(tmp_path, spam_1=10)).startswith(
        "10 pieces of spam and 0 good messages, level 2: the estimate 9"
    )


def test_a_folder_without_a_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no folders"):
        replayed(tmp_path)
