"""The words that every room speaks: errors, estimates, seeds, clocks, units and tables."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.check import FindingRows, strength_below_one
from counterflow.core.clock import fixed_clock, parse_instant, system_clock
from counterflow.core.errors import CounterflowError, InputError, UnknownName, nearest
from counterflow.core.estimate import Estimate
from counterflow.core.seeds import generator
from counterflow.core.tables import CONSIGNMENT, FINDING_ROW, TABLES, conform, empty
from counterflow.core.units import KILOGRAMS_PER


def estimate(**changed):
    given_values = {
        "value": 0.1, "low": 0.05, "high": 0.2, "level": 0.95, "method": "m", "source": "s",
        "as_of": dt.date(2026, 1, 1), "unit": "share",
    }  # fmt: skip
    return Estimate(**(given_values | changed))


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 0.3},
        {"value": 0.5},
        {"level": 1.0},
        {"method": ""},
        {"high": float("nan")},
        {"informative": False},
    ],
)
def test_a_bare_or_crossed_estimate_is_impossible(wrong):
    with pytest.raises(ValueError):
        estimate(**wrong)


def test_an_estimate_without_interval_is_impossible():
    with pytest.raises(TypeError):
        Estimate(value=0.1)


def test_an_estimate_as_plain_data_carries_its_date():
    assert estimate().as_dict()["as_of"] == "2026-01-01"


def test_input_errors_name_file_line_column_value_and_what_to_do():
    text = str(InputError("Not a date.", hint="Write 2021-03-31.", file="a.csv", line=3, column="date", value="31/31"))
    assert text == "a.csv, line 3, column 'date', value '31/31': Not a date. Write 2021-03-31."


def test_unknown_names_show_the_nearest():
    assert "'ofac-sdn'" in UnknownName("list", "ofac-sd", ["ofac-sdn", "un"]).hint
    assert nearest("zzz", ["abc"]) == []


def test_every_error_has_its_own_exit_code_family():
    def tree(kind):
        return [kind, *(deeper for child in kind.__subclasses__() for deeper in tree(child))]

    for kind in tree(CounterflowError):
        assert 1 <= kind.exit_code <= 6
        assert 400 <= kind.http_status < 600


@given(st.integers(0, 2**40), st.text(max_size=20))
def test_same_seed_and_purpose_give_the_same_numbers(seed, purpose):
    assert generator(seed, purpose).integers(0, 2**62) == generator(seed, purpose).integers(0, 2**62)


def test_purposes_give_independent_streams():
    one = generator(3, "draw", "A", 1).random(2000)
    two = generator(3, "draw", "A", 2).random(2000)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.08
    with pytest.raises(ValueError):
        generator(-1)


def test_times_are_utc():
    assert parse_instant("2026-03-01T06:00:00+02:00").isoformat() == "2026-03-01T04:00:00+00:00"
    assert fixed_clock("2026-03-01")() == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_a_rehearsal_may_set_the_clock(monkeypatch):
    monkeypatch.setenv("COUNTERFLOW_NOW", "2020-02-03T04:05:06Z")
    assert system_clock() == dt.datetime(2020, 2, 3, 4, 5, 6, tzinfo=dt.UTC)


def test_mass_units_are_kilograms():
    assert 1000 * KILOGRAMS_PER["g"] == pytest.approx(1)
    assert 16 * KILOGRAMS_PER["oz"] == pytest.approx(KILOGRAMS_PER["lb"])
    assert min(KILOGRAMS_PER.values()) > 0
    assert "dozen" not in KILOGRAMS_PER


def test_every_column_of_every_table_says_what_it_holds():
    for name, spec in TABLES.items():
        for field in spec.schema:
            assert field.metadata[b"doc"], f"{name}.{field.name}"
        assert spec.month_of is None or spec.month_of in spec.schema.names
        assert not (spec.personal and spec.month_of)


def test_conform_orders_fills_and_refuses():
    table = pa.table({"record_id": ["1"], "source": ["s"], "batch": ["b"], "declared_on": [dt.date(2021, 1, 1)],
                      "first_seen": [dt.datetime(2021, 1, 2, tzinfo=dt.UTC)]})  # fmt: skip
    fitted = conform(table, CONSIGNMENT)
    assert fitted.schema == CONSIGNMENT
    assert fitted.column("mass_kg").null_count == 1
    with pytest.raises(ValueError, match="wieght"):
        conform(table.append_column("wieght", pa.array([1.0])), CONSIGNMENT)
    with pytest.raises(ValueError, match="declared_on"):
        conform(table.drop_columns(["declared_on"]), CONSIGNMENT)
    assert empty(CONSIGNMENT).num_rows == 0


def test_a_strength_is_never_certain():
    rows = FindingRows()
    rows.add(1, code="c", strength=1.0, meaning="m", harm_class="drug", sentence="s", field="description")
    batch = rows.batch()
    assert batch.schema == FINDING_ROW
    assert batch.column("strength")[0].as_py() < 1
    assert strength_below_one(-3) > 0
    with pytest.raises(TypeError, match="colour"):
        rows.add(1, code="c", strength=0.5, meaning="m", harm_class="drug", sentence="s", colour="red")
