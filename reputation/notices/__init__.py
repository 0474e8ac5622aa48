"""What the installation tells people of itself: letters, and what they are about. Knows tables, and no screen."""
