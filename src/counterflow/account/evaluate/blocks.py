"""The estimators that compare treated units with donors, all treated from one period on, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from counterflow.account.evaluate import did as did_parts
from counterflow.account.evaluate import sdid as sdid_parts
from counterflow.account.evaluate import synthetic as synthetic_parts
from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.equivalence import two_one_sided
from counterflow.account.evaluate.fit import Estimator, Fit
from counterflow.account.evaluate.leave_out import in_time, leave_one_out
from counterflow.account.evaluate.panel import Block
from counterflow.account.evaluate.placebo import Placebos, between_ranks, critical_value, placebos_of
from counterflow.account.evaluate.result import MethodResult
from counterflow.core.seeds import generator

__all__ = ["BLOCK_METHODS", "BlockMethod", "answered"]

_SHOWN = 1e-6


@dataclass(frozen=True, slots=True)
class BlockMethod:
    """One estimator.

    Args:
        name: on the command line.
        words: what it does, with its source.
        estimator: the estimate on one block.
        ratio: whether its gaps before the start measure its fit: then placebos are compared as multiples of them.
        synthetic: whether donors' weights are chosen by fit.
    """

    name: str
    words: str
    estimator: Estimator
    ratio: bool
    synthetic: bool


BLOCK_METHODS: Mapping[str, BlockMethod] = {
    method.name: method
    for method in (
        BlockMethod("sdid", sdid_parts.WORDS, sdid_parts.sdid, ratio=False, synthetic=True),
        BlockMethod("sc", synthetic_parts.WORDS, synthetic_parts.synthetic, ratio=True, synthetic=True),
        BlockMethod("asc", synthetic_parts.AUGMENTED_WORDS, synthetic_parts.augmented, ratio=False, synthetic=True),
        BlockMethod("did", did_parts.WORDS, did_parts.did, ratio=False, synthetic=False),
    )
}


@dataclass(frozen=True, slots=True)
class _Doubt:
    low: float | None
    high: float | None
    se: float | None
    p: float | None
    words: str
    more: dict[str, Any]
    placebo: bool = False


def answered(method: BlockMethod, block: Block, ask: Ask, latest: int = 0) -> MethodResult:
    """Return an estimator's answer: effect, interval, p, weights, placebos in space and time, leave-one-out.

    Args:
        method: the estimator.
        block: treated units and donors.
        ask: level, placebos, seed, margin, and whether to try to break it.
        latest: the last period that predictors are taken from, as an index.
    """
    fit = method.estimator(block)
    rng = generator(ask.seed, "placebo", method.name)
    placebos = placebos_of(block, method.estimator, fit, ask.placebos, rng)
    doubt = _doubt(method, block, fit, placebos, ask)
    shown = sorted(zip(block.names, fit.weights.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    more = _shape(block, fit) | {"placebos": _placebo_rows(placebos, fit) if placebos else None} | doubt.more
    if ask.breaks:
        more |= {
            "in_time": in_time(block, method.estimator, latest),
            "leave_one_out": leave_one_out(block, method.estimator, fit),
        }
    return MethodResult(
        method=method.name,
        words=method.words,
        effect=fit.effect,
        low=doubt.low,
        high=doubt.high,
        level=ask.level,
        se=doubt.se,
        interval_method=doubt.words,
        placebo_p=doubt.p if doubt.placebo else None,
        smallest_p=placebos.smallest_p if placebos else None,
        weights={name: weight for name, weight in shown if abs(weight) > _SHOWN},
        limits=tuple(_limits(method, block, fit, placebos)),
        more=more | fit.more | {"p": doubt.p, "equivalence": _equivalence(fit, doubt, ask)},
    )


def _doubt(method: BlockMethod, block: Block, fit: Fit, placebos: Placebos | None, ask: Ask) -> _Doubt:
    """Return interval and p: from placebos while donors outnumber the treated, else from the units themselves."""
    treated, donors = len(block.treated), len(block.names)
    if placebos is not None and not _told_apart(placebos):
        return _Doubt(None, None, None, None, "none: the placebos are all alike", {})
    if placebos is not None and (donors >= 2 * treated or method.name in ("sc", "asc")):
        return _from_placebos(method, fit, placebos, ask.level)
    if method.name == "did" and treated > 1:
        se, low, high, p = did_parts.unequal_variance_interval(block, ask.level)
        return _Doubt(low, high, se, p, "changes of units, variances unequal (Welch 1947)", {})
    error = sdid_parts.jackknife_error(block, fit) if method.name == "sdid" else None
    if error is not None:
        from scipy import stats

        half = float(stats.norm.ppf(0.5 + ask.level / 2)) * error
        share = float(2 * stats.norm.sf(abs(fit.effect) / error)) if error > 0 else None
        return _Doubt(fit.effect - half, fit.effect + half, error, share, "jackknife over units (algorithm 3)", {})
    return _Doubt(None, None, None, None, "none: too few donors to stand in for the treated", {})


def _told_apart(placebos: Placebos) -> bool:
    """Whether the placebos differ by more than rounding: donors that never differ say nothing of chance."""
    return bool(np.abs(placebos.effects).max() > 1e-9 * placebos.size)


def _from_placebos(method: BlockMethod, fit: Fit, placebos: Placebos, level: float) -> _Doubt:
    if method.ratio:
        critical, words = critical_value(placebos.effects / placebos.before, level)
        half = critical * placebos.own_before
        p = between_ranks(placebos.own_ratio, placebos.ratios)
        words += ", placebo effects in multiples of their gap before the start"
    else:
        critical, words = critical_value(placebos.effects, level)
        half, p = critical, between_ranks(fit.effect, placebos.effects)
    scaled = between_ranks(
        fit.effect / max(placebos.own_before, 1e-300), placebos.effects / np.maximum(placebos.before, 1e-300)
    )
    more = {
        "placebo_p_scaled": scaled,
        "rmspe_ratio": placebos.own_ratio,
        "placebo_p_ratio": between_ranks(placebos.own_ratio, placebos.ratios),
    }
    return _Doubt(fit.effect - half, fit.effect + half, placebos.spread, p, words, more, placebo=True)


def _shape(block: Block, fit: Fit) -> dict[str, Any]:
    squares = float(fit.weights @ fit.weights)
    more: dict[str, Any] = {
        "n_treated": len(block.treated),
        "n_units": len(block.names) + len(block.treated),
        "n_pre": block.before,
        "n_post": block.after,
        "pre_rmspe": fit.rmspe(0, block.before),
        "effective_donors": 1 / squares if squares > 0 else None,
        "largest_weight": float(fit.weights.max()),
        "period_effects": [
            {"period": label, "effect": float(gap), "treated": i >= block.before}
            for i, (label, gap) in enumerate(zip(block.periods, fit.gaps, strict=True))
        ],
    }
    if fit.time_weights is not None:
        pairs = zip(block.periods[: block.before], fit.time_weights.tolist(), strict=True)
        more["time_weights"] = {label: weight for label, weight in pairs if weight > _SHOWN}
    return more


def _placebo_rows(placebos: Placebos, fit: Fit) -> dict[str, Any]:
    """Return the placebos as plain data; single stand-ins by name, larger sets by their effects only."""
    larger = int(np.sum(np.abs(placebos.effects) >= abs(fit.effect)))
    told: dict[str, Any] = {
        "count": len(placebos.effects),
        "assignments": "all" if placebos.every else "drawn",
        "as_large": larger,
        "rank_p": (larger + 1) / (len(placebos.effects) + 1),
        "rank_p_ratio": (int(np.sum(placebos.ratios >= placebos.own_ratio)) + 1) / (len(placebos.ratios) + 1),
    }
    if all(len(names) == 1 for names in placebos.names):
        rows = zip(placebos.names, placebos.effects, placebos.before, placebos.ratios, strict=True)
        told["units"] = [
            {"unit": names[0], "effect": float(effect), "pre_rmspe": float(before), "rmspe_ratio": float(ratio)}
            for names, effect, before, ratio in rows
        ]
    else:
        told["effects"] = [float(effect) for effect in placebos.effects]
    return told


def _equivalence(fit: Fit, doubt: _Doubt, ask: Ask) -> dict[str, Any] | None:
    if ask.margin is None or not doubt.se or doubt.low is None or doubt.high is None:
        return None
    critical = (doubt.high - doubt.low) / 2 / doubt.se
    return two_one_sided(fit.effect, critical, doubt.se, ask.margin, alpha=1 - ask.level)


def _limits(method: BlockMethod, block: Block, fit: Fit, placebos: Placebos | None) -> list[str]:
    words = [f"Treated and left out, so not told of: {'; '.join(block.untold)}."] if block.untold else list[str]()
    if method.synthetic and block.before < 5:
        words.append(f"Only {block.before} period(s) before the start: a fit there may be chance.")
    if method.name == "sc":
        words += synthetic_parts.hull_words(block, fit)
    if method.synthetic and float(fit.weights.max()) > 0.9:
        words.append("One donor carries nearly all the weight: what happened to it alone decides.")
    if placebos is None:
        words.append("No placebos: fewer than two donors would remain.")
    elif not _told_apart(placebos):
        words.append("The donors do not differ from each other: nothing says how large a chance effect is.")
    elif placebos.smallest_p > 0.05:
        words.append(f"{len(placebos.effects)} placebos: the smallest p they can give is {placebos.smallest_p:.3f}.")
    thin = method.name in ("sc", "asc") and len(block.names) < 2 * len(block.treated)
    if placebos is not None and thin:
        words.append(
            "Placebos rest on fewer donors than the estimate: the interval is too wide rather than too narrow."
        )
    return words
