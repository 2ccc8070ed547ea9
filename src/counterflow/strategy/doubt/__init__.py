"""How far a result may be trusted: what it rests on, what else could be true, and what would be worth knowing.

| question | module |
|---|---|
| how much of this lever's doubt comes from what no data inform? | `shares`, `labels` |
| which parameters drive it? | `drivers`, `tornado`, `sobol` |
| what if the world is built otherwise? | `structures`, `weights`, `refit` |
| what would have to be true for this policy to beat that one? | `prim`, `discovery` |
| which study would pay? | `worth`, `studies` |

The mathematics works on any function of a table of draws; `questions` ties it to the model and to policies.
"""
