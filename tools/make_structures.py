#!/usr/bin/env python3
"""Work out the structures of the listed substances from independent sources, and say where they agree.

Run by hand when names or numbers of the registry change; the files it writes are reviewed and committed:

    python tools/make_structures.py            # compare, print the counts, write nothing
    python tools/make_structures.py --write    # write reference/substances/structures/listed.csv as well

It needs `rdkit`, `chemicals` (MIT, structures drawn from PubChem) and `py2opsin` with Java (OPSIN 2.9: Lowe et al. 2011,
J. Chem. Inf. Model. 51:739), which the package itself does not need. Witnesses of one structure:

* each law that prints a systematic name, read by OPSIN; two laws with the same words are one witness,
* `chemicals`, by CAS number, else by the preferred name,
* `structures_recalled.csv`: structures written from memory; alone they count as one source, and as unverified.

`structures_respelled.csv` holds names that OPSIN reads only after a misprint is mended; `structures_settled.csv` the
readings that a person has set aside, with the reason. Where what is left disagrees, the standing is `none`.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from rdkit import Chem, RDLogger
from rdkit.Chem.MolStandardize import rdMolStandardize
from structure_names import is_systematic, one_spelling, spellings

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))

from counterflow.reference.registry import Registry, load_registry  # noqa: E402

FOLDER = HERE.parent / "src/counterflow/reference/substances"
PUBCHEM, RECALLED = "pubchem-structures", "recalled-structures"
TABLES = {PUBCHEM, RECALLED}
COLUMNS = ("substance", "smiles", "inchikey", "standing", "sources")
_UNCHARGER = rdMolStandardize.Uncharger()


@dataclass(frozen=True)
class Reading:
    """One structure that one source gives for a substance; `words` is what was read."""

    substance: str
    source: str
    words: str
    smiles: str
    inchikey: str
    systematic: bool = True

    @property
    def racemic(self) -> bool:
        """Whether the name is that of a racemate."""
        return bool(re.search(r"\d*(RS|SR)\b", self.words))

    @property
    def skeleton(self) -> str:
        """First block of the InChIKey: what is bound to what."""
        return self.inchikey[:14]


def parent_of(smiles: str) -> Chem.Mol | None:
    """Return the largest organic component, neutral and without isotopes; the whole where nothing is organic."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return None
    parts = [m for m in Chem.GetMolFrags(mol, asMols=True) if any(a.GetSymbol() == "C" for a in m.GetAtoms())]
    if not parts:
        return mol
    parent = _UNCHARGER.uncharge(max(parts, key=lambda m: m.GetNumAtoms()))
    for atom in parent.GetAtoms():
        atom.SetIsotope(0)
    return Chem.MolFromSmiles(Chem.MolToSmiles(parent))


def reading(substance: str, source: str, words: str, smiles: str) -> Reading | None:
    """Return a reading in canonical form; None where RDKit cannot read it or it holds an open place."""
    mol = parent_of(smiles)
    if mol is None or any(a.GetAtomicNum() == 0 or a.GetNumRadicalElectrons() for a in mol.GetAtoms()):
        return None
    return Reading(substance, source, words, Chem.MolToSmiles(mol), Chem.MolToInchiKey(mol))


def rows_of(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def law_readings(registry: Registry, compounds: set[str]) -> list[Reading]:
    """Return what OPSIN reads in the systematic names that the laws print."""
    asked = [
        (name.substance, name.source.id, name.text, way)
        for name in registry.names
        if name.substance in compounds and name.lang in {"en", "de"} and name.ambiguity < 2
        and name.type in {"chemical", "statutory", "INN"}
        for way in spellings(name.text, name.lang)
    ]  # fmt: skip
    asked += [
        (r["substance"], r["source"], r["respelled"], way)
        for r in rows_of("structures_respelled.csv")
        for way in spellings(r["respelled"], "en")
    ]
    found: dict[tuple[str, str, str], Reading] = {}
    for (substance, source, printed, _), smiles in zip(asked, opsin([a[3] for a in asked]), strict=True):
        key = (substance, source, one_spelling(printed))
        if smiles and key not in found and (read := reading(substance, source, key[2], smiles)):
            found[key] = replace(read, systematic=is_systematic(printed))
    return list(found.values())


def opsin(names: list[str]) -> list[str]:
    """Return SMILES for names, empty where OPSIN reads none; stereo words it cannot place are left out."""
    from py2opsin import py2opsin

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strict = py2opsin(names, output_format="SMILES")
        missing = [i for i, smiles in enumerate(strict) if not smiles]
        loose = py2opsin([names[i] for i in missing], output_format="SMILES", allow_bad_stereo=True) if missing else []
    for i, smiles in zip(missing, loose, strict=True):
        strict[i] = smiles
    return [smiles or "" for smiles in strict]


def pubchem_readings(registry: Registry, compounds: set[str]) -> list[Reading]:
    """Return what `chemicals` holds under the CAS numbers or the preferred name of a substance."""
    from chemicals.identifiers import CAS_to_int, pubchem_db

    pubchem_db.autoload_main_db()
    found: dict[tuple[str, str], Reading] = {}
    for number in (i for i in registry.identifiers if i.scheme == "CAS" and not i.form and i.substance in compounds):
        held = pubchem_db.search_CAS(CAS_to_int(number.value))
        if held and (read := reading(number.substance, PUBCHEM, f"CAS {number.value}", held.smiles)):
            found[number.substance, number.value] = read
    numbered = {substance for substance, _ in found}
    for substance, name, preferred in official_names(registry, compounds):
        held = None if substance in numbered else pubchem_db.search_name(name.lower())
        if held and (read := reading(substance, PUBCHEM, name, held.smiles)):
            found.setdefault((substance, name), replace(read, systematic=preferred))
    return list(found.values())


def official_names(registry: Registry, compounds: set[str]) -> list[tuple[str, str, bool]]:
    """Return English official names, and whether each is the preferred one: others may confirm, not contradict."""
    names = [(s, registry.substances[s].name, True) for s in sorted(compounds)]
    return names + [
        (n.substance, n.text, n.type == "INN")
        for n in registry.names
        if n.substance in compounds and n.type in {"INN", "statutory"} and n.lang == "en" and not n.ambiguity
    ]


def recalled_readings() -> list[Reading]:
    rows = rows_of("structures_recalled.csv")
    read = [reading(r["substance"], RECALLED, "from memory", r["smiles"]) for r in rows]
    wrong = [r["substance"] for r, got in zip(rows, read, strict=True) if got is None]
    if wrong:
        sys.exit(f"structures_recalled.csv: not readable: {', '.join(wrong)}")
    return [r for r in read if r]


def fits(one: Reading, other: Reading) -> bool:
    """Say whether two readings can be the same: tautomers of each other, and stereo centres that both fix fixed alike.

    The name of a racemate fixes how its centres stand to each other, so it fits either enantiomer.
    """
    if one.skeleton != other.skeleton:
        return _tautomer(one.smiles) == _tautomer(other.smiles)
    a, b = Chem.MolFromSmiles(one.smiles), Chem.MolFromSmiles(other.smiles)
    sides = [(a, b), (b, a)]
    if one.racemic or other.racemic:
        sides += [(mirrored(a), b), (b, mirrored(a))]
    return one.inchikey == other.inchikey or any(m.HasSubstructMatch(n, useChirality=True) for m, n in sides)


def mirrored(mol: Chem.Mol) -> Chem.Mol:
    """Return the mirror image."""
    other = Chem.Mol(mol)
    for atom in other.GetAtoms():
        atom.InvertChirality()
    return Chem.MolFromSmiles(Chem.MolToSmiles(other))


def _tautomer(smiles: str) -> str:
    mol = Chem.MolFromSmiles(smiles)
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(rdMolStandardize.TautomerEnumerator().Canonicalize(mol))


def _fixed(read: Reading) -> int:
    mol = Chem.MolFromSmiles(read.smiles)
    return sum(str(s.specified) == "Specified" for s in Chem.FindPotentialStereo(mol))


def witnesses(readings: list[Reading]) -> list[Reading]:
    """Return one reading per independent witness: one per law, and laws with the same words once."""
    own = {r: RECALLED if r.source == "recalled" else r.source for r in readings}
    by_words = {(own[r] if own[r] in TABLES else r.words.casefold()): r for r in reversed(readings)}
    return list({own[r]: r for r in by_words.values()}.values())


def chosen(readings: list[Reading]) -> tuple[Reading, str, tuple[Reading, ...]]:
    """Return the structure, its standing, and the readings that contradict it.

    A systematic name of a law speaks before `chemicals`, that before memory; of several, the one that fixes most stereo
    centres. What OPSIN makes of a name that is not systematic can confirm, and neither speaks first nor contradicts.
    """
    rank = {PUBCHEM: 1, RECALLED: 2}
    firm = [r for r in readings if r.systematic]
    first = min(firm, key=lambda r: (rank.get(r.source, 0), -_fixed(r)))
    agreeing = [r for r in readings if fits(first, r)]
    against = tuple(r for r in firm if r not in agreeing)
    if any(r.skeleton != first.skeleton for r in against):
        return first, "none", against
    return first, "two" if len(witnesses(agreeing)) > 1 else "one", against


def without_racemic_stereo(rows: dict[str, Reading]) -> dict[str, Reading]:
    """Return the structures with stereo marks of racemates taken out, but where another substance needs them.

    A racemate fixes no absolute configuration. How its centres stand to each other is kept only where another
    substance of the registry has the same skeleton and another relative configuration (alpha- and betaprodine).
    """
    alike = defaultdict(list)
    for read in rows.values():
        alike[read.skeleton].append(read)
    return {
        substance: _flat(read) if read.racemic and not _told_apart(read, alike[read.skeleton]) else read
        for substance, read in rows.items()
    }


def _told_apart(read: Reading, alike: list[Reading]) -> bool:
    mirror = Chem.MolToInchiKey(mirrored(Chem.MolFromSmiles(read.smiles)))
    others = [r.inchikey for r in alike if r.substance != read.substance]
    return bool(others) and not {read.inchikey, mirror} & set(others)


def _flat(read: Reading) -> Reading:
    mol = Chem.MolFromSmiles(read.smiles)
    Chem.RemoveStereochemistry(mol)
    return replace(read, smiles=Chem.MolToSmiles(mol), inchikey=Chem.MolToInchiKey(mol))


def compare(registry: Registry) -> dict[str, list[Reading]]:
    """Return the readings of each compound, those set aside by a person left out."""
    compounds = {s.id for s in registry.substances.values() if s.kind == "compound"}
    aside = {(r["substance"], r["source"], r["words"]) for r in rows_of("structures_settled.csv")}
    grouped: defaultdict[str, list[Reading]] = defaultdict(list)
    for read in (*law_readings(registry, compounds), *pubchem_readings(registry, compounds), *recalled_readings()):
        if not {(read.substance, read.source, w) for w in (read.words, "*")} & aside:
            grouped[read.substance].append(read)
    return {substance: grouped.get(substance, []) for substance in sorted(compounds)}


def main() -> None:
    RDLogger.DisableLog("rdApp.*")
    parser = argparse.ArgumentParser(description="Structures of the listed substances from independent sources.")
    parser.add_argument("--write", action="store_true", help="write structures/listed.csv")
    given = parser.parse_args()
    read_by, standing_of, sources_of = {}, {}, {}
    for substance, readings in compare(load_registry()).items():
        if not any(r.systematic for r in readings):
            standing_of[substance] = "missing"
            print(f"missing   {substance}: {'; '.join(r.smiles + ' ' + r.words for r in readings)}")
            continue
        read, standing, against = chosen(readings)
        kept = readings if standing == "none" else [r for r in readings if fits(read, r)]
        read_by[substance], standing_of[substance] = read, standing
        sources_of[substance] = " ".join(sorted({r.source for r in kept}))
        report(read, standing, against)
    print(dict(Counter(standing_of.values())))
    if given.write:
        rows = [
            (s, read.smiles, read.inchikey, standing_of[s], sources_of[s])
            for s, read in without_racemic_stereo(read_by).items()
        ]
        with (FOLDER / "structures/listed.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


def report(read: Reading, standing: str, against: tuple[Reading, ...]) -> None:
    for other in against:
        kind = "skeleton" if other.skeleton != read.skeleton else "stereo"
        print(f"{kind:9} {read.substance}: {read.smiles} [{read.source}: {read.words}] | "
              f"{other.smiles} [{other.source}: {other.words}]")  # fmt: skip
    if standing == "one":
        print(f"one       {read.substance}: {read.smiles} [{read.source}: {read.words}]")


if __name__ == "__main__":
    main()
