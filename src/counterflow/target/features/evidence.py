"""What a feature of a line rests on, in words: counts that a person can check, for selected records only.

Identifiers are never told: a key on a party reads "this importer". What is told is the past of consignments that share
something with this one; it is no statement about anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.target.features.layout import Coded, code_lines
from counterflow.target.features.lines import PARTY_COLUMNS, Lines
from counterflow.target.features.spec import HS_LENGTH, Key, key_name
from counterflow.target.features.state import State

__all__ = ["Evidence", "evidence_words"]

Ints = npt.NDArray[np.int64]
_MEASURED = {"price": "declared value per kg", "mass": "mass in kg", "value": "declared value"}
_NUMBERS = {
    "mass": ("mass_kg", "mass {} kg"), "value": ("value", "declared value {}"), "quantity": ("quantity", "quantity {}"),
    "pieces": ("pieces", "{} pieces"), "hs_number": ("hs", "HS {}"), "missing": ("missing", "{} required fields empty"),
    "lead_hours": ("lead_hours", "advance data {} hours before it was due (negative: late)"),
}  # fmt: skip
_NEW_TOLD = 3


@dataclass(frozen=True)
class Evidence:
    """Words for features of a few lines, told from a state.

    Args:
        state: the past.
        lines: the few lines alone.
        class_words: harm class to how it reads after "confirmed"; the class's own name where it is not here.
    """

    state: State
    lines: Lines
    class_words: Mapping[str, str]
    _coded: Coded
    _slots: npt.NDArray[np.int32]
    _gap_slots: npt.NDArray[np.int32]

    @classmethod
    def of(cls, state: State, lines: Lines, wanted: Ints, class_words: Mapping[str, str] | None = None) -> Evidence:
        """Return the evidence on the lines at places `wanted`; afterwards the first of them is line 0, and so on."""
        table = lines.table.take(pa.array(wanted, pa.int64()))
        table = table.set_column(table.column_names.index("row"), "row", [np.arange(len(wanted))])
        few = Lines(table, len(wanted), lines.findings.slice(0, 0))
        coded = code_lines(few, state.layout)
        said = {"any": "something", "top": "something of the gravest classes"} | dict(class_words or {})
        return cls(state, few, said, coded, state.keys.find(coded.keys), state.gaps.find(coded.gaps))

    def words(self, line: int, feature: str) -> str:
        """Return what a feature of a line rests on, "" where there is nothing to tell.

        Raises:
            ValueError: the state has no such feature.
        """
        kind, _, rest = feature.partition(":")
        if feature not in self.state.layout.names:
            raise ValueError(f"no feature {feature!r}")
        if kind in {"rate", "found", "since", "inspected", "seen"}:
            return self._of_key(line, kind, rest)
        if kind == "gap":
            return self._of_gap(line, rest)
        if kind in {"new_share", "uninspected_share"}:
            return self._of_new(line, kind)
        return self._of_line(line, kind, rest)

    def counts(self, line: int, key: str) -> tuple[int, int, dict[str, int]]:
        """Return how often a key's value was declared, was inspected, and what was confirmed by harm class."""
        from counterflow.target.features import kernels

        place = [key_name(k) for k in self.state.layout.spec.keys].index(key)
        slot = int(self._slots[line, place])
        row = self.state.counts[slot] if slot >= 0 else np.zeros(self.state.counts.shape[1])
        at = {name: kernels.COUNTS + kernels.PER_CLASS * i for i, name in enumerate(self.state.layout.classes)}
        return (
            int(row[kernels.SEEN]),
            int(row[kernels.INSPECTED]),
            {name: int(row[column]) for name, column in at.items()},
        )

    def _of_key(self, line: int, kind: str, rest: str) -> str:
        name, _, harm = rest.partition(":")
        key = next(k for k in self.state.layout.spec.keys if key_name(k) == name)
        shared = self.shared(line, key)
        if not shared:
            return ""
        seen, inspected, found = self.counts(line, name)
        if kind == "seen":
            return f"declared {seen} times before: {shared}" if seen else f"never declared before: {shared}"
        if not inspected:
            return f"never inspected before: {shared}"
        harm = harm or self.state.layout.classes[0]
        what = self.class_words.get(harm, harm)
        return f"{found[harm]} of {inspected} earlier inspections confirmed {what}: {shared}"

    def shared(self, line: int, key: Key) -> str:
        """Return what consignments of a key's value have in common, "" where this one leaves all of it empty."""
        told = []
        for column in key:
            if column in PARTY_COLUMNS:
                given = self.lines.table[column][line].is_valid
                told += [f"this {column}"] if given else []
                continue
            value = self.lines.table["hs" if column in HS_LENGTH else column][line].as_py()
            value = value[: HS_LENGTH[column]] if value and column in HS_LENGTH else value
            told += [f"{column.removeprefix('attributes.')} {value}"] if value else []
        return ", ".join(told)

    def _of_gap(self, line: int, rest: str) -> str:
        measure, _, name = rest.partition(":")
        spec = self.state.layout.spec
        place = next(i for i, (m, key) in enumerate(spec.gaps) if m == measure and key_name(key) == name)
        slot, here = int(self._gap_slots[line, place]), self._coded.measured[line, place]
        shared = self.shared(line, spec.gaps[place][1])
        if slot < 0 or not np.isfinite(here) or self.state.sums[slot, 0] <= 0:
            return f"{_MEASURED[measure]}: nothing to compare with yet ({shared})"
        usual = float(np.exp(self.state.sums[slot, 1] / self.state.sums[slot, 0]))
        return f"{_MEASURED[measure]} {float(np.exp(here)):,.4g}; usual is {usual:,.4g} ({shared})"

    def _of_new(self, line: int, kind: str) -> str:
        spec = self.state.layout.spec
        told = []
        for key in sorted(spec.keys, key=len):
            if self._slots[line, spec.keys.index(key)] == -2 or not (shared := self.shared(line, key)):
                continue
            seen, inspected, _ = self.counts(line, key_name(key))
            if (seen if kind == "new_share" else inspected) == 0 and shared not in told:
                told.append(shared)
        what = "never declared before" if kind == "new_share" else "never inspected before"
        more = f" and {len(told) - _NEW_TOLD} more" if len(told) > _NEW_TOLD else ""
        return f"{what}: {'; '.join(told[:_NEW_TOLD])}{more}" if told else ""

    def _of_line(self, line: int, kind: str, rest: str) -> str:
        table = self.lines.table
        if kind in {"code", "number"}:
            value = table[rest][line].as_py()
            return (
                f"{rest.removeprefix('attributes.')} {value}" if value else f"{rest.removeprefix('attributes.')} empty"
            )
        if kind in {"finding", "findings"}:
            return f"finding {rest}" if kind == "finding" else f"findings on {rest}"
        if kind in _NUMBERS:
            column, form = _NUMBERS[kind]
            value = table[column][line].as_py()
            return form.format(f"{value:,.6g}" if isinstance(value, float) else value) if value is not None else ""
        return _also(kind)


def _also(kind: str) -> str:
    told: Mapping[str, str] = {
        "price": "declared value per kg", "unit_value": "declared value per unit", "unit_mass": "mass per unit",
        "weekday": "day of the week", "lines": "number of goods lines", "empty": "fields left empty",
    }  # fmt: skip
    return told.get(kind, kind)


def evidence_words(
    state: State, lines: Lines, wanted: Sequence[tuple[int, str]], class_words: Mapping[str, str] | None = None
) -> list[str]:
    """Return the words for (place of a line, feature) pairs; each line is looked up once."""
    places = sorted({line for line, _ in wanted})
    found = Evidence.of(state, lines, np.array(places, np.int64), class_words)
    at = {line: i for i, line in enumerate(places)}
    return [found.words(at[line], feature) for line, feature in wanted]
