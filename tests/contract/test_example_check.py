"""The check that the documentation builds from nothing runs, keeps the contract, is what the page prints."""

import importlib.util
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pyarrow as pa
import pytest

from counterflow.core.check import Resources
from counterflow.core.settings import ScreenSettings
from counterflow.core.tables import FINDING_ROW
from counterflow.screen.checks import GROUP, list_checks, load_checks

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "liquid-in-letter"


@pytest.fixture
def offered(monkeypatch):
    """The entry points of the example's own project file, its module importable."""
    spec = importlib.util.spec_from_file_location("liquid_in_letter", FOLDER / "liquid_in_letter.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "liquid_in_letter", module)
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text("utf-8"))["project"]
    return [EntryPoint(name, value, GROUP) for name, value in project["entry-points"][GROUP].items()]


def rows(*pairs):
    return pa.RecordBatch.from_pydict(
        {
            "row": pa.array(range(len(pairs)), pa.int64()),
            "description": pa.array([text for text, _ in pairs], pa.string()),
            "kind": pa.array([kind for _, kind in pairs], pa.string()),
        }
    )


def test_it_is_found_listed_and_switched_like_ours(offered):
    (listed,) = list_checks(ScreenSettings(), Resources(), installed=offered)
    assert (listed.id, listed.state) == ("liquid-in-letter", "on")
    off = ScreenSettings(off=("liquid-in-letter",))
    assert load_checks(off, Resources(), installed=offered) == []


def test_it_finds_what_it_says(offered):
    (check,) = load_checks(ScreenSettings(), Resources(), installed=offered)
    found = check.run(
        rows(("cough syrup", "letter"), ("cough syrup", "parcel"), (None, "letter"), ("boiler", "letter"))
    )
    assert found.schema == FINDING_ROW
    assert [(f["row"], f["matched"], f["start"]) for f in found.to_pylist()] == [(0, "syrup", 6)]


def test_splitting_its_batch_changes_nothing(offered):
    (check,) = load_checks(ScreenSettings(), Resources(), installed=offered)
    batch = rows(*[("olive oil", "letter"), ("shirts", "letter"), ("perfume", "letter")] * 5)
    pieces = [check.run(batch.slice(i, 4)) for i in range(0, 15, 4)]
    assert pa.Table.from_batches(pieces).equals(pa.Table.from_batches([check.run(batch)]))


@pytest.mark.parametrize("name", ["liquid_in_letter.py", "pyproject.toml"])
def test_the_page_prints_the_files_as_they_are(name):
    page = (ROOT / "docs" / "how-to" / "write-a-check.md").read_text("utf-8")
    assert (FOLDER / name).read_text("utf-8") in page


def test_the_page_on_substances_prints_the_rules_of_strength():
    from counterflow.screen.substances.strength import ADDED, AMBIGUITY, BASES, CAPS

    page = (ROOT / "docs" / "methods" / "substances.md").read_text("utf-8")
    for written, base in BASES.items():
        assert f"| {written} | {base:.2f} |" in page
    for rule in (ADDED, CAPS):
        assert all(f"{value:.2f}" in page and name in page for name, value in rule.items())
    assert all(f"{level} → {factor:.2f}" in page for level, factor in AMBIGUITY.items())


def test_the_pages_name_every_code_of_our_checks():
    pages = "".join((ROOT / "docs" / "methods" / n).read_text("utf-8") for n in ("substances.md", "goods-checks.md"))
    from counterflow.screen import advance_data, equipment, goods_text, hs_contradiction, substances

    for module in (advance_data, equipment, goods_text, hs_contradiction, substances):
        for code in module.make(Resources()).codes:
            assert f"`{code.code}`" in pages, code.code
