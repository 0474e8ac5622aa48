"""Amounts of evidence: what an organization sees by itself, and many together."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.verdicts.closed_loop.mail import DAY, Amount
from benchmarks.verdicts.closed_loop.running import Evidence

DAYS = 14
MEASURED_FROM = 5 * DAY


class Setting(NamedTuple):
    """How much mail there is, and what is seen of it."""

    name: str
    amount: Amount
    evidence: Evidence
    seeds: int = 1  # runs that are added up: where little happens, chance does much


TRAPS = Setting("traps alone", Amount(DAYS, 3000), Evidence(filtered=0.0), 2)
DENSE = Setting("one filter's log, dense", Amount(DAYS, 5000), Evidence(), 2)
THIN = Setting("one filter's log, thin", Amount(DAYS, 500), Evidence(), 12)
MANY = Setting("many organizations, a quarter with logs", Amount(DAYS, 5000), Evidence(filtered=0.25), 2)
WORSE_FILTER = Setting("a filter that finds 70 %", Amount(DAYS, 3000), Evidence(recall=0.7), 2)
FEW_BOTS = Setting("a fifth of the bots", Amount(DAYS, 3000, bots=0.2), Evidence(), 2)
BOTS = Setting("mostly bots", Amount(DAYS, 3000, bots=2.0), Evidence(filtered=0.25), 2)
SETTINGS = (TRAPS, DENSE, THIN, MANY, WORSE_FILTER, FEW_BOTS, BOTS)
