"""A specification made ready to be computed: which key leans on which, and which column each feature has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from counterflow.target.features.columns import Codes, code_keys, code_numbers, code_texts
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.numbers import days_of_lines, finding_columns, measure_of, number_of
from counterflow.target.features.spec import FeatureSpec, columns_within, key_name

__all__ = ["ANY", "Coded", "Events", "Layout", "code_lines", "events_of", "plain_features"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: pseudo-class: a find of whatever class
ANY = "any"


@dataclass(frozen=True)
class Layout:
    """What the kernels need of a specification.

    Args:
        spec: the specification.
        classes: harm classes.
        names: names of the features, in the order of their columns.
        parents, order, columns: per key the place of its parent, all keys parents first, the columns of its features.
        gap_parents, gap_order, gap_columns: the same for gaps.
    """

    spec: FeatureSpec
    classes: tuple[str, ...]
    names: tuple[str, ...]
    parents: Ints
    order: Ints
    columns: Ints
    gap_parents: Ints
    gap_order: Ints
    gap_columns: Ints

    @classmethod
    def of(cls, spec: FeatureSpec, classes: Sequence[str]) -> Layout:
        """Return the layout of `spec` for these harm classes."""
        names = spec.names(classes)
        place = {name: i for i, name in enumerate(names)}
        columns = np.full((len(spec.keys) + 1, 3 * len(classes) + 2), -1, np.int64)
        for i, key in enumerate(spec.keys):
            name = key_name(key)
            made = [*(f"rate:{name}:{c}" for c in classes), *(f"found:{name}:{c}" for c in classes),
                    f"inspected:{name}", f"seen:{name}", *(f"since:{name}:{c}" for c in classes)]  # fmt: skip
            columns[i] = [place.get(one, -1) for one in made]
        columns[-1, :2] = place.get("new_share", -1), place.get("uninspected_share", -1)
        gaps = [place.get(f"gap:{measure}:{key_name(key)}", -1) for measure, key in spec.gaps]
        return cls(
            spec, tuple(classes), names,
            np.array([spec.parent(key) for key in spec.keys], np.int64),
            _coarse_first([columns_within(key) for key in spec.keys]),
            columns,
            np.array([spec.gap_parent(i) for i in range(len(spec.gaps))], np.int64),
            _coarse_first([columns_within(key) for _, key in spec.gaps]),
            np.array(gaps, np.int64),
        )  # fmt: skip


def _coarse_first(within: Sequence[frozenset[str]]) -> Ints:
    return np.array(sorted(range(len(within)), key=lambda i: (len(within[i]), i)), np.int64)


@dataclass(frozen=True)
class Coded:
    """Lines as codes.

    Args:
        keys, gaps: code of each key on each line.
        measured: measure of each gap on each line.
        days, row: day and record of each line.
        starts: first line of each record, and the number of lines.
        texts: codes of the columns.
    """

    keys: Codes
    gaps: Codes
    measured: Floats
    days: Ints
    row: Ints
    starts: Ints
    texts: dict[str, Codes]


def code_lines(lines: Lines, layout: Layout) -> Coded:
    """Return the codes of lines under a specification."""
    spec = layout.spec
    texts = code_texts(
        lines.table, sorted({*spec.codes, *(c for k in (*spec.keys, *(g for _, g in spec.gaps)) for c in k)})
    )
    measures = {m: measure_of(lines.table, m) for m, _ in spec.gaps}
    count = lines.table.num_rows
    gap_keys = list(dict.fromkeys(spec.gaps))
    gaps = [code_keys(texts, [key], measure) for measure, key in gap_keys]
    row = lines.row
    return Coded(
        keys=code_keys(texts, spec.keys, "key") if spec.keys else np.zeros((0, count), np.uint64),
        gaps=np.concatenate(gaps) if gaps else np.zeros((0, count), np.uint64),
        measured=np.stack([measures[m] for m, _ in gap_keys], axis=1) if gaps else np.zeros((count, 0)),
        days=days_of_lines(lines),
        row=row,
        starts=np.searchsorted(row, np.arange(lines.records + 1)).astype(np.int64),
        texts=texts,
    )


def plain_features(lines: Lines, coded: Coded, layout: Layout, out: npt.NDArray[np.float32]) -> None:
    """Write the features that need no past: numbers, codes and findings."""
    place = {name: i for i, name in enumerate(layout.names)}
    for name in layout.spec.numbers:
        if name in place:
            out[:, place[name]] = number_of(lines, name, layout.spec.without)
    for column in layout.spec.codes:
        if f"code:{column}" in place:
            out[:, place[f"code:{column}"]] = code_numbers(coded.texts[column])
    for name, values in finding_columns(lines, layout.spec).items():
        if name in place:
            out[:, place[name]] = values[lines.row]


@dataclass(frozen=True)
class Events:
    """Outcomes in the order in which they became known.

    Args:
        order: places of the records with an outcome.
        on: day on which each record's outcome became known.
        hits: per record and class 1 for a find of it; the class ``any`` is a find of any class at all.
    """

    order: Ints
    on: Ints
    hits: Floats


def events_of(known: Known, classes: Sequence[str]) -> Events:
    """Return the outcomes of `known`; where none is known, none."""
    found = known.found
    hits = np.zeros((len(found), len(classes)))
    for harm, name in enumerate(classes):
        hit = pc.not_equal(found, "") if name == ANY else pc.equal(found, name)
        hits[:, harm] = pc.fill_null(hit, fill_value=False).to_numpy(zero_copy_only=False)
    on = np.asarray(known.on, np.int64)
    records = np.flatnonzero(pc.is_valid(found).to_numpy(zero_copy_only=False))
    return Events(records[np.argsort(on[records], kind="stable")], on, hits)
