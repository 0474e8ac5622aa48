"""What we list ourselves, as files for firewalls and other DNSBL servers. Knows snapshots, and no table and no page.

An export says of every address what DNS says of it at the same moment under no organization's policy: both read the
same layer. What feeds list is not ours to hand on.
"""
