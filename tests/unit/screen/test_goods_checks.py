"""Goods text, equipment, HS against goods, impossible figures and advance data."""

import csv
import datetime as dt
import gzip
import math

import pyarrow as pa
import pytest

from counterflow.core.check import Resources
from counterflow.core.tables import FINDING_ROW, INSTANT
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import load_registry
from counterflow.screen import advance_data, equipment, goods_text, hs_contradiction, impossible_values
from counterflow.screen.masks import findings_where, in_row_order, told

NOTHING = Resources()
TYPES = {
    "description": pa.string(),
    "hs": pa.string(),
    "kind": pa.string(),
    "unit": pa.string(),
    "mass_kg": pa.float64(),
    "value": pa.float64(),
    "quantity": pa.float64(),
    "pieces": pa.int32(),
    "missing": pa.list_(pa.string()),
    "posted_at": INSTANT,
    "arrived_at": INSTANT,
    "advance_at": INSTANT,
    "due_at": INSTANT,
}


def run(check, *rows):
    """Findings on rows given as dictionaries; columns left out are null."""
    columns = {"row": pa.array(range(len(rows)), pa.int64())}
    columns |= {name: pa.array([r.get(name) for r in rows], TYPES[name]) for name in check.reads}
    return check.run(pa.RecordBatch.from_pydict(columns)).to_pylist()


def codes(check, *rows):
    return [(f["row"], f["code"]) for f in run(check, *rows)]


# ---- goods text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "text-missing"),
        ("", "text-missing"),
        ("  \t", "text-missing"),
        ("12345", "text-no-letters"),
        ("---", "text-no-letters"),
        ("ab", "text-too-short"),
        ("x1y", "text-too-short"),
        ("n/a", "text-placeholder"),
        ("N/A", "text-placeholder"),
        ("TBD", "text-placeholder"),
        ("test", "text-placeholder"),
        ("gift", "stop-word-isolated"),
        ("GIFTS.", "stop-word-isolated"),
        (" Parts ", "stop-word-isolated"),
        ("Various  goods", "stop-word-isolated"),
        ("AUTO-PARTS", "stop-word-isolated"),
        ("Freight All Kinds", "stop-word-isolated"),
        ("white powder", "stop-word-isolated"),
        ("caf\ufffd machine", "text-unreadable"),
        ("spare parts for pumps", "stop-word-embedded"),
        ("cotton shirts, various goods", "stop-word-embedded"),
    ],
)
def test_texts_that_cannot_be_screened(text, code):
    assert codes(goods_text.make(NOTHING), {"description": text}) == [(0, code)]


@pytest.mark.parametrize(
    "text",
    [
        "cotton shirts",
        "茶",
        "tea",
        "fish",
        "glass",
        "steel",
        "leather bags",
        "lithium battery cells for laptops",
    ],
)
def test_texts_that_say_what_they_are(text):
    assert codes(goods_text.make(NOTHING), {"description": text}) == []


def test_a_code_of_six_digits_stands_in_for_a_missing_text():
    coded = [{"description": None, "hs": hs} for hs in ("300390", "30", None)]
    assert codes(goods_text.make(NOTHING), *coded) == [(1, "text-missing"), (2, "text-missing")]


def test_warnings_can_be_switched_off():
    quiet = goods_text.make(Resources(settings={"goods-text": {"embedded": "off"}}))
    assert codes(quiet, {"description": "spare parts for pumps"}, {"description": "parts"}) == [
        (1, "stop-word-isolated")
    ]
    assert quiet.version != goods_text.make(NOTHING).version


def test_a_warning_quotes_its_place():
    (warning,) = run(goods_text.make(NOTHING), {"description": "steel bolts and miscellaneous"})
    assert warning["matched"] == "miscellaneous"
    assert (warning["start"], warning["end"]) == (16, 29)
    assert "2015/2446" in warning["citation"]


def test_isolated_weighs_more_than_embedded():
    isolated, embedded = run(
        goods_text.make(NOTHING), {"description": "goods"}, {"description": "rubber goods for cars"}
    )
    assert isolated["strength"] > 5 * embedded["strength"]


# ---- equipment


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Single punch tablet press", "tablet-machine"),
        ("TDP-5 machine", "tablet-machine"),
        ("Capsule Filling Machine, semi automatic", "tablet-machine"),
        ("pill press die M30", "tablet-tooling"),
        ("压片机 5T", "tablet-machine"),
        ("v-type mixer", "tablet-related"),
        ("empty gelatin capsules size 00", "tablet-related"),
    ],
)
def test_equipment_is_found(text, code):
    assert codes(equipment.make(NOTHING), {"description": text}) == [(0, code)]


@pytest.mark.parametrize(
    "text",
    [
        "garlic press",
        "tablet PC",
        "pill box",
        "Nespresso capsule machine",
        "drill press",
        "stamp album",
        None,
        "",
    ],
)
def test_what_only_sounds_like_equipment_is_not(text):
    assert codes(equipment.make(NOTHING), {"description": text}) == []


def test_a_listed_substance_beside_equipment_is_told_and_adds_weight():
    (alone,) = run(equipment.make(NOTHING), {"description": "tablet press"})
    (beside,) = run(equipment.make(NOTHING), {"description": "tablet press and alprazolam 500 g"})
    (test_kit,) = run(equipment.make(NOTHING), {"description": "tablet press, alprazolam test strips"})
    assert beside["strength"] == pytest.approx(alone["strength"] + 0.10)
    assert "“alprazolam” (substance: Alprazolam)" in beside["sentence"]
    assert test_kit["strength"] == alone["strength"]


def test_all_groups_of_equipment_in_a_text_are_told_by_their_words():
    text = "TDP-5 single punch tablet press machine with M30 die"
    found = run(equipment.make(NOTHING), {"description": text})
    assert found[0]["matched"] == "M30 die"
    assert found[0]["sentence"].endswith("The text also names “TDP-5” (machine).")


def test_a_machine_beside_dies_weighs_more():
    alone, beside = run(
        equipment.make(NOTHING),
        {"description": "pill press die"},
        {"description": "tablet press with tablet die set"},
    )
    assert beside["strength"] > alone["strength"]
    assert "machine" in beside["sentence"]
    assert "843(a)(5)" in beside["citation"]


# ---- HS v. goods


@pytest.mark.parametrize(
    ("text", "hs", "code", "strength"),
    [
        ("Fentanyl citrate powder", "330499", "hs-substance", 0.63),  # another chapter: 0.84 x 0.75
        ("ephedrine hydrochloride", "293911", "hs-substance", 0.20),  # another subheading: 0.80 x 0.25
        ("acetic anhydride", "2914", "hs-substance", 0.40),  # another heading: 0.80 x 0.5
        ("cotton t-shirts, size L", "851712", "hs-goods", 0.35),
        ("leather handbags", "640299", "hs-goods", 0.35),
        ("usb cable for phone", "610910", "hs-goods", 0.35),
        ("anything", "77", "hs-invalid", 0.40),
        ("anything", "1", "hs-invalid", 0.40),
        ("anything", "000000", "hs-invalid", 0.40),
        ("anything", "9999", None, None),
        ("anything", "9801", None, None),
        ("anything", "8525", None, None),
        ("anything", "8599", "hs-unknown-heading", 0.10),
        ("cotton t-shirts", "610910", None, None),
        ("Fentanyl citrate", "293333", None, None),
        ("Fentanyl transdermal patches", "300490", None, None),
        ("fentanyl test strips", "382219", None, None),
        ("acetone", "29", None, None),
        ("anything", "", None, None),
        ("anything", None, None, None),
        (None, "610910", None, None),
        ("book about shoes", "490199", None, None),
    ],
)
def test_the_declared_code_against_the_text(text, hs, code, strength):
    found = run(hs_contradiction.make(NOTHING), {"description": text, "hs": hs})
    assert [f["code"] for f in found] == ([code] if code else [])
    if found:
        assert found[0]["strength"] == pytest.approx(strength, abs=0.03)


def test_a_code_that_fits_one_of_several_substances_is_enough():
    assert codes(hs_contradiction.make(NOTHING), {"description": "ephedrine, pseudoephedrine", "hs": "293942"}) == []


@pytest.mark.parametrize(
    ("text", "hs", "code"),
    [
        ("4-ANPP", "293339", None),  # its code until HS 2022
        ("4-ANPP", "293333", "hs-substance"),
        ("APAAN", "292690", None),
        ("cocaine hydrochloride", "293971", None),
        ("acetic anhydride 200 l", "291521", "hs-substance"),
        ("acetic anydride 200 l", "291521", "hs-substance"),  # one letter wrong
    ],
)
def test_codes_of_earlier_editions_are_no_contradiction(text, hs, code):
    assert codes(hs_contradiction.make(NOTHING), {"description": text, "hs": hs}) == ([(0, code)] if code else [])


def test_former_codes_are_of_substances_in_the_registry_and_no_present_code_of_theirs():
    registry = load_registry()
    for substance, former in load_goods_tables().former_codes.items():
        assert substance in registry.substances
        assert not former & set(registry.hs_codes.get(substance, ()))


@pytest.mark.parametrize(
    ("text", "net", "expected"),
    [
        ("ketamine hcl 25 kg", 2.0, ["mass-in-text"]),
        ("ketamine hcl 25 kg", 12.5, ["mass-in-text"]),
        ("ketamine hcl 25 kg", 24.0, []),
        ("ketamine hcl, bags of 500 g", 25.0, []),  # many packages
        ("hoist 500 kg", 20.0, []),  # no substance
        ("test kit for ketamine, 25 kg", 2.0, []),
        ("ketamine hcl 25 kg", None, []),
        ("ketamine hcl 25 kg", 0.0, []),
        ("4 x 25 kg ephedrine", 40.0, ["mass-in-text"]),
        ("diazepam 500 x 2 mg tablets", 0.1, []),
    ],
)
def test_the_mass_that_the_text_gives_against_the_declared_one(text, net, expected):
    assert codes(hs_contradiction.make(NOTHING), {"description": text, "mass_kg": net}) == [
        (0, code) for code in expected
    ]


def test_a_mass_in_the_text_is_quoted_where_it_stands():
    text = "ketamine hcl, 25 kg drum"
    (found,) = run(hs_contradiction.make(NOTHING), {"description": text, "mass_kg": 2.0})
    assert text[found["start"] : found["end"]] == found["matched"] == "25 kg"
    assert "Ketamine" in found["sentence"]


def test_head_words_against_the_harmonized_system_itself(shared_data):
    with gzip.open(shared_data / "substances" / "hs_nomenclature.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if len(r["hscode"]) == 6 and r["hscode"] != "999999"]
    found = run(hs_contradiction.make(NOTHING), *({"description": r["description"], "hs": r["hscode"]} for r in rows))
    goods = [f for f in found if f["code"] == "hs-goods"]
    assert len(goods) / len(rows) < 0.003
    assert not [f for f in found if f["code"] in {"hs-invalid", "hs-unknown-heading"}]


# ---- impossible figures


def at(day, hour=0):
    return dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"mass_kg": 0.0}, ["mass-not-positive"]),
        ({"mass_kg": -1.0}, ["mass-not-positive"]),
        ({"mass_kg": math.nan}, ["mass-not-positive"]),
        ({"mass_kg": math.inf}, ["mass-not-positive"]),
        ({"mass_kg": 7.5, "kind": "letter"}, ["mass-over-limit"]),
        ({"mass_kg": 40_000.0, "kind": "container"}, ["mass-over-limit"]),
        ({"mass_kg": 40_000.0, "kind": "declaration"}, []),
        ({"pieces": 0}, ["pieces-not-positive"]),
        ({"pieces": 10_000_000, "mass_kg": 1.0}, ["mass-per-piece"]),
        ({"value": 0.0}, ["value-not-positive"]),
        ({"posted_at": at(2), "arrived_at": at(1)}, ["arrived-before-posted"]),
        ({"posted_at": at(1) - dt.timedelta(days=400), "arrived_at": at(1)}, ["transit-too-long"]),
        (
            {
                "mass_kg": 1.0,
                "value": 5.0,
                "pieces": 2,
                "kind": "parcel",
                "posted_at": at(1),
                "arrived_at": at(3),
            },
            [],
        ),
        ({}, []),
    ],
)
def test_figures_of_a_consignment(record, expected):
    assert [code for _, code in codes(impossible_values.make_for_consignments(NOTHING), record)] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"mass_kg": 0.0}, ["line-mass-not-positive"]),
        ({"value": -3.0}, ["line-value-not-positive"]),
        ({"quantity": 0.0}, ["quantity-not-positive"]),
        ({"quantity": 5.0, "unit": "KGM", "mass_kg": 200.0}, ["quantity-against-mass"]),
        ({"quantity": 5_000.0, "unit": "g", "mass_kg": 5.0}, []),
        ({"quantity": 5_000.0, "unit": "pcs", "mass_kg": 5.0}, []),
        ({"quantity": 5.0, "unit": "kg"}, []),
        ({}, []),
    ],
)
def test_figures_of_a_line(line, expected):
    assert [code for _, code in codes(impossible_values.make_for_lines(NOTHING), line)] == expected


# ---- advance data


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"due_at": at(1)}, ["advance-missing"]),
        ({"due_at": at(1), "advance_at": at(1, 5)}, ["advance-late"]),
        ({"due_at": at(1), "advance_at": at(1)}, []),
        ({"due_at": at(1), "advance_at": at(5), "arrived_at": at(4)}, ["advance-after-arrival"]),
        ({"advance_at": at(5)}, []),
        ({"arrived_at": at(4)}, []),  # no due time: nothing can be said
        ({"missing": []}, []),
        ({"missing": ["mass_kg", "value"]}, ["fields-missing"]),
        ({"missing": ["mass_kg"], "due_at": at(1)}, ["advance-missing", "fields-missing"]),
    ],
)
def test_missing_late_and_incomplete_advance_data_are_told_apart(record, expected):
    assert [code for _, code in codes(advance_data.make(NOTHING), record)] == expected


def test_lateness_and_gaps_are_told_in_figures():
    (late,) = run(advance_data.make(NOTHING), {"due_at": at(1), "advance_at": at(2, 6)})
    assert "30 hours" in late["sentence"]
    one, many = run(advance_data.make(NOTHING), {"missing": ["a"]}, {"missing": list("abcdefghij")})
    assert (one["strength"], many["strength"]) == (pytest.approx(0.25), pytest.approx(0.65))
    assert many["matched"] == "a, b, c, d, e, f, g, h, i, j"


# ---- masks


def test_findings_by_mask_take_rows_constants_and_columns():
    batch = pa.RecordBatch.from_pydict({"row": pa.array([7, 8, 9], pa.int64())})
    found = findings_where(
        pa.array([True, None, True]),
        batch,
        code="c",
        strength=2.0,
        meaning="m",
        harm_class="data",
        sentence=told("mass ", pa.array([1.5, 2.0, None])),
    )
    assert found.schema == FINDING_ROW
    assert [(f["row"], f["sentence"], f["strength"]) for f in found.to_pylist()] == [
        (7, "mass 1.5", 0.999),
        (9, "mass ?", 0.999),
    ]


def test_a_column_that_no_finding_has_is_refused():
    batch = pa.RecordBatch.from_pydict({"row": pa.array([1], pa.int64())})
    with pytest.raises(TypeError, match="colour"):
        findings_where(pa.array([True]), batch, colour="red", strength=0.1)


def test_no_findings_are_an_empty_batch_of_the_schema():
    assert in_row_order([]).schema == FINDING_ROW
    assert in_row_order([]).num_rows == 0
