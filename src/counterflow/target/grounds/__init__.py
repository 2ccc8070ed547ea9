"""Grounds that make a record mandatory: lookouts and codes that a site names."""
