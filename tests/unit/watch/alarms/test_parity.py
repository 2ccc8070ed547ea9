"""Every recorded flag of R, and its bounds and expectations, on all shared series."""

from __future__ import annotations

import numpy as np
import pytest

from counterflow.watch.alarms.methods import judge
from counterflow.watch.grid import Grid

NAMES = {
    "ears_C1": "ears-c1", "ears_C2": "ears-c2", "ears_C3": "ears-c3", "ff_original": "farrington",
    "ff_improved": "farrington-flexible", "cusum_rossi": "cusum-rossi", "bayes": "bayes", "glrnb": "glrnb",
}  # fmt: skip


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) if row[name] not in ("", "NA") else np.nan for row in rows])


@pytest.mark.parametrize("recorded", sorted(NAMES))
def test_every_flag_and_bound_is_that_of_r(
    recorded: str, r_series: Grid, r_alarms: dict[str, list[dict[str, str]]]
) -> None:
    rows = r_alarms[recorded]
    # glrnb costs the most by far; one series shows it as well as three.
    wanted = sorted({row["series"] for row in rows}) if recorded != "glrnb" else ["agona"]
    rows = [row for row in rows if row["series"] in wanted]
    place = {name: at for at, name in enumerate(r_series.names)}
    grid = r_series.of([place[name] for name in wanted])
    ours = judge(grid, NAMES[recorded])
    s = np.array([wanted.index(row["series"]) for row in rows])
    t = np.array([int(row["t"]) for row in rows]) - int(grid.t[0])
    flags = column(rows, "alarm")
    assert ((ours.alarm[s, t] == flags) | (np.isnan(flags) & (ours.alarm[s, t] == -1))).all()
    np.testing.assert_allclose(ours.upper[s, t], column(rows, "upper"), rtol=1e-6, atol=1e-9)
    if recorded.startswith("ff"):
        np.testing.assert_allclose(ours.expected[s, t], column(rows, "expected"), rtol=1e-6)
        np.testing.assert_allclose(ours.score[s, t], column(rows, "score"), rtol=1e-5, atol=1e-8)
    assert (ours.alarm >= 0).sum() == (~np.isnan(flags)).sum()


def test_a_calendar_with_53_weeks_moves_the_references(r_series: Grid) -> None:
    """newport_all has weeks 53 in 2004 and 2009; by index its thresholds would be others."""
    from dataclasses import replace

    row = r_series.names.index("newport_all")
    grid = r_series.of([row])
    assert str(grid.began[0]) == "2004-01-05"
    by_date = judge(grid, "farrington-flexible", at=[219])
    by_index = judge(replace(grid, began=None), "farrington-flexible", at=[219])
    assert by_date.expected[0, 219] == pytest.approx(2.317954468, rel=1e-6)
    assert by_index.expected[0, 219] == pytest.approx(2.346132222680333, rel=1e-6)
