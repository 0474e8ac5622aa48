"""Evidence that an installation has of its own."""

from __future__ import annotations

from reputation.intake import spam_reports
from tests.conftest import NOON


def reported(*addresses: str, at: int = NOON, organization: int | None = None) -> None:
    """Mail of these addresses has come to a trap, or an organization has reported it."""
    for address in addresses:
        spam_reports.accept(address, "trap", at, organization_id=organization)
