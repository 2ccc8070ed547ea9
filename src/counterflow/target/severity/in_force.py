"""Severities in force on a day: class by class from the settings, finer where an approved version says so.

Points answer "how bad is one record with this in it", on one scale for all classes. The finest row that fits is
taken: substance before form, form before route, route before market. What no version knows falls back to the class,
and says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UnknownName
from counterflow.core.settings import TargetSettings
from counterflow.store.repository import Store

__all__ = ["KEYS", "Points", "Severities", "in_force", "record_severity", "routes_of", "version_in_force", "with_rows"]

Floats = npt.NDArray[np.float64]
#: what a severity may depend on, in the order in which they are trusted to tell
KEYS = ("substance", "form", "route", "market")
_SUBSTANCE = "substances:"


@dataclass(frozen=True, slots=True)
class Points:
    """How bad one record is.

    Args:
        harm_class: its class.
        substance: substance; "" for any, as for the following.
        form: form.
        route: route.
        market: market.
        value: severity points.
        low: lower end of the 95 % interval; equal to `value` where it is judgement.
        high: upper end.
        basis: settings | derived | edited.
        said: what it rests on, in words.
    """

    harm_class: str
    substance: str
    form: str
    route: str
    market: str
    value: float
    low: float
    high: float
    basis: str
    said: str

    def fits(self, asked: Mapping[str, str]) -> bool:
        """Whether this row speaks of what is asked: each key it names is the one asked for."""
        return all(getattr(self, key) in ("", asked[key]) for key in KEYS)

    @property
    def fineness(self) -> tuple[bool, ...]:
        """How much it names, in the order of `KEYS`."""
        return tuple(bool(getattr(self, key)) for key in KEYS)


@dataclass(frozen=True)
class Severities:
    """All severities that hold on a day.

    Args:
        classes: harm class to its own points.
        finer: rows that name more than a class.
        version: the version in force; "" where only the settings speak.
        said: what has to be known.
    """

    classes: Mapping[str, Points]
    finer: tuple[Points, ...] = ()
    version: str = ""
    said: tuple[str, ...] = ()

    def points(
        self,
        harm_class: str,
        substance: str | None = None,
        form: str | None = None,
        market: str | None = None,
        route: str | None = None,
    ) -> Points:
        """Return the points of the finest row that fits; the class's own where none does, and `said` says so.

        Raises:
            UnknownName: the class has no severity.

        >>> Severities({"drug": _of_settings("drug", 100.0)}).points("drug", "fentanyl").value
        100.0
        """
        if harm_class not in self.classes:
            raise UnknownName("harm class with a severity", harm_class, self.classes)
        asked = {"substance": substance or "", "form": form or "", "market": market or "", "route": route or ""}
        fitting = [row for row in self.finer if row.harm_class == harm_class and row.fits(asked)]
        return max(fitting, key=lambda row: row.fineness, default=self.classes[harm_class])

    def mapping(self) -> dict[str, float]:
        """Return harm class to points."""
        return {name: row.value for name, row in self.classes.items()}


def in_force(store: Store, settings: TargetSettings, on: dt.date) -> Severities:
    """Return the severities that hold on a day.

    Args:
        store: versions and who approved them.
        settings: severities by class, where no version says otherwise.
        on: the day.
    """
    version = version_in_force(store, on)
    if version is None:
        return with_rows(settings, ())
    return with_rows(
        settings, tuple(map(_points, store.rows("SELECT * FROM severity WHERE version = ?", [version]))), version
    )


def with_rows(settings: TargetSettings, rows: Sequence[Points], version: str = "") -> Severities:
    """Return the settings' severities with the rows of a version laid over them."""
    classes = {name: _of_settings(name, float(points)) for name, points in settings.severity.items()}
    if not version:
        return Severities(classes, said=("severities are those of the settings: judgement, by class alone",))
    classes |= {row.harm_class: row for row in rows if not any(row.fineness)}
    finer = tuple(row for row in rows if any(row.fineness))
    said = (f"severities of version {version}; the settings' where it says nothing",)
    return Severities(classes, finer, version, said)


def version_in_force(store: Store, on: dt.date) -> str | None:
    """Return the version that holds on a day: of those approved, the one that began last."""
    rows = store.rows(
        "SELECT a.version FROM severity_act a WHERE a.act = 'approve' AND a.in_force_from <= ?"
        " ORDER BY a.in_force_from DESC, a.acted_at DESC, a.ledger_seq DESC LIMIT 1",
        [on],
    )
    return str(rows[0]["version"]) if rows else None


def record_severity(
    severities: Severities, findings: pa.Table, rows: int, routes: pa.Array | Sequence[str | None] | None = None
) -> dict[str, float | Floats]:
    """Return harm class to severity, one for all or one per record, for scoring.

    A record whose findings name substances has, in their class, the severity of the worst of them, by its route where a
    row says so; every other record has the class's.

    Args:
        severities: those in force.
        findings: findings on the records: row, harm_class, reference (``substances:ID`` where one is named).
        rows: number of records.
        routes: route of each record, as mail or land; None where not known.
    """
    found: dict[str, float | Floats] = dict(severities.mapping())
    classes = {row.harm_class for row in severities.finer}
    if not classes or "reference" not in findings.column_names:
        return found
    reference = findings.column("reference")
    named = findings.filter(pc.fill_null(pc.starts_with(reference, _SUBSTANCE), fill_value=False))
    row = np.asarray(named.column("row").to_numpy(), np.int64)
    routed = pa.array(routes, pa.string()).take(named.column("row")) if routes is not None else pa.nulls(len(row))
    asked = pa.table(
        {
            "harm_class": named.column("harm_class"),
            "substance": pc.utf8_slice_codeunits(named.column("reference"), len(_SUBSTANCE)),
            "route": routed.cast(pa.string()),
            "place": pa.array(row),
        }
    )
    worst = {name: np.full(rows, -np.inf) for name in classes if name in severities.classes}
    kinds = asked.group_by(["harm_class", "substance", "route"]).aggregate([("place", "list")])
    for kind in kinds.to_pylist():
        if kind["harm_class"] in worst:
            points = severities.points(kind["harm_class"], kind["substance"], route=kind["route"]).value
            places = np.asarray(kind["place_list"], np.int64)
            worst[kind["harm_class"]][places] = np.maximum(worst[kind["harm_class"]][places], points)
    for name, of_record in worst.items():
        found[name] = np.where(np.isfinite(of_record), of_record, severities.classes[name].value)
    return found


def routes_of(records: pa.Table) -> pa.Array:
    """Return the route of each record as severities name it: its lane, in lower case, without ``-out``.

    >>> routes_of(pa.table({"lane": ["Mail", "sea-out", None]})).to_pylist()
    ['mail', 'sea', None]
    """
    lanes = pc.utf8_lower(records.column("lane").cast(pa.string()))
    return pc.replace_substring_regex(lanes, "-out$", "").combine_chunks()


def _of_settings(harm_class: str, points: float) -> Points:
    said = f"judgement in the settings, for all of {harm_class}"
    return Points(harm_class, "", "", "", "", points, points, points, "settings", said)


def _points(row: Mapping[str, object]) -> Points:
    keys = {key: str(row[key] or "") for key in KEYS}
    return Points(
        str(row["harm_class"]), keys["substance"], keys["form"], keys["route"], keys["market"],
        float(str(row["points"])), float(str(row["low"])), float(str(row["high"])), str(row["basis"]), str(row["said"]),
    )  # fmt: skip
