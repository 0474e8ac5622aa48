"""What Gatepost's speed is, measured beside its peers: `make bench`. docs/performance.md is what it writes."""
