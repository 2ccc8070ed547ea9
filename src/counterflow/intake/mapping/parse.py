"""From TOML to a `Mapping`. What nothing reads is refused with the nearest name; every error names its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from typing import Any

from counterflow.core.errors import ConfigError, nearest
from counterflow.intake.mapping.labels import LABEL_KEYS, finds_of
from counterflow.intake.mapping.model import FieldRule, Mapping, SameRows
from counterflow.intake.mapping.order_targets import CUSTOMER_GROUPS, WORDS
from counterflow.intake.mapping.rule_checks import check_rule
from counterflow.intake.mapping.targets import (
    ALWAYS,
    GOODS_TARGETS,
    OF_ORDERS,
    TARGETS,
    TARGETS_OF,
    RecordTable,
    choices_of,
    coverage_targets,
    default_kind,
)
from counterflow.intake.mapping.toml_lines import TomlLines
from counterflow.intake.readers.rows import FORMATS, ReaderOptions

__all__ = ["parse_mapping"]

_TABLES = ("mapping", "reader", "constants", "fields", "goods", "labels", "coverage", "attributes", *CUSTOMER_GROUPS)
_HEAD: dict[str, type] = {
    "name": str, "version": str, "source": str, "format": str, "title": str, "group_by": str, "table": str,
    "synthetic": bool, "same_rows": str, "number_rows": bool,
}  # fmt: skip
_READER: dict[str, type] = {
    "encoding": str, "delimiter": str, "null": list, "sheet": str, "skip_lines": int, "field_limit": int,
    "consignment": str, "goods": str,
}  # fmt: skip
_RULE: dict[str, type] = {
    "column": str, "columns": list, "first": list, "join": str, "parse": str, "format": list, "timezone": str,
    "unit": str, "unit_column": str, "decimal": str, "thousands": str, "codes": dict, "closed": bool,
    "required": bool, "default": str, "on_invalid": str, "hs_pad": bool, "optional": bool,
}  # fmt: skip
_SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
#: what only consignments have
_NOT_OF_CROSSINGS = {
    "goods": "it carries no goods lines",
    "attributes": "columns that no field names are not kept, for they may tell who sat in the vehicle",
    "coverage": "what is missing is asked of consignments; `counterflow account scans` counts crossings",
}


def parse_mapping(text: str, path: str) -> Mapping:
    """Return the mapping that a TOML text holds.

    Args:
        text: the TOML.
        path: where it comes from, for messages.

    Raises:
        ConfigError: it does not parse, or says something that cannot be done; names the line.
    """
    return _Parser(text, path).mapping()


class _Parser:
    """One mapping being read; knows where each key stands."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        try:
            self.found: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path} is no TOML: {error}.") from error
        self.lines = TomlLines(text)
        self.table = self._record_table()
        self.targets = TARGETS_OF[self.table]

    def wrong(self, message: str, table: str, key: str = "", hint: str = "") -> ConfigError:
        line = self.lines.find(f"{table}.{key}".strip("."))
        where = f"{self.path}, line {line}" if line else self.path
        return ConfigError(f"{where}: {message}", hint=hint)

    def mapping(self) -> Mapping:
        self._refuse_unknown(self.found, _TABLES, "")
        for name, value in self.found.items():
            if not isinstance(value, dict | list):
                raise self.wrong(f"{name} is a table: write [{name}].", "", name)
        head = self._table("mapping", _HEAD)
        for key in ("name", "version"):
            if not head.get(key):
                raise self.wrong(f"a mapping has a {key}.", "mapping", hint=f'Write {key} = "…" under [mapping].')
        self._refuse_foreign()
        labels = tuple(self._table("labels", LABEL_KEYS).get("columns", ()))
        rules = (*self._field_rules(), *self._repeated_rules("goods", GOODS_TARGETS))
        for group, fields in CUSTOMER_GROUPS.items():
            rules += tuple(self._repeated_rules(group, fields))
        constants = self._constants()
        self._refuse_labels(rules, labels)
        self._refuse_doubles(rules, constants)
        self._require_always(rules, constants, head)
        return Mapping(
            name=head["name"],
            version=head["version"],
            title=head.get("title", ""),
            source=self._source(head),
            table=self.table,
            format=self._format(head),
            reader=self._reader(head),
            fields=rules,
            constants=constants,
            attributes=self._attributes(labels),
            labels=labels,
            finds=finds_of(self.found.get("labels", {}), labels, self.wrong),
            required=self._required(),
            group_by=self._group_by(head),
            synthetic=head.get("synthetic", False),
            same_rows=self._same_rows(head),
            number_rows=self._number_rows(head, rules),
            text=self.text,
            path=self.path,
        )

    def _record_table(self) -> RecordTable:
        """Return what a row of the file becomes; asked first, for all other words depend on it."""
        head = self.found.get("mapping")
        said = head.get("table", "consignment") if isinstance(head, dict) else "consignment"
        for table in TARGETS_OF:
            if said == table:
                return table
        close = nearest(str(said), TARGETS_OF)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(TARGETS_OF)}."
        raise self.wrong(f"a row does not become a {said!r}.", "mapping", "table", hint)

    def _refuse_foreign(self) -> None:
        """Refuse the tables of a mapping that only others have: goods of a consignment, licences of a customer."""
        for group in CUSTOMER_GROUPS:
            if group in self.found and self.table != "customer":
                raise self.wrong(f"only a customer has [[{group}]].", f"{group}#1")
        if self.table == "consignment":
            return
        if self.table in OF_ORDERS:
            for table in ("goods", "attributes", "coverage"):
                if table in self.found:
                    raise self.wrong(f"a mapping of table {self.table!r} has no [{table}].", table)
            return
        for table, why in _NOT_OF_CROSSINGS.items():
            if table in self.found:
                raise self.wrong(f"a crossing has no [{table}]: {why}.", table)
        if "group_by" in self.found["mapping"]:
            raise self.wrong("a crossing stands on one row.", "mapping", "group_by")

    def _refuse_unknown(self, found: dict[str, Any], known: Any, table: str) -> None:
        for key in found:
            if key not in known:
                close = nearest(key, known)
                hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
                what = f"[{table}] has no key {key!r}" if table else f"a mapping has no table [{key}]"
                raise self.wrong(f"{what}.", table or key, key if table else "", hint)

    def _typed(self, found: dict[str, Any], known: dict[str, type], table: str) -> dict[str, Any]:
        self._refuse_unknown(found, known, table)
        for key, value in found.items():
            wanted = known[key]
            one_text = wanted is list and isinstance(value, str)
            if not (isinstance(value, wanted) or one_text) or (wanted is int and isinstance(value, bool)):
                shown = {
                    str: "a text",
                    list: "a list of texts",
                    int: "a whole number",
                    bool: "true or false",
                    dict: "a table",
                }
                raise self.wrong(f"{key} is {shown[wanted]}, not {value!r}.", table, key)
            if wanted is list and not one_text and not all(isinstance(v, str) for v in value):
                raise self.wrong(f"{key} is a list of texts, not {value!r}.", table, key)
        return {k: [v] if known[k] is list and isinstance(v, str) else v for k, v in found.items()}

    def _table(self, name: str, known: dict[str, type]) -> dict[str, Any]:
        found = self.found.get(name, {})
        if not isinstance(found, dict):
            raise self.wrong(f"{name} is a table: write [{name}].", "", name)
        return self._typed(found, known, name)

    def _source(self, head: dict[str, Any]) -> str | None:
        source: str | None = head.get("source")
        if source is not None and not _SOURCE_NAME.fullmatch(source):
            raise self.wrong(
                f"the source {source!r} is no plain name.",
                "mapping",
                "source",
                "Letters, digits, - _ and dots.",
            )
        return source

    def _format(self, head: dict[str, Any]) -> Any:
        form = head.get("format")
        if form is not None and form not in FORMATS:
            raise self.wrong(f"there is no format {form!r}.", "mapping", "format", f"Known: {', '.join(FORMATS)}.")
        return form

    def _group_by(self, head: dict[str, Any]) -> str | None:
        group_by: str | None = head.get("group_by")
        if group_by not in (None, "record_id"):
            raise self.wrong(f"rows are grouped by record_id, not {group_by!r}.", "mapping", "group_by")
        return group_by

    def _same_rows(self, head: dict[str, Any]) -> SameRows:
        """Return what becomes of rows that are the same to the letter and have no number of their own."""
        said = head.get("same_rows", "refuse")
        if said == "refuse" or (said == "keep" and self.table in OF_ORDERS):
            return "keep" if said == "keep" else "refuse"
        raise self.wrong(
            f"same_rows cannot be {said!r} here.", "mapping", "same_rows", "It is refuse or, of orders, keep."
        )

    def _reader(self, head: dict[str, Any]) -> ReaderOptions:
        said = self._table("reader", _READER)
        if len(said.get("delimiter", ",")) != 1:
            raise self.wrong("a delimiter is one character.", "reader", "delimiter")
        if said.get("skip_lines", 0) < 0 or said.get("field_limit", 1) < 1:
            raise self.wrong("skip_lines and field_limit are not negative.", "reader")
        said["null"] = tuple(said.get("null", ()))
        return ReaderOptions(format=self._format(head), **said)

    def _number_rows(self, head: dict[str, Any], rules: tuple[FieldRule, ...]) -> bool:
        """Return whether rows get a number for an id; only consignments do, and only where nothing else feeds it."""
        said = bool(head.get("number_rows", False))
        if said and (self.table != "consignment" or "group_by" in head):
            raise self.wrong("only consignments that stand on one row are numbered.", "mapping", "number_rows")
        if said and any(rule.target == "record_id" for rule in rules):
            raise self.wrong("record_id has a column: rows are not numbered.", "mapping", "number_rows")
        return said

    def _columns_of(self, table: str) -> tuple[str, ...]:
        return tuple(self._table(table, {"columns": list}).get("columns", ()))

    def _attributes(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        found = self._columns_of("attributes")
        leaked = set(found) & set(labels)
        if leaked:
            raise self._leak(min(leaked), "attributes")
        return found

    def _required(self) -> tuple[str, ...] | None:
        if "coverage" not in self.found:
            return None
        required = tuple(self._table("coverage", {"required": list}).get("required", ()))
        for name in required:
            if not coverage_targets(name):
                close = nearest(name, TARGETS)
                raise self.wrong(
                    f"coverage asks for {name!r}, which is no field.",
                    "coverage",
                    "required",
                    f"Did you mean {close[0]!r}?" if close else "",
                )
        return required

    def _constants(self) -> dict[str, str]:
        found = self.found.get("constants", {})
        constants = {}
        for target, value in _leaves(found, self.targets):
            if target not in self.targets:
                raise self._no_field(target, "constants")
            if not isinstance(value, str):
                raise self.wrong(f"the constant {target} is a text, not {value!r}.", "constants", target)
            known = choices_of(target, self.table) or tuple(WORDS.get(self.table, {}).get(target, ()))
            if known and value not in known:
                hint = f"Known: {', '.join(known)}."
                raise self.wrong(f"{target} cannot be {value!r}.", "constants", target, hint)
            constants[target] = value
        return constants

    def _no_field(self, target: str, table: str) -> ConfigError:
        close = nearest(target, self.targets)
        meant = f"Did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
        if self.table == "crossing":
            known = f"A crossing has {', '.join(self.targets)}: no driver and no owner, on purpose."
            return self.wrong(f"a crossing has no field {target!r}.", table, target, f"{meant} {known}".strip())
        hint = meant or "See docs/how-to/write-a-mapping.md."
        return self.wrong(f"there is no field {target!r}.", table, target, hint)

    def _field_rules(self) -> Iterator[FieldRule]:
        for target, said in _leaves(self.found.get("fields", {}), self.targets, stop=frozenset(_RULE)):
            if target not in self.targets:
                raise self._no_field(target, "fields")
            yield self._rule(target, said, "fields", target)

    def _repeated_rules(self, repeated: str, fields: Collection[str]) -> Iterator[FieldRule]:
        """Return the rules of what stands under `[[goods]]` or another group that repeats."""
        groups = self.found.get(repeated, [])
        if not isinstance(groups, list):
            raise self.wrong(f"repeated {repeated} stand under [[{repeated}]], with two brackets.", repeated)
        for number, group in enumerate(groups, start=1):
            for name, said in group.items():
                if name not in fields:
                    close = nearest(name, fields)
                    hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(fields)}."
                    raise self.wrong(f"{repeated} have no field {name!r}.", f"{repeated}#{number}", name, hint)
                yield self._rule(f"{repeated}.{number}.{name}", said, f"{repeated}#{number}", name)

    def _rule(self, target: str, said: Any, table: str, key: str) -> FieldRule:
        """Return one rule; `said` is a column name or a table of options."""
        if isinstance(said, str):
            said = {"column": said}
        if not isinstance(said, dict):
            raise self.wrong(f"{target} is a column name or a table of options.", table, key)
        own = f"{table}.{key}"
        options = self._typed(said, _RULE, own)
        given = [k for k in ("column", "columns", "first") if k in options]
        if len(given) != 1:
            raise self.wrong(f"{target} names one of: column, columns, first.", own)
        columns = (options["column"],) if given == ["column"] else tuple(options[given[0]])
        if not columns:
            raise self.wrong(f"{target} names no column.", own, given[0])
        rule = FieldRule(
            target=target,
            columns=columns,
            pick=given == ["first"],
            kind=options.get("parse", default_kind(target, self.table)),
            table=self.table,
            formats=tuple(options.get("format", ())),
            line=self.lines.find(f"{own}.{given[0]}"),
            **{
                k: options[k]
                for k in (
                    "join", "timezone", "unit", "unit_column", "decimal", "thousands", "codes", "closed", "required",
                    "default", "on_invalid", "hs_pad", "optional",
                )
                if k in options
            },
        )  # fmt: skip
        check_rule(rule, self.wrong, own)
        return rule

    def _refuse_labels(self, rules: tuple[FieldRule, ...], labels: tuple[str, ...]) -> None:
        for rule in rules:
            for column in rule.all_columns:
                if column in labels:
                    raise self._leak(column, f"fields.{rule.target}")

    def _leak(self, column: str, table: str) -> ConfigError:
        hint = "It says what inspection found; data that screening or targeting reads may not hold it."
        return self.wrong(f"{column!r} is withheld as a label and cannot be loaded as data.", table, "column", hint)

    def _refuse_doubles(self, rules: tuple[FieldRule, ...], constants: dict[str, str]) -> None:
        for rule in rules:
            if rule.target in constants:
                raise self.wrong(f"{rule.target} is both a constant and a field.", "constants", rule.target)
        for group in ("goods", *CUSTOMER_GROUPS):
            dots = {r.target.count(".") for r in rules if r.target.startswith(f"{group}.")}
            if dots == {1, 2}:
                raise self.wrong(f"{group} stand under [fields] or under [[{group}]], not both.", f"{group}#1")

    def _require_always(self, rules: tuple[FieldRule, ...], constants: dict[str, str], head: dict[str, Any]) -> None:
        fed = {rule.target for rule in rules} | constants.keys()
        fed |= {"record_id"} if head.get("number_rows") else set()
        for target in ALWAYS[self.table]:
            if target not in fed:
                raise self.wrong(
                    f"nothing feeds {target}, which every record has.",
                    "fields",
                    hint=f"Add [fields.{target}].",
                )


def _leaves(
    found: Any, targets: Collection[str], stop: frozenset[str] = frozenset(), path: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield dotted paths and what stands there, down to texts and to tables that hold options."""
    if not isinstance(found, dict):
        yield path, found
        return
    if path in targets or (path and stop & found.keys() and not any(t.startswith(f"{path}.") for t in targets)):
        yield path, found
        return
    for key, value in found.items():
        yield from _leaves(value, targets, stop, f"{path}.{key}" if path else key)
