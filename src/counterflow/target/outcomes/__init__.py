"""Outcomes: what inspection showed, taken with their own time, and who was told."""
