"""Report: Percentage Queries, Queries per Hour, Queries per Day, and the Botnet Report; each is a screen of its own."""
