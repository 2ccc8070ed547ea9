"""How much of a substance a line is, in the unit that a threshold counts in.

A mass is the mass of the goods as ordered: the whole of a solution or mixture counts, which can only make an answer
stricter, and the answer says so. Litres become grams by the density that the row gives, else by the cited density of a
recognised liquid of that strength; without one the amount is not known and is asked for. Medicines by the tablet
count by their active substance where the source gives it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.reference.trade_law import TradeLaw

__all__ = ["HOW", "Amounts", "Measured"]

#: In words, how an amount was come by; the position is the code in `Measured.how`.
HOW = (
    "",
    "counted whole, whatever its purity",
    "litres by the density of the row",
    "litres by the cited density",
    "counted by active substance",
)
_WHOLE, _ROW_DENSITY, _CITED_DENSITY, _ACTIVE = 1, 2, 3, 4
_PURE = 95.0
_COLUMNS = ("mass_g", "volume_l", "units", "strength_mg", "active_g", "purity_pct", "density_kg_l")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """Amounts of some lines: NaN where not known, and the code of how each was come by."""

    amount: Floats
    how: npt.NDArray[np.int8]


class Amounts:
    """Reads the amounts of lines once, and gives them in what unit is asked for."""

    def __init__(self, lines: pa.Table, law: TradeLaw) -> None:
        self._law = law
        self._of = {name: _floats(lines, name) for name in _COLUMNS}

    @property
    def given(self) -> npt.NDArray[np.bool_]:
        """Return which lines say how much they are, in any unit that is known."""
        given: npt.NDArray[np.bool_] = ~np.isnan(self._of["mass_g"])
        for name in ("volume_l", "units", "active_g"):
            given |= ~np.isnan(self._of[name])
        return given

    @property
    def nothing(self) -> npt.NDArray[np.bool_]:
        """Return which lines say that they are nothing at all: a quantity of nought."""
        some = np.zeros(len(self._of["mass_g"]), bool)
        for name in ("mass_g", "volume_l", "units", "active_g"):
            some |= self._of[name] > 0
        return self.given & ~some

    def in_litres(self, lines: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return which of these lines are given in litres, and not by mass."""
        of = self._of
        return np.asarray(np.isnan(of["mass_g"][lines]) & ~np.isnan(of["volume_l"][lines]))

    def measured(self, lines: npt.NDArray[np.int64], substance: str, unit: str) -> Measured:
        """Return the amounts of these lines of one substance.

        Args:
            lines: positions of lines.
            substance: its id, for the cited density.
            unit: g | l | units.
        """
        of = {name: values[lines] for name, values in self._of.items()}
        how = np.zeros(len(lines), np.int8)
        if unit == "units":
            return Measured(of["units"], how)
        impure = of["purity_pct"] < _PURE
        how[impure] = _WHOLE
        grams, litres = of["mass_g"], of["volume_l"]
        wanted, other = (grams, litres) if unit == "g" else (litres, grams)
        amount = wanted.copy()
        missing = np.isnan(wanted) & ~np.isnan(other)
        if missing.any():
            density, cited = self._density(of, substance, missing)
            turned = other * density * 1000 if unit == "g" else other / (density * 1000)
            amount[missing] = turned[missing]
            how[missing] = np.where(cited[missing], _CITED_DENSITY, _ROW_DENSITY)
        if unit == "g":
            active = np.where(np.isnan(of["active_g"]), of["units"] * of["strength_mg"] / 1000, of["active_g"])
            by_active = np.isnan(amount) & ~np.isnan(active)
            amount[by_active] = active[by_active]
            how[by_active] = _ACTIVE
        return Measured(amount, how)

    def _density(
        self, of: dict[str, Floats], substance: str, missing: npt.NDArray[np.bool_]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return the density of each line, and whether it is the cited one; asked once for each strength."""
        density = of["density_kg_l"].copy()
        cited = np.isnan(density)
        ask = np.flatnonzero(cited & missing)
        purity = of["purity_pct"][ask]
        strengths, at = np.unique(purity, return_inverse=True)
        known = [self._law.density_of(substance, None if np.isnan(p) else float(p)) for p in strengths]
        density[ask] = np.array([np.nan if k is None else k.kg_l for k in known], np.float64)[at]
        return density, cited


def _floats(lines: pa.Table, name: str) -> Floats:
    if name not in lines.column_names:
        return np.full(lines.num_rows, np.nan)
    column = pc.fill_null(lines[name].cast(pa.float64()), float("nan"))
    return np.asarray(column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy())
