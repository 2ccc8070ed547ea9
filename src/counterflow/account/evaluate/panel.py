"""A panel: units by periods, and the block of treated units and donors that most estimators compare."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterflow.account.evaluate.periods import Period, place_among, read_period, read_periods
from counterflow.account.given import MISSING, Rows, label_of, read_rows
from counterflow.core.errors import InputError, UnknownName

__all__ = ["Block", "Floats", "Panel", "block_of", "constant_of", "named_units", "panel_of", "read_panel"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """Outcomes of units over periods.

    Args:
        path: the file.
        digest: SHA-256 of its bytes, for the ledger.
        outcome_name: column of the outcome.
        units: names, sorted as they first appear; length N.
        periods: sorted; length T.
        outcome: shape (N, T), nan where a value is missing.
        columns: further columns by name, each of shape (N, T).
        rows: how many rows were read.
        said: what the reader decided or met, in words.
        group: first treated period of each unit, None where it is never treated; empty where no column was named.
        cluster: the cluster each unit belongs to; empty where no column was named.
    """

    path: Path
    digest: str
    outcome_name: str
    units: tuple[str, ...]
    periods: tuple[Period, ...]
    outcome: Floats
    columns: Mapping[str, Floats] = field(default_factory=dict)
    rows: int = 0
    said: tuple[str, ...] = ()
    group: tuple[Period | None, ...] = ()
    cluster: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The periods as people write them."""
        return tuple(period.label for period in self.periods)

    @property
    def places(self) -> Floats:
        """Where the periods stand on their axis (years, months …); shape (T,)."""
        return np.array([period.place for period in self.periods])

    def period_at(self, text: str, what: str = "--start") -> int:
        """Return the index of the period that `text` names.

        Raises:
            InputError: it is not a period, or not one of the panel's; the range is shown.
        """
        named = read_period(text)
        labels, places = self.labels, {p.place: i for i, p in enumerate(self.periods)}
        if text in labels:
            return labels.index(text)
        place = None if named is None else place_among(named, self.periods)
        if place in places:
            return places[place]
        raise InputError(
            f"{what} {text!r} is not among the periods.",
            hint=f"They run from {labels[0]} to {labels[-1]}, {len(labels)} of them; --start is the first treated one.",
            file=self.path,
            value=text,
        )


@dataclass(frozen=True)
class Block:
    """Treated units and donors over the same periods, nothing missing, all treated from one period on.

    Args:
        names: the donors; length n.
        treated_names: the treated units.
        periods: labels; length T.
        before: how many periods lie before the first treated one.
        donors: shape (n, T).
        treated: shape (number of treated units, T).
        left_out: donors that were left out, and why, in words.
        untold: treated units that were left out, and why, in words: the estimate does not speak of them.
    """

    names: tuple[str, ...]
    treated_names: tuple[str, ...]
    periods: tuple[str, ...]
    before: int
    donors: Floats
    treated: Floats
    left_out: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def after(self) -> int:
        """How many periods are treated."""
        return len(self.periods) - self.before

    @property
    def mean_treated(self) -> Floats:
        """The mean of the treated units in each period; shape (T,)."""
        return np.asarray(self.treated.mean(axis=0))


def read_panel(
    path: Path, *, unit: str, time: str, outcome: str, extra: Sequence[str] = (), group: str = "", cluster: str = ""
) -> Panel:
    """Read a panel from a file with one row for each unit and period.

    Args:
        path: CSV (any delimiter), gzip of it, or Parquet.
        unit: column that names the unit.
        time: column of the period.
        outcome: column of the outcome.
        extra: further columns of numbers to keep.
        group: column of the first treated period; 0, NA, empty, inf and never mean never.
        cluster: column that names each unit's cluster.

    Raises:
        InputError: a cell cannot be read, a unit has a period twice or changes its group; with the line.
    """
    return panel_of(read_rows(path), unit=unit, time=time, outcome=outcome, extra=extra, group=group, cluster=cluster)


def panel_of(
    rows: Rows, *, unit: str, time: str, outcome: str, extra: Sequence[str] = (), group: str = "", cluster: str = ""
) -> Panel:
    """Return rows of text as a panel; see `read_panel`."""
    names = [label_of(text) for text in rows.column(unit)]
    for name, line in zip(names, rows.lines, strict=True):
        if not name:
            raise InputError(
                "The unit is missing.", hint="Name it, or take the row out.", file=rows.path, line=line, column=unit
            )
    stamps = read_periods(rows, time)
    units = tuple(dict.fromkeys(names))
    periods = tuple(sorted({stamp.place: stamp for stamp in stamps}.values()))
    row_of = {name: i for i, name in enumerate(units)}
    place_of = {period.place: i for i, period in enumerate(periods)}
    at = np.array([[row_of[n], place_of[s.place]] for n, s in zip(names, stamps, strict=True)])
    _refuse_twice(at, rows, names, stamps)
    wanted = dict.fromkeys([outcome, *extra])
    grids = {name: _grid(rows.numbers(name), at, (len(units), len(periods))) for name in wanted}
    said = [*rows.said]
    if gap := int(np.isnan(grids[outcome]).sum()):
        said.append(f"{gap} of {grids[outcome].size} unit-periods have no {outcome}.")
    groups = constant_of(rows, names, group) if group else {}
    clusters = constant_of(rows, names, cluster) if cluster else {}
    return Panel(
        rows.path,
        rows.digest,
        outcome,
        units,
        periods,
        grids[outcome],
        {name: grid for name, grid in grids.items() if name != outcome or outcome in extra},
        len(names),
        tuple(said),
        tuple(_group_period(groups[name], rows, group, periods) for name in units) if group else (),
        tuple(label_of(clusters[name][0]) for name in units) if cluster else (),
    )


def constant_of(rows: Rows, names: Sequence[str], column: str) -> dict[str, tuple[str, int]]:
    """Return what each unit has in a column that must not change over its rows, with the line it was read on.

    Raises:
        InputError: a unit has two values.
    """
    found: dict[str, tuple[str, int]] = {}
    for name, text, line in zip(names, rows.column(column), rows.lines, strict=True):
        first, _ = found.setdefault(name, (text, line))
        if _same(text) != _same(first):
            raise InputError(
                f"{name!r} has {first!r} and {text!r} in {column}; it must be one value for each unit.",
                hint="For --group write the first treated period on every row of the unit, 0 where never treated.",
                file=rows.path,
                line=line,
                column=column,
                value=text,
            )
    return found


def _same(text: str) -> str:
    """Return one text for all ways of writing a value: `2004.0` is `2004`, and all marks of a missing one are alike."""
    return "" if text.casefold() in MISSING else label_of(text)


def _group_period(found: tuple[str, int], rows: Rows, column: str, periods: Sequence[Period]) -> Period | None:
    text, line = found
    if text.casefold() in MISSING | {"0", "0.0", "inf", "+inf", "never"}:
        return None
    period = read_period(text)
    place = None if period is None else place_among(period, periods)
    if period is None or place is None:
        raise InputError(
            "This is not the first treated period of a unit.",
            hint="Write it as the periods are written; 0, NA, inf, never or nothing where a unit is never treated.",
            file=rows.path,
            line=line,
            column=column,
            value=text,
        )
    label = next((known.label for known in periods if known.place == place), period.label)
    return Period(place, label, periods[0].kind)


def _grid(values: Sequence[float], at: npt.NDArray[np.int64], shape: tuple[int, int]) -> Floats:
    grid = np.full(shape, np.nan)
    grid[at[:, 0], at[:, 1]] = values
    return grid


def _refuse_twice(at: npt.NDArray[np.int64], rows: Rows, names: Sequence[str], stamps: Sequence[Period]) -> None:
    seen: dict[tuple[int, int], int] = {}
    for i, (row, place) in enumerate(at.tolist()):
        if (row, place) in seen:
            raise InputError(
                f"{names[i]!r} has {stamps[i].label} twice (first on line {rows.lines[seen[row, place]]}).",
                hint="A panel has one row for each unit and period: add them up or name a finer unit or period.",
                file=rows.path,
                line=rows.lines[i],
            )
        seen[row, place] = i


def named_units(panel: Panel, texts: Sequence[str], what: str = "unit") -> tuple[str, ...]:
    """Return the units that `texts` name: each text whole where a unit is called so, else its parts between commas.

    Raises:
        UnknownName: no unit is called so; the nearest are shown.
    """
    known = {unit.casefold(): unit for unit in panel.units}
    known |= {unit: unit for unit in panel.units}
    found: list[str] = []
    for text in texts:
        whole = text.strip()
        parts = [whole] if _lookup(known, whole) else _parts(known, whole)
        for part in parts:
            unit = _lookup(known, part)
            if unit is None:
                raise UnknownName(what, part, _likely(part, panel.units), file=panel.path)
            found.append(unit)
    return tuple(dict.fromkeys(found))


def _likely(text: str, units: Sequence[str]) -> Sequence[str]:
    """Return the units whose name holds `text`, accents and case apart; all units where none does."""
    return [unit for unit in units if _plain(text) and _plain(text) in _plain(unit)] or units


def _plain(text: str) -> str:
    split = unicodedata.normalize("NFKD", text.strip().strip("\"'").casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def _lookup(known: Mapping[str, str], text: str) -> str | None:
    bare = label_of(text.strip().strip("\"'"))
    return known.get(label_of(text)) or known.get(bare) or known.get(bare.casefold())


def _parts(known: Mapping[str, str], text: str) -> list[str]:
    """Split at commas, taking the longest run of pieces that is a unit's name (a name may hold a comma)."""
    pieces, found, at = text.split(","), list[str](), 0
    while at < len(pieces):
        for end in range(len(pieces), at, -1):
            joined = ",".join(pieces[at:end]).strip()
            if end == at + 1 or _lookup(known, joined):
                found.append(joined)
                at = end
                break
    return [piece for piece in found if piece]


def block_of(
    panel: Panel, treated: Sequence[str], start: int, *, donors: Sequence[str] | None = None, minimum: int = 2
) -> Block:
    """Return treated units and complete donors over the panel's periods.

    Args:
        panel: the panel.
        treated: units treated from `start` on.
        start: index of the first treated period.
        donors: units to compare with; all others where None.
        minimum: fewest donors that are accepted.

    Raises:
        InputError: no period before the start, a treated unit has gaps, or too few donors are complete.
    """
    labels = panel.labels
    if start < 1:
        raise InputError(
            f"{', '.join(treated)}: treated from the first period, {labels[0]}; there is none before it to compare.",
            hint="Take earlier periods into the panel, or give the true first treated period.",
            file=panel.path,
        )
    row_of = {unit: i for i, unit in enumerate(panel.units)}
    _refuse_gaps(panel, [row_of[name] for name in treated])
    pool = [unit for unit in (panel.units if donors is None else donors) if unit not in set(treated)]
    gaps = {unit: int(np.isnan(panel.outcome[row_of[unit]]).sum()) for unit in pool}
    complete = [unit for unit in pool if not gaps[unit]]
    left_out = tuple(f"{unit}: {gaps[unit]} of {len(labels)} periods missing" for unit in pool if gaps[unit])
    if len(complete) < minimum:
        raise InputError(
            f"{len(complete)} of {len(pool)} untreated units have every period; at least {minimum} are needed"
            + (" (never-treated group empty)." if not pool else "."),
            hint="Leave out the periods that most units miss (--from, --to), or add units that were not treated.",
            file=panel.path,
        )
    return Block(
        tuple(complete),
        tuple(treated),
        labels,
        start,
        panel.outcome[[row_of[name] for name in complete]],
        panel.outcome[[row_of[name] for name in treated]],
        left_out,
    )


def _refuse_gaps(panel: Panel, rows: Sequence[int]) -> None:
    for row in rows:
        missing = [label for label, gone in zip(panel.labels, np.isnan(panel.outcome[row]), strict=True) if gone]
        if missing:
            raise InputError(
                f"{panel.units[row]} is treated and has no {panel.outcome_name} in {', '.join(missing[:6])}"
                + (f" and {len(missing) - 6} more periods." if len(missing) > 6 else "."),
                hint="Narrow the periods with --from and --to, or fill the gaps before the evaluation, on record.",
                file=panel.path,
                column=panel.outcome_name,
            )
