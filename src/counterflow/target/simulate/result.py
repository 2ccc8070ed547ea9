"""What a simulation says: per strategy its measures over seeds, what stands beside it, and the ratios that matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from counterflow.target.simulate.compare import Entry, Finished
from counterflow.target.simulate.measure import MEASURES, measures, periods, ratio, spread, weekly
from counterflow.target.simulate.run import Protocol
from counterflow.target.simulate.source import Source, Truth

__all__ = ["PLAIN_SHARE", "SYNTHETIC", "answer", "beside", "caveat", "pairs", "share_curve", "table"]

SYNTHETIC = (
    "synthetic declarations; regression bench; one glued key (hs6+departure+origin+tax rate+tax type) carries most of"
    " the signal; says nothing about the field"
)
#: share of the plain random strategy that stands beside `adaptive`
PLAIN_SHARE = 0.10


def beside(asked: Sequence[Entry]) -> list[Entry]:
    """Return what is run beside the strategies asked for: with `adaptive`, its peers and the bound."""
    first = next((each for each in asked if each.strategy == "adaptive"), None)
    if first is None:
        return []
    more = [
        Entry("exploit", "plain", 0.0, first.top_weight),
        Entry("exploit", "counterflow", 0.0, first.top_weight),
        Entry("hybrid", "plain", PLAIN_SHARE, first.top_weight),
        Entry("bound", "counterflow", 0.0, first.top_weight),
    ]
    return [each for each in more if each not in asked]


def caveat(world: Source) -> str:
    """Return what must stand wherever a result of this world does."""
    replayed = "a replay of one labelled history; says nothing about other places or times"
    return world.about or (SYNTHETIC if world.synthetic else replayed)


def pairs(entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Return which entries are compared: adaptive with each of the others."""
    first = [each for each in entries if each.strategy == "adaptive"]
    return [(one, other) for one in first for other in entries if other.strategy not in ("adaptive", "random")]


def answer(world: Source, finished: Sequence[Finished], asked: Sequence[Entry], protocol: Protocol) -> dict[str, Any]:
    """Return the whole result as plain data."""
    spans = periods(world.weeks, protocol)
    by_entry: dict[Entry, list[Finished]] = {}
    for one in finished:
        by_entry.setdefault(one.entry, []).append(one)
    measured = {
        entry: {name: [measures(one.truth, one.run, weeks) for one in runs] for name, weeks in spans.items()}
        for entry, runs in by_entry.items()
    }
    said = {entry: _strategy(world, entry, by_entry[entry], measured[entry], protocol) for entry in by_entry}
    return {
        "synthetic": world.synthetic,
        "caveat": caveat(world),
        "history": _history(world, [one.truth for one in finished]),
        "protocol": {
            "rate": protocol.rate, "warm_up_weeks": protocol.warm_up_weeks, "warm_up_rate": protocol.warm_up_rate,
            "delay_weeks": protocol.delay_weeks, "seeds": len(next(iter(by_entry.values()), [])),
        },
        "strategies": {entry.strategy: said[entry] for entry in by_entry if entry in asked},
        "beside": {entry.name: said[entry] for entry in by_entry if entry not in asked},
        "ratios": [_ratio(one, other, measured) for one, other in pairs(list(by_entry))],
        "said": list(world.said),
    }  # fmt: skip


def _history(world: Source, truths: Sequence[Truth]) -> dict[str, Any]:
    """Return what there was to be found, on average where each run had its own course."""
    return {
        "records": len(truths[0].label), "weeks": world.weeks, "first_day": world.first_day.isoformat(),
        "finds": round(float(np.mean([(each.label > 0).mean() for each in truths])), 6),
        "critical": round(float(np.mean([each.critical[each.label].mean() for each in truths])), 6),
        "scheme_records": round(float(np.mean([each.scheme.sum() for each in truths]))),
    }  # fmt: skip


def _strategy(
    world: Source,
    entry: Entry,
    runs: Sequence[Finished],
    by_period: dict[str, list[dict[str, float]]],
    protocol: Protocol,
) -> dict[str, Any]:
    """Return one strategy: precision by period, last13, scheme_found, each with mean and sd; and the other measures."""
    made: dict[str, Any] = {
        "strategy": entry.strategy,
        "learner": entry.learner,
        "random_share_asked": entry.random_share,
        "top_weight": entry.top_weight,
    }
    for name in MEASURES:
        each = {period: spread([one[name] for one in seeds]) for period, seeds in by_period.items()}
        if name == "scheme_found":
            made[name] = {**each.pop("all"), "last13": each.pop("last13"), "by_period": each}
        else:
            made[name] = each
    made["last13"] = made["precision"]["last13"]
    weeks = world.weeks - protocol.warm_up_weeks
    inspections = [float((one.run.made.week >= protocol.warm_up_weeks).sum()) / max(weeks, 1) for one in runs]
    made["inspections_per_week"] = spread(inspections)
    lines = [weekly(one.truth, one.run) for one in runs]
    made["weekly"] = {
        name: [spread([one[name][week] for one in lines]) for week in range(world.weeks)]
        for name in ("precision", "scheme_found")
        if name == "precision" or runs[0].truth.scheme.any()
    }
    return made


def _ratio(one: Entry, other: Entry, measured: dict[Entry, dict[str, list[dict[str, float]]]]) -> dict[str, Any]:
    """Return ratios of means over the seeds that both ran under: the bound runs under the first ones only."""
    made: dict[str, Any] = {"of": one.name, "to": other.name}
    for ending, period in (("_last13", "last13"), ("", "all")):
        both = list(zip(measured[one][period], measured[other][period], strict=False))
        for name, measure in (
            ("precision", "precision"),
            ("elsewhere", "precision_elsewhere"),
            ("scheme", "scheme_found"),
        ):
            key = "last13" if (name, period) == ("precision", "last13") else name + ending
            made[key] = ratio([above[measure] for above, _ in both], [below[measure] for _, below in both])
    return made


def share_curve(world: Source, finished: Sequence[Finished], protocol: Protocol) -> list[dict[str, Any]]:
    """Return what each random share costs and finds in the last weeks, in order of share."""
    weeks = periods(world.weeks, protocol)["last13"]
    rows = []
    for share in sorted({one.entry.random_share for one in finished}):
        made = [measures(one.truth, one.run, weeks) for one in finished if one.entry.random_share == share]
        row: dict[str, Any] = {"random_share": share}
        for name in ("precision", "precision_elsewhere", "scheme_found", "critical_recall", "random_share"):
            row["random_kept" if name == "random_share" else name] = spread([one[name] for one in made])
        rows.append(row)
    return rows


def table(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a result as rows for people: one per strategy."""
    rows = []
    for part in ("strategies", "beside"):
        for name, each in said[part].items():
            row: dict[str, Any] = {"strategy": name, "learner": each["learner"]}
            for period, value in each["precision"].items():
                row[f"precision {period}"] = _with_sd(value)
            row["recall last13"] = _with_sd(each["recall"]["last13"])
            row["critical recall last13"] = _with_sd(each["critical_recall"]["last13"])
            row["random kept last13"] = _with_sd(each["random_share"]["last13"])
            if said["history"]["scheme_records"]:
                row["scheme found"] = _with_sd(each["scheme_found"])
                row["scheme found last13"] = _with_sd(each["scheme_found"]["last13"])
                row["precision elsewhere last13"] = _with_sd(each["precision_elsewhere"]["last13"])
            rows.append(row)
    return rows


def _with_sd(value: dict[str, Any]) -> str:
    if value["mean"] is None:
        return ""
    return f"{value['mean']:.3f}" if value["sd"] is None else f"{value['mean']:.3f} (sd {value['sd']:.3f})"
