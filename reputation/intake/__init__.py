"""What comes in: lists that others publish, and what is reported to us. Knows no HTTP door and no DNS packet."""
