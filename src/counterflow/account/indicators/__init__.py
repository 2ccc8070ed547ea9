"""Indicators and targets: what was promised, from where, by when, in which reading, and what came of it.

An output (seizures, arrests) is never shown alone: it stands beside an outcome, a counter-indicator and a rate, or it
is refused. A number without source, unit, definition and as-of day is a problem that is listed, with its line.
"""
