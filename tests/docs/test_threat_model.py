"""docs/threat-model.md: each row names its tests, each test has its row, and the numbers are the program's."""

from __future__ import annotations

import ast
import re

import pytest

from dnsd.access import CODE_RATE, Access
from dnsd.rate_limit import TABLE_SIZE
from dnsd.tcp import TcpLimits
from portal import limits
from portal.api import operations
from reputation import settings
from reputation.counting import quotas, turned_away
from reputation.customers import code_networks, mail_servers, removals, tokens
from reputation.intake import (
    approving,
    change_review,
    complaints,
    estimate,
    network_listings,
    report_listings,
    report_queue,
    reporters,
    spam_reports,
    spf,
    trap,
    uncounted,
)
from reputation.intake.agreement import AGREES_FROM, NEEDED
from reputation.intake.bounds import FeedBounds
from reputation.intake.importing.limits import Limits
from reputation.intake.maillog import follower
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text()
TESTS = ROOT / "tests" / "reputation" / "intake" / "test_blast_radius.py"
HEADER = "| input | who can write it | what it can cause, and for whom | how long | what bounds it | tests |"
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and line != HEADER and "| --- |" not in line]
COLUMNS = HEADER.count("|") - 1
HOUR, DAY = estimate.HOUR, estimate.DAY
ONE, TWO, THREE, FOUR = (stay // HOUR for stay in estimate.OWN_STAYS)
ACCESS = Access.__init__.__defaults__  # type: ignore[misc]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def made() -> set[str]:
    """The tests that are there."""
    tree = ast.parse(TESTS.read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: cells(row)[0][:40])
def test_a_row_says_everything_and_names_a_test_that_is_there(row: str) -> None:
    found = cells(row)
    assert len(found) == COLUMNS and all(found)

    named = re.findall(r"`([^`]+)`", found[-1])
    assert named
    missing = [one for one in named if one not in made() and not (ROOT / one).is_file()]
    assert missing == []


def test_every_test_has_its_row() -> None:
    assert made() - {name for row in ROWS for name in re.findall(r"`(test_\w+)`", cells(row)[-1])} == set()


SAID = [
    f"{TWO} hours at levels 2 and 3 and {FOUR} hours at level 4",
    f"ends by itself {max(estimate.NETWORK_STAYS) // HOUR} hours ({ONE} at level 1) after the newest spam",
    f"{estimate.ASKED_A_DAY:g} messages' worth a day for a network",
    f"{network_listings.PASSES_FOR // DAY} days, and until it sends spam",
    f"it adds {estimate.SPAM_A_DAY:g} messages' worth a day to it",
    f"each message of the last hours {estimate.RECENT_SHARE / (1 - estimate.RECENT_SHARE):.1f} of spam at level 2",
    f"beyond {estimate.RECENT_CLEAN:g} of them a tenth",
    f"halves in {estimate.RECENT // HOUR} hours, a name of its own in {estimate.CLEAN_HALF_LIFE // DAY} days",
    f"one address counts {estimate.CLEAN_A_DAY:g} messages a day",
    f"a table of {TABLE_SIZE:,} places",
    f"{CODE_RATE:,} answers a second under a code go to one network",
    f"{TcpLimits.of_client} of one client and {TcpLimits.in_all} in all",
    f"{trap.MESSAGES_A_MINUTE} messages a minute, {trap.MOST_OF_ONE} connections of one client and "
    f"{trap.MOST_CONNECTIONS} in all; a queue of {report_queue.MOST_REPORTS:,}",
    f"nothing older than {follower.OLDEST // HOUR} hours",
    f"{uncounted.KEPT} messages for each reason, {uncounted.KEPT_OF_ONE} of one client, "
    f"{uncounted.LONGEST:,} characters of each",
    f"not older than {complaints.OLDEST // DAY} days",
    f"at most {reporters.MOST_SIGNATURES} signatures",
    f"{operations.LIMIT.replace(' per', ' calls a')} for each token, {tokens.MOST} tokens; "
    f"{report_listings.MOST_ALONE:,} listings for one organization alone; "
    f"{spam_reports.KEPT_REPORTS} reports of it about a sender are kept, and "
    f"{spam_reports.KEPT_WITH_EVIDENCE} with their text",
    f"{mail_servers.MOST} servers, none wider than /{mail_servers.WIDEST[4]} (/{mail_servers.WIDEST[6]} of IPv6)",
    f"{turned_away.NAMED} networks of an organization and hour",
    f"At most {code_networks.MOST:,} networks, none wider than /{code_networks.WIDEST}",
    f"the organization is told at {quotas.NEAR} %",
    f"wider than /{FeedBounds.widest4} (/{FeedBounds.widest6} of IPv6)",
    f"no prefix wider than /{approving.WIDEST4} (/{approving.WIDEST6} of IPv6), at most {approving.MOST4:,} IPv4 "
    f"addresses and as many of IPv6 as {approving.MOST6} networks of /{approving.WIDEST6} hold",
    f"ends by itself, within {FOUR} hours; organizations",
    f"with {Limits().memory >> 20} MB of memory and {Limits().seconds} s at most",
    f"{FeedBounds.max_bytes >> 20} MiB; more than {FeedBounds.max_change:.0%} change",
    f"A list below {change_review.TOO_SMALL_TO_COMPARE} entries",
    f"{spf.MOST_LOOKUPS} look-ups, {spf.MOST_NETWORKS:,} networks, none wider than /{spf.WIDEST[4]} "
    f"(/{spf.WIDEST[6]} of IPv6)",
    f"{limits.REMOVALS.replace(' per', ' requests an')} and {limits.LOOKUPS.replace(' per', ' look-ups in')}",
    f"{removals.MOST_OPEN:,} open ones",
    f"{limits.BY_ADDRESS} attempts that fail in {limits.A_WHILE // 60} minutes for a client, "
    f"{limits.BY_ACCOUNT} for an account",
]  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_the_numbers_are_those_of_the_program(said: str) -> None:
    assert said in PAGE


def test_what_the_page_says_in_words_is_so_in_the_program() -> None:
    assert settings.read({}, {}).rate_limit == 20 and {20.0, 100, 2} <= set(ACCESS or ())
    assert NEEDED == (3, 3, 2, 2) and TWO == THREE and estimate.RETRY == 5 * estimate.MINUTE
    assert AGREES_FROM == 0.1 and estimate.BEYOND == 0.1 and estimate.COMPLAINTS_A_DAY == estimate.WEIGHTS["trap"]
    assert (estimate.PASSED_SPAM, estimate.PASSED_SHARE) == (3, 0.9)
    assert trap.BULK == 0.25 and follower.GUESSES == 3 and follower.UNKNOWN_WEIGHT == 0.5
    assert complaints.WAITS == HOUR
    assert spf.MOST_ADDRESSES == {4: 1 << 22, 6: 1 << 100}
    assert uncounted.KEPT_DAYS == spam_reports.KEPT_DAYS == 30
