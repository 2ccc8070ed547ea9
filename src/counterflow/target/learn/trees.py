"""Flattened decision trees: fast margins on one core, and exact path contributions for the few records that are shown.

A forest is read once from LightGBM's text model and kept as plain arrays, so that scoring needs neither LightGBM nor
its OpenMP library. Margins equal LightGBM's to the last bit: features are 32-bit, so each 64-bit threshold is replaced
by the greatest 32-bit number not above it, which sends every value the same way; leaves are added in the order of
trees.

Contributions follow Saabas (2014, "Interpreting random forests"): along a record's path, each split moves the expected
margin from a node's mean to its child's, and the difference belongs to the feature that was split on. With the mean of
the root they sum to the margin. They are exact for the path taken; they are not Shapley values, and a feature that
splits late is credited less than one that splits early (Lundberg et al. 2020, Nature Machine Intelligence 2:56-67).
One record costs one walk, where exact Shapley values cost hundreds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import ConfigError

__all__ = ["Forest", "read_forest"]

Floats = npt.NDArray[np.float64]
Matrix32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_NONE, _MISSING_ZERO = 0, 1

#: A value of `column` above `threshold` goes to the node after `left`; `column` is a place in `Forest.reads`. A leaf
#: leads to itself.
_NODE = np.dtype([("threshold", np.float32), ("column", np.int32), ("left", np.int32), ("spare", np.int32)])


@dataclass(frozen=True)
class Forest:
    """Trees as arrays.

    Args:
        nodes: see `_NODE`; the two children of a node stand side by side.
        mean: expected margin of the training rows below each node; the leaf's own value in a leaf.
        root: place of each tree's root.
        reads: what splits read: a feature's place, or that plus the number of features where not-a-number counts as
            less than everything instead of more.
        names: name of each feature.
    """

    nodes: npt.NDArray[Any]
    mean: Floats
    root: npt.NDArray[np.int32]
    reads: npt.NDArray[np.int32]
    names: tuple[str, ...]

    @property
    def base(self) -> float:
        """Expected margin of the training rows, before anything is known of a record."""
        return float(self.mean[self.root].sum())

    def margin(self, values: Matrix32) -> Floats:
        """Return the margin (log-odds of a binary model) of each row of `values`."""
        from counterflow.target.learn.kernels import margins

        return np.asarray(margins(self._checked(values), *self._parts()), np.float64)

    def contributions(self, values: Matrix32) -> Floats:
        """Return what each feature adds to the margin of each row; a row sums to `margin - base` up to rounding."""
        from counterflow.target.learn.kernels import contributions

        return np.asarray(contributions(self._checked(values), *self._parts()), np.float64)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return plain arrays, for `numpy.savez`."""
        parts = {name: self.nodes[name] for name in ("threshold", "column", "left")}
        return parts | {"mean": self.mean, "root": self.root, "reads": self.reads, "names": np.array(self.names, str)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Forest:
        """Read what `to_arrays` gave.

        Raises:
            ConfigError: a node leads outside, so that a walk would never end or read what is not there.
        """
        nodes = np.zeros(len(arrays["left"]), _NODE)
        for name in ("threshold", "column", "left"):
            nodes[name] = arrays[name]
        made = cls(
            nodes,
            np.asarray(arrays["mean"], np.float64),
            np.asarray(arrays["root"], np.int32),
            np.asarray(arrays["reads"], np.int32),
            tuple(str(n) for n in arrays["names"]),
        )
        made._refuse_strays()
        return made

    def _parts(self) -> tuple[npt.NDArray[Any], ...]:
        features = max(len(self.names), 1)
        return self.nodes, self.mean, self.root, self.reads % features, (self.reads < features).astype(np.int32)

    def _refuse_strays(self) -> None:
        """Children stand after their parent, leaves lead to themselves: every walk ends inside the arrays."""
        nodes, place = self.nodes, np.arange(len(self.nodes))
        left, column = nodes["left"].astype(np.int64), nodes["column"]
        leaf = (left == place) & np.isposinf(nodes["threshold"])
        inner = (left > place) & (left + 1 < len(nodes))
        fits = (column >= 0) & (column < max(len(self.reads), 1))
        known = (self.reads >= 0) & (self.reads < 2 * len(self.names))
        sound = (leaf | inner).all() and fits.all() and known.all() and np.isin(self.root, place).all()
        if not sound or len(self.mean) != len(nodes):
            raise ConfigError("The stored trees are damaged.", hint="Train the model again.")

    def _checked(self, values: Matrix32) -> Matrix32:
        if values.dtype != np.float32 or values.ndim != 2 or values.shape[1] != len(self.names):
            raise ValueError(f"{len(self.names)} columns of float32 are needed, not {values.shape} of {values.dtype}")
        return np.ascontiguousarray(values)


def read_forest(text: str, names: tuple[str, ...]) -> Forest:
    """Flatten LightGBM's text model (`Booster.model_to_string()`).

    Args:
        text: the model.
        names: name of each feature, in the order of the training columns.

    Raises:
        ConfigError: the model has splits of a kind that is not read here (categorical, zero as missing, linear leaves).
    """
    blocks = text.split("end of trees", 1)[0].split("\nTree=")[1:]
    nodes: list[npt.NDArray[Any]] = []
    means: list[Floats] = []
    root: list[int] = []
    for block in blocks:
        root.append(sum(map(len, nodes)))
        tree, mean = _read_tree(dict(line.split("=", 1) for line in block.splitlines() if "=" in line), len(names))
        tree["left"] += root[-1]
        nodes.append(tree)
        means.append(mean)
    joined = np.concatenate(nodes) if nodes else np.zeros(0, _NODE)
    inner = joined["left"] != np.arange(len(joined))
    reads = np.unique(joined["column"][inner])
    joined["column"][inner] = np.searchsorted(reads, joined["column"][inner])
    mean = np.concatenate(means) if means else np.zeros(0)
    return Forest(joined, mean, np.array(root, np.int32), reads.astype(np.int32), names)


def _read_tree(said: Mapping[str, str], features: int) -> tuple[npt.NDArray[Any], Floats]:
    """Return one tree's nodes and their means, siblings side by side, the root first."""
    leaf_value = np.array(said["leaf_value"].split(), np.float64)
    splits = int(said["num_leaves"]) - 1
    nodes = np.zeros(splits + len(leaf_value), _NODE)
    nodes["threshold"], nodes["left"] = np.inf, np.arange(len(nodes))
    if not splits:
        return nodes, leaf_value
    child = np.stack([np.array(said[side].split(), np.int64) for side in ("left_child", "right_child")])
    child = np.where(child < 0, splits + ~child, child)
    threshold, column = _splits(said, features)
    mean = _means(child, leaf_value, np.array(said["leaf_count"].split(), np.float64))
    order = _siblings_together(child)
    place = np.argsort(order)
    inner = place[:splits]
    nodes["threshold"][inner], nodes["column"][inner], nodes["left"][inner] = threshold, column, place[child[0]]
    return nodes, mean[order]


def _splits(said: Mapping[str, str], features: int) -> tuple[Matrix32, Ints]:
    """Return threshold and column of each split; a column in the second half sends not-a-number left."""
    kind = np.array(said["decision_type"].split(), np.int64)
    missing = (kind >> 2) & 3
    if said.get("is_linear", "0") != "0" or (kind & _CATEGORICAL).any() or (missing == _MISSING_ZERO).any():
        raise ConfigError(
            "The model has splits that this reader does not know.",
            hint="Train without categorical features, zero_as_missing and linear trees.",
        )
    threshold = np.array(said["threshold"].split(), np.float64)
    # Without missing values in training LightGBM takes not-a-number for zero.
    missing_left = np.where(missing == _MISSING_NONE, threshold >= 0.0, (kind & _DEFAULT_LEFT) > 0)
    column = np.array(said["split_feature"].split(), np.int64) + np.where(missing_left, features, 0)
    return _not_above(threshold), column


def _not_above(threshold: Floats) -> Matrix32:
    """Return the greatest finite 32-bit numbers that are not above these: the same 32-bit values are up to them."""
    most = float(np.finfo(np.float32).max)
    near = np.clip(threshold, -most, most).astype(np.float32)
    return np.where(near.astype(np.float64) > threshold, np.nextafter(near, np.float32(-np.inf)), near)


def _means(child: Ints, leaf_value: Floats, count: Floats) -> Floats:
    """Return for each node the mean of the leaves below it, weighted by training rows; children come after parents."""
    splits = child.shape[1]
    total = np.concatenate([np.zeros(splits), count])
    value = np.concatenate([np.zeros(splits), leaf_value])
    for node in range(splits - 1, -1, -1):
        left, right = child[:, node]
        total[node] = total[left] + total[right]
        value[node] = (total[left] * value[left] + total[right] * value[right]) / total[node]
    return value


def _siblings_together(child: Ints) -> Ints:
    """Return the nodes breadth first: the two children of a node next to each other."""
    order = [0]
    for node in order:
        if node < child.shape[1]:
            order += [int(child[0, node]), int(child[1, node])]
    return np.array(order, np.int64)
