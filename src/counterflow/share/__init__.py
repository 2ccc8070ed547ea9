"""Share answers: what may a partner receive, in the form that their system reads?

`ftm.py` writes list entries, parties with what was found on them, and resolved entities as FollowTheMoney JSON lines.
"""

from counterflow.share.ftm import to_ftm

__all__ = ["to_ftm"]
