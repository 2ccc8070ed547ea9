"""Values: numbers, masses, dates and codes as they are written, and what is refused or repaired."""

import datetime as dt
import decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.intake.convert.values import ValueReader, as_text
from counterflow.intake.mapping.model import FieldRule
from counterflow.intake.mapping.targets import default_kind


def read(values, target="value", arrow=None, **options):
    options.setdefault("kind", default_kind(target))
    rule = FieldRule(target=target, columns=("c",), **options)
    return ValueReader(rule).read(pa.array(values, arrow or pa.string()))


def problems(values, **options):
    made = read(values, **options)
    return {word: problem.reason for word, problem in made.problems.items()}


def test_sound_numbers_go_one_way_and_mixed_ones_the_other_with_the_same_values():
    sound = read([" 1 ", "2.5", None, "1e3", ""]).values.to_pylist()
    mixed = read([" 1 ", "2.5", None, "1e3", "", "x"])
    assert sound == [1.0, 2.5, None, 1000.0, None]
    assert mixed.values.to_pylist() == [*sound, None]
    assert mixed.bad.tolist() == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-4", "negative"), ("nan", "not-a-number"), ("inf", "not-a-number"), ("1,5", "not-a-number"),
        ("1e999", "not-a-number"),
        ("12kg", "not-a-number"), ("0x10", "not-a-number"), ("1_000", "not-a-number"), ("٣", "not-a-number"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_its_reason(text, reason):
    assert problems([text]) == {text: reason}


def test_decimal_and_thousands_marks_are_stated():
    assert read(["1.234,5", "7"], decimal=",", thousands=".").values.to_pylist() == [1234.5, 7.0]
    assert read(["1,234.5"], thousands=",").values.to_pylist() == [1234.5]
    assert "decimal" in read(["1,5"]).problems["1,5"].hint
    assert read(["12,34,567.5", "1,000"], thousands=",").values.to_pylist() == [1234567.5, 1000.0]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("12.50", {"decimal": ",", "thousands": "."}),  # would be 1250 if the point were dropped
        ("1049.5", {"decimal": ",", "thousands": "."}),
        ("0.450", {"decimal": ",", "thousands": "."}),
        ("1.049", {"decimal": ","}),  # 1049 or 1.049: the mapping does not say
        ("1.049,5", {"decimal": ","}),
        ("12,50", {"thousands": ","}),
        ("1,5,000", {"thousands": ","}),
        ("1,234,56", {"thousands": ","}),
    ],
)
def test_a_mark_in_a_wrong_place_is_refused_and_never_dropped(text, marks):
    problem = read([text], **marks).problems[text]
    assert problem.reason == "not-a-number"
    assert "mapping has" in problem.hint


def test_masses_become_kilograms():
    assert read(["500", "1"], target="mass_kg", unit="g").values.to_pylist() == [0.5, 0.001]
    assert read(["2", "bad"], target="mass_kg", unit="lb").values.to_pylist() == [
        pytest.approx(0.90718474),
        None,
    ]
    assert read([1000.0], target="mass_kg", arrow=pa.float64(), unit="g").values.to_pylist() == [1.0]


def test_a_whole_number_has_no_part_and_fits_its_column():
    assert read(["3", "4.0"], target="pieces").values.to_pylist() == [3, 4]
    assert problems(["1.5", "3000000000"], target="pieces") == {
        "1.5": "not-a-whole-number",
        "3000000000": "not-a-whole-number",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("03/04/2021", "date-format"), ("2021-02-31", "no-such-day"), ("20210304", "date-format"),
        ("1899-01-01", "date-range"),
        ("9999-12-31", "date-range"), ("2021-W01-1", "date-format"), ("2021-3-4", "date-format"),
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_its_reason(text, reason):
    assert problems([text, "2021-01-01"], target="declared_on") == {text: reason}


def test_dates_by_iso_by_format_and_with_a_time():
    assert (
        read(["2021-03-04", "2021-03-04T10:00:00Z"], target="declared_on").values.to_pylist()
        == [dt.date(2021, 3, 4)] * 2
    )
    made = read(["04/03/2021", "2021-03-04"], target="declared_on", formats=("%d/%m/%Y", "%Y-%m-%d"))
    assert made.values.to_pylist() == [dt.date(2021, 3, 4)] * 2
    assert problems(["13/13/2021"], target="declared_on", formats=("%d/%m/%Y",)) == {"13/13/2021": "date-format"}


def test_instants_are_utc_whatever_zone_they_name():
    at = dt.datetime(2021, 3, 4, 5, tzinfo=dt.UTC)
    for text in (
        "2021-03-04T05:00:00Z",
        "2021-03-04T07:00:00+02:00",
        "2021-03-04 05:00:00",
        "2021-03-04T05:00",
    ):
        assert read([text], target="posted_at").values.to_pylist() == [at]
        assert read([text, "bad"], target="posted_at").values.to_pylist() == [at, None]
    assert read(["2021-03-04 14:00:00"], target="posted_at", timezone="Asia/Seoul").values.to_pylist() == [at]
    typed = pa.timestamp("ns")
    naive = dt.datetime(2021, 3, 4, 14)  # noqa: DTZ001 - the zone is the rule's
    assert read([naive], target="posted_at", arrow=typed, timezone="Asia/Seoul").values.to_pylist() == [at]


def test_codes_defaults_and_closed_lists():
    made = read(["A", "ZZ", "cn", None], target="departure", codes={"A": "AT", "ZZ": ""})
    assert made.values.to_pylist() == ["AT", None, "CN", None]
    assert read([None, "x"], target="lane", default="post").values.to_pylist() == ["post", "x"]
    closed = read(["U", "V"], target="lane", codes={"U": "letter"}, closed=True)
    assert closed.values.to_pylist() == ["letter", None]
    assert closed.problems["V"].reason == "unknown-code"


def test_choices_fold_case():
    assert read(["Inbound", "OUTBOUND"], target="direction").values.to_pylist() == ["inbound", "outbound"]
    assert problems(["in"], target="direction") == {"in": "not-a-choice"}


def test_locodes_give_their_country():
    assert read(["CRMOB", "GB LON"], target="departure", kind="locode").values.to_pylist() == ["CR", "GB"]
    assert problems(["LONDON"], target="departure", kind="locode") == {"LONDON": "locode-form"}


def test_repairs_are_counted_by_rows():
    made = read(["10121", "10121", "610910"], target="goods.hs", hs_pad=True)
    assert made.values.to_pylist() == ["010121", "010121", "610910"]
    assert made.notes == {"hs-padded": 2}


def test_typed_columns_become_the_text_of_a_csv():
    for values, arrow, text in [
        ([440890.0, float("nan")], pa.float64(), ["440890", None]),
        ([7], pa.int64(), ["7"]),
        ([True], pa.bool_(), ["true"]),
        ([dt.date(2021, 3, 4)], pa.date32(), ["2021-03-04"]),
        ([decimal.Decimal("1.50")], pa.decimal128(5, 2), ["1.50"]),
        ([b"x"], pa.binary(), ["x"]),
        ([["a"]], pa.list_(pa.string()), ["['a']"]),
    ]:
        assert as_text(pa.array(values, arrow)).to_pylist() == text
    assert as_text(pa.array(["a", "a"]).dictionary_encode()).to_pylist() == ["a", "a"]
    assert read([1.5, float("nan"), -1.0], arrow=pa.float64()).values.to_pylist() == [1.5, None, None]


KINDS = st.sampled_from(
    [
        "value",
        "pieces",
        "declared_on",
        "posted_at",
        "departure",
        "goods.hs",
        "currency",
        "direction",
        "mass_kg",
    ]
)


@given(
    KINDS,
    st.lists(
        st.none() | st.text(max_size=12) | st.sampled_from(["1", "2021-01-01", "CN", "USD", "61", "-1"]),
        max_size=8,
    ),
)
def test_every_value_is_read_empty_or_named(target, values):
    values = [None if v is None else v.encode("utf-8", "ignore").decode() for v in values]
    made = read(values, target=target)
    for i, text in enumerate(made.text.to_pylist()):
        bad = made.bad is not None and bool(made.bad[i])
        assert bad == (text is not None and text in made.problems)
        assert (made.values[i].as_py() is None) == (bad or text is None)
