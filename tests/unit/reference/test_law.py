"""What the registry says of the law on a day: dates, moves, exceptions, and the German text entry by entry."""

import gzip
import html
import re
from datetime import date

import pytest

from counterflow.core.errors import ConfigError
from counterflow.matching.automaton import fold
from counterflow.reference.csv_files import read_lines
from counterflow.reference.registry import load_registry

REGISTRY = load_registry()


def lists(substance, day, *jurisdictions):
    """Lists on which a substance stands on a day, with its scope where the entry is narrowed."""
    held = REGISTRY.controls_on(substance, date.fromisoformat(day), jurisdictions)
    return [(c.instrument, c.list) for c in held if not c.scope]


@pytest.mark.parametrize(
    ("substance", "day", "jurisdiction", "held"),
    [
        ("npp", "2017-10-17", "UN", []),
        ("npp", "2017-10-18", "UN", [("un-1988", "Table I")]),
        ("norfentanyl", "2022-11-22", "UN", []),
        ("norfentanyl", "2022-11-23", "UN", [("un-1988", "Table I")]),
        ("4-piperidone", "2024-12-02", "UN", []),
        ("4-piperidone", "2024-12-03", "UN", [("un-1988", "Table I")]),
        ("pmk-methyl-glycidate", "2020-01-01", "UN", [("un-1988", "Table I")]),
        ("pmk-ethyl-glycidate", "2020-01-01", "UN", []),
        ("pmk-ethyl-glycidate", "2023-02-20", "EU", [("eu-precursors", "Category 1")]),
        ("bmk-glycidic-esters", "2024-06-02", "EU", []),
        ("bmk-glycidic-esters", "2024-06-03", "EU", [("eu-precursors", "Category 1")]),
        ("4-piperidone", "2025-08-13", "EU", []),
        ("4-piperidone", "2025-08-14", "EU", [("eu-precursors", "Category 1")]),
        ("phenylacetic-acid", "2005-01-01", "UN", [("un-1988", "Table II")]),
        ("phenylacetic-acid", "2020-01-01", "UN", [("un-1988", "Table I")]),
        ("cannabis", "2019-06-01", "UN", [("un-1961", "Schedule I"), ("un-1961", "Schedule IV")]),
        ("cannabis", "2024-06-01", "UN", [("un-1961", "Schedule I")]),
        ("flunitrazepam", "1990-01-01", "UN", [("un-1971", "Schedule IV")]),
        ("flunitrazepam", "2000-01-01", "UN", [("un-1971", "Schedule III")]),
        ("fentanyl-related", "2019-04-30", "CN", []),
        ("fentanyl-related", "2019-05-01", "CN", [("cn-nps", "Supplementary catalogue")]),
        ("4-ap", "2025-06-01", "CN", [("cn-precursors", "Category 2")]),
        ("4-piperidone", "2025-07-19", "CN", []),
        ("4-piperidone", "2025-07-20", "CN", [("cn-precursors", "Category 2")]),
        ("npp", "2017-07-17", "MX", []),
        ("npp", "2017-07-18", "MX", [("mx-precursors", "Precursores químicos")]),
        ("propionyl-chloride", "2021-05-13", "MX", [("mx-precursors", "Precursores químicos")]),
        ("carisoprodol", "2025-12-18", "CA", []),
        ("carisoprodol", "2025-12-19", "CA", [("ca-cdsa", "Schedule IV")]),
        ("norfentanyl", "2026-08-01", "DE", [("eu-precursors", "Category 1")]),
        ("mephedrone", "2026-08-19", "DE", [("de-btmg", "Anlage I")]),
    ],
)
def test_what_stands_where_on_a_day(substance, day, jurisdiction, held):
    assert lists(substance, day, jurisdiction) == held


def test_a_year_is_all_that_is_known_so_the_year_itself_does_not_tell():
    (entry,) = (c for c in REGISTRY.controls["butonitazene"] if c.instrument == "un-1961")
    assert entry.date_from == "2024"
    assert [entry.holds_on(date(year, 7, 1)) for year in (2023, 2024, 2025)] == [False, None, True]


def test_preparations_of_schedule_iii_come_after_the_drug_itself_and_say_what_they_are():
    held = REGISTRY.controls_on("codeine", date(2025, 1, 1), ["UN"])
    assert [(c.list, bool(c.scope)) for c in held] == [("Schedule II", False), ("Schedule III", True)]
    assert "100 mg" in held[1].scope


def test_an_answer_repeats_how_far_the_instrument_goes():
    assert REGISTRY.instruments["gb-mda"].coverage_text.startswith("partial, as of 2025-01-15: ")
    assert REGISTRY.instruments["un-1961"].coverage_text.startswith("complete as of 2025-03-14: ")
    assert {i.id for i in REGISTRY.law_in("DE")} == {"de-btmg", "de-npsg", "eu-precursors"}


def test_rows_from_memory_say_so_and_complete_instruments_have_few():
    rows = [c for controls in REGISTRY.controls.values() for c in controls]
    for instrument in REGISTRY.instruments.values():
        own = [c for c in rows if c.instrument == instrument.id]
        recalled = sum(c.unverified for c in own) / len(own)
        assert recalled <= (0.05 if instrument.coverage == "complete" else 1), instrument.id


@pytest.mark.parametrize(
    ("instrument", "name", "count"),
    [
        ("un-1961", "Schedule I", 138),
        ("un-1961", "Schedule II", 10),
        ("un-1961", "Schedule III", 15),
        ("un-1961", "Schedule IV", 18),
        ("un-1971", "Schedule I", 33),
        ("un-1971", "Schedule III", 9),
        ("un-1988", "Table I", 32),
        ("un-1988", "Table II", 8),
        ("eu-precursors", "Category 1", 34),
        ("mx-precursors", "Productos químicos esenciales", 12),
    ],
)
def test_lists_have_as_many_entries_as_the_text(instrument, name, count):
    """Counted by hand in the texts; esters of the glycidic acids stand as five entries, not two."""
    day = date(2026, 1, 1)
    held = {
        c.substance
        for rows in REGISTRY.controls.values()
        for c in rows
        if (c.instrument, c.list) == (instrument, name)
        and c.holds_on(day) is not False
        and not re.search("; (an isomer of|the same substance as) ", c.citation)  # no entry of their own
    }
    assert len(held) == count, sorted(held)


def test_a_changed_file_is_refused_with_its_name():
    with pytest.raises(ConfigError, match=r"instruments\.csv has the columns"):
        read_lines("substances", "instruments.csv", ("id",))


def test_every_entry_of_the_german_text_is_here_under_its_annex(shared_data):
    with gzip.open(shared_data / "substances" / "de_btmg_2026-08.md.gz", "rt", encoding="utf-8") as lines:
        annexes = re.split(r"\n# Anlage (I{1,3}) –", lines.read())[1:]
    known = {key(n.text): n.substance for n in REGISTRY.names}
    missing, met = [], 0
    for annex, text in zip(annexes[::2], annexes[1::2], strict=True):
        for cells in entries(text):
            met += 1
            found = {known[key(c)] for c in spellings(cells) if key(c) in known}
            held = {c.list for s in found for c in REGISTRY.controls.get(s, ()) if c.instrument == "de-btmg"}
            if f"Anlage {annex}" not in held:
                missing.append((annex, cells))
    assert met >= 480
    assert missing == []


def entries(text):
    """Rows of three cells that name a substance: INN, other names, chemical name."""
    for row in re.findall(r"<tr.*?</tr>", text.partition("chemische Namen (IUPAC)")[2], re.DOTALL):
        cells = [html.unescape(re.sub(r"<[^>]*>", "", c)).strip() for c in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        headed = cells[1].endswith(":") if len(cells) == 3 else True  # a heading over the entries that follow
        if not headed and any(c not in {"-", "–", ""} for c in cells):
            yield cells


def spellings(cells):
    """The cells and the parts of the second: what stands before brackets, and each name in them."""
    for cell in cells:
        plain = re.sub(r"\s+", " ", re.sub(r"-\s*\n+\s*", "-", cell.replace("\xa0", " ")))
        for greek, latin in (("α", "alpha"), ("β", "beta"), ("γ", "gamma"), ("Δ", "delta-"), ("ß-", "beta-")):
            plain = plain.replace(greek, latin)
        before, _, inside = plain.partition(" (")
        yield from (plain, before, *re.split(r"[;,]\s*", inside.rstrip(")- ")))


def key(text):
    return " ".join(fold(text).split())
