"""Account answers: did it work, for whom, at whose burden, and can anyone verify that?

* `interdiction` says what was found of all there was to find, from the random arm, and what was missed.
* `burden` counts who was inspected for nothing; `plans` says what was chosen; `board` puts it all together.
* `actions` seals what we set out to do, and `verify` takes a first look at the ledger.
"""
