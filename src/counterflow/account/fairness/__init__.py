"""At whose burden, and is the bar the same for all: rates by group with their doubt, tests of the bar, alarms, swaps.

* `places` counts who was inspected for nothing, for the board; `events` reads a file of events, `groups` counts by
  group, `rates` and `adjust` give rates and ratios with exact intervals, adjusted for the risk declared beforehand.
* `small` hides small cells and what would give them away.
* `bar_model` and `bar` are the threshold test: how likely a find must look before a group is opened.
* `over_time` watches ratios month by month, `swap` compares scores before and after names change places.
* `standard`, `health` and `durations` do the same for harm and care: rates, gaps and how long treatment lasts.
"""
