"""How likely a target is to be reached by its deadline, judged against what came of earlier ones."""

from counterflow.account.reach.probability import PathPoint, Reach, probability
from counterflow.account.reach.series import Break, Point, Series, Target

__all__ = ["Break", "PathPoint", "Point", "Reach", "Series", "Target", "probability"]
