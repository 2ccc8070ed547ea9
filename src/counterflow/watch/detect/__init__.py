"""The default alarm: what to expect of a series from its past, and how strange is worth somebody's time."""
