"""What is kept: the tables, their migrations, and the record of what has changed. It knows no use case."""
