"""The loop: how much to explore, where to look after a random hit, and when the ground has moved."""
