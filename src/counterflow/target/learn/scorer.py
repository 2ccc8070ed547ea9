"""A scorer: the past as features, the forests, and the curves that make probabilities of margins; kept in one folder.

It scores records whose outcome is not known. A record whose outcome the scorer has learnt from would be told its own
answer; replaying the past needs a scorer learnt from what was known before.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.matching.array_file import read_arrays, write_arrays
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.state import State
from counterflow.target.learn import rank
from counterflow.target.learn.calibrate import Calibration
from counterflow.target.learn.model import Model
from counterflow.target.learn.options import LearnOptions
from counterflow.target.learn.past_rates import base_rate, finding_chance, finding_classes, rate_column
from counterflow.target.learn.trees import Forest

__all__ = ["Scored", "Scorer", "default_score", "part_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FILE = "counterflow-trees 1"
_FORM = 1


@dataclass(frozen=True)
class Scored:
    """Records with the probability of finding each class in an inspection that misses nothing.

    Args:
        probability: harm class to one probability per record; over classes they sum to that of any find.
        line_of: for each record the line that speaks for it.
        top_at, top_weight: see `rank.default_score`.
    """

    probability: Mapping[str, Floats]
    line_of: Ints
    top_at: float = rank.TOP_AT
    top_weight: float = rank.TOP_WEIGHT

    @property
    def find(self) -> Floats:
        """Probability of any find."""
        return np.asarray(np.minimum(np.sum(list(self.probability.values()), axis=0), 1.0), np.float64)

    def harm(self, severity: Mapping[str, float]) -> Floats:
        """Return the expected harm found in severity points; a class without severity counts nothing."""
        parts = [severity.get(name, 0.0) * p for name, p in self.probability.items()]
        return np.asarray(np.sum(parts, axis=0), np.float64)


def default_score(scored: Scored, severity: Mapping[str, float]) -> Floats:
    """Return the one default order of back-tests, simulations and plans, see `rank`."""
    return rank.default_score(scored.probability, severity, top_at=scored.top_at, top_weight=scored.top_weight)


@dataclass(frozen=True)
class Scorer:
    """What was learnt, ready to score.

    Args:
        state: past outcomes and declarations by key.
        model: forests; None where there was too little to learn from, and past rates and findings stand in.
        find_curve, top_curve: from log-odds to probability, of any find and of the top tier.
        classes: harm classes found so far.
        top: those of the top tier.
        options: how it was learnt.
        on: outcomes known before this day were used.
        seed: seed of the learning.
        said: what a person should know of it.
        counts: inspected, finds by class, and the like.
    """

    state: State
    model: Model | None
    find_curve: Calibration
    top_curve: Calibration
    classes: tuple[str, ...]
    top: tuple[str, ...]
    options: LearnOptions
    on: dt.date
    seed: int
    said: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def fit(cls, lines: Lines, known: Known, options: LearnOptions, *, on: dt.date, seed: int) -> Scorer:
        """Learn from outcomes known before `on`.

        Args:
            lines: the past; records without outcome count as declared.
            known: what is known of them.
            options: how to learn.
            on: the morning on which the scorer will first be used.
            seed: the same seed and past give the same scorer.

        Raises:
            ConfigError: a class has no severity, or LightGBM cannot be loaded.
        """
        from counterflow.target.learn.fit import fit

        return fit(lines, known, options, on=on, seed=seed)

    @property
    def learnt(self) -> bool:
        """Say whether forests score, and not past rates and findings."""
        return self.model is not None

    def score(self, lines: Lines) -> Scored:
        """Return the probabilities of records whose outcome is not known."""
        if self.model is None:
            return self._from_past_rates(lines)
        matrix = self.state.features(lines)
        find = self.find_curve.probability(self.model.find_margin(matrix.values))
        top = self.model.top_probability(matrix.values, find)
        with np.errstate(divide="ignore"):
            top = np.minimum(self.top_curve.probability(np.log(top) - np.log1p(-top)), find)
        by_line: dict[str, Floats] = {}
        others = tuple(c for c in self.classes if c not in self.top)
        for tier, chance in ((self.top, top), (others, find - top)):
            by_line |= {name: chance * share for name, share in self.model.within(matrix.values, tier).items()}
        return self._of_records(lines, by_line)

    def _from_past_rates(self, lines: Lines) -> Scored:
        """Return shrunken past rates of the key that tells most; a class never found has its a-priori rate."""
        matrix, count = self.state.features(lines), lines.table.num_rows
        by_line: dict[str, Floats] = {}
        for name in self.classes:
            column = rate_column(self.state, name)
            known = matrix.column(column).astype(np.float64) if column else np.full(count, base_rate(name))
            by_line[name] = known
        return self._of_records(lines, by_line, with_findings=True)

    def _of_records(self, lines: Lines, by_line: dict[str, Floats], *, with_findings: bool = False) -> Scored:
        """Return each record by its line with the highest default score, and what findings alone say.

        Findings speak for themselves of every class where nothing is learnt, else of classes never found so far.
        """
        speaks = np.zeros(lines.records, np.int64)
        if by_line:
            score = rank.default_score(by_line, self.options.severity, **self._weights())
            speaks = _best_line(lines.row, score, lines.records)
        probability = {name: p[speaks] for name, p in by_line.items()}
        for name in finding_classes(lines):
            if name in self.options.severity and (with_findings or name not in probability):
                past = probability.get(name, np.zeros(lines.records))
                probability[name] = 1.0 - (1.0 - past) * (1.0 - finding_chance(lines, name))
        if not probability:
            probability = {name: np.full(lines.records, base_rate(name)) for name in self.options.severity}
        total = np.sum(list(probability.values()), axis=0)
        excess = np.maximum(total / 0.9999, 1.0)
        return Scored({name: p / excess for name, p in probability.items()}, speaks, **self._weights())

    def _weights(self) -> dict[str, float]:
        return {"top_at": self.options.top_at, "top_weight": self.options.top_weight}

    def contributions(self, lines: Lines, rows: Ints) -> pa.Table:
        """Return what each feature adds to the log-odds of selected records, for the reasons shown to people.

        Args:
            lines: records that were scored.
            rows: places of those to explain.

        Returns:
            row, of ("find" or "top"), feature, contribution; a record's contributions to one forest, its base among
            them as feature "", sum to that forest's margin. No rows where nothing was learnt.
        """
        if self.model is None or not len(rows):
            return _contributions_table([])
        rows = np.unique(rows)
        scored = self.score(some := part_of(lines, rows))
        values = self.state.features(some).values[scored.line_of]
        parts = []
        for of, forest in (("find", self.model.find), ("top", self.model.top)):
            if forest is not None:
                moved = np.column_stack([np.full(len(rows), forest.base), forest.contributions(values)])
                parts.append((of, rows, ("", *forest.names), moved))
        return _contributions_table(parts)

    def save(self, folder: Path) -> None:
        """Write the scorer into `folder`, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self.state.save(folder / "past.features")
        arrays = {f"{of}/{k}": v for of, f in self._forests().items() for k, v in f.to_arrays().items() if k != "names"}
        write_arrays(folder / "forests.trees", _FILE, arrays)
        said = {
            "form": _FORM, "learnt": self.learnt, "find_curve": self.find_curve.as_dict(),
            "top_curve": self.top_curve.as_dict(), "classes": list(self.classes), "top": list(self.top),
            "options": json.loads(self.options.to_json()), "on": self.on.isoformat(), "seed": self.seed,
            "said": list(self.said), "counts": dict(self.counts),
            "top_share": self.model.top_share if self.model else 0.0,
            "shares": dict(self.model.shares) if self.model else {},
        }  # fmt: skip
        (folder / "scorer.json").write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def _forests(self) -> dict[str, Forest]:
        if self.model is None:
            return {}
        kept = {"find": self.model.find, "top": self.model.top, "top-given-find": self.model.top_given_find}
        kept |= {f"share-{name}": forest for name, forest in self.model.share_forests.items()}
        return {name: forest for name, forest in kept.items() if forest is not None}

    @classmethod
    def load(cls, folder: Path) -> Scorer:
        """Read what `save` wrote.

        Raises:
            InputError: it is damaged, or is not there.
        """
        try:
            said = json.loads((folder / "scorer.json").read_text(encoding="utf-8"))
            arrays = read_arrays(folder / "forests.trees", _FILE)
            return cls._read(said, State.load(folder / "past.features"), arrays)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"The model cannot be read: {error}.", hint="Train again, or restore the folder.", file=folder
            ) from None

    @classmethod
    def _read(cls, said: Mapping[str, Any], state: State, arrays: Mapping[str, npt.NDArray[Any]]) -> Scorer:
        if said["form"] != _FORM:
            raise ValueError(f"it has form {said['form']}, and this program reads form {_FORM}")
        names = np.array(state.layout.names, str)
        by_forest: dict[str, dict[str, npt.NDArray[Any]]] = {}
        for place, values in arrays.items():
            of, part = place.rsplit("/", 1)
            by_forest.setdefault(of, {"names": names})[part] = values
        forests = {of: Forest.from_arrays(parts) for of, parts in by_forest.items()}
        shares = {n.removeprefix("share-"): f for n, f in forests.items() if n.startswith("share-")}
        model = None
        if said["learnt"]:
            model = Model(
                forests["find"], forests.get("top"), forests.get("top-given-find"), said["top_share"], said["shares"],
                shares,
            )  # fmt: skip
        return cls(
            state, model, Calibration.from_dict(said["find_curve"]), Calibration.from_dict(said["top_curve"]),
            tuple(said["classes"]), tuple(said["top"]), LearnOptions.from_json(json.dumps(said["options"])),
            dt.date.fromisoformat(said["on"]), said["seed"], tuple(said["said"]), said["counts"],
        )  # fmt: skip


def _best_line(row: Ints, score: Floats, records: int) -> Ints:
    """Return for each record the place of its line with the highest score, the first of equals."""
    falling = np.lexsort((np.arange(len(row)), -score, row))
    starts = np.searchsorted(row[falling], np.arange(records))
    return np.asarray(falling[starts], np.int64)


def part_of(lines: Lines, rows: Ints) -> Lines:
    """Return some records, renumbered from 0 in rising order of `rows`."""
    place = np.full(lines.records, -1, np.int64)
    place[rows] = np.arange(len(rows))
    table = lines.table.filter(pa.array(place[lines.row] >= 0))
    table = table.set_column(0, "row", pa.array(place[table.column("row").to_numpy()]))
    findings = lines.findings
    if findings.num_rows:
        findings = findings.filter(pa.array(place[findings.column("row").to_numpy()] >= 0))
        at = findings.column_names.index("row")
        findings = findings.set_column(at, "row", pa.array(place[findings.column("row").to_numpy()]))
    return Lines(table, len(rows), findings)


def _contributions_table(parts: list[tuple[str, Ints, tuple[str, ...], Floats]]) -> pa.Table:
    columns: dict[str, list[npt.NDArray[Any]]] = {"row": [], "of": [], "feature": [], "contribution": []}
    for of, rows, names, moved in parts:
        at, which = np.nonzero(moved)
        columns["row"].append(rows[at])
        columns["of"].append(np.full(len(at), of, object))
        columns["feature"].append(np.array(names, object)[which])
        columns["contribution"].append(moved[at, which])
    types = {"row": pa.int64(), "of": pa.string(), "feature": pa.string(), "contribution": pa.float64()}
    return pa.table(
        {name: pa.array(np.concatenate(v) if v else np.zeros(0, object), types[name]) for name, v in columns.items()}
    )
