"""The United States in the registry: every row of the edition of 2021, and what changed after it."""

import csv
import re
from collections import Counter
from datetime import date

import pytest

from counterflow.reference.registry import load_registry

REGISTRY = load_registry()
#: Rows of what another entry reaches, and no entry of the edition.
REACHED = re.compile("positional isomer|; an isomer of |; the same substance as ")
TODAY = date(2026, 11, 1)


def us(substance, day=TODAY):
    """Lists of the US on a day, those of preparations with their words."""
    return {(c.list, c.scope) for c in REGISTRY.controls_on(substance, day, ["US"])}


def test_every_row_of_the_edition_of_2021_stands_under_its_schedule(shared_data):
    with (shared_data / "substances" / "us_csa_alpha_2021.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    coded = {(row["dea_code"].split(".")[0], row["schedule"]) for row in rows if row["dea_code"]}
    ours = set()
    for identifier in REGISTRY.identifiers:
        if identifier.scheme == "DEA":
            for control in REGISTRY.controls.get(identifier.substance, ()):
                if control.instrument == "us-csa" and control.scope in {identifier.form, ""}:
                    ours.add((identifier.value, control.list.removeprefix("Schedule ")))
    assert coded <= ours


def test_schedules_hold_as_many_entries_as_the_edition_of_2021(shared_data):
    with (shared_data / "substances" / "us_csa_alpha_2021.csv").open(encoding="utf-8") as lines:
        printed = Counter(row["schedule"] for row in csv.DictReader(lines))
    held = Counter(
        c.list.removeprefix("Schedule ")
        for rows in REGISTRY.controls.values()
        for c in rows
        if c.instrument == "us-csa" and c.holds_on(date(2021, 7, 1)) and not REACHED.search(c.citation)
    )
    assert printed == {"I": 223, "II": 71, "III": 125, "IV": 79, "V": 13}
    # Orders that the edition does not yet print: crotonyl fentanyl, oliceridine and remimazolam (October 2020),
    # brorphine (March 2021), fourteen fentanyls by name (April and May 2021), serdexmethylphenidate (May 2021).
    assert held == printed + Counter({"I": 16, "II": 1, "IV": 2})


@pytest.mark.parametrize(
    ("substance", "lists"),
    [
        ("norfentanyl", {("Schedule II", "")}),
        ("4-anpp", {("Schedule II", "")}),
        ("eluxadoline", {("Schedule IV", "")}),
        ("hydrocodone", {("Schedule II", "")}),
        ("xylazine", set()),
        ("etorphine", {("Schedule I", "except the hydrochloride"), ("Schedule II", "hydrochloride")}),
        ("dextropropoxyphene", {("Schedule II", "bulk (non-dosage forms)"), ("Schedule IV", "dosage forms")}),
        (
            "pentobarbital",
            {
                ("Schedule II", ""),
                ("Schedule III", "suppositories"),
                ("Schedule III", "combined with active ingredients that are not controlled"),
            },
        ),
    ],
)
def test_known_traps(substance, lists):
    assert us(substance) == lists


def test_codeine_in_preparations_stands_lower_than_codeine():
    assert {name for name, scope in us("codeine") if not scope} == {"Schedule II"}
    assert {name for name, scope in us("codeine") if scope} == {"Schedule III", "Schedule V"}


@pytest.mark.parametrize(
    ("substance", "before", "after"),
    [
        ("daridorexant", date(2022, 4, 6), date(2022, 4, 7)),
        ("serdexmethylphenidate", date(2021, 5, 6), date(2021, 5, 7)),
        ("propionyl-chloride", date(2025, 12, 31), date(2027, 1, 1)),
        ("bmk-glycidic-acid", date(2026, 5, 3), date(2026, 5, 4)),
    ],
)
def test_later_additions_begin_on_their_day(substance, before, after):
    assert us(substance, before) == set()
    assert us(substance, after)


def test_fenfluramine_was_removed():
    assert us("fenfluramine", date(2020, 1, 1)) == {("Schedule IV", "")}
    assert us("fenfluramine", date(2023, 1, 1)) == set()


def test_listed_chemicals_say_what_is_regulated_from_which_quantity():
    held = [c for rows in REGISTRY.controls.values() for c in rows if c.instrument == "us-chemicals"]
    assert {c.list for c in held} == {"List I", "List II"}
    assert all("1310" in c.citation for c in held)
    assert all(c.threshold for c in held), [c.substance for c in held if not c.threshold]
    assert Counter(c.list for c in held)["List II"] >= 10


def test_every_entry_of_the_us_names_section_and_source():
    for rows in REGISTRY.controls.values():
        for control in (c for c in rows if c.instrument in {"us-csa", "us-chemicals"}):
            assert "21 U.S.C." in control.citation or "21 CFR" in control.citation, control
            assert control.read == "recalled" or control.source.read == "text at hand", control
