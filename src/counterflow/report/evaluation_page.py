"""The result of an evaluation for a committee: one page that says what came out, how it stands, and what fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.report import numbers
from counterflow.report.blocks import Block, Facts, Figure, Flag, Heading, Lines, Note, Said, Table, html
from counterflow.report.evaluation_plots import effects_drawing, placebos_drawing
from counterflow.report.markup import Safe, tag
from counterflow.report.page import page

__all__ = ["STANDINGS", "blocks", "kicker", "render"]

STANDINGS = {
    "confirmatory": "Confirmatory: the design was sealed before any outcome could be known",
    "registered": "Registered: the design was sealed before these outcomes were read here",
    "exploratory": "Exploratory: it suggests, it does not confirm",
}
_STYLE = Safe(
    "main{max-width:56rem}.flagged{margin-top:.7rem;padding:.45rem .8rem;border-left:4px solid var(--warn);"
    "background:var(--sunk);font-weight:600}svg .bar.open{fill:var(--warn)}svg .base{stroke:var(--ink);fill:none;"
    "stroke-width:1.3}svg .limit{fill:none;stroke:var(--warn);stroke-width:1.4;stroke-dasharray:5 4}"
    "svg .alarm{fill:var(--warn)}.wide td:first-child{min-width:9rem}.wide td:not(.n){min-width:5.5rem}"
    "figure svg{max-height:none}h2 + p,h2 + .note{margin-top:.35rem}.facts + p{margin-top:.7rem}"
    "@media (max-width:40rem){svg text{font-size:20px}}dd{overflow-wrap:anywhere}"
)
_CHANCE = "A figure that excludes no effect still does so by chance in one design of twenty that does nothing."


def render(told: Mapping[str, Any]) -> str:
    """Return the page of a result, as `counterflow.flow.account_evaluate.run_told` makes it."""
    return page(
        str(told["title"]),
        tag("style", _STYLE),
        tag("p", kicker(told), class_="kicker"),
        tag("h1", told["title"]),
        *html(blocks(told)),
    )


def kicker(told: Mapping[str, Any]) -> str:
    """Return the line above the title."""
    return f"Evaluation {told['run']}, computed {numbers.when(told['ran_at'])}, ledger entry {told['sealed_seq']}"


def blocks(told: Mapping[str, Any]) -> list[Block]:
    """Return the result as blocks."""
    return [
        *_first(told), *_estimators(told), *_figures(told), *_breaks(told), *_weights(told), *_asked(told),
        *_limits(told), *_others(told), Heading("What was read"), Facts(tuple((n, v) for n, v in told["panel"] if v)),
    ]  # fmt: skip


def _first(told: Mapping[str, Any]) -> list[Block]:
    shown: list[Block] = []
    if not told["intact"]:
        shown.append(Flag("This is not what was sealed: design or result were changed in the store afterwards."))
    look = Flag if told["standing"] == "exploratory" else Note
    shown += [Heading("What came out"), Said(told["verdict"]), look(f"{STANDINGS[told['standing']]}. {told['why']}")]
    if told["deviations"]:
        rows = tuple(dict(row) for row in told["deviations"])
        heads = {"what": "Changed", "registered": "Registered", "used": "Used", "because": "Because"}
        shown.append(Table("Departures from the sealed design", heads, rows))
    return shown


def _estimators(told: Mapping[str, Any]) -> list[Block]:
    rows = tuple(
        {"name": row["name"], "words": row["words"], "p": _p(row), "method": row["method"]}
        for row in told["estimators"]
    )
    heads = {"name": "Estimator", "words": "Effect", "p": "Placebo p"}
    return [
        Heading("By each estimator"), Said(told["agreement"]),
        Table("The same question, other assumptions", heads, rows, ("p",)),
        Lines(tuple(f"{row['name']}: {row['method']}" for row in rows if row["method"])), Note(_CHANCE),
    ]  # fmt: skip


def _p(row: Mapping[str, Any]) -> str:
    if row["placebo_p"] is None:
        return "none"
    least = row["smallest_p"]
    return f"{row['placebo_p']:.2g}" + (f" (least {least:.2g})" if least and least > 0.01 else "")


def _figures(told: Mapping[str, Any]) -> list[Block]:
    shown: list[Block] = []
    effects, placebos = told["effects"], told["placebos"]
    drawing = effects_drawing(effects["rows"]) if effects else None
    if effects and drawing:
        time = "periods since the start" if effects["since"] else "periods"
        key = f"By {effects['name']}; across: {time}; left of the dashed line nothing had started."
        shown += [Heading("Before and after"), Figure(drawing, key)]
    drawing = placebos_drawing(placebos["own"], placebos["rows"]) if placebos else None
    if placebos and drawing:
        key = f"By {placebos['name']}; each square a unit that nothing was done to, the triangle the treated."
        shown += [Heading("Among placebos"), Figure(drawing, key)]
    return shown


def _breaks(told: Mapping[str, Any]) -> list[Block]:
    shown: list[Block] = []
    if told["honest"]:
        honest = told["honest"]
        rows = tuple(
            {"break": f"{row['break']:g}", "interval": f"{_short(row['low'])} to {_short(row['high'])}",
             "stands": "yes" if row["excludes_zero"] else "no"}
            for row in honest["rows"]
        )  # fmt: skip
        heads = {"break": "Break, in largest seen before", "interval": "Interval", "stands": "Excludes no effect"}
        shown += [Heading("If trends were not parallel"), Said(honest["words"])]
        if rows:
            shown.append(Table("Interval for each size of break", heads, rows, ("break",)))
    if told["checks"]:
        shown += [Heading("Attempts to break it"), Lines(tuple(told["checks"]))]
    return shown


def _weights(told: Mapping[str, Any]) -> list[Block]:
    weights = told["weights"]
    if not weights:
        return []
    rows = tuple({"name": row["name"], "weight": f"{row['weight']:.3f}"} for row in weights["rows"])
    heading, heads = Heading("Who stands for the treated"), {"name": "Unit", "weight": "Weight"}
    table = Table(f"Weights by {weights['name']}", heads, rows, ("weight",))
    rest = weights["count"] - len(weights["rows"])
    return [heading, table, *([Note(f"{rest} more share {weights['rest']:.3f}.")] if rest > 0 else [])]


def _asked(told: Mapping[str, Any]) -> list[Block]:
    if not told["design"]:
        return []
    sealed = ("Sealed", f"{numbers.when(told['design']['sealed_at'])}, ledger entry {told['design']['sealed_seq']}")
    return [Heading("What was asked, and decided beforehand"), Facts((*((n, v) for n, v in told["facts"]), sealed))]


def _limits(told: Mapping[str, Any]) -> list[Block]:
    return [Heading("Limits"), Lines(tuple(told["limits"]))] if told["limits"] else []


def _others(told: Mapping[str, Any]) -> list[Block]:
    if not told["design"]:
        return []
    if not told["others"]:
        return [Heading("Other results of this design"), Note("This is the only one.")]
    rows = tuple(
        {"run": row["run"], "when": numbers.when(row["ran_at"]), "standing": row["standing"], "verdict": row["verdict"]}
        for row in told["others"]
    )
    heads = {"run": "Result", "when": "Computed", "standing": "Standing", "verdict": "Said"}
    return [Heading("Other results of this design"), Table("All of them; none is ever replaced", heads, rows)]


def _short(value: float) -> str:
    return f"{'−' if value < 0 else ''}{numbers.amount(float(f'{abs(value):.3g}'))}"
