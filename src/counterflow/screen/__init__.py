"""Screening: does this record name a controlled substance, a listed party, a vague or contradictory good?

Each check stands in its own module and comes in by the entry-point group ``counterflow.checks``, the door
that a third party uses too; `checks.py` finds and lists them. A check is a pure function from a batch of
values to findings with evidence (`counterflow.core.check`).
"""
