"""The conditions for a new password, and how hard it is to guess. It knows no person and stores nothing.

Length matters more than special characters (NIST SP 800-63B 3.1.1.2); zxcvbn estimates how many guesses a password
withstands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

SHORTEST = 12
LONGEST = 200
GOOD_SCORE = 3  # of zxcvbn's 0 to 4: ten to the 8th guesses
ESTIMATED = 72  # characters that are looked at: the time it takes grows with the square, and so many are strong anyway
# Signs that stand for letters. zxcvbn tries every way to read those of a password, which takes seconds where there are
# many different ones.
LIKE_LETTERS = frozenset("4@8({[<369&#!1/|0$5+7%2")
MOST_LIKE_LETTERS = 6
SHORTEST_WORD = 3  # known words that are shorter say nothing
LEAST_OF_ITS_OWN = 8  # characters that must be left beside the words that everybody knows of a person

# What a weak password mostly is, by the kind of its longest part that zxcvbn knows.
KINDS = {
    "spatial": "a row of keys",
    "repeat": "the same signs again and again",
    "sequence": "a sequence such as abc or 123",
    "regex": "a year",
    "date": "a date",
    "passwords": "a password that many people use",
    "user_inputs": "words that everybody knows of you",
    "dictionary": "a common word or name",
}
WORDS = ("Very easy to guess", "Easy to guess", "Not strong enough yet", "Good", "Strong")
ADVICE = "Several words that do not belong together are hard to guess and easy to remember."


class Strength(NamedTuple):
    """How hard a password is to guess: `score` 0 to 4, good from 3 on, and a sentence for the person who types it."""

    score: int
    sentence: str

    @property
    def good(self) -> bool:
        """Tell whether the password is hard enough to guess."""
        return self.score >= GOOD_SCORE


def weakness(password: str, email: str, organization: str = "") -> str | None:
    """Explain what is wrong with a new password, as a sentence; return None where it is good."""
    if len(password) < SHORTEST:
        return f"The password needs at least {SHORTEST} characters: a sentence is easy to remember."
    if len(password) > LONGEST:
        return f"The password may have at most {LONGEST} characters."
    if len(set(password.lower())) < 5:
        return "The password repeats too few characters: use a sentence instead."
    name = email.partition("@")[0].lower()
    if name and name in password.lower() and len(password) < 2 * SHORTEST:
        return "The password contains the email address: choose one that cannot be guessed from it."
    if len(_without(password, known_words(email, organization))) < LEAST_OF_ITS_OWN:
        return "The password is made of words that everybody knows of you: add some that nobody would guess."
    score, kind = _estimate(password, known_words(email, organization))
    if score < GOOD_SCORE:
        return f"The password is easy to guess{_because(kind)}: use a sentence of several words instead."
    return None


def strength(password: str, email: str = "", organization: str = "") -> Strength:
    """Estimate how strong a password is while it is typed."""
    if not password:
        return Strength(0, "")
    score, kind = _estimate(password, known_words(email, organization))
    if score >= GOOD_SCORE and len(password) < SHORTEST:
        return Strength(
            GOOD_SCORE - 1, f"Well chosen, but it needs {SHORTEST} characters: {SHORTEST - len(password)} more."
        )
    reason = weakness(password, email, organization)
    if score < GOOD_SCORE:
        return Strength(score, f"{WORDS[score]}{_because(kind)}. {ADVICE}")
    return Strength(GOOD_SCORE - 1, reason) if reason else Strength(score, f"{WORDS[score]}.")


def known_words(email: str, organization: str) -> list[str]:
    """Return words that anybody would try first: the person's address and its parts, the organization, this program."""
    found = {"gatepost", *re.split(r"[^\w]+", f"{email} {organization}".lower())}
    return sorted((word for word in found if len(word) >= SHORTEST_WORD), key=len, reverse=True)


def _estimate(password: str, known: Iterable[str]) -> tuple[int, str]:
    """zxcvbn's score, and the kind of the longest part of the password that it knows; "" where it knows none."""
    from zxcvbn import zxcvbn  # its lists of words take 12 MB: once somebody chooses a password

    found: dict[str, Any] = zxcvbn(_bounded(password[:ESTIMATED]), user_inputs=list(known))
    parts = [part for part in found["sequence"] if part["pattern"] != "bruteforce"]
    longest = max(parts, key=lambda part: len(part["token"]), default={"pattern": ""})
    kind = longest["pattern"]
    if kind == "dictionary" and longest["dictionary_name"] in KINDS:
        kind = longest["dictionary_name"]
    return int(found["score"]), kind


def _bounded(password: str) -> str:
    """The password without what would take too long: of signs that stand for letters the first few kinds stay.

    What is left is easier to guess, so nothing passes for better than it is.
    """
    kinds = list(dict.fromkeys(sign for sign in password if sign in LIKE_LETTERS))
    return "".join(sign for sign in password if sign not in kinds[MOST_LIKE_LETTERS:])


def _because(kind: str) -> str:
    return f", because most of it is {KINDS[kind]}" if kind in KINDS else ""


def _without(password: str, known: Iterable[str]) -> str:
    """The password without the known words and what joins them."""
    left = password.lower()
    for word in known:
        left = left.replace(word, "")
    return re.sub(r"[\s\W_]+", "", left)
