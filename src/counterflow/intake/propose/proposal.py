"""The proposal: what was found out about a file, which fields it fills, and which checks stay blind."""

from __future__ import annotations

from dataclasses import dataclass

from counterflow.intake.mapping.model import FieldRule
from counterflow.intake.mapping.targets import TARGETS, default_kind
from counterflow.intake.propose.names import NAMES
from counterflow.intake.propose.profile import ColumnProfile

__all__ = ["CheckReads", "Proposal", "Proposed"]


@dataclass(frozen=True)
class CheckReads:
    """A check as the proposal needs to know it: its id, its subject, and the columns that it reads."""

    id: str
    subject: str
    reads: tuple[str, ...]

    def targets(self, column: str) -> tuple[str, ...]:
        """Return the targets that would feed a column which the check reads."""
        if self.subject == "goods_line":
            return (f"goods.{column}",) if f"goods.{column}" in TARGETS else (column,)
        if self.subject == "party":
            return tuple(t for t in TARGETS if t.startswith("party.") and t.endswith(f".{column}"))
        return (column,)


@dataclass(frozen=True)
class Proposed:
    """One field: the rule that would feed it, and the column it comes from."""

    rule: FieldRule
    column: ColumnProfile
    valid: float
    remark: str


@dataclass(frozen=True)
class Proposal:
    """What was found out about a file.

    Args:
        name: name of the mapping.
        file: the file, without its folder.
        rows: rows looked at.
        fields: what is proposed, in order of the fields.
        labels: columns withheld as labels.
        attributes: columns carried along.
        left_out: columns that feed nothing.
        checks: the checks that are installed.
        columns: every column that was looked at.
        toml: the mapping.
    """

    name: str
    file: str
    rows: int
    fields: tuple[Proposed, ...]
    labels: tuple[str, ...]
    attributes: tuple[str, ...]
    left_out: tuple[str, ...]
    checks: tuple[CheckReads, ...]
    columns: tuple[ColumnProfile, ...] = ()
    toml: str = ""

    def feeds(self, target: str) -> list[str]:
        """Return the ids of the checks that read what feeds `target`."""
        return [c.id for c in self.checks if any(target in c.targets(column) for column in c.reads)]

    def blind(self) -> dict[str, list[str]]:
        """Return the checks that nothing would feed, each with the fields that would."""
        fed = {p.rule.target for p in self.fields}
        if fed:
            fed |= {"missing", "kind"}
        unfed = {}
        for check in self.checks:
            wanted = [target for column in check.reads for target in check.targets(column)]
            if not fed.intersection(t for t in wanted if t not in {"kind", "missing"}):
                unfed[check.id] = [t for t in wanted if t in TARGETS]
        return unfed

    def as_table(self) -> list[dict[str, object]]:
        """Return one row per field: where it comes from, how good it is, what it feeds; unfed ones last."""
        rows: list[dict[str, object]] = [
            {
                "field": p.rule.target, "column": p.column.name, "read_as": p.rule.kind,
                "filled": round(p.column.filled_share, 4), "valid": round(p.valid, 4), "distinct": p.column.distinct,
                "feeds": ", ".join(self.feeds(p.rule.target)), "remark": p.remark,
            }
            for p in self.fields
        ]  # fmt: skip
        fed = {p.rule.target for p in self.fields}
        for target in NAMES:
            readers = self.feeds(target)
            if target not in fed and readers:
                rows.append({
                    "field": target, "column": "", "read_as": default_kind(target), "filled": None, "valid": None,
                    "distinct": None, "feeds": ", ".join(readers), "remark": "no column found",
                })  # fmt: skip
        return rows

    def in_words(self) -> list[str]:
        """Return what a person should know before using the mapping."""
        said = [f"{self.file}: {self.rows:,} rows looked at, {len(self.fields)} fields found."]
        fed = {p.rule.target for p in self.fields}
        said += [f"{p.rule.target} from {p.column.name!r}: {p.remark}." for p in self.fields if p.remark]
        said += [
            f"Nothing was found for {target}: a mapping needs it."
            for target in ("record_id", "declared_on")
            if target not in fed
        ]
        if self.labels:
            said.append(f"Withheld as labels, never loaded: {', '.join(self.labels)}.")
        for check, wanted in self.blind().items():
            said.append(f"Stays unscreened by {check}: nothing feeds {', '.join(wanted[:6]) or 'what it reads'}.")
        return said
