"""Policy > Settings: approved and blocked senders. `listing` has the list and the form for one more, `one_rule` the
page of one rule, `many` takes them in by the thousand and hands them out."""

from __future__ import annotations

from portal.policy import list_page, many_rules, rule_page
from portal.policy.screen import blueprint

__all__ = ["blueprint", "list_page", "many_rules", "rule_page"]
