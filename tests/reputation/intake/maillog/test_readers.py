"""The table of programs: the setting knows the same ones."""

from __future__ import annotations

from reputation import settings
from reputation.intake.maillog.readers import PROGRAMS


def test_the_setting_takes_the_programs_of_the_table() -> None:
    assert tuple(PROGRAMS) == settings.LOG_PROGRAMS
