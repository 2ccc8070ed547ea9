"""The first score: findings and shrunken past rates, before there are outcomes enough to learn from."""
