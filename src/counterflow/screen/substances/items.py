"""Reading the fields of items: goods text, name, CAS number, InChIKey, SMILES, HS code.

Each field is read for all items at once; what it says goes to the item that holds it (`evidence.Item`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.reference.registry import Name, Registry, cas_check_digit
from counterflow.screen.substances.declared_code import read_hs
from counterflow.screen.substances.evidence import SHOWN, Fault, Item, Weight
from counterflow.screen.substances.identifiers import structures_in
from counterflow.screen.substances.mentions import Mention, WrongNumber, find_mentions
from counterflow.screen.substances.numbers import CasNumber, cas_numbers
from counterflow.screen.substances.whole_names import WholeNames

__all__ = ["FIELDS", "ItemReader"]

#: The fields of an item, in the order that spans are told.
FIELDS = ("text", "name", "cas", "inchikey", "smiles", "hs")
#: Weakened below this, a name is of something else: a test kit, "free of".
_ELSEWISE_BELOW = 0.5
_AMBIGUOUS, _ORDINARY_WORD = 2, 3
_LABEL = "CAS "
#: "437 - 38 - 7", and "000437-38-7" as stock programs write it; the groups are what counts
_LOOSE_CAS = re.compile(
    r"\s*0*([1-9][0-9]{1,6})\s*[-\u2010-\u2014\u2212]\s*([0-9]{2})\s*[-\u2010-\u2014\u2212]\s*([0-9])\s*"
)
#: what people write into a column of numbers or structures where there is none
_NOT_GIVEN = frozenset({"-", "--", "n/a", "#n/a", "na", "n.a.", "none", "null", "nil", "nan", "?", "unknown", "tbd"})
#: Cheap sieve: a branch, a bond or an aromatic ring closure between atoms, as SMILES write them.
_LIKE_SMILES = r"[CNOSPcnosp0-9\])]\(?[=#][BCNOSPFIcnosp\[(]|[cn][0-9][cn]|[CNOScnos][0-9]?\([CNOS=][()CNOS=0-9cnos]"
#: structures of one text that are read
_MOST_STRUCTURES = 20
#: places of one substance in one field that an answer tells
_MOST_SPANS = 20
_NUMBERS = frozenset({"InChIKey", "UNII", "DEA code"})

_Values = Sequence[str | None]
_Items = defaultdict[int, Item]


class ItemReader:
    """Reads items against one registry; what it looks things up in is made once, when first needed."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def read(self, columns: Mapping[str, _Values]) -> dict[int, Item]:
        """Return what was found, by position of the item; items that say nothing and have no fault are not there.

        Args:
            columns: any of `FIELDS`, all of one length; None is "not given".
        """
        items: _Items = defaultdict(Item)
        if "text" in columns:
            self._read_mentions(items, "text", range(len(columns["text"])), columns["text"])
            self._read_structures_in_texts(items, columns["text"])
        if "name" in columns:
            self._read_names(items, columns["name"])
        cas, keys, smiles, codes = (_given(columns.get(f, ()), _NOT_GIVEN) for f in ("cas", "inchikey", "smiles", "hs"))
        for row, value in cas:
            self._read_cas(items[row], value)
        self._read_structures(items, keys, smiles)
        for row, value in codes:
            read_hs(items[row], value, self.registry, self._hs_holders)
        return dict(items)

    @cached_property
    def _names(self) -> WholeNames:
        return WholeNames(self.registry)

    @cached_property
    def _cas_bodies(self) -> Mapping[str, str]:
        return {number[:-2]: identifier.substance for number, identifier in self.registry.cas_numbers.items()}

    @cached_property
    def _hs_holders(self) -> Mapping[str, list[str]]:
        """Six digits to the substances that stand there."""
        grouped: defaultdict[str, list[str]] = defaultdict(list)
        for substance, codes in self.registry.hs_codes.items():
            for code in codes:
                grouped[code].append(substance)
        return grouped

    def named(self, name: str) -> tuple[Name, ...]:
        """Return the names that read as `name`, one for each substance that bears it."""
        return self._names.find(name)

    def _read_mentions(self, items: _Items, field: str, rows: Sequence[int], values: _Values) -> set[int]:
        """Read texts; return the rows in which something was met."""
        met_in = set()
        for met in find_mentions(pa.array(values, pa.string()), self.registry):
            row = rows[met.row]
            met_in.add(row)
            if isinstance(met, WrongNumber):
                items[row].faults.append(_wrong_number(field, met.number.start, met.number.end, met))
            else:
                places = list(met.spans[:_MOST_SPANS])
                items[row].add(field, met.substance.id, _weight(met), places, _in_words(met))
        return met_in

    def _read_names(self, items: _Items, values: _Values) -> None:
        """Hold each whole name against the registry's; what is not one of them is read as a text."""
        rest: list[tuple[int, str]] = []
        for row, value in _given(values):
            names = self.named(value)
            for name in names:
                self._add_name(items[row], value, name, alone=len(names) == 1)
            if not names:
                rest.append((row, value))
        met_in = self._read_mentions(items, "name", [row for row, _ in rest], [value for _, value in rest])
        for row, value in rest:
            if row not in met_in:
                items[row].notes.append(f"the name “{value[:SHOWN]}” is not in this registry")

    def _add_name(self, item: Item, value: str, name: Name, *, alone: bool) -> None:
        # Said to be the name, an abbreviation is one; a street word still may be what it says.
        sure = alone and (name.ambiguity < _ORDINARY_WORD or name.type != "street")
        known = self.registry.substances[name.substance].name
        doubt = "" if sure else ", and an ordinary word" if alone else ", and of other substances"
        words = f"“{value.strip()[:SHOWN]}” is a name of {known} ({name.type}{doubt})"
        weight = Weight.SURE if sure else Weight.DOUBTFUL
        item.add("name", name.substance, weight, [(0, len(value))], words)

    def _read_cas(self, item: Item, value: str) -> None:
        met = False
        for piece in re.finditer(r"[^,;|\n]+", value):
            for number in _cas_numbers(piece.group()):
                met = True
                start, end = piece.start() + number.start, piece.start() + number.end
                identifier = self.registry.cas_numbers.get(number.text)
                if identifier is not None:
                    form = f" ({identifier.form})" if identifier.form else ""
                    words = f"CAS {number.text} is {self.registry.substances[identifier.substance].name}{form}"
                    reach = _salt_or_ester if identifier.form else None
                    item.add("cas", identifier.substance, Weight.SURE, [(start, end)], words, reach)
                elif number.valid:
                    item.notes.append(f"CAS {number.text} is not in this registry")
                else:
                    body = self._cas_bodies.get(number.text[:-2])
                    meant = self.registry.substances[body] if body else None
                    item.faults.append(_wrong_number("cas", start, end, WrongNumber(0, number, meant)))
        if not met:
            words = f"“{value.strip()[:SHOWN]}” is no CAS number: two to seven digits, two digits, a check digit"
            item.faults.append(Fault("cas", f"cas:0-{len(value)}", words))

    def _read_structures_in_texts(self, items: _Items, values: _Values) -> None:
        """Read the stretches of texts that look like a SMILES; RDKit is imported only where there is one."""
        sieved = pc.fill_null(pc.match_substring_regex(pa.array(values, pa.string()), _LIKE_SMILES), False)
        found = [
            (row, stretch.text, stretch.start)
            for row in pc.indices_nonzero(sieved).to_pylist()
            for stretch in islice(structures_in(values[row] or ""), _MOST_STRUCTURES)
            if stretch.kind == "SMILES"
        ]
        if found and find_spec("rdkit"):
            from counterflow.screen.substances.molecules import read_smiles_in_texts

            read_smiles_in_texts(items, found, self.registry)

    def _read_structures(self, items: _Items, keys: list[tuple[int, str]], smiles: list[tuple[int, str]]) -> None:
        if not (keys or smiles):
            return
        # Only here is RDKit imported.
        from counterflow.screen.substances.molecules import read_inchikeys, read_smiles

        read_inchikeys(items, keys, self.registry)
        read_smiles(items, smiles, self.registry)


def _salt_or_ester(instrument: str, extends_to: Collection[str]) -> tuple[bool | None, str]:
    """Say whether an entry reaches a form that has a CAS number of its own (`evidence.Reach`)."""
    del instrument
    reached = "salts" in extends_to or "esters" in extends_to
    return (True, "") if reached else (None, "the entry does not say that it extends to salts or esters")


def _given(values: _Values, not_given: Collection[str] = ()) -> list[tuple[int, str]]:
    """Return the values that are given, with the position of each; `not_given` are words for "none"."""
    given = [(row, value) for row, value in enumerate(values) if value and not value.isspace()]
    return [(row, value) for row, value in given if value.strip().casefold() not in not_given] if not_given else given


def _cas_numbers(piece: str) -> list[CasNumber]:
    """Return the numbers in one piece of a field of CAS numbers."""
    found = list(cas_numbers(_LABEL + piece))
    if found:
        return [replace(n, start=max(n.start - len(_LABEL), 0), end=n.end - len(_LABEL)) for n in found]
    met = _LOOSE_CAS.fullmatch(piece)
    if met is None:
        return []
    body, pair, digit = met.groups()
    valid = cas_check_digit(body + pair) == int(digit)
    return [CasNumber(f"{body}-{pair}-{digit}", valid, met.start(1), met.end(3))]


def _weight(met: Mention) -> Weight:
    if met.context.factor < _ELSEWISE_BELOW:
        return Weight.ELSEWISE
    if met.context.factor < 1 or met.ambiguity >= _AMBIGUOUS:
        return Weight.DOUBTFUL
    return Weight.SURE


def _in_words(met: Mention) -> str:
    how = "its CAS number" if met.written.startswith("CAS") else f"{met.written} name"
    how = f"its {met.written}" if met.written in _NUMBERS else how
    how += ", in disguise" * met.disguised
    how += f", one letter wrong, read as “{met.misspelt}”" if met.misspelt else ""
    how += f", with the salt “{met.context.salt}”" if met.context.salt else ""
    how += ", an ambiguous word" * (met.ambiguity >= _AMBIGUOUS)
    how += f", {met.places} times" if met.places > 1 else ""
    told = f"“{met.matched[:SHOWN]}” names {met.substance.name} ({how})"
    return f"{told}; weakened: {'; '.join(met.context.lowered_by)}" if met.context.lowered_by else told


def _wrong_number(field: str, start: int, end: int, met: WrongNumber) -> Fault:
    meant = f"; its other digits are those of {met.meant.name}" if met.meant else ""
    number = met.number
    words = f"“{number.text}” is no CAS number: its check digit should be {number.expected_digit}{meant}"
    return Fault(field, f"{field}:{start}-{end}", words, met.meant.id if met.meant else "")
