"""The exchange with other installations: sums of what each has seen, never messages.

What is given is made into signed, numbered files, which the portal serves and any web server can hand on; what others
give is fetched, verified before it is read, and kept within bounds. How much of it counts is decided by
reputation/intake/peer_trust.py.
"""
