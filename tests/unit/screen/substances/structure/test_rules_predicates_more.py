"""Each group of the second library alone (NpSG, UK cathinones and cannabinoids), and what the rules say of medicines."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

pytest.importorskip("rdkit")

from rdkit import Chem, RDLogger
from rdkit.Chem.MolStandardize import rdMolStandardize

from counterflow.reference.class_rules import load_class_rules
from counterflow.reference.registry import load_registry
from counterflow.screen.substances.structure import (
    predicates_cannabinoids,
    predicates_linked,
    predicates_more,
    predicates_systems,
)
from counterflow.screen.substances.structure.groups import fits
from counterflow.screen.substances.structure.predicates_more import chain_length, mass_of
from counterflow.screen.substances.structure.rules import judge
from counterflow.screen.substances.structure.sites import fragment_of

SECOND = ("de-npsg", "gb-cathinones", "gb-cannabinoids", "gb-phenethylamines")

# group: (what it is), (what it is not)
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "trialkylsilyl": (("*[Si](C)(C)C", "*[Si](C)(C)C(C)(C)C"), ("*[SiH3]", "*[Si](C)(C)O", "*C[Si](C)(C)C")),
    "trialkylsilyl:0-3": (("*[Si](C)(C)C",), ("*[Si](C)(C)CC",)),
    "carbonyl(alkylthio:1-6)": (("*C(=O)SC",), ("*C(=O)OC", "*C(=S)SC", "*SC(C)=O", "*CC(=O)SC")),
    "carboxy": (("*C(=O)O",), ("*C(=O)OC", "*CC(=O)O", "*C=O", "*C(N)=O")),
    "carbamoyl": (("*C(N)=O",), ("*C(=O)NC", "*NC=O", "*C(=N)N")),
    "monoalkylamino:1-6": (("*NC", "*NCCCCCC"), ("*N", "*N(C)C", "*NCCCCCCC", "*Nc1ccccc1")),
    "plain_cycloalkyl:0-6": (("*C1CC1", "*C1CCCCC1"), ("*C1CCCCCC1", "*CC1CC1", "*C1CC1C", "*c1ccccc1", "*C1CCC=C1")),
    "closed_amine": (("*1CCCC1", "*1CCN(C)CC1"), ("*CC*", "*C", "*N1CCCC1")),
    "closed_amine:5-6": (("*1CCCC1",), ("*1CCC1", "*1CCCCCC1")),
    "closed_amine(alkyl)": (("*1CCC(C)CC1",), ("*1CCC(O)CC1",)),
    "closed_carbon_amine": (("*1CCCC1",), ("*1CCOCC1",)),
    "pyrrolidino": (("*1CCCC1", "*N1CCCC1"), ("*1CCCCC1", "*1CCC(C)C1", "*1CC=CC1", "*C1CCCN1")),
    "piperidino": (("*1CCCCC1", "*N1CCCCC1"), ("*1CCCC1", "*1CCOCC1")),
    "morpholino": (("*1CCOCC1", "*N1CCOCC1"), ("*1CCCOC1", "*1CCSCC1", "*1CCCCC1")),
    "dimethylazetidino": (("*1C(C)CC1C", "*1CC(C)(C)C1"), ("*1CCC1", "*1C(C)CC1", "*1CCCC1C")),
    "allyl": (("*CC=C",), ("*C=CC", "*C(C)=C", "*CCC=C", "*CC#C")),
    "propargyl": (("*CC#C",), ("*C#CC", "*CCC#C", "*CC=C")),
    "phosphate": (("*OP(=O)(O)O",), ("*P(=O)(O)O", "*OP(=O)(O)OC", "*OS(=O)(=O)O")),
    "hydroxyalkyl_one:1-2": (("*CO", "*C(C)O"), ("*CCO", "*C(CC)O", "*OC", "*C(O)O")),
    "oxy_bridge": (("*OCC*", "*OC=C*"), ("*OCO*", "*CCC*", "*OCCC*", "*COC*")),
    "ring_bridge": (("*OCO*", "*OCC*", "*NCC*"), ("*CCC*", "*C=CC=C*", "*OC(C)O*", "*C")),
    "ring_bridge:0-5": (("*OCO*",), ("*OCCO*",)),
    "thio(phenyl)": (("*Sc1ccccc1",), ("*Oc1ccccc1", "*SC", "*S", "*S(=O)c1ccccc1")),
    "decorated(alkyl:1-2, alkoxy)": (("*C", "*CF", "*COC", "*CC[Si](C)(C)C"), ("*CO", "*CCC", "*CN", "*F")),
    "nothing": ((), ("*C", "*O")),
    "ring_system": (("*c1ccccc1", "*c1ccc2ccccc2c1", "*C1CCCC1"), ("*C", "*Cc1ccccc1")),
    "ring_system(alkyl)": (("*c1cccs1", "*c1ccc(C)s1", "*c1cc(O)c(C)s1"), ("*c1ccc(O)s1",)),
    "benzene_ring": (("*c1ccccc1", "*c1ccc(O)cc1", "*c1ccc2OCOc2c1"), ("*c1ccccn1", "*c1ccc2ccccc2c1", "*c1ccc2CCCc2c1")),
    "bare_heteroaryl": (("*c1ccccn1", "*c1cccs1", "*c1ccoc1", "*n1cccc1"), ("*c1ccccc1", "*c1cc(C)cs1", "*c1ncccn1")),
    "oxaspiro": (("*1CCCO1", "*1CO1"), ("*1CCCC1", "*1OCCO1", "*CCO*", "*1CCCCCCCO1")),
    "free_amine_group": (("*C", "*CCO", "*C1CC1", "*CC#C"), ("*C(C)=O", "*O", "*CF", "*c1ccccc1", "*C1CCCCCC1")),
    "thiol": (("*S",), ("*SC", "*O")),
    "npsg_aryl(halo)": (("*c1ccccc1F", "*c1cccs1", "*c1ccc2OCOc2c1", "*c1cc2ccccc2s1"), ("*c1ccccc1C", "*c1ccc2ccccc2c1", "*C")),
    "carbon_further": (("*CCO", "*C(=O)CO", "*CC(=O)O"), ("*C(=O)O", "*C(N)=O", "*C#N", "*O", "*c1ccccc1", "*C[Si]")),
    "carbon_further:0-3": (("*CCO",), ("*CCCO",)),
    "oxy_further": (("*OCCO", "*SCCF"), ("*O", "*OO", "*CO", "*OS(C)(=O)=O", "*S(C)=O")),
    "aryl_further:0-3": (("*c1ccccc1O", "*c1ccc(OC)cc1"), ("*c1ccccc1OCCC", "*c1cccs1", "*Cc1ccccc1")),
    "fused_z": (("*OCO*", "*C=CC=C*", "*CCC*", "*N(C)CC*", "*CCCCCC*"), ("*COC*", "*CC(C)C*", "*CCCCCCC*", "*N(CCC)CC*", "*C")),
    "pyridyl": (("*c1ccccn1", "*c1ccncc1"), ("*c1ccccc1", "*c1cc(F)ccn1", "*N1CCCCC1", "*c1ccc2ncccc2c1")),
    "pyridyl(halo)": (("*c1cc(F)ccn1",), ("*c1cc(C)ccn1",)),
    "cyclohexenyl": (("*C1=CCCCC1", "*C1CC=CCC1"), ("*C1CCCCC1", "*C1=CC=CCC1", "*CC1=CCCC1", "*c1ccccc1")),
    "dialkylamino:1-2": (("*N(C)C", "*N(CC)CC"), ("*NC", "*N(C)CC", "*N(CCC)CCC", "*N1CCCC1")),
    "succinyloxy": (("*OC(=O)CCC(=O)O",), ("*OC(=O)CC(=O)O", "*OC(C)=O", "*C(=O)CCC(=O)O")),
    "ester_chain:1-4": (("*CC(=O)OC", "*CCCCC(=O)OCCCC"), ("*C(=O)OC", "*CCCCCC(=O)OC", "*CC(=O)OCCCCC", "*CC(=O)O")),
    "hydrazidomethyl": (("*CC(=O)NN",), ("*CC(N)=O", "*CCC(=O)NN", "*C(=O)NN")),
    "tetramethylene": (("*CCCC*",), ("*CCC*", "*C=CC=C*", "*1CCCC1", "*COCC*")),
    "cannabinoid_bridge": (("*C(=O)c1ccccc1", "*CC(=O)NC1CC1", "*c1nnc(C)o1"), ("*C(=O)O", "*C(N)=O", "*C=O", "*Cc1ccccc1", "*C(=O)C[Se]C")),
    "hydrazone_bridge": (("*=NNC(=O)c1ccccc1",), ("*=NO", "*=NC", "*NNC(=O)C", "*=O")),
    "azacarbonyl_bridge": (("*NC(C)=O",), ("*NC", "*C(=O)NC", "*N1CCCC1=O")),
    "cannabinoid_residue": (("*c1ccccc1", "*CCCC"), ("*O", "*CCCCCCCCCCCCC", "*=C")),
    "cannabinoid_chain:3-10": (("*CCC", "*CCOC", "*CCCCC#N", "*CCCN(C)C"), ("*CC", "*CCN(C)C", "*c1ccccc1", "*CCCCCCCCCCC", "*CCC[Se]")),
    "cannabinoid_ring:0-4": (("*c1ccccc1", "*CC1CCCCC1", "*CC(=O)C1CC1", "*CC1CCN(C)C1"), ("*CC", "*C(=O)C1CC1", "*OC1CC1", "*CC1CCN(C(C)=O)C1", "*CC1CCCCCCC1")),
    "ergolene_group": (("*C", "*C(=O)C1CC1", "*c1ccccc1", "*S(C)(=O)=O"), ("*N", "*F", "*NC(C)=O", "*C1CCCCCCC1", "*CCCCCCCCCCCCCCCCCCCCCCCC")),
    "hydroxymethyl": (("*CO",), ("*C(C)O", "*CCO", "*OC")),
    "hydrocarbon_chain:1-3": (("*CCC", "*C=C", "*CC#C"), ("*CCCC", "*C1CC1", "*CO")),
    "tetrahydropyranyl": (("*C1CCOCC1",), ("*C1CCCOC1", "*C1CCCCO1", "*C1CCCCC1", "*CC1CCOC1")),
    "methylpiperidinyl": (("*C1CCCCN1C",), ("*C1CCCN(C)C1", "*C1CCCCN1", "*C1CCCCC1C", "*CC1CCCCN1")),
    "linked_tail": (("*CCCCC", "*CCCCCF", "*Cc1ccc(F)cc1", "*CCN1CCOCC1"), ("*CCCO", "*c1ccccc1", "*CC(=O)O", "*CCN(C)C", "*F")),
    "linked_group": (("*C(=O)c1cccc2ccccc12", "*C(=O)NC(C)C(N)=O", "*Cc1ccccc1", "*C(=O)OC1CCCCC1"), ("*C(=O)O", "*C(=O)NC(C)C", "*C(=O)c1ccco1", "*C(=O)c1ccc(O)cc1", "*c1ccccc1", "*C(=O)NCC(N)=O")),
}  # fmt: skip
MODULES = (predicates_more, predicates_systems, predicates_cannabinoids, predicates_linked)


@pytest.mark.parametrize(("group", "fragment"), [(g, f) for g, (yes, _) in GROUPS.items() for f in yes])
def test_a_group_is_recognised(group: str, fragment: str) -> None:
    assert fits(fragment_of(fragment), group)


@pytest.mark.parametrize(("group", "fragment"), [(g, f) for g, (_, no) in GROUPS.items() for f in no])
def test_what_looks_like_a_group_is_not_it(group: str, fragment: str) -> None:
    assert not fits(fragment_of(fragment), group)


def test_every_group_of_the_second_library_is_tested_alone() -> None:
    text = "".join(Path(str(module.__file__)).read_text("utf-8") for module in MODULES)
    registered = set(re.findall(r'@(?:predicate|shape)\(\s*"([a-z_]+)"', text))
    assert len(registered) > 40
    assert registered == {re.match(r"[a-z_]+", group)[0] for group in GROUPS}  # type: ignore[index]


@pytest.mark.parametrize(
    ("fragment", "length"),
    [("*C", 1), ("*CCCO", 4), ("*CC(C)C", 3), ("*C(CC)CC", 5), ("*c1ccccc1", 0), ("*Cc1ccc(OC)cc1", 3), ("*F", 1)],
)
def test_a_chain_is_counted_without_the_atoms_of_rings(fragment: str, length: int) -> None:
    assert chain_length(fragment_of(fragment)) == length


def test_the_mass_of_a_piece_counts_its_hydrogens() -> None:
    assert mass_of([fragment_of("*CC")]) == pytest.approx(29.06, abs=0.01)


def approved(shared_data: Path) -> list[object]:
    RDLogger.DisableLog("rdApp.*")
    with (shared_data / "substances" / "chembl_approved_drugs.csv").open(encoding="utf-8") as lines:
        mols = (Chem.MolFromSmiles(row["smiles"]) for row in csv.DictReader(lines))
        parts = (max(Chem.GetMolFrags(m, asMols=True), key=lambda p: p.GetNumAtoms()) for m in mols if m is not None)
        return [rdMolStandardize.Uncharger().uncharge(part) for part in parts]


def test_no_approved_medicine_is_in_unless_the_same_country_lists_it_by_name(shared_data: Path) -> None:
    registry = load_registry()
    listed = {
        name for name, rows in registry.controls.items() if any(c.instrument in ("de-btmg", "gb-mda") for c in rows)
    }
    flat = {
        Chem.CanonSmiles(s.smiles, useChiral=0): name
        for name, s in registry.structures.items()
        if s.smiles and name in listed
    }
    rules = [r for r in load_class_rules() if r.id.startswith(SECOND)]
    found = {
        Chem.MolToSmiles(mol, isomericSmiles=False)
        for mol in approved(shared_data)
        if any(f.verdict == "IN" for f in judge(mol, rules))
    }
    assert len(found) >= 10
    assert found <= set(flat)
