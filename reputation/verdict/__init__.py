"""What we say of an address: the snapshot, the decision, and the counts of what was answered.

It imports addresses and the standard library alone, so that a DNS answer never waits for SQL, Flask or a page.
"""

from reputation import compiled

compiled.use_compiled(__path__, "reputation.verdict")
