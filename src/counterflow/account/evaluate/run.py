"""One question, several estimators: what the command, the console and a registered design all call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.blocks import BLOCK_METHODS, BlockMethod, answered
from counterflow.account.evaluate.panel import Block, Panel, block_of, named_units
from counterflow.account.evaluate.predictors import WORDS, Predictors, complete_donors, predictors_of
from counterflow.account.evaluate.result import MethodResult, agreement
from counterflow.core.errors import InputError, UnknownName, UsageError

__all__ = ["METHODS", "NOT_REGISTERED", "evaluate", "method_names", "narrowed"]

#: methods that are answered elsewhere: module and function, called with the panel and the question
_PANEL_METHODS = {
    "callaway-santanna": "staggered_panel:callaway_santanna_asked",
    "sun-abraham": "staggered_panel:sun_abraham_asked",
    "imputation": "staggered_panel:imputation_asked",
    "event-study": "staggered_panel:event_study_asked",
    "its": "its_panel:its_asked",
    "controlled-its": "its_panel:controlled_its_asked",
}
METHODS = (*BLOCK_METHODS, *_PANEL_METHODS)
_OTHER_NAMES = {
    "staggered": "callaway-santanna",
    "cs": "callaway-santanna",
    "synthetic-control": "sc",
    "synthdid": "sdid",
    "augmented": "asc",
    "ascm": "asc",
}
#: what is run beside one estimator that was asked for alone
_SECOND = {
    "sdid": "did",
    "sc": "sdid",
    "asc": "sdid",
    "did": "sdid",
    "callaway-santanna": "imputation",
    "imputation": "callaway-santanna",
    "sun-abraham": "imputation",
    "its": "controlled-its",
    "controlled-its": "did",
    "event-study": "imputation",
}
NOT_REGISTERED = (
    "Exploratory: no design was registered before these outcomes were read (counterflow account design register)."
)


def method_names(texts: list[str]) -> tuple[str, ...]:
    """Return the estimators that texts name, between commas.

    Raises:
        UnknownName: one is not known; the nearest are shown.
    """
    found = []
    for text in (part.strip().casefold() for whole in texts for part in whole.split(",")):
        if not text:
            continue
        name = _OTHER_NAMES.get(text, text)
        if name not in METHODS:
            raise UnknownName("estimator", text, [*METHODS, *_OTHER_NAMES])
        found.append(name)
    if not found:
        raise UsageError("No estimator is named.", hint=f"--methods takes {', '.join(METHODS)}, between commas.")
    return tuple(dict.fromkeys(found))


def evaluate(panel: Panel, ask: Ask) -> dict[str, Any]:
    """Answer a question with every estimator asked for, and a second one beside where only one was.

    Returns:
        Each estimator's answer under its name; `beside` (what was not asked for), `agreement`, `panel` (what was
        read, who was left out) and `registration`.

    Raises:
        InputError: the panel cannot answer; says why.
        UsageError: the question contradicts itself.
    """
    panel = narrowed(panel, ask)
    ask = ask if panel.group and not ask.treated else replace(ask, treated=_treated(panel, ask))
    told, results, notes = dict[str, Any](), list[MethodResult](), list[str]()
    blocks = _Blocks(panel, ask)
    for name in ask.methods:
        told[name], result = _one(name, panel, ask, blocks)
        results.append(result)
    beside: dict[str, Any] = {}
    if len(ask.methods) == 1 and (second := _SECOND.get(ask.methods[0])):
        try:
            beside[second], result = _one(second, panel, ask, blocks)
            results.append(result)
        except InputError as error:
            notes.append(f"{second} beside it could not be run: {error}")
    return told | {
        "beside": beside,
        "agreement": agreement(results),
        "panel": {
            "file": panel.path.name,
            "digest": panel.digest,
            "rows": panel.rows,
            "units": len(panel.units),
            "periods": len(panel.periods),
            "first": panel.labels[0],
            "last": panel.labels[-1],
            "outcome": panel.outcome_name,
            "said": [*panel.said, *notes],
        }
        | blocks.told(),
        "registration": {"registered": False, "words": NOT_REGISTERED},
        "seed": ask.seed,
    }


def narrowed(panel: Panel, ask: Ask) -> Panel:
    """Return the panel without the units and periods that the question leaves out."""
    places = panel.places
    kept = np.ones(len(places), dtype=bool)
    if ask.since:
        kept &= places >= places[panel.period_at(ask.since, "--from")]
    if ask.until:
        kept &= places <= places[panel.period_at(ask.until, "--to")]
    gone = set(named_units(panel, ask.exclude)) if ask.exclude else set[str]()
    stay = np.array([unit not in gone for unit in panel.units])
    empty = np.isnan(panel.outcome[stay]).all(axis=0) & kept
    said = panel.said
    if empty.any() and not empty[kept].all():
        gone_labels = ", ".join(label for label, bare in zip(panel.labels, empty, strict=True) if bare)
        said = (*said, f"Left out, no unit has {panel.outcome_name} in them: {gone_labels}.")
        kept &= ~empty
    if kept.all() and stay.all():
        return panel
    if not kept.any() or not stay.any():
        raise InputError("Nothing is left of the panel.", hint="--from must not lie after --to.", file=panel.path)

    def only(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(value for value, keep in zip(values, stay, strict=True) if keep) if values else ()

    return replace(
        panel,
        said=said,
        units=only(panel.units),
        group=only(panel.group),
        cluster=only(panel.cluster),
        periods=tuple(p for p, keep in zip(panel.periods, kept, strict=True) if keep),
        outcome=panel.outcome[np.ix_(stay, kept)],
        columns={name: grid[np.ix_(stay, kept)] for name, grid in panel.columns.items()},
    )


def _treated(panel: Panel, ask: Ask) -> tuple[str, ...]:
    if panel.group:
        raise UsageError("Both --treated and --group say who was treated.", hint="Give one of them.")
    if not ask.treated and ask.start and len(panel.units) == 1:
        return panel.units
    if not ask.treated or not ask.start:
        raise UsageError(
            "Who was treated, and from when?",
            hint="Give --treated NAMES and --start PERIOD, or --group COLUMN of first treated periods.",
        )
    return named_units(panel, ask.treated, "unit")


class _Blocks:
    """The block that the estimators of one question share, made when the first of them needs it."""

    def __init__(self, panel: Panel, ask: Ask) -> None:
        self.panel, self.ask = panel, ask
        self._block: Block | None = None
        self.predictors: Predictors | None = None

    def told(self) -> dict[str, Any]:
        """Return what the answer says about the block."""
        if self._block is None:
            return {}
        block = self._block
        return {
            "treated": list(block.treated_names),
            "start": block.periods[block.before],
            "donors": len(block.names),
            "left_out": list(block.left_out),
            "treated_left_out": list(block.untold),
        }

    def block(self) -> Block:
        """Return the block of the question."""
        if self._block is None:
            treated, start = self._who_and_when()
            named = named_units(self.panel, self.ask.donors, "donor") if self.ask.donors else self.panel.units
            told, untold = _complete_treated(self.panel, treated)
            donors = [name for name in named if name not in set(treated)]
            self._block = replace(block_of(self.panel, told, start, donors=donors), untold=untold)
            _refuse_constant(self._block, self.panel)
        return self._block

    def _who_and_when(self) -> tuple[tuple[str, ...], int]:
        if not self.panel.group:
            return self.ask.treated, self.panel.period_at(self.ask.start)
        starts = sorted({period for period in self.panel.group if period is not None})
        if len(starts) != 1:
            raise InputError(
                f"The units start in {len(starts)} different periods"
                + (f" ({', '.join(p.label for p in starts[:6])})." if starts else ": none is ever treated."),
                hint="sdid, sc, asc and did compare units that all start at once; use --methods callaway-santanna, "
                "or --treated and --start for one group with --exclude for the others.",
                file=self.panel.path,
            )
        treated = tuple(u for u, g in zip(self.panel.units, self.panel.group, strict=True) if g is not None)
        return treated, self.panel.period_at(starts[0].label)

    def with_predictors(self) -> tuple[Block, Predictors]:
        """Return the block of units that have every predictor, and the predictors."""
        whole = self.block()
        known = predictors_of(self.panel, self.ask, whole.before)
        donors = complete_donors(whole.names, known)
        lacking = [name for name in whole.treated_names if name not in set(known.complete)]
        if lacking:
            raise InputError(
                f"{lacking[0]} is treated and lacks a predictor.",
                file=self.panel.path,
                hint="Leave that predictor out, or name periods in which it was measured.",
            )
        block = block_of(self.panel, whole.treated_names, whole.before, donors=donors)
        gone = tuple(f"{name}: no value of a predictor" for name in whole.names if name not in set(donors))
        return replace(block, left_out=whole.left_out + gone, untold=whole.untold), known


def _complete_treated(panel: Panel, treated: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the treated units with every period, and in words those without; all of them where none is complete."""
    gaps = dict(zip(panel.units, np.isnan(panel.outcome).sum(axis=1).tolist(), strict=True))
    whole = tuple(name for name in treated if not gaps[name])
    if not whole:
        return treated, ()
    lacking = [name for name in treated if gaps[name]]
    return whole, tuple(f"{name}: {gaps[name]} of {len(panel.periods)} periods missing" for name in lacking)


def _refuse_constant(block: Block, panel: Panel) -> None:
    if np.ptp(block.donors) == 0 and np.ptp(block.treated) == 0:
        raise InputError(
            f"{panel.outcome_name} never changes, over all units and periods.",
            file=panel.path,
            hint="Check that the right column was named.",
            column=panel.outcome_name,
        )


def _one(name: str, panel: Panel, ask: Ask, blocks: _Blocks) -> tuple[dict[str, Any], MethodResult]:
    """Return one estimator's answer as plain data, and what the comparison between estimators needs of it."""
    if name in _PANEL_METHODS or (name == "did" and _staggered(panel)):
        place = _PANEL_METHODS.get(name, "staggered_panel:two_way_asked")
        module, function = place.split(":")
        call: Callable[[Panel, Ask], dict[str, Any]] = getattr(
            import_module(f"counterflow.account.evaluate.{module}"), function
        )
        told = call(panel, ask)
        telling = told.get("informative") is not False
        return told, MethodResult(
            method=name,
            words=name,
            effect=told.get("effect"),
            low=told.get("low") if telling else None,
            high=told.get("high") if telling else None,
            interval_method="",
        )
    method = BLOCK_METHODS[name]
    if name == "sc" and (ask.predictors or ask.special):
        block, known = blocks.with_predictors()
        method = BlockMethod("sc", WORDS, known.estimator(), ratio=True, synthetic=True)
        result = answered(method, block, ask, known.latest)
        more = {
            "fit_window": known.window_words,
            "said": [*known.said, *block.left_out[len(blocks.block().left_out) :]],
        }
        return result.as_dict() | more, result
    result = answered(method, blocks.block(), ask)
    return result.as_dict(), result


def _staggered(panel: Panel) -> bool:
    return len({period for period in panel.group if period is not None}) > 1
