"""The training world and intake agree: what was broken on purpose is refused, and nothing else."""

from collections import Counter

import pyarrow.csv as pacsv
import pytest

from counterflow.demo.files import write_world
from counterflow.intake.load import load
from counterflow.intake.mapping.shipped import find_mapping
from counterflow.store.workspace import Workspace


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A world and the receipt of its load, with the quarantine: (files, receipt, quarantined)."""
    folder = tmp_path_factory.mktemp("loaded")
    files = write_world(folder / "world", records=3_000, weeks=2, seed=11)
    with Workspace.open(Workspace.create(folder / "workspace")) as workspace:
        receipt = load(workspace, files.week.consignments, find_mapping(str(files.mapping)))
        return files, receipt, workspace.store.rows('SELECT "row", reason FROM quarantine ORDER BY "row"')


def test_every_row_is_accounted_for_and_only_the_broken_ones_are_refused(loaded):
    files, receipt, quarantined = loaded
    broken = pacsv.read_csv(files.truth / "broken-rows.csv")
    assert (receipt.read, receipt.accepted + receipt.rejected) == (files.records, files.records)
    assert receipt.rejected == files.broken > 0
    assert [row["row"] for row in quarantined] == sorted(broken["row"].to_pylist())


def test_each_defect_is_refused_for_its_own_reason(loaded):
    files, _, quarantined = loaded
    defects = dict(
        zip(
            *(pacsv.read_csv(files.truth / "broken-rows.csv")[c].to_pylist() for c in ("row", "defect")),
            strict=True,
        )
    )
    met = Counter((defects[row["row"]], row["reason"]) for row in quarantined)
    reasons = {
        "bad-date": {"date-format", "no-such-day"},
        "unknown-country": {"country-unknown"},
        "unknown-currency": {"currency-unknown"},
        "negative-mass": {"negative"},
        "mass-not-a-number": {"not-a-number"},
        "lost-zero": {"hs-lost-zero"},
        "duplicate-record": {"duplicate-record"},
    }
    assert {defect for defect, _ in met} == set(reasons)
    assert all(reason in reasons[defect] for defect, reason in met)
