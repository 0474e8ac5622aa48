"""Administration > Audit Log: the own organization's entries, and the installation's for its operators."""

from __future__ import annotations

from reputation.store import audit
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, Browser, content

PAGE = "/administration/audit-log"


def test_it_tells_who_did_what_when_and_what_it_was_before(ada: Browser, cast: Cast) -> None:
    audit.record(cast.acme.id, ADA, "Level changed", NOON, before="2", after="3")

    text = content(ada.get(PAGE))

    assert f"{ADA} Level changed 2 3" in text
    assert "User vera@acme.example added" in text  # what others did, too


def test_the_newest_comes_first(ada: Browser, cast: Cast) -> None:
    audit.record(cast.acme.id, ADA, "First act", NOON + 10)
    audit.record(cast.acme.id, ADA, "Second act", NOON + 10)
    audit.record(cast.acme.id, ADA, "An older act", NOON + 5)

    text = content(ada.get(PAGE))

    assert text.index("Second act") < text.index("First act") < text.index("An older act")


def test_it_is_searched_and_filtered_by_person(ada: Browser, cast: Cast) -> None:
    audit.record(cast.acme.id, ADA, "Rule added", NOON, after="100% of 192.0.2.0/24")
    audit.record(cast.acme.id, "bea@acme.example", "Rule removed", NOON)

    by_text, by_person = content(ada.get(f"{PAGE}?search=192.0.2")), content(ada.get(f"{PAGE}?who=bea@acme.example"))

    assert "Rule added" in by_text and "Rule removed" not in by_text
    assert "Rule removed" in by_person and "Rule added" not in by_person
    assert "Rule added" in content(ada.get(f"{PAGE}?search=100%25"))
    assert "No entry matches this filter." in content(ada.get(f"{PAGE}?search=_____"))  # no wildcard


def test_a_long_log_comes_in_pages_and_keeps_its_filter(ada: Browser, cast: Cast) -> None:
    for turn in range(120):
        audit.record(cast.acme.id, ADA, f"Act number {turn}.", NOON + turn)

    page = ada.get(f"{PAGE}?search=Act+number&page=2")

    assert "120 entries, page 2 of 3" in content(page)
    assert "Act number 69." in content(page) and "Act number 70." not in content(page)
    assert "search=Act+number" in page.text and "page=3" in page.text


def test_the_file_has_the_entries_of_the_filter(ada: Browser, cast: Cast) -> None:
    audit.record(cast.acme.id, ADA, "=cmd()", NOON, before="a", after="b")

    lines = ada.get(f"{PAGE}/audit-log.csv?search=cmd").text.splitlines()

    assert lines[0] == "Time (UTC),Who,What,Before,After"
    assert lines[1:] == [f"2026-09-21T12:00:00Z,{ADA},'=cmd(),a,b"]


def test_nobody_reads_the_log_of_another_organization(boris: Browser, ada: Browser, cast: Cast) -> None:
    audit.record(cast.acme.id, ADA, "A secret act", NOON)

    for address in (PAGE, f"{PAGE}?search=secret", f"{PAGE}?who={ADA}", f"{PAGE}/audit-log.csv?search=secret"):
        assert "A secret act" not in boris.get(address).text


def test_the_installation_is_its_operators_to_read(ada: Browser, olga: Browser, cast: Cast) -> None:
    audit.record(None, "command line", "Feed added", NOON)

    assert "Feed added" not in content(olga.get(PAGE))
    assert "Feed added" in content(olga.get(f"{PAGE}?of=installation"))
    assert "Feed added" in olga.get(f"{PAGE}/audit-log.csv?of=installation").text
    assert "Feed added" not in content(ada.get(f"{PAGE}?of=installation"))
    assert "Feed added" not in ada.get(f"{PAGE}/audit-log.csv?of=installation").text
    assert "The installation" not in content(ada.get(PAGE))


def test_a_viewer_reads_it_too(vera: Browser, cast: Cast) -> None:
    audit.record(cast.acme.id, ADA, "Rule added", NOON)

    assert "Rule added" in content(vera.get(PAGE))


def test_what_is_written_there_is_text(ada: Browser, cast: Cast) -> None:
    audit.record(cast.acme.id, ADA, "<script>alert(1)</script>", NOON)

    assert "<script>alert" not in ada.get(PAGE).text
