"""What the installation tells people: alerts, the channels that carry them, letters, and the weekly digest.

It knows tables, and no screen.
"""
