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
@given(st.lists(st.tuples(_FIELD, _FIELD, _FIELD, _FIELD, _FIELD), min_size=1, max_size=4))
def test_any_items_are_answered_every_one(items):
    columns = dict(zip(("text", "name", "cas", "inchikey", "hs"), zip(*items, strict=True), strict=True))
    ids = [str(place) for place in range(len(items))]
    answer = US.check_table(pa.table({"id": ids} | {k: pa.array(v, pa.string()) for k, v in columns.items()}))
    assert list(dict.fromkeys(answer.column("id").to_pylist())) == ids
    assert set(answer.column("verdict").to_pylist()) <= {"controlled", "listed_precursor", "watch", "unclear", "none"}
    key = list(zip(*(answer.column(c).to_pylist() for c in ("id", "substance", "jurisdiction", "span")), strict=True))
    assert len(set(key)) == len(key)
