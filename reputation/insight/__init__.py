"""What the tables add up to: reports, rankings, botnets, the query log, news, and what is known of an address.

It knows tables and snapshots, and no door.
"""
