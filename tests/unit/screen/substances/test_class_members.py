"""Listed substances under class rules: the table is what structures and rules give, and answers names by it."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rdkit import Chem

from counterflow.reference.class_members import class_members
from counterflow.reference.class_rules import load_class_rules
from counterflow.reference.registry import load_registry
from counterflow.screen.substances import SubstanceLookup
from counterflow.screen.substances.class_rows import has_member_findings, member_findings
from counterflow.screen.substances.molecules import class_findings
from counterflow.screen.substances.structure.identify import identify
from counterflow.screen.substances.structure.molecule import read_molecule
from counterflow.screen.substances.structure.rules import judge

ROOT = Path(__file__).parents[4]
REGISTRY = load_registry()
DAY = date(2026, 8, 20)


def test_the_table_is_what_the_structures_and_the_rules_give(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    made = __import__("make_class_members")
    try:
        worked_out = list(made.members())
    finally:
        sys.modules.pop("make_class_members", None)
    held = [(m.substance, m.inchikey, m.rule, m.verdict, m.sites) for found in class_members().values() for m in found]
    assert held == worked_out, "run tools/make_class_members.py"


@pytest.mark.parametrize(
    ("name", "place", "rule"),
    [
        ("alpha-PVP", "GB", "gb-cathinones"),
        ("isovaleryl fentanyl", "CN", "cn-frs"),
        ("flunitazene", "DE", "de-npsg-7"),
    ],
)
def test_a_name_on_no_list_of_a_place_is_answered_by_its_class_rule(name, place, rule):
    (row,) = SubstanceLookup(on=DAY, route=[place]).check(name=name)
    assert (row.verdict, row.rule) == ("controlled", rule)
    assert row.sites
    assert "structure only, untested for harm" in row.reason
    assert row.reason.count("The law: “") == 1


def test_before_the_rule_held_it_does_not_answer():
    (row,) = SubstanceLookup(on=date(2019, 4, 30), route=["CN"]).check(name="isovaleryl fentanyl")
    assert (row.verdict, row.rule) == ("watch", "")


def test_a_class_listed_in_words_alone_is_unclear_for_those_it_may_hold():
    (row,) = SubstanceLookup(on=DAY, route=["CA"]).check(name="isovaleryl fentanyl")
    assert (row.verdict, row.rule) == ("unclear", "")
    assert "in words that no class rule decides" in row.reason


def test_name_and_structure_of_a_member_get_the_same_answer():
    look = SubstanceLookup(on=DAY)
    smiles = REGISTRY.structures["alpha-pvp"].smiles
    by_name, by_structure = look.check(name="alpha-PVP"), look.check(smiles=smiles)
    told = [[(r.jurisdiction, r.verdict, r.rule) for r in rows] for rows in (by_name, by_structure)]
    assert told[0] == told[1]


def test_a_structure_that_changed_or_is_in_dispute_decides_nothing():
    structure = REGISTRY.structures["alpha-pvp"]
    changed, disputed = replace(structure, inchikey="X"), replace(structure, standing="none")
    for other, verdicts in ((changed, set()), (disputed, {"UNCLEAR"})):
        registry = replace(REGISTRY, structures={**REGISTRY.structures, "alpha-pvp": other})
        assert {f.verdict for f in member_findings("alpha-pvp", registry)} == verdicts


def test_a_listed_structure_gets_from_the_table_what_the_rules_say_of_it_however_it_is_written():
    rules = load_class_rules()
    for substance in ("alpha-pvp", "flunitazene", "isovaleryl-fentanyl", "amphetamine"):
        given = read_molecule(
            Chem.MolToSmiles(Chem.MolFromSmiles(REGISTRY.structures[substance].smiles), rootedAtAtom=3)
        )
        matches = identify(given, REGISTRY)
        found = class_findings(given, matches, rules, REGISTRY)
        judged = [(f.rule.id, f.verdict) for f in judge(given.mol, rules) if f.verdict != "OUT"]
        assert matches
        assert [(f.rule.id, f.verdict) for f in found] == judged


def test_a_structure_that_a_site_accepted_is_judged_by_the_rules_themselves():
    other = replace(REGISTRY.structures["alpha-pvp"], smiles="CCO")
    registry = replace(REGISTRY, structures={**REGISTRY.structures, "alpha-pvp": other})
    assert has_member_findings("alpha-pvp", REGISTRY)
    assert not has_member_findings("alpha-pvp", registry)
