"""A nowcast as plain data, for JSON and for keeping."""

from __future__ import annotations

from typing import Any

from counterflow.watch.nowcast.nowcasts import Nowcasts

__all__ = ["plain"]


def plain(made: Nowcasts) -> dict[str, Any]:
    """Return a nowcast as plain data: the raw reported count stands beside every estimate."""
    periods = [
        {
            "reference_date": str(day),
            "reported": float(made.reported[place]),
            "complete": round(float(made.complete[place]), 4),
            "expected": round(float(made.expected[place]), 2),
            "chain_ladder": round(float(made.chain_ladder[place]), 2),
            "quantiles": {f"{level:g}": float(v) for level, v in zip(made.levels, made.values[place], strict=True)},
        }
        for place, day in enumerate(made.reference)
    ]
    return {
        "group": dict(made.group), "as_of": str(made.as_of), "method": made.method, "settings": dict(made.settings),
        "past": dict(made.past), "said": list(made.said), "periods": periods,
    }  # fmt: skip
