"""Account answers: did it work, for whom, at whose burden, and can anyone verify that?

`intervals` holds the exact intervals, `sensitivity` how well inspection detects, `interdiction` the rates and
what was missed, `frame` reads the draws and outcomes they rest on, `actions` seals what we set out to do,
`board` puts it together.
"""
