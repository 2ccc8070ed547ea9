"""Tables in the shape of the questionnaire: the newest statement, whole years, people suppressed."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import SERIES_COUNT, SUPPLY_SIGNAL
from counterflow.flow.account_arq import arq_table
from counterflow.store.workspace import Workspace

SEEN = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def count(place, subject, starts, number, *, as_of=dt.date(2026, 1, 1), grain="year", **more):
    ends = dt.date(starts.year, 12, 31)
    row = dict.fromkeys(("batch",), "") | {
        "source": "registry", "place": place, "level": "state", "measure": "deaths", "subject": subject, "definition": "1",
        "grain": grain, "starts": starts, "ends": ends, "count": number, "suppressed": False, "looked_for": True,
        "complete": None, "predicted": None, "as_of": as_of, "first_seen": SEEN,
    }  # fmt: skip
    return row | more


def signal(measure, value, unit, **more):
    return {
        "source": "lab", "place": "X", "starts": dt.date(2025, 3, 1), "ends": dt.date(2025, 3, 31), "substance": "cocaine",
        "form": "powder", "market": "retail", "route": "", "measure": measure, "value": value, "low": None, "high": None,
        "unit": unit, "n": 4, "as_of": dt.date(2026, 1, 1), "first_seen": SEEN, "batch": "",
    } | more  # fmt: skip


def table(schema, rows):
    names = {field.name for field in schema}
    return pa.Table.from_pylist([{k: v for k, v in row.items() if k in names} for row in rows], schema=schema)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    day = dt.date(2025, 1, 1)
    with Workspace(Workspace.create(tmp_path_factory.mktemp("arq") / "w")) as held:
        held.store.append("series_count", table(SERIES_COUNT, [
            count("X", "opioids", day, 50.0, as_of=dt.date(2025, 6, 1)), count("X", "opioids", day, 60.0),
            count("X", "cocaine", day, 4.0), count("Y", "opioids", day, 70.0), count("Y", "cocaine", day, 40.0),
            count("Z", "opioids", day, None, suppressed=True), count("c", "opioids", day, 3.0, level="county"),
        ]))  # fmt: skip
        held.store.append("supply_signal", table(SUPPLY_SIGNAL, [
            signal("seizures", 12.0, "events"), signal("mass-kg", 3.5, "kg"), signal("price", 80.0, "USD per g", low=60.0),
        ]))  # fmt: skip
        yield held


def test_deaths_are_the_newest_statement_with_small_ones_withheld(workspace):
    rows, words, made = arq_table(workspace, "arq-deaths", 10)
    by_cell = {(row["place"], row["subject"]): row["n"] for row in rows}
    assert by_cell["X", "cocaine"] == "*"
    assert by_cell["Z", "opioids"] == ""
    assert "c" not in {row["place"] for row in rows}
    assert 60 in made.cells.values
    assert 50 not in made.cells.values
    assert all(row["days"] == 365 for row in rows)
    assert any("1 row(s)" in line for line in words)


def test_seizures_have_number_and_quantity_and_prices_their_range(workspace):
    seized, words, _ = arq_table(workspace, "arq-seizures", 10)
    assert [(row["n"], row["quantity"], row["unit"]) for row in seized] == [(12.0, 3.5, "kg")]
    assert "not checked here" in words[0]
    price = arq_table(workspace, "arq-price", 10)[0][0]
    assert (price["lowest"], price["typical"], price["highest"], price["samples"]) == (60.0, 80.0, 80.0, 4)


def test_what_is_not_held_or_not_known_is_refused(workspace):
    with pytest.raises(InputError, match="holds nothing"):
        arq_table(workspace, "arq-treatment", 10)
    with pytest.raises(UnknownName):
        arq_table(workspace, "arq-lies", 10)
