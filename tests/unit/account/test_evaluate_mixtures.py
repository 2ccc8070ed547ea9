"""Weights that sum to one: the solvers hold the conditions of an optimum, whatever they are given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.account.evaluate.simplex import nearest_mixture, onto_simplex, ridge_mixture


def problem(seed, rows, count, twins=False):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(rows, count)) * rng.choice([0.01, 1.0, 1000.0])
    if twins and count > 1:
        columns[:, -1] = columns[:, 0]
    return columns, columns @ rng.dirichlet(np.ones(count)) + rng.normal(size=rows) * np.abs(columns).mean() * 0.3


def assert_optimal(columns, target, ridge, weight):
    """Karush, Kuhn and Tucker: no weight can grow at the cost of another and make the sum smaller."""
    assert weight.min() >= 0
    assert weight.sum() == pytest.approx(1, abs=1e-9)
    slope = columns.T @ (columns @ weight - target) + ridge * weight
    scale = np.abs(columns).max() ** 2 * len(target) + ridge
    assert slope[weight > 1e-9].max() - slope.min() <= 1e-7 * scale


shapes = st.tuples(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 15), st.booleans())


@settings(max_examples=60, deadline=None)
@given(shapes)
def test_the_nearest_mixture_is_an_optimum(shape):
    columns, target = problem(*shape)
    assert_optimal(columns, target, 0.0, nearest_mixture(columns, target))


@settings(max_examples=60, deadline=None)
@given(shapes, st.sampled_from([1e-3, 0.1, 1.0, 50.0]))
def test_with_a_ridge_both_solvers_find_the_same_weights(shape, strength):
    columns, target = problem(*shape)
    ridge = strength * float(np.mean(columns**2)) * len(target)
    one, other = ridge_mixture(columns, target, ridge), nearest_mixture(columns, target, ridge)
    assert_optimal(columns, target, ridge, one)
    assert one == pytest.approx(other, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(shapes)
def test_where_it_starts_from_changes_nothing_about_the_fit(shape):
    columns, target = problem(*shape)
    count = columns.shape[1]
    cold = nearest_mixture(columns, target)
    warm = nearest_mixture(columns, target, start=np.full(count, 1 / count))
    assert columns @ warm == pytest.approx(columns @ cold, abs=1e-5 * np.abs(columns).max())


def test_many_more_donors_than_periods():
    columns, target = problem(3, 9, 2000)
    assert_optimal(columns, target, 50.0, ridge_mixture(columns, target, 50.0))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12))
def test_the_projection_keeps_order_and_sums_to_one(point):
    point = np.array(point)
    landed = onto_simplex(point)
    assert landed.sum() == pytest.approx(1)
    assert landed.min() >= 0
    order = np.argsort(point)
    assert (np.diff(landed[order]) >= -1e-9).all()
