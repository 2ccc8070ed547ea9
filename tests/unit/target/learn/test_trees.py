"""Flattened trees say what LightGBM says, to the last bit."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from counterflow.core.errors import ConfigError
from counterflow.target.learn.trees import Forest, read_forest

NAMES = ("a", "b", "c", "d")


def booster(values, label, trees=25, **changed):
    settings = {"objective": "binary", "num_leaves": 15, "min_data_in_leaf": 5, "num_threads": 1, "verbosity": -1,
                "deterministic": True, "force_col_wise": True} | changed  # fmt: skip
    return lightgbm.train(settings, lightgbm.Dataset(values, label=label), trees)


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(1003, 4)).astype(np.float32)
    values[:, 1] = rng.integers(0, 5, len(values))
    values[rng.random(len(values)) < 0.2, 0] = np.nan
    values[::50, 2] = [np.inf, -np.inf, 0.0] * 7
    label = (np.nan_to_num(values[:, 0]) + values[:, 1] + rng.normal(size=len(values)) > 2).astype(float)
    return values, label


@pytest.mark.parametrize("missing", [True, False])
def test_margins_are_lightgbms_to_the_last_bit(numbers, missing):
    values, label = numbers
    model = booster(values, label, use_missing=missing)
    forest = read_forest(model.model_to_string(), NAMES)
    new = np.concatenate([values, np.array([[np.nan] * 4, [0.0] * 4, [-0.0, 1, np.nan, 7]], np.float32)])
    assert np.array_equal(forest.margin(new), model.predict(new, raw_score=True, num_threads=1))
    assert np.array_equal(forest.margin(new[5:6]), forest.margin(new)[5:6])


def test_values_at_a_threshold_go_the_same_way(numbers):
    values, label = numbers
    model = booster(values, label)
    forest = read_forest(model.model_to_string(), NAMES)
    for column in range(4):
        inner = np.isfinite(forest.nodes["threshold"])
        inner &= forest.reads[forest.nodes["column"]] % 4 == column
        at = forest.nodes["threshold"][inner]
        rows = np.repeat(values[:1], len(at) * 3, axis=0)
        rows[:, column] = np.concatenate(
            [at, np.nextafter(at, np.float32(np.inf)), np.nextafter(at, np.float32(-np.inf))]
        )
        assert np.array_equal(forest.margin(rows), model.predict(rows, raw_score=True, num_threads=1))


def test_contributions_sum_to_the_margin_and_the_base_is_that_of_shap(numbers):
    values, label = numbers
    model = booster(values, label)
    forest = read_forest(model.model_to_string(), NAMES)
    moved = forest.contributions(values)
    assert np.allclose(moved.sum(axis=1) + forest.base, forest.margin(values), atol=1e-12)
    assert forest.base == pytest.approx(model.predict(values[:1], pred_contrib=True)[0, -1])
    assert (np.abs(moved).sum(axis=0) > 0).all()


def test_a_feature_that_no_tree_uses_contributes_nothing(numbers):
    values, label = numbers
    values = values.copy()
    values[:, 3] = 1.0
    forest = read_forest(booster(values, label).model_to_string(), NAMES)
    assert not forest.contributions(values)[:, 3].any()


def test_trees_of_one_leaf_are_read(numbers):
    values, _ = numbers
    label = np.zeros(len(values))
    label[:3] = 1
    model = booster(values, label, trees=3, min_data_in_leaf=600)
    forest = read_forest(model.model_to_string(), NAMES)
    assert np.array_equal(forest.margin(values), model.predict(values, raw_score=True, num_threads=1))


def test_arrays_bring_the_forest_back(numbers):
    values, label = numbers
    forest = read_forest(booster(values, label).model_to_string(), NAMES)
    again = Forest.from_arrays(forest.to_arrays())
    assert np.array_equal(again.margin(values), forest.margin(values))
    assert again.names == NAMES


@pytest.mark.parametrize("part", ["left", "column", "mean", "reads", "root"])
def test_damaged_trees_are_refused_and_never_walked(numbers, part):
    forest = read_forest(booster(*numbers).model_to_string(), NAMES)
    arrays = forest.to_arrays()
    arrays[part] = arrays[part][:-1] if part == "mean" else np.full_like(arrays[part], 10**6)
    with pytest.raises(ConfigError, match="damaged"):
        Forest.from_arrays(arrays)


def test_splits_of_another_kind_are_refused(numbers):
    values, label = numbers
    data = lightgbm.Dataset(np.nan_to_num(values, posinf=9, neginf=-9), label=label, categorical_feature=[1])
    model = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_per_group": 5}, data, 5)
    with pytest.raises(ConfigError, match="does not know"):
        read_forest(model.model_to_string(), NAMES)


def test_other_columns_are_refused(numbers):
    forest = read_forest(booster(*numbers).model_to_string(), NAMES)
    with pytest.raises(ValueError, match="4 columns of float32"):
        forest.margin(np.zeros((2, 3), np.float32))
