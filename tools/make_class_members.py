"""Write src/counterflow/reference/substances/class_members.csv: which listed substances the class rules describe.

Run it after changing a class rule, the library of groups or a structure:  python tools/make_class_members.py
It judges the structures that the registry holds by the rules that are shipped, nothing else. RDKit is needed.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE = ROOT / "src/counterflow/reference/substances/class_members.csv"


def members() -> Iterator[tuple[str, str, str, str, str]]:
    """Yield substance, InChIKey, rule, verdict and sites, in order of substance and rule."""
    from counterflow.reference.class_rules import load_class_rules
    from counterflow.reference.registry import load_registry
    from counterflow.screen.substances.structure.limits import Unreadable
    from counterflow.screen.substances.structure.molecule import read_molecule
    from counterflow.screen.substances.structure.rules import judge

    rules = load_class_rules()
    for substance, structure in sorted(load_registry().structures.items()):
        molecule = read_molecule(structure.smiles)
        if isinstance(molecule, Unreadable):
            continue
        for found in judge(molecule.mol, rules):
            if found.verdict != "OUT":
                sites = "; ".join(f"{site.site}: {site.finding}" for site in found.sites)
                yield substance, structure.inchikey, found.rule.id, found.verdict, sites


def main() -> None:
    from counterflow.reference.class_members import COLUMNS

    with FILE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(members())
    print(f"wrote {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))
    main()
