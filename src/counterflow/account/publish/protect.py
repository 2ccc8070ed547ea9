"""Which cells of a table are withheld, so that sums give no small cell away.

A cell from 1 to k - 1 is small and withheld. What is shown, and that totals are the sums of their parts, must leave
each withheld cell in doubt: a small one may be anything from `low` to `high` (from 1, or 0, up to k), any other
withheld one anything in a range at least k wide. For each cell and each end of its interval one linear program asks for
another table with the same sums in which the cell stands at that end and as little as possible of what is shown has
changed; what it had to change is withheld too. That table is then a witness: it agrees with all that is published, and
since withholding more never takes a witness away, nothing has to be proved again.

Source of the method: J. P. Kelly, B. L. Golden, A. A. Assad, Cell suppression: disclosure protection for sensitive
tabular data, Networks 22 (1992) 397-417; M. Fischetti, J. J. Salazar-Gonzalez, Solving the cell suppression problem on
tabular data with linear constraints, Management Science 47 (2001) 1008-1027 (the programs of section 3). It is a
heuristic in what it withholds beyond need; the protection itself is exact. Programs are solved by HiGHS (scipy).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import EngineError, InputError

__all__ = ["Pattern", "System", "floors", "protect"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Sums = Sequence[tuple[int, Sequence[int]]]

_NEAR = 1e-6
#: programs that are spent on showing cells again; beyond, the pattern stays safe and withholds a little more
_MOST_PROGRAMS = 1500


@dataclass(frozen=True)
class System:
    """A table as cells and sums.

    Args:
        values: each cell, shape (N,), at least 0.
        sums: each as (total, parts), places in `values`; the total is the sum of its parts.
        cost: what withholding each cell loses, shape (N,), above 0.
        fixed: cells that are shown whatever happens, shape (N,): zeros, where zeros are shown.
        least: what a reader who knows the rules knows a withheld cell to be at least, shape (N,): see `floors`.
        whole: whether every cell is a count.
    """

    values: Floats
    sums: Sums
    cost: Floats
    fixed: Mask
    least: Floats
    whole: bool = True


@dataclass(frozen=True)
class Pattern:
    """What is withheld.

    Args:
        primary: cells withheld because of what they are, shape (N,).
        hidden: all withheld cells, shape (N,).
        programs: linear programs solved.
        fractional: tables of counts whose witness is not in whole numbers (0: protected against whole numbers too).
    """

    primary: Mask
    hidden: Mask
    programs: int
    fractional: int


def floors(values: Floats, sums: Sums, zeros_shown: bool) -> Floats:
    """Return what each cell is at least, to whoever knows the rules only, shape (N,).

    Where zeros are always shown a withheld cell is no zero, and a withheld total holds at least one of each of its
    withheld parts.

    >>> floors(np.array([2.0, 7.0, 0.0, 9.0]), [(3, (0, 1, 2))], True).tolist()
    [1.0, 1.0, 0.0, 2.0]
    """
    least = np.where((values > 0) & zeros_shown, 1.0, 0.0)
    for _ in range(len(sums)):
        before = least.copy()
        for total, parts in sums:
            least[total] = max(least[total], float(least[list(parts)].sum()))
        if (before == least).all():
            break
    return np.minimum(least, values)


def protect(
    system: System, primary: Mask, low: Floats, high: Floats, width: float, also: Mask | None = None
) -> Pattern:
    """Return a pattern in which each primary cell may be `low` and `high`, each other one moves over `width`.

    Args:
        system: the table.
        primary: cells to withhold, shape (N,).
        low: what each primary cell must be able to be, shape (N,); at least `system.least`.
        high: the same, upwards.
        width: least width of the interval of any other withheld cell.
        also: cells that stay withheld although they are not primary, shape (N,).

    Raises:
        InputError: a cell cannot be protected while the fixed cells are shown.
    """
    return _Work(system, primary, low, high, width, also).run()


@dataclass
class _Work:
    system: System
    primary: Mask
    low: Floats
    high: Floats
    width: float
    also: Mask | None = None
    hidden: Mask = field(init=False)
    witnesses: list[Floats] = field(default_factory=list)
    programs: int = 0
    fractional: int = 0

    def __post_init__(self) -> None:
        self.kept = np.zeros_like(self.primary) if self.also is None else self.also
        self.hidden = self.primary | self.kept
        self.matrix = _matrix(self.system)
        self.least = np.minimum(self.system.least, self.system.values)
        # A cell that stands in no sum is unbounded by what is shown.
        self.free = np.diff(self.matrix.indptr) == 0

    def run(self) -> Pattern:
        """Withhold for every primary cell, then mend the others, then show again what need not be withheld."""
        for cell in self._order(self.primary):
            self._reach(int(cell))
        self._mend()
        self._show_again()
        self._mend()
        return Pattern(self.primary, self.hidden, self.programs, self.fractional)

    def _order(self, cells: Mask) -> npt.NDArray[np.int64]:
        places = np.flatnonzero(cells & ~self.free)
        return places[np.argsort(-(self.high - self.system.values)[places], kind="stable")]

    def _reach(self, cell: int) -> None:
        for up in (True, False):
            if not self._reached(cell, up):
                changed = self._program(cell, up, self.hidden, may_hide=True)
                if changed is None:
                    raise _unprotectable()
                self._take(changed)

    def _reached(self, cell: int, up: bool) -> bool:
        lowest, highest = self._span(cell)
        return bool(highest >= self.high[cell] - _NEAR if up else lowest <= self.low[cell] + _NEAR)

    def _span(self, cell: int) -> tuple[float, float]:
        seen = [float(one[cell]) for one in self.witnesses]
        own = float(self.system.values[cell])
        return min(seen, default=own) if seen else own, max([own, *seen])

    def _take(self, changed: Floats) -> None:
        """Withhold what changed, and keep the table as a witness, with the one that changes the other way."""
        self.hidden |= np.abs(changed) > _NEAR
        values = self.system.values
        self.witnesses.append(values + changed)
        room = np.where(changed > _NEAR, values - self.least, np.inf)
        step = float(np.min(room / np.where(changed > _NEAR, changed, 1.0)))
        if self.system.whole and np.allclose(changed, np.round(changed), atol=_NEAR):
            # Whole steps of the smallest whole change keep the witness in whole numbers.
            unit = float(np.gcd.reduce(np.abs(np.round(changed)).astype(np.int64)))
            step = np.floor(step * unit + _NEAR) / unit
        if step > _NEAR and np.isfinite(step):
            self.witnesses.append(values - step * changed)

    def _program(self, cell: int, up: bool, open_cells: Mask, *, may_hide: bool) -> Floats | None:
        """Return the change of a table in which `cell` reaches its end, or None where there is none.

        Minimise sum_i c_i (u_i + d_i) over u, d >= 0 with A (u - d) = 0, d_i <= v_i - least_i, where c_i = 0 for what
        is withheld already; (Fischetti and Salazar-Gonzalez 2001, section 3).
        """
        values = self.system.values
        need = self.high[cell] - values[cell] if up else values[cell] - self.low[cell]
        movable = ~self.system.fixed & ~self.free if may_hide else open_cells & ~self.free
        movable[cell] = True
        places = np.flatnonzero(movable)
        at = int(np.searchsorted(places, cell))
        cost = np.where(open_cells[places], 0.0, self.system.cost[places])
        ups = np.column_stack((np.zeros(len(places)), np.full(len(places), np.inf)))
        downs = np.column_stack((np.zeros(len(places)), values[places] - self.least[places]))
        ups[at] = (need, need) if up else (0.0, 0.0)
        downs[at] = (0.0, 0.0) if up else (need, need)
        part = self.matrix[:, places]
        moved = self._solve(np.concatenate((cost, cost)), part, np.vstack((ups, downs)))
        if moved is None:
            return None
        changed = np.zeros(len(values))
        changed[places] = moved[: len(places)] - moved[len(places) :]
        if self.system.whole:
            changed = np.where(np.abs(changed - np.round(changed)) < _NEAR, np.round(changed), changed)
        return changed

    def _solve(self, cost: Floats, part: Any, bounds: Floats) -> Floats | None:
        from scipy.optimize import linprog
        from scipy.sparse import hstack

        self.programs += 1
        # A little cost on everything keeps the solver from moving withheld cells for nothing.
        goal = cost + 1e-4 * max(1e-9, float(cost[cost > 0].min()) if (cost > 0).any() else 1.0)
        matrix = hstack((part, -part), format="csc")
        right = np.zeros(part.shape[0])
        found = linprog(goal, A_eq=matrix, b_eq=right, bounds=bounds, method="highs")
        if found.status == 2:
            return None
        if found.status != 0:
            raise EngineError(f"A cell's protection could not be computed: {found.message}", hint="Nothing is written.")
        moved = np.asarray(found.x, np.float64)
        if self.system.whole and not np.allclose(moved, np.round(moved), atol=1e-5):
            return self._solve_whole(goal, matrix, bounds, moved)
        return np.asarray(np.round(moved), np.float64) if self.system.whole else moved

    def _solve_whole(self, goal: Floats, matrix: Any, bounds: Floats, otherwise: Floats) -> Floats:
        """Return a solution in whole numbers where one is found, else the one in fractions, counted."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        self.programs += 1
        found = milp(
            goal, integrality=np.ones(len(goal)), bounds=Bounds(bounds[:, 0], bounds[:, 1]),
            constraints=LinearConstraint(matrix, 0.0, 0.0), options={"mip_rel_gap": 0.1, "node_limit": 200},
        )  # fmt: skip
        if found.x is None:
            self.fractional += 1
            return otherwise
        return np.asarray(np.round(found.x), np.float64)

    def _mend(self) -> None:
        """Give every other withheld cell its width; show it where it has none at all."""
        again = True
        while again:
            again = False
            for cell in np.flatnonzero(self.hidden & ~self.primary & ~self.free):
                again |= self._widen(int(cell))

    def _widen(self, cell: int) -> bool:
        """Give a withheld cell its width where it has less; return whether more had to be withheld."""
        for up in (False, True):
            lowest, highest = self._span(cell)
            if highest - lowest >= self.width - _NEAR:
                return False
            value = float(self.system.values[cell])
            wanted = highest - self.width if not up else max(lowest + self.width, value)
            if not up and wanted < self.least[cell]:
                wanted = float(self.least[cell])
            (self.high if up else self.low)[cell] = wanted
            changed = self._program(cell, up, self.hidden, may_hide=False)
            if changed is not None:
                self._take(changed)
        lowest, highest = self._span(cell)
        if highest - lowest >= self.width - _NEAR:
            return False
        self.high[cell] = max(lowest + self.width, float(self.system.values[cell]))
        changed = self._program(cell, True, self.hidden, may_hide=True)
        if changed is None:
            raise _unprotectable()
        before = int(self.hidden.sum())
        self._take(changed)
        return int(self.hidden.sum()) > before

    def _show_again(self) -> None:
        """Show each cell, dearest first, without which all others stay protected."""
        others = np.flatnonzero(self.hidden & ~self.primary & ~self.kept & ~self.free)
        for cell in others[np.argsort(-self.system.cost[others], kind="stable")]:
            if self.programs > _MOST_PROGRAMS:
                return
            self._try_without(int(cell))

    def _try_without(self, cell: int) -> None:
        value = self.system.values[cell]
        kept, open_cells = self.witnesses, self.hidden.copy()
        open_cells[cell] = False
        self.witnesses = [one for one in kept if abs(one[cell] - value) <= _NEAR]
        hidden, self.hidden = self.hidden, open_cells
        for other in self._order(self.primary):
            for up in (True, False):
                if self._reached(int(other), up):
                    continue
                changed = self._program(int(other), up, open_cells, may_hide=False)
                if changed is None:
                    self.witnesses, self.hidden = kept, hidden
                    return
                self._take(changed)


def _matrix(system: System) -> Any:
    """Return the sums as a sparse matrix, shape (sums, N): total less its parts is 0."""
    from scipy.sparse import csc_array

    row, column, entry = [], [], []
    for number, (total, parts) in enumerate(system.sums):
        row += [number] * (len(parts) + 1)
        column += [total, *parts]
        entry += [1.0, *[-1.0] * len(parts)]
    return csc_array((entry, (row, column)), shape=(len(system.sums), len(system.values)))


def _unprotectable() -> InputError:
    return InputError(
        "A small cell cannot be protected while the cells that must be shown are shown.",
        hint="What an earlier release showed protects nothing; --zeros cover lets zeros be withheld.",
    )
