"""What a model's chances of selected records are made of, in words."""

from __future__ import annotations

import pyarrow as pa

from counterflow.target.choice.choose import Choice
from counterflow.target.features.lines import Lines
from counterflow.target.first_score.score import Scores
from counterflow.target.models.kept import Kept
from counterflow.target.told import PIECE

__all__ = ["model_words"]


def model_words(kept: Kept, lines: Lines, choice: Choice, scores: Scores) -> pa.Table:
    return PIECE.empty_table()
