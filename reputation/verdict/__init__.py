"""What we say of an address. Standard library only, so that a DNS answer never waits for SQL, Flask or a page."""

from reputation import compiled

compiled.use_compiled(__path__, "reputation.verdict")
