"""Open data: what goes out gives no small cell away, to an attack that knows nothing of how it was made."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from counterflow.account.given import rows_of
from counterflow.account.publish import Ask, Release, hide_small, release
from counterflow.account.publish.dominance import Dominance
from counterflow.account.publish.layout import TOTAL, Layout, layout_of
from counterflow.account.publish.sheet import read_sheet, sheet_of
from counterflow.core.errors import InputError, UsageError

K = 10


def made(text: str, ask: Ask | None = None, earlier: str | None = None) -> Release:
    """Return the release of a table given as text."""
    sheet = sheet_of(rows_of(text.encode(), Path("table.csv")))
    before = sheet_of(rows_of(earlier.encode(), Path("before.csv"))) if earlier is not None else None
    return release(sheet, ask or Ask(), before)


def wide(counts: np.ndarray, *, margins: bool) -> str:
    """Return a wide table as text."""
    rows, columns = counts.shape
    names = [f"c{column}" for column in range(columns)]
    lines = [["place", *names, *(["Total"] if margins else [])]]
    lines += [
        [f"r{row}", *map(str, counts[row]), *([str(counts[row].sum())] if margins else [])] for row in range(rows)
    ]
    if margins:
        lines.append(["Total", *map(str, counts.sum(axis=0)), str(counts.sum())])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def published(release_: Release) -> np.ndarray:
    """Return the table as it went out, NaN where a cell is withheld, without the column of labels."""
    return np.array([
        [float("nan") if field == "*" else float(field) for field in list(row.values())[1:]]
        for row in release_.rows()
    ])  # fmt: skip


def attack(table: np.ndarray, least: float) -> dict[tuple[int, int], tuple[float, float]]:
    """Return what can be derived of each withheld cell of a table with margins in its last row and column.

    Written from the sums of the table alone: x of every cell, published ones fixed, every row and column adding up.
    """
    rows, columns = table.shape
    size = rows * columns
    at = np.arange(size).reshape(rows, columns)
    equations = []
    for row in range(rows):
        line = np.zeros(size)
        line[at[row, :-1]], line[at[row, -1]] = 1, -1
        equations.append(line)
    for column in range(columns):
        line = np.zeros(size)
        line[at[:-1, column]], line[at[-1, column]] = 1, -1
        equations.append(line)
    bounds = [(least, None) if np.isnan(value) else (value, value) for value in table.ravel()]
    found = {}
    for row, column in np.argwhere(np.isnan(table)):
        goal = np.zeros(size)
        goal[at[row, column]] = 1
        ends = []
        for sign in (1, -1):
            solved = linprog(sign * goal, A_eq=np.array(equations), b_eq=np.zeros(len(equations)), bounds=bounds)
            assert solved.status in (0, 3)
            ends.append(sign * solved.fun if solved.status == 0 else np.inf)
        found[int(row), int(column)] = (ends[0], ends[1])
    return found


def with_margins(counts: np.ndarray) -> np.ndarray:
    """Return a table with its sums in a last row and column."""
    across = np.column_stack((counts, counts.sum(axis=1)))
    return np.vstack((across, across.sum(axis=0)))


TABLES = st.tuples(st.integers(2, 4), st.integers(2, 4)).flatmap(
    lambda shape: st.lists(
        st.one_of(st.integers(0, 12), st.integers(0, 120)), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
    ).map(lambda cells: np.array(cells).reshape(shape))
)


@given(TABLES)
@settings(max_examples=25, deadline=None)
def test_no_small_cell_of_a_table_with_margins_can_be_derived(counts: np.ndarray) -> None:
    whole = with_margins(counts)
    out = published(made(wide(counts, margins=True)))
    assert not (np.isfinite(out) & (whole > 0) & (whole < K)).any()
    assert (out[np.isfinite(out)] == whole[np.isfinite(out)]).all()
    for (row, column), (low, high) in attack(out, 0).items():
        if 0 < whole[row, column] < K:
            assert low <= 1 + 1e-6, (row, column)
            assert high >= K - 1e-6, (row, column)
        else:
            assert high - low >= 1, (row, column)


@given(TABLES)
@settings(max_examples=10, deadline=None)
def test_totals_that_the_file_lacks_do_not_help_either(counts: np.ndarray) -> None:
    out = published(made(wide(counts, margins=False)))
    whole = with_margins(counts)
    known = whole.astype(float)
    known[:-1, :-1] = out
    # A total that is small itself is never published by anybody who keeps the rule.
    known[(whole > 0) & (whole < K)] = np.nan
    kept = made(wide(counts, margins=False))
    for cell in np.flatnonzero(kept.pattern.hidden & kept.cells.assumed):
        key = kept.cells.keys[cell]
        row = counts.shape[0] if key[0].startswith("\0") else int(key[0][1:])
        column = counts.shape[1] if key[1].startswith("\0") else int(key[1][1:])
        known[row, column] = np.nan
    for (row, column), (low, high) in attack(known, 0).items():
        if 0 < whole[row, column] < K:
            assert low <= 1 + 1e-6
            assert high >= K - 1e-6


@given(TABLES)
@settings(max_examples=8, deadline=None)
def test_a_reader_who_knows_that_zeros_are_shown_gets_no_further(counts: np.ndarray) -> None:
    whole = with_margins(counts)
    out = published(made(wide(counts, margins=True)))
    for (row, column), (_, high) in attack(out, 1).items():
        if 0 < whole[row, column] < K:
            assert high >= K - 1e-6


def test_the_table_goes_out_in_its_own_shape() -> None:
    text = "county,male,female,Total\nAdams,3,25,28\nBaker,40,60,100\nClark,12,70,82\nTotal,55,155,210\n"
    rows = made(text).rows()
    assert [row["county"] for row in rows] == ["Adams", "Baker", "Clark", "Total"]
    assert list(rows[0]) == ["county", "male", "female", "Total"]
    assert rows[0]["male"] == "*"
    assert rows[3] == {"county": "Total", "male": "55", "female": "155", "Total": "210"}


def test_a_table_with_nothing_small_goes_out_whole() -> None:
    kept = made("a,x,y\nr,20,30\ns,0,50\n")
    assert not kept.pattern.hidden.any()
    assert kept.audit() == []


def test_a_long_table_of_three_labels_is_protected_over_all_its_totals() -> None:
    lines = ["state,sex,age,n"]
    seeds = np.random.default_rng(4)
    for state in "AB":
        for sex in ("f", "m"):
            lines += [f"{state},{sex},{age},{seeds.integers(0, 40)}" for age in ("young", "old")]
    kept = made("\n".join(lines) + "\n")
    assert len(kept.cells.keys[0]) == 3
    for row in kept.audit():
        if row["why"] == "primary":
            assert row["feasible"]["low"] <= 1
            assert row["feasible"]["high"] is None or row["feasible"]["high"] >= K


def test_a_subtotal_by_region_is_a_sum_of_its_own() -> None:
    text = "region,county,n\nN,a,4\nN,b,30\nN,Total,34\nS,c,50\nS,d,60\nS,Total,110\nTotal,Total,144\n"
    rows = made(text).rows()
    assert [row["n"] for row in rows] == ["*", "*", "34", "50", "60", "110", "144"]


def test_a_column_that_is_the_sum_of_the_others_is_a_total_without_the_word() -> None:
    kept = made("county,a,b,persons\nx,3,20,23\ny,40,50,90\nz,20,11,31\n")
    assert "persons" in kept.layout.said[0]
    assert kept.rows()[0] == {"county": "x", "a": "*", "b": "*", "persons": "23"}


def test_what_an_earlier_release_withheld_stays_withheld() -> None:
    now = "c,n\na,3\nb,20\nc,30\nd,40\nTotal,93\n"
    assert [row["n"] for row in made(now).rows()] == ["*", "*", "30", "40", "93"]
    before = "c,n\na,*\nb,20\nc,*\nd,40\nTotal,93\n"
    assert [row["n"] for row in made(now, earlier=before).rows()] == ["*", "20", "*", "40", "93"]


def test_an_earlier_release_of_another_table_is_refused() -> None:
    with pytest.raises(InputError, match="No row of the earlier release"):
        made("c,n\na,3\nb,20\n", earlier="c,n\nx,3\ny,20\n")


def test_zeros_can_be_small_cells_too() -> None:
    kept = made("c,n\na,0\nb,20\nc,30\nTotal,50\n", Ask(zeros="protect"))
    assert kept.rows()[0]["n"] == "*"
    assert made("c,n\na,0\nb,20\nc,30\nTotal,50\n").rows()[0]["n"] == "0"


def test_the_largest_contributor_cannot_be_estimated() -> None:
    text = "c,kg,first,second\na,100,90,8\nb,300,100,90\nc,400,150,100\nTotal,800,150,100\n"
    kept = made(text, Ask(columns=("kg",), dominance=Dominance("first", "second", 10)))
    rows = kept.rows()
    assert list(rows[0]) == ["c", "kg"]
    assert rows[0]["kg"] == "*"
    assert [row["kg"] for row in rows].count("*") == 2
    audit = next(row for row in kept.audit() if row["why"] == "primary")
    # p/100 x1 - (X - x1 - x2) = 9 - 2
    assert audit["required"] == {"low": pytest.approx(93), "high": pytest.approx(107)}


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("c,n,m\na,3,x\nb,4,5\n", "no count", 2),
        ("c,n\na,3\nb,-4\n", "not negative", 3),
        ("c,n\na,3\nb,4.5\n", "whole number", 3),
        ("c,n,m\na,3,\nb,4,5\n", "no count", 2),
        ("c,n,Total\na,3,4\nb,4,5\n", "same labels|parts", 2),
        ("c,x,y,Total\na,3,4,8\nb,4,5,9\n", "parts are 7", 2),
        ("c,n\na,3\na,4\n", "same labels", 3),
        ("c,d\na,x\nb,y\n", "No column of counts", None),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(text: str, words: str, line: int | None) -> None:
    with pytest.raises(InputError, match=words) as met:
        made(text)
    assert met.value.line == line


def test_an_empty_field_can_be_said_to_be_zero() -> None:
    assert made("c,n,m\na,30,\nb,40,50\n", Ask(blanks_are_zero=True)).rows()[0] == {"c": "a", "n": "30", "m": "0"}


def test_figures_beside_the_counts_do_not_go_out_unprotected() -> None:
    kept = made("c,n,rate\na,3,1.5\nb,40,2.5\nc,50,0.5\n", Ask(columns=("n",)))
    assert kept.layout.left_out == ("rate",)
    assert list(kept.rows()[0]) == ["c", "n"]


@pytest.mark.parametrize(
    "figures", ["1.5%,2.5%,3 %", "$3.50,$4.00,$9.10", "3 (1-5),40 (30-50),9 (2-20)", "1.5 per 100,2 per 100,3 per 100"]
)
def test_shares_and_money_are_no_labels_that_go_out(figures: str) -> None:
    a, b, c = figures.split(",")
    kept = made(f"c,n,figure\nx,3,{a}\ny,40,{b}\nz,50,{c}\n")
    assert kept.layout.left_out == ("figure",)


def test_a_rate_with_a_name_like_a_label_is_no_label() -> None:
    assert made("c,n,age-adjusted rate\nx,3,1.5\ny,40,2.5\n").layout.left_out == ("age-adjusted rate",)
    with pytest.raises(InputError, match="whole number"):
        made("c,n\nx,3.5\ny,40\n")
    weighted = made("c,a,b\nx,30.5,40\ny,41.5,30\n", Ask(weighted=True))
    assert weighted.layout.counts == ("a", "b")
    assert made("area,age,n\nx,3,40\ny,40,25\n").layout.labels == ("area", "age")
    assert made("ages,n\n0-4,3\n5-14,40\n65+,50\n").layout.labels == ("ages",)


def test_asks_that_make_no_sense_are_refused() -> None:
    for fields in ({"minimum": 1}, {"zeros": "maybe"}, {"mark": "0"}):
        with pytest.raises(UsageError):
            Ask(**fields)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=7))
@settings(max_examples=25, deadline=None)
def test_one_list_with_its_total_gives_nothing_away(counts: list[int]) -> None:
    hidden = hide_small(counts)
    rest = sum(count for count, hide in zip(counts, hidden, strict=False) if hide)
    number = sum(hidden[:-1])
    assert all(hide for count, hide in zip(counts, hidden, strict=False) if 0 < count < K)
    assert number != 1 or hidden[-1]
    if number and not hidden[-1]:
        assert rest - (number - 1) >= K


def _layout(tmp_path: Path, text: str) -> Layout:
    path = tmp_path / "strange.csv"
    path.write_text(text, encoding="utf-8")
    return layout_of(read_sheet(path))


def test_rates_and_years_are_no_counts_whatever_they_are_called(tmp_path: Path) -> None:
    found = _layout(tmp_path, "Jahr,Land,Anzahl,pct\n2019,A,3,11.7\n2020,A,40,12\n2021,A,50,13.5\n2022,A,9,1\n")
    assert (found.counts, found.labels, found.left_out) == (("Anzahl",), ("Jahr", "Land"), ("pct",))


def test_a_label_that_is_the_sum_of_the_others_is_a_total_by_any_name(tmp_path: Path) -> None:
    rows = [
        f"{r},{d},{n}" for r, a in (("A", 3), ("B", 20), ("C", 12)) for d, n in (("x", a), ("y", 15), ("Mix", a + 15))
    ]
    found = _layout(tmp_path, "region,drug,n\n" + "\n".join(rows) + "\n")
    assert [key[1] for key in found.key_of] == ["x", "y", TOTAL] * 3


def test_a_population_beside_counts_costs_no_count() -> None:
    kept = made("c,n,population\nx,3,12000\ny,40,9000\nz,50,8000\n")
    assert (kept.layout.counts, kept.layout.left_out) == (("n",), ("population",))
