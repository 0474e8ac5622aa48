"""Addresses and networks: how they are written, scored, nested and reserved. Knows no list and no table."""
