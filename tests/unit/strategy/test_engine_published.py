"""V1: with the published parameters and drivers the engine repeats the published base run."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterflow.core.errors import InputError
from counterflow.strategy.model.published_run import published_gaps

_TREATMENT_AND_NALOXONE = {
    "on_buprenorphine", "on_methadone", "on_naltrexone", "buprenorphine_demand_met", "naloxone_at_hand", "kits_used",
}  # fmt: skip


def test_the_published_run_is_repeated(shared_data: Path) -> None:
    gaps = published_gaps(shared_data / "strategy")
    assert len(gaps) == 22
    for gap in gaps:
        assert gap.gap < (0.001 if gap.variable in _TREATMENT_AND_NALOXONE else 0.005), gap
    assert next(gap.gap for gap in gaps if gap.variable == "overdose_deaths") < 0.001


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there"):
        published_gaps(tmp_path)
