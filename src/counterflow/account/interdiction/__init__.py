"""Of all there was to find, how much was found: rates from the random arm, how well we detect, what was missed.

* `frame` reads the draws and outcomes that the estimates rest on; `rates` makes the rates and what was missed.
* `prevalence`, `sensitivity` and `intervals` hold the arithmetic: what is there, how well it is detected, how sure.
* `stratified` and its parts give the exact interval of a stratified sample.
"""
