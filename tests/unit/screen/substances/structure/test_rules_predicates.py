"""Each group of the shared library alone: what it is, and what only looks like it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("rdkit")

from counterflow.screen.substances.structure import predicates, predicates_rings
from counterflow.screen.substances.structure.groups import PREDICATES, fits, parse_group, predicate, words_of
from counterflow.screen.substances.structure.sites import fragment_of

# group: (what it is), (what it is not)
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "any": (("*C", "*=O", "*CC*"), ()),
    "any_single": (("*C", "*c1ccccc1"), ("*=O", "*CC*")),
    "bridge": (("*CC*", "*OCO*"), ("*C", "*=O")),
    "oxo": (("*=O",), ("*O", "*=S", "*=C")),
    "alkyl": (("*C", "*CC(C)(C)C"), ("*C=C", "*C1CC1", "*CO", "*F", "*=C", "*CC*", "*[CH2+]")),
    "alkyl:1-3": (("*C", "*C(C)C"), ("*CCCC",)),
    "alkyl:2-2": (("*CC",), ("*C", "*CCC", "*C(C)C")),
    "alkenyl": (("*C=C", "*CC=C", "*C=CC=C"), ("*CC", "*C#C", "*C=O", "*C1C=C1", "*=C", "*C=CC#C")),
    "alkenyl:1-3": (("*CC=C",), ("*CCC=C",)),
    "alkynyl": (("*C#C", "*CC#C"), ("*C=C", "*C#N", "*CC")),
    "cycloalkyl": (("*C1CC1", "*CC1CCCCC1"), ("*CC", "*c1ccccc1", "*C1CO1", "*C1C=CC1")),
    "hydrocarbyl": (("*C", "*C=C", "*c1ccccc1"), ("*CO", "*CF")),
    "halo": (("*F", "*Cl", "*Br", "*I"), ("*CF", "*O", "*[SiH3]")),
    "haloalkyl": (("*CF", "*C(F)(F)F", "*CCCl"), ("*F", "*C", "*OC(F)F", "*C=CF", "*C1CC1F", "*C(O)F")),
    "haloalkyl:1-1": (("*CF",), ("*CCF",)),
    "trifluoromethyl": (("*C(F)(F)F",), ("*C(F)F", "*CC(F)(F)F", "*OC(F)(F)F", "*C(F)(F)Cl")),
    "hydroxy": (("*O",), ("*OC", "*CO", "*[O-]", "*=O", "*S")),
    "alkoxy": (("*OC", "*OC(C)C"), ("*O", "*CO", "*OC=C", "*OC(C)=O", "*OCF", "*OCCO", "*SC")),
    "alkoxy:1-5": (("*OCCCCC",), ("*OCCCCCC",)),
    "haloalkoxy": (("*OC(F)F",), ("*OC", "*CF", "*SC(F)F")),
    "oxy(alkenyl)": (("*OCC=C",), ("*OCC", "*O", "*CC=C")),
    "alkylthio": (("*SC", "*SCC"), ("*S", "*OC", "*S(C)=O", "*CS")),
    "alkylsulfonyl": (("*S(C)(=O)=O",), ("*S(C)=O", "*SC", "*S(=O)(=O)c1ccccc1", "*CS(C)(=O)=O")),
    "sulfonyl": (("*S(C)(=O)=O", "*S(=O)(=O)c1ccccc1"), ("*S(C)=O", "*SC")),
    "amino": (("*N",), ("*NC", "*CN", "*[NH3+]", "*=N", "*O")),
    "alkylamino": (("*NC", "*N(C)CC"), ("*N", "*NC(C)=O", "*CN", "*N=O", "*Nc1ccccc1")),
    "nitro": (("*[N+](=O)[O-]",), ("*N=O", "*N(C)C", "*C[N+](=O)[O-]", "*C(=O)O")),
    "cyano": (("*C#N",), ("*C#C", "*CC#N", "*[N+]#[C-]", "*C=N")),
    "composite_alkyl": (("*CO", "*CN", "*CCOC", "*C(O)F"), ("*CC", "*CF", "*OC", "*C=O", "*C1CO1")),
    "acyl": (("*C=O", "*C(C)=O", "*C(=O)c1ccco1", "*C(=O)C(=O)OC"), ("*C(=O)OC", "*C(=O)N", "*C(C)=S", "*CC=O")),
    "acyl(alkyl:2-2)": (("*C(=O)CC",), ("*C(C)=O", "*C=O", "*C(=O)CCC", "*C(=O)C=C", "*C(=O)CCF")),
    "carbonyl_hetero": (("*C(=O)OC", "*C(=O)N(C)C", "*C(=O)Cl"), ("*C(C)=O", "*C=O", "*OC(C)=O")),
    "thioacyl": (("*C(C)=S",), ("*C(C)=O", "*SC(C)=O")),
    "alkoxycarbonyl": (("*C(=O)OC",), ("*C(=O)O", "*OC(C)=O", "*C(=O)N", "*C(=O)Oc1ccccc1")),
    "acyloxy": (("*OC(C)=O", "*OC=O"), ("*C(=O)OC", "*OC", "*OC(=O)OC", "*SC(C)=O")),
    "ester": (("*C(=O)OC", "*OC(C)=O", "*C(=O)Oc1ccccc1"), ("*C(=O)O", "*C(C)=O", "*OC", "*C(=O)NC", "*OC(=O)OC")),
    "ether": (("*COC", "*OCc1ccccc1", "*CCOCC", "*C1CCO1"), ("*OC", "*CO", "*C(=O)OC", "*COCF", "*COO", "*CCO")),
    "alkoxyalkyl": (("*COC", "*CCOCC"), ("*OC", "*CO", "*COCOC", "*COC=C", "*C1CCO1", "*OCc1ccccc1")),
    "chain:2-2(phenyl)": (
        ("*CCc1ccccc1",),
        ("*Cc1ccccc1", "*CCCc1ccccc1", "*CC(C)c1ccccc1", "*CCc1cccs1", "*COc1ccccc1", "*CCc1ccc(F)cc1", "*CC"),
    ),
    "monocycle": (("*c1ccccc1", "*C1CCCCC1", "*n1nnnc1", "*c1ccc(C2CC2)cc1"), ("*c1cccc2ccccc12", "*CC1CC1", "*C")),
    "heteromonocycle": (("*c1cccs1", "*C1CCCO1"), ("*c1ccccc1", "*c1ccc2sccc2c1", "*c1ccc(O)cc1")),
    "aromatic_monocycle": (("*c1ccccc1", "*c1ccncc1"), ("*C1CCCCC1", "*c1ccc2OCOc2c1", "*Cc1ccccc1")),
    "fused_ring": (("*c1ccc2OCOc2c1", "*C1CC2CC2C1"), ("*c1ccccc1", "*C", "*Cc1cccc2ccccc12")),
    "phenyl": (("*c1ccccc1",), ("*c1ccc(F)cc1", "*c1ccncc1", "*C1CCCCC1", "*Cc1ccccc1")),
    "substituted_phenyl": (("*c1ccc(F)cc1", "*c1ccc(C#N)cc1"), ("*c1ccccc1", "*c1ccc2OCOc2c1", "*c1ccnc(C)c1")),
    "substituted_phenyl(halo, alkyl)": (("*c1ccc(F)cc1", "*c1c(C)cc(F)cc1"), ("*c1ccc(OC)cc1", "*c1c(C)cc(OC)cc1")),
    "substituted_phenyl(alkylenedioxy)": (("*c1ccc2OCOc2c1",), ("*c1ccc2ccccc2c1", "*c1ccc2OCCc2c1", "*c1ccc(F)cc1")),
    "alkylenedioxy": (("*OCO*", "*OCCO*"), ("*OC*", "*CCC*", "*OC=CO*", "*OCOCO*", "*OC")),
}


@pytest.mark.parametrize(("group", "fragment"), [(g, f) for g, (yes, _) in GROUPS.items() for f in yes])
def test_a_group_is_recognised(group: str, fragment: str) -> None:
    assert fits(fragment_of(fragment), group)


@pytest.mark.parametrize(("group", "fragment"), [(g, f) for g, (_, no) in GROUPS.items() for f in no])
def test_what_looks_like_a_group_is_not_it(group: str, fragment: str) -> None:
    assert not fits(fragment_of(fragment), group)


def test_every_group_of_the_first_library_is_tested_alone() -> None:
    texts = [Path(module.__file__ or "").read_text("utf-8") for module in (predicates, predicates_rings)]
    named = {name for text in texts for name in re.findall(r'^@(?:shape|predicate)\(\s*"(\w+)"', text, re.MULTILINE)}
    assert named
    assert named == {parse_group(text).name for text in GROUPS}


@pytest.mark.parametrize("text", ["", "alkil", "alkyl:", "alkyl:1-3)", "acyl(alkyl", "acyl(alkyl:1-2 halo)", "acyl()x"])
def test_a_group_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"group|bracket"):
        parse_group(text)


def test_a_group_can_be_said_in_words() -> None:
    assert words_of(parse_group("alkyl:1-3")) == "an alkyl group of 1 to 3 carbon atoms"
    assert words_of(parse_group("alkyl")) == "an alkyl group"


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="alkyl"):
        predicate("alkyl", "another alkyl group")(PREDICATES["alkyl"])
