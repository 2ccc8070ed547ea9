"""What the page of strategy shows of a mix, every text and number ready to stand in the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.console.strategy_asked import Asked
from counterflow.flow.strategy_desk import MARKET, MOST_MIXES, Mix
from counterflow.flow.strategy_mix import text_of_pulls
from counterflow.report import numbers
from counterflow.report.charts.chart import Chart
from counterflow.report.charts.fan import Band, Counted, fan_chart
from counterflow.report.charts.tornado import tornado_chart

__all__ = ["answer_view", "compare_view", "doubt_view", "identity"]


_MILLION = 1_000_000
#: less than this is told as nearly nothing
_LEAST_PERCENT = 0.001
#: outcomes that the table of the market tells already
_MARKET = frozenset((*MARKET, "price", "purity", "availability"))


def rounded(value: float) -> str:
    """Return a model's figure to three digits: more would say more than it knows.

    >>> rounded(45073.4), rounded(-0.5)
    ('45\u202f100', '\u22120.5')
    """
    kept = float(f"{abs(value):.3g}")
    return f"{'−' if value < 0 and kept else ''}{numbers.amount(kept)}"


def identity(model: Mapping[str, Any], run: Mapping[str, Any] | None = None) -> str:
    """Return the line that everything shown carries: what it is, of which model, fitted to what, as of when."""
    told = [f"Model estimate, model version {model['version']}"]
    if model["fitted"]:
        until = f" of counts through {model['until']}" if model["until"] else ""
        day = f", as of {model['as_of']}" if model["as_of"] else ""
        told.append(f"posterior{until}{day}")
    else:
        told.append("not fitted to any count yet: every parameter at its prior")
    if run is not None:
        told.append(f"{run['draws']} draws, seed {run['seed']}, scenario {run['scenario']} ({run['scenario_words']})")
        if run["left_out"]:
            told.append(f"{numbers.counted(run['left_out'], 'draw')} without a finite result left out")
    return "; ".join(told) + "."


def answer_view(run: Mapping[str, Any], asked: Asked, mix: Mix) -> dict[str, Any]:
    """Return the answer first, then fan, table, market, warnings, and the links that carry the mix."""
    here = text_of_pulls(mix.pulls)
    room = len(asked.beside) < MOST_MIXES - 1 and bool(mix.pulls) and here not in asked.beside
    return {
        "identity": identity(run["model"], run), "fitted": run["model"]["fitted"], "answer": _answer(run),
        "chart": _fan(run["fans"][0]),
        "outcomes": [_outcome(row) for row in run["outcomes"] if row["name"] not in _MARKET and not row["activity"]],
        "burden": [_outcome(row) for row in run["outcomes"] if row["name"] not in _MARKET and row["activity"]],
        "turned": bool(mix.pulls), "by_group": [_group(row) for row in run["groups"]],
        "market": [_market(row) for row in run["market"]], "warnings": run["warnings"],
        "first": run["first"], "last": run["last"], "pulls": [_pull(row) for row in run["pulls"]],
        "link": asked.address(mix), "mix_text": here, "scenario_now": mix.scenario,
        "aside": asked.address(Mix((), mix.scenario), beside=(*asked.beside, here)) if room else "",
        "comparing": asked.address(mix, "/strategy/compare") if asked.beside else "",
        "aside_count": len(asked.beside) + 1, "doubt": asked.address(mix, "/strategy/doubt", beside=()),
        "files": [
            (words, f"{asked.address(mix, '/strategy/file', beside=())}&form={form}")
            for form, words in (("json", "The run, as JSON"), ("csv", "Its figures, as CSV"),
                                ("toml", "The policy, as TOML"))
            if mix.pulls or form != "toml"
        ],
    }  # fmt: skip


def _answer(run: Mapping[str, Any]) -> str:
    deaths = next((row for row in run["outcomes"] if row["name"] == "deaths_averted"), None)
    if not run["pulls"] or deaths is None:
        fan = run["fans"][0]
        last, band = fan["without"]["years"][-1], fan["without"]
        middle, low, high = (rounded(band[name][-1]) for name in ("q0.5", "q0.025", "q0.975"))
        return f"No lever is pulled. As things are, {last} would see {middle} ({low} to {high}) {fan['words']}."
    years = f"{run['first']} to {run['last']}"
    inside = "" if deaths["low"] > 0 or deaths["high"] < 0 else " The interval holds zero."
    word = "avert" if deaths["value"] >= 0 else "add"
    low, high = (deaths["low"], deaths["high"]) if word == "avert" else (-deaths["high"], -deaths["low"])
    told = f"about {rounded(abs(deaths['value']))} deaths by overdose ({rounded(low)} to {rounded(high)}"
    return f"From {years} this mix would {word} {told}; 95 % of this model's draws).{inside}"


def _fan(fan: Mapping[str, Any], place: str = "fan", name: str = "", top: float | None = None) -> Chart:
    counted = [Counted(row["year"], row["value"], row["held_back"]) for row in fan["counted"]]
    turned = _band(fan["turned"]) if fan["turned"] else None
    words = f"{name}: {fan['words']}" if name else f"{fan['words'][0].upper()}{fan['words'][1:]}"
    return fan_chart(words, fan["unit"], _band(fan["without"]), turned, counted, place=place, top=top)


def _band(band: Mapping[str, Any]) -> Band:
    return Band(band["years"], band["q0.025"], band["q0.25"], band["q0.5"], band["q0.75"], band["q0.975"])


def _outcome(row: Mapping[str, Any]) -> dict[str, Any]:
    dollars = row["unit"].startswith("dollars")
    shown = _signed if row["unit"] == "share" else _dollars if dollars else rounded
    known = row["value"] is not None
    return {
        "words": row["words"], "unit": "" if row["unit"] == "share" else row["unit"],
        "value": shown(row["value"]) if known else numbers.ABSENT,
        "interval": f"{shown(row['low'])} to {shown(row['high'])}" if known else "",
        "unknown": "" if known else row["note"] or "not known",
        "activity": row["activity"], "note": row["note"] if known else "",
    }  # fmt: skip


def _group(row: Mapping[str, Any]) -> dict[str, str]:
    """Return one group: its share of deaths and of arrests beside its share of people."""
    return {
        "group": row["group"], "population": numbers.share(row["population"]),
        "deaths": numbers.share(row["death_share"]), "arrests": numbers.share(row["arrest_share"]),
        "averted": rounded(row["deaths_averted"]),
        "interval": f"{rounded(row['deaths_low'])} to {rounded(row['deaths_high'])}",
        "arrests_change": numbers.ABSENT if row["arrests_change"] is None else rounded(row["arrests_change"]),
        "burden": numbers.ABSENT if row["burden_ratio"] is None else f"{row['burden_ratio']:.2g}",
    }  # fmt: skip


def _market(row: Mapping[str, Any]) -> dict[str, Any]:
    before, change = row["without"], row["change"]
    shown = numbers.share if row["unit"] == "share" else rounded
    return {
        "words": row["words"], "unit": "" if row["unit"] == "share" else row["unit"], "activity": row["activity"],
        "without": shown(before["value"]), "without_interval": f"{shown(before['low'])} to {shown(before['high'])}",
        "value": _signed(change["value"]), "interval": f"{_signed(change['low'])} to {_signed(change['high'])}",
    }  # fmt: skip


def _signed(share: float) -> str:
    """Return a change in per cent, to three digits.

    >>> _signed(0.0003), _signed(-0.0774)
    ('+0.03\u202f%', '\u22127.74\u202f%')
    """
    percent = float(f"{abs(share) * 100:.3g}")
    if percent < _LEAST_PERCENT:
        return "0" if share == 0 else f"under ±{_LEAST_PERCENT:g}\u202f%"
    return f"{'+' if share > 0 else '−'}{numbers.amount(percent)}\u202f%"


def _dollars(value: float) -> str:
    """Return dollars to three digits, in millions where there are so many.

    >>> _dollars(866_700_000.0), _dollars(-34_512.0)
    ('867 million', '\u221234\u202f500')
    """
    return f"{rounded(value / _MILLION)} million" if abs(value) >= _MILLION / 10 else rounded(value)


def _pull(row: Mapping[str, Any]) -> str:
    return (
        f"{row['words']}: {numbers.amount(row['strength'])} {row['unit']}, from {row['start']:g}"
        f" over {row['ramp_years']:g} years"
    )


def doubt_view(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the share of assumptions in words, the parameters that move the result, and how it was found."""
    found, rows = told["finding"], [row | {"name": _plain(row["name"])} for row in told["tornado"]]
    return {
        "label": {"name": found["label"], "ranked": found["ranked"], "words": found["words"]},
        "method": found["method"], "pairs": found["pairs"],
        "tornado": tornado_chart("deaths averted", "deaths averted", rows),
        "drivers": [
            {"name": _plain(row["parameter"]), "share": numbers.share(row["share"]),
             "direction": "more of it, more deaths averted" if row["direction"] > 0 else "more of it, fewer averted",
             "informed": "data inform it" if row["informed"] else "no data inform it"}
            for row in found["drivers"]
        ],
    }  # fmt: skip


def _plain(name: str) -> str:
    return name.replace("_", " ")


def compare_view(told: Mapping[str, Any], asked: Asked, mixes: Sequence[Mix]) -> dict[str, Any]:
    """Return up to four mixes side by side, in the order in which they were put aside."""
    names = [f"Mix {letter}" for letter in "ABCD"[: len(mixes)]]
    runs = told["runs"]
    words = list(dict.fromkeys(row["words"] for row in runs[0]["outcomes"]))
    top = max(max(fan[world]["q0.975"]) for run in runs for fan in run["fans"][:1] for world in ("without", "turned")
              if fan[world])  # fmt: skip
    top = max([top, *(row["value"] for row in runs[0]["fans"][0]["counted"])])
    cells = [{row["words"]: _outcome(row) for row in run["outcomes"]} for run in runs]
    return {
        "identity": identity(told["model"], runs[0]), "fitted": told["model"]["fitted"],
        "first": told["first"], "last": told["last"],
        "columns": [
            {"name": name, "pulls": [_pull(row) for row in run["pulls"]],
             "chart": _fan(run["fans"][0], f"fan-{i}", name, top),
             "link": asked.address(mix, beside=()), "warnings": run["warnings"],
             "doubt": asked.address(mix, "/strategy/doubt", beside=())}
            for i, (name, run, mix) in enumerate(zip(names, runs, mixes, strict=True))
        ],
        "rows": [{"words": word, "cells": [row.get(word) for row in cells]} for word in words],
        "chances": [
            {"name": names[a], "cells": ["" if p is None else numbers.share(p) for p in row]}
            for a, row in enumerate(told["more_deaths_averted"])
        ],
        "back": asked.address(mixes[-1]),
    }  # fmt: skip
