"""Tables of origins: reading, packing, the bundled one, and what may replace it."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reputation.addresses.address import parse_address
from reputation.intake import origins
from reputation.intake.fetch import Patience
from reputation.intake.origins import (
    OriginTable,
    pack,
    revisions,
    seed,
    unpack,
)
from reputation.intake.origins.forms import File, read_files
from reputation.intake.origins.table import clean_name
from reputation.intake.seed.build import build
from reputation.refusal import Refused
from reputation.store import changes
from reputation.store.db import Store
from reputation.store.models import AuditEntry, OriginRevision
from reputation.verdict.iterate import Starts
from reputation.verdict.origins import EMPTY, UNKNOWN, Origin, Origins, country_code, country_number
from tests.conftest import NOON, ROOT
from tests.neighbour import others

SAMPLES = ROOT / "tests" / "data" / "origins"
DAY = "2026-06-17"


def read(text: str | bytes) -> OriginTable:
    content = text.encode() if isinstance(text, str) else text
    [table] = read_files([File("table", "a test", DAY, content)])
    return table


def origin(table: Origins, address: str) -> Origin:
    return table.origin(*parse_address(address))


# Reading


def test_rows_of_both_versions_are_read_and_bad_lines_are_named_by_their_number() -> None:
    table = read((SAMPLES / "combined.tsv").read_bytes())

    found = unpack(pack(table))
    assert origin(found, "8.8.8.8") == Origin(15169, "US", "GOOGLE")
    assert origin(found, "192.0.2.1") == Origin(64500, "DE", "Example Net")
    assert origin(found, "2001:4860:4860::8888") == Origin(15169, "US", "GOOGLE")
    assert origin(found, "2001:db8::8") == Origin(64500, "", "Example Net")
    assert origin(found, "2001:db8::9") == UNKNOWN
    assert origin(found, "1.0.1.0") == UNKNOWN
    assert (table.rows, table.bad) == (5, 3)
    assert [warning.partition(":")[0] for warning in table.warnings] == ["line 6", "line 9", "line 12"]
    assert "'8.8.8.999' is not an IP address" in table.warnings[0]
    assert "not behind the first" in table.warnings[1]
    assert "'AS1' is not an ASN" in table.warnings[2]


def test_a_compressed_table_reads_as_the_plain_one() -> None:
    plain = (SAMPLES / "combined.tsv").read_bytes()

    assert pack(read(gzip.compress(plain))) == pack(read(plain))


def test_line_ends_of_windows_and_a_name_in_latin_1_are_read() -> None:
    table = read("192.0.2.0\t192.0.2.255\t64500\tBR\tLigações\r\n".encode("latin-1"))

    assert origin(unpack(pack(table)), "192.0.2.9") == Origin(64500, "BR", "Ligações")


@pytest.mark.parametrize(
    ("asn", "country", "expected"),
    [
        ("0", "None", None),
        ("None", "None", None),
        ("-", "-", None),
        ("23456", "ZZ", None),
        ("0", "DE", (0, "DE")),
        ("4294967295", "", (4294967295, "")),
        ("64500", "None", (64500, "")),
        ("64500", "fr", (64500, "FR")),
    ],
)
def test_what_a_table_says_of_no_origin(asn: str, country: str, expected: tuple[int, str] | None) -> None:
    table = read(f"198.51.100.0\t198.51.100.0\t1\tUS\tOther\n192.0.2.0\t192.0.2.255\t{asn}\t{country}\t\n")

    number, code, _ = origin(unpack(pack(table)), "192.0.2.1")
    assert (number, code) == (expected or (0, ""))
    assert table.bad == 0
    assert table.rows == (2 if expected else 1)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("192.0.2.0", "between tabs"),
        ("192.0.2.0,192.0.2.255,64500,DE,Example", "between tabs"),
        ("192.0.2.0\t2001:db8::\t64500\tDE\tExample", "not behind the first"),
        ("192.0.02.0\t192.0.2.255\t64500\tDE\tExample", "not an IP address"),
        ("192.0.2.0\t192.0.2.255\t4294967296\tDE\tExample", "not an ASN"),
        ("192.0.2.0\t192.0.2.255\t²\tDE\tExample", "not an ASN"),
        ("192.0.2.0\t192.0.2.255\t64500\tDEU\tExample", "not a country code"),
        ("192.0.2.0\t192.0.2.255\t64500\tß\tExample", "not a country code"),
        ("\x00", "between tabs"),
    ],
)
def test_a_bad_line_is_left_out_and_the_others_are_read(line: str, fault: str) -> None:
    table = read(f"198.51.100.0\t198.51.100.255\t64501\tFR\tGood\n{line}\n")

    assert (table.rows, table.bad) == (1, 1)
    assert table.warnings[0].startswith("line 2: ")
    assert fault in table.warnings[0]


def test_at_most_twenty_warnings_are_kept() -> None:
    good = "198.51.100.0\t198.51.100.255\t64501\tFR\tGood\n"
    table = read(good * 50 + "bad\n" * 50)

    assert table.bad == 50
    assert len(table.warnings) == 20


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "names no origin"),
        (b"# nothing\n\n", "names no origin"),
        (b"0.0.0.0\t0.255.255.255\t0\tNone\tNot routed\n", "names no origin"),
        (b"<!doctype html>\n<title>Not found</title>\n", "is a web page"),
        (b"198.51.100.0\t198.51.100.255\t64501\tFR\tGood\nbad\nbad\n", "2 of 3 lines cannot be read"),
        (gzip.compress(b"198.51.100.0\t198.51.100.255\t64501\tFR\tGood\n" * 99)[:-20], "damaged or cut off"),
        (b"\x1f\x8bno gzip", "damaged or cut off"),
    ],
    ids=["nothing", "a comment", "nobody's", "a web page", "mostly bad lines", "cut gzip", "no gzip"],
)
def test_a_file_that_is_no_table_is_refused_whole(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read(content)


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reputation.intake.origins.opening.MAX_BYTES", 100_000)

    with pytest.raises(Refused, match="larger than"):
        read(gzip.compress(bytes(1 << 20)))


def test_a_file_that_is_not_there_is_refused_by_its_name(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"nowhere\.tsv cannot be read: No such file"):
        origins.import_files([tmp_path / "nowhere.tsv"], NOON)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Example Net", "Example Net"),
        ("  Example\u00a0 \tNet\n", "Example Net"),
        ("EXAMPLE LTDA \u00ad ME", "EXAMPLE LTDA ME"),
        ("\ufeffExample\u200b \x07Net\ufffd", "Example Net"),
        ("Example Net - Example Net", "Example Net"),
        ("Example - Net", "Example - Net"),
        ("Télécom é", "Télécom é"),
        ("AS64500", ""),
        ("AS64500 Example", "AS64500 Example"),
        ("x" * 300, "x" * 200),
        (" ", ""),
    ],
)
def test_isp_names_are_made_fit_for_a_screen(text: str, expected: str) -> None:
    assert clean_name(text) == expected


# Packing

ASNS = some.sampled_from([0, 1, 64500, 64501, 4294967295])
COUNTRIES = some.sampled_from([0, 1, country_number("DE"), country_number("FR"), 676])
PLACES4 = some.one_of(some.integers(0, 20), some.integers(0xFFFFFFF0, 0xFFFFFFFF), some.sampled_from([0xFFFF, 0x10000]))
PLACES6 = some.one_of(
    some.integers(0, 10),
    some.integers((1 << 64) - 5, (1 << 64) + 5),
    some.integers((1 << 128) - 10, (1 << 128) - 1),
    some.integers(0, (1 << 128) - 1),
)
Rows = list[tuple[int, int, int, int]]


def rows_of(places: some.SearchStrategy[int]) -> some.SearchStrategy[Rows]:
    row = some.tuples(places, places, ASNS, COUNTRIES)
    return some.lists(row.map(lambda r: (min(r[0], r[1]), max(r[0], r[1]), r[2], r[3])), max_size=12)


def slow_origin(rows: Rows, value: int) -> tuple[int, int]:
    """Every row is looked at; the narrowest holds, then the later start, then the one written first."""
    holding = [
        (last - first, -first, line, asn, country)
        for line, (first, last, asn, country) in enumerate(rows)
        if first <= value <= last
    ]
    return min(holding)[3:] if holding else (0, 0)


def edges(rows: Rows, highest: int) -> Iterator[int]:
    for first, last, _, _ in rows:
        yield from (value for value in (first - 1, first, first + 1, last - 1, last, last + 1) if 0 <= value <= highest)
    yield from (0, highest)


@given(rows_of(PLACES4), rows_of(PLACES6))
def test_a_packed_table_answers_as_a_slow_scan_of_its_rows(four: Rows, six: Rows) -> None:
    table = OriginTable(DAY, "a test")
    for version, rows in ((4, four), (6, six)):
        for row in rows:
            table.add(version, *row)

    found = unpack(pack(table))

    for version, rows in ((4, four), (6, six)):
        for value in edges(rows, (1 << (32 if version == 4 else 128)) - 1):
            expected = slow_origin(rows, value)
            assert (found.asn(version, value), found.country_number(version, value)) == expected


@given(some.dictionaries(some.integers(1, 4294967295), some.text(max_size=30), max_size=8))
def test_names_come_back_as_they_were_cleaned(names: dict[int, str]) -> None:
    table = OriginTable(DAY, "a test")
    for asn, name in names.items():
        table.name(asn, name)

    found = unpack(pack(table))

    assert {asn: found.isp_name(asn) for asn in names} == {
        asn: clean_name(name) or f"AS{asn}" for asn, name in names.items()
    }


def test_an_empty_table_packs_and_knows_nothing() -> None:
    found = unpack(pack(OriginTable(DAY, "nobody")))

    assert (found.dated, found.source, found.rows) == (DAY, "nobody", 0)
    assert origin(found, "8.8.8.8") == origin(found, "2001:db8::1") == UNKNOWN


def test_the_same_table_gives_the_same_bytes_in_whatever_order_its_rows_stand() -> None:
    lines = (SAMPLES / "combined.tsv").read_text().splitlines(keepends=True)

    assert pack(read("".join(lines))) == pack(read("".join(reversed(lines))))


@pytest.mark.parametrize("damage", ["empty", "cut off", "other version", "a bit", "header", "short header"])
def test_damaged_bytes_are_refused_with_a_sentence(damage: str) -> None:
    content = pack(read((SAMPLES / "combined.tsv").read_bytes()))
    damaged = {
        "empty": b"",
        "cut off": content[:-10],
        "other version": b"ORIGINS\x02" + content[8:],
        "a bit": content[:300] + bytes([content[300] ^ 1]) + content[301:],
        "header": content.replace(b'"columns"', b'"calumns"'),
        "short header": content[:10],
    }[damage]

    with pytest.raises(ValueError, match="This table of origins is damaged"):
        unpack(damaged)


# The seed


@pytest.fixture(scope="module")
def bundled() -> Origins:
    return seed()


@pytest.mark.parametrize(
    ("address", "asn", "country"),
    [
        ("8.8.8.8", 15169, "US"),
        ("1.1.1.1", 13335, "AU"),
        ("9.9.9.9", 19281, "US"),
        ("193.0.6.139", 3333, "NL"),
        ("2001:4860:4860::8888", 15169, "US"),
        ("2606:4700:4700::1111", 13335, "US"),
    ],
)
def test_the_seed_knows_well_known_addresses(bundled: Origins, address: str, asn: int, country: str) -> None:
    assert origin(bundled, address)[:2] == (asn, country)


def test_the_seed_names_isps(bundled: Origins) -> None:
    assert bundled.isp_name(15169) == "Google LLC"
    assert (24940, "Hetzner Online GmbH") in bundled.isps_named("hetzner")
    assert len(bundled.names) > 80_000


def test_the_seed_keeps_ipv6_to_the_last_bit(bundled: Origins) -> None:
    # One address of VeriSign's has an ASN of its own; Hetzner's /64s change country.
    assert [bundled.asn(*parse_address(f"2001:500:30ff::{last}")) for last in ("2f", "30", "31")] == [
        396585,
        396552,
        396585,
    ]
    assert [
        origin(bundled, address).country
        for address in ("2a01:4f9:3b:552e:ffff:ffff:ffff:ffff", "2a01:4f9:3b:552f::", "2a01:4f9:3b:5532::")
    ] == ["DE", "FI", "DE"]


@pytest.mark.parametrize(
    "address",
    ["0.0.0.1", "10.0.0.1", "127.0.0.1", "172.16.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.51.100.1",
     "203.0.113.1", "224.0.0.1", "255.255.255.255", "::1", "2001::1", "2001:db8::1", "2002::1", "fe80::1", "ff02::1"],
)  # fmt: skip
def test_the_seed_has_no_origin_for_addresses_that_are_nobodys(bundled: Origins, address: str) -> None:
    assert origin(bundled, address) == UNKNOWN


def test_the_seed_is_sorted_and_no_range_overlaps_another(bundled: Origins) -> None:
    four = list(Starts(bundled.steps4))
    six = list(zip(bundled.steps6.high, bundled.steps6.low, strict=True))

    assert all(before < after for before, after in pairwise(four))
    assert all(before < after for before, after in pairwise(six))
    for numbers in (bundled.steps4.values, bundled.steps6.values):
        assert all(before != after for before, after in pairwise(numbers))


def test_the_seed_says_how_old_it_is_and_whom_to_credit(bundled: Origins) -> None:
    readme = (revisions.SEED.parent / "README.md").read_text()

    assert bundled.dated == "2026-06-17"
    assert "17 June 2026" in readme
    assert f"{revisions.SEED.stat().st_size:,} bytes" in readme
    assert [name for name, _ in revisions.credits(bundled.source)] == ["RouteViews", "NRO", "DB-IP"]
    assert all(link in readme for _, link in revisions.CREDITS)


def test_the_seed_has_no_private_asn_and_no_unknown_country_code(bundled: Origins) -> None:
    assert not [asn for asn in bundled.asn_of if 64496 <= asn <= 131071 or asn > 1_000_000]
    assert {country_code(number) for number in bundled.country_of} >= {"", "DE", "US", "XK"}


def test_without_its_seed_the_program_knows_no_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "SEED", tmp_path / "origins.bin")
    assert seed() is EMPTY

    (tmp_path / "origins.bin").write_bytes(b"ORIGINS\x01damaged")
    assert seed() is EMPTY


def test_an_executable_finds_the_seed_where_it_was_unpacked(tmp_path: Path) -> None:
    script = (
        f"import sys; sys._MEIPASS = {str(tmp_path)!r}\n"
        "from reputation.intake.origins import revisions; print(revisions.SEED)"
    )

    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert printed.strip() == str(tmp_path / "reputation" / "intake" / "seed" / "origins.bin")


# The builder


@pytest.fixture
def built() -> Origins:
    files = [SAMPLES / name for name in ("asn4.csv", "asn6.csv", "country4.csv", "country6.csv")]
    return unpack(pack(build(*files, DAY, "samples")[0]))


@pytest.mark.parametrize(
    ("address", "asn", "country", "why"),
    [
        ("1.1.1.1", 13335, "AU", "both tables know it"),
        ("8.8.8.8", 15169, "US", "the country's range is far wider"),
        ("8.8.9.0", 0, "US", "behind the ASN's range"),
        ("102.209.208.0", 329398, "", "no country"),
        ("214.255.255.255", 749, "US", "before the overlap"),
        ("215.0.0.0", 721, "US", "two ASNs overlap: the narrower row"),
        ("215.0.255.255", 721, "US", "the overlap's end"),
        ("17.67.231.255", 0, "ES", "before the overlap"),
        ("17.67.232.9", 0, "DE", "nested in two rows"),
        ("17.67.233.0", 0, "US", "two that overlap in part: the narrower row"),
        ("17.67.239.255", 0, "US", "the overlap's end"),
        ("108.165.89.0", 0, "DE", "the same range twice: the first written"),
        ("23.26.105.0", 0, "", "a private ASN"),
        ("192.168.0.1", 0, "", "a private network"),
        ("192.88.99.1", 0, "", "6to4 relays"),
        ("2001::1", 0, "", "Teredo"),
        ("2001:db8::1", 0, "", "documentation"),
        ("2001:500:30ff::30", 396552, "", "one single address"),
        ("2001:500:30ff::31", 396585, "", "and its neighbour"),
        ("2a01:4f9:3b:552e:ffff:ffff:ffff:ffff", 24940, "DE", "the end of a /64"),
        ("2a01:4f9:3b:552f::", 24940, "FI", "and the next one"),
        ("2a0e:b107:13d2::1", 0, "", "a slip of the keyboard"),
    ],
)
def test_two_tables_become_one(built: Origins, address: str, asn: int, country: str, why: str) -> None:
    assert origin(built, address)[:2] == (asn, country), why


def test_the_builder_counts_what_it_found_wrong() -> None:
    files = [SAMPLES / name for name in ("asn4.csv", "asn6.csv", "country4.csv", "country6.csv")]

    table, faults = build(*files, DAY, "samples")

    assert faults["overlapping row"] == 4
    assert faults["row of an ASN that is nobody's"] == 2
    assert faults["name cleaned"] == 1
    assert table.names[329398] == "Ecole Supérieure Multinationale des Télécommunications (ESMT)"
    assert table.rows == 12


def test_the_builder_gives_the_same_bytes_for_the_same_files(tmp_path: Path) -> None:
    files = [str(SAMPLES / name) for name in ("asn4.csv", "asn6.csv", "country4.csv", "country6.csv")]
    for out in ("one", "two"):
        command = [sys.executable, "-m", "reputation.intake.seed.build", *files, str(tmp_path / out), "--dated", DAY]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert unpack((tmp_path / "one").read_bytes()).dated == DAY


def test_the_builder_asks_for_the_day_where_it_cannot_know_it(tmp_path: Path) -> None:
    files = [str(SAMPLES / name) for name in ("asn4.csv", "asn6.csv", "country4.csv", "country6.csv")]

    ran = subprocess.run(
        [sys.executable, "-m", "reputation.intake.seed.build", *files, str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 2
    assert "say of which day they are with --dated" in ran.stderr
    assert not (tmp_path / "out").exists()


# Loading a table into the database


def test_an_imported_file_is_stored_and_announced(store: Store) -> None:
    before = changes.generations()[changes.ORIGINS]

    sentence = origins.import_files([SAMPLES / "combined.tsv"], NOON, ["mine.tsv"], who="op@example.com").sentence

    row = others(OriginRevision).get()
    assert (row.loaded_at, row.rows, row.source) == (NOON, 5, "file mine.tsv")
    assert origin(unpack(bytes(row.content)), "192.0.2.1") == Origin(64500, "DE", "Example Net")
    assert changes.generations()[changes.ORIGINS] == before + 1
    assert sentence.startswith("Loaded 5 origins of ")
    assert "3 lines were left out: line 6: '8.8.8.999' is not an IP address" in sentence
    assert others(AuditEntry).get().who == "op@example.com"


def test_a_refused_file_changes_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>\n")

    with pytest.raises(Refused, match="is a web page"):
        origins.import_files([tmp_path / "page.html"], NOON)

    assert others(OriginRevision).count() == 0
    assert changes.generations()[changes.ORIGINS] == 0


def test_the_last_two_tables_are_kept(store: Store) -> None:
    for turn in range(4):
        origins.import_files([SAMPLES / "combined.tsv"], NOON + turn)

    kept = [row.loaded_at for row in others(OriginRevision).order_by(OriginRevision.id)]
    assert kept == [NOON + 2, NOON + 3]


# Refreshing from a source

ONCE = Patience(connect=2, read=2, deadline=5, tries=1)


class Source(ThreadingHTTPServer):
    """Serves `content` under its ETag; `asked` has the validators that came with each question."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content = (SAMPLES / "combined.tsv").read_bytes()
        self.modified = "Wed, 17 Jun 2026 04:00:00 GMT"
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ip2asn-combined.tsv.gz"


class Answer(BaseHTTPRequestHandler):
    server: Source

    def do_GET(self) -> None:
        asked = self.headers.get("If-None-Match")
        self.server.asked.append(asked)
        tag = f'"{zlib.crc32(self.server.content)}"'
        body = b"" if asked == tag else gzip.compress(self.server.content)
        self.send_response(200 if body else 304)
        self.send_header("ETag", tag)
        if self.server.modified:
            self.send_header("Last-Modified", self.server.modified)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def source() -> Iterator[Source]:
    with Source() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def own_table(store: Store) -> None:
    """A small table in use, so that the sample is not held against the seed's 515,000 rows."""
    origins.import_files([SAMPLES / "combined.tsv"], NOON - 100)


@pytest.mark.usefixtures("own_table")
def test_a_refresh_stores_the_table_its_day_and_its_validators(source: Source) -> None:
    before = changes.generations()[changes.ORIGINS]

    sentence = origins.refresh(NOON, [source.url], ONCE)

    row = others(OriginRevision).order_by(OriginRevision.id.desc()).get()
    assert sentence.startswith(f"Loaded 5 origins of 2026-06-17 from {source.url}.")
    assert (row.loaded_at, row.dated, row.source, row.rows) == (NOON, "2026-06-17", source.url, 5)
    assert (row.etag, row.last_modified) == (f'"{zlib.crc32(source.content)}"', source.modified)
    assert origin(unpack(bytes(row.content)), "8.8.8.8") == Origin(15169, "US", "GOOGLE")
    assert changes.generations()[changes.ORIGINS] == before + 1


@pytest.mark.usefixtures("own_table")
def test_a_table_that_has_not_changed_is_not_stored_again(source: Source) -> None:
    origins.refresh(NOON, [source.url], ONCE)
    before = changes.generations()

    sentence = origins.refresh(NOON + 7 * 86400, [source.url], ONCE)

    assert sentence == "The origins of 2026-06-17 are still the newest."
    assert source.asked == [None, f'"{zlib.crc32(source.content)}"']
    assert others(OriginRevision).count() == 2
    assert changes.generations() == before


@pytest.mark.usefixtures("own_table")
def test_after_a_file_was_imported_the_source_is_asked_anew(source: Source) -> None:
    origins.refresh(NOON, [source.url], ONCE)
    origins.import_files([SAMPLES / "combined.tsv"], NOON + 1)

    origins.refresh(NOON + 2, [source.url], ONCE)

    assert source.asked == [None, None]


@pytest.mark.usefixtures("own_table")
def test_a_table_without_a_date_is_of_the_day_it_came(source: Source) -> None:
    source.modified = ""

    assert f"of {datetime.fromtimestamp(NOON, UTC).date()} from" in origins.refresh(NOON, [source.url], ONCE)


@pytest.mark.usefixtures("own_table")
def test_a_table_with_less_than_half_the_rows_replaces_nothing(source: Source) -> None:
    source.content = b"192.0.2.0\t192.0.2.255\t64500\tDE\tExample\n198.51.100.0\t198.51.100.9\t64501\tFR\tOther\n"
    before = changes.generations()

    sentence = origins.refresh(NOON, [source.url], ONCE)

    assert "has 2 rows, the one in use 5: less than half is suspicious" in sentence
    assert sentence.endswith("stay.")
    assert others(OriginRevision).count() == 1
    assert changes.generations() == before


def test_the_first_refresh_is_held_against_the_seed(store: Store, source: Source) -> None:
    sentence = origins.refresh(NOON, [source.url], ONCE)

    assert "has 5 rows, the one in use 515,112" in sentence
    assert "Those of 2026-06-17 stay." in sentence
    assert origins.latest() is None


@pytest.mark.usefixtures("own_table")
def test_a_source_that_fails_replaces_nothing_and_says_why(source: Source, tmp_path: Path) -> None:
    source.content = b"<!doctype html><title>Moved</title>\n"
    assert "is a web page" in origins.refresh(NOON, [source.url], ONCE)

    sentence = origins.refresh(NOON, [str(tmp_path / "nowhere.tsv")], ONCE)
    assert f"There is no file {tmp_path / 'nowhere.tsv'}." in sentence
    assert others(OriginRevision).count() == 1


@pytest.mark.usefixtures("own_table")
def test_the_table_in_use_can_be_shown_without_reading_its_content() -> None:
    shown = origins.latest()

    assert shown is not None
    assert (shown.loaded_at, shown.rows, shown.source) == (NOON - 100, 5, "file combined.tsv")
    assert shown.content is None


@pytest.mark.usefixtures("own_table")
def test_several_sources_are_combined_and_asked_with_their_own_validators(source: Source, tmp_path: Path) -> None:
    source.content = b"192.0.2.0,192.0.2.255,64500,Example\n2001:db8::,2001:db8::f,64500,Example\n" * 2
    countries = tmp_path / "countries.csv"
    countries.write_text("192.0.2.0,192.0.2.255,DE\n2001:db8::,2001:db8::f,FR\n")
    wanted = [f"{source.url}?license_key=secret", str(countries)]

    sentence = origins.refresh(NOON, wanted, ONCE)

    row = others(OriginRevision).order_by(OriginRevision.id.desc()).get()
    assert origin(unpack(bytes(row.content)), "192.0.2.7") == Origin(64500, "DE", "Example")
    assert "secret" not in sentence and "secret" not in row.source, "everybody sees it"
    assert "are still the newest" in origins.refresh(NOON + 1, wanted, ONCE)
    assert source.asked == [None, f'"{zlib.crc32(source.content)}"']
    countries.write_text("192.0.2.0,192.0.2.255,AT\n2001:db8::,2001:db8::f,FR\n192.0.3.0,192.0.3.255,IT\n")
    assert "Loaded" in origins.refresh(NOON + 2, wanted, ONCE), "one has changed: all are read again"
    row = others(OriginRevision).order_by(OriginRevision.id.desc()).get()
    assert origin(unpack(bytes(row.content)), "192.0.2.7") == Origin(64500, "AT", "Example")


@pytest.mark.usefixtures("own_table")
def test_a_refresh_keeps_what_its_source_lacks(source: Source) -> None:
    source.content = b"192.0.2.0,192.0.2.255,AT\n198.51.100.0,198.51.100.9,FR\n2001:db8::,2001:db8::f,FR\n"

    sentence = origins.refresh(NOON, [source.url], ONCE)

    assert (
        "No ASNs and ISPs in it: rules for ISPs and the statistics by ISP keep those of the table before." in sentence
    )
    found = origins.state()
    assert found.asns.startswith("file combined.tsv, as of ") and found.countries.startswith(source.url)
    row = others(OriginRevision).order_by(OriginRevision.id.desc()).get()
    assert origin(unpack(bytes(row.content)), "192.0.2.1") == Origin(64500, "AT", "Example Net")
    assert row.source == f"{source.url}; file combined.tsv"


@pytest.mark.usefixtures("own_table")
def test_no_table_is_fetched_where_the_setting_says_none(source: Source) -> None:
    assert origins.refresh(NOON, ["none"], ONCE) == ""
    assert source.asked == []


def test_what_stands_in_the_address_of_a_source_is_shown_to_nobody() -> None:
    assert revisions._shown("https://12345:key@download.example/geo?license_key=k&suffix=zip") == (
        "https://download.example/geo"
    )
    assert revisions._shown("/var/lib/geo@home.mmdb") == "/var/lib/geo@home.mmdb"
