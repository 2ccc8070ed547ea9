"""A customer beside its peers: what each orders of one product in a usual month of late. Peers are not named."""

from __future__ import annotations

from collections.abc import Sequence

from counterflow.report import numbers
from counterflow.report.charts.chart import Chart, specification

__all__ = ["peers_chart"]

_HEIGHT = 90


def peers_chart(peers: Sequence[float], own: float, *, measure: str, group: str, months: int) -> Chart:
    """Return the chart.

    Args:
        peers: monthly quantity of each other customer of the group, in `measure`, in any order.
        own: monthly quantity of this customer.
        measure: unit.
        group: which customers count as peers, in words.
        months: number of months that the quantities are the mean of.
    """
    ordered = sorted(peers)
    below = sum(value < own for value in ordered)
    summary = _summary(ordered, own, below, measure, group, months)
    values = [{"quantity": value, "who": "peers"} for value in ordered] + [{"quantity": own, "who": "this customer"}]
    encoding = {
        "x": {
            "field": "quantity",
            "type": "quantitative",
            "scale": {"type": "symlog"},
            "title": f"{measure} a month",
        },
        "color": {
            "field": "who",
            "type": "nominal",
            "scale": {"domain": ["peers", "this customer"]},
            "legend": {"title": None, "orient": "top"},
        },
        "shape": {"field": "who", "type": "nominal", "scale": {"domain": ["peers", "this customer"]}},
    }
    drawn = {"height": _HEIGHT, "mark": {"type": "point", "filled": True, "size": 60}, "encoding": encoding}
    quarters = [ordered[int(q * (len(ordered) - 1))] for q in (0, 0.25, 0.5, 0.75, 1)] if ordered else []
    names = ("least", "lower quarter", "middle", "upper quarter", "most")
    rows = [(name, numbers.amount(value)) for name, value in zip(names, quarters, strict=bool(quarters))]
    return Chart(
        "peers",
        "Beside its peers",
        summary,
        specification(values, summary, **drawn) if ordered else None,
        ("Peers", f"{measure} a month"),
        (*rows, ("this customer", numbers.amount(own))),
    )


def _summary(ordered: Sequence[float], own: float, below: int, measure: str, group: str, months: int) -> str:
    if not ordered:
        return f"There are no other customers of {group} who order this, so there is no one to compare with."
    told = f"{numbers.amount(own)} {measure} a month over the last {numbers.counted(months, 'month')}"
    return f"{told}: more than {numbers.count(below)} of {numbers.counted(len(ordered), 'peer')} ({group})."
