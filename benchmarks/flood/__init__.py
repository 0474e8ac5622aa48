"""A flood of spam reports into the running program: what is reported, who sends it, and what the program counted.

evidence.py makes the reports, senders.py is a program of its own that brings them to the doors, counting.py reads what
the program made of them. benchmarks/reports.py asks DNS meanwhile, and writes the page.
"""
