"""The second at which the tests' clock stands until a test moves it. It is a module of its own because all need it."""

NOON = 1_790_000_000 - 1_790_000_000 % 86400 + 43200  # a day's noon, UTC
