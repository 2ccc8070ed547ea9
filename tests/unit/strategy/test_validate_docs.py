"""The figures on the validation page and the model card are those of the command, and nothing typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from counterflow.strategy.validate import held_out, history, pages, published_engine
from counterflow.strategy.validate.published import published
from counterflow.strategy.validate.rows import bars
from counterflow.strategy.validate.setting import Setting

METHODS = Path(__file__).parents[3] / "docs" / "methods"


def lines_between(page, name):
    text = (METHODS / page).read_text("utf-8")
    found = re.search(rf"<!-- {name}: written by .*? -->\n\n(.*?)\n\n<!-- end of {name} -->", text, re.DOTALL)
    assert found, f"run: python benchmarks/bench_strategy_validation.py --write ({name})"
    return found.group(1).splitlines()


@pytest.fixture(scope="module")
def setting(shared_data):
    return Setting(reference=published(shared_data / "strategy"))


@pytest.fixture(scope="module")
def rows(setting):
    return [*published_engine.check(setting), *history.check(setting), *held_out.check(setting)]


def test_the_page_says_what_the_command_says(rows):
    told = lines_between("strategy-validation.md", "validation")
    for line in pages.table_of(rows).splitlines()[2:]:
        assert line in told, "run: python benchmarks/bench_strategy_validation.py --write"


def test_the_page_lists_every_bar_once_and_hides_no_missed_one():
    told = lines_between("strategy-validation.md", "validation")[2:]
    ids = [line.split("|")[1].strip() for line in told]
    for name, bar in bars().items():
        listed = [each for each in ids if each == name or each.startswith(name + ".")]
        single = name == "V2.series"
        assert bool(listed) is not single, f"{name} ({bar.name})"
    assert len(set(ids)) == len(ids)


def test_the_card_says_what_the_command_says(rows, setting):
    assert lines_between("strategy-model-card.md", "fit by series") == pages.fit_by_series(rows).splitlines()
    assert (
        lines_between("strategy-model-card.md", "fit by year") == pages.fit_by_year(history.paths(setting)).splitlines()
    )


def test_a_page_without_a_place_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing here", "utf-8")
    with pytest.raises(Exception, match="no place for the table 'validation'"):
        pages.put_between(page, "validation", "| a |")


def test_a_table_goes_between_its_marks_and_nothing_else_moves(tmp_path):
    page = tmp_path / "page.md"
    first, last = "<!-- x: written by benchmarks/bench_strategy_validation.py -->", "<!-- end of x -->"
    page.write_text(f"before\n{first}\nold\n{last}\nafter\n", "utf-8")
    pages.put_between(page, "x", "new")
    assert page.read_text("utf-8") == f"before\n{first}\n\nnew\n\n{last}\nafter\n"
