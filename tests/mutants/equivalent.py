"""Mutants that no test can notice, each with the reason: a person has looked at them, and need not do so again.

A row has the function, what stands there, and what the change makes of it, as the report prints them. A test fails
where a row is no longer a mutant of its module.
"""

from __future__ import annotations

PLACE = "nothing reads the place where nothing is listed"

EQUIVALENT: dict[str, dict[tuple[str, str, str], str]] = {
    "reputation/verdict/decision.py": {
        ("", "…D = Decision(0, FOREVER, 'no listing', '')", "…D = Decision(0, FOREVER, 'no listing', 'x')"): (
            "the name for it stands in tests alone, and the reason is not read there"
        ),
        ("judge", "…= APPROVED_RULE else code, until, step, 0)", "…= APPROVED_RULE else code, until, step, 1)"): PLACE,
        ("_category", "return (0, NO_END, NO_LISTING, 0)", "return (0, NO_END, NO_LISTING, 1)"): PLACE,
        ("_category", "return (0, NO_END, NO_LISTING, 0)", "return (0, NO_END, NO_LISTING, -1)"): PLACE,
        (
            "_test_address",
            "… value >> 8 == TEST_NETWORK and code < 32 and tests >> code & 1:",
            "… value >> 8 == TEST_NETWORK and code < 31 and tests >> code & 1:",
        ): "no code is above 12",
    },
    "reputation/verdict/organization_steps.py": {
        (
            "at4",
            "…ow += half if self.starts4[low + half - 1] <= value else 0",
            "…ow += half if self.starts4[low + half - 0] <= value else 0",
        ): "the search ends at the same step, whichever of the two in the middle it compares",
        ("at4", "if not cython.compiled:", "if cython.compiled:"): "both searches find the same step",
        ("at6", "return begin - 1 if begin > first else -1", "return begin - 1 if begin > first else -2"): (
            "any number below 0 is none"
        ),
    },
    "reputation/verdict/rules.py": {
        ("", "APPROVED = 1", "APPROVED = 2"): "any number will do that is no return code of a rule",
        (
            "",
            "…ef __init__(self, from4: Sequence[int]=(0, 0), starts4: Sequence[int]=(), values4…",
            "…ef __init__(self, from4: Sequence[int]=(1, 0), starts4: Sequence[int]=(), values4…",
        ): "from 1 to 0 is no rule either",
        (
            "",
            "…Sequence[int]=(), from6: Sequence[int]=(0, 0), starts6: Sequence[int]=(), values6…",
            "…Sequence[int]=(), from6: Sequence[int]=(1, 0), starts6: Sequence[int]=(), values6…",
        ): "from 1 to 0 is no rule either",
        (
            "__init__",
            "…('I', [*asns, 0]), array('B', [*values, 0]), _ends(ends, len(values)))",
            "…('I', [*asns, 0]), array('B', [*values, 1]), _ends(ends, len(values)))",
        ): "the place behind the last one is never read",
        ("country", "if at < 0:", "if at <= 0:"): "no organization's countries begin at 0",
    },
    "reputation/intake/guards.py": {
        (
            "_wider",
            "…_any_bits(high, 64 - prefix) if prefix <= 64 else (high > 0) | _any_bits(low, 128…",
            "…_any_bits(high, 64 - prefix) if prefix < 64 else (high > 0) | _any_bits(low, 128…",
        ): "at 64 both say whether the upper half is above 0",
        (
            "_wider",
            "…y_bits(high, 64 - prefix) if prefix <= 64 else (high > 0) | _any_bits(low, 128 - …",
            "…y_bits(high, 64 - prefix) if prefix <= 63 else (high > 0) | _any_bits(low, 128 - …",
        ): "at 64 both say whether the upper half is above 0",
    },
    "reputation/intake/exemptions.py": {
        (
            "why",
            "if organization_id is not None and self._of(organization_id).approves(addre…",
            "if self._of(organization_id).approves(addre…",
        ): "nobody has no rules",
        ("__init__", "…n reversed(rows) if row.kind != 'network'}", "…n reversed(rows) if row.kind != 'networkx'}"): (
            "no ISP or country is written as a network is"
        ),
        (
            "approves",
            "if action is None and self._others:",
            "if action is None:",
        ): "without rules for origins none is found",
    },
    "reputation/customers/policy/sender_rules.py": {
        ("remove_rule", "return found[0]", "return found[-1]"): "there is one such rule at most",
        ("_save", "… for name in Rule._fields if name != 'id'}", "… for name in Rule._fields if name != 'idx'}"): (
            "the rule keeps its number"
        ),
        ("_save", "with db.write():", "if True:"): "nothing more is asked of the transaction around it",
        (
            "_take_away",
            "…der rule {verb}: {gone[0].action} {gone[0].value}'",
            "…der rule {verb}: {gone[0].action} {gone[-1].value}'",
        ): "one is gone",
    },
    "reputation/intake/spam_reports.py": {
        (
            "_without_duplicates",
            "seen = {row[0] for row in SpamReport.select(SpamRepor…",
            "seen = {row[-1] for row in SpamReport.select(SpamRepor…",
        ): "a row has one column",
        (
            "_without_duplicates",
            "…in SpamReport.select(SpamReport.digest).where(SpamReport.digest << digests).tuples()}",
            "…in SpamReport.select(SpamReport.digest).tuples()}",
        ): "it reads more and finds the same",
    },
    "reputation/insight/query_reports.py": {
        (
            "",
            "CODES = tuple(sorted({decider.code for decider in DECIDERS})…",
            "CODES = tuple(list({decider.code for decider in DECIDERS})…",
        ): "CPython keeps a set of so few small numbers in order",
        ("_report", "place = 0", "place = -1"): "the first hour is not before the first point",
        (
            "_report",
            "…ounts in zip(begins, ends, sums, strict=True))",
            "…ounts in zip(begins, ends, sums, strict=False))",
        ): "all are of the same length",
        (
            "_part",
            "…for one, count in zip(query.deciders, by, strict=True) if one.database == database))",
            "…for one, count in zip(query.deciders, by) if one.database == database))",
        ): "both are of the same length",
        (
            "_part",
            "…count in zip(query.deciders, by, strict=True) if one.database == database))",
            "…count in zip(query.deciders, by, strict=False) if one.database == database))",
        ): "both are of the same length",
    },
}
