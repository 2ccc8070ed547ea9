"""Structures of the listed substances: reproducible, told apart, and no surer than their sources."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from counterflow.reference.registry import load_registry

pytest.importorskip("rdkit")

from rdkit import Chem, RDLogger
from rdkit.Chem.MolStandardize import rdMolStandardize

REGISTRY = load_registry()
STRUCTURES = REGISTRY.structures

#: One structure under two names of the law; each entry stays, so that its own law answers.
SAME_STRUCTURE = {
    frozenset({"4-hydroxy-19-nor-testosterone", "oxabolone"}),
    frozenset({"chloroephedrine", "n-methyl-1-phenyl-1-chloro-2-propylamine"}),
    frozenset({"4-chloromethandienone", "dehydrochloromethyltestosterone"}),
    frozenset({"thiomesterone", "tiomesterone"}),
    frozenset({"5-methyl-etodesnitazene", "etomethazene"}),
}

#: Without one structure: elements in several forms, complexes and salts listed beside their parts, concentrates, and
#: new medicines of which no structure was at hand.
WITHOUT_STRUCTURE = {
    "chloral-betaine",
    "concentrate-of-poppy-straw",
    "dichloralphenazone",
    "dimdazenil",
    "morphine-methylsulfonate",
    "papaver-bracteatum",
    "red-phosphorus",
    "tegileridine",
    "white-phosphorus",
}

#: Rows of the public table of United States structures that are wrong or no single compound, read one by one.
NOT_THE_SUBSTANCE_NAMED = {
    "mppp": "drawn as an amide with a pyrrolidine; MPPP is an ester of a piperidinol",
    "n-ethyl-1-phenylcyclohexylamine": "drawn as tetrachloroethylene",
    "4-methyl-2,5-dimethoxy-amphetamine": "drawn with sulfur, as another substance",
    "dichloralphenazone": "a complex of chloral hydrate, which is found, and phenazone, which no list names",
    "tiletamine": "listed only together with zolazepam",
}


def molecule(smiles: str) -> Chem.Mol:
    read = Chem.MolFromSmiles(smiles)
    assert read is not None, smiles
    return read


def key_of_parent(smiles: str) -> str:
    with_carbon = [
        m for m in Chem.GetMolFrags(molecule(smiles), asMols=True) if any(a.GetSymbol() == "C" for a in m.GetAtoms())
    ]
    largest = max(with_carbon, key=lambda m: m.GetNumAtoms())
    return Chem.MolToInchiKey(rdMolStandardize.Uncharger().uncharge(largest))


def test_smiles_and_inchikey_are_what_the_toolkit_makes_of_them():
    RDLogger.DisableLog("rdApp.*")
    for structure in STRUCTURES.values():
        read = molecule(structure.smiles)
        assert Chem.MolToSmiles(read) == structure.smiles, structure.substance
        assert Chem.MolToInchiKey(read) == structure.inchikey, structure.substance


def test_a_structure_is_one_neutral_parent_without_isotopes():
    for structure in STRUCTURES.values():
        read = molecule(structure.smiles)
        assert "." not in structure.smiles or not any(a.GetSymbol() == "C" for a in read.GetAtoms()), structure
        assert not any(a.GetIsotope() or a.GetNumRadicalElectrons() or not a.GetAtomicNum() for a in read.GetAtoms())
        quaternary = any(a.GetFormalCharge() > 0 and not a.GetTotalNumHs() for a in read.GetAtoms())
        assert Chem.GetFormalCharge(read) == 0 or quaternary or "." in structure.smiles, structure


def test_no_two_substances_share_a_structure_unless_that_is_known():
    shared = defaultdict(set)
    for structure in STRUCTURES.values():
        shared[structure.inchikey].add(structure.substance)
    known = {same for same in SAME_STRUCTURE if same <= STRUCTURES.keys()}
    assert {frozenset(same) for same in shared.values() if len(same) > 1} == known


def test_every_compound_has_a_structure_or_a_reason():
    without = {s.id for s in REGISTRY.substances.values() if s.kind == "compound"} - STRUCTURES.keys()
    assert len(without - WITHOUT_STRUCTURE) <= 10, "run tools/make_structures.py: names were added since"
    assert not WITHOUT_STRUCTURE & STRUCTURES.keys()


def test_what_rests_on_memory_alone_is_listed_for_a_person_to_confirm():
    page = (Path(__file__).parents[3] / "docs" / "methods" / "structures.md").read_text(encoding="utf-8")
    assert not [s.substance for s in STRUCTURES.values() if s.unverified and f"`{s.substance}`" not in page]


def test_standing_is_no_surer_than_the_sources():
    for structure in STRUCTURES.values():
        told = [source for source in structure.sources if source.read != "recalled"]
        assert structure.sources, structure
        if structure.standing == "two":
            assert len(structure.sources) >= 2, structure
            assert told, structure
            assert not structure.unverified
        if structure.standing == "none":
            assert len(structure.sources) >= 2, structure
    assert STRUCTURES["noroxymorphone"].unverified
    assert STRUCTURES["noroxymorphone"].standing == "one"
    assert STRUCTURES["noroxymorphone"].rests_on == "memory alone, unverified"
    assert STRUCTURES["1-testosterone"].rests_on == "one source"
    assert STRUCTURES["fentanyl"].rests_on == "two sources that agree"
    assert STRUCTURES["fentanyl"].standing == "two"


@pytest.mark.parametrize(
    ("substance", "inchikey"),
    [
        ("fentanyl", "PJMPHNIQZUBGLI-UHFFFAOYSA-N"),
        ("morphine", "BQJCRHHNABKAKU-KBQPJGBKSA-N"),
        ("cocaine", "ZPUCINDJVBIVPJ-LJISPDSOSA-N"),
        ("heroin", "GVGLGOZIDCSQPN-PVHGPHFFSA-N"),
        ("lsd", "VAYOSLLFUXYJDT-RDTXWAMCSA-N"),
        ("mdma", "SHXWCVYOXRDMCX-UHFFFAOYSA-N"),
        ("methamphetamine", "MYWUZJCMWCOHBA-VIFPVBQESA-N"),
        ("thc", "CYQFCXCEBYINGO-UHFFFAOYSA-N"),
        ("dextromethorphan", "MKXZASYAUGDDCJ-NJAFHUGGSA-N"),
        ("racemethorphan", "MKXZASYAUGDDCJ-UHFFFAOYSA-N"),
    ],
)
def test_well_known_structures(substance, inchikey):
    assert STRUCTURES[substance].inchikey == inchikey


def test_isomers_that_the_law_names_apart_are_told_apart():
    for left, right in (
        ("alphaprodine", "betaprodine"),
        ("alphacetylmethadol", "betacetylmethadol"),
        ("ephedrine", "pseudoephedrine"),
        ("levomethorphan", "dextromethorphan"),
        ("dexamfetamine", "levamfetamine"),
        ("tilidine", "cis-tilidine"),
    ):
        assert STRUCTURES[left].inchikey[:14] == STRUCTURES[right].inchikey[:14]
        assert STRUCTURES[left].inchikey != STRUCTURES[right].inchikey


def test_exclusions_name_instruments_and_canonical_structures():
    holders = defaultdict(list)
    for structure in STRUCTURES.values():
        holders[structure.inchikey].append(structure.substance)
    for row in REGISTRY.exclusions:
        assert row.instrument in REGISTRY.instruments, row
        assert row.read in {"text", "recalled"}, row
        assert row.name, row
        assert row.citation, row
        assert row.words, row
        if row.smiles:
            read = molecule(row.smiles)
            assert Chem.MolToSmiles(read) == row.smiles, row
            listed = holders.get(Chem.MolToInchiKey(read), [])
            rows = [c for s in listed for c in REGISTRY.controls.get(s, ()) if c.instrument == row.instrument]
            assert not rows, (row.name, rows)


def test_what_the_laws_leave_out_is_there():
    left_out = {(row.instrument, row.name) for row in REGISTRY.exclusions}
    assert {("un-1961", "dextromethorphan"), ("un-1961", "dextrorphan"), ("us-csa", "naloxone")} <= left_out
    assert ("us-csa", "levmetamfetamine in the excluded inhalers") in left_out


def test_public_table_of_united_states_structures(shared_data):
    RDLogger.DisableLog("rdApp.*")
    united_states = {
        s for s, rows in REGISTRY.controls.items() if any(REGISTRY.instruments[c.instrument].jurisdiction == "US" for c in rows)
    }  # fmt: skip
    ours = {STRUCTURES[s].inchikey[:14] for s in united_states & STRUCTURES.keys()}
    with (shared_data / "substances" / "us_schedule_smiles_globalchem.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["name"] not in NOT_THE_SUBSTANCE_NAMED]
    missed = [row["name"] for row in rows if key_of_parent(row["smiles"])[:14] not in ours]
    assert len(missed) <= len(rows) // 100, missed
