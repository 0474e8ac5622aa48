"""Addresses and networks as numbers, networks inside one another, and the networks from which no mail comes.

It is the ground floor: every room may use it. It knows no list, no organization and no table, and imports only the
standard library.
"""
