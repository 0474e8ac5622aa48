"""The documentation tells of everything that is there: commands, return codes, jobs, rooms, vendored files."""

from __future__ import annotations

import contextlib
import re
from importlib import metadata
from pathlib import Path

import click
import pytest

import app
from docs import tables
from docs.screens import take
from portal.menu import MENU
from reputation.jobs import JOBS
from reputation.verdict import zones
from reputation.verdict.decision import DYNAMIC_STEPS, STANDARD_STEPS
from tests.conftest import ROOT


def page(name: str) -> str:
    return (ROOT / name).read_text()


def commands() -> list[str]:
    found = []
    for name, command in app.main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {}
        found += [f"{name} {each}" for each in inner] or [name]
    return found


@pytest.mark.parametrize("command", commands())
def test_the_readme_names_every_command(command: str) -> None:
    assert f"`{command}" in page("README.md")


@pytest.mark.parametrize("made", tables.pages(), ids=lambda made: made.name)
def test_a_table_that_is_made_from_the_program_is_up_to_date(made: Path) -> None:
    text = made.read_text()

    assert tables.written(text) == text, "run `.venv/bin/python -m docs.tables`"


@pytest.mark.parametrize("name", tables.TABLES)
def test_every_table_that_is_made_has_its_place(name: str) -> None:
    assert any(f"<!-- table: {name} -->" in made.read_text() for made in tables.pages())


def test_every_return_code_is_explained() -> None:
    text = page("docs/return-codes.md")

    for code in zones.TEST_CODES[zones.STANDARD]:
        assert f"| 127.0.0.{code} in `r.`" in text
    for code in zones.TEST_CODES[zones.DYNAMIC]:
        assert f"| 127.0.0.{code} in `q.`" in text


@pytest.mark.parametrize("step", sorted({*STANDARD_STEPS, *DYNAMIC_STEPS}))
def test_every_step_of_the_decision_is_named(step: str) -> None:
    said = {"ISP rule": "ISP", "country rule": "country", "no listing": "not listed", "test address": "test addresses"}
    assert said.get(step, step) in page("docs/return-codes.md")


@pytest.mark.parametrize("job", [job.name for job in JOBS])
def test_every_job_is_told_of(job: str) -> None:
    assert f"`{job}`" in page("docs/flow.md")


def test_every_room_is_in_the_map() -> None:
    text = page("docs/flow.md")

    rooms = [place.name for place in (ROOT / "reputation").iterdir() if not place.name.startswith("__")]
    assert not [room for room in rooms if room not in text]


def test_every_vendored_folder_has_its_licence_and_its_line() -> None:
    vendors = (ROOT / "static" / "vendor", ROOT / "tests" / "browser" / "vendor")
    folders = [place for vendor in vendors for place in vendor.iterdir() if place.is_dir()]

    assert folders
    for folder in folders:
        assert list(folder.glob("LICEN[CS]E*")), f"{folder.name} needs its licence"
        assert f"| `{folder.name}` |" in page("THIRD_PARTY.md")


def libraries() -> dict[str, str]:
    """The licence of each library that THIRD_PARTY.md names, by the library's name as a lock writes it."""
    table = page("THIRD_PARTY.md").partition("| library | licence |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {
        re.sub(r"[-_.]+", "-", name.strip()).lower(): licence
        for names, licence in rows
        for name in re.sub(r"\(.*\)", "", names).split(",")
    }


def test_every_library_of_the_lock_is_named_with_its_licence_and_no_other_one() -> None:
    locked = set(re.findall(r"^([\w.-]+)==", page("requirements.lock"), re.MULTILINE))

    assert {"flask", "setuptools"} <= locked
    assert set(libraries()) == locked - {"setuptools"}, "which compiles, and is not contained"


def test_a_library_s_licence_is_the_one_that_it_names_itself() -> None:
    said = {}
    for name in libraries():
        with contextlib.suppress(metadata.PackageNotFoundError):  # of another Python
            said[name] = metadata.metadata(name).get("License-Expression")

    assert said["urllib3"] == "MIT"
    wrong = {name: text for name, text in said.items() if text and text != libraries()[name]}
    assert not wrong


def test_the_version_is_the_same_everywhere() -> None:
    from reputation.version import VERSION

    assert f'version = "{VERSION}"' in page("pyproject.toml")
    assert f"## {VERSION}" in page("CHANGELOG.md")


def test_every_picture_of_a_screen_is_small_and_on_the_page() -> None:
    pictures = sorted((ROOT / "docs" / "screens").glob("*.webp"))

    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > take.LARGEST] == []
    assert page("docs/screens.md") == take.page()
    assert {f"{shot.name}.webp" for shots in take.SHOTS.values() for shot in shots} == {one.name for one in pictures}


def test_every_screen_of_the_menu_has_a_picture() -> None:
    assert take.missing() == []
    titles = {shot.title for shots in take.SHOTS.values() for shot in shots}
    lines = [line for entry in MENU for line in entry.entries or (entry,)]
    assert [line.text for line in lines if line.text not in titles] == []
