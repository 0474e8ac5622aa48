"""What the tests of the reports share: counts by hand, a reader's time zone, and the lines of a table."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from zoneinfo import ZoneInfo

from werkzeug.test import TestResponse

from reputation.store.models import Organization, QueryHour, User
from reputation.verdict.zones import STANDARD

VIENNA, KOLKATA = ZoneInfo("Europe/Vienna"), ZoneInfo("Asia/Kolkata")


def counted(organization: int, hour: int, queries: int, code: int = 0, database: int = STANDARD) -> None:
    QueryHour.create(organization=organization, hour=hour, database=database, code=code, queries=queries)


def at(zone: ZoneInfo, *when: int, fold: int = 0) -> int:
    return int(datetime(*when, tzinfo=zone, fold=fold).timestamp())  # type: ignore[arg-type, misc]


def began(organization: int, timestamp: int) -> None:
    Organization.update(created_at=timestamp).where(Organization.id == organization).execute()


def lives_in(email: str, zone: ZoneInfo) -> None:
    User.update(time_zone=str(zone)).where(User.email == email).execute()


def lines(page: TestResponse, table: str = "figures") -> list[list[str]]:
    """The cells of each line of a table's body, as texts."""
    found = re.search(rf'<table id="{table}".*?<tbody>(.*?)</tbody>', page.text, re.DOTALL)
    assert found, f"no table {table}"
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)
        ]
        for line in re.findall(r"<tr>(.*?)</tr>", found[1], re.DOTALL)
    ]
