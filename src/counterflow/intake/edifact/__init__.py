"""EDIFACT (ISO 9735): segments by pydifact, the envelope by our own checks, a message as rows that a mapping can name.

pydifact (0.2.3) takes an interchange whose counters are wrong and refuses one with functional groups; so the envelope
is read here, and pydifact splits each segment into its elements.
"""
