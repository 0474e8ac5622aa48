"""How good the verdicts are: seeded senders replayed through our scoring and published rules. `make verdicts`."""
