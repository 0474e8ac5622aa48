"""How much is measured: all of it for docs/performance.md, or a quick run that shows that everything works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Counts and seconds of one run. `sizes` are numbers of entries; times are of one measurement in one round."""

    name: str
    entries: int
    sizes: tuple[int, ...]
    entries6: int
    questions: int
    lookups: int  # of a mix: addresses about which a resolver asks
    sample: int  # questions with which a slow server is compared, where the fast ones get all
    rounds: int
    scenario_rounds: int
    flood: float
    mix: float  # of one mix
    rest: float  # in which a server writes down what it counted
    steady: float
    rate: int  # questions a second of a steady run
    starts: int  # of which the middle one tells how long loading takes
    bursts: int
    burst: int  # questions in flight
    rules: int  # address rules of the main installation: a full policy
    rule_counts: tuple[int, ...]
    organizations: int
    edits: int
    imports: tuple[tuple[int, float], ...]  # entries, and seconds; the job that finds a feed comes every 20 seconds


FULL = Plan(
    name="full", entries=1_000_000, sizes=(10_000, 100_000, 1_000_000, 10_000_000), entries6=20_000, questions=200_000,
    lookups=40_000, sample=20_000, rounds=5, scenario_rounds=3, flood=2.0, mix=1.0, rest=6.0, steady=3.0, rate=20_000,
    starts=3, bursts=20, burst=512, rules=2_000, rule_counts=(1, 100, 10_000), organizations=1_000, edits=1_000,
    imports=((1_000_000, 32.0), (10_000_000, 90.0)),
)  # fmt: skip
QUICK = Plan(
    name="quick", entries=20_000, sizes=(10_000, 50_000), entries6=2_000, questions=20_000,
    lookups=4_000, sample=2_000, rounds=2, scenario_rounds=1, flood=0.4, mix=0.2, rest=0.5, steady=0.5, rate=5_000,
    starts=2, bursts=3, burst=512, rules=100, rule_counts=(1, 100), organizations=20, edits=20,
    imports=((20_000, 26.0),),
)  # fmt: skip
PLANS = {plan.name: plan for plan in (FULL, QUICK)}


def chosen(environment: Mapping[str, str]) -> Plan:
    """Return the plan that the variable BENCH names; `full` where it is not set."""
    name = environment.get("BENCH") or FULL.name
    if name not in PLANS:
        raise ValueError(f"BENCH={name}: write {' or '.join(PLANS)}")
    return PLANS[name]
