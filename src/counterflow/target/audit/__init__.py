"""Does the score stand in for what a person is, and who pays for being wrongly chosen? A report and an alarm.

* `proxy` tries to guess a group from the features and from the score alone, and says how well that goes.
* `burden` compares how often clean records of a group were opened with how often those of all others were.
"""
