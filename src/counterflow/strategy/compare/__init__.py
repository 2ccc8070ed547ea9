"""Mixes weighed against each other: what each would change, at what cost, for whom, and how sure that is."""
