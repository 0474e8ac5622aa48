"""Policies: which senders an organization always accepts or always refuses, and which listings count for it.

`values` reads the value of a rule, `sender_rules` stores the rules, `rule_list` finds a page of them, `importing` reads
many at once, `overlaps` compares a rule with others in memory and `stored_overlaps` with those in the store, `settings`
are the Reputation Settings. The verdict looks rules up.
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
    count_ended,
    counts,
    end_rules,
    existing_rules,
    prune_removed_rules,
    recently_ended,
    remove_batch,
    remove_rule,
    remove_rules,
    restore,
    rule,
    rules,
)
from reputation.customers.policy.values import ACTIONS, LONGEST_NOTE, parse_value, read_value

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
    "count_ended",
    "counts",
    "end_rules",
    "existing_rules",
    "parse_value",
    "prune_removed_rules",
    "read_value",
    "recently_ended",
    "remove_batch",
    "remove_rule",
    "remove_rules",
    "restore",
    "rule",
    "rules",
]
