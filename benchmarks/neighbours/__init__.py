"""What else the machine does while DNS is asked: people in the portal, edits of policies, busy threads.

Each is a program of its own (`python -m benchmarks.neighbours.NAME`) that ends by itself; company.py starts and
ends it.
"""
