"""Policy > Settings: approved and blocked senders.

`list_page` has the list and the form for one more, `rule_page` the page of one rule, and `many_rules` takes them in by
the thousand and hands them out.
"""

from __future__ import annotations

from portal.policy import list_page, many_rules, rule_page
from portal.policy.screen import blueprint

__all__ = ["blueprint", "list_page", "many_rules", "rule_page"]
