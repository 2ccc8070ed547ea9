"""The words of the house: record types, table schemas, findings, estimates, ids, units, seeds, clock, errors, settings.

Nothing here opens a file of the user's, knows a store or draws a chart. Everything above speaks these words.
"""
