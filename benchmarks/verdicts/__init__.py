"""The quality of the verdicts: seeded senders replayed through our scoring and published rules. `make verdicts`."""
