"""Oversight of the house itself: patterns in officers' decisions, what never reached the system, acts of two, delay.

A pattern is never proof. Nothing here proposes a measure against a person: it says where an inspector asks first, and
what innocent explanations there are.
"""
