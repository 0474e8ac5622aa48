"""Door one: mail transfer agents ask here by DNS. Knows reputation.verdict, and nothing else of the house."""

from reputation import compiled

compiled.use_compiled(__path__, "dnsd")
