"""Names and CAS numbers in goods texts: what is found, what is not, and why the strength is what it is."""

import csv
import gzip
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.check import Resources
from counterflow.reference.registry import load_registry
from counterflow.screen.substances import SubstanceCheck, make
from counterflow.screen.substances.context import read_context
from counterflow.screen.substances.disguise import undisguised
from counterflow.screen.substances.numbers import cas_numbers
from counterflow.screen.substances.places import Place
from counterflow.screen.substances.strength import ADDED, BASES, CAPS, DISGUISED, strength_of

CHECK = make(Resources())
REGISTRY = load_registry()


def found(*texts, departure=None, destination=None, day=None):
    """Findings as dictionaries, row by row."""
    count = len(texts)
    batch = pa.RecordBatch.from_pydict(
        {
            "row": pa.array(range(count), pa.int64()),
            "description": pa.array(texts, pa.string()),
            "departure": pa.array([departure] * count, pa.string()),
            "destination": pa.array([destination] * count, pa.string()),
            "declared_on": pa.array([day] * count, pa.date32()),
        }
    )
    return CHECK.run(batch).to_pylist()


def codes(text):
    return [(f["code"], f["reference"]) for f in found(text)]


@pytest.mark.parametrize(
    ("text", "code", "substance"),
    [
        ("FENTANYL CITRATE", "controlled-drug", "fentanyl"),
        ("Isotonitazene powder", "controlled-drug", "isotonitazene"),
        ("Acetic Anhydride, 200 kg drum", "listed-precursor", "acetic-anhydride"),
        ("N-Phenethyl-4-piperidone", "listed-precursor", "npp"),
        ("1-boc-4-AP", "listed-precursor", "1-boc-4-ap"),
        ("Aceton / acetone technical", "listed-solvent", "acetone"),
        ("xylazine HCl", "watch-substance", "xylazine"),
        ("efedrina clorhidrato", "listed-precursor", "ephedrine"),
        ("乙酸酐 99%", "listed-precursor", "acetic-anhydride"),
        ("1-苯基-2-丙酮", "listed-precursor", "p2p"),
        ("Cocaína", "controlled-drug", "cocaine"),
        ("437-38-7", "controlled-drug-cas", "fentanyl"),
        ("CAS No: 437-38-7", "controlled-drug-cas", "fentanyl"),
        ("cas rn 437387", "controlled-drug-cas", "fentanyl"),
        ("CAS 437–38–7", "controlled-drug-cas", "fentanyl"),
        ("CAS#79099-07-3", "listed-precursor-cas", "1-boc-4-piperidone"),
    ],
)
def test_names_and_numbers_are_found(text, code, substance):
    assert codes(text) == [(code, f"substances:{substance}")]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "cotton t-shirts",
        "ice cream machine",
        "crystal glass vase",
        "snow chains for cars",
        "Black Opium perfume by YSL",
        "coca-cola cans",
        "PCP air rifle pump",
        "toluenesulfonic acid",
        "spice rack",
        "nail varnish, acetone-free",
        "NPP",  # a bare ambiguous abbreviation
        "mda",  # an ordinary word alone
        "weed",
        "71-43-2",  # a valid CAS number of nothing listed here
        "part no 2024-11-5",
        "xxmorphine",  # two letters away
    ],
)
def test_innocent_texts_find_nothing(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "substance"),
    [
        ("PMK 99% 25 kg", "pmk"),
        ("NPP chemical reagent", "npp"),
        ("BMK CAS 103-79-7", "p2p"),
        ("GHB, sodium oxybate", "ghb"),
        ("4-AP and norfentanyl", "4-ap"),  # a sure name of the same family stands beside it
    ],
)
def test_an_ambiguous_name_counts_beside_other_evidence(text, substance):
    assert f"substances:{substance}" in {reference for _, reference in codes(text)}


def test_street_words_need_a_purity_and_a_quantity_and_stay_weak():
    assert found("ice") == []
    assert found("ice crystal") == []
    assert found("metallurgical coke, 25 kg, 90% carbon") == []
    assert found("pet coke 25 kg 90%") == []
    for text in ("ice crystal 5 g 99%", "1G PERUVIAN COKE 90%+"):
        (finding,) = found(text)
        assert finding["code"] == "ambiguous-term"
        assert finding["strength"] < 0.25


@pytest.mark.parametrize(
    ("plain", "lowered"),
    [
        ("fentanyl", "fentanyl test strips"),
        ("codeine", "codeine free cough syrup"),
        ("morphine", "free of morphine"),
        ("acetone", "nail polish remover with acetone"),
        ("heroin", "heroin: a novel"),
        ("fentanyl citrate", "fentanyl citrate reference standard"),
        ("cannabis sativa", "cannabis sativa fibre for rope"),
    ],
)
def test_context_lowers_and_says_so(plain, lowered):
    (strong,), (weak,) = found(plain), found(lowered)
    assert weak["strength"] < strong["strength"]
    assert "Weakened" in weak["sentence"]
    assert "Weakened" not in strong["sentence"]


@pytest.mark.parametrize(
    ("text", "code", "harm_class"),
    [
        ("fentanyl test strips", "substance-mentioned", "declaration"),
        ("tiras reactivas de fentanilo", "substance-mentioned", "declaration"),
        ("芬太尼检测试纸 50条", "substance-mentioned", "declaration"),
        ("тест-полоски фентанил", "substance-mentioned", "declaration"),
        ("hemp rope, cannabis sativa", "substance-mentioned", "declaration"),
        ("toluene in paint thinner", "substance-mentioned", "declaration"),
        ("fentanyl citrate reference standard", "controlled-drug", "drug"),
        ("fentanyl citrate", "controlled-drug", "drug"),
    ],
)
def test_goods_that_only_mention_a_drug_are_not_ranked_among_drugs(text, code, harm_class):
    (finding,) = found(text)
    assert (finding["code"], finding["harm_class"]) == (code, harm_class)


def test_a_number_in_a_test_kit_is_not_the_code_of_a_plain_number():
    assert codes("test kit for fentanyl CAS 437-38-7") == [("substance-mentioned", "substances:fentanyl")]


def test_a_label_before_a_number_is_no_negation():
    assert found("CAS NO 437-38-7")[0]["strength"] == found("437-38-7")[0]["strength"]


def test_free_base_is_no_negation():
    (finding,) = found("methamphetamine free base")
    assert "Weakened" not in finding["sentence"]


def test_evidence_raises_step_by_step():
    texts = ["fentanyl", "fentanyl hcl", "fentanyl hcl 99% purity", "fentanyl hcl 99% purity CAS 437-38-7"]
    strengths = [found(text)[0]["strength"] for text in texts]
    assert strengths == sorted(set(strengths))
    assert strengths[-1] < 1


@pytest.mark.parametrize(
    ("text", "substance", "written", "ambiguity"),
    [
        ("Morphine sulphate 98%", "morphine", "INN", 0),
        ("ANPP reagent", "4-anpp", "abbreviation", 1),
        ("PMK 99%", "pmk", "abbreviation", 2),
        ("Xanax tablets", "alprazolam", "trade", 0),
        ("acetone 5 l", "acetone", "statutory", 0),
    ],
)
def test_a_strength_derives_again_from_the_evidence(text, substance, written, ambiguity):
    (finding,) = found(text)
    context = read_context(text, finding["start"], finding["end"])
    assert finding["strength"] == strength_of(
        REGISTRY.substances[substance], Place(finding["start"], finding["end"], written, ambiguity), context
    )


def test_the_rules_of_strength_by_hand():
    (finding,) = found("Morphine hydrochloride 98% purity")
    assert finding["strength"] == pytest.approx(BASES["INN"] + ADDED["salt"] + ADDED["purity"] + ADDED["chemical"])
    assert found("toluene 99% purity")[0]["strength"] == CAPS["solvent"]


def test_evidence_names_span_reference_version_and_law():
    text = "1 x Fentanyl citrate injection"
    (finding,) = found(text)
    assert text[finding["start"] : finding["end"]] == finding["matched"] == "Fentanyl"
    assert finding["reference_version"] == REGISTRY.version
    assert "Single Convention" in finding["citation"]
    assert "21 CFR 1308.12" in finding["citation"]
    assert "US CSA Schedule II" in finding["sentence"]
    assert finding["field"] == "description"


def one_text(text, registry, departure=None, destination=None, day=None):
    """Findings of one text under another registry."""
    values = {"row": 0, "description": text, "departure": departure, "destination": destination, "declared_on": day}
    types = {"row": pa.int64(), "declared_on": pa.date32()}
    columns = {name: pa.array([value], types.get(name, pa.string())) for name, value in values.items()}
    return SubstanceCheck(registry).run(pa.RecordBatch.from_pydict(columns)).to_pylist()


def test_a_watched_substance_is_never_called_uncontrolled():
    (finding,) = one_text("mitragynine extract", replace(REGISTRY, controls={}))
    assert "no instrument of this registry; other law may apply" in finding["sentence"]
    (listed,) = found("xylazine")
    assert (listed["code"], "to watch; listed under" in listed["sentence"]) == ("watch-substance", True)


def test_a_wrong_check_digit_is_a_weak_finding_and_names_what_it_resembles():
    (finding,) = found("CAS No. 437-38-8")
    assert (finding["code"], finding["harm_class"]) == ("cas-invalid", "declaration")
    assert "should be 7" in finding["sentence"]
    assert "Fentanyl" in finding["sentence"]
    assert found("437-38-8") == []


def test_several_substances_in_one_text_are_several_findings():
    assert {r for _, r in codes("Acetone, toluene and potassium permanganate")} == {
        "substances:acetone",
        "substances:toluene",
        "substances:potassium-permanganate",
    }


def test_the_longest_name_wins():
    assert codes("PMK ethyl glycidate") == [("listed-precursor", "substances:pmk-ethyl-glycidate")]
    assert codes("acetyl fentanyl") == [("controlled-drug", "substances:acetylfentanyl")]


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("f3ntanyl citrate", "f3ntanyl"),
        ("F E N T A N Y L", "F E N T A N Y L"),
        ("1 kg f.e.n.t.a.n.y.l", "f.e.n.t.a.n.y.l"),
        ("fen\u200btanyl", "fen\u200btanyl"),
        ("f\u0435ntanyl", "f\u0435ntanyl"),  # a Cyrillic letter
        ("alprazo1am", "alprazo1am"),
        ("her0in", "her0in"),
        ("acetic anhydr1de 200 l", "acetic anhydr1de"),
        ("is\u03bftonitazene", "is\u03bftonitazene"),  # a Greek letter
    ],
)
def test_disguised_names_are_read_and_called_so(text, matched):
    (finding,) = found(text)
    assert text[finding["start"] : finding["end"]] == finding["matched"] == matched
    assert "in disguise" in finding["sentence"]
    assert finding["strength"] <= DISGUISED * 0.97


@pytest.mark.parametrize(
    "text", ["model A1B2 c0ol", "s o a p", "T S H I R T S", "h3ad l1ght", "p m k", "i c e", "Größe L, Müller&Söhne"]
)
def test_what_only_looks_disguised_finds_nothing(text):
    assert found(text) == []


def test_a_plain_name_is_not_found_a_second_time_in_disguise():
    (finding,) = found("fentanyl and f3ntanyl")
    assert finding["matched"] == "fentanyl"
    assert "2 times" in finding["sentence"]


@given(st.text(max_size=60))
def test_every_character_of_a_plain_reading_comes_from_the_text(text):
    for plain, places in undisguised(text):
        assert len(plain) == len(places)
        assert places == sorted(set(places))
        assert all(0 <= place < len(text) for place in places)


def test_every_unambiguous_name_of_the_registry_is_found():
    names = [n for n in REGISTRY.names if n.ambiguity <= 1]
    met = found(*(f"1 drum, {n.text}; net" for n in names))
    by_row = {(f["row"], f["reference"]) for f in met}
    missed = [n.text for row, n in enumerate(names) if (row, f"substances:{n.substance}") not in by_row]
    assert missed == []


def test_every_cas_number_of_the_registry_is_found():
    numbers = list(REGISTRY.cas_numbers)
    met = found(*(f"chemical ({n})" for n in numbers))
    assert {f["row"] for f in met if f["code"] != "cas-invalid"} == set(range(len(numbers)))


def test_statutory_names_with_salts_are_found_in_a_public_list(shared_data):
    with (shared_data / "substances" / "us_csa_alpha_2021.csv").open(encoding="utf-8") as lines:
        listed = {r["substance"].casefold() for r in csv.DictReader(lines)}
    ours = [n.text for n in REGISTRY.names if n.text.casefold() in listed and n.type in {"INN", "statutory"}]
    assert len(ours) > 60
    met = {f["row"] for f in found(*(f"{name} hydrochloride" for name in ours))}
    assert met == set(range(len(ours)))


def test_false_alarms_on_the_harmonized_system_stay_under_half_a_percent(shared_data):
    with gzip.open(shared_data / "substances" / "hs_nomenclature.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if not _names_drugs(r["hscode"])]
    assert len(rows) > 6_000
    alarmed = {f["row"] for f in found(*(r["description"] for r in rows))}
    assert len(alarmed) / len(rows) <= 0.005
    strong = {f["row"] for f in found(*(r["description"] for r in rows)) if f["strength"] >= 0.5}
    # What is left names a listed substance in the heading's own words: acetic anhydride, phenylacetone.
    assert {rows[row]["hscode"][:2] for row in strong} <= {"29"}


def _names_drugs(code):
    """Headings whose own words name drugs or medicines, and the chapters above them."""
    return "2921" <= code[:4] <= "2939" or code[:4] in {"3003", "3004", "1211", "1302"} or len(code) == 2


def test_a_megabyte_of_names_is_read_in_bounded_work():
    (finding,) = found("acetone " * 131_072)
    assert finding["end"] <= 1_048_576
    assert "131072 times" in finding["sentence"]


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60),
    st.sampled_from(["fentanyl", "норфентанил", "acetic anhydride", "437-38-7"]),
    st.text(max_size=60),
)
def test_any_text_around_a_name_gives_spans_that_hold(before, name, behind):
    text = f"{before} {name} {behind}"
    for finding in found(text):
        assert text[finding["start"] : finding["end"]] == finding["matched"]
        assert 0 < finding["strength"] < 1


@given(st.text(alphabet="0123456789-–/. casNo:", max_size=40))
def test_numbers_are_read_from_any_text(text):
    for number in cas_numbers(text):
        assert 0 <= number.start < number.end <= len(text)
        assert number.valid == (number.expected_digit == int(number.text[-1]))


@pytest.mark.parametrize(
    ("text", "route", "day", "code", "said"),
    [
        ("fentanyl", ("CN", "US"), date(2025, 8, 1), "controlled-drug", "US CSA Schedule II"),
        ("norfentanyl", ("CN", "US"), date(2025, 8, 1), "listed-precursor", "on 2025-08-01"),
        ("norfentanyl", ("MX", "GB"), date(2025, 8, 1), "watch-substance", "no entry found in the law of MX, GB"),
        ("norfentanyl", ("MX", "US"), date(2019, 8, 1), "watch-substance", "listed elsewhere"),
        ("fentanyl", ("TH", "AU"), date(2025, 8, 1), "controlled-drug", "UN 1961 Schedule I"),
        ("fentanyl", (None, "AU"), date(2025, 8, 1), "controlled-drug", "UN 1961 Schedule I"),
        ("fentanyl CAS 437-38-7", ("TH", "AU"), date(2025, 8, 1), "controlled-drug-cas", "UN 1961 Schedule I"),
        ("acetone", ("CN", "US"), date(2025, 8, 1), "listed-solvent", "US chemicals List II"),
        ("fentanyl test strips", ("CN", "US"), date(2025, 8, 1), "substance-mentioned", "US CSA Schedule II"),
        ("fentanyl", (None, None), None, "controlled-drug", "as last known (no day was given)"),
    ],
)
def test_a_finding_names_the_law_of_its_route_on_its_day(text, route, day, code, said):
    (finding,) = found(text, departure=route[0], destination=route[1], day=day)
    assert finding["code"] == code
    assert said in finding["sentence"]
    assert "as of" in finding["reference_text"]  # how far the registry covers that law


def test_an_entry_whose_dates_do_not_decide_is_unclear():
    (us,) = [c for c in REGISTRY.controls["fentanyl"] if c.instrument == "us-csa"]
    registry = replace(REGISTRY, controls={"fentanyl": (replace(us, date_from="2025"),)})
    (finding,) = one_text("fentanyl", registry, "US", "US", date(2025, 3, 1))
    assert finding["code"] == "substance-unclear"
    assert "the dates or words of the entry do not decide" in finding["sentence"]


def test_the_law_of_other_places_is_neither_named_nor_cited():
    (finding,) = found("fentanyl", departure="US", destination="US", day=date(2025, 8, 1))
    assert "Single Convention" not in finding["citation"]
    assert "21 CFR 1308.12" in finding["citation"]
    assert "GB MDA" not in finding["sentence"]


def test_what_is_only_watched_on_the_route_is_weak():
    (watched,) = found("norfentanyl", departure="MX", destination="GB", day=date(2025, 8, 1))
    (listed,) = found("norfentanyl", departure="CN", destination="US", day=date(2025, 8, 1))
    assert watched["strength"] <= CAPS["watch"] < listed["strength"]


def test_a_text_with_many_routes_is_found_on_each():
    routes = [("CN", "US"), ("MX", "GB"), ("CN", "US")]
    batch = pa.RecordBatch.from_pydict(
        {
            "row": pa.array([5, 3, 9], pa.int64()),
            "description": pa.array(["norfentanyl"] * 3),
            "departure": pa.array([r[0] for r in routes]),
            "destination": pa.array([r[1] for r in routes]),
            "declared_on": pa.array([date(2025, 8, 1)] * 3),
        }
    )
    met = CHECK.run(batch).to_pylist()
    assert [(f["row"], f["code"]) for f in met] == [
        (5, "listed-precursor"),
        (3, "watch-substance"),
        (9, "listed-precursor"),
    ]
