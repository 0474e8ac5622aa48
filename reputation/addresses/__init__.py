"""Addresses and networks as numbers, networks inside one another, and the networks from which no mail comes.

The ground floor: every room may ask it. It knows no list, no organization and no table, and imports the standard
library alone.
"""
