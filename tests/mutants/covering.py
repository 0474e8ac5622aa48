"""Which tests are run against the mutants of a module. A module that no row names has the test in its own place.

The place of a module's tests comes first. Tests of more than a minute stay out: a mutant that only they notice is
looked at by a person.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

REPUTATION = "tests/reputation"
EVIDENCE = (f"{REPUTATION}/intake/test_spam_reports.py", f"{REPUTATION}/intake/test_purging.py")
ANSWERS = (
    "tests/dnsd/test_resolver.py",
    "tests/dnsd/test_behaviour.py",
    f"{REPUTATION}/test_publisher.py",
    f"{REPUTATION}/test_publisher_isps.py",
    f"{REPUTATION}/insight/test_lookup.py",
)
POLICY = (
    f"{REPUTATION}/customers/policy/test_importing.py",
    f"{REPUTATION}/customers/policy/test_rule_list.py",
)

# They run the module in a process of its own, in which no line of it is seen: they are always run.
IN_PROGRAMS = (f"{REPUTATION}/intake/test_own_addresses.py",)

# Beside the tests in the module's own place.
ALSO: dict[str, tuple[str, ...]] = {
    "reputation/verdict/decision.py": ANSWERS,
    "reputation/verdict/organization_steps.py": (f"{REPUTATION}/verdict/test_decision.py", *ANSWERS),
    "reputation/verdict/rules.py": (f"{REPUTATION}/verdict/test_decision.py", *ANSWERS),
    "reputation/intake/guards.py": (
        f"{REPUTATION}/intake/feeds/test_refreshing.py",
        f"{REPUTATION}/intake/feeds/test_revisions.py",
    ),
    "reputation/intake/canaries.py": (f"{REPUTATION}/intake/test_reach.py",),
    "reputation/intake/bounds.py": (f"{REPUTATION}/intake/test_guards.py", f"{REPUTATION}/intake/test_reach.py"),
    "reputation/intake/exemptions.py": (*IN_PROGRAMS, *EVIDENCE),
    "reputation/intake/own_addresses.py": EVIDENCE[:1],
    "reputation/intake/estimate.py": (
        f"{REPUTATION}/intake/test_agreement.py",
        f"{REPUTATION}/intake/test_network_listings.py",
    ),
    "reputation/intake/learned.py": (f"{REPUTATION}/intake/test_estimate.py",),
    "reputation/intake/step_sums.py": (f"{REPUTATION}/intake/test_network_listings.py", *EVIDENCE),
    "reputation/intake/questions.py": (f"{REPUTATION}/intake/test_network_listings.py",),
    "reputation/intake/forgiving.py": (f"{REPUTATION}/intake/test_network_listings.py", *EVIDENCE),
    "reputation/intake/sender_scores.py": EVIDENCE,
    "reputation/intake/report_listings.py": EVIDENCE,
    "reputation/intake/spam_reports.py": EVIDENCE,
    "reputation/customers/policy/sender_rules.py": (*POLICY, f"{REPUTATION}/intake/test_reach.py"),
    "reputation/customers/policy/importing.py": (f"{REPUTATION}/customers/policy/test_written_lines.py",),
    "reputation/customers/policy/action_words.py": (f"{REPUTATION}/customers/policy/test_written_lines.py",),
    "reputation/customers/sessions.py": ("tests/portal/test_sessions.py",),
    "reputation/customers/one_time_links.py": (f"{REPUTATION}/customers/test_user_admin.py",),
    "reputation/insight/query_reports.py": (f"{REPUTATION}/counting/test_connections.py",),
}


def covering(module: str, root: Path) -> list[str]:
    """The files of tests for a module, both as paths from the top of the tree; none where nobody has named one."""
    own = PurePosixPath("tests", module).with_name(f"test_{PurePosixPath(module).name}")
    found = dict.fromkeys((str(own), *ALSO.get(module, ())))
    return [name for name in found if (root / name).is_file()]
