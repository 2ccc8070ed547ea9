"""A proposal as TOML: every field with a comment on what was seen, for a person to read and then the loader."""

from __future__ import annotations

from typing import cast

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import Table

from counterflow.intake.mapping.model import FieldRule
from counterflow.intake.mapping.targets import default_kind
from counterflow.intake.propose.proposal import Proposal, Proposed
from counterflow.intake.readers import ReaderOptions

__all__ = ["write_toml"]

#: what every record must have, and what the checks that matter most read
_MATTER = (
    "record_id", "declared_on", "goods.description", "goods.hs", "party.consignor.name", "party.consignee.name",
    "mass_kg", "value", "sender", "office", "lane",
)  # fmt: skip


def write_toml(proposal: Proposal, form: str, options: ReaderOptions) -> str:
    """Return the mapping as TOML with comments."""
    document = tomlkit.document()
    document.add(
        tomlkit.comment(
            f"Proposed from the first {proposal.rows:,} rows of {proposal.file}. Read it through before use."
        )
    )
    document.add(tomlkit.comment("docs/how-to/write-a-mapping.md says what each key means."))
    document.add("mapping", _head(proposal, form))
    if reader := _reader(options):
        document.add("reader", reader)
    document.add("constants", _constants({p.rule.target for p in proposal.fields}))
    fields = tomlkit.table(is_super_table=True)
    for proposed in proposal.fields:
        *above, last = proposed.rule.target.split(".")
        inner = fields
        for name in above:
            if name not in inner:
                inner.add(name, tomlkit.table(is_super_table=True))
            inner = cast("Table", inner[name])
        inner.add(last, _field(proposed, proposal))
    document.add("fields", fields)
    _add_unfed(document, {p.rule.target for p in proposal.fields})
    for table, columns, why in (
        ("attributes", proposal.attributes, "carried along under their own names"),
        ("labels", proposal.labels, "they say what inspection found: withheld, never loaded as data"),
    ):
        if columns:
            held = tomlkit.table()
            held.add(tomlkit.comment(why))
            held.add("columns", list(columns))
            document.add(table, held)
    for column in proposal.left_out:
        document.add(tomlkit.comment(f"left out: {column}"))
    return tomlkit.dumps(document)


def _head(proposal: Proposal, form: str) -> Table:
    head = tomlkit.table()
    head.add("name", proposal.name)
    head.add("version", "1")
    head.add("title", f"Proposed from {proposal.file}")
    head.add(
        "source",
        "".join(c if c.isalnum() or c in "._-" else "-" for c in proposal.name).strip("._-")[:64] or "source",
    )
    head.add("format", form)
    if any(p.rule.target == "record_id" and "repeat" in p.remark for p in proposal.fields):
        head.add("group_by", "record_id")
    return head


def _constants(fed: set[str]) -> Table:
    """Return what every record of a file often shares, as comments to be filled in."""
    table = tomlkit.table()
    table.add(tomlkit.comment("what holds for every record of the file; take the # away and fill in"))
    for target, example in (
        ("kind", "parcel"),
        ("direction", "inbound"),
        ("destination", "US"),
        ("currency", "USD"),
    ):
        if target not in fed:
            table.add(tomlkit.comment(f'{target} = "{example}"'))
    return table


def _add_unfed(document: TOMLDocument, fed: set[str]) -> None:
    """Add the fields that matter and that no column was found for, as comments to be filled in."""
    unfed = [target for target in _MATTER if target not in fed]
    if unfed:
        document.add(tomlkit.nl())
        document.add(tomlkit.comment("No column was found for these. Write its name and take the # away:"))
    for target in unfed:
        document.add(tomlkit.comment(f"[fields.{target}]"))
        document.add(tomlkit.comment('column = ""'))
    if unfed:
        document.add(tomlkit.nl())


def _reader(options: ReaderOptions) -> Table | None:
    asked = (("encoding", options.encoding), ("sheet", options.sheet), ("skip_lines", options.skip_lines))
    said = {k: v for k, v in asked if v}
    if not said:
        return None
    table = tomlkit.table()
    for key, value in said.items():
        table.add(key, value)
    return table


def _field(proposed: Proposed, proposal: Proposal) -> Table:
    column, rule = proposed.column, proposed.rule
    table = tomlkit.table()
    seen = f"{column.filled_share:.0%} filled, {column.distinct:,} distinct, {proposed.valid:.1%} readable"
    table.add(tomlkit.comment(seen))
    if readers := proposal.feeds(rule.target):
        table.add(tomlkit.comment(f"feeds {', '.join(readers)}"))
    if proposed.remark:
        table.add(tomlkit.comment(proposed.remark))
    table.add("column", rule.columns[0])
    for key, value in _options(rule).items():
        table.add(key, value)
    return table


def _options(rule: FieldRule) -> dict[str, object]:
    """Return what differs from the way its field is read anyway."""
    said: dict[str, object] = {}
    if rule.kind != default_kind(rule.target):
        said["parse"] = rule.kind
    if rule.formats:
        said["format"] = list(rule.formats)
    if rule.kind == "mass":
        said["unit"] = rule.unit
    if rule.decimal != ".":
        said["decimal"] = rule.decimal
    if rule.thousands:
        said["thousands"] = rule.thousands
    if rule.hs_pad:
        said["hs_pad"] = True
    if rule.on_invalid != "reject":
        said["on_invalid"] = rule.on_invalid
    if rule.target in {"record_id", "declared_on"}:
        said["required"] = True
    return said
