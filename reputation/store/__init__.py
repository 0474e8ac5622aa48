"""What we keep: the tables, their migrations, and the note of what has changed. Knows no use case."""
