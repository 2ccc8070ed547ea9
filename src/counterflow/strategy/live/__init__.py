"""What the other rooms measured, as priors of supply: a parameter before, the evidence, the parameter after.

The rooms' tables are read in `flow.strategy_live`; here is only the arithmetic, so that anybody's evidence can be used.
"""
