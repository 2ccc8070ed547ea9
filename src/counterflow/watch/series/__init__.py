"""Counts by place and period as they were known: read, kept with every vintage, given out without small cells."""
