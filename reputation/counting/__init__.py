"""What was counted: connections by the hour, the query log, spam volume and bots, and the rule of what a connection is.

It knows tables, and no door.
"""
