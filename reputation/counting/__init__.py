"""What was counted, and what it comes to: the rule for connections. Knows tables, and neither door."""
