import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import ConfigError, InputError
from counterflow.target.features.lines import Lines
from counterflow.target.features.past import past_features
from counterflow.target.features.spec import FeatureSpec, default_spec, key_name
from counterflow.target.features.state import State

from .conftest import START, known_of, lines_of, random_past

CLASSES = ("any", "drug")


def test_only_columns_that_say_something_become_keys():
    lines, _ = random_past(1)
    names = {key_name(k) for k in default_spec(lines).keys}
    assert {"hs6", "importer", "importer+hs4", "hs6+departure+origin+tax_rate"} <= names
    assert not any("courier" in name or "lane" in name or "entity" in name for name in names)
    numbers = default_spec(lines).numbers
    assert {"mass", "value", "price", "hs_number", "lines", "number:attributes.tax_rate"} <= set(numbers)
    assert not {"quantity", "unit_mass", "pieces", "missing"} & set(numbers)


def test_left_out_columns_are_in_no_feature():
    """With origin and departure left out, changing them changes not one number."""
    lines, known = random_past(2)
    spec = default_spec(lines, without=frozenset({"origin", "departure"}))
    assert not {"origin", "departure"} & set(spec.columns())
    table = lines.table
    for name in ("origin", "departure"):
        table = table.set_column(table.column_names.index(name), name, pa.nulls(table.num_rows, pa.string()))
    one = past_features(lines, known, spec, CLASSES).values
    np.testing.assert_array_equal(
        one, past_features(Lines(table, lines.records, lines.findings), known, spec, CLASSES).values
    )


@pytest.mark.parametrize("column", ["attributes.nationality", "attributes.importer_name", "attributes.religion"])
def test_what_somebody_is_may_not_be_asked_for(column):
    with pytest.raises(ConfigError, match="may not enter a score"):
        FeatureSpec(keys=((column, "hs6"),))
    rows = [{"row": i, "day": START, "hs": "300490", column: str(i % 2)} for i in range(6)]
    assert column not in default_spec(lines_of(rows)).columns()


@pytest.mark.parametrize(
    "wrong",
    [
        {"keys": (("origin",),), "without": frozenset({"origin"})},
        {"keys": (("hs6",),), "since": (("hs4",),)},
        {"keys": (("hs6",), ("hs6",))},
    ],
    ids=["left-out", "since", "twice"],
)
def test_a_specification_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(ConfigError):
        FeatureSpec(**wrong)


def test_it_reads_back_from_json():
    lines, _ = random_past(3)
    spec = default_spec(lines, without=frozenset({"origin"})).drop(["new_share", "rate:hs2:drug"])
    assert FeatureSpec.from_json(spec.to_json()) == spec


def test_dropping_features_leaves_the_others_as_they_are():
    lines, known = random_past(4)
    spec = default_spec(lines)
    whole = past_features(lines, known, spec, CLASSES)
    few = past_features(lines, known, spec.drop(whole.names[::2]), CLASSES)
    assert few.names == whole.names[1::2]
    np.testing.assert_array_equal(few.values, whole.values[:, 1::2])


def test_a_state_is_kept_and_read_back(tmp_path):
    lines, known = random_past(5)
    state = State.learn(lines, known, default_spec(lines), CLASSES)
    state.save(tmp_path / "state")
    state.save(tmp_path / "again")
    assert (tmp_path / "state").read_bytes() == (tmp_path / "again").read_bytes()
    read = State.load(tmp_path / "state")
    np.testing.assert_array_equal(read.features(lines).values, state.features(lines).values)
    assert (read.before, read.layout.spec, read.layout.classes) == (state.before, state.layout.spec, CLASSES)
    data = bytearray((tmp_path / "state").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "state").write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        State.load(tmp_path / "state")


def test_records_without_a_column_of_the_specification_are_an_error():
    lines, known = random_past(6)
    state = State.learn(lines, known, default_spec(lines), CLASSES)
    less = Lines(lines.table.drop_columns(["attributes.tax_rate"]), lines.records, lines.findings)
    with pytest.raises(InputError, match=r"no column .attributes"):
        state.features(less)


def test_many_lines_are_made_in_blocks_of_whole_records(monkeypatch):
    lines, known = random_past(7)
    state = State.learn(lines, known, default_spec(lines), CLASSES)
    whole = state.features(lines).values
    monkeypatch.setattr("counterflow.target.features.state._BLOCK", 16)
    np.testing.assert_array_equal(state.features(lines).values, whole)


def finding(row, code, harm_class="drug", kind="deterministic", strength=0.5):
    return {"row": row, "code": code, "kind": kind, "strength": strength, "harm_class": harm_class}


def test_findings_enter_by_strength_and_unjudged_likenesses_do_not():
    findings = pa.Table.from_pylist(
        [
            finding(0, "controlled-drug"),
            finding(0, "controlled-drug", strength=0.9),
            finding(1, "precursor", "precursor"),
            finding(1, "listed-similar", "party", "calibrated", 0.99),
            finding(1, "listed-cleared", "party"),
            finding(1, "some-name", "party", "calibrated", 0.99),
            finding(0, "listed-exact", "party"),
        ]
    )
    rows = [{"row": i, "day": START, "hs": "300490"} for i in range(2)]
    lines = lines_of(rows, findings)
    spec = default_spec(lines)
    assert spec.finding_codes == ("controlled-drug", "listed-exact", "precursor")
    made = past_features(lines, known_of([None, None], [0, 0]), spec, ("drug",))
    assert made.column("finding:controlled-drug").tolist() == pytest.approx([0.9, 0.0])
    assert made.column("findings:drug").tolist() == pytest.approx([1.4, 0.0])
    assert made.column("findings:party").tolist() == pytest.approx([0.5, 0.0])


HS6, KEYS = 18155763017039438075, [5368226815205985021, 7112891071056700597]


def test_codes_are_the_same_in_every_run():
    """The codes of keys are stored with models: a change of the hash must be seen."""
    from counterflow.target.features.columns import code_keys, code_texts

    table = pa.table({"hs": ["30049099", None], "origin": ["CN", ""]})
    texts = code_texts(table, ["hs6", "origin"])
    assert texts["hs6"].tolist() == [HS6, 0]
    keys = code_keys(texts, [("hs6", "origin"), ("origin",)], "key")
    assert keys[:, 0].tolist() == KEYS
    assert keys[0, 1] == 0
    assert texts["origin"][1] == 0, "an empty text is no text"
    sliced = code_texts(pa.table({"origin": ["NL", "CN"]}).slice(1), ["origin"])["origin"]
    assert sliced.tolist() == [texts["origin"][0]]
