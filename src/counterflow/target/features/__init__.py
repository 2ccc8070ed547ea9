"""Features: what may be known of a goods line when it is scored, and nothing else.

One definition serves training and scoring. Everything about outcomes is past-only: a line sees only outcomes that were
known before its own day.
"""
