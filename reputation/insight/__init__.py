"""What it adds up to: hours of queries, spam volume, the state of what is loaded. Knows tables, and neither door."""
