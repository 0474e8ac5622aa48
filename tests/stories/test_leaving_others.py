"""Who comes from elsewhere brings lists and tables of origins: shown first on the command line, and then in force."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.reputation.customers.imports import samples
from tests.reputation.intake.origins import mmdb_writer, test_forms
from tests.stories.program import PATIENCE, Program, clean_environment

ACME = ("--organization", "Acme")


def test_a_list_is_shown_and_taken_only_when_somebody_agrees(source: Program, tmp_path: Path) -> None:
    file = tmp_path / "access"
    file.write_text(samples.POSTFIX)
    label = source.command("organization", "add", "Acme", "--json").json["label"]

    shown = source.command("import", str(file), *ACME)

    assert shown.code == 1 and "Add --yes" in shown.err
    assert "blocked sender 198.51.100.1" in shown.out and "2 approved senders, 2 blocked senders." in shown.out
    assert source.command("rule", "list", *ACME, "--json").json == []
    done = source.command("import", str(file), *ACME, "--yes")
    assert done.code == 0 and "Imported: 2 approved senders, 2 blocked senders." in done.out
    source.start()
    assert source.ask("1.100.51.198", label).octet == 10
    assert source.ask("8.2.0.192", label).rcode == 3


def test_a_person_at_a_terminal_is_asked(source: Program, tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text(samples.PLAIN)
    source.command("organization", "add", "Acme")
    words = [*source.words, "import", str(file), *ACME, "--as", "approved", "--data", str(source.data)]
    for answer, expected in ((b"n\n", 0), (b"y\n", 3)):
        terminal, theirs = os.openpty()
        os.write(terminal, answer)

        done = subprocess.run(words, stdin=theirs, capture_output=True, timeout=PATIENCE, env=clean_environment())

        os.close(terminal)
        os.close(theirs)
        assert b"Import this? [y/N]" in done.stdout
        assert len(source.command("rule", "list", *ACME, "--json").json) == expected


def test_a_list_that_says_nothing_asks_for_the_choice_and_a_program_reads_the_lines(
    source: Program, tmp_path: Path
) -> None:
    file = tmp_path / "list"
    file.write_text(samples.PLAIN)
    source.command("organization", "add", "Acme")

    asked = source.command("import", str(file), *ACME, "--yes")
    read = source.command("import", str(file), *ACME, "--as", "blocked", "--json").json

    assert asked.code == 1 and "choose approved, blocked, servers or listings" in asked.err
    assert (read["form"], read["imported"], read["new"], read["wrong"]) == ("plain", False, 3, 2)
    assert read["lines"][-1]["said"]
    assert source.command("rule", "list", *ACME, "--json").json == []


def test_a_zone_becomes_a_feed_that_reads_its_file(source: Program, tmp_path: Path) -> None:
    file = tmp_path / "our.zone"
    file.write_text(samples.ZONE)

    done = source.command("import", str(file), "--as", "feed", "--name", "ours", "--yes")

    assert "Added the feed ours" in done.out
    assert source.command("feed", "refresh", "ours", "--json").json[0]["status"] == "new"


def test_countries_and_isps_come_from_two_files_and_what_is_lacking_is_said(source: Program, tmp_path: Path) -> None:
    asns, countries = tmp_path / "a.mmdb", tmp_path / "c.csv"
    asns.write_bytes(mmdb_writer.mmdb(test_forms.ASN_RECORDS, "GeoLite2-ASN"))
    countries.write_text(test_forms.DBIP_COUNTRIES)

    both = source.command("origins", "import", str(asns), str(countries), "--json").json
    alone = source.command("origins", "import", str(countries), "--alone")

    assert (both["rows"], both["lacks"], both["left_out"]) == (4, [], 0)
    assert "No ASNs and ISPs in it: rules for ISPs reach no such address" in alone.out
    shown = source.command("origins", "show", "--json").json
    assert shown["asns"] == "" and shown["countries"].startswith("file c.csv, as of ")
    refused = source.command("origins", "import", __file__)
    assert refused.code == 1 and "cannot be told. Tables of origins are read as MaxMind DB" in refused.err
