"""What earlier inspections say: smoothed rates of what was confirmed, for keys such as HS code and route.

For a harm class and a key (a tuple of columns, as HS code x departure x origin), with `n` and `y` the
inspected and the confirmed among past records of the same key value, each weighted by its age::

    r = (y + m * r_parent) / (n + m)

This is the posterior mean of a beta-binomial model whose prior has mean `r_parent` and weight `m` (Gelman et
al. 2013, "Bayesian Data Analysis", section 2.4). `r_parent` is what all coarser keys together say: those whose
columns are a part of these (an HS code has its heading in it), each adding on the log-odds scale what it says
beyond its own parent, to the mean of the record's office. The office mean shrinks to the overall mean, and that
to the base rate in the options. A record's rate is the office's with what every key adds. `m` is estimated for
each key from how much its values differ beyond chance, by the moment estimator of Kleinman (1973, JASA
68:46-54): a key that says nothing gets a large `m` and adds nothing.

Only outcomes known before the plan's first day enter, only of records that were inspected, and only *confirmed*
counts as found. What is still suspected or presumptive is neither found nor clean, and is left out.

The past is what was chosen for inspection, so these rates rank; they do not estimate how much there is. That
is what the random arm is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.choice.cells import Ints
from counterflow.target.choice.draw import Floats
from counterflow.target.options import TargetOptions

__all__ = ["History", "KeyCounts", "Labels", "past_rates"]

_LEAST_TRUST, _MOST_TRUST, _USUAL_TRUST = 1.0, 2000.0, 20.0
_FEWEST_FOUND = 2
_JOINT = "\x1f"
_COARSER = {"hs": ("hs6", "hs4", "hs2"), "hs6": ("hs4", "hs2"), "hs4": ("hs2",)}


@dataclass(frozen=True)
class Labels:
    """Inspected records of the past whose outcome is known.

    Args:
        lines: their goods lines: `row` (place in the arrays below) and the columns that keys name.
        found: harm class that was confirmed, "" for nothing found.
        weight: weight of each by its age, in (0, 1].
        cases: for each its record_id and the day its outcome became known; None where nobody asks for cases.
    """

    lines: pa.Table
    found: pa.Array
    weight: Floats
    cases: pa.Table | None = None


@dataclass(frozen=True)
class KeyCounts:
    """One key: its values as codes (of lines now and of lines past), and past inspections and finds per code."""

    columns: tuple[str, ...]
    codes: Ints
    past: Ints
    inspected: Ints
    found: dict[str, Ints]


@dataclass(frozen=True)
class History:
    """Past rates of the records now to be scored.

    Args:
        rates: harm class to one probability per record; a class never found so far keeps its base
            rate.
        line_of: for each record the goods line that speaks for it (the one with the highest expected harm).
        counts: what inspections of the past showed by key, the finest key last.
        lines: the goods lines scored.
        past: the past.
    """

    rates: dict[str, Floats]
    line_of: Ints
    counts: tuple[KeyCounts, ...]
    lines: pa.Table
    past: Labels

    def words(self, row: int, harm_class: str) -> str:
        """Say what the past says about a record, "" where it says nothing; `telling.past_words` does many."""
        from counterflow.target.first_score.telling import past_words

        told = pa.concat_tables(past_words(self, np.array([row]), np.array([harm_class], object), 0))
        said = told.filter(pc.equal(told.column("place"), 0)).column("words").to_pylist()
        return str(said[0]) if said else ""


def past_rates(lines: pa.Table, rows: int, labels: Labels, options: TargetOptions) -> History:
    """Return past rates for `rows` records.

    Args:
        lines: goods lines of the records to score: `row` (rising), and `office` and the columns that keys
            name.
        rows: number of records; each has at least one line.
        labels: the past.
        options: keys, base rates and their weights.
    """
    classes = [c for c in options.severity if c in set(pc.unique(labels.found).to_pylist())]
    past_rows = labels.lines.column("row").to_numpy()
    weight = labels.weight[past_rows]
    found = labels.found.take(pa.array(past_rows))
    keys = sorted(set(options.keys), key=lambda k: (len(_columns(k)), len(k), k))
    coded = {key: _codes(lines, labels.lines, key) for key in [("office",), *keys]}
    rates, line_rates = {}, np.zeros(lines.num_rows)
    row_of_line = lines.column("row").to_numpy()
    starts = np.searchsorted(row_of_line, np.arange(rows))
    for name in options.severity:
        if name not in classes:
            rates[name] = np.full(rows, options.base_rates.get(name, 0.0))
            continue
        hit = pc.equal(found, name).to_numpy(zero_copy_only=False).astype(float)
        one = _class_rate(coded, keys, hit, weight, options, name)
        line_rates += options.severity[name] * one
        rates[name] = np.maximum.reduceat(one, starts) if rows else one
    counts = tuple(_counts(key, *coded[key], found, classes) for key in keys)
    return History(rates, _speaking_lines(line_rates, row_of_line, starts, rows), counts, lines, labels)


def _codes(now: pa.Table, past: pa.Table, key: Sequence[str]) -> tuple[Ints, Ints, int]:
    """Return the key's values as whole numbers for lines now and past, and how many there are."""
    joined = pa.chunked_array([*_join(now, key).chunks, *_join(past, key).chunks], pa.string())
    codes = joined.combine_chunks().dictionary_encode()
    numbers = codes.indices.to_numpy().astype(np.int64)
    return numbers[: now.num_rows], numbers[now.num_rows :], len(codes.dictionary)


def _join(table: pa.Table, key: Sequence[str]) -> pa.ChunkedArray:
    columns = [pc.fill_null(table.column(name).cast(pa.string()), "") for name in key]
    if len(columns) == 1:
        return columns[0]
    return pc.binary_join_element_wise(*columns, _JOINT)


def _class_rate(
    coded: dict[tuple[str, ...], tuple[Ints, Ints, int]],
    keys: Sequence[tuple[str, ...]],
    hit: Floats,
    weight: Floats,
    options: TargetOptions,
    name: str,
) -> Floats:
    """Return one class's rate for each line now: office mean, and what each key adds beyond its parent."""
    base = options.base_rates.get(name, 0.0)
    overall = (np.sum(hit * weight) + options.base_trust * base) / (np.sum(weight) + options.base_trust)
    flat_now = np.full(len(coded["office",][0]), overall)
    flat_past = np.full(len(hit), overall)
    office_now, office_past = _shrunk(coded["office",], flat_now, flat_past, hit, weight)
    now, past = _log_odds(office_now), _log_odds(office_past)
    added: dict[tuple[str, ...], tuple[Floats, Floats]] = {}
    for key in keys:
        parts = [added[k] for k in added if _columns(k) < _columns(key)]
        parent_now = now + sum((p[0] for p in parts), np.zeros(len(now)))
        parent_past = past + sum((p[1] for p in parts), np.zeros(len(past)))
        rate_now, rate_past = _shrunk(coded[key], _rate(parent_now), _rate(parent_past), hit, weight)
        added[key] = (_log_odds(rate_now) - parent_now, _log_odds(rate_past) - parent_past)
    return _rate(now + sum((a[0] for a in added.values()), np.zeros(len(now))))


def _columns(key: tuple[str, ...]) -> frozenset[str]:
    """Return the columns of a key, with the coarser ones that each implies: an HS code has its heading in it."""
    implied = {c for column in key for c in _COARSER.get(column, ())}
    return frozenset(key) | implied


def _shrunk(
    coded: tuple[Ints, Ints, int], parent_now: Floats, parent_past: Floats, hit: Floats, weight: Floats
) -> tuple[Floats, Floats]:
    """Return the key's rates for lines now and lines past, shrunk to their parents'."""
    now, past, size = coded
    inspected: Floats = np.bincount(past, weight, minlength=size).astype(float)
    confirmed: Floats = np.bincount(past, weight * hit, minlength=size).astype(float)
    trust = _trust(past, inspected, confirmed, parent_past, weight)
    rate_now = (confirmed[now] + trust * parent_now) / (inspected[now] + trust)
    rate_past = (confirmed[past] + trust * parent_past) / (inspected[past] + trust)
    return rate_now, rate_past


def _trust(past: Ints, inspected: Floats, confirmed: Floats, parent: Floats, weight: Floats) -> float:
    """Return `m`, by moments: the variance of counts between key values beyond binomial chance.

    With expected count e and binomial variance v of a key value, E[(y - e)^2 - v] = rho * sum of p(1-p) over
    its pairs; m = 1/rho - 1 (Kleinman 1973). With too few finds to tell, a usual value stands in.
    """
    if confirmed.sum() < _FEWEST_FOUND:
        return _USUAL_TRUST
    size = len(inspected)
    expected = np.bincount(past, weight * parent, minlength=size)
    spread = np.bincount(past, weight * weight * parent * (1 - parent), minlength=size)
    per_item = np.divide(spread, inspected, out=np.zeros(size), where=inspected > 0)
    pairs = float(np.sum(per_item * inspected * np.maximum(inspected - 1, 0)))
    if pairs <= 0:
        return _USUAL_TRUST
    rho = float(np.sum((confirmed - expected) ** 2 - spread)) / pairs
    return float(np.clip(1 / rho - 1, _LEAST_TRUST, _MOST_TRUST)) if rho > 0 else _MOST_TRUST


def _log_odds(rate: Floats) -> Floats:
    held = np.clip(rate, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(held) - np.log1p(-held))


def _rate(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def _counts(
    key: tuple[str, ...], now: Ints, past: Ints, size: int, found: pa.Array, classes: Sequence[str]
) -> KeyCounts:
    hits = {name: pc.equal(found, name).to_numpy(zero_copy_only=False) for name in classes}
    per_class = {name: np.bincount(past[hit], minlength=size) for name, hit in hits.items()}
    return KeyCounts(key, now, past, np.bincount(past, minlength=size), per_class)


def _speaking_lines(harm: Floats, row_of_line: Ints, starts: Ints, rows: int) -> Ints:
    """Return for each record its line of highest harm, the first of equals."""
    order = np.lexsort((np.arange(len(harm)), -harm, row_of_line))
    return order[starts] if rows else np.zeros(0, np.int64)
