"""Listed substances that class rules describe, worked out from their structures when this was built.

So that a name or a CAS number is answered by the class rules too, without the toolkit for structures: alpha-PVP is on
no list of the United Kingdom by name and falls under its definition of cathinones. `tools/make_class_members.py` writes
the table; a test holds it to the structures and the rules.

>>> ("gb-cathinones", "IN") in [(m.rule, m.verdict) for m in class_members()["alpha-pvp"]]
True
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from counterflow.reference.csv_files import content_version, read_lines

__all__ = ["COLUMNS", "ClassMember", "class_members", "class_members_version"]

COLUMNS = ("substance", "inchikey", "rule", "verdict", "sites")
_FOLDER, _FILE, _RULES = "substances", "class_members.csv", "class_rules"


@dataclass(frozen=True, slots=True)
class ClassMember:
    """What one class rule says of one listed substance.

    Args:
        substance: its id.
        inchikey: the structure it was worked out for.
        rule: id of the class rule.
        verdict: IN | UNCLEAR.
        sites: what the rule found at each site.
    """

    substance: str
    inchikey: str
    rule: str
    verdict: str
    sites: str


@cache
def class_members() -> Mapping[str, tuple[ClassMember, ...]]:
    """Return the members by id of the substance."""
    grouped: defaultdict[str, list[ClassMember]] = defaultdict(list)
    for line in read_lines(_FOLDER, _FILE, COLUMNS):
        member = ClassMember(*line)
        grouped[member.substance].append(member)
    return {substance: tuple(members) for substance, members in grouped.items()}


@cache
def class_members_version() -> str:
    """Return the version of the table and of the rules, by their content."""
    rules = (f.name for f in files("counterflow.reference").joinpath(_RULES).iterdir())
    of_rules = content_version(_RULES, (name for name in rules if name.endswith(".toml")))
    return f"{content_version(_FOLDER, [_FILE])[:6]}{of_rules[:6]}"
