"""Networks of addresses: found by what holds them and what they hold, and the ones from which no mail comes.

The ground floor: every room may ask it. It knows no list, no organization and no table, and imports the standard
library alone.
"""
