"""Policies: whom an organization always accepts or always refuses, and which listings count for it.

`values` reads what a rule says, `sender_rules` keeps the rules, `rule_list` finds a page of them, `importing` reads
many at once, `overlaps` tells how a rule stands to others in memory and `stored_overlaps` to those in the store,
`settings` are the Reputation Settings. How a rule is looked up is the verdict's.
"""

from __future__ import annotations

from reputation.customers.policy.sender_rules import (
    MOST,
    Added,
    NewRule,
    Rule,
    add_rule,
    add_rules,
    change_rule,
    counts,
    end_rules,
    ended_lately,
    forget_former,
    remove_batch,
    remove_rule,
    remove_rules,
    restore,
    rule,
    rules,
    standing_values,
)
from reputation.customers.policy.values import ACTIONS, LONGEST_NOTE, parse_value

__all__ = [
    "ACTIONS",
    "LONGEST_NOTE",
    "MOST",
    "Added",
    "NewRule",
    "Rule",
    "add_rule",
    "add_rules",
    "change_rule",
    "counts",
    "end_rules",
    "ended_lately",
    "forget_former",
    "parse_value",
    "remove_batch",
    "remove_rule",
    "remove_rules",
    "restore",
    "rule",
    "rules",
    "standing_values",
]
