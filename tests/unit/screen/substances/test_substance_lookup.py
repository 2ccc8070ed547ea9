"""Single items and tables of them: every item is answered, in order, by its strongest evidence."""

from dataclasses import fields
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import UsageError
from counterflow.reference.registry import load_registry
from counterflow.screen.substances import SubstanceLookup
from counterflow.screen.substances.law import COLUMNS
from counterflow.screen.substances.lookup import ANSWER

DAY = date(2025, 8, 1)
FENTANYL = "CCC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"
#: para-fluoro acetyl fentanyl on the phenethyl side; printed by public lists as a fentanyl-related substance
FRS = "CC(=O)N(c1ccccc1)C1CCN(CCc2ccc(F)cc2)CC1"
FURANYL = "O=C(c1ccco1)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"
US = SubstanceLookup(on=DAY, route=["US"])


def one(**item):
    (row,) = US.check(**item)
    return row


@pytest.mark.parametrize(
    ("item", "verdict", "substance", "span"),
    [
        ({"text": "25 kg fentanyl citrate"}, "controlled", "fentanyl", "text:6-14"),
        ({"text": "norfentanyl"}, "controlled", "norfentanyl", "text:0-11"),
        ({"name": "Acetic Anhydride"}, "listed_precursor", "acetic-anhydride", "name:0-16"),
        ({"name": "PMK"}, "listed_precursor", "pmk", "name:0-3"),  # alone in a field of names it is no ordinary word
        ({"name": "ice"}, "unclear", "methamphetamine", "name:0-3"),
        ({"name": "fentanyl citrate"}, "controlled", "fentanyl", "name:0-8"),
        ({"cas": "437-38-7"}, "controlled", "fentanyl", "cas:0-8"),
        ({"cas": "CAS No. 437-38-7"}, "controlled", "fentanyl", "cas:8-16"),
        ({"cas": "437387"}, "controlled", "fentanyl", "cas:0-6"),
        ({"cas": "437–38–7"}, "controlled", "fentanyl", "cas:0-8"),
        ({"text": "fentanyl", "cas": "437-38-7"}, "controlled", "fentanyl", "text:0-8 cas:0-8"),
        ({"text": "fentanyl test strips"}, "none", "fentanyl", "text:0-8"),
        ({"text": "codeine free syrup"}, "none", "codeine", "text:0-7"),
        ({"text": "xylazine"}, "watch", "xylazine", "text:0-8"),
        ({"text": "fentanyl", "hs": "2933.33"}, "controlled", "fentanyl", "text:0-8 hs:0-7"),
        ({"hs": "2933.36"}, "unclear", "4-anpp", "hs:0-7"),
        ({"hs": "2933.34"}, "unclear", "", "hs:0-7"),
        ({"hs": "2933.39"}, "none", "", ""),
        ({"cas": "437-38-8"}, "unclear", "fentanyl", "cas:0-8"),
        ({"cas": "not known"}, "unclear", "", "cas:0-9"),
        ({"cas": "71-43-2"}, "none", "", ""),
        ({"inchikey": "nonsense"}, "unclear", "", "inchikey:0-8"),
        ({"inchikey": "PJMPHNIQZUBGLI-UHFFFAOYSA-N"}, "controlled", "fentanyl", "inchikey:0-27"),
        ({"inchikey": "ZZZZZZZZZZZZZZ-UHFFFAOYSA-N"}, "none", "", ""),
        ({"smiles": FENTANYL}, "controlled", "fentanyl", "smiles:0-38"),
        ({"smiles": f"{FENTANYL}.Cl"}, "controlled", "fentanyl", "smiles:0-41"),
        ({"smiles": FRS}, "controlled", "fentanyl-related", "smiles:0-40"),
        ({"smiles": "CC("}, "unclear", "", "smiles:0-3"),
        ({"smiles": "C" * 10_000}, "unclear", "", "smiles:0-10000"),
        ({"smiles": "CC*"}, "unclear", "", "smiles:0-3"),
        ({"smiles": "CCO"}, "none", "", ""),
        ({"smiles": "c1ccccc1.CC(C)=O"}, "listed_precursor", "acetone", "smiles:0-16"),
        ({"text": "cotton shirts"}, "none", "", ""),
        ({"text": ""}, "none", "", ""),
        ({}, "none", "", ""),
    ],
)
def test_one_item(item, verdict, substance, span):
    row = one(**item)
    assert (row.verdict, row.substance, row.span) == (verdict, substance, span)
    assert "2025-08-01" in row.reason


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"cas": "437-38-8"}, "check digit should be 7"),
        ({"cas": "71-43-2"}, "CAS 71-43-2 is not in this registry"),
        ({"name": "zzyzx"}, "the name “zzyzx” is not in this registry"),
        ({"text": "cotton"}, "nothing recognised; that is not “not controlled”"),
        ({"text": " "}, "nothing given"),
        ({"name": "norfentanyl", "hs": "3401.11"}, "declared is HS 3401.11, Norfentanyl belongs to 2933.39"),
        ({"hs": "x"}, "is no HS code"),
        ({"text": "fentanyl test strips"}, "named only as something else"),
        ({"name": "ice"}, "an ordinary word"),
    ],
)
def test_the_reason_says_why(item, said):
    assert said in one(**item).reason


def test_fields_that_disagree_are_both_answered_and_said():
    rows = US.check(name="acetone", cas="437-38-7")
    assert [(r.substance, r.verdict) for r in rows] == [("acetone", "listed_precursor"), ("fentanyl", "controlled")]
    assert all("the fields disagree: name says acetone, cas says fentanyl" in r.reason for r in rows)


def test_fields_that_agree_are_one_answer_by_the_strongest():
    row = one(text="PMK", name="pmk", cas="4676-39-5")
    assert (row.verdict, row.substance) == ("listed_precursor", "pmk")
    assert "disagree" not in row.reason


def test_the_columns_of_an_answer_are_the_first_fields_of_a_verdict():
    row = one(text="fentanyl")
    assert tuple(f.name for f in fields(row))[: len(COLUMNS)] == COLUMNS
    assert row.since
    assert row.on == "2025-08-01"


def test_a_class_rule_answers_in_its_own_place_with_the_words_of_the_law():
    look = SubstanceLookup(on=DAY, route=["CN", "US", "MX"])
    rows = {row.jurisdiction: row for row in look.check(smiles=FRS)}
    assert (rows["US"].rule, rows["CN"].rule, rows["MX"].rule) == ("us-frs", "cn-frs", "")
    assert "E: acyl group" in rows["US"].sites
    assert "structurally related to fentanyl" in rows["US"].reason
    assert "structure only, untested for harm" in rows["US"].reason
    assert (rows["US"].citation[:15], rows["US"].since) == ("21 U.S.C. 812(c", "2025-07-16")
    assert rows["MX"].verdict == "watch"


@pytest.mark.parametrize(
    ("day", "verdict", "citation"),
    [
        (date(2018, 2, 5), "watch", ""),  # the rule of the United Kingdom is older
        (date(2018, 2, 6), "controlled", "21 CFR 1308.11(h)(30)(i)"),
        (date(2025, 7, 16), "controlled", "21 U.S.C. 812(c)"),
    ],
)
def test_a_class_rule_holds_from_its_day(day, verdict, citation):
    row = SubstanceLookup(on=day, route=["US"]).check(smiles=FRS)[0]
    assert (row.verdict, row.citation.startswith(citation)) == (verdict, True)


def test_a_structure_inside_a_text_is_read():
    (row,) = US.check(text=f"5 g of {FRS}, 99%")
    assert (row.verdict, row.rule, row.span) == ("controlled", "us-frs", "text:7-47")
    (row,) = US.check(text=f"fentanyl, {FENTANYL}")
    assert (row.substance, row.span) == ("fentanyl", "text:0-8 text:10-48")
    assert one(text="CC(=O)N(c1ccccc1)C1CCN(CC is no structure").verdict == "none"


def test_listed_by_name_comes_before_a_class_rule():
    for smiles in (FENTANYL, FURANYL):
        assert one(smiles=smiles).rule == ""


def test_a_class_that_a_place_lists_in_words_no_rule_decides_is_unclear():
    (row,) = SubstanceLookup(on=DAY, route=["CA"]).check(smiles=FRS)
    assert (row.verdict, row.rule) == ("unclear", "")
    assert "in words that no class rule decides" in row.reason


def test_a_form_that_the_entry_does_not_reach_is_unclear():
    deuterated = "[2H]C([2H])([2H])CC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"
    (row,) = SubstanceLookup(on=DAY, route=["MX"]).check(smiles=deuterated)
    assert row.verdict == "unclear"
    assert "isotopes" in row.reason


def test_a_mixture_is_answered_for_each_of_its_substances():
    rows = US.check(smiles=f"{FENTANYL}.CC(=O)C")
    assert {r.substance for r in rows} == {"fentanyl", "acetone"}


def test_a_name_and_a_structure_that_disagree_are_both_answered():
    rows = US.check(name="acetone", smiles=FENTANYL)
    assert {r.substance for r in rows} == {"fentanyl", "acetone"}
    assert all("the fields disagree" in r.reason for r in rows)


def test_a_table_is_answered_in_order_with_its_ids_and_doubles():
    texts = ["fentanyl", None, "cotton", "acetone and toluene", "fentanyl"]
    table = pa.table({"id": ["b", "a", "c", "d", "b"], "text": texts})
    answer = US.check_table(table)
    assert answer.schema == ANSWER
    told = list(zip(*(answer.column(c).to_pylist() for c in ("id", "verdict", "substance")), strict=True))
    assert told == [
        ("b", "controlled", "fentanyl"),
        ("a", "none", ""),
        ("c", "none", ""),
        ("d", "listed_precursor", "acetone"),
        ("d", "listed_precursor", "toluene"),
        ("b", "controlled", "fentanyl"),
    ]


def test_one_row_for_each_place_of_the_route():
    look = SubstanceLookup(on=DAY, route=["CN", "mexico", "US"])
    assert [row.jurisdiction for row in look.check(text="fentanyl")] == ["CN", "MX", "US"]


def test_a_table_without_ids_is_numbered_and_an_empty_one_is_empty():
    assert US.check_table(pa.table({"text": ["cotton", "wool"]})).column("id").to_pylist() == ["0", "1"]
    assert US.check_table(pa.table({"text": pa.array([], pa.string())})).num_rows == 0


def test_a_table_with_nothing_to_check_is_refused():
    with pytest.raises(UsageError, match="text, name"):
        US.check_table(pa.table({"id": ["1"]}))


@pytest.mark.parametrize(("place", "hint"), [("Mexcio", "Mexico"), ("ZZ", "ISO 3166"), ("", "origin")])
def test_an_unknown_place_is_refused_with_the_nearest(place, hint):
    with pytest.raises(UsageError, match=hint):
        SubstanceLookup(on=DAY, route=[place])


def test_a_country_without_law_here_is_answered_all_the_same():
    rows = SubstanceLookup(on=DAY, route=["TH"]).check(text="fentanyl and xylazine")
    assert [(r.substance, r.verdict) for r in rows] == [("fentanyl", "unclear"), ("xylazine", "watch")]


def test_without_a_day_it_is_today():
    assert SubstanceLookup(clock=fixed_clock("2024-02-29T10:00:00Z")).on == date(2024, 2, 29)


def test_equal_items_are_answered_alike_alone_and_together():
    items = ["fentanyl", "cotton", "PMK 99% 25 kg", "437-38-8", "", "heroin: a novel"]
    together = US.check_table(pa.table({"text": items * 3})).to_pylist()
    alone = [row for _ in range(3) for item in items for row in US.check(text=item)]
    assert [r["reason"] for r in together] == [r.reason for r in alone]
    assert [r["verdict"] for r in together] == [r.verdict for r in alone]


def test_every_name_of_the_registry_is_answered_with_its_substance():
    names = [n for n in load_registry().names if n.text.strip()]
    answer = US.check_table(pa.table({"id": [str(i) for i in range(len(names))], "name": [n.text for n in names]}))
    told = set(zip(answer.column("id").to_pylist(), answer.column("substance").to_pylist(), strict=True))
    assert [n.text for i, n in enumerate(names) if (str(i), n.substance) not in told] == []


def test_a_megabyte_is_one_answer():
    assert one(text="acetone " * 131_072).verdict == "listed_precursor"


_FIELD = st.one_of(st.none(), st.text(max_size=40), st.sampled_from(["fentanyl", "437-38-7", "2933.34", "ice"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[_FIELD] * 6), min_size=1, max_size=4))
def test_any_items_are_answered_every_one(items):
    columns = dict(zip(("text", "name", "cas", "inchikey", "smiles", "hs"), zip(*items, strict=True), strict=True))
    ids = [str(place) for place in range(len(items))]
    answer = US.check_table(pa.table({"id": ids} | {k: pa.array(v, pa.string()) for k, v in columns.items()}))
    assert list(dict.fromkeys(answer.column("id").to_pylist())) == ids
    assert set(answer.column("verdict").to_pylist()) <= {"controlled", "listed_precursor", "watch", "unclear", "none"}
    key = list(zip(*(answer.column(c).to_pylist() for c in ("id", "substance", "jurisdiction")), strict=True))
    assert len(set(key)) == len(key)


def test_a_structure_that_only_later_rules_describe_says_so():
    (row,) = SubstanceLookup(on=date(1980, 1, 1), route=["US"]).check(smiles=FRS)
    assert row.verdict == "none"
    assert "no class rule of these places that held on that day describes it" in row.reason
