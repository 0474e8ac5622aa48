"""docs/evidence.md: its settings are read, and whoever follows it about permissions can read the log.

The recipes for mail servers and rsyslog run in tests/mta.
"""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reputation import settings
from reputation.intake.maillog.journal import COMMAND
from reputation.intake.maillog.readers import PROGRAMS
from tests import debian
from tests.docs.recipe_blocks import BLOCK, PAGE
from tests.reputation.intake.maillog.log_lines import spam

TEXT = PAGE.read_text()
SETTINGS = {first: rest for first, rest in BLOCK.findall(TEXT) if first.startswith("# data/gatepost.toml")}
USER = "nobody"


@pytest.mark.parametrize("place", SETTINGS)
def test_every_settings_of_the_page_are_read(place: str, tmp_path: Path) -> None:
    (tmp_path / settings.FILE_NAME).write_text(SETTINGS[place])

    chosen = settings.read({"data": str(tmp_path)}, {})

    assert {one.name for one in settings.in_force(chosen) if one.value != one.default} > {"data"}


def test_what_the_page_says_of_the_journal_is_what_is_run() -> None:
    matches = " ".join(PROGRAMS["postfix"].journal)

    assert f"journalctl --output=json --since=-1h {matches}" in TEXT and "--output=json" in COMMAND


@pytest.fixture
def log() -> Iterator[Path]:
    """A log as Debian's rsyslog makes one, in a folder that everybody may enter."""
    debian.need_root("makes a log of another group")
    with tempfile.TemporaryDirectory(prefix="gatepost-log-") as folder:
        path = Path(folder, "mail.log")
        path.write_text(spam(1))
        os.chown(path, 0, grp.getgrnam("adm").gr_gid)
        path.chmod(0o640)
        Path(folder).chmod(0o755)
        yield path


def read_as_gatepost(log: Path, *groups: str) -> subprocess.CompletedProcess[str]:
    """Read the log as an ordinary user with these further groups; Python itself may lie where none comes."""
    user, further = pwd.getpwnam(USER), [grp.getgrnam(name).gr_gid for name in groups]
    return subprocess.run(
        ("cat", log), user=user.pw_uid, group=user.pw_gid, extra_groups=further, capture_output=True, text=True
    )


def test_the_group_that_the_page_names_may_read_the_log(log: Path) -> None:
    named = TEXT.partition("SupplementaryGroups=")[2].partition("\n")[0].split()
    assert named[0] == "adm"

    assert "Permission denied" in read_as_gatepost(log).stderr
    assert "203.0.113.1" in read_as_gatepost(log, "adm").stdout


def test_the_access_control_list_of_the_page_holds_for_the_files_that_come_later(log: Path) -> None:
    root = debian.need("acl")
    log.parent.chmod(0o750)
    setting = [line for line in TEXT.splitlines() if line.startswith("setfacl ")]
    assert len(setting) == 2
    for line in setting:
        there = line.replace("/var/log/rspamd/rspamd.log", str(log)).replace("/var/log/rspamd", str(log.parent))
        _, *words = there.replace("u:gatepost:", f"u:{USER}:").split()
        environment = os.environ | {"LD_LIBRARY_PATH": debian.libraries(root)}
        done = subprocess.run((root / "bin/setfacl", *words), env=environment, capture_output=True, text=True)
        if "not supported" in done.stderr:
            debian.do_without("the folder of temporary files knows no access control lists")
        assert done.returncode == 0, done.stderr

    assert "203.0.113.1" in read_as_gatepost(log).stdout
    log.rename(log.with_suffix(".1"))
    log.touch(mode=0o640)
    log.chmod(0o640)
    log.write_text(spam(2))
    assert "203.0.113.2" in read_as_gatepost(log).stdout
