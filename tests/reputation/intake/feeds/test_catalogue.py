"""Every list of the catalogue is read as its publisher writes it: from a sample of its form, by all that a feed does.

The samples are written by us, with addresses for documentation: a few lines in the form of each list.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from reputation.intake import formats, guards
from reputation.intake.bounds import FeedBounds
from reputation.intake.feeds.catalogue import BY_KEY, CATALOGUE, GROUPS, LEAST, RECOMMENDED, Known
from reputation.intake.fetch import PATIENT, checked_source, fetch
from reputation.ranges import Ranges
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES
from tests.conftest import NOON, ROOT
from tests.reputation.intake.fetch.server import Site, answer, running
from tests.reputation.intake.lists import listed, networks_of

SAMPLES = ROOT / "tests" / "data" / "catalogue"
WHY = "Spam came from $ to a trap: https://lists.example/why?address=$"
# The sample of each form, and what is listed by it.
FORMS = {
    "drop.json": ["192.0.2.0/25 SBL900001", "198.51.100.0/24 SBL900002"],
    "drop6.json": ["2001:db8:1::/48 SBL900003"],
    "asndrop.json": ["192.0.2.0/25 AS64496 EXAMPLE-ONE", "198.51.100.0/24 AS64496 EXAMPLE-ONE"],
    "addresses.txt": ["192.0.2.10/31", "198.51.100.20"],
    "banlist.txt": ["192.0.2.91", "198.51.100.92"],
    "blocklist.txt": ["192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::7"],
    "blocks.txt": ["192.0.2.0/25", "198.51.100.0/26", "203.0.113.111-203.0.113.112"],
    "bogons.txt": ["192.0.2.0/24", "198.51.100.64/26"],
    "composed.netset": ["192.0.2.7", "198.51.100.0/24", "203.0.113.64/26"],
    "level.netset": ["192.0.2.7", "198.51.100.0/25"],
    "feodo.txt": ["192.0.2.33", "198.51.100.34"],
    "forms.txt": ["192.0.2.61", "198.51.100.62"],
    "greylist.csv": ["192.0.2.101", "198.51.100.102", "203.0.113.103"],
    "networks.txt": ["192.0.2.0/24", "198.51.100.128/25"],
    "piped.txt": ["192.0.2.71", "198.51.100.72", "203.0.113.73"],
    "proxies.txt": ["192.0.2.1", "198.51.100.7", "203.0.113.20"],
    "ranges.txt": ["192.0.2.0/24", "198.51.100.0/24"],
    "reported.txt": ["192.0.2.121", "198.51.100.122"],
    "zone.rbldnsd": [f"192.0.2.50/31 {WHY}", f"198.51.100.52 {WHY}"],
}
SAMPLE_OF = {
    "drop": "drop.json", "drop6": "drop6.json", "asndrop": "asndrop.json", "fullbogons": "bogons.txt",
    "firehol1": "composed.netset", "feodo": "feodo.txt", "tor": "addresses.txt",
    "proxies-http": "proxies.txt", "proxies-socks": "proxies.txt",
    "blocklist-mail": "blocklist.txt", "blocklist-imap": "blocklist.txt", "blocklist-bots": "blocklist.txt",
    "blocklist-strong": "blocklist.txt", "blocklist-all": "blocklist.txt", "uceprotect1": "zone.rbldnsd",
    "interserver": "addresses.txt", "sfs-day": "addresses.txt", "sfs-week": "addresses.txt",
    "sfs-toxic": "networks.txt", "sblam": "forms.txt", "dataplane-smtp": "piped.txt", "dataplane-data": "piped.txt",
    "dataplane-ssh": "piped.txt", "abusers-day": "level.netset",
    "cins": "addresses.txt", "ipsum3": "addresses.txt", "ipsum5": "addresses.txt", "et-compromised": "addresses.txt",
    "et-block": "blocks.txt", "greensnow": "addresses.txt", "bruteforce": "reported.txt", "dshield": "ranges.txt",
    "binarydefense": "banlist.txt", "turris": "greylist.csv", "marcoux": "addresses.txt",
    "data-shield": "addresses.txt", "firehol2": "level.netset", "firehol3": "level.netset",
}  # fmt: skip
every_list = pytest.mark.parametrize("known", CATALOGUE, ids=lambda known: known.key)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running(answer(b"")) as served:
        yield served


def as_published(known: Known) -> bytes:
    """The sample, packed as the publisher packs the list."""
    content = (SAMPLES / SAMPLE_OF[known.key]).read_bytes()
    if known.source.endswith(".gz"):
        return gzip.compress(content)
    if known.source.endswith(".zip"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("list.txt", content)
        return packed.getvalue()
    return content


def read(known: Known, site: Site) -> tuple[Ranges, formats.Parsed]:
    """What comes of it, fetched over HTTP, read and guarded within the bounds that the catalogue gives it."""
    site.acts = [answer(as_published(known))]
    bounds = FeedBounds.of(dict(known.bounds))
    fetched = fetch(f"{site.url}/{urlsplit(known.source).path.rpartition('/')[2]}", bounds.max_bytes, "", "", PATIENT)
    parsed = formats.parse(fetched.body or b"", known.format, bounds.max_bytes, NOON, networks_of)
    return guards.guard(parsed, bounds, []).ranges, parsed


@every_list
def test_a_list_is_read_as_its_publisher_writes_it(known: Known, site: Site) -> None:
    ranges, parsed = read(known, site)

    assert listed(ranges) == FORMS[SAMPLE_OF[known.key]]
    assert parsed.bad <= 1, parsed.warnings  # a heading at most


def test_every_sample_is_that_of_a_list_and_every_list_has_one() -> None:
    assert set(SAMPLE_OF) == set(BY_KEY)
    assert {file.name for file in SAMPLES.iterdir()} == set(FORMS) == set(SAMPLE_OF.values())


def test_the_samples_are_of_documentation_and_nobodys_data() -> None:
    documentation = re.compile(r"^(192\.0\.2|198\.51\.100|203\.0\.113|0\.0\.0|10\.0\.0|127\.0\.0|224\.0\.0)\.")
    for file in SAMPLES.iterdir():
        addresses = re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", file.read_text())
        assert [address for address in addresses if not documentation.match(address)] == [], file.name


def test_there_are_thirty_lists_and_more_each_with_its_own_key_name_and_address() -> None:
    assert len(CATALOGUE) >= 30
    for column in ("key", "name", "source"):
        values = [getattr(known, column) for known in CATALOGUE]
        assert len(set(values)) == len(values), column
    assert sum(len(lists) for _, lists in GROUPS) == len(CATALOGUE)


@every_list
def test_a_row_says_all_that_a_person_has_to_know(known: Known) -> None:
    assert known.publisher and known.about.endswith(".") and known.terms.endswith(".")
    assert known.category in CATEGORIES and known.database in DATABASE_NAMES
    assert checked_source(known.source) == known.source
    assert known.page.startswith("https://") and known.where_to_ask.startswith("https://")
    assert known.every >= max(known.least, 1800), "a list is not fetched more often than it is made"
    assert LEAST.get(known.source, 0) == known.least
    FeedBounds.of(dict(known.bounds))


@every_list
def test_what_terms_forbid_is_said_in_a_few_words(known: Known) -> None:
    forbidding = re.search(
        r"not for commercial|non-commercial|exclude commercial|not to be sold|may not be repro|passed on", known.terms
    )
    assert bool(forbidding) == bool(known.limits), known.terms


def test_what_is_recommended_has_no_limits_and_refuses_by_few_lists() -> None:
    chosen = [BY_KEY[key] for key in RECOMMENDED]

    assert 5 <= len(chosen) <= 12
    assert [known.key for known in chosen if known.limits] == []
    assert {known.database for known in chosen} == {"standard", "dynamic"}


def test_it_is_written_as_json_for_programs() -> None:
    assert json.loads(json.dumps([known._asdict() for known in CATALOGUE]))[0]["key"] == CATALOGUE[0].key
