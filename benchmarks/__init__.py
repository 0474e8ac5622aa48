"""The speed of Gatepost, measured beside its peers: `make bench`, which writes docs/performance.md."""
