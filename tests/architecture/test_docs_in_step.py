"""The reference pages are what the code says, and the pages that the house promises are there."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def _writer():
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "tools" / "write_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "page",
    [
        "tables.md",
        "settings.md",
        "commands.md",
        "instruments.md",
        "unverified-law.md",
        "class-rules.md",
        "trade-law.md",
        "rights.md",
    ],
)
def test_reference_page_is_what_the_code_says(page):
    written = (DOCS / "reference" / page).read_text("utf-8")
    assert written == _writer().PAGES[page](), "run: python tools/write_reference.py"


def test_no_picture_is_older_than_its_page():
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "tools" / "screenshots.py")
    pictures = importlib.util.module_from_spec(spec)
    sys.modules["screenshots"] = pictures
    spec.loader.exec_module(pictures)
    assert pictures.old() == [], "run: python tools/screenshots.py"


def test_every_relative_link_in_the_docs_leads_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*DOCS.rglob("*.md"), ROOT / "README.md"]
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken


def test_traceability_names_only_commands_and_pages_that_exist():
    commands = set(
        re.findall(r"^## (counterflow .+)$", (DOCS / "reference" / "commands.md").read_text("utf-8"), re.MULTILINE)
    )
    rows = tomllib.loads((DOCS / "traceability.toml").read_text("utf-8"))["row"]
    assert rows
    for key, row in rows.items():
        assert re.fullmatch(r"[A-G]\d{1,2}", key)
        assert set(row["commands"]) <= commands, f"{key}: {set(row['commands']) - commands}"
        assert (DOCS / row["page"]).is_file(), f"{key}: {row['page']}"


def test_every_decision_is_dated():
    pages = [p for p in (DOCS / "decisions").glob("*.md") if p.name != "index.md"]
    assert pages
    for page in pages:
        assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", page.read_text("utf-8"), re.MULTILINE), page.name
