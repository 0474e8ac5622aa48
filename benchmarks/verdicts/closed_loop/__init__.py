"""Verdicts in a closed loop: what is deferred shows its filter nothing, and who has a queue comes again."""
