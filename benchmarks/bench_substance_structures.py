"""Structures: molecules a CPU-second beside a plain loop, what is found, and the worst that a hostile text costs.

    python benchmarks/bench_substance_structures.py [--quick] [--only PART ...] [--shared-data FOLDER]

Parts: `rate` (from SMILES through the listed substances and all class rules, by the way that `screen` takes, where a
listed substance has its class rules from a table; beside it, in the same run, a plain RDKit loop that parses,
standardises, looks an InChIKey up and asks each pattern of each rule in turn), `quality` (structures of the US
schedules found, approved medicines called controlled), `hostile` (texts made to hurt: seconds of the worst).

Structures: 220 of the US schedules (another project's labels, some wrong) and 989 approved drugs, most drawn flat.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from pathlib import Path

from hostile_structures import hostile_structures
from measure import peak_mb, reference_seconds
from public_data import SHARED_DATA
from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from counterflow.reference.class_rules import load_class_rules
from counterflow.reference.registry import load_registry
from counterflow.screen.substances.molecules import class_findings
from counterflow.screen.substances.structure.identify import identify
from counterflow.screen.substances.structure.limits import Unreadable
from counterflow.screen.substances.structure.molecule import read_molecules
from counterflow.screen.substances.structure.rules import judge

ROUNDS = 3


def smiles_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Structures:
    """The two sets, whole or every tenth."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        step = 10 if quick else 1
        self.scheduled = smiles_of(folder, "us_schedule_smiles_globalchem.csv")[::step]
        self.approved = [row["smiles"] for row in smiles_of(folder, "chembl_approved_drugs.csv")][::step]
        self.all = [*self.approved, *(row["smiles"] for row in self.scheduled)]


def ours(texts: list[str]) -> int:
    """Return in how many something is met: listed, or in a class."""
    registry, rules = load_registry(), load_class_rules()
    met = 0
    for text in texts:
        read = read_molecules(text)
        for molecule in () if isinstance(read, Unreadable) else read:
            matches = identify(molecule, registry)
            findings = class_findings(molecule, matches, rules, registry)
            met += bool(matches) or any(f.verdict == "IN" for f in findings)
    return met


class PlainLoop:
    """One rule at a time: what a chemist writes first, with the toolkit's own standardiser."""

    def __init__(self) -> None:
        self.keys = {s.inchikey for s in load_registry().structures.values()}
        self.patterns = [Chem.MolFromSmarts(text) for rule in load_class_rules() for text in (rule.family, *rule.cores)]
        self.uncharger, self.largest = rdMolStandardize.Uncharger(), rdMolStandardize.LargestFragmentChooser()

    def met(self, texts: list[str]) -> int:
        found = 0
        for text in texts:
            mol = Chem.MolFromSmiles(text)
            if mol is None:
                continue
            mol = self.uncharger.uncharge(self.largest.choose(mol))
            Chem.SanitizeMol(mol)
            listed = Chem.MolToInchiKey(mol) in self.keys
            found += sum([mol.HasSubstructMatch(pattern) for pattern in self.patterns]) > 0 or listed
        return found


def rate(structures: Structures) -> None:
    plain = PlainLoop()
    scheduled = [row["smiles"] for row in structures.scheduled]
    ours(structures.all), plain.met(structures.all[:50])
    reference = reference_seconds()
    print(
        f"rate    {len(load_class_rules())} class rules; the best of {ROUNDS} rounds in turn; parsing alone shows how busy the machine is"
    )
    for name, texts in (("approved drugs", structures.approved), ("US schedules", scheduled)):
        jobs = {"parsed only": parsed, "ours": ours, "plain loop": plain.met}
        best = dict.fromkeys(jobs, float("inf"))
        for _ in range(ROUNDS):
            for job, run in jobs.items():
                begun = time.process_time()
                run(texts)
                best[job] = min(best[job], time.process_time() - begun)
        said = (f"{job} {len(texts) / seconds:,.0f} a CPU-s" for job, seconds in best.items())
        print(f"        {len(texts):,} {name}: {', '.join(said)}")
        print(
            f"        ours: {best['plain loop'] / best['ours']:.1f} times the plain loop, {best['ours'] / best['parsed only']:.1f} times parsing alone, {best['ours'] / reference:.2f} of the reference job"
        )
    print(f"        {peak_mb():.0f} MB")


def parsed(texts: list[str]) -> int:
    return sum([Chem.MolFromSmiles(text) is not None for text in texts])


def reached(match, registry, instruments=None) -> bool:
    controls = registry.controls.get(match.substance, ())
    return any(
        match.reached_by(c.instrument, c.extends_to)[0]
        for c in controls
        if c.basis != "precursor" and (instruments is None or c.instrument in instruments)
    )


def quality(structures: Structures) -> None:
    registry, rules = load_registry(), load_class_rules()
    told: Counter[str] = Counter()
    for row in structures.scheduled:
        read = read_molecules(row["smiles"])
        matches = [m for molecule in read for m in identify(molecule, registry)]
        us = any(reached(m, registry, {"us-csa"}) for m in matches)
        told["found" if us else "unclear or elsewhere" if matches else "missed"] += 1
        if not us:
            print(f"        not found: {row['name']} ({', '.join(m.substance for m in matches) or 'no match'})")
    print(f"quality US schedules, {len(structures.scheduled)} labels: {dict(told)}")
    medicines: Counter[str] = Counter()
    for text in structures.approved:
        found = [(m, identify(m, registry)) for m in read_molecules(text)]
        by_name = any(reached(match, registry) for _, matches in found for match in matches)
        by_rule = any(f.verdict == "IN" for molecule, _ in found for f in judge(molecule.mol, rules))
        medicines["listed by name" if by_name else "in a class only" if by_rule else "neither"] += 1
    print(
        f"        approved drugs, {len(structures.approved)}: {dict(medicines)} (each adjudicated by hand in the tests)"
    )


def hostile(_structures: Structures) -> None:
    ours(["CCO"])
    taken = {}
    for name, text in hostile_structures().items():
        begun = time.process_time()
        ours([text])
        taken[name] = time.process_time() - begun
    worst = sorted(taken, key=taken.get, reverse=True)[:3]
    print(
        f"hostile {len(taken)} texts, none raised; worst: {', '.join(f'{name} {taken[name]:.3f} CPU-s' for name in worst)}"
    )


PARTS = {part.__name__: part for part in (rate, quality, hostile)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    asked = parser.parse_args()
    folder = asked.shared_data / "substances"
    if not folder.is_dir():
        print(f"no public data at {asked.shared_data}; name its folder with --shared-data")
        return 0
    structures = Structures(folder, quick=asked.quick)
    for part in asked.only:
        PARTS[part](structures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
