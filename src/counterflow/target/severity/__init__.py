"""Severity: what a find is worth in harm avoided, from dated counts, set by two people, with its consequences shown."""
