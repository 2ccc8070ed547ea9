"""The forests: any find, the top tier, and which class within a tier; and what stands in where there are too few finds.

Gradient-boosted trees (Friedman 2001, Annals of Statistics 29:1189-1232) as LightGBM builds them (Ke et al. 2017,
NeurIPS 30), on one thread and deterministic: the same rows and seed give the same model.

The top tier is learnt twice, as top tier against all else, and as top tier among finds, times any find. The first knows
where such finds are, the second what sets them apart; their mean ranks better than either where such finds are rare.
Within a tier a class has its share of the tier's finds, by a forest of its own where it has enough of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import ConfigError
from counterflow.core.seeds import generator
from counterflow.target.learn.options import LearnOptions
from counterflow.target.learn.trees import Forest, Matrix32, read_forest

__all__ = ["Model", "Rows", "fit_forest", "fit_model", "sigmoid"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_SHARE_PRIOR = 1.0  # finds that a class's equal share within its tier stands for


@dataclass(frozen=True)
class Rows:
    """Inspected lines to learn from.

    Args:
        values: features.
        names: their names.
        found: harm class found on the line's record, "" for none.
        weight: what each line counts.
    """

    values: Matrix32
    names: tuple[str, ...]
    found: npt.NDArray[np.str_]
    weight: Floats


@dataclass(frozen=True)
class Model:
    """Forests and shares.

    Args:
        find: margin of any find.
        top: margin of a find of the top tier; None where there were too few.
        top_given_find: margin of the top tier among finds.
        top_share: share of the top tier among finds, where there is no forest for it.
        shares: class to its share within its tier, where the tier has more than one class.
        share_forests: class to a forest that says its share.
    """

    find: Forest
    top: Forest | None = None
    top_given_find: Forest | None = None
    top_share: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    share_forests: Mapping[str, Forest] = field(default_factory=dict)

    def find_margin(self, values: Matrix32) -> Floats:
        """Return the log-odds that an inspection finds anything."""
        return self.find.margin(values)

    def top_probability(self, values: Matrix32, find: Floats) -> Floats:
        """Return how probable a find of the top tier is, given how probable any find is."""
        if self.top is None or self.top_given_find is None:
            return self.top_share * find
        among = sigmoid(self.top_given_find.margin(values)) * find
        return np.minimum((sigmoid(self.top.margin(values)) + among) / 2.0, find)

    def within(self, values: Matrix32, tier: tuple[str, ...]) -> dict[str, Floats]:
        """Return the share of each class of a tier in the tier's finds; shares of a row sum to 1."""
        if len(tier) < 2:
            return {name: np.ones(len(values)) for name in tier}
        raw = {
            name: sigmoid(self.share_forests[name].margin(values))
            if name in self.share_forests
            else np.full(len(values), self.shares[name])
            for name in tier
        }
        total = np.sum(list(raw.values()), axis=0)
        return {name: share / total for name, share in raw.items()}


def sigmoid(margin: Floats) -> Floats:
    """Return 1 / (1 + exp(-margin)) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * margin)), np.float64)


def fit_model(rows: Rows, top: tuple[str, ...], options: LearnOptions, seed: int) -> Model:
    """Learn from inspected lines, of which enough have a find and enough have none.

    Args:
        rows: what to learn from.
        top: classes of the top tier.
        options: sizes.
        seed: seed of the subsampling of rows and columns.
    """
    finds = rows.found != ""
    is_top = np.isin(rows.found, list(top)) & finds
    every = np.ones(len(finds), bool)
    find = fit_forest(rows, every, finds, options, seed, "find")
    shares, share_forests = _within_tiers(rows, top, options, seed)
    made: dict[str, Any] = {"shares": shares, "share_forests": share_forests}
    if not _enough(is_top[finds], options):
        # With few of them, or nothing else, the tier is a share of all finds.
        count = float(is_top[finds].sum())
        made["top_share"] = (count + (_SHARE_PRIOR / 2 if top else 0.0)) / (float(finds.sum()) + _SHARE_PRIOR)
        return Model(find, **made)
    return Model(
        find,
        fit_forest(rows, every, is_top, options, seed, "top"),
        fit_forest(rows, finds, is_top, options, seed, "top-given-find"),
        **made,
    )


def _within_tiers(
    rows: Rows, top: tuple[str, ...], options: LearnOptions, seed: int
) -> tuple[dict[str, float], dict[str, Forest]]:
    finds = rows.found != ""
    names = sorted(set(rows.found[finds].tolist()))
    shares: dict[str, float] = {}
    forests: dict[str, Forest] = {}
    for tier in ([n for n in names if n in top], [n for n in names if n not in top]):
        mine = np.isin(rows.found, tier) & finds
        for name in tier if len(tier) > 1 else ():
            is_class = rows.found == name
            shares[name] = (float(is_class.sum()) + _SHARE_PRIOR) / (float(mine.sum()) + _SHARE_PRIOR * len(tier))
            if _enough(is_class[mine], options):
                forests[name] = fit_forest(rows, mine, is_class, options, seed, f"share-{name}")
    return shares, forests


def _enough(label: Bools, options: LearnOptions) -> bool:
    return bool(min(label.sum(), (~label).sum()) >= options.enough_finds)


def fit_forest(rows: Rows, use: Bools, label: Bools, options: LearnOptions, seed: int, purpose: str) -> Forest:
    """Fit one binary forest to the rows in `use`.

    Raises:
        ConfigError: LightGBM cannot be loaded here.
    """
    lightgbm = _lightgbm()
    small = purpose != "find"
    settings = {
        "objective": "binary",
        "num_leaves": options.top_leaves if small else options.leaves,
        "learning_rate": options.rate,
        "min_data_in_leaf": options.top_least_rows if small else options.least_rows,
        "max_bin": 63,
        "feature_fraction": 0.25,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": int(generator(seed, "target", "learn", purpose).integers(2**31 - 1)),
        "num_threads": 1,
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
    }
    whole = bool(use.all())
    values = rows.values if whole else rows.values[use]
    weight, target = (rows.weight, label) if whole else (rows.weight[use], label[use])
    data = lightgbm.Dataset(values, target.astype(np.float64), weight=weight, free_raw_data=True)
    booster = lightgbm.train(settings, data, num_boost_round=options.top_trees if small else options.trees)
    return read_forest(booster.model_to_string(), rows.names)


def _lightgbm() -> Any:
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise ConfigError(
            f"LightGBM cannot be loaded, so nothing can be learnt here: {error}.",
            hint="Install the OpenMP library it needs (package libgomp1 on Debian, libgomp on Fedora) and lightgbm."
            " Scoring with a model learnt elsewhere needs neither.",
        ) from error
    return lightgbm
