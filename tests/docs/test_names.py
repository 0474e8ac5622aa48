"""Every file, module, function and setting that the documentation names is there, and every link leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs import names

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@by_name
def test_every_name_on_a_page_is_in_the_project(page: Path) -> None:
    unknown = names.unknown(page.read_text())

    assert not unknown, f"no such file, module, function or setting is ours: {', '.join(unknown)}"


@by_name
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert names.broken_links(page.read_text(), page) == []


@pytest.mark.parametrize(
    "name",
    (
        "reputation/intake/guardians.py",
        "reputation/nowhere/",
        "guardians.py",
        "Publisher.catch_down",
        "publisher.catch_up",  # a method of Publisher, and no function of the module
        "reputation.nowhere",
        "decide_all(snapshot)",
        "@takes_nothing",
        "trap_relays",
        "FeedRevisions",
        "--trap-relays",
        "GATEPOST_TRAP_RELAYS",
        "python -m docs.nowhere",
        "gatepost feed inspect drop",
        "gatepost inspect",
    ),
)
def test_a_name_that_is_not_there_is_found(name: str) -> None:
    assert names.unknown(f"It is in `{name}` today.") == [name]


@pytest.mark.parametrize(
    "name",
    (
        "reputation/intake/guards.py",
        "reputation/intake/",
        "guards.py",
        "Publisher.catch_up",
        "reputation.intake.guards",
        "decide(snapshot, database)",
        "@takes_form",
        "trap_relay",
        "FeedRevision",
        "--trap-relay",
        "GATEPOST_TRAP_RELAY",
        "python -m docs.tables",
        "gatepost feed add drop",
        "gatepost check 192.0.2.1",
        "rep.example.org",
        "192.0.2.0/24",
        "/lookup",
        "listed",
    ),
)
def test_a_name_that_is_there_or_is_not_ours_is_no_fault(name: str) -> None:
    assert names.unknown(f"It is in `{name}` today.") == []


def test_a_file_is_found_outside_backticks_and_in_a_command() -> None:
    text = "See portal/nowhere.py.\n\n```sh\npytest tests/portal/test_nowhere.py\npython -m docs.nowhere\n```\n"

    assert names.unknown(text) == ["portal/nowhere.py", "python -m docs.nowhere", "tests/portal/test_nowhere.py"]


def test_what_code_on_a_page_imports_is_looked_up() -> None:
    text = "```python\nfrom portal.auth import nobody, own\nfrom reputation import settings\n```\n"

    assert names.unknown(text) == ["portal.auth.nobody"]


def test_what_a_recipe_makes_is_there() -> None:
    assert names.unknown("New file `portal/quota_page.py`: a page. The row is named `quota_page`.") == []


def test_a_link_to_a_heading_that_is_not_there_is_found() -> None:
    page = ROOT / "README.md"

    assert names.broken_links("[a](docs/dns.md) [b](docs/nowhere.md) [c](README.md#more) [d](#no-such)", page) == [
        "docs/nowhere.md",
        "#no-such",
    ]
