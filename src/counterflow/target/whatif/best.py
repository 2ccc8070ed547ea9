"""The best use of the same minutes: a linear programme over concave curves, exact for the curves' straight pieces.

Expected harm is a sum of concave, piecewise straight functions of how many inspections the best k resources of a lane
take together (see `harm`). Maximising it under the minutes of each resource is a linear programme (Dantzig 1963; for
one resource it is the greedy rule of Fox 1966, Operations Research 14:210, and a test holds the two together). Its dual
prices are what one more minute of each resource would bring.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.target.whatif import lifts
from counterflow.target.whatif.harm import Draws, detections
from counterflow.target.whatif.state import State, load_of, open_share, work_matrix

__all__ = ["Best", "best_use"]

Floats = npt.NDArray[np.float64]
#: every second point of the curves' grid is enough for the programme; figures are computed on all
_KNOTS = np.arange(0, lifts.GRID.size, 2)


@dataclass(frozen=True)
class Best:
    """The best use of the minutes that a plan works.

    Args:
        inspections: inspections a day of each station.
        minutes: minutes a day of each station.
        price: harm found per further minute of each station's resource, in severity points.
    """

    inspections: Floats
    minutes: Floats
    price: Floats


def best_use(state: State, draws: Draws, keep: float) -> Best | None:
    """Return the use of the same minutes that finds most expected harm; None where nothing can be moved or found.

    Minutes of a resource move between lanes of one office; a lane keeps at least a share `keep` of what it has now,
    because a lane in which nobody looks is a lane of which nobody knows.

    Args:
        state: the present plan.
        draws: draws of the doubt; the programme maximises the mean over them.
        keep: least share of its present minutes that each lane keeps.
    """
    from scipy.optimize import linprog

    done = load_of(state).done
    matrix = work_matrix(state)
    used = matrix @ done
    if used.sum() <= 0:
        return None
    groups = _groups(state)
    rates = detections(state, draws)
    columns = _Columns(state, draws, rates)
    size, stations = columns.size, len(state.stations)
    rows, limits = [], []
    for members in groups:
        row = np.zeros(size)
        row[:stations] = matrix[members].sum(axis=0)
        rows.append(row)
        limits.append(float(used[members].sum()))
    upper_rows, upper_limits = columns.constraints()
    floors = keep * done
    bounds = [(float(low), None) for low in floors] + [(0.0, float(width)) for width in columns.widths]
    solved = linprog(
        -np.r_[np.zeros(stations), columns.gains], A_ub=np.array(rows + upper_rows),
        b_ub=np.array(limits + upper_limits),        bounds=bounds, method="highs",
    )  # fmt: skip
    if not solved.success:
        return None
    inspections = np.maximum(np.asarray(solved.x[:stations]), 0.0)
    price = np.zeros(stations)
    for members, dual in zip(groups, solved.ineqlin.marginals, strict=False):
        price[members] = -dual
    return Best(inspections, matrix @ inspections, price)


def _groups(state: State) -> list[list[int]]:
    """Return stations whose minutes may go from one to the other."""
    found: dict[tuple[str, str, int], list[int]] = {}
    for i, station in enumerate(state.stations):
        office = state.lanes[station.lane].office
        key = (station.resource, office, -1 if station.terms.movable else station.lane)
        found.setdefault(key, []).append(i)
    return list(found.values())


class _Columns:
    """Columns of the programme beyond the stations' inspections: pieces of each lane's curve at each of its ranks.

    Rank k of a lane covers its best k + 1 stations; the pieces used at rank k are at most the inspections of these
    stations, and together bring (d_k − d_(k+1)) · slope each.
    """

    def __init__(self, state: State, draws: Draws, rates: list[Floats]) -> None:
        self.state = state
        self.gains: list[float] = []
        self.widths: list[float] = []
        self._ranks: list[tuple[list[int], int, int, float]] = []
        for place, lane in enumerate(state.lanes):
            order = sorted(state.of_lane(place), key=lambda i: (-float(rates[i].mean()), state.stations[i].resource))
            if not order or lane.a_day <= 0:
                continue
            most = lane.a_day * open_share(lane, [state.stations[i] for i in order])
            curves = draws.mixed(place, lane.random_share)
            for k in range(len(order)):
                after = rates[order[k + 1]] if k + 1 < len(order) else np.zeros(draws.count)
                worth = sum(
                    lane.a_day * harm.severity * ((rates[order[k]] - after) * draws.prevalence[place][c]) @ curves[c]
                    for c, harm in enumerate(lane.harms)
                )
                curve = lifts.concave(np.asarray(worth) / draws.count)[_KNOTS]
                width = np.diff(lifts.GRID[_KNOTS]) * lane.a_day
                start = len(self.gains)
                self.gains += (np.diff(curve) / width).tolist()
                self.widths += width.tolist()
                self._ranks.append((order[: k + 1], start, len(self.gains), most))

    @property
    def size(self) -> int:
        """Number of all columns."""
        return len(self.state.stations) + len(self.gains)

    def constraints(self) -> tuple[list[Floats], list[float]]:
        """Return the rows that tie pieces to inspections, and inspections to what comes."""
        rows, limits = [], []
        stations = len(self.state.stations)
        for members, start, end, most in self._ranks:
            row = np.zeros(self.size)
            row[stations + start : stations + end] = 1.0
            row[members] = -1.0
            rows.append(row)
            limits.append(0.0)
            cap = np.zeros(self.size)
            cap[members] = 1.0
            rows.append(cap)
            limits.append(most)
        return rows, limits
