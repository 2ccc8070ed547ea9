"""Weight of evidence by officer: where everybody lies, so that one who stands out is seen beside the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report.charts.chart import Chart, specification

__all__ = ["evidence_chart"]

_STATES = ("as others", "one signal", "two signals")


def evidence_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the chart of officers by weight of evidence.

    Args:
        rows: `officer`, `score` (log10 of the ratio of densities), `posterior`, `flagged`, `named`, by rank.
    """
    values = [
        {"officer": row["officer"], "score": row["score"], "posterior": row["posterior"],
         "state": _STATES[2 if row["named"] else 1 if row["flagged"] else 0]}
        for row in rows
    ]  # fmt: skip
    out = sum(bool(row["flagged"]) for row in rows)
    most = max((row["score"] for row in rows if not row["flagged"]), default=0.0)
    summary = (
        f"{len(rows)} officers, one point each, by weight of evidence (powers of ten); {out} stand apart; of the others"
        f" none is above {most:.1f}. One signal leads to the work, two independent ones to a question."
    )
    encoding = {
        "x": {"field": "score", "type": "quantitative", "title": "weight of evidence, powers of ten"},
        "y": {"field": "state", "type": "nominal", "sort": list(_STATES), "title": None, "axis": {"labelLimit": 120}},
        "color": {"field": "state", "type": "nominal", "scale": {"domain": list(_STATES)}, "legend": None},
        "tooltip": [{"field": "officer"}, {"field": "score", "format": ".2f"}, {"field": "posterior", "format": ".3f"}],
    }
    mark = {"type": "point", "filled": True, "size": 70, "opacity": 0.75}
    spec = specification(values, summary, height=130, mark=mark, encoding=encoding) if rows else None
    table = tuple((str(v["officer"]), f"{v['score']:.2f}", f"{v['posterior']:.3f}", str(v["state"])) for v in values)
    return Chart("evidence", "Who stands apart", summary, spec, ("Officer", "Weight", "Chance", "Stands"), table)
