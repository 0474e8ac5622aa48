"""Our own listings as files for firewalls and other DNSBL servers. It knows snapshots, and no table and no page.

An export says about each address what DNS says at the same moment without an organization's policy: both read the same
layer. What feeds list is not ours to pass on.
"""
