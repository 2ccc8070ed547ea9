"""Structural alternatives: other ways the world may be built, each with a declared weight and what speaks for it.

They come as questions that are answered independently (`reference/strategy/structures.csv`): which loops act, why
recent years went as they did, whether seizures bring overdoses, whether a scarce drug is replaced. Where data speak
(`data_speak`), weights are corrected by the fit to years held out (`weights`, `refit`); elsewhere they stay declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from counterflow.core.seeds import generator
from counterflow.reference.csv_files import read_rows

__all__ = ["Structure", "assigned", "questions", "structures", "switches_of"]


@dataclass(frozen=True, slots=True)
class Structure:
    """One answer to one question of structure.

    Args:
        question: the question's name.
        name: the answer's name.
        switch: the model's switch, or empty where the model stands as built.
        value: what the switch is set to.
        prior: declared weight; those of a question add up to 1.
        data_speak: whether fit to held-out years can tell.
        words: what it claims.
        rests_on: what speaks for it.
        against: what speaks against it.
    """

    question: str
    name: str
    switch: str
    value: int
    prior: float
    data_speak: bool
    words: str
    rests_on: str
    against: str


@cache
def structures() -> tuple[Structure, ...]:
    """Return all answers in the order of the shipped table."""
    return tuple(
        Structure(
            row["question"], row["structure"], row["switch"], int(row["value"] or 0), float(row["prior"]),
            row["data_speak"] == "yes", row["words"], row["rests_on"], row["against"],
        )
        for row in read_rows("strategy", "structures.csv")
    )  # fmt: skip


def questions() -> dict[str, tuple[Structure, ...]]:
    """Return question -> its answers, the model as built first."""
    found: dict[str, list[Structure]] = {}
    for structure in structures():
        found.setdefault(structure.question, []).append(structure)
    return {name: tuple(answers) for name, answers in found.items()}


def switches_of(structure: Structure) -> tuple[tuple[str, int], ...]:
    """Return the switches that an answer sets."""
    return ((structure.switch, structure.value),) if structure.switch else ()


def assigned(n: int, seed: int, *, alike: bool = False) -> NDArray[np.int64]:
    """Return which answer each draw takes to each question, shape (n, questions).

    Args:
        n: draws.
        seed: seed of the order.
        alike: give every answer the same number of draws, to explore; else by declared weight.
    """
    columns = []
    for name, answers in questions().items():
        weights = np.ones(len(answers)) if alike else np.array([s.prior for s in answers])
        ends = np.cumsum(weights / weights.sum())
        ends[-1] = 1.0
        column = np.searchsorted(ends, (np.arange(n) + 0.5) / n)
        columns.append(generator(seed, "strategy doubt", "structures", name).permutation(column))
    return np.column_stack(columns)
