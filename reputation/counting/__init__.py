"""What is counted by the hour: connections, spam volumes, bots. Reads the counters and writes the tables."""
