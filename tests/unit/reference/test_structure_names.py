"""Names of the law made readable, and the tables kept by hand beside the tool that compares structures."""

import csv
import importlib.util
from pathlib import Path

import pytest

from counterflow.reference.registry import load_registry

TOOLS = Path(__file__).parents[3] / "tools"
REGISTRY = load_registry()


@pytest.fixture(scope="module")
def names():
    spec = importlib.util.spec_from_file_location("structure_names", TOOLS / "structure_names.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(name):
    with (TOOLS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("printed", "lang", "among"),
    [
        ("( RS)-1-Phenylpropan-2-ylazan", "de", "(RS)-1-Phenylpropan-2-ylazane"),
        ("{4-Phenyl}acetat", "de", "4-Phenyl acetate"),
        ("8-Brom-4 H-[1,2,4]triazol[4,3-a] [1,4]benzodiazepin", "de", "8-bromo-4H-[1,2,4]triazolo[4,3-a][1,4]benzodiazepin"),
        ("5-Ethyl-5-phenylbarbitursäure", "de", "5-Ethyl-5-phenylbarbituric acid"),
        ("JWH-018 (also known as AM678)", "en", "AM678"),
        ("3beta,17beta-dihydroxy-17alpha-methylandrost-5-ene", "en", "3beta-hydroxy-17beta-hydroxy-17alpha-methylandrost-5-ene"),
        ("17α-Methyl-5α-androstan", "en", "17alpha-Methyl-5alpha-androstan"),
    ],
)  # fmt: skip
def test_spellings(names, printed, lang, among):
    ways = names.spellings(printed, lang)
    assert among in ways
    assert len(set(ways)) == len(ways)


@pytest.mark.parametrize(
    ("name", "systematic"),
    [
        ("N-phenyl-N-(1-phenethylpiperidin-4-yl)propanamide", True),
        ("Methylphenyltetrahydropyridin", False),
        ("3-Methylmorphin", False),
        ("14-Hydroxydihydromorphinon", False),
        ("4-methyl-alpha-pyrrolidinopropiophenone", False),
        ("3beta-hydroxyandrost-1-ene; 3alpha-hydroxyandrost-1-ene", False),
    ],
)
def test_only_a_name_that_places_its_groups_may_contradict(names, name, systematic):
    assert names.is_systematic(name) is systematic


def test_an_english_name_is_not_rewritten_as_german(names):
    assert names.spellings("2-phenylpropan-2-amin", "en") == ("2-phenylpropan-2-amin",)


def test_the_tables_kept_by_hand_name_known_substances_and_sources():
    recalled = [row["substance"] for row in rows("structures_recalled.csv")]
    assert len(set(recalled)) == len(recalled)
    named = {source.id for name in REGISTRY.names if (source := name.source)}
    for row in (*rows("structures_respelled.csv"), *rows("structures_settled.csv")):
        assert row["substance"] in REGISTRY.substances, row
        assert row["source"] in named | {"pubchem-structures", "un88-digest-2026"}, row
    assert set(recalled) <= set(REGISTRY.substances)
    assert all(row["reason"] for row in rows("structures_settled.csv"))
