"""The data folder is made for one user, or one sentence says why it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from reputation.data_folder import prepare
from reputation.settings import SettingsError


def test_a_folder_is_made_for_its_user_alone_and_left_empty(tmp_path: Path) -> None:
    prepare(tmp_path / "new" / "data")

    assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700
    assert not list((tmp_path / "new" / "data").iterdir())


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    with pytest.raises(SettingsError, match=r"data cannot be written \(it is a file\): give another with --data"):
        prepare(tmp_path / "data")


def test_a_folder_that_cannot_be_made_is_named_with_the_reason() -> None:
    with pytest.raises(SettingsError, match="/proc/nothing cannot be written"):
        prepare(Path("/proc/nothing"))
