"""From the past to a scorer: choose keys, make features, learn forests, calibrate on inspections held out in time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.seeds import generator
from counterflow.target.features.layout import ANY
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.past import cross_features, past_and_state, past_features
from counterflow.target.features.spec import FeatureSpec, default_spec
from counterflow.target.features.state import State
from counterflow.target.learn.calibrate import Calibration, calibrate
from counterflow.target.learn.model import Model, Rows, fit_model
from counterflow.target.learn.options import LearnOptions
from counterflow.target.learn.scorer import Scorer, part_of

__all__ = ["fit"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_TOP = "top"
_EPOCH = dt.date(1970, 1, 1)
_MOSTLY_BY_CHANCE = 0.9


@dataclass(frozen=True)
class _Past:
    """Lines and what was known of them before a day; `found` has "" for nothing found and for nothing known."""

    lines: Lines
    known: Known
    before: int
    inspected: Bools
    found: npt.NDArray[np.str_]
    top: tuple[str, ...]

    @classmethod
    def of(cls, lines: Lines, known: Known, before: int, options: LearnOptions) -> _Past:
        seen = known.found.is_valid().to_numpy(zero_copy_only=False)
        seen &= np.asarray(known.on, np.int64) + options.delay_days < before
        found = pc.if_else(pa.array(seen), known.found, pa.scalar(None, pa.string()))
        text = pc.fill_null(found, "").to_numpy(zero_copy_only=False).astype(str)
        top = options.top({t for t in text.tolist() if t})
        return cls(lines, replace(known, found=found), before, seen, text, top)

    def by_tier(self) -> Known:
        """Return what is known, with every class of the top tier as one."""
        tops = pc.is_in(self.known.found, value_set=pa.array(self.top, pa.string()))
        return replace(self.known, found=pc.if_else(tops, pa.scalar(_TOP), self.known.found))

    @property
    def last_day(self) -> int:
        return int(self.lines.table.column("day").cast(pa.int32()).to_numpy().max(initial=-1))

    @property
    def tiers(self) -> tuple[str, ...]:
        return (ANY, _TOP) if self.top else (ANY,)


def fit(lines: Lines, known: Known, options: LearnOptions, *, on: dt.date, seed: int) -> Scorer:
    """Learn from outcomes known before `on`; see `Scorer.fit`."""
    past = _Past.of(lines, known, (on - _EPOCH).days, options)
    spec = default_spec(lines, without=options.without)
    classes = tuple(sorted({t for t in past.found.tolist() if t}))
    counts = {"inspected": int(past.inspected.sum()), "drawn at random": int((past.inspected & known.random).sum())}
    counts |= {f"found {name}": int((past.found == name).sum()) for name in classes}
    lacking = _lacking(past, options)
    if lacking:
        state = State.learn(
            lines, past.known, spec, classes or (ANY,), before=past.before, delay_days=options.delay_days
        )
        return Scorer(
            state, None, Calibration(), Calibration(), classes, past.top, options, on, seed, (lacking,), counts
        )
    spec, said = _telling(past, spec, options)
    state, model = _learn(past, spec, options, seed)
    find_curve, top_curve = _curves(past, spec, options, seed)
    told = {"cross": "all of the past but their own fold", "past": "what was known on their own day"}
    said += [f"training rows are told {told[_encoding(past, options)]}"]
    said += [f"probabilities of {of}: {c.basis}" for of, c in (("any find", find_curve), ("the top tier", top_curve))]
    said += _said_of_top(past, model)
    return Scorer(state, model, find_curve, top_curve, classes, past.top, options, on, seed, tuple(said), counts)


def _lacking(past: _Past, options: LearnOptions) -> str:
    """Return what is missing for learning, "" where nothing is."""
    inspected = int(past.inspected.sum())
    finds = int((past.found != "").sum())
    stands_in = "Nothing is learnt: past rates by key, findings and exploration decide."
    if not inspected:
        return f"No outcome is known yet. {stands_in}"
    if not finds or finds == inspected:
        return f"All {inspected} known outcomes say the same ({'a find' if finds else 'nothing found'}). {stands_in}"
    if min(finds, inspected - finds) < options.enough_finds:
        return (
            f"{inspected} outcomes are known, {finds} of them finds; a model needs {options.enough_finds} finds and as"
            f" many inspections without one. {stands_in}"
        )
    return ""


def _said_of_top(past: _Past, model: Model) -> list[str]:
    found = int(np.isin(past.found, past.top).sum())
    if model.top is not None:
        return []
    if not past.top:
        return ["no find of the top tier is known: the order is by any find"]
    return [f"only {found} finds of the top tier: it is taken as the same share of every find"]


def _telling(past: _Past, spec: FeatureSpec, options: LearnOptions) -> tuple[FeatureSpec, list[str]]:
    """Leave out keys whose values do not differ beyond chance: they would only add noise and cost."""
    if not options.trust_limit or not spec.keys:
        return spec, []
    state = State.learn(past.lines, past.by_tier(), spec, past.tiers, before=past.before, delay_days=options.delay_days)
    trust = state.trust().min(axis=1)
    keys = tuple(k for k, least in zip(spec.keys, trust, strict=True) if least < options.trust_limit)
    said = [f"{len(keys)} of {len(spec.keys)} keys of past outcomes differ beyond chance and are used"]
    return replace(spec, keys=keys, since=tuple(k for k in spec.since if k in keys)), said


def _encoding(past: _Past, options: LearnOptions) -> str:
    """Return how training rows are told the past; ``auto`` looks at how they were chosen.

    Where inspections follow a score, a key is inspected because it was known; a row that was chosen before its key was
    known shows the forests what such rows are worth, and only its own day's past still has it so.
    """
    if options.encoding != "auto":
        return options.encoding
    by_chance = past.known.random[past.inspected].mean()
    return "cross" if by_chance >= _MOSTLY_BY_CHANCE else "past"


def _learn(past: _Past, spec: FeatureSpec, options: LearnOptions, seed: int) -> tuple[State, Model]:
    known, tiers = past.by_tier(), past.tiers
    morning: dict[str, int] = {"before": past.before, "delay_days": options.delay_days}
    if _encoding(past, options) == "cross":
        state = State.learn(past.lines, known, spec, tiers, **morning)
        fold = generator(seed, "target", "learn", "folds").integers(0, options.folds, past.lines.records)
        matrix = cross_features(past.lines, known, spec, tiers, fold, **morning)
    elif past.before > past.last_day:
        matrix, state = past_and_state(past.lines, known, spec, tiers, **morning)
    else:
        state = State.learn(past.lines, known, spec, tiers, **morning)
        matrix = past_features(past.lines, known, spec, tiers, delay_days=options.delay_days)
    use = past.inspected[matrix.row]
    lines_of = np.bincount(matrix.row, minlength=past.lines.records)
    # A record counts once, whatever the number of its lines.
    weight = (np.clip(past.known.weight, 1.0, options.weight_clip) / np.maximum(lines_of, 1))[matrix.row]
    rows = Rows(matrix.values[use], matrix.names, past.found[matrix.row][use], weight[use])
    return state, fit_model(rows, past.top, options, seed)


def _curves(past: _Past, spec: FeatureSpec, options: LearnOptions, seed: int) -> tuple[Calibration, Calibration]:
    """Learn again without the latest inspections, score those, and fit the curves to what came of them."""
    if options.calibration == "none":
        return Calibration(), Calibration()
    on = np.asarray(past.known.on, np.int64)
    cut = int(np.quantile(on[past.inspected], 1.0 - options.held_out))
    earlier = _Past.of(past.lines, past.known, cut, options)
    if _lacking(earlier, options) or (np.isin(past.found, past.top).any() and not earlier.top):
        return Calibration(), Calibration()
    state, model = _learn(earlier, spec, options, seed)
    declared = np.zeros(past.lines.records, np.int64)
    declared[past.lines.row] = past.lines.table.column("day").cast(pa.int32()).to_numpy()
    held = np.flatnonzero(past.inspected & (on + options.delay_days >= cut) & (declared >= cut))
    if not len(held):
        return Calibration(), Calibration()
    plain = Scorer(
        state, model, Calibration(), Calibration(), tuple(sorted({t for t in earlier.found.tolist() if t})),
        earlier.top, options, _EPOCH + dt.timedelta(days=cut), seed,
    )  # fmt: skip
    scored = plain.score(part_of(past.lines, held))
    top = np.sum([scored.probability[c] for c in earlier.top], axis=0) if earlier.top else np.zeros(len(held))
    weight = np.clip(past.known.weight[held], 1.0, None)
    finds, tops = past.found[held] != "", np.isin(past.found[held], past.top)
    curves = [
        calibrate(_log_odds(p), label, weight, past.known.random[held], method=options.calibration,
                  enough=options.enough_finds)
        for p, label in ((scored.find, finds), (top, tops))
    ]  # fmt: skip
    return curves[0], curves[1]


def _log_odds(probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    p = np.clip(probability, 1e-9, 1.0 - 1e-9)
    return np.asarray(np.log(p) - np.log1p(-p), np.float64)
