"""Reading a SMILES: the parent and what stood beside it; what is refused, and that nothing ever raises or hangs."""

from __future__ import annotations

import importlib.util
import runpy
import subprocess
import sys
import time

import pytest
from benchmarks.hostile_structures import hostile_structures
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from counterflow.core.errors import ConfigError
from counterflow.reference.class_rules import load_class_rules
from counterflow.reference.registry import load_registry
from counterflow.screen.substances import structure
from counterflow.screen.substances.structure import molecule as reader
from counterflow.screen.substances.structure.identify import identify
from counterflow.screen.substances.structure.limits import MAX_ATOMS, Unreadable, too_much
from counterflow.screen.substances.structure.molecule import Molecule, read_molecule, read_molecules
from counterflow.screen.substances.structure.rules import judge

KINDS = {"empty", "too-long", "too-large", "wildcard", "syntax", "valence", "timeout"}


@pytest.mark.parametrize(
    ("smiles", "parent", "components", "salt"),
    [
        ("CC(N)Cc1ccccc1", "CC(N)Cc1ccccc1", (), False),
        ("Cl.CC(N)Cc1ccccc1", "CC(N)Cc1ccccc1", ("Cl",), True),
        ("CC([NH3+])Cc1ccccc1.[Cl-]", "CC(N)Cc1ccccc1", ("Cl",), True),
        ("[Na+].OCCCC(=O)[O-]", "O=C(O)CCCO", ("[Na+]",), True),
        ("OCCCC(=O)O[Na]", "O=C(O)CCCO", ("[Na+]",), True),
        ("CC(N)Cc1ccccc1.O", "CC(N)Cc1ccccc1", ("O",), False),
        ("CC(N)Cc1ccccc1.CCO.Cl", "CC(N)Cc1ccccc1", ("CCO", "Cl"), True),
        ("[NH3+]C(C)C([O-])=O", "CC(N)C(=O)O", (), False),
        ("C[N+](C)(C)C.[Cl-]", "C[N+](C)(C)C", ("Cl",), True),
        ("O=N(=O)c1ccccc1", "O=[N+]([O-])c1ccccc1", (), False),
        ("C[CH2:1][OH:2]", "CCO", (), False),
        ("C1.C1N", "CCN", (), False),
        ("CC(=O)O.[Na+]", "CC(=O)O", ("[Na+]",), True),
    ],
)
def test_the_parent_is_what_is_left_without_counter_ions_and_charges(smiles, parent, components, salt):
    read = read_molecule(smiles)
    assert (read.smiles, set(read.components), read.salt) == (parent, set(components), salt)
    assert Chem.MolToSmiles(read.mol, isomericSmiles=False) == parent


def test_a_counter_ion_larger_than_the_drug_stays_a_counter_ion():
    pamoate = "C[C@H](N)Cc1ccccc1.OC(=O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O"
    assert read_molecule(pamoate).stereo_smiles == "C[C@H](N)Cc1ccccc1"


def test_alone_a_counter_ion_is_a_substance():
    assert [read_molecule(s).smiles for s in ("Cl", "CC(=O)O", "OC(=O)C(O)C(O)C(=O)O")] == [
        "Cl",
        "CC(=O)O",
        "O=C(O)C(O)C(O)C(=O)O",
    ]


def test_of_a_mixture_every_organic_component_is_a_substance():
    read = read_molecules("CCC1(c2ccccc2)C(=O)NC(=O)NC1=O.CNC(C)CC1CCCCC1.Cl")
    assert [m.smiles for m in read] == ["CCC1(c2ccccc2)C(=O)NC(=O)NC1=O", "CNC(C)CC1CCCCC1"]
    assert all(m.salt and len(m.mixture) == 1 for m in read)


def test_equal_components_count_once():
    assert read_molecules("CC(N)Cc1ccccc1.NC(C)Cc1ccccc1.OS(=O)(=O)O")[0].components == ("O=S(=O)(O)O",)
    assert len(read_molecules("C[C@H](N)Cc1ccccc1.C[C@@H](N)Cc1ccccc1")) == 2


@pytest.mark.parametrize(
    "smiles", ["[2H]C([2H])([2H])NC(C)Cc1ccccc1", "[13CH3]NC(C)Cc1ccccc1", "CN([3H])C(C)Cc1ccccc1"]
)
def test_isotopes_are_told_and_removed(smiles):
    read = read_molecule(smiles)
    assert (read.smiles, read.isotopes) == ("CNC(C)Cc1ccccc1", True)
    assert not any(atom.GetIsotope() for atom in read.mol.GetAtoms())


def test_stereo_is_kept_beside_the_flat_structure():
    read = read_molecule("C[C@@H](Cc1ccccc1)N")
    assert (read.smiles, read.stereo_smiles) == ("CC(N)Cc1ccccc1", "C[C@H](N)Cc1ccccc1")
    relative = read_molecule("C[C@H](N)Cc1ccccc1 |&1:1|")
    assert (relative.stereo_smiles, relative.stereo) == ("CC(N)Cc1ccccc1", False)


def test_a_title_after_the_structure_is_left_aside():
    assert read_molecule("CCO ethanol, 96 %").smiles == "CCO"
    assert read_molecule("CCO |(0,0,;1.5,0,;2,1,)|").smiles == "CCO"


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", "empty", "no structure given"),
        ("...", "empty", "no atoms"),
        ("C" * 5_000, "too-long", "5,000 characters"),
        ("C" * (MAX_ATOMS + 1), "too-large", "1,001 atoms"),
        (".".join(["CCO"] * 65), "too-large", "65 components"),
        ("C1CC1" * 61, "too-large", "61 ring closures"),
        ("*CC", "wildcard", "variable parts"),
        ("CC |$R1;$|", "wildcard", "variable parts"),
        ("CCO>>CC=O", "syntax", "a reaction"),
        ("C\x00", "syntax", "'\\x00'"),
        ("C1CC", "syntax", "do not fit together"),
        ("CC(C)(C)(C)C", "valence", "greater than permitted"),
        ("c1cccc1", "valence", "kekulize"),
    ],
)
def test_what_cannot_be_read_says_why(text, kind, words):
    read = read_molecules(text)
    assert isinstance(read, Unreadable)
    assert read.kind == kind
    assert words in read.reason
    assert len(read.text) <= 120


def test_what_the_text_shows_to_be_too_much_never_reaches_the_toolkit(monkeypatch):
    monkeypatch.setattr(reader, "_read", lambda _: pytest.fail("the toolkit was asked"))
    for name in ("chain of 1,000,000 atoms", "10,000 brackets deep", "1 MB of brackets", "64 components"):
        assert isinstance(read_molecules(hostile_structures()[name]), Unreadable), name


def test_a_slow_structure_is_told_as_one(monkeypatch):
    monkeypatch.setattr("counterflow.screen.substances.structure.limits.time.perf_counter", iter(range(100)).__next__)
    assert read_molecule("CCO").kind == "timeout"


@pytest.mark.parametrize("name", hostile_structures())
def test_no_hostile_text_raises_or_hangs(name):
    registry, rules = load_registry(), load_class_rules()
    identify(read_molecule("CCO"), registry)  # what is made once
    begun = time.process_time()
    read = read_molecules(hostile_structures()[name])
    if isinstance(read, Unreadable):
        assert read.kind in KINDS
        assert read.reason
    else:
        for molecule in read:
            identify(molecule, registry)
            judge(molecule.mol, rules)
    assert time.process_time() - begun < 1


ALPHABET = st.sampled_from(
    [*"CNOcnosF()=#123456789%.@/\\+-[]H", "Cl", "Br", "[nH]", "[C@H]", "[O-]", "[N+]", "[2H]", "%10", "[Na]"]
)


@given(st.lists(ALPHABET, max_size=60).map("".join) | st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    read = read_molecules(text)
    if isinstance(read, Unreadable):
        assert read.kind in KINDS
    else:
        for molecule in read:
            assert isinstance(molecule, Molecule)
            assert too_much(molecule.smiles) is None or "*" in molecule.smiles


@given(st.integers(0, 10_000))
def test_the_way_it_is_written_does_not_matter(seed):
    order = [(seed * 7 + place * 13) % 101 for place in range(23)]
    mol = Chem.MolFromSmiles("CCC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1.Cl")
    numbers = sorted(range(mol.GetNumAtoms()), key=lambda place: (order[place % 23], place))
    text = Chem.MolToSmiles(Chem.RenumberAtoms(mol, numbers), canonical=False)
    assert read_molecule(text).smiles == "CCC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"


def test_flat_structures_are_the_same_with_and_without_stereo():
    for listed in load_registry().structures.values():
        read = read_molecule(listed.smiles)
        flat = Chem.Mol(read.mol)
        Chem.RemoveStereochemistry(flat)
        assert read.smiles == Chem.MolToSmiles(flat), listed.substance


def test_only_a_structure_imports_the_toolkit():
    code = (
        "import sys, counterflow.cli, counterflow.screen.substances, counterflow.screen.substances.lookup;"
        "from counterflow.screen.substances import SubstanceLookup;"
        "SubstanceLookup(route=['US']).check(text='fentanyl 1 kg');"
        "sys.exit(any(name.split('.')[0] == 'rdkit' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


def test_without_the_toolkit_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'counterflow\[chem\]'"):
        runpy.run_path(structure.__file__)
