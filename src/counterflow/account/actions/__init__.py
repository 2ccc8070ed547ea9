"""Actions: what we set out to do and expect of it, sealed before it starts, told to health, closed, and scored.

`plan` reads an action, `sealing` puts it in the ledger, `alerts` says what may leave, `closing` what was done,
`scoring` what came of each forecast, and `record` how often such forecasts were right and which classes do harm.
"""
