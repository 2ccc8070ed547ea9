"""Account answers: did it work, for whom, at whose burden, and can anyone verify that?

* `frame` reads the draws and outcomes that the estimates rest on; `interdiction` makes the rates and what was missed.
* `prevalence`, `sensitivity` and `intervals` hold the arithmetic: what is there, how well it is detected, how sure.
* `burden` counts who was inspected for nothing; `plans` says what was chosen; `board` puts it all together.
* `actions` seals what we set out to do, and `verify` takes a first look at the ledger.
"""
