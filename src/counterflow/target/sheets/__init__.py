"""Sheets: what an officer reads, in rank order, with reasons in words."""
