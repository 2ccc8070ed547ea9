"""Campaigns ("operations"): what goes in and what is expected, sealed before the start and compared afterwards."""
