"""Target: which records are worth the inspection minutes we have today, and what do we miss?

The order is the one officers know: mandatory rules and lookouts, then a random arm drawn from everything
eligible, then whatever fills the remaining minutes with the most expected harm found. Draw, seed and
probabilities are in the ledger before any outcome can be.
"""
