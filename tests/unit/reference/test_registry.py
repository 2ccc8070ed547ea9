"""The reference files say who says so, and hold together."""

import re
from dataclasses import replace
from datetime import date

import pytest

from counterflow.core.errors import UnknownName
from counterflow.matching.automaton import fold
from counterflow.reference.csv_files import read_rows, read_sources, table_files
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import cas_check_digit, load_registry

REGISTRY = load_registry()
BASES = {"drug", "precursor", "immediate precursor", "class", "temporary"}
EXTENSIONS = {"salts", "isomers", "esters", "ethers", "isotopes", "preparations", "derivatives", "analogues"}
#: Tables I and II of the 1988 Convention; the esters of the two glycidic acids came in two steps.
TABLE_I = {
    "acetic-anhydride",
    "n-acetylanthranilic-acid",
    "4-anpp",
    "1-boc-4-ap",
    "1-boc-4-piperidone",
    "4-ap",
    "4-piperidone",
    "apaa",
    "apaan",
    "bmk-glycidic-acid",
    "bmk-glycidic-esters",
    "bmk-methyl-glycidate",
    "ephedrine",
    "ergometrine",
    "ergotamine",
    "isosafrole",
    "lysergic-acid",
    "mapa",
    "norephedrine",
    "norfentanyl",
    "npp",
    "p2p",
    "phenylacetic-acid",
    "piperonal",
    "pmk",
    "pmk-ethyl-glycidate",
    "pmk-glycidic-acid",
    "pmk-glycidic-esters",
    "pmk-methyl-glycidate",
    "potassium-permanganate",
    "pseudoephedrine",
    "safrole",
}
TABLE_II = {
    "acetone",
    "anthranilic-acid",
    "ethyl-ether",
    "hydrochloric-acid",
    "methyl-ethyl-ketone",
    "piperidine",
    "sulphuric-acid",
    "toluene",
}


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("substances", n)
        for t in ("substances", "names", "identifiers", "controls")
        for n in table_files("substances", t)
    ]
    + [("goods", n) for n in ("stop_words.csv", "equipment.csv", "goods_words.csv", "hs_chapters.csv", "context.csv")],
)
def test_every_line_names_a_source_that_exists(folder, name):
    sources = read_sources(folder)
    rows = read_rows(folder, name)
    assert rows
    for row in rows:
        assert row["source"] in sources, row
        assert not {None} & {*row, *row.values()}, f"ragged line {row}"


@pytest.mark.parametrize("folder", ["substances", "goods"])
def test_every_source_has_a_citation_and_says_how_it_was_read(folder):
    for source in read_sources(folder).values():
        assert source.title
        assert source.citation
        assert source.read in {"text at hand", "recalled", "own judgement"}


def test_every_control_cites_the_law():
    for controls in REGISTRY.controls.values():
        for control in controls:
            assert re.search(r"\d", control.citation), control
            assert control.instrument in REGISTRY.instruments
            assert control.list
            for day in (control.date_from.removeprefix(".."), control.date_to):
                assert re.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?", day), control
                date.fromisoformat((day + "-01-01")[:10] if len(day) in {4, 7} else day or "2000-01-01")
            assert control.date_to == "" or control.date_from.removeprefix("..") <= control.date_to, control
            dated = bool(control.date_from or control.date_to)
            assert control.date_read in ({"text", "recalled"} if dated else {""}), control
            assert control.read in {"text", "recalled"}, control
            assert control.basis in BASES, control
            assert set(control.extends_to) <= EXTENSIONS, control
            if control.source.read == "recalled":
                assert control.unverified, control


def test_each_file_of_controls_holds_one_instrument():
    for file in table_files("substances", "controls"):
        assert {f"controls/{row['instrument']}.csv" for row in read_rows("substances", file)} == {file}


def test_an_entry_stands_once():
    keys = [
        (c.substance, c.instrument, c.list, c.scope, c.date_from) for rows in REGISTRY.controls.values() for c in rows
    ]
    assert len(set(keys)) == len(keys)


def test_structures_say_their_standing():
    for structure in REGISTRY.structures.values():
        assert structure.substance in REGISTRY.substances
        assert structure.standing in {"two", "one", "none"}
        assert re.fullmatch(r"[A-Z]{14}-[A-Z]{10}-[A-Z]", structure.inchikey), structure
        assert len(structure.sources) >= 2 or structure.standing != "two", structure


def test_jurisdictions_and_instruments_resolve():
    for jurisdiction in REGISTRY.jurisdictions.values():
        assert jurisdiction.kind in {"international", "union", "state"}
        assert set(jurisdiction.member_of) <= {j.code for j in REGISTRY.jurisdictions.values() if j.kind == "union"}
    for instrument in REGISTRY.instruments.values():
        assert instrument.jurisdiction in REGISTRY.jurisdictions
    used = {c.instrument for rows in REGISTRY.controls.values() for c in rows}
    assert used == set(REGISTRY.instruments)


@pytest.mark.parametrize(
    ("begins", "ends", "day", "held"),
    [
        ("2022-11-23", "", "2022-11-22", False),
        ("2022-11-23", "", "2022-11-23", True),
        ("", "", "1900-01-01", None),
        ("2017", "", "2017-06-01", None),
        ("2017", "", "2018-01-01", True),
        ("2017", "", "2016-12-31", False),
        ("2018-02-06", "2025-07-15", "2025-07-15", True),
        ("2018-02-06", "2025-07-15", "2025-07-16", False),
        ("", "2020-01-01", "2021-01-01", False),
        ("..1982-02-08", "", "1990-01-01", True),
        ("..1982-02-08", "", "1970-01-01", None),
        ("..1982-02-08", "2020", "2020-05-01", None),
        ("..1982-02-08", "2020", "2021-01-01", False),
        ("2020-01", "", "2020-01-15", None),
        ("2020-01", "", "2020-02-01", True),
    ],
)
def test_an_entry_holds_between_its_dates_and_unknown_is_not_no(begins, ends, day, held):
    row = next(iter(REGISTRY.controls["fentanyl"]))
    changed = replace(row, date_from=begins, date_to=ends)
    assert changed.holds_on(date.fromisoformat(day)) is held
    assert changed.since == (begins.replace("..", "by ") or "not recorded")


def test_law_of_the_union_holds_in_its_members():
    found = REGISTRY.controls_on("norfentanyl", date(2024, 6, 1), ["DE"])
    assert "eu-precursors" in {c.instrument for c in found}
    assert REGISTRY.controls_on("norfentanyl", date(2022, 6, 1), ["UN"]) == ()
    with pytest.raises(UnknownName):
        REGISTRY.controls_on("norfentanyl", date(2024, 6, 1), ["ZZ"])
    with pytest.raises(UnknownName):
        REGISTRY.controls_on("norfentanil", date(2024, 6, 1), ["UN"])


def test_every_reference_between_the_tables_resolves():
    for row in (*REGISTRY.names, *REGISTRY.identifiers):
        assert row.substance in REGISTRY.substances
    assert set(REGISTRY.controls) <= set(REGISTRY.substances)
    named = {n.substance for n in REGISTRY.names}
    assert named == set(REGISTRY.substances)


def test_words_of_the_tables_are_known_words():
    assert {s.kind for s in REGISTRY.substances.values()} == {"compound", "plant", "group"}
    assert {s.grade for s in REGISTRY.substances.values()} == {"drug", "precursor", "solvent", "watch"}
    assert {s.trade for s in REGISTRY.substances.values()} == {"rare", "medical", "some", "wide"}
    assert {n.type for n in REGISTRY.names} == {
        "statutory",
        "INN",
        "chemical",
        "trade",
        "abbreviation",
        "street",
        "foreign",
    }
    assert {n.ambiguity for n in REGISTRY.names} == {0, 1, 2, 3}


def test_cas_numbers_have_valid_check_digits_and_one_substance_each():
    numbers = [i for i in REGISTRY.identifiers if i.scheme == "CAS"]
    assert len(numbers) > 150
    for number in numbers:
        body, digit = number.value.replace("-", "")[:-1], number.value[-1]
        assert re.fullmatch(r"[1-9]\d{1,6}-\d\d-\d", number.value), number
        assert cas_check_digit(body) == int(digit), number
    assert len({n.value for n in numbers}) == len(numbers)


def test_a_name_belongs_to_one_substance_however_it_is_written():
    owners = {}
    for name in REGISTRY.names:
        key = " ".join(fold(name.text).split())
        assert owners.setdefault(key, name.substance) == name.substance, name


def test_ordinary_words_are_marked_as_such():
    ordinary = {n.text.casefold() for n in REGISTRY.names if n.ambiguity == 3}
    assert {"ice", "snow", "crystal", "pot", "horse", "blow", "ether"} <= ordinary
    assert {n.type for n in REGISTRY.names if n.ambiguity == 3} <= {
        "street",
        "abbreviation",
        "trade",
        "statutory",
    }


def test_the_tables_of_the_1988_convention_are_complete():
    today = [c for s in REGISTRY.controls for c in REGISTRY.controls_on(s, date(2026, 1, 1), ["UN"])]
    tables = {(c.list, c.substance) for c in today if c.instrument == "un-1988"}
    assert {s for name, s in tables if name == "Table I"} == TABLE_I
    assert {s for name, s in tables if name == "Table II"} == TABLE_II


def test_watched_substances_stand_under_no_convention_nor_in_the_us_or_eu():
    free = {s for s in REGISTRY.substances if s not in REGISTRY.controls}
    assert {s for s in free if REGISTRY.substances[s].grade != "watch"} == set()
    for substance in (s for s in REGISTRY.substances.values() if s.grade == "watch"):
        where = {REGISTRY.instruments[c.instrument].jurisdiction for c in REGISTRY.controls.get(substance.id, ())}
        assert not where & {"UN", "US", "EU"}, substance.id


def test_coverage_is_stated_for_each_instrument():
    for instrument in REGISTRY.instruments.values():
        assert instrument.coverage in {"complete", "partial"}, instrument.id
        assert date.fromisoformat(instrument.as_of)
        assert instrument.coverage_note, instrument.id
        assert instrument.coverage_text.startswith(("complete as of ", "partial, as of "))


def test_hs_codes_of_substances_are_headings_of_the_hs():
    headings = {h for c in load_goods_tables().chapters.values() for h in c.headings}
    for codes in REGISTRY.hs_codes.values():
        for code in codes:
            assert re.fullmatch(r"\d{6}", code)
            assert code[:4] in headings


def test_chapters_are_those_of_the_hs():
    chapters = load_goods_tables().chapters
    assert len(chapters) == 96
    assert "77" not in chapters
    assert sum(len(c.headings) for c in chapters.values()) == 1228
    for word in load_goods_tables().goods_words:
        assert word.chapters, word
        assert word.chapters <= set(chapters), word


def test_context_factors_are_numbers_below_one_where_they_lower():
    context = load_goods_tables().context
    for kind in ("negates-before", "test", "standard", "object", "product", "plant-fibre"):
        assert all(0 < float(factor) < 1 for factor in context[kind].values())


def test_an_unknown_substance_shows_the_nearest():
    with pytest.raises(UnknownName, match="sufentanil"):
        REGISTRY.substance("fentanil")


def test_versions_follow_content():
    assert re.fullmatch(r"[0-9a-f]{12}", REGISTRY.version)
    assert load_goods_tables().version != REGISTRY.version


def test_cas_numbers_agree_with_public_files(shared_data):
    import csv

    with (shared_data / "substances" / "nist_fentanyl_analogs_by_site.csv").open(encoding="utf-8") as lines:
        printed = {row["cas"]: plain(row["name"] + row["synonyms"]) for row in csv.DictReader(lines) if row["cas"]}
    ours = {n: i.substance for n, i in REGISTRY.cas_numbers.items() if n in printed}
    assert len(ours) >= 6
    for number, substance in ours.items():
        assert any(plain(n.text) in printed[number] for n in REGISTRY.names if n.substance == substance), number


def plain(text):
    """Letters and digits only, lowered."""
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def test_us_schedules_agree_with_the_public_list(shared_data):
    import csv

    with (shared_data / "substances" / "us_csa_alpha_2021.csv").open(encoding="utf-8") as lines:
        schedules = {row["dea_code"].split(".")[0]: row["schedule"] for row in csv.DictReader(lines) if row["dea_code"]}
    codes = [i for i in REGISTRY.identifiers if i.scheme == "DEA" and i.value in schedules]
    assert {i.value for i in codes} == set(schedules)
    for code in codes:
        lists = {c.list for c in REGISTRY.controls[code.substance] if c.instrument == "us-csa" and not c.scope}
        scoped = {
            c.list for c in REGISTRY.controls[code.substance] if c.instrument == "us-csa" and c.scope == code.form
        }
        assert f"Schedule {schedules[code.value]}" in (scoped if code.form else lists), code


def test_hs_headings_agree_with_the_public_list(shared_data):
    import csv
    import gzip

    with gzip.open(shared_data / "substances" / "hs_nomenclature.csv.gz", "rt", encoding="utf-8") as lines:
        codes = [row["hscode"] for row in csv.DictReader(lines)]
    ours = {h for c in load_goods_tables().chapters.values() for h in c.headings}
    assert ours == {c for c in codes if len(c) == 4} - {"9999"}  # the file's own code for what is not specified
    assert {code for held in REGISTRY.hs_codes.values() for code in held} <= set(codes)


def test_the_shipped_stop_words_hold_those_that_were_readable(shared_data):
    import csv

    with (shared_data / "targeting" / "ics2_stop_words_partial.csv").open(encoding="utf-8") as lines:
        published = {row["term"].lower() for row in csv.DictReader(lines) if row["field"].startswith("goods")}
    assert published <= {s.term for s in load_goods_tables().stop_words}
    assert {s.term for s in load_goods_tables().stop_words if s.paused} == {"fish", "glass", "steel"}
